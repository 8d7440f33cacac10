"""Files of usage as batches: cut at records, each with an id that follows from the file's content, so sending a file twice is harmless.

Tables are cut as bytes, whatever their one-byte or UTF-8 encoding, and never within a quoted value. What cannot be cut
without knowing more (UTF-16, DSR flat files) goes to the drop bucket as a whole.
"""

from __future__ import annotations

import gzip
import hashlib
import re
import zlib
from dataclasses import dataclass, replace
from itertools import islice
from typing import IO, TYPE_CHECKING, cast

from overtone_client.calls import JSON
from overtone_client.problems import OvertoneError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

CUT_RECORDS = 20_000
"""Records of one batch; the API takes 100,000."""
CUT_BYTES_MAX = 16 * 1024 * 1024
"""Unpacked bytes of one batch; gzipped they stay below the API's 6 MB."""
RECORD_BYTES_MAX = 1024 * 1024
"""A record that goes on for longer has a quotation mark that nobody closes."""
_MEDIA = {".csv": "text/csv", ".tsv": "text/tab-separated-values", ".ndjson": "application/x-ndjson", ".json": JSON}
_BLOCK_BYTES = 1024 * 1024
_STEM_LENGTH_MAX = 90
_BOM = b"\xef\xbb\xbf"
_QUOTATION = re.compile(rb"""(?:(?<=[,;|\t])|\A)"[^"]*(?:""[^"]*)*("|\Z)""")
"""From a mark at the beginning of a value to the one that closes it, or to the end; a mark within a value (`12" mix`) opens none."""


class Unsendable(OvertoneError):
    """A file that is no table, list of records or batch that can be posted."""


@dataclass(frozen=True, slots=True)
class Cut:
    """One batch of a file: `first` is the place of its first record in the file, from 0; `header` stands before the rows.

    `rows_of` is what the service numbers a table's rows under, where it does: the same whatever the file's cuts.
    """

    batch_id: str
    media_type: str
    first: int
    rows: tuple[bytes, ...]
    header: bytes = b""
    rows_of: str = ""

    @property
    def body(self) -> bytes:
        """What is sent."""
        return self.header + b"".join(self.rows)

    @property
    def size(self) -> int:
        """Bytes of the file that it stands for."""
        return sum(map(len, self.rows))

    def halves(self) -> tuple[Cut, Cut]:
        """The same records in two batches, for a batch that is over a limit which only the service knows."""
        middle = len(self.rows) // 2
        return (
            replace(self, batch_id=f"{self.batch_id}a", rows=self.rows[:middle]),
            replace(self, batch_id=f"{self.batch_id}b", rows=self.rows[middle:], first=self.first + middle),
        )


def media_type_of(path: Path) -> str:
    """The media type by the file's ending, without `.gz`; raises `Unsendable`."""
    name = path.name.lower().removesuffix(".gz")
    ending = next((ending for ending in _MEDIA if name.endswith(ending)), None)
    if ending is None or name.endswith(".dsr.tsv"):
        raise Unsendable(
            f"{path.name} cannot be posted; post {', '.join(_MEDIA)} (or gzipped), and drop anything else: overtone drop {path.name}"
        )
    return _MEDIA[ending]


def opened(path: Path) -> IO[bytes]:
    """The file's unpacked bytes."""
    if path.name.lower().endswith(".gz"):
        return cast("IO[bytes]", gzip.open(path, "rb"))
    return path.open("rb")


def digest_of(path: Path) -> str:
    """SHA-256 of the unpacked content; raises `Unsendable` where it cannot be unpacked."""
    digest = hashlib.sha256()
    try:
        with opened(path) as stream:
            while block := stream.read(_BLOCK_BYTES):
                digest.update(block)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise Unsendable(f"{path.name} is no gzip file, or is cut short or damaged ({error}); pack it again") from error
    return digest.hexdigest()


def cuts(path: Path, digest: str, *, most: int = CUT_RECORDS, header_lines: int = 1) -> Iterator[Cut]:
    """The batches of a file; raises `Unsendable`. `header_lines` is how many lines of a table stand before its first record."""
    media = media_type_of(path)
    with opened(path) as stream:
        if media == JSON:
            yield Cut("", media, 0, (stream.read(),))
            return
        table = media == _MEDIA[".csv"]
        rows = _records(stream, quoted=table)
        header = b"" if media == _MEDIA[".ndjson"] else b"".join(islice(rows, header_lines))
        if header.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise Unsendable(f"{path.name} is UTF-16; drop it as a whole: overtone drop {path.name}")
        yield from _numbered(_packs(rows, most), f"{_stem(path)}-{digest[:12]}", media, header.removeprefix(_BOM))


def _numbered(packs: Iterable[tuple[bytes, ...]], name: str, media: str, header: bytes) -> Iterator[Cut]:
    first = 0
    for number, rows in enumerate(packs, start=1):
        yield Cut(f"{name}-{number:05}", media, first, rows, header, "" if media == _MEDIA[".ndjson"] else name)
        first += len(rows)


def _records(stream: IO[bytes], *, quoted: bool) -> Iterator[bytes]:
    """Records with their line ends; a line break within quotation marks ends none. Blank lines are none."""
    record, is_open = b"", False
    for line in _lines(stream):
        record += line
        if len(record) > RECORD_BYTES_MAX:
            raise Unsendable(f"a record is longer than {RECORD_BYTES_MAX} bytes; is a quotation mark not closed? It begins {record[:60]!r}")
        if quoted and b'"' in line:
            is_open = any(not quotation[1] for quotation in _QUOTATION.finditer(record.removeprefix(_BOM)))
        if is_open:
            continue
        if record.strip():
            yield record if record.endswith(b"\n") else record + b"\n"
        record = b""
    if record.strip():
        raise Unsendable(f"the last record's quotation mark is not closed; it begins {record[:60]!r}")


def _lines(stream: IO[bytes]) -> Iterator[bytes]:
    """Lines with their ends, each of them LF, CR LF or CR alone, as the service reads them."""
    rest = b""
    while block := stream.read(_BLOCK_BYTES):
        *whole, rest = (rest + block).splitlines(keepends=True)  # the last may go on, if only with the LF behind its CR
        yield from whole
        if len(rest) > RECORD_BYTES_MAX:
            yield rest
            rest = b""
    if rest:
        yield rest


def _packs(rows: Iterable[bytes], most: int) -> Iterator[tuple[bytes, ...]]:
    """Rows in order, at most so many and so many bytes at a time."""
    pack: list[bytes] = []
    size = 0
    for row in rows:
        if pack and (len(pack) == most or size + len(row) > CUT_BYTES_MAX):
            yield tuple(pack)
            pack, size = [], 0
        pack.append(row)
        size += len(row)
    if pack:
        yield tuple(pack)


def _stem(path: Path) -> str:
    """The file's name as the beginning of an id: letters, digits, `.`, `_`, `-`."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", path.name.removesuffix(".gz").rsplit(".", 1)[0]).strip("-._")
    return name[:_STEM_LENGTH_MAX] or "batch"
