"""A statement that is about to be written: all of it but its sources, and these as runs of lines."""

from collections.abc import Sequence
from typing import NamedTuple

from overtone.payout.runs import Run
from overtone.payout.statement import Statement


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
    """As `statement.Source`, with its lines instead of its works."""

    head: SourceHead
    amount: str
    runs: Sequence[Run]


class StatementDraft(NamedTuple):
    """`rest` is all of a statement but its sources, and `rows` how many lines it shows."""

    rest: Statement
    sources: Sequence[SourceEarnings]
    rows: int
