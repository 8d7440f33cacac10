"""What pricing is given and gives: leaves of levies, repertoires, and what some works' month comes to."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeAlias

from overtone.lines import LineKey, Posting, Side
from overtone.mechanisms import levy
from overtone.mechanisms.shape import Term
from overtone.mechanisms.totals import TermKey, TotalKey
from overtone.scales import Pico
from overtone.settlement.adjustments import LineDifference
from overtone.settlement.breaches import Breach
from overtone.settlement.line_columns import DueLines


class LevyLeaf(NamedTuple):
    """A leaf of a levy's distribution: what it pays, and to which side's owners or to which party."""

    term: Term[levy.Terms]
    side: Side | None
    party: str


class Repertoire(NamedTuple):
    """A work that a deal's licensor can license, with its weight in the licensee's latest runs."""

    work_id: str
    weight: int


Repertoires: TypeAlias = Mapping[tuple[str, int], Sequence[Repertoire]]
"""By deal and version."""


class Entitled(NamedTuple):
    """What some works' month comes to. `titles` by line key; `pools_paid` by pool.

    `owed` is what terms with a cap come to before it. `priced` are the lines that the last round looks at, where they were changed
    after: before anything came off the top. `columns` are lines beside the postings, of works that were priced at once.
    """

    postings: dict[LineKey, Posting]
    titles: dict[LineKey, str]
    pools_paid: dict[TotalKey, Pico]
    breaches: list[Breach]
    adjustments: dict[LineKey, list[LineDifference]] = {}  # noqa: RUF012 - a default of a tuple that nobody writes to
    priced: dict[LineKey, Posting] | None = None
    owed: dict[tuple[LineKey, TermKey], Pico] = {}  # noqa: RUF012 - a default of a tuple that nobody writes to
    columns: tuple[DueLines, ...] = ()

    def every_posting(self) -> dict[LineKey, Posting]:
        """All postings by key, those in columns too."""
        return self.postings | {key: posting for lines in self.columns for key, posting in lines.postings().items()}
