"""On a schedule: drain the outbox into one message for each partition that has something new."""

from datetime import datetime
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from overtone import clock
from overtone.api import metrics
from overtone.api.log import logger
from overtone.stores import outbox


def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, int]:
    """`event` is `{"now": "<when the schedule fired>"}`; without it, the clock's now."""
    run = str(event.get("now") or clock.timestamp())
    batches, partitions, oldest = outbox.dispatch(run)
    waited = (clock.now() - datetime.fromisoformat(oldest)).total_seconds() if oldest else 0
    metrics.put("OldestPendingFact", max(0, waited), "Seconds")
    for entry in outbox.aside():
        logger.error(
            "an accepted fact cannot be read", party=entry["party"], batch=entry["batch"], kind=entry["kind"], reason=entry["reason"]
        )
        metrics.put("OutboxEntryAside")
    logger.info("outbox drained", batches=batches, partitions=partitions)
    return {"batches": batches, "partitions": partitions}
