"""Holds in LedgerTable: each a header by id, and a fact of every month that it names; a decision ends those facts."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any, Final

from overtone.aws import finance_keys, keys, tables
from overtone.aws.attributes import Item
from overtone.aws.tables import ABSENT, equals
from overtone.aws.transactions import Put, transact
from overtone.facts.accrual import output_of
from overtone.facts.events import PartyEvent
from overtone.identifiers import UNATTRIBUTED
from overtone.settlement.holds import HELD, Hold, StandingHold
from overtone.stores import events, registry
from overtone.stores import outputs as output_store
from overtone.stores.entities import WORKS
from overtone.stores.month_facts import HOLD, WITHDRAWN

NAMED: Final = ("hold_id", "licensee", "reporter", "work", "subject", "months", "reason")
_NOT_YET: Final = "~"
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


def subjects_of(months: Collection[str]) -> dict[str, set[str]]:
    """The same of each of these months of which a hold names, or named, any: by one query for all of them."""
    found: dict[str, set[str]] = {}
    for header in all_of():
        for month in header["months"] if "subject" in header else ():
            if month in months:
                found.setdefault(month, set()).add(header["subject"])
    return found


def standing(cutoff: str) -> list[StandingHold]:
    """The holds that stood at an instant, by id."""
    found = (header for header in all_of() if header["accepted_at"] <= cutoff and header.get("decided_at", _NOT_YET) > cutoff)
    return [StandingHold(header["hold_id"], header["accepted_at"][:10], Hold.of(header), *_keys(header, cutoff)) for header in found]


def _keys(header: Item, cutoff: str) -> tuple[frozenset[str], frozenset[str]]:
    """The keys of a hold's work, and those that its subject earned for as disclosures up to an instant said."""
    work = registry.find(WORKS, header["work"]) if "work" in header else None
    subject, output = header.get("subject", ""), output_of(header.get("subject", ""))
    disclosures = output_store.history(output) if output is not None else ()
    disclosed = {key for one in disclosures if one.accepted_at <= cutoff for key, _ in one.disclosed.shares}
    named = registry.keys_naming([work], cutoff)[work.id] if work else ()
    return frozenset(named), frozenset({subject} if output is None else {*disclosed, UNATTRIBUTED})


def works_of(subject: str) -> list[str]:
    """The keys that a subject earns for: what its disclosure in force names, and what that leaves to nobody; of a recording its own."""
    if (output := output_of(subject)) is None:
        return [subject]
    return [work for current in output_store.find_all([output]).values() for part in current.disclosure().parts for work, _ in part.shares]


def put(hold: dict[str, Any], accepted_at: str, by: str, news: Sequence[PartyEvent] = ()) -> Item:
    """Keep a hold, its months and what is told of it in one transaction; raises `ConditionFailed` where its id is taken."""
    fact = hold | {"accepted_at": accepted_at, "posted_by": by}
    header = {**finance_keys.hold(hold["hold_id"])._asdict(), **fact, "status": HELD}
    months = [{**keys.month_fact(month, HOLD, hold["hold_id"])._asdict(), **fact} for month in hold["months"]]
    event_writes, rest = events.parted(news, 1 + len(months))
    transact([*(Put(tables.ledger(), item, ABSENT) for item in (header, *months)), *event_writes])
    events.put(rest)
    return header


def end(header: Item, decided: dict[str, str], news: Sequence[PartyEvent] = ()) -> Item:
    """Keep how a hold ended, end it in its months and tell it, in one transaction; raises `ConditionFailed` where it ended before."""
    ledger, hold_id = tables.ledger(), header["hold_id"]
    ended = {**header, **decided, "status": decided["outcome"]}
    about = {"accepted_at": decided["decided_at"], "posted_by": decided["decided_by"], "outcome": decided["outcome"]}
    withdrawn = ({**keys.month_fact(month, WITHDRAWN, HOLD, hold_id)._asdict(), **about} for month in header["months"])
    event_writes, rest = events.parted(news, 1 + len(header["months"]))
    transact([Put(ledger, ended, equals(status=HELD)), *(Put(ledger, item, ABSENT) for item in withdrawn), *event_writes])
    events.put(rest)
    return ended


def shown(header: Item) -> dict[str, Any]:
    """A hold as it is answered."""
    return {name: header[name] for name in (*NAMED, "accepted_at", "posted_by", "status", *DECIDED) if name in header}
