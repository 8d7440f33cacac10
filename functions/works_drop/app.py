"""Files of works dropped in the bucket: each is checked whole, then registered, and its receipt left beside it."""

from typing import Any
from urllib.parse import unquote_plus

from aws_lambda_powertools.utilities.typing import LambdaContext

from overtone.api.log import logger
from overtone.errors import Rejected
from overtone.steps import works_drop


def handler(event: dict[str, Any], context: LambdaContext) -> None:
    """An S3 event. What raises is delivered again and goes on where it stopped."""
    for record in event["Records"]:
        key = unquote_plus(record["s3"]["object"]["key"]).removeprefix(works_drop.GO_ON)
        logger.info("file of works dropped", key=key)
        try:
            works_drop.take(key, lambda: context.get_remaining_time_in_millis() / 1000)
        except Rejected as error:  # there is nobody whose receipt it could be
            logger.warning("not a file that is read", key=key, detail=error.detail)
