"""A statement's income as rows, of which its JSON and its CSV are written: by far the most of what a settlement writes.

Rows are bare tuples, which cost a third of an object with names. Figures, months, sides and the ids of lines are written as they are; free
texts are looked at once per source, and escaped only where one of them needs it.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import orjson

from overtone.payout.statement import Apart, Statement

LineEarnings = tuple[str, str, str, str, str, str, str, Apart | None]
"""Line id, usage month, side, quantity, amount, shadow, words, and what its deal keeps it apart by: as `statement.IncomeLine`."""
WorkEarnings = tuple[str, str, str, str, Sequence[str], Sequence[LineEarnings]]
"""Work id, work key, title, amount, its other identifiers, and its lines: as `statement.WorkIncome`."""


class SourceEarnings(NamedTuple):
    """As `statement.Source`; `free` are all free texts of its works and lines together, to see whether any needs care."""

    heading: str
    mechanism: str
    licensee: str
    model: str
    deal_id: str
    currency: str
    amount: str
    works: Sequence[WorkEarnings]
    licensee_name: str
    whole: str
    works_in_all: int
    free: str

    @property
    def lines(self) -> int:
        """How many lines it has."""
        return sum([len(work[-1]) for work in self.works])


_OF_SOURCE: Final = SourceEarnings._fields[:-1]
_NO_SOURCES: Final = b'"sources":[]'
"""As it first stands in a statement without any: a comparison's come behind, and within a text the quotes have a backslash before them."""


class StatementDraft(NamedTuple):
    """A statement that is about to be written: `rest` is all of it but its sources, and `rows` how many lines it shows."""

    rest: Statement
    sources: Sequence[SourceEarnings]
    rows: int

    def encode(self) -> bytes:
        """Canonical JSON, of which `Statement.parse` is the inverse."""
        sources = b'"sources":' + orjson.dumps(list(map(_record, self.sources)))
        return orjson.dumps(self.rest, option=orjson.OPT_SORT_KEYS).replace(_NO_SOURCES, sources, 1)


def free_of(works: Sequence[WorkEarnings]) -> str:
    """The free texts of works and of their lines, one after the other."""
    named = [f"{work_id}{key}{title}" for work_id, key, title, _, _, _ in works]
    return "".join([*named, *[line[6] for work in works for line in work[5]], *[name for work in works for name in work[4]]])


def _record(source: SourceEarnings) -> dict[str, object]:
    """What the JSON of a source is made of: its works are JSON already."""
    works, free = source.works, source.free
    if not free.isprintable() or '"' in free or "\\" in free:
        works = [_escaped(work) for work in works]
    record: dict[str, object] = dict(zip(_OF_SOURCE, source, strict=False))
    record["works"] = orjson.Fragment(f"[{','.join(_works(works))}]")
    return record


def _works(works: Sequence[WorkEarnings]) -> Iterator[str]:
    """Each work, free texts as they come."""
    for work_id, key, title, shown, names, lines in works:
        of_lines = ",".join(
            [
                f'{{"line_id":"{line_id}","usage_month":"{month}","side":"{side}","quantity":"{quantity}","amount":"{amount}",'
                f'"shadow":"{shadow}","words":"{words}","apart":{"null" if apart is None else orjson.dumps(apart).decode()}}}'
                for line_id, month, side, quantity, amount, shadow, words, apart in lines
            ]
        )
        called = '"{}"'.format('","'.join(names)) if names else ""
        yield (
            f'{{"work_id":"{work_id}","work_key":"{key}","title":"{title}","amount":"{shown}","lines":[{of_lines}],"identifiers":[{called}]}}'
        )


def _escaped(work: WorkEarnings) -> WorkEarnings:
    """The same with free texts as they stand between quotes."""
    work_id, key, title, amount, names, lines = work
    told = [(*about, _inside(words), apart) for *about, words, apart in lines]
    return _inside(work_id), _inside(key), _inside(title), amount, list(map(_inside, names)), told  # type: ignore[return-value]


def _inside(text: str) -> str:
    return orjson.dumps(text)[1:-1].decode()
