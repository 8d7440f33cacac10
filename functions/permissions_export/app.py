"""Once a day: write out what owners said to everybody about training and generation."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from overtone import clock
from overtone.api.log import logger
from overtone.steps import permission_export


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """`event` is `{"now": "<when the schedule fired>"}`; without it, the clock's now."""
    now = str(event.get("now") or clock.timestamp())
    made = permission_export.export(now, lambda: context.get_remaining_time_in_millis() / 1000)
    logger.info("permissions exported", day=made.day, works=made.works, files=len(made.files), sha256=made.sha256)
    return {"day": made.day, "works": made.works, "sha256": made.sha256}
