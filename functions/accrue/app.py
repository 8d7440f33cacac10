"""From the queue: bring each partition up to date. What fails is delivered again, alone; what cannot succeed is set aside."""

from typing import Any

import orjson
from aws_lambda_powertools.utilities.typing import LambdaContext

from overtone.api.log import logger, ring, ring_quarantine
from overtone.errors import InvariantBroken
from overtone.steps import accrual
from overtone.stores.fences import Fenced


def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, list[dict[str, str]]]:
    """An SQS event; the answer names the messages to deliver again."""
    failed = [record["messageId"] for record in event["Records"] if not _accrued(record)]
    return {"batchItemFailures": [{"itemIdentifier": message} for message in failed]}


def _accrued(record: dict[str, Any]) -> bool:
    partition, delivery = orjson.loads(record["body"])["partition"], int(record["attributes"]["ApproximateReceiveCount"])
    try:
        aside = accrual.attempt(partition, delivery)
    except Fenced:
        logger.info("a settlement reads the month; the partition stays pending", partition=partition)
    except InvariantBroken as error:
        ring(error)
        return False
    except Exception:  # noqa: BLE001 - whatever failed, this message alone is delivered again
        logger.exception("not accrued", partition=partition)
        return False
    else:
        if aside is not None:
            ring_quarantine(aside.to_json())
    return True
