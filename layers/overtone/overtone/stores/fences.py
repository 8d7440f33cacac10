"""How accrual and settlement keep out of each other's way without an item that all workers share.

A worker marks its partition, *then* looks at the fence; a settlement raises the fence, *then* looks for marks. Each writes before it
reads, and reads are consistent, so whoever comes second sees the other: the worker withdraws, or the settlement waits. A transaction
that checks the fence and sets the mark would say the same, but all workers of a month would meet on the fence's one item, and
DynamoDB cancels transactions that meet.

A mark is `entered` once its worker saw no fence. One that is not may be left by a worker that died while it looked, or while it
withdrew; whoever takes the partition up again looks anew. An entered mark outlives its worker: its writes are half done, so the next
delivery goes on behind any fence, and the settlement waits for it.
"""

from collections.abc import Iterable
from contextlib import suppress
from typing import Final

from overtone import clock
from overtone.aws import keys, tables
from overtone.aws.attributes import Item
from overtone.aws.tables import ABSENT, ConditionFailed, equals
from overtone.errors import Retryable
from overtone.stores import accruals as accrual_store

_ENTERED: Final = "entered"


class Fenced(Exception):
    """A settlement reads the month; a worker that has not started waits."""


# --- the worker's side


def begin(month: str, partition: str) -> bool:
    """Mark that a worker runs; whether it is a fresh start rather than a retry of one that did not finish. Raises `Fenced`."""
    accrual_store.list_month(month)
    ledger, mark = tables.ledger(), _marked(month, partition)
    if mark.get(_ENTERED, True):
        return False
    own = equals(at=mark["at"], entered=False)
    if ledger.get(keys.fence(month)) is not None:
        with suppress(ConditionFailed):  # somebody else has taken it over
            ledger.delete(keys.running(month, partition), own)
        raise Fenced(month)
    try:
        ledger.put({**mark, _ENTERED: True}, own)
    except ConditionFailed as error:
        raise _elsewhere(partition) from error
    return True


def _marked(month: str, partition: str) -> Item:
    """The partition's mark: this worker's own, or one that has entered before."""
    ledger, key = tables.ledger(), keys.running(month, partition)
    mark = {**key._asdict(), "at": clock.timestamp(), _ENTERED: False}
    try:
        ledger.put(mark, ABSENT)
    except ConditionFailed:
        before = ledger.get(key) or {_ENTERED: False, "at": ""}
        if before.get(_ENTERED, True):
            return before
        try:
            ledger.put(mark, equals(at=before["at"], entered=False))
        except ConditionFailed as error:
            raise _elsewhere(partition) from error
    return mark


def _elsewhere(partition: str) -> Retryable:
    message = f"another worker is on {partition}; try again"
    return Retryable(message)


def end(month: str, partition: str) -> None:
    """Take the mark away."""
    tables.ledger().delete(keys.running(month, partition))


# --- the settlement's side


def raise_over(months: Iterable[str], settlement_id: str) -> None:
    """Accrual of these months that has not started waits from now on."""
    tables.ledger().put_many([{**keys.fence(month)._asdict(), "settlement_id": settlement_id} for month in months])


def running(months: Iterable[str]) -> int:
    """How many partitions of these months a worker has started and not finished."""
    return sum(1 for month in months for _ in tables.ledger().query(keys.running(month, "").pk))


def raised_by(settlement_id: str) -> list[str]:
    """The months that this settlement has fenced."""
    items = tables.ledger().query(keys.fence("").pk)
    return [item["sk"] for item in items if item["settlement_id"] == settlement_id]


def lower(settlement_id: str) -> None:
    """Let accrual go on."""
    tables.ledger().delete_many([keys.fence(month) for month in raised_by(settlement_id)])
