"""The chain of sealed settlements: its head, which settlement has it now, and the seal that moves it on.

Who has the chain computes: it is taken in one transaction with a look at the record, and given back in one with the record's
change. So no second try of a step, however late, takes it for a settlement that has ended.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any, Final, TypedDict, cast

from overtone import clock
from overtone.aws import keys, tables
from overtone.aws.tables import ABSENT, Condition, ConditionFailed, equals
from overtone.aws.transactions import Check, Put, Write, transact
from overtone.errors import Conflict, InvariantBroken, Retryable
from overtone.facts.events import PartyEvent
from overtone.settlement.plan import Plan
from overtone.stores import events as event_store
from overtone.stores import settlements

_SEALING_WRITES: Final = 2
_AT_ONCE: Final = "another settlement started at the same moment; only one runs at a time"
_MEETINGS_MAX: Final = 5
"""How often the chain may be found elsewhere than where it was just seen."""


class ChainHead(TypedDict):
    """The last sealed settlement, and the one that runs; empty strings before the first."""

    pk: str
    sk: str
    sealed_id: str
    sealed_sha256: str
    through: str
    cutoff: str
    running: str


def head() -> ChainHead:
    """The head of the chain."""
    return _found()[0]


def _found() -> tuple[ChainHead, Condition]:
    """The head, and the condition that it is still that."""
    empty = {"sealed_id": "", "sealed_sha256": "", "through": "", "cutoff": "", "running": ""}
    item = tables.ledger().get(keys.CHAIN)
    now = cast("ChainHead", item or {**keys.CHAIN._asdict(), **empty})
    return now, equals(sealed_id=now["sealed_id"], running=now["running"]) if item else ABSENT


def claim(settlement_id: str, owner: str) -> ChainHead:
    """Take the chain for one settlement that the execution `owner` computes; raises `Conflict` where it does not, or another has it."""
    now, unmoved = _found()
    if now["running"] not in {"", settlement_id}:
        raise Conflict(f"settlement {now['running']} is running; wait until it is sealed, refused or failed")
    taken = cast("ChainHead", {**now, "running": settlement_id})
    if now["running"] != settlement_id:
        computing = Check(tables.ledger(), keys.settlement(settlement_id), equals(owner=owner, status=settlements.COMPUTING))
        try:
            transact([Put(tables.ledger(), {**taken}, unmoved), computing])
        except ConditionFailed as error:
            raise Conflict(_AT_ONCE) from error
    return taken


def end(settlement_id: str, by: str, news: Sequence[PartyEvent] = (), **changed: object) -> None:
    """Change a record that the execution `by` owns to what it ends as, give the chain back, and tell of it.

    Raises `Conflict` where it does not own it, or it is sealed, which is an end.
    """
    events, rest = event_store.parted(news, _SEALING_WRITES)
    for _ in range(_MEETINGS_MAX):
        record = settlements.get(settlement_id)
        if record.get("owner") != by or record["status"] == settlements.SEALED:
            raise Conflict(f"settlement {settlement_id} belongs to another execution now, or is sealed")
        ended = Put(tables.ledger(), {**record, **changed}, equals(owner=by, status=record["status"]))
        with suppress(ConditionFailed):
            transact([ended, _without(settlement_id), *events])
            return event_store.put(rest)
    raise Retryable(f"others take and leave the chain of settlements all the time; {settlement_id} ends when it is tried again")


def _without(settlement_id: str) -> Write:
    """The chain is given back, if this settlement has it, and else is as it was seen."""
    now, unmoved = _found()
    if now["running"] == settlement_id:
        return Put(tables.ledger(), {**now, "running": ""}, unmoved)
    return Check(tables.ledger(), keys.CHAIN, unmoved)


def free(record: settlements.Settlement) -> None:
    """Take the chain from a settlement that has ended, if it has it; raises `Conflict` where it is computed again."""
    key = keys.settlement(record["settlement_id"])
    as_seen = Check(tables.ledger(), key, equals(status=record["status"], requests=record["requests"]))
    try:
        transact([_without(record["settlement_id"]), as_seen])
    except ConditionFailed as error:
        raise Conflict(_AT_ONCE) from error


def seal(plan: Plan, sha256: str, totals: list[Any], owner: str, news: Callable[[str], Sequence[PartyEvent]], *, later: int = 0) -> None:
    """Post the settlement: one transaction advances the chain and the record that the execution owns, and tells of it. Idempotent.

    Where there is more to tell than one transaction takes, or `later` ranges of payees, the record says so until `tell_rest` has told it.
    """
    now, record = head(), settlements.get(plan.settlement_id)
    if now["sealed_id"] == plan.settlement_id:
        return
    previous = plan.previous[0] if plan.previous else ""
    if now["sealed_id"] != previous or now["running"] != plan.settlement_id:
        detail = f"{plan.settlement_id} follows {previous!r}, the chain is at {now['sealed_id']!r}"
        raise InvariantBroken("sealed", detail)
    ledger = tables.ledger()
    sealed = {
        **keys.CHAIN._asdict(),
        "sealed_id": plan.settlement_id,
        "sealed_sha256": sha256,
        "through": max(plan.through, now["through"]),
        "cutoff": plan.cutoff,
        "running": "",
    }
    sealed_at = clock.timestamp()
    events, rest = event_store.parted(news(sealed_at), _SEALING_WRITES)
    done = {"status": settlements.SEALED, "manifest_sha256": sha256, "totals": totals, "sealed_at": sealed_at, "untold": len(rest) + later}
    advanced = Put(ledger, sealed, equals(sealed_id=now["sealed_id"], running=now["running"]))
    try:
        transact([advanced, Put(ledger, {**record, **done, "attempt": plan.attempt, "cutoff": plan.cutoff}, equals(owner=owner)), *events])
    except ConditionFailed:
        if head()["sealed_id"] != plan.settlement_id:  # else the same step, started twice, was quicker
            raise


def tell_rest(record: settlements.Settlement, news: Sequence[PartyEvent]) -> None:
    """Tell what the sealing transaction had no room for; doing so again changes nothing."""
    if record.get("untold"):
        event_store.put(news)
        tables.ledger().put({**record, "untold": 0}, equals(status=settlements.SEALED, owner=record["owner"]))


def unsettled(records: Iterable[settlements.Settlement]) -> settlements.Settlement | None:
    """Of all settlements the latest month that the schedule came to and that is still not sealed, under whatever id."""
    after = head()["through"]
    waiting = [
        record for record in records if record.get("scheduled") and record["status"] != settlements.SEALED and record["through"] > after
    ]
    return max(waiting, key=lambda record: str(record["through"]), default=None)
