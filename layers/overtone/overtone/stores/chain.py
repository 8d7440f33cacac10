"""The chain of sealed settlements: its head, which settlement has it now, and the seal that moves it on."""

from collections.abc import Callable, Sequence
from typing import Any, Final, TypedDict, cast

from overtone import clock
from overtone.aws import keys, tables
from overtone.aws.tables import ABSENT, ConditionFailed, equals
from overtone.aws.transactions import Put, transact
from overtone.errors import Conflict, InvariantBroken
from overtone.facts.events import PartyEvent
from overtone.settlement.plan import Plan
from overtone.stores import events as event_store
from overtone.stores import settlements

_SEALING_WRITES: Final = 2


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
    empty = {"sealed_id": "", "sealed_sha256": "", "through": "", "cutoff": "", "running": ""}
    return cast("ChainHead", tables.ledger().get(keys.CHAIN) or {**keys.CHAIN._asdict(), **empty})


def claim(settlement_id: str) -> ChainHead:
    """Take the chain for one settlement; raises `Conflict` while another one has it."""
    now = head()
    if now["running"] not in {"", settlement_id}:
        raise Conflict(f"settlement {now['running']} is running; wait until it is sealed, refused or failed")
    if now["running"] != settlement_id:
        _advance(now, running=settlement_id)
    return {**now, "running": settlement_id}


def release(settlement_id: str) -> None:
    """Give the chain back, if this settlement has it."""
    now = head()
    if now["running"] == settlement_id:
        _advance(now, running="")


def _advance(head: ChainHead, **changed: str) -> None:
    known = equals(sealed_id=head["sealed_id"], running=head["running"])
    first = not head["sealed_id"] and tables.ledger().get(keys.CHAIN) is None
    try:
        tables.ledger().put({**head, **changed}, ABSENT if first else known)
    except ConditionFailed as error:
        raise Conflict("another settlement started at the same moment; only one runs at a time") from error


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
    told, rest = event_store.parted(news(sealed_at), _SEALING_WRITES)
    done = {"status": settlements.SEALED, "manifest_sha256": sha256, "totals": totals, "sealed_at": sealed_at, "untold": len(rest) + later}
    advanced = Put(ledger, sealed, equals(sealed_id=now["sealed_id"], running=now["running"]))
    try:
        transact([advanced, Put(ledger, {**record, **done, "attempt": plan.attempt, "cutoff": plan.cutoff}, equals(owner=owner)), *told])
    except ConditionFailed:
        if head()["sealed_id"] != plan.settlement_id:  # else the same step, started twice, was quicker
            raise


def tell_rest(record: settlements.Settlement, news: Sequence[PartyEvent]) -> None:
    """Tell what the sealing transaction had no room for; doing so again changes nothing."""
    if record.get("untold"):
        event_store.put(news)
        tables.ledger().put({**record, "untold": 0}, equals(status=settlements.SEALED, owner=record["owner"]))


def unsettled() -> settlements.Settlement | None:
    """The latest month that the schedule came to and that is still not sealed, under whatever id."""
    after = head()["through"]
    waiting = [
        record
        for record in settlements.all_records()
        if record.get("scheduled") and record["status"] != settlements.SEALED and record["through"] > after
    ]
    return max(waiting, key=lambda record: str(record["through"]), default=None)
