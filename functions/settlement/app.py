"""One step of a settlement, as the state machine asks for it."""

import gc
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from overtone.api.log import logger, ring, ring_quarantine
from overtone.errors import InvariantBroken
from overtone.steps.settlement import machine

gc.set_threshold(1_000_000, 50, 1_000)  # a part makes millions of tuples and no cycles: the collector would only re-read them


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Run `event["step"]`; an error's class name tells the machine whether to try again."""
    logger.append_keys(
        request_id=context.aws_request_id,
        step=event.get("step"),
        settlement_id=event.get("settlement_id"),
    )
    try:
        answer = machine.run_step(event | {"code": context.function_version})
    except InvariantBroken as error:
        ring(error)
        raise
    for file in answer.pop("unrendered", ()):
        logger.error("FileNotRendered", **file)
    for aside in answer.pop("set_aside", ()):
        ring_quarantine(aside)
    return answer
