"""A statement's income in JSON and in CSV, by far the most of what a settlement writes.

What is shown of a line is written by table, whosever lines are in it: figures, months, sides and the ids of lines as they are, and a column
of free texts cell by cell only where one of them needs care. A payee's works are then put in order.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import chain, groupby, islice
from operator import itemgetter, neg
from typing import Any, Final, NamedTuple, cast

import orjson

from overtone.formats.settlement_csv import MARKS, safe
from overtone.json_texts import is_plain
from overtone.money import format_amount
from overtone.payout import income, words
from overtone.payout.earnings import SourceEarnings, SourceHead
from overtone.payout.files import csv_cell
from overtone.payout.runs import LineTable, Run, ShownLines
from overtone.scales import ZERO_PICO
from overtone.settlement.entries import AMOUNT, CALLED, FIELDS, USAGE_MONTH, Entry, names_in, other_names

HEADS_REMEMBERED: Final = 1_024
"""Sources that are remembered as texts: a settlement has a few deals with a few models."""
_NAMED: Final = tuple(map(FIELDS.index, ("work_id", "work_key", "title", "called")))
_TOLD: Final = tuple(map(FIELDS.index, ("mechanism", "currency", "quantity", "amount")))
_APART: Final = tuple(map(FIELDS.index, ("territory", "use", "service")))
_BESIDE: Final = tuple(map(FIELDS.index, ("line_id", "usage_month", "side", "currency")))
_name: Final = itemgetter(*_NAMED[:3])
_month_and_called: Final = itemgetter(USAGE_MONTH, CALLED)
_SCHEMES: Final = ("isrc:", "iswc:")
_WORK: Final = 3
_ROWS: Final = 4
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


def with_texts(table: LineTable) -> LineTable:
    """A table with what statements show of its lines, unless none is a party's."""
    return table._replace(texts=_texts(table)) if table.has_owners else table


def _texts(table: LineTable) -> ShownLines:
    lines, rows = _lines_and_rows(table)
    work_ids, work_keys, titles, called = (table.columns[place] for place in _NAMED)
    _, amounts, _ = table.figures
    return ShownLines(_works(work_ids, work_keys, titles, called, amounts, lines), rows)


def _lines_and_rows(table: LineTable) -> tuple[list[str], list[str]]:
    """Each line in JSON, and its row of the CSV after the source's heading."""
    columns, figures = table.columns, table.figures
    work_ids, work_keys, titles, called = (columns[place] for place in _NAMED)
    line_ids, months, sides, currencies = (columns[place] for place in _BESIDE)
    sentences, details = _words(table), ["null"] * len(table.entries)
    if any(map(any, apart := [columns[place] for place in _APART])):
        sentences = list(map(words.detailed, sentences, *apart))
        details = [orjson.dumps(income.apart(*one)).decode() for one in zip(*apart, strict=True)]
    of_lines = zip(line_ids, months, sides, *figures, _inside(sentences), details, strict=True)
    lines = [
        f'{{"line_id":"{line_id}","usage_month":"{month}","side":"{side}","quantity":"{quantity}","amount":"{amount}",'
        f'"shadow":"{shadow}","words":"{text}","apart":{detail}}}'
        for line_id, month, side, quantity, amount, shadow, text, detail in of_lines
    ]
    of_works = _cells(work_ids), _cells(_safe(titles)), _codes(work_keys, called)
    of_rows = zip(months, *of_works, sides, *figures, currencies, line_ids, _cells(sentences), strict=True)
    rows = [
        f"{month},{work},{title},{side},{quantity},{amount},{shadow},{currency},{line_id},,{text},{codes}\n"
        for month, work, title, codes, side, quantity, amount, shadow, currency, line_id, text in of_rows
    ]
    return lines, rows


def _works(
    work_ids: Sequence[str],
    work_keys: Sequence[str],
    titles: Sequence[str],
    called: Sequence[str],
    amounts: Iterable[str],
    lines: Iterable[str],
) -> list[str]:
    """Works in JSON; `lines` are those of each."""
    others = [""] * len(work_ids)
    if any(called):
        others = [orjson.dumps(other_names(*one)).decode()[1:-1] for one in zip(called, work_keys, strict=True)]
    named = _inside(work_ids), _inside(work_keys), _inside(titles)
    return [
        f'{{"work_id":"{work_id}","work_key":"{key}","title":"{title}","amount":"{amount}","lines":[{own}],"identifiers":[{names}]}}'
        for work_id, key, title, amount, own, names in zip(*named, amounts, lines, others, strict=True)
    ]


def _words(table: LineTable) -> list[str]:
    """Each line's quantity and rate in words, a mechanism and currency at a time."""
    mechanisms, currencies, quantities, amounts = (table.columns[place] for place in _TOLD)
    if table.are_alike:
        return words.lines(mechanisms[0], quantities, amounts, currencies[0])
    found, start = list[str](), 0
    for (mechanism, currency), group in groupby(zip(mechanisms, currencies, strict=True)):
        end = start + len(list(group))
        found += words.lines(mechanism, quantities[start:end], amounts[start:end], currency)
        start = end
    return found


def _inside(column: Sequence[str]) -> Sequence[str]:
    """Free texts as they stand between the quotes of JSON."""
    return column if is_plain("".join(column)) else [orjson.dumps(text)[1:-1].decode() for text in column]


def _cells(column: Sequence[str]) -> Sequence[str]:
    """Texts as cells of the CSV."""
    text = "".join(column)
    if '"' in text or "\n" in text or "\r" in text:
        return list(map(csv_cell, column))
    return [f'"{cell}"' if "," in cell else cell for cell in column] if "," in text else column


def _safe(titles: Sequence[str]) -> Sequence[str]:
    return titles if MARKS.isdisjoint([title[:1] for title in titles]) else list(map(safe, titles))


def _codes(work_keys: Sequence[str], called: Sequence[str]) -> list[str]:
    """The cells of each work's ISRCs and ISWCs."""
    keys = "".join(work_keys)
    if not any(called) and not any(scheme in keys for scheme in _SCHEMES):
        return [","] * len(work_keys)
    return [",".join(map(csv_cell, isrcs_and_iswcs((key, *names_in(own))))) for key, own in zip(work_keys, called, strict=True)]


def written(sources: Iterable[SourceEarnings]) -> IncomeTexts:
    """The income as it stands in both files."""
    objects, rows, count = list[str](), list[str](), 0
    for head, amount, runs in sources:
        texts = _head(head)
        works = _sorted_works(runs, texts.row)
        objects.append(f"{texts.before}{amount}{_WORKS}{','.join([work[_WORK] for work in works])}{texts.after}")
        rows.append(texts.row.join(["", *[work[_ROWS] for work in works]]))
        count += sum([len(run.entries) for run in runs])
    return IncomeTexts(f"[{','.join(objects)}]", "".join(rows), count)


@lru_cache(HEADS_REMEMBERED)
def _head(head: SourceHead) -> _HeadTexts:
    fields = head._asdict()
    last = {name: fields.pop(name) for name in ("licensee_name", "whole", "works_in_all")}
    before = orjson.dumps({**fields, "amount": ""}).decode().removesuffix('"}')
    return _HeadTexts(before, "]," + orjson.dumps(last).decode()[1:], f"income,{csv_cell(safe(head.heading))},")


def _sorted_works(runs: Sequence[Run], lead: str) -> list[tuple[int, str, int, str, str]]:
    """Works, the largest first: pico, negated, id, and their number; then a work's JSON, and its rows but for the `lead` of the first.

    Where no work has two lines, as nearly always, a line's texts are its work's.
    """
    columns = _columns(runs[0]) if len(runs) == 1 else [list(chain.from_iterable(own)) for own in zip(*map(_columns, runs), strict=True)]
    work_ids, totals, works, rows = columns
    if len(set(work_ids)) < len(work_ids):
        work_ids, totals, works, rows = _together([entry for run in runs for entry in run.entries], lead)
    return sorted(zip(map(neg, totals), work_ids, range(len(work_ids)), works, rows, strict=True))


def _columns(run: Run) -> tuple[Sequence[Any], ...]:
    texts = run.texts or _texts(LineTable.of(run.entries))
    return run.work_ids, run.amounts, texts.works, texts.rows


def _together(entries: Sequence[Entry], lead: str) -> tuple[Sequence[Any], ...]:
    """The same columns by work, in the order of ids, keys and titles; one is called elsewhere what it is in the last month of these."""
    by_work: dict[tuple[str, ...], list[Entry]] = {}
    for entry in sorted(entries, key=_name):
        by_work.setdefault(_name(entry), []).append(entry)
    groups = by_work.values()
    called = [max(map(_month_and_called, own))[1] for own in groups]
    named = [cast("Entry", (*entry[:CALLED], last)) for own, last in zip(groups, called, strict=True) for entry in own]
    lines, rows = map(iter, _lines_and_rows(LineTable.of(named)))
    lines_of, rows_of = ([between.join(islice(texts, len(own))) for own in groups] for between, texts in ((",", lines), (lead, rows)))
    totals = [sum([entry[AMOUNT] for entry in own], ZERO_PICO) for own in groups]
    work_ids, work_keys, titles = zip(*by_work, strict=True)
    return work_ids, totals, _works(work_ids, work_keys, titles, called, map(format_amount, totals), lines_of), rows_of


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
