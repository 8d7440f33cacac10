"""Payees whose documents are written later: the books need one pass over all of them, their own documents do not.

The first payees' are written with the books. What the others' follow from (lines with their works' names, the balance before, what
concerns them beside) is kept range by range as it passes by, for functions of their own (`range_documents`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from overtone.payout.acknowledgements import Return
from overtone.payout.suspense_claims import WaitingSum
from overtone.settlement.breaches import Breach
from overtone.settlement.entries import Entry
from overtone.steps.settlement.concerns import Concern
from overtone.steps.settlement.payee_ranges import PayeeRange

WITH_BOOKS_MAX: Final = 10_000
"""Payees, the first by id, whose documents are written with the books."""
RANGE_PAYEES: Final = 10_000
RANGE_LINES: Final = 100_000
"""What one function writes the documents of; one payee may have more lines."""


@dataclass(slots=True)
class RangeFacts:
    """What the documents of a range follow from, beside what is the same for all: lines, balances, and what else concerns its payees."""

    lines: list[Entry] = field(default_factory=list)
    balances: list[bytes] = field(default_factory=list)
    returns: list[Return] = field(default_factory=list)
    breaches: list[Breach] = field(default_factory=list)
    waiting: list[WaitingSum] = field(default_factory=list)

    def take(self, concern: Concern) -> None:
        """Add a payee's."""
        self.lines += concern.own
        self.lines += concern.collected
        if concern.before is not None:
            self.balances.append(concern.before.rstrip(b"\n") + b"\n")
        self.returns += concern.returns
        self.breaches += concern.breaches
        self.waiting += concern.suspended


class LaterPayees:
    """Hands what the documents of later payees follow from to `keep`, range by range."""

    def __init__(self, keep: Callable[[int, RangeFacts], None]) -> None:
        self._keep = keep
        self._passed = 0
        self._first = ""
        self._payees = 0
        self._facts = RangeFacts()
        self.ranges: list[PayeeRange] = []

    def takes(self, concern: Concern) -> bool:
        """Whether a party's documents are written apart; what they need is kept."""
        self._passed += concern.touched
        if self._passed <= WITH_BOOKS_MAX or not concern.touched:
            return False
        if self._payees >= RANGE_PAYEES or len(self._facts.lines) >= RANGE_LINES:
            self.close()
        self._first = self._first or concern.party_id
        self._payees += 1
        self._facts.take(concern)
        return True

    def close(self) -> None:
        """Keep the last range."""
        if self._payees:
            number = len(self.ranges) + 1
            self._keep(number, self._facts)
            self.ranges.append(PayeeRange(number, self._first))
        self._first, self._payees, self._facts = "", 0, RangeFacts()


class Bounds(NamedTuple):
    """The parties from `first` up to but without `end`; up to the last where it is empty."""

    first: str
    end: str

    @classmethod
    def of(cls, ranges: Sequence[PayeeRange], number: int) -> "Bounds":
        """Those of a range, by its number."""
        return cls(ranges[number - 1].first, ranges[number].first if number < len(ranges) else "")

    def hold(self, party_id: str) -> bool:
        """Whether a party is among them."""
        return self.first <= party_id and (not self.end or party_id < self.end)
