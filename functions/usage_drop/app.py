"""Files dropped in the bucket: each is checked whole, then committed, and its receipt left beside it.

A file that is not committed when the time is up goes back to the queue as a message of its own, so that no number of deliveries limits
how large it may be.
"""

from typing import Any
from urllib.parse import unquote_plus

from aws_lambda_powertools.utilities.typing import LambdaContext

from overtone.api.deliveries import QueueMessage, each
from overtone.api.log import logger
from overtone.aws import queues
from overtone.config import settings
from overtone.errors import Rejected, Retryable
from overtone.steps import drops as drop_steps

BUSY_SECONDS = 60
"""After which a file is taken up again that others are in the way of."""


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, list[dict[str, str]]]:
    """An SQS event of S3 notifications; what raises is delivered again and goes on where it stopped."""

    def take(message: QueueMessage) -> None:
        for record in message.body.get("Records", []):  # S3 says hello without any
            _take(record, context)

    return each(event, settings().drop_queue_url, take)


def _take(record: dict[str, Any], context: LambdaContext) -> None:
    key = unquote_plus(record["s3"]["object"]["key"])
    logger.info("file dropped", key=key)
    try:
        drop_steps.take(key, lambda: context.get_remaining_time_in_millis() / 1000)
    except Rejected as error:  # there is nobody whose receipt it could be
        logger.warning("not a file that is read", key=key, detail=error.detail)
    except Retryable as error:
        delay = 0 if isinstance(error, drop_steps.Unfinished) else BUSY_SECONDS
        logger.info("the next delivery goes on", key=key, detail=error.detail)
        queues.send(settings().drop_queue_url, {"Records": [record]}, delay_seconds=delay)
