"""Lines by the thousand, column by column: from the prices of works that are alike to a new book and a part file.

A line by itself is a key of sixteen texts and four more objects, and most of what they say is the same for a whole part. Here a column is a
cell of each line, or the one cell that all of them have.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, repeat
from operator import itemgetter
from typing import Any, Final, NamedTuple, cast

from overtone.json_texts import BETWEEN, is_plain
from overtone.lines import DETAILS, KEY_SEPARATOR, NO_DETAIL, PARTY, Line, LineKey, Posting, id_of

Cells = str | Sequence[str]
"""A cell of each line, or the one that all of them have."""
_FIELDS: Final = len(LineKey._fields)
_ACCOUNT: Final = LineKey._fields.index("account")
_PARTY: Final = LineKey._fields.index("party_id")
_MEMBER: Final = LineKey._fields.index("member_id")
_WORK_ID: Final = LineKey._fields.index("work_id")

_key: Final = cast("Callable[[Sequence[str]], LineKey]", partial(tuple.__new__, LineKey))
_posting: Final = cast("Callable[[Sequence[int]], Posting]", partial(tuple.__new__, Posting))
"""As `_make`, which counts the fields: columns are counted once."""


def cells(column: Cells, count: int) -> Iterable[str]:
    """The cells of so many lines."""
    return repeat(column, count) if isinstance(column, str) else column


def folded(column: Cells) -> Cells:
    """A column whose cells are all the same as that cell."""
    if isinstance(column, str) or not column or column[0] != column[-1] or column.count(column[0]) < len(column):
        return column
    return column[0]


def joined(columns: Iterable[Cells], count: int, between: str = BETWEEN) -> Iterator[str]:
    """Each line's cells as one text. Where all cells are plain, such texts sort as the cells do."""
    folded: list[Cells] = []
    for column in columns:
        if folded and isinstance(column, str) and isinstance(before := folded[-1], str):
            folded[-1] = f"{before}{between}{column}"
        else:
            folded.append(column)
    return map(between.join, zip(*(cells(column, count) for column in folded), strict=True))


def are_plain(columns: Iterable[Cells]) -> bool:
    """Whether all cells stand in JSON as they are, and what stands between them sorts before all that is in them."""
    distinct = {id(column): "".join(column) for column in columns}
    return all(is_plain(text) and " " not in text and "!" not in text for text in distinct.values())


def _one_below_the_other(columns: Sequence[Cells], counts: Sequence[int]) -> Cells:
    first = columns[0]
    if isinstance(first, str) and all(column == first for column in columns):
        return first
    return list(chain.from_iterable(map(cells, columns, counts)))


def _rows(columns: Iterable[Cells], count: int) -> Iterator[tuple[str, ...]]:
    return zip(*(cells(column, count) for column in columns), strict=True)


class DueLines(NamedTuple):
    """What is due under keys that have a detail all or none; `keys` are the columns of `LineKey`, the rest
    those of their titles and postings, none of which is empty.
    """

    keys: Sequence[Cells]
    titles: Sequence[str]
    quantities: Sequence[int]
    amounts: Sequence[int]
    shadows: Sequence[int]

    def postings(self) -> dict[LineKey, Posting]:
        """What is due, by key."""
        return dict(zip(self._line_keys(), map(_posting, zip(self.quantities, self.amounts, self.shadows, strict=True)), strict=True))

    def titles_by_key(self) -> dict[LineKey, str]:
        """The titles of the lines' works, by key."""
        return dict(zip(self._line_keys(), self.titles, strict=True))

    def _line_keys(self) -> Iterator[LineKey]:
        return map(_key, _rows(self.keys, len(self.titles)))

    @property
    def stored(self) -> Sequence[Cells]:
        """The columns of the keys as they are kept (see `LineKey.stored`)."""
        return self.keys if tuple(self.keys[-DETAILS:]) != NO_DETAIL else self.keys[:-DETAILS]


def due_lines(postings: Mapping[LineKey, Posting], titles: Mapping[LineKey, str]) -> Iterator[DueLines]:
    """What is due by key as columns: of keys without a detail, and of those with one."""
    due = [(key, posting) for key, posting in postings.items() if any(posting)]
    plain = [row for row in due if row[0][-DETAILS:] == NO_DETAIL]
    detailed = [row for row in due if row[0][-DETAILS:] != NO_DETAIL] if len(plain) < len(due) else []
    for rows in (plain, detailed):
        if rows:
            keys, figures = zip(*rows, strict=True)
            columns: list[Cells] = list(zip(*keys, strict=True))
            if rows is plain:
                columns[-DETAILS:] = NO_DETAIL
            yield DueLines(columns, [titles.get(key, "") for key in keys], *zip(*figures, strict=True))


@dataclass(frozen=True, slots=True, eq=False)
class PostedLines:
    """The lines of a part, in any order. `figures` are quantity, amount and shadow in words.

    `texts` are their keys as they are kept, joined; `None` where some cell is not plain.
    """

    keys: Sequence[Cells]
    ids: Sequence[str]
    titles: Sequence[str]
    figures: Sequence[Cells]
    adjusts: Cells
    texts: Sequence[str] | None

    @classmethod
    def of(cls, lines: Iterable[Line]) -> "PostedLines":
        """Lines that were made one by one."""
        made = list(lines)
        if not made:
            return NO_LINES
        ids, keys, titles, postings, adjusts = zip(*made, strict=True)
        columns = list(zip(*keys, strict=True))
        figures = [list(map(str, column)) for column in zip(*postings, strict=True)]
        return cls(columns, ids, titles, figures, adjusts, list(joined(columns, len(made))) if are_plain(columns) else None)

    @classmethod
    def new(cls, settlement_id: str, due: DueLines, adjusts: str) -> "PostedLines":
        """What is due where nothing stands, of keys that are plain."""
        count, stored = len(due.titles), due.stored
        ids = list(map(id_of, joined((settlement_id, *stored), count, KEY_SEPARATOR)))
        figures = [list(map(str, column)) if any(column) else "0" for column in (due.quantities, due.amounts, due.shadows)]
        return cls(due.keys, ids, due.titles, figures, adjusts, list(joined(stored, count)))

    @classmethod
    def together(cls, groups: "Sequence[PostedLines]") -> "PostedLines":
        """Several groups of new lines as one."""
        if len(groups) == 1:
            return groups[0]
        if not groups:
            return NO_LINES
        counts = list(map(len, groups))
        rows = zip(*((*group.keys, *group.figures, group.ids, group.titles, group.texts or ()) for group in groups), strict=True)
        below: dict[tuple[int, ...], Cells] = {}
        columns: list[Cells] = []
        for row in rows:
            name = tuple(map(id, row))
            if name not in below:
                below[name] = _one_below_the_other(row, counts)
            columns.append(below[name])
        *keys, ids, titles, texts = columns
        keys, figures = keys[:_FIELDS], keys[_FIELDS:]
        return cls(keys, ids, titles, figures, groups[0].adjusts, texts)

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[Line]:
        keys = map(_key, _rows(self.keys, len(self)))
        postings = map(Posting.of, _rows(self.figures, len(self)))
        return map(Line, self.ids, keys, self.titles, postings, cells(self.adjusts, len(self)))

    def work_ids(self) -> set[str]:
        """Those of the lines' works."""
        return set(cells(self.keys[_WORK_ID], len(self))) - {""}

    def titled(self, title_of: Callable[[str], str]) -> "PostedLines":
        """These lines, each without a title called what its work is, by its id: nothing is due any more that would name it."""
        if all(self.titles):
            return self
        named = zip(self.titles, cells(self.keys[_WORK_ID], len(self)), strict=False)
        return replace(self, titles=[title or (work_id and title_of(work_id)) for title, work_id in named])

    def by_owner(self, names: Mapping[str, str]) -> tuple[int, list[Cells]]:
        """How many rows, and their columns sorted by owner and key: owner, line id, key, title, figures, correction, the work's names.

        A line stands under its payee, and once more under the member whose share a society collects.
        """
        owners, again = self.keys[_PARTY], self._collected()
        rows = [*range(len(self)), *again]
        if again:
            members = list(cells(self.keys[_MEMBER], len(self)))
            owners = [*cells(owners, len(self)), *map(members.__getitem__, again)]
        order = self._order(owners, rows)
        picked = list(map(rows.__getitem__, order)) if again else order
        called = [names.get(work_id, "") for work_id in cells(self.keys[_WORK_ID], len(self))] if names else ""
        columns = (self.ids, *self.keys, self.titles, *self.figures, self.adjusts, called)
        in_order = {id(column): _picked(column, picked) for column in columns}
        return len(rows), [_picked(owners, order), *(in_order[id(column)] for column in columns)]

    def _collected(self) -> list[int]:
        """The lines that stand under a member too."""
        accounts, owners, members = self.keys[_ACCOUNT], self.keys[_PARTY], self.keys[_MEMBER]
        if members is owners or members == "":
            return []
        rows = _rows((accounts, owners, members), len(self))
        return [row for row, (account, owner, member) in enumerate(rows) if account == PARTY and member not in {"", owner}]

    def _order(self, owners: Cells, rows: Sequence[int]) -> Sequence[int]:
        """Of rows and their owners: by owner, then by key."""
        keys: Sequence[Any] = list(_rows(self.keys, len(self))) if self.texts is None else self.texts
        if len(rows) > len(keys):
            keys = list(map(keys.__getitem__, rows))
        by_key = sorted(range(len(rows)), key=keys.__getitem__)
        return by_key if isinstance(owners, str) else sorted(by_key, key=owners.__getitem__)


def _picked(column: Cells, order: Sequence[int]) -> Cells:
    """The cells at these places."""
    if isinstance(column, str):
        return column
    return itemgetter(*order)(column) if len(order) > 1 else [column[place] for place in order]


NO_LINES: Final = PostedLines(("",) * _FIELDS, (), (), ("",) * len(Posting._fields), "", ())
