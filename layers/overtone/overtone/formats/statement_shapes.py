"""Sections, columns and rows: what a document is made of before anybody draws it."""

from collections.abc import Iterator
from typing import NamedTuple


class Column(NamedTuple):
    """A table's column; numeric ones are set to the right. `width` is its part of the line, of 100."""

    label: str
    width: int
    numeric: bool = False


class Row(NamedTuple):
    """Texts of a table's row; a strong one is a sum or the name of a work."""

    cells: tuple[str, ...]
    strong: bool = False


class Section(NamedTuple):
    """A heading, a sentence about it, and a table (which may be empty). `bars` are parts of the whole, in thousandths, to be drawn."""

    heading: str
    note: str
    columns: tuple[Column, ...]
    rows: Iterator[Row]
    bars: tuple[tuple[str, int], ...] = ()
