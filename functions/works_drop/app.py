"""Files of works dropped in the bucket: each is checked whole, then registered, and its receipt left beside it."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from overtone.api import drop_events
from overtone.config import settings
from overtone.steps import works_drop


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, list[dict[str, str]]]:
    """An SQS event of S3 notifications."""
    return drop_events.take_each(event, context, settings().works_queue_url, works_drop.take)
