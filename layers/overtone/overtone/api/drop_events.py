"""Files dropped in the bucket, as their queue announces them.

A file that is not done when the time is up goes back to the queue as a message of its own, so that no number of deliveries limits
how large it may be.
"""

from collections.abc import Callable
from typing import Any, Final
from urllib.parse import unquote_plus

from aws_lambda_powertools.utilities.typing import LambdaContext

from overtone.api.deliveries import QueueMessage, each
from overtone.api.log import logger
from overtone.aws import queues
from overtone.errors import Rejected, Retryable
from overtone.steps.drop_delivery import Unfinished

BUSY_SECONDS: Final = 60
"""After which a file is taken up again that others are in the way of."""

Take = Callable[[str, Callable[[], float], str], None]
"""Takes the file at a key, in the time that is left, of a version."""


def take_each(event: dict[str, Any], context: LambdaContext, queue_url: str, take: Take) -> dict[str, list[dict[str, str]]]:
    """An SQS event of S3 notifications; what raises is delivered again and goes on where it stopped."""

    def taken(message: QueueMessage) -> None:
        for record in message.body.get("Records", []):  # S3 says hello without any
            _taken(record, context, queue_url, take)

    return each(event, queue_url, taken)


def _taken(record: dict[str, Any], context: LambdaContext, queue_url: str, take: Take) -> None:
    told = record["s3"]["object"]
    key, version = unquote_plus(told["key"]), told.get("versionId", "")
    logger.info("file dropped", key=key, version=version)
    try:
        take(key, lambda: context.get_remaining_time_in_millis() / 1000, version)
    except Rejected as error:  # there is nobody whose receipt it could be
        logger.warning("not a file that is read", key=key, detail=error.detail)
    except Retryable as error:
        delay = 0 if isinstance(error, Unfinished) else BUSY_SECONDS
        logger.info("the next delivery goes on", key=key, detail=error.detail)
        queues.send(queue_url, {"Records": [record]}, delay_seconds=delay)
