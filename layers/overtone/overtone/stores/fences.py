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
from overtone.errors import Conflict, Retryable
from overtone.stores import accruals as accrual_store

_ENTERED: Final = "entered"


class Fenced(Exception):
    """A settlement reads the month; a worker that has not started waits."""


# --- the worker's side


def begin(month: str, partition: str, *, listed: bool = False) -> int:
    """Mark that a worker runs; the number of starts since a worker last finished, so 1 for a fresh one. Raises `Fenced`.

    `listed`: something of the month was accrued before, so it is among those that a settlement looks at.
    """
    if not listed:
        accrual_store.list_month(month)
    ledger, mark = tables.ledger(), _marked(month, partition)
    if mark[_ENTERED]:
        return int(mark["starts"])
    own = equals(at=mark["at"], entered=False)
    if ledger.get(keys.fence(month)) is not None:
        with suppress(ConditionFailed):  # somebody else has taken it over
            ledger.delete(keys.running(month, partition), own)
        raise Fenced(month)
    try:
        ledger.put({**mark, _ENTERED: True}, own)
    except ConditionFailed as error:
        raise _elsewhere(partition) from error
    return 1


def _marked(month: str, partition: str) -> Item:
    """The partition's mark, which is this worker's from now on; one that was left by a worker that had entered says so, and counts on."""
    ledger, key = tables.ledger(), keys.running(month, partition)
    mark = {**key._asdict(), "at": clock.timestamp(), "starts": 1, _ENTERED: False}
    try:
        ledger.put(mark, ABSENT)
    except ConditionFailed:
        left = ledger.get(key)
        if left is None:
            raise _elsewhere(partition) from None
        as_left = equals(at=left["at"], entered=False)
        if left.get(_ENTERED, True):
            mark |= {"starts": int(left.get("starts", 1)) + 1, _ENTERED: True}
            as_left = equals(at=left["at"])
        try:
            ledger.put(mark, as_left)
        except ConditionFailed as error:
            raise _elsewhere(partition) from error
    return mark


def _elsewhere(partition: str) -> Retryable:
    message = f"another worker is on {partition}; try again"
    return Retryable(message)


def end(month: str, partition: str) -> None:
    """Take the mark away."""
    tables.ledger().delete(keys.running(month, partition))


def starts(month: str, partition: str) -> int:
    """How many workers have started on a partition since one finished."""
    mark = tables.ledger().get(keys.running(month, partition))
    return int(mark.get("starts", 1)) if mark else 0


# --- the settlement's side


def raise_over(months: Iterable[str], settlement_id: str, owner: str) -> None:
    """Accrual of these months that has not started waits from now on, for the execution `owner`; raises `Conflict` behind another's."""
    for month in months:
        fence = {**keys.fence(month)._asdict(), "settlement_id": settlement_id, "owner": owner}
        try:
            tables.ledger().put(fence, ABSENT)
        except ConditionFailed as error:
            held = tables.ledger().get(keys.fence(month))
            if held != fence:
                raise Conflict(f"accrual of {month} waits for another execution; ask for settlement {settlement_id} again") from error


def running(months: Iterable[str]) -> list[tuple[str, str, str]]:
    """`(month, partition, since)` of each partition that a worker has started and not finished."""
    items = [(month, item) for month in months for item in tables.ledger().query(keys.running(month, "").pk)]
    return [(month, item["sk"], item["at"]) for month, item in items]


def give_up(month: str, partition: str, since: str) -> bool:
    """Take away the mark of a worker that cannot live any more; whether it was still that one's."""
    try:
        tables.ledger().delete(keys.running(month, partition), equals(at=since))
    except ConditionFailed:
        return False
    return True


def raised_by(settlement_id: str, owner: str) -> list[str]:
    """The months that this execution has fenced for its settlement."""
    return [item["sk"] for item in _raised() if item["settlement_id"] == settlement_id and _owner(item) in {"", owner}]


def holders() -> list[tuple[str, str]]:
    """Every settlement that has fenced a month, with the execution that did."""
    return sorted({(item["settlement_id"], _owner(item)) for item in _raised()})


def lower(settlement_id: str, owner: str) -> None:
    """Let accrual go on, as far as it waits for this execution."""
    for item in _raised():
        if item["settlement_id"] == settlement_id and (held := _owner(item)) in {"", owner}:
            own = equals(settlement_id=settlement_id, owner=owner) if held else equals(settlement_id=settlement_id)
            with suppress(ConditionFailed):  # another one's by now
                tables.ledger().delete(keys.fence(item["sk"]), own)


def _raised() -> list[Item]:
    return list(tables.ledger().query(keys.fence("").pk))


def _owner(item: Item) -> str:
    """The execution that raised it; an older one does not say."""
    return str(item.get("owner", ""))
