"""On a schedule: drain the outbox into one message for each partition that has something new. On another: say how late that is."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from overtone import clock
from overtone.api import metrics
from overtone.api.log import logger
from overtone.steps import overdue
from overtone.stores import outbox


def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, int]:
    """`event` is `{"now": "<when the schedule fired>"}`; without it, the clock's now. With `watch` in it, it says how late accrual is, and
    sends nothing.
    """
    if "watch" in event:
        metrics.put("OldestPendingFact", overdue.watched_seconds(), "Seconds")
        return {"batches": 0, "partitions": 0}
    run = str(event.get("now") or clock.timestamp())
    batches, partitions, waiting, unreadable = outbox.dispatch(run)
    metrics.put("OldestPendingFact", overdue.seconds(waiting), "Seconds")
    for entry in unreadable:
        logger.error(
            "an accepted fact cannot be read", party=entry["party"], batch=entry["batch"], kind=entry["kind"], reason=entry["reason"]
        )
        metrics.put("OutboxEntryAside")
    logger.info("outbox drained", batches=batches, partitions=partitions)
    return {"batches": batches, "partitions": partitions}
