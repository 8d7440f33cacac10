"""Payees whose documents are written later: the books need one pass over all of them, their own documents do not.

The first payees' are written with the books. What the others' follow from (lines, the balance before) is kept range by range as it
passes by, for functions of their own (`range_documents`).
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from typing import Final, NamedTuple

from overtone.settlement import part_file
from overtone.settlement.part_file import Entry  # noqa: TC001 - as every module has it
from overtone.steps.settlement.concerns import Concern
from overtone.steps.settlement.payee_ranges import PayeeRange

WITH_BOOKS_MAX: Final = 10_000
"""Payees, the first by id, whose documents are written with the books."""
RANGE_PAYEES: Final = 10_000
RANGE_LINES: Final = 100_000
"""What one function writes the documents of; one payee may have more lines."""


class LaterPayees:
    """Keeps what the documents of later payees follow from; `keep` stores a range's lines and balances, both as texts."""

    def __init__(self, keep: Callable[[int, Iterable[bytes], Iterable[bytes]], None]) -> None:
        self._keep = keep
        self._passed = 0
        self._first = ""
        self._payees = 0
        self._lines: list[Entry] = []
        self._balances: list[bytes] = []
        self.ranges: list[PayeeRange] = []

    def takes(self, concern: Concern) -> bool:
        """Whether a party's documents are written apart; what they need is kept."""
        self._passed += concern.touched
        if self._passed <= WITH_BOOKS_MAX or not concern.touched:
            return False
        if self._payees >= RANGE_PAYEES or len(self._lines) >= RANGE_LINES:
            self.close()
        self._first = self._first or concern.party_id
        self._payees += 1
        self._lines += [(concern.party_id, line.key, line) for line in chain(concern.own, concern.collected)]
        if concern.before is not None:
            self._balances.append(concern.before.rstrip(b"\n") + b"\n")
        return True

    def close(self) -> None:
        """Keep the last range."""
        if self._payees:
            number = len(self.ranges) + 1
            self._keep(number, part_file.blocks_of(self._lines), self._balances)
            self.ranges.append(PayeeRange(number, self._first))
        self._first, self._payees, self._lines, self._balances = "", 0, [], []


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
