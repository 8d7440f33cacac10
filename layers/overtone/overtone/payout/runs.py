"""Lines that follow each other, by column: a table of many payees' lines, and in it runs of one payee's that are alike.

Most lines of a payee come under a few deals and mechanisms of one month. Whoever sums, groups or names them asks a run and not each line:
what its lines have in common is looked at once. What is done to each line is done to a table, whosever they are.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache, partial
from itertools import chain, compress, groupby, islice
from operator import eq, itemgetter
from typing import Any, Final, NamedTuple, cast

from overtone.lines import Line
from overtone.money import amount_text, format_amount, format_share
from overtone.payout import words
from overtone.scales import Nano, Pico
from overtone.settlement.entries import FIELDS, PARTY_ID, Entry, line_of

TABLE_LINES: Final = 1_000
"""Lines of a stream that are looked at together."""
SHOWN_LINES_MAX: Final = 10_000
"""So many lines of one payee keep what statements show of them from table to statement; of more it is made when that is written."""

FigureColumns = tuple[Sequence[str], Sequence[str], Sequence[str]]
"""Quantities, amounts and shadows as exact decimal strings, by column: written once, for every file that shows them."""


class ShownLines(NamedTuple):
    """What statements show of each line: its work with it alone, in JSON, and its row of the CSV after the source's heading.

    Written by `formats.statement_lines`, where the texts that they are of are at hand.
    """

    works: Sequence[str]
    rows: Sequence[str]


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
    texts: ShownLines | None

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
_COLUMNS: Final = 1 + 3
_TEXTS: Final = _COLUMNS + len(FIELDS)
"""Where the columns, and the texts, begin in `TablePart.cells`."""
_OWNER: Final = FIELDS.index("owner")
_FIGURES: Final = slice(FIELDS.index("quantity"), FIELDS.index("shadow") + 1)
_alike: Final[Callable[[Sequence[Any]], tuple[Any, ...]]] = itemgetter(*(FIELDS.index(name) for name in _ALIKE))
"""Of a row or of columns."""
_apart: Final[Callable[[_Columns], _Columns]] = itemgetter(*(FIELDS.index(name) for name in _APART))
_made: Final = cast("Callable[[Sequence[object]], Run]", partial(tuple.__new__, Run))
_share: Final[Callable[[Nano], str]] = lru_cache(words.COUNTS_REMEMBERED)(format_share)


class LineTable(NamedTuple):
    """Sorted lines: the rows, their columns (see `entries.FIELDS`), their figures in words, and whether all are of one run.

    `texts`: what statements show of them, where these are written next.
    """

    entries: Sequence[Entry]
    columns: _Columns
    figures: FigureColumns
    are_alike: bool
    texts: ShownLines | None = None

    @classmethod
    def of(cls, entries: Sequence[Entry]) -> "LineTable":
        """The table of one row or more."""
        columns = list(zip(*entries, strict=True))
        quantities, amounts, shadows = columns[_FIGURES]
        figures = list(map(_share, quantities)), list(map(amount_text, amounts)), list(map(format_amount, shadows))
        return cls(entries, columns, figures, _are_alike(_alike(columns)))

    @property
    def has_owners(self) -> bool:
        """Whether any line is somebody's: the others, of suspense and residue, come first."""
        return bool(self.columns[_OWNER][-1])

    @property
    def under_payees(self) -> "LineTable":
        """Without the lines that stand under a member, which stand under their payee too."""
        owners, payees = self.columns[_OWNER], self.columns[PARTY_ID]
        if owners == payees:
            return self
        own = list(map(eq, owners, payees))
        quantities, amounts, shadows = (list(compress(column, own)) for column in self.figures)
        columns = [list(compress(column, own)) for column in self.columns]
        return LineTable(list(compress(self.entries, own)), columns, (quantities, amounts, shadows), self.are_alike)

    def by_owner(self) -> "Iterator[tuple[str, TablePart]]":
        """The lines of each owner."""
        start = 0
        for owner, cells in groupby(self.columns[_OWNER]):
            end = start + len(list(cells))
            yield owner, TablePart(self, start, end)
            start = end


class TablePart(NamedTuple):
    """The lines of a table from `start` up to but without `end`."""

    table: LineTable
    start: int
    end: int

    @classmethod
    def whole(cls, entries: Sequence[Entry]) -> "TablePart":
        """A table's of its own."""
        return cls(LineTable.of(entries), 0, len(entries))

    @classmethod
    def together(cls, parts: Iterable["TablePart"]) -> "TablePart":
        """What stands in several tables, in one. Each is let go when its cells are taken over: one payee may have most of the lines."""
        rest = iter(parts)
        first = next(rest)
        if (second := next(rest, None)) is None:
            return first
        joined = list(map(list, first.cells))
        for part in chain((second,), rest):
            if part.table.texts is None or len(joined[0]) + part.end - part.start > SHOWN_LINES_MAX:
                del joined[_TEXTS:]
            for column, more in zip(joined, part.cells, strict=False):
                column.extend(more)
        (entries, *figures), columns, texts = joined[:_COLUMNS], joined[_COLUMNS:_TEXTS], joined[_TEXTS:]
        quantities, amounts, shadows = figures
        shown = ShownLines(*texts) if texts else None
        return cls(LineTable(entries, columns, (quantities, amounts, shadows), _are_alike(_alike(columns)), shown), 0, len(entries))

    @property
    def cells(self) -> _Columns:
        """Its rows, their figures in words, their columns, and what statements show of them, where that is there."""
        entries, columns, figures, _, texts = self.table
        return self.cut([entries, *figures, *columns, *(texts or ())])

    def cut(self, columns: _Columns) -> _Columns:
        """Its cells of columns of the table."""
        return [column[self.start : self.end] for column in columns]

    @property
    def entries(self) -> Sequence[Entry]:
        """The lines, row by row."""
        return self.table.entries[self.start : self.end]

    @property
    def payees(self) -> Sequence[str]:
        """The payee of each line."""
        return self.table.columns[PARTY_ID][self.start : self.end]

    @property
    def runs(self) -> list[Run]:
        """The lines in runs, in their order."""
        table, start, end = self
        if table.are_alike or _are_alike(self.cut(_alike(table.columns))):
            return [_run(table, start, end)]
        runs = []
        for _, group in groupby(self.entries, _alike):
            end = start + len(list(group))
            runs.append(_run(table, start, end))
            start = end
        return runs


def runs_of(entries: Sequence[Entry]) -> list[Run]:
    """The lines in runs, in their order."""
    return TablePart.whole(entries).runs if entries else []


def _are_alike(columns: _Columns) -> bool:
    """Whether all lines are of one run, by what those of a run have in common."""
    return all(column.count(column[0]) == len(column) for column in columns)


def tables(entries: Iterable[Entry]) -> Iterator[LineTable]:
    """The lines of a stream of any length."""
    rest = iter(entries)
    while batch := list(islice(rest, TABLE_LINES)):
        yield LineTable.of(batch)


def _run(table: LineTable, start: int, end: int) -> Run:
    rows = slice(start, end)
    quantities, amounts, shadows = table.figures
    figures = quantities[rows], amounts[rows], shadows[rows]
    texts = table.texts and ShownLines(*[column[rows] for column in table.texts])
    return _made((*_alike(table.entries[start]), table.entries[rows], *[column[rows] for column in _apart(table.columns)], figures, texts))
