"""Months of the books that finance has locked: nothing is entered there any more."""

from typing import Any

from overtone import clock
from overtone.aws import finance_keys, keys, tables
from overtone.aws.tables import ABSENT, ConditionFailed, equals
from overtone.aws.transactions import Check, Put, transact
from overtone.errors import Conflict, Rejected
from overtone.stores import chain as chain_store

KIND = "period"


def locked_through() -> str:
    """The last month that is locked, with all before it; empty where none is."""
    newest = next(tables.ledger().query(finance_keys.finance_id(KIND, "").pk, descending=True, limit=1), None)
    return str(newest["sk"]) if newest else ""


def locks() -> dict[str, dict[str, Any]]:
    """Every lock by month: when, by whom, and which settlement was the last then."""
    names = ("locked_at", "locked_by", "settlement_id")
    items = tables.ledger().query(finance_keys.finance_id(KIND, "").pk)
    return {str(item["sk"]): {name: item[name] for name in names} for item in items}


def lock(month: str, by: str) -> tuple[dict[str, Any], bool]:
    """Lock a month and all before it; the lock, and whether the month was locked before.

    Raises `Rejected` for a month that is not over, `Conflict` while a settlement runs: it may be writing into it.
    """
    if known := locks().get(month):
        return {"month": month, "status": "locked"} | known, True
    if month >= clock.today()[:7]:
        raise Rejected(f"{month} is not over; a month is locked when it has ended")
    if month < locked_through():
        raise Conflict(f"the books are locked through {locked_through()} already")
    head = chain_store.head()
    about = {"locked_at": clock.timestamp(), "locked_by": by, "settlement_id": head["sealed_id"]}
    known_chain = tables.ledger().get(keys.CHAIN) is not None
    idle = equals(running="", sealed_id=head["sealed_id"]) if known_chain else ABSENT
    try:
        transact(
            [
                Put(tables.ledger(), {**finance_keys.finance_id(KIND, month)._asdict(), **about}, ABSENT),
                Check(tables.ledger(), keys.CHAIN, idle),
            ]
        )
    except ConditionFailed as error:
        raise Conflict("a settlement runs, or somebody else locks; wait until it is sealed, then lock again") from error
    return {"month": month, "status": "locked"} | about, False
