"""One step of a settlement, as the state machine asks for it."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from overtone.api.log import logger, ring
from overtone.errors import InvariantBroken
from overtone.storage import settling


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Run `event["step"]`; an error's class name tells the machine whether to try again."""
    logger.append_keys(
        request_id=context.aws_request_id,
        step=event.get("step"),
        settlement_id=event.get("settlement_id"),
    )
    try:
        return settling.run_step(event)
    except InvariantBroken as error:
        ring(error)
        raise
