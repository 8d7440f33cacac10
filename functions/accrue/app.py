"""From the queue: bring each partition up to date. What fails is delivered again, alone and soon; what cannot succeed is set aside."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from overtone.api.deliveries import QueueMessage, each
from overtone.api.log import logger, ring, ring_quarantine
from overtone.config import settings
from overtone.errors import InvariantBroken, Retryable
from overtone.steps import accrual
from overtone.stores.fences import Fenced


def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, list[dict[str, str]]]:
    """An SQS event; the answer names the messages to deliver again."""
    return each(event, settings().accrual_queue_url, _accrue)


def _accrue(message: QueueMessage) -> None:
    partition = message.body["partition"]
    try:
        aside = accrual.attempt(partition, message.delivery, urgent=message.body.get("urgent", True))
    except Fenced:
        logger.info("a settlement reads the month; the partition stays pending", partition=partition)
    except Retryable as error:
        logger.warning("others are in the way; the partition stays pending, and the next run sends it again", detail=error.detail)
    except InvariantBroken as error:
        ring(error)
        raise
    else:
        if aside is not None:
            ring_quarantine(aside.to_json())
