"""Usage as CSV or TSV: a header in any order and by anybody's names, values as a reporter writes them."""

import csv
import hashlib
import io
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, NamedTuple

from overtone.errors import Malformed, Rejected
from overtone.facts import cells, corrections
from overtone.facts.cells import DECIMALS_MAX, Unread
from overtone.facts.mapping import Mapping as ColumnNames
from overtone.facts.sheets import Sheet
from overtone.facts.usage import COLUMNS, INTEGERS, OPTIONAL
from overtone.formats.text import BOM, UTF_8, decoded, even, recoded

SEPARATORS: Final[Mapping[str, str]] = {"csv": ",", "tsv": "\t"}
HEADER_BYTES_MAX: Final = 64 * 1024
_INTEGER_DIGITS_MAX: Final = 18
_BOM: Final = "\ufeff"
_END: Final = "\x01"
_NAME_LENGTH_MAX: Final = 100
"""So much of a file's name stands in the ids of its rows; a longer one is hashed."""


class Header(NamedTuple):
    """The line that names the columns, and how many bytes of the file stand before the first record."""

    text: str
    size: int


def header_of(start: bytes, names: ColumnNames) -> Header:
    """The header at the start of a table: behind lines that the mapping skips and blank ones; raises `TooLarge`, `Malformed`."""
    place, skip = len(BOM) if start.startswith(BOM) else 0, names.skip_lines
    while place < len(start):
        end = start.find(b"\n", place) + 1 or len(start)
        while start.count(b'"', place, end) % 2 and end < len(start) and end - place <= HEADER_BYTES_MAX:
            end = start.find(b"\n", end) + 1 or len(start)  # a line break within a quoted name
        if end - place > HEADER_BYTES_MAX:
            raise Rejected(f"the header exceeds {HEADER_BYTES_MAX} bytes; the first line names the columns")
        line = start[place:end]
        place = end
        if skip:
            skip -= 1
        elif line.strip():
            return Header(line.decode().rstrip("\r\n"), end)
    raise Rejected("the file is empty; send a header and at least one record")


def separator_of(separator: str, names: ColumnNames) -> str:
    """What stands between values: of a CSV, what the mapping says."""
    return names.separator if separator == SEPARATORS["csv"] and names.separator else separator


class Layout:
    """How a file's columns become ours. `name` is the file's or batch's, for mappings that number rows.

    `first_row` is the number in that file of the first row that is read, for a piece of one: then rows without any value have numbers,
    too, so that whoever cuts a file need not know what stands between its values. 0: the rows that are kept are numbered from 1.
    """

    def __init__(self, header: str, separator: str, names: ColumnNames, name: str = "", first_row: int = 0) -> None:
        self.separator = separator_of(separator, names)
        theirs = next(self._rows(header.removeprefix(_BOM)), [])
        self._names, self._numbered = names.named(theirs), names.row_numbers
        self._constants, self._readers, self._decimals = dict(names.constants), names.readers(), names.decimals
        self._first_row = first_row
        self._prefix = name if len(name) <= _NAME_LENGTH_MAX else hashlib.sha256(name.encode()).hexdigest()
        known = {*self._names, *self._constants} | ({"record_id"} if self._numbered else set())
        missing = [name for name in COLUMNS if name not in OPTIONAL and name not in known]
        if missing:
            hint = " (are values separated by ';'? say so as `separator` in your mapping)" if len(theirs) == 1 and ";" in header else ""
            raise Rejected(
                f"the header has no column {', '.join(missing)}; add it, or map one of yours with PUT /v1/parties/…/mapping{hint}"
            )

    def _rows(self, text: str) -> Iterator[list[str]]:
        lines = io.StringIO(text, newline="")
        if self.separator != "\t":
            return csv.reader(lines, delimiter=self.separator)
        return csv.reader(lines, delimiter=self.separator, quoting=csv.QUOTE_NONE)

    def _parsed(self, text: str) -> list[list[str]]:
        try:
            return [row for row in self._rows(text) if row]
        except csv.Error:  # a value beyond the csv module's limit: such a line is read alone, and refused alone
            return [self._line(line) for line in text.splitlines() if line]

    def _line(self, line: str) -> list[str]:
        try:
            return next(self._rows(line))
        except csv.Error:
            return []

    def check_closed(self, text: str) -> None:
        """Raise `Malformed` where a quotation is open at the end of the text: what stands in it would be lost."""
        if self.separator == "\t" or '"' not in text:
            return
        whole = text if text.endswith("\n") else text + "\n"
        try:
            last = [row for row in self._rows(f"{whole}{_END}\n") if row][-1]
        except csv.Error:
            return
        if last != [_END]:
            line = whole.count("\n") - sum(value.count("\n") for value in last) + 2
            raise Malformed(f"the quotation that opens in line {line} of these is never closed; close it, or double a mark that is text")

    def read(self, text: str, first: int = 0) -> Sheet:
        """The lines below the header as a sheet; `first` is the position of the first of them."""
        if plain := _plain_columns(text, self.separator, len(self._names)):
            places = range(first, first + len(plain[0]))
            return self._sheet(plain, places, [self._first_row + row for row in range(len(places))], {})
        numbered = enumerate(self._parsed(text), self._first_row)
        parsed = [(number, row) for number, row in numbered if not row or any(row)]  # no values at all: it could not be read
        rows, width = [row for _, row in parsed], len(self._names)
        misfits: dict[int, object] = {first + number: tuple(row) for number, row in enumerate(rows) if len(row) != width}
        kept = [(place, number, row) for place, (number, row) in enumerate(parsed, first) if len(row) == width]
        columns = list(zip(*(row for *_, row in kept), strict=True)) if kept else [()] * width
        return self._sheet(columns, [place for place, *_ in kept], [number for _, number, _ in kept], misfits)

    def _sheet(self, given: Sequence[Sequence[str]], places: Sequence[int], numbers: Sequence[int], misfits: Mapping[int, object]) -> Sheet:
        count = len(places)
        columns: dict[str, Sequence[Any]] = {name: column for name, column in zip(self._names, given, strict=True) if name is not None}
        for name, read in self._readers.items():
            if name in columns:
                columns[name] = _each(columns[name], read)
        columns |= {name: (value,) * count for name, value in self._constants.items()}
        if self._numbered:
            counted = numbers if self._first_row else [place + 1 for place in places]
            columns["record_id"] = [f"{self._prefix}:{number}" for number in counted]
        rounded: dict[int, Decimal] = {}
        if self._decimals is not None and "revenue" in columns:
            columns["revenue"], rounded = _rounded(columns["revenue"], self._decimals)
        return Sheet(_typed(columns, count), places, misfits, rounded)


def _typed(columns: dict[str, Sequence[Any]], count: int) -> dict[str, Sequence[Any]]:
    columns |= corrections.from_table(columns, count)
    for name in COLUMNS:
        if name not in columns:
            columns[name] = (None,) * count
        elif name in INTEGERS:
            columns[name] = _integers(columns[name])
        elif name in OPTIONAL and "" in columns[name]:
            columns[name] = [value or None for value in columns[name]]
    if columns["revision"] and set(columns["revision"]) & {None, ""}:
        columns["revision"] = [value or 0 for value in columns["revision"]]
    return columns


def _each(column: Sequence[str], read: Any) -> list[str]:  # noqa: ANN401 - of a mapping
    known = {text: text if isinstance(text, Unread) else read(text) for text in set(column)}
    return [known[text] for text in column]


def _rounded(column: Sequence[str], decimals: int) -> tuple[list[str], dict[int, Decimal]]:
    """Amounts with at most so many decimals, and by row what rounding added."""
    kept: dict[str, str] = {}
    added: dict[str, Decimal] = {}
    for text in set(column):
        sent = None if isinstance(text, Unread) else cells.number(text)
        if sent is None:
            kept[text] = text
            continue
        near = cells.rounded(sent, min(decimals, DECIMALS_MAX))
        kept[text] = cells.plain(near)
        if near != sent:
            added[text] = cells.difference(near, sent)
    return [kept[text] for text in column], {row: added[text] for row, text in enumerate(column) if text in added}


def _plain_columns(text: str, separator: str, width: int) -> list[list[str]] | None:
    """The columns of lines without quotation that all have `width` values; `None` for others, which the csv module reads.

    One split of the whole text takes a third of the time of a list a line.
    """
    if separator != "\t" and '"' in text:
        return None
    body = text.replace("\r\n", "\n") if "\r" in text else text
    if "\r" in body or not body:
        return None
    body = body if body.endswith("\n") else body + "\n"
    lines, flat = body.count("\n"), body.replace("\n", f"\n{separator}").split(separator)[:-1]
    last = "".join(flat[width - 1 :: width])
    if len(flat) != lines * width or last.count("\n") != lines or f"\n{separator * (width - 1)}\n" in f"\n{body}":
        return None
    return [*(flat[column::width] for column in range(width - 1)), last.split("\n")[:-1]]


def _integers(column: Sequence[str]) -> list[Any]:
    """Plain whole numbers as such; anything else stays a text, which the check refuses."""
    read = {text: int(text) if _is_plain(text) else _count(text) for text in set(column)}
    return [read[text] for text in column]


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _INTEGER_DIGITS_MAX and (text[0] != "0" or text == "0")


def _count(text: str) -> int | str:
    found = None if isinstance(text, Unread) else cells.whole(text)
    return text if found is None else found


def read_whole(raw: bytes, separator: str, names: ColumnNames, name: str = "", first_row: int = 0) -> Sheet:
    """A body with its header; raises `Malformed`, `Rejected`. `first_row` and `name` are those of `Layout`."""
    text = decoded(raw if names.encoding == UTF_8 else even(b"".join(recoded([raw], names.encoding))))
    start = text.encode()
    header = header_of(start, names)
    layout, rest = Layout(header.text, separator, names, name, first_row), start[header.size :].decode()
    layout.check_closed(rest)
    return layout.read(rest)
