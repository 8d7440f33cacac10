"""Dropped files of usage, whatever their format: a first pass over the whole, then cuts that can be resumed."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple, Protocol

from overtone.errors import Rejected
from overtone.facts.limits import DSR_PART_RECORDS
from overtone.facts.mapping import Mapping as ColumnNames
from overtone.facts.sheets import Sheet, read_rows
from overtone.formats import dsr, dsr_usage, ndjson
from overtone.formats.blocks import blocks, checked_text
from overtone.formats.dsr import Scan
from overtone.formats.tabular import SEPARATORS, Layout

HEADER_BYTES_MAX: Final = 64 * 1024


class Cut(NamedTuple):
    """Part of a file as a sheet; `size` are the bytes it took, `state` is what the next one needs to know."""

    sheet: Sheet
    size: int
    state: Any


class Format(Protocol):
    """A format of usage files. `summed` says that it counts usage that it does not list."""

    summed: bool

    def scan(self, content: Iterable[bytes]) -> Mapping[str, Any]:
        """The first pass: what the second one needs; raises `Rejected` where the file is refused whole."""
        ...

    def start(self, scan: Mapping[str, Any]) -> int:
        """The offset of the first record."""
        ...

    def cuts(self, content: Iterable[bytes], scan: Mapping[str, Any], state: Any, first: int) -> Iterator[Cut]:  # noqa: ANN401 - its own
        """The second pass from any cut's end on; `first` is the position of the next record."""
        ...


class Table:
    """CSV and TSV."""

    summed = False

    def __init__(self, separator: str, names: ColumnNames) -> None:
        self._separator, self._names = separator, names

    def scan(self, content: Iterable[bytes]) -> Mapping[str, Any]:
        """Read the header, and see that every quotation is closed."""
        header = b""
        for block in _whole(blocks(content, quoted=self._separator == ",")):
            if not header:
                header = block.partition(b"\n")[0] + b"\n"
                self._layout(_header(header))
        return {"header": _header(header)}

    def _layout(self, header: str) -> Layout:
        return Layout(header.rstrip("\r\n"), self._separator, self._names)

    def start(self, scan: Mapping[str, Any]) -> int:
        """Behind the header."""
        return len(str(scan["header"]).encode())

    def cuts(self, content: Iterable[bytes], scan: Mapping[str, Any], state: Any, first: int) -> Iterator[Cut]:  # noqa: ANN401, ARG002
        """Blocks of lines."""
        layout = self._layout(scan["header"])
        for block in blocks(content, quoted=self._separator == ","):
            sheet = layout.read(block.decode(), first)
            first += sheet.received
            yield Cut(sheet, len(block), None)


class Lines:
    """NDJSON."""

    summed = False

    def scan(self, content: Iterable[bytes]) -> Mapping[str, Any]:
        """See that there are lines."""
        count = sum(1 for _ in _whole(blocks(content, quoted=False)))
        return {"blocks": count}

    def start(self, scan: Mapping[str, Any]) -> int:  # noqa: ARG002 - the same for every file
        """The beginning."""
        return 0

    def cuts(self, content: Iterable[bytes], scan: Mapping[str, Any], state: Any, first: int) -> Iterator[Cut]:  # noqa: ANN401, ARG002
        """Blocks of lines."""
        for block in blocks(content, quoted=False):
            sheet = ndjson.read(block, first)
            first += sheet.received
            yield Cut(sheet, len(block), None)


class Dsr:
    """DDEX DSR flat files."""

    summed = True

    def scan(self, content: Iterable[bytes]) -> Mapping[str, Any]:
        """Check the trailer and the summary records."""
        found = dsr.scan(blocks(content, quoted=False))
        list(dsr_usage.remainders(found))
        return found.to_json()

    def start(self, scan: Mapping[str, Any]) -> int:  # noqa: ARG002 - the same for every file
        """The beginning."""
        return 0

    def cuts(self, content: Iterable[bytes], scan: Mapping[str, Any], state: Any, first: int) -> Iterator[Cut]:  # noqa: ANN401
        """Parts of whole blocks, then what is not listed."""
        found = Scan.from_json(scan)
        lines = blocks(content, quoted=False)
        for part in dsr_usage.parts(lines, found, dict(state or {}), DSR_PART_RECORDS):
            if part.rows:
                yield Cut(_placed(part.rows, first), part.size, part.counted)
                first += len(part.rows)
        rest = Scan.from_json(scan["rest"]) if scan.get("rest") else found
        rows = [] if scan.get("incomplete") else list(dsr_usage.remainders(rest))
        if rows:
            yield Cut(_placed(rows, first), 0, None)


def _placed(rows: list[dict[str, Any]], first: int) -> Sheet:
    sheet = read_rows(rows)
    return sheet._replace(places=range(first, first + len(rows)))


def _header(raw: bytes) -> str:
    if len(raw) > HEADER_BYTES_MAX:
        message = f"the header exceeds {HEADER_BYTES_MAX} bytes; the first line names the columns"
        raise Rejected(message)
    return raw.decode()


def _whole(found: Iterable[bytes]) -> Iterator[bytes]:
    empty = True
    for block in found:
        empty = False
        yield block
    if empty:
        message = "the file is empty; send at least one record"
        raise Rejected(message)


def format_of(form: str, names: ColumnNames) -> Format:
    """The format of an extension."""
    if form == "dsr.tsv":
        return Dsr()
    return Lines() if form == "ndjson" else Table(SEPARATORS[form], names)


def first_pass(form: Format, content: Iterable[bytes]) -> tuple[str, Mapping[str, Any]]:
    """SHA-256 (hex) of the content, and what the scan found; raises `Rejected`, `Malformed`."""
    whole = hashlib.sha256()

    def hashed() -> Iterator[bytes]:
        for chunk in checked_text(content):
            whole.update(chunk)
            yield chunk

    scan = form.scan(hashed())
    return whole.hexdigest(), scan
