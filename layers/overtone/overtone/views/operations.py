"""How the stack stands, for who operates it: what waits in its queues, which alarms ring, how far the month is."""

from typing import Any, Final, NamedTuple

from overtone import clock
from overtone.aws import health
from overtone.config import settings
from overtone.months import month_after, month_before
from overtone.stores import completeness, outbox, quarantine
from overtone.stores import settlements as settlement_store

RUNBOOK: Final = "/console/runbook"
"""The page that has a paragraph for each alarm."""


class WatchedQueue(NamedTuple):
    """A queue, and the one that its messages end in after too many tries ("" where it is such a one itself)."""

    queue: str
    setting: str
    dead_letters: str = ""


QUEUES: Final = (
    WatchedQueue("accrual", "accrual_queue_url", "accrual"),
    WatchedQueue("drop", "drop_queue_url", "drop"),
    WatchedQueue("works", "works_queue_url", "drop"),
    WatchedQueue("webhook", "webhook_queue_url", "webhook"),
)
DEAD_LETTERS: Final = (
    WatchedQueue("accrual", "accrual_dead_letter_queue_url"),
    WatchedQueue("drop", "drop_dead_letter_queue_url"),
    WatchedQueue("schedule", "schedule_dead_letter_queue_url"),
    WatchedQueue("webhook", "webhook_dead_letter_queue_url"),
)


def state(month: str = "") -> dict[str, Any]:
    """All of it, of the month that is named or of the one to be closed next."""
    depths = {one: health.depth(getattr(settings(), one.setting)) for one in (*QUEUES, *DEAD_LETTERS)}
    ages = health.ages_seconds([_name(one) for one, depth in depths.items() if any(depth)])
    alarms = health.alarms(settings().powertools_service_name)
    return {
        "as_of": clock.timestamp(),
        "ringing": sum(alarm.state == "alarm" for alarm in alarms),
        "queues": [_shown(one, depths[one], ages) | {"dead_letters": one.dead_letters} for one in QUEUES],
        "dead_letters": [_shown(one, depths[one], ages) for one in DEAD_LETTERS],
        "alarms": [alarm._asdict() | {"runbook": f"{RUNBOOK}#{alarm.alarm}"} for alarm in alarms],
        "backlog": _backlog(),
        "progress": progress(month or month_to_close()),
    }


def _name(queue: WatchedQueue) -> str:
    return str(getattr(settings(), queue.setting)).rpartition("/")[2]


def _shown(queue: WatchedQueue, depth: health.QueueDepth, ages: dict[str, int]) -> dict[str, Any]:
    return {"queue": queue.queue, **depth._asdict(), "oldest_seconds": ages.get(_name(queue))}


def _backlog() -> dict[str, Any]:
    waiting = outbox.backlog()
    return {"partitions": len(waiting.newest), "oldest": waiting.oldest, "unreadable": len(outbox.aside())}


def month_to_close() -> str:
    """The month behind the last one that was settled, or the month before this one where none was."""
    sealed = [record["through"] for record in settlement_store.all_records() if record["status"] == settlement_store.SEALED]
    return month_after(max(sealed)) if sealed else month_before(clock.today()[:7])


def progress(month: str) -> dict[str, Any]:
    """How far a month is: who reported, who lacks something, what is set aside of it, and how its settlement stands."""
    reporters = completeness.with_pending(month)
    asked = [one for one in settlement_store.all_records() if one["through"] == month and not one.get("preview")]
    last = max(asked, key=lambda one: one["requested_at"], default=None)
    aside = [one for one in quarantine.everything().values() if one.month in {month, ""}]
    return {
        "month": month,
        "runs": month >= clock.today()[:7],
        "reporters": len(reporters),
        "pending": {name: sum(one["pending"][name] for one in reporters) for name in ("batches", "records")},
        "incomplete": [one["reporter"] for one in reporters if not one["complete"]],
        "set_aside": len(aside),
        "settlement": {name: last[name] for name in ("settlement_id", "status")} if last else None,
    }
