"""Dropped files of usage, whatever their format: a first pass over the whole, then cuts that can be resumed."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple, Protocol

from overtone.errors import Malformed, Rejected
from overtone.facts.limits import DSR_PART_RECORDS
from overtone.facts.mapping import Mapping as ColumnNames
from overtone.facts.sheets import Sheet, read_rows
from overtone.formats import dsr, dsr_usage, ndjson
from overtone.formats.blocks import blocks
from overtone.formats.dsr import DsrScan
from overtone.formats.tabular import SEPARATORS, Layout, header_of, separator_of
from overtone.formats.text import BOM, UTF_8, checked

_ENDED: Final = "ended"
"""The state behind the last cut of a file whose last one takes no bytes, so that its offset does not tell."""


class UsageSlice(NamedTuple):
    """Part of a file as a sheet; `size` are the bytes it took, `state` is what the next one needs to know."""

    sheet: Sheet
    size: int
    state: Any

    @property
    def is_rest(self) -> bool:
        """Whether it is what no line of the file lists."""
        return not self.size


class Format(Protocol):
    """A format of usage files. `summed` says that it counts usage that it does not list, `encoding` how its text is written."""

    summed: bool
    encoding: str

    def scan(self, content: Iterable[bytes]) -> Mapping[str, Any]:
        """The first pass: what the second one needs; raises `Rejected` where the file is refused whole."""
        ...

    def start(self, scan: Mapping[str, Any]) -> int:
        """The offset of the first record."""
        ...

    def cuts(self, content: Iterable[bytes], scan: Mapping[str, Any], state: Any, first: int) -> Iterator[UsageSlice]:  # noqa: ANN401 - its own
        """The second pass from any cut's end on; `first` is the position of the next record."""
        ...


class TabularFile:
    """CSV and TSV. `name` is the file's, for mappings that number rows."""

    summed = False

    def __init__(self, separator: str, names: ColumnNames, name: str) -> None:
        self._separator, self._names, self._name = separator, names, name
        self.encoding: str = names.encoding

    def scan(self, content: Iterable[bytes]) -> Mapping[str, Any]:
        """Read the header, and see that records follow and every quotation is closed."""
        header, layout, filled, lines = None, None, False, 0
        for block in _whole(blocks(content, quoted=self._is_quoted())):
            rest = block
            if header is None or layout is None:
                header = header_of(block, self._names)
                layout, rest = self._layout(header.text), block[header.size :]
            _closed(layout, rest, lines)
            filled = filled or bool(rest.strip())
            lines += block.count(b"\n")
        if header is None or not filled:
            raise Rejected("no record stands below the header; send at least one")
        return {"header": header.text, "start": header.size}

    def _is_quoted(self) -> bool:
        return separator_of(self._separator, self._names) != SEPARATORS["tsv"]

    def _layout(self, header: str) -> Layout:
        return Layout(header.rstrip("\r\n"), self._separator, self._names, self._name)

    def start(self, scan: Mapping[str, Any]) -> int:
        """Behind the header."""
        return int(scan.get("start") or len(str(scan["header"]).encode()))

    def cuts(self, content: Iterable[bytes], scan: Mapping[str, Any], state: Any, first: int) -> Iterator[UsageSlice]:  # noqa: ANN401, ARG002
        """Blocks of lines."""
        layout = self._layout(scan["header"])
        for block in blocks(content, quoted=self._is_quoted()):
            sheet = layout.read(block.decode(), first)
            first += sheet.received
            yield UsageSlice(sheet, len(block), None)


def _closed(layout: Layout, block: bytes, lines: int) -> None:
    try:
        layout.check_closed(block.decode())
    except Malformed as error:
        raise Malformed(f"behind line {lines + 1}: {error.detail}") from error


class Lines:
    """NDJSON."""

    summed = False
    encoding = UTF_8

    def scan(self, content: Iterable[bytes]) -> Mapping[str, Any]:
        """See that there are records."""
        start, filled = 0, False
        for number, block in enumerate(_whole(blocks(content, quoted=False))):
            if not number and block.startswith(BOM):
                start = len(BOM)
            filled = filled or bool(block.removeprefix(BOM).strip())
        if not filled:
            raise Rejected("the file has blank lines alone; send at least one record")
        return {"start": start}

    def start(self, scan: Mapping[str, Any]) -> int:
        """Behind a byte order mark."""
        return int(scan.get("start", 0))

    def cuts(self, content: Iterable[bytes], scan: Mapping[str, Any], state: Any, first: int) -> Iterator[UsageSlice]:  # noqa: ANN401, ARG002
        """Blocks of lines."""
        for block in blocks(content, quoted=False):
            sheet = ndjson.read(block, first)
            first += sheet.received
            yield UsageSlice(sheet, len(block), None)


class Dsr:
    """DDEX DSR flat files."""

    summed = True
    encoding = UTF_8

    def scan(self, content: Iterable[bytes]) -> Mapping[str, Any]:
        """Check the trailer and the summary records."""
        found = dsr.scan(blocks(content, quoted=False), dsr_usage.check)
        dsr_usage.day_of(found)
        list(dsr_usage.remainders(found))
        return found.to_json()

    def start(self, scan: Mapping[str, Any]) -> int:  # noqa: ARG002 - the same for every file
        """The beginning."""
        return 0

    def cuts(self, content: Iterable[bytes], scan: Mapping[str, Any], state: Any, first: int) -> Iterator[UsageSlice]:  # noqa: ANN401
        """Parts of whole blocks, then what is not listed."""
        if state == _ENDED:
            return
        found = DsrScan.from_json(scan)
        lines = blocks(content, quoted=False)
        for part in dsr_usage.parts(lines, found, dict(state or {}), DSR_PART_RECORDS):
            if part.rows:
                yield UsageSlice(_placed(part.rows, first), part.size, part.counted)
                first += len(part.rows)
        rest = DsrScan.from_json(scan["rest"]) if scan.get("rest") else found
        left = [row | {"revision": scan.get("rest_revision", row["revision"])} for row in dsr_usage.remainders(rest)]
        rows = [] if scan.get("incomplete") else [*left, *scan.get("gone", [])]
        if rows:
            yield UsageSlice(_placed(rows, first), 0, _ENDED)


def _placed(rows: list[dict[str, Any]], first: int) -> Sheet:
    sheet = read_rows(rows)
    return sheet._replace(places=range(first, first + len(rows)))


def _whole(found: Iterable[bytes]) -> Iterator[bytes]:
    empty = True
    for block in found:
        empty = False
        yield block
    if empty:
        raise Rejected("the file is empty; send at least one record")


def format_of(form: str, names: ColumnNames, name: str) -> Format:
    """The format of an extension; `name` is the file's without it."""
    if form == "dsr.tsv":
        return Dsr()
    return Lines() if form == "ndjson" else TabularFile(SEPARATORS[form], names, name)


def first_pass(form: Format, content: Iterable[bytes]) -> tuple[str, Mapping[str, Any]]:
    """SHA-256 (hex) of the content, and what the scan found; raises `Rejected`, `Malformed`."""
    whole = hashlib.sha256()

    def hashed() -> Iterator[bytes]:
        for chunk in checked(content):
            whole.update(chunk)
            yield chunk

    scan = form.scan(hashed())
    return whole.hexdigest(), scan
