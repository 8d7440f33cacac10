"""Holds in LedgerTable: each a header by id, and a fact of every month that it names; a decision ends those facts."""

from collections.abc import Iterator
from typing import Any, Final

from overtone.aws import finance_keys, keys, tables
from overtone.aws.attributes import Item
from overtone.aws.tables import ABSENT, equals
from overtone.aws.transactions import Put, transact
from overtone.settlement.holds import HELD
from overtone.stores.month_facts import HOLD, WITHDRAWN

NAMED: Final = ("hold_id", "licensee", "reporter", "work", "subject", "months", "reason")
DECIDED: Final = ("outcome", "evidence", "decided_at", "decided_by")


def find(hold_id: str) -> Item | None:
    """A hold's header, or `None`."""
    return tables.ledger().get(finance_keys.hold(hold_id))


def all_of(after: str = "") -> Iterator[Item]:
    """Every hold in order of id, behind `after`."""
    return tables.ledger().query(finance_keys.hold("").pk, after=after)


def subjects(month: str) -> frozenset[str]:
    """The outputs and recordings that a hold of the month names, or named: their accruals are kept apart."""
    key = keys.month_fact(month, HOLD, "")
    return frozenset(item["subject"] for item in tables.ledger().query(key.pk, prefix=key.sk) if "subject" in item)


def put(asked: dict[str, Any], accepted_at: str, by: str) -> Item:
    """Keep a hold and its months in one transaction; raises `ConditionFailed` where its id is taken."""
    fact = asked | {"accepted_at": accepted_at, "posted_by": by}
    header = {**finance_keys.hold(asked["hold_id"])._asdict(), **fact, "status": HELD}
    months = [{**keys.month_fact(month, HOLD, asked["hold_id"])._asdict(), **fact} for month in asked["months"]]
    transact([Put(tables.ledger(), item, ABSENT) for item in (header, *months)])
    return header


def end(header: Item, decided: dict[str, str]) -> Item:
    """Keep how a hold ended, and end it in its months, in one transaction; raises `ConditionFailed` where it ended before."""
    ledger, hold_id = tables.ledger(), header["hold_id"]
    ended = {**header, **decided, "status": decided["outcome"]}
    about = {"accepted_at": decided["decided_at"], "posted_by": decided["decided_by"], "outcome": decided["outcome"]}
    withdrawn = ({**keys.month_fact(month, WITHDRAWN, HOLD, hold_id)._asdict(), **about} for month in header["months"])
    transact([Put(ledger, ended, equals(status=HELD)), *(Put(ledger, item, ABSENT) for item in withdrawn)])
    return ended


def shown(header: Item) -> dict[str, Any]:
    """A hold as it is answered."""
    return {name: header[name] for name in (*NAMED, "accepted_at", "posted_by", "status", *DECIDED) if name in header}
