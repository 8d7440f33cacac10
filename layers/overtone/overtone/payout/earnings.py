"""A statement's income as rows, of which its JSON and its CSV are written: by far the most of what a settlement writes.

Rows are bare tuples, which cost a third of an object with names. Figures, months, sides and the ids of lines are written as they are; free
texts are looked at once per source, and escaped only where one of them needs it.
"""

from collections.abc import Callable, Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Any, Final, NamedTuple, cast

import orjson

from overtone.payout.statement import Apart, Balance, Statement
from overtone.settlement.entries import other_names

EarningsRow = tuple[int, str, str, str, int, str, str, str, str, str, str, str, str, str, Apart | None]
"""A line under its work, as rows are sorted: what the work comes to in pico and negated, its id, key and title, and which of its lines this
is, from 0; what it comes to in words, and its other names, spaces between them; then as `statement.IncomeLine` line id, usage month, side,
quantity, amount, shadow, words, and what its deal keeps it apart by."""


class SourceEarnings(NamedTuple):
    """As `statement.Source`, a row for each line; `free` are all free texts of these together, to see whether any needs care."""

    heading: str
    mechanism: str
    licensee: str
    model: str
    deal_id: str
    currency: str
    amount: str
    works: Sequence[EarningsRow]
    licensee_name: str
    whole: str
    works_in_all: int
    free: str


_OF_SOURCE: Final = SourceEarnings._fields[:-1]
_OF_STATEMENT: Final = tuple(field.name for field in fields(Statement))
_OF_BALANCE: Final = tuple(field.name for field in fields(Balance))
_statement: Final[Callable[[Statement], tuple[Any, ...]]] = attrgetter(*_OF_STATEMENT)
_balance: Final[Callable[[Balance], tuple[Any, ...]]] = attrgetter(*_OF_BALANCE)


class StatementDraft(NamedTuple):
    """A statement that is about to be written: `rest` is all of it but its sources, and `rows` how many lines it shows."""

    rest: Statement
    sources: Sequence[SourceEarnings]
    rows: int

    def encode(self) -> bytes:
        """Canonical JSON, of which `Statement.parse` is the inverse.

        What every statement has is handed over as dictionaries: an object is asked for each of its fields by name, which takes far longer.
        """
        record: dict[str, Any] = dict(zip(_OF_STATEMENT, _statement(self.rest), strict=True))
        record["balances"] = [dict(zip(_OF_BALANCE, _balance(balance), strict=True)) for balance in self.rest.balances]
        if self.rest.comparison is not None:  # its figures are the only keys that are data, and are sorted
            record["comparison"] = orjson.Fragment(orjson.dumps(self.rest.comparison, option=orjson.OPT_SORT_KEYS))
        record["sources"] = orjson.Fragment(orjson.dumps(list(map(_record, self.sources))))
        return orjson.dumps(record)


def _record(source: SourceEarnings) -> dict[str, object]:
    """What the JSON of a source is made of: its works are JSON already."""
    rows, free = source.works, source.free
    if orjson.dumps(free) != f'"{free}"'.encode():
        rows = list(map(_escaped, rows))
    record: dict[str, object] = dict(zip(_OF_SOURCE, source, strict=False))
    record["works"] = orjson.Fragment(_works(rows))
    return record


def _works(rows: Sequence[EarningsRow]) -> str:
    """The works, free texts as they come. One loop writes all, as a call per work would take as long again."""
    texts, end = ["["], ""
    for _, work_id, key, title, place, total, called, line_id, month, side, quantity, amount, shadow, words, apart in rows:
        detail = "null" if apart is None else orjson.dumps(apart).decode()
        line = (
            f'{{"line_id":"{line_id}","usage_month":"{month}","side":"{side}","quantity":"{quantity}","amount":"{amount}",'
            f'"shadow":"{shadow}","words":"{words}","apart":{detail}}}'
        )
        if place:
            texts.append(f",{line}")
        else:
            texts.append(f'{end}{{"work_id":"{work_id}","work_key":"{key}","title":"{title}","amount":"{total}","lines":[{line}')
            end = f'],"identifiers":[{_quoted_names(called, key)}]}},' if called else '],"identifiers":[]},'
    texts.append(end[:-1])
    texts.append("]")
    return "".join(texts)


def _quoted_names(called: str, key: str) -> str:
    return ",".join([f'"{name}"' for name in other_names(called, key)])


def _escaped(row: EarningsRow) -> EarningsRow:
    """The same with free texts as they stand between quotes."""
    total, work_id, key, title, place, shown, called, *figures, words, apart = row
    about = total, _inside(work_id), _inside(key), _inside(title), place, shown, _inside(called)
    return cast("EarningsRow", (*about, *figures, _inside(words), apart))


def _inside(text: str) -> str:
    return orjson.dumps(text)[1:-1].decode()
