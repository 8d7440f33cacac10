"""Another function of this stack, run while the caller waits for its answer."""

from collections.abc import Mapping
from typing import Any

import orjson

from overtone.aws import clients
from overtone.errors import Retryable


def answer_of(function: str, event: Mapping[str, Any]) -> dict[str, Any]:
    """What the function of this name or ARN answers to an event; raises `Retryable` where it failed."""
    invoked = clients.functions().invoke(FunctionName=function, Payload=orjson.dumps(event))
    if invoked.get("FunctionError"):
        raise Retryable("the service could not answer; try again later")
    answer: dict[str, Any] = orjson.loads(invoked["Payload"].read())
    return answer
