"""Sections, columns and rows: what a document is made of before anybody draws it."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

_TAIL = re.compile(r"([.,])[0-9]+(?:\xa0?%|\xa0[A-Z]{3})?\Z")


class Column(NamedTuple):
    """A table's column; numeric ones are set to the right, their decimal points above each other. `width` is its part of the line, of 100.

    One of `ids` holds what is copied rather than read: an id may be broken anywhere.
    """

    label: str
    width: int
    numeric: bool = False
    ids: bool = False


class Row(NamedTuple):
    """Texts of a table's row; a strong one is a sum or the name of a work. `note` is a sentence about it, which stands below."""

    cells: tuple[str, ...]
    strong: bool = False
    note: str = ""


class Section(NamedTuple):
    """A heading, a sentence about it, and a table (which may be empty). `bars` are parts of the whole, in thousandths, to be drawn."""

    heading: str
    note: str
    columns: tuple[Column, ...]
    rows: Iterator[Row]
    bars: tuple[tuple[str, int], ...] = ()


def aligned(rows: Iterable[Row], columns: tuple[Column, ...], digit: str, point: str, mark: str = ".") -> list[Row]:
    """The rows with the decimal points of each numeric column above each other.

    Amounts are shown with as many decimals as they have, so shorter ones are filled with what is as wide as a `digit` and as a
    `point`: a zero would claim a figure that was not rounded to it. `mark` is the decimal point of the language.
    """
    table = list(rows)
    for place, column in enumerate(columns):
        if column.numeric:
            tails = [_tail(row.cells[place], mark) for row in table]
            longest = max(tails, default=0)
            for number, tail in enumerate(tails):
                cells, strong, note = table[number]
                if tail < longest and cells[place]:
                    filled = cells[place] + (point if not tail else "") + digit * (longest - max(tail, 1))
                    table[number] = Row((*cells[:place], filled, *cells[place + 1 :]), strong, note)
    return table


def _tail(cell: str, mark: str) -> int:
    """How many characters stand from the decimal point on."""
    found = _TAIL.search(cell)
    return len(found.group()) if found and found.group(1) == mark else 0
