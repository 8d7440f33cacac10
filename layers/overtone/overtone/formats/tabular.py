"""Usage as CSV or TSV: a header in any order and by anybody's names, values as texts."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from overtone.errors import Malformed, Rejected
from overtone.facts.mapping import Mapping as ColumnNames
from overtone.facts.sheets import Sheet
from overtone.facts.usage import COLUMNS, INTEGERS, OPTIONAL

SEPARATORS: Final[Mapping[str, str]] = {"csv": ",", "tsv": "\t"}
_INTEGER_DIGITS_MAX: Final = 18
_BOM: Final = "\ufeff"


class Layout:
    """How a file's columns become ours."""

    def __init__(self, header: str, separator: str, names: ColumnNames) -> None:
        self.header, self.separator = header, separator
        self._names = names.named(next(self._rows(header.removeprefix(_BOM)), []))
        self._constants = dict(names.constants)
        missing = [name for name in COLUMNS if name not in OPTIONAL and name not in {*self._names, *self._constants}]
        if missing:
            message = f"the header has no column {', '.join(missing)}; add it, or map one of yours with PUT /v1/parties/…/mapping"
            raise Rejected(message)

    def _rows(self, text: str) -> Iterator[list[str]]:
        lines = io.StringIO(text, newline="")
        if self.separator == ",":
            return csv.reader(lines)
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

    def read(self, text: str, first: int = 0) -> Sheet:
        """The lines below the header as a sheet; `first` is the position of the first of them."""
        if plain := _plain_columns(text, self.separator, len(self._names)):
            return Sheet(self._columns(plain, len(plain[0])), range(first, first + len(plain[0])), {})
        rows = self._parsed(text)
        width = len(self._names)
        misfits: dict[int, object] = {first + number: tuple(row) for number, row in enumerate(rows) if len(row) != width}
        places = [place for place in range(first, first + len(rows)) if place not in misfits]
        kept = [row for row in rows if len(row) == width]
        given: list[Sequence[Any]] = list(zip(*kept, strict=True)) if kept else [()] * width
        return Sheet(self._columns(given, len(kept)), places, misfits)

    def _columns(self, given: Sequence[Sequence[Any]], count: int) -> dict[str, Sequence[Any]]:
        columns: dict[str, Sequence[Any]] = {name: column for name, column in zip(self._names, given, strict=True) if name is not None}
        columns |= {name: (value,) * count for name, value in self._constants.items()}
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


def _plain_columns(text: str, separator: str, width: int) -> list[list[str]] | None:
    """The columns of lines without quotation that all have `width` values; `None` for others, which the csv module reads.

    One split of the whole text takes a third of the time of a list a line.
    """
    if separator == "," and '"' in text:
        return None
    body = text.replace("\r\n", "\n") if "\r" in text else text
    if "\r" in body or not body:
        return None
    body = body if body.endswith("\n") else body + "\n"
    lines, flat = body.count("\n"), body.replace("\n", f"\n{separator}").split(separator)[:-1]
    last = "".join(flat[width - 1 :: width])
    if len(flat) != lines * width or last.count("\n") != lines:
        return None
    return [*(flat[column::width] for column in range(width - 1)), last.split("\n")[:-1]]


def _integers(column: Sequence[str]) -> list[Any]:
    """Plain whole numbers as such; anything else stays a text, which the check refuses."""
    read = {text: int(text) if _is_plain(text) else text for text in set(column)}
    return [read[text] for text in column]


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _INTEGER_DIGITS_MAX and (text[0] != "0" or text == "0")


def decoded(raw: bytes) -> str:
    """UTF-8 text without NUL; raises `Malformed`."""
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        message = f"the body is not UTF-8: {error.reason} at byte {error.start}"
        raise Malformed(message) from error
    if "\0" in text:
        message = f"there is a NUL at character {text.index(chr(0))}; send plain UTF-8 text"
        raise Malformed(message)
    return text


def read_whole(raw: bytes, separator: str, names: ColumnNames) -> Sheet:
    """A body with its header."""
    header, _, rest = decoded(raw).partition("\n")
    return Layout(header, separator, names).read(rest)
