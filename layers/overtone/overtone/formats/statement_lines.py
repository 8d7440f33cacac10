"""A statement's income in JSON and in CSV, by far the most of what a settlement writes: one loop over its lines writes both.

Figures, months, sides and the ids of lines are written as they are; free texts are looked at once per source, and cell by cell only where
one of them needs care.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final, NamedTuple, cast

import orjson

from overtone.formats.settlement_csv import MARKS, safe
from overtone.payout.earnings import EarningsRow, SourceEarnings, SourceHead
from overtone.payout.files import csv_cell, csv_row
from overtone.settlement.entries import names_in, other_names

HEADS_REMEMBERED: Final = 1_024
"""Sources that are remembered as texts: a settlement has a few deals with a few models."""
_SCHEMES: Final = ("isrc:", "iswc:")
_TITLE: Final = 3
_WORKS: Final = '","works":['


class IncomeTexts(NamedTuple):
    """The sources of a statement: their JSON, an array, and the rows of its CSV, so many lines."""

    json: str
    csv: str
    rows: int


class _HeadTexts(NamedTuple):
    """A source's JSON before its amount and after its works, and how its rows begin."""

    before: str
    after: str
    row: str


def written(sources: Iterable[SourceEarnings]) -> IncomeTexts:
    """The income as it stands in both files."""
    objects, lines, count = list[str](), list[str](), 0
    for head, amount, rows, free in sources:
        texts = _head(head)
        works, own = _texts(rows, free, texts.row, head)
        objects.append(f"{texts.before}{amount}{_WORKS}{works}{texts.after}")
        lines.append(own)
        count += len(rows)
    return IncomeTexts(f"[{','.join(objects)}]", "".join(lines), count)


@lru_cache(HEADS_REMEMBERED)
def _head(head: SourceHead) -> _HeadTexts:
    fields = head._asdict()
    last = {name: fields.pop(name) for name in ("licensee_name", "whole", "works_in_all")}
    before = orjson.dumps({**fields, "amount": ""}).decode().removesuffix('"}')
    return _HeadTexts(before, "]," + orjson.dumps(last).decode()[1:], f"income,{csv_cell(safe(head.heading))},")


def _texts(rows: Sequence[EarningsRow], free: str, lead: str, head: SourceHead) -> tuple[str, str]:
    """The works of a source in JSON and its rows of the CSV: in one go where no text needs more than quotes, as nearly always."""
    bare, named = "," not in free, any(scheme in free for scheme in _SCHEMES)
    if orjson.dumps(free) == f'"{free}"'.encode() and MARKS.isdisjoint([row[_TITLE][:1] for row in rows]):
        return _in_one_go(rows, lead, head.currency, bare=bare, named=named)
    works, _ = _in_one_go(map(_escaped, rows), lead, head.currency, bare=bare, named=named)
    return works, "".join([_with_care(head, row) for row in rows])


def _in_one_go(rows: Iterable[EarningsRow], lead: str, currency: str, *, bare: bool, named: bool) -> tuple[str, str]:
    """Both, texts as they come; in the CSV whatever has a comma stands between quotes.

    `bare`: no free text has one; `named`: some work may have an ISRC or ISWC.
    """
    works, lines, end = list[str](), list[str](), ""
    for _, work_id, key, title, place, total, called, line_id, month, side, quantity, amount, shadow, words, apart in rows:
        detail = "null" if apart is None else orjson.dumps(apart).decode()
        line = (
            f'{{"line_id":"{line_id}","usage_month":"{month}","side":"{side}","quantity":"{quantity}","amount":"{amount}",'
            f'"shadow":"{shadow}","words":"{words}","apart":{detail}}}'
        )
        if place:
            works.append(f",{line}")
        else:
            works.append(f'{end}{{"work_id":"{work_id}","work_key":"{key}","title":"{title}","amount":"{total}","lines":[{line}')
            end = f'],"identifiers":[{_quoted_names(called, key)}]}},' if called else '],"identifiers":[]},'
        names = ",".join(map(csv_cell, isrcs_and_iswcs((key, *names_in(called))))) if named else ","
        work = f"{work_id},{title}" if bare else f"{csv_cell(work_id)},{csv_cell(title)}"
        cell = f'"{words}"' if "," in words else words
        lines.append(f"{lead}{month},{work},{side},{quantity},{amount},{shadow},{currency},{line_id},,{cell},{names}\n")
    works.append(end[:-1])
    return "".join(works), "".join(lines)


def _quoted_names(called: str, key: str) -> str:
    return ",".join([f'"{name}"' for name in other_names(called, key)])


def _escaped(row: EarningsRow) -> EarningsRow:
    """The same with free texts as they stand between the quotes of JSON."""
    total, work_id, key, title, place, shown, called, *figures, words, apart = row
    about = total, _inside(work_id), _inside(key), _inside(title), place, shown, _inside(called)
    return cast("EarningsRow", (*about, *figures, _inside(words), apart))


def _inside(text: str) -> str:
    return orjson.dumps(text)[1:-1].decode()


def _with_care(head: SourceHead, row: EarningsRow) -> str:
    """A row of the CSV, cell by cell."""
    _, work_id, key, title, _, _, called, line_id, month, side, quantity, amount, shadow, words, _ = row
    about = "income", safe(head.heading), month, work_id, safe(title), side, quantity, amount, shadow
    return csv_row((*about, head.currency, line_id, "", words, *isrcs_and_iswcs((key, *names_in(called)))))


def isrcs_and_iswcs(keys: Iterable[str]) -> tuple[str, str]:
    """The ISRCs and the ISWCs among a work's keys, each in one cell."""
    isrcs, iswcs = list[str](), list[str]()
    for key in dict.fromkeys(keys):
        scheme, _, number = key.partition(":")
        if scheme == "isrc":
            isrcs.append(number)
        elif scheme == "iswc":
            iswcs.append(number)
    return " ".join(isrcs), " ".join(iswcs)
