"""Files of a settlement on their way out: counted and hashed while they are written.

Whoever stores them implements `Sink` (S3 does); what a manifest says of a
file is computed here, on the bytes themselves, so that no store can disagree.
"""

import csv
import hashlib
import io
from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from types import TracebackType
from typing import Final, NamedTuple, Protocol, Self, cast

BUFFER_ROWS: Final = 1_000
"""Rows are handed on in pieces of so many."""


def csv_row(values: Sequence[object]) -> str:
    """A row as RFC 4180 has it, with LF: what the `csv` module writes, without it where no cell needs quotes, as nearly always."""
    cells = cast("Sequence[str]", values)
    try:
        text = ",".join(cells)
    except TypeError:  # a number, which the module writes as it does
        return _quoted(values)
    if not text or '"' in text or "\n" in text or "\r" in text:
        return _quoted(values)
    if text.count(",") >= len(cells):
        text = ",".join([f'"{cell}"' if "," in cell else cell for cell in cells])
    return text + "\n"


def csv_rows(rows: Sequence[Sequence[str]]) -> str:
    """What `csv_row` makes of each of some rows of equal length, in one go where no cell needs quotes."""
    text = "\n".join([*map(",".join, rows), ""])
    return text if not rows or is_plain_csv(text, len(rows), len(rows[0])) else "".join(map(csv_row, rows))


def is_plain_csv(rows: str, count: int, columns: int) -> bool:
    """Whether so many rows that were joined by commas are what `csv_row` makes of each: no cell of theirs needs quotes."""
    return rows.count(",") == count * (columns - 1) and rows.count("\n") == count and '"' not in rows and "\r" not in rows


def csv_cell(text: str) -> str:
    """A text as a cell of such a row."""
    if '"' in text or "\n" in text or "\r" in text:
        return _quoted((text, ""))[: -len(",\n")]
    return f'"{text}"' if "," in text else text


def _quoted(values: Iterable[object]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerow(values)
    return buffer.getvalue()


class FileEntry(NamedTuple):
    """What the manifest says of a file. `rows`: records it holds, without a header."""

    name: str
    sha256: str
    bytes: int
    rows: int


_name: Final[Callable[[FileEntry], str]] = itemgetter(FileEntry._fields.index("name"))  # a text is compared faster than a tuple


class Writable(Protocol):
    """What a sink opens."""

    def write(self, piece: bytes, /) -> object:
        """Append bytes."""

    def close(self) -> None:
        """Nothing more comes; the file is stored when this returns or when the sink is closed."""


class Sink(Protocol):
    """Where files go. Each name is opened once, and several may be open at the same time."""

    def open(self, name: str) -> Writable:
        """A new file."""


class CsvFile:
    """One CSV being written: RFC 4180 with LF, header first, counted and hashed."""

    def __init__(self, outbound: "Outbound", name: str, columns: Sequence[str]) -> None:
        self._outbound, self._name = outbound, name
        self._file = outbound.sink.open(name)
        self._digest = hashlib.sha256()
        self._bytes = 0
        self._texts = [csv_row(columns)] if columns else []
        self._waiting = 0
        self.rows = 0

    def row(self, values: Sequence[object]) -> None:
        """Append a row of texts."""
        self.text(csv_row(values))

    def text(self, row: str) -> None:
        """Append a row that is CSV already, with its line end."""
        self.texts(row, 1)

    def texts(self, rows: str, count: int) -> None:
        """Append so many rows that are CSV already, one after the other."""
        self._texts.append(rows)
        self.rows += count
        self._waiting += count
        if self._waiting >= BUFFER_ROWS:
            self._flush()

    def _flush(self) -> None:
        piece = "".join(self._texts).encode()
        self._digest.update(piece)
        self._bytes += len(piece)
        self._file.write(piece)
        self._texts.clear()
        self._waiting = 0

    def close(self) -> None:
        """Store the file and enter it in the list."""
        self._flush()
        self._file.close()
        self._outbound.entries.append(FileEntry(self._name, self._digest.hexdigest(), self._bytes, self.rows))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is None:
            self.close()


class NdjsonFile(CsvFile):
    """One file of JSON texts a line, counted and hashed in the same way; no header."""

    def __init__(self, outbound: "Outbound", name: str) -> None:
        super().__init__(outbound, name, ())

    def line(self, encoded: bytes) -> None:
        """Append one record, without its line end."""
        self.text(encoded.decode() + "\n")


class Outbound:
    """All files of one settlement: opens them in the sink and remembers what the manifest will say."""

    def __init__(self, sink: Sink) -> None:
        self.sink = sink
        self.entries: list[FileEntry] = []

    def csv(self, name: str, columns: Sequence[str]) -> CsvFile:
        """A CSV to be written row by row."""
        return CsvFile(self, name, columns)

    def ndjson(self, name: str) -> NdjsonFile:
        """A file of JSON lines, to be written line by line."""
        return NdjsonFile(self, name)

    def put(self, name: str, content: bytes, rows: int) -> None:
        """A whole file at once."""
        target = self.sink.open(name)
        target.write(content)
        target.close()
        self.entries.append(FileEntry(name, hashlib.sha256(content).hexdigest(), len(content), rows))

    def listed(self) -> tuple[FileEntry, ...]:
        """What was written, by name."""
        return tuple(sorted(self.entries, key=_name))
