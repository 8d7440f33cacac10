"""A server's answers and refusals, in the form in which every stand-in gives them."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from local.refusals import refusal


def asked(client: Any, operation: str, params: dict[str, Any]) -> dict[str, Any]:
    """What a server says to a call; raises its refusal as a client of the package expects it."""
    try:
        answer: dict[str, Any] = getattr(client, operation)(**params)
    except ClientError as error:
        told = error.response
        more = {name: value for name, value in told.items() if name not in {"Error", "ResponseMetadata", "message", "Message"}}
        status = told["ResponseMetadata"]["HTTPStatusCode"]
        raise refusal(told["Error"]["Code"], told["Error"].get("Message", ""), error.operation_name, status, **more) from error
    answer.pop("ResponseMetadata")
    return answer
