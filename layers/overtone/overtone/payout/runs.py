"""Lines that follow each other and are alike: what they have in common is looked at once per run, and the rest by column.

Most lines of a payee come under a few deals and mechanisms of one month. Whoever sums, groups or names them asks a run and not each line.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache, partial
from itertools import groupby, islice
from operator import itemgetter
from typing import Any, Final, NamedTuple, cast

from overtone.lines import Line
from overtone.money import amount_text, format_amount, format_share
from overtone.payout import words
from overtone.scales import Nano, Pico
from overtone.settlement.entries import FIELDS, Entry, line_of

BATCH_LINES: Final = 1_000
"""Lines of a stream that are looked at together."""

FigureColumns = tuple[Sequence[str], Sequence[str], Sequence[str]]
"""Quantities, amounts and shadows as exact decimal strings, by column: written once, for every file that shows them."""


class Run(NamedTuple):
    """Lines of the same month, deal, mechanism, licensee, model, account, currency and correction, which differ in the rest.

    `entries` are the lines; then the rest of them by column, one cell of each line: `quantities` in 1e-9, `amounts` and `shadows` in pico.
    """

    usage_month: str
    deal_id: str
    mechanism: str
    licensee: str
    model: str
    account: str
    currency: str
    adjusts: str
    entries: Sequence[Entry]
    work_keys: Sequence[str]
    work_ids: Sequence[str]
    sides: Sequence[str]
    parties: Sequence[str]
    members: Sequence[str]
    reasons: Sequence[str]
    territories: Sequence[str]
    uses: Sequence[str]
    services: Sequence[str]
    line_ids: Sequence[str]
    titles: Sequence[str]
    quantities: Sequence[Nano]
    amounts: Sequence[Pico]
    shadows: Sequence[Pico]
    called: Sequence[str]
    figures: FigureColumns

    @property
    def is_detailed(self) -> bool:
        """Whether a deal keeps any of the lines apart by territory, use or service."""
        return any(self.territories) or any(self.uses) or any(self.services)

    @property
    def lines(self) -> list[Line]:
        """The lines one by one, for whoever needs a few."""
        return list(map(line_of, self.entries))


_Columns = Sequence[Sequence[Any]]
_ALIKE: Final = ("usage_month", "deal_id", "mechanism", "licensee", "model", "account", "currency", "adjusts")
_APART: Final = (
    *("work_key", "work_id", "side", "party_id", "member_id", "reason", "territory", "use", "service"),
    *("line_id", "title", "quantity", "amount", "shadow", "called"),
)
_PLACES: Final = tuple(FIELDS.index(name) for name in _ALIKE)
_FIGURES: Final = slice(FIELDS.index("quantity"), FIELDS.index("shadow") + 1)
_alike: Final[Callable[[Entry], tuple[str, ...]]] = itemgetter(*_PLACES)
_apart: Final[Callable[[_Columns], _Columns]] = itemgetter(*(FIELDS.index(name) for name in _APART))
_made: Final = cast("Callable[[Sequence[object]], Run]", partial(tuple.__new__, Run))


def runs_of(entries: Sequence[Entry]) -> list[Run]:
    """The lines in runs, in their order."""
    if not entries:
        return []
    columns, size = list(zip(*entries, strict=True)), len(entries)
    if _are_alike(columns, size):
        return [_run(entries, columns)]
    groups = (list(group) for _, group in groupby(entries, _alike))
    return [_run(group, list(zip(*group, strict=True))) for group in groups]


def _are_alike(columns: _Columns, size: int) -> bool:
    """Whether all lines are of one run, as nearly always."""
    for place in _PLACES:  # a generator would take as long again
        column = columns[place]
        if column.count(column[0]) != size:
            return False
    return True


def streamed(entries: Iterable[Entry]) -> Iterator[Run]:
    """The same of a stream of any length, a batch at a time."""
    rest = iter(entries)
    while batch := list(islice(rest, BATCH_LINES)):
        yield from runs_of(batch)


def _run(entries: Sequence[Entry], columns: _Columns) -> Run:
    quantities, amounts, shadows = columns[_FIGURES]
    figures = list(map(_share, quantities)), list(map(amount_text, amounts)), list(map(format_amount, shadows))
    return _made((*_alike(entries[0]), entries, *_apart(columns), figures))


_share: Final[Callable[[Nano], str]] = lru_cache(words.COUNTS_REMEMBERED)(format_share)
