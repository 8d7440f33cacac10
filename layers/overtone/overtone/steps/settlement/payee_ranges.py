"""The ranges of payees that are told apart, and the indexes that they left: known to whoever must not load what draws documents."""

from typing import Any, NamedTuple

from overtone.payout.files import FileEntry
from overtone.payout.manifest import Index
from overtone.settlement.plan import Plan
from overtone.stores import settlements as settlement_store

Event = dict[str, Any]


class PayeeRange(NamedTuple):
    """Payees from `first` up to the next range's."""

    number: int
    first: str


def ranges_of(emitted: Event) -> list[PayeeRange]:
    """The ranges that the books left to be told."""
    return [PayeeRange(**one) for one in emitted.get("ranges", ())]


def indexes_of(plan: Plan, emitted: Event) -> tuple[list[Index], list[dict[str, str]]]:
    """The indexes of all ranges, and what could not be drawn."""
    indexes, unrendered = [], []
    for one in ranges_of(emitted):
        found = settlement_store.load_json(plan, "later", f"{one.number:05d}.json")
        indexes.append(Index(FileEntry(**found["index"]), one.first))
        unrendered += found["unrendered"]
    return indexes, unrendered
