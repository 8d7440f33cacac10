"""A statement's income as rows, of which its JSON and its CSV are written: by far the most of what a settlement writes.

Rows are bare tuples, which cost a third of an object with names.
"""

from collections.abc import Sequence
from typing import NamedTuple

from overtone.payout.statement import Apart, Statement

EarningsRow = tuple[int, str, str, str, int, str, str, str, str, str, str, str, str, str, Apart | None]
"""A line under its work, as rows are sorted: what the work comes to in pico and negated, its id, key and title, and which of its lines this
is, from 0; what it comes to in words, and its other names, spaces between them; then as `statement.IncomeLine` line id, usage month, side,
quantity, amount, shadow, words, and what its deal keeps it apart by."""


class SourceHead(NamedTuple):
    """Of `statement.Source`, what is the same in every statement."""

    heading: str
    mechanism: str
    licensee: str
    model: str
    deal_id: str
    currency: str
    licensee_name: str
    whole: str
    works_in_all: int


class SourceEarnings(NamedTuple):
    """As `statement.Source`, a row for each line; `free` are all free texts of these together, to see whether any needs care."""

    head: SourceHead
    amount: str
    works: Sequence[EarningsRow]
    free: str


class StatementDraft(NamedTuple):
    """A statement that is about to be written: `rest` is all of it but its sources, and `rows` how many lines it shows."""

    rest: Statement
    sources: Sequence[SourceEarnings]
    rows: int
