"""The frame of a CWR file, HDR (GRH … GRT)… TRL: checked whole in one pass, then read transaction by transaction from any point on.

Both passes hold one transaction at a time, so a file may have any size. Counts that cannot be explained refuse the file, as nothing
says what is missing. Records that are missing by the transaction's own numbering are remarked.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, NoReturn, Self

from overtone.errors import Fault, Rejected
from overtone.formats.cwr import text as cwr_text
from overtone.formats.cwr.layout import HEADERS, V2, VERSIONS, Major, Record, major_of
from overtone.formats.cwr.text import LATIN, UTF8, TextLine

GAPS_MAX: Final = 100
"""Records that may be missing from one transaction, by its numbering, for the file to be read at all."""
TRANSACTION_RECORDS_MAX: Final = 20_000
REMARKS_MAX: Final = 1_000
_COUNTED: Final = ("groups", "transactions", "records")
_STARTS: Final = (*HEADERS, "ACK", "AGR", "ISR")
"""Records that begin a transaction where they carry the record number 0."""
_FIRST: Final = "00000000"


class CwrScan(NamedTuple):
    """What the first pass found: the file's version, encoding and sender, and remarks on its counts."""

    version: str
    encoding: str
    sender: str
    sender_name: str
    created_at: str
    transactions: int
    remarks: tuple[str, ...]

    @property
    def major(self) -> Major:
        """The version's first number, which decides the layout."""
        return major_of(self.version)

    def to_json(self) -> dict[str, Any]:
        """For keeping between two deliveries."""
        return self._asdict()

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Self:
        """The inverse of `to_json`."""
        return cls(**{**kept, "remarks": tuple(kept["remarks"])})


class Position(NamedTuple):
    """The end of a transaction: byte offset, lines before it, and the group that it stands in."""

    offset: int = 0
    lines: int = 0
    group: str = ""
    group_type: str = ""


class Transaction(NamedTuple):
    """The records of one transaction, and where the next one begins."""

    records: tuple[Record, ...]
    group: str
    group_type: str
    end: Position


def refuse(line: int, message: str) -> NoReturn:
    """Refuse the file because of one line."""
    raise Rejected(f"the file is refused: line {line}: {message}", [Fault(message, index=line)])


# --- the first pass


@dataclass(slots=True)
class _Counts:
    """What is counted on the way: of the open group, and of the file."""

    groups: int = 0
    transactions: int = 0
    records: int = 1
    group_transactions: int = 0
    group_records: int = 0
    group_gaps: list[str] = field(default_factory=list)
    missing: int = 0
    remarks: list[str] = field(default_factory=list)


class _Frame:
    """The state of the first pass."""

    def __init__(self, header: TextLine) -> None:
        self.header, self.version, self.encoding = header, "", UTF8 if header.marked else ""
        self.counts = _Counts()
        self.current: tuple[int, str, list[str]] | None = None
        self.is_open = self.is_ended = False
        self.is_ascii = self.is_utf8 = True
        self.last = header.number

    def take(self, line: TextLine) -> None:
        """One line behind the header."""
        text, kind, self.last = line.raw.decode(LATIN), line.raw[:3].decode(LATIN), line.number
        if any(c < " " for c in text):
            refuse(line.number, "there is a control character in the record")
        self._watch_encoding(line)
        if self.is_ended:
            refuse(line.number, "there is more behind TRL")
        if (kind in {"GRH", "HDR"}) == self.is_open and kind != "TRL":
            refuse(line.number, f"{kind} stands {'inside' if self.is_open else 'outside'} a group (GRH … GRT)")
        if kind == "HDR":
            refuse(line.number, "a second HDR; send each transmission as a file of its own")
        self.counts.records += 1
        if kind == "GRH":
            self._open(Record(line.number, text))
        elif kind == "GRT":
            self._close(_numbered(line, text))
        elif kind == "TRL":
            self._end(_numbered(line, text))
        else:
            self._count(line, text)

    def _watch_encoding(self, line: TextLine) -> None:
        if not line.raw.isascii():
            self.is_ascii = False
            if self.encoding:
                cwr_text.decoded(line, self.encoding)
            elif self.is_utf8:
                try:
                    line.raw.decode(UTF8)
                except UnicodeDecodeError:
                    self.is_utf8 = False

    def _open(self, record: Record) -> None:
        number = record.field("version")
        if number not in VERSIONS:
            refuse(record.line, f"CWR version {number or '(none)'} is not read; send {', '.join(VERSIONS.values())}")
        if self.version and VERSIONS[number][0] != self.version[0]:
            refuse(record.line, f"the group is CWR {VERSIONS[number]}, the one before {self.version}; send them in files of their own")
        if not self.version:
            self.version = VERSIONS[number]
            self.encoding = self.encoding or cwr_text.declared(_header(self.header, self.version, LATIN).field("character_set"))
        self.is_open = True
        self.counts.groups += 1
        self.counts.group_transactions, self.counts.group_records, self.counts.group_gaps = 0, 1, []

    def _count(self, line: TextLine, text: str) -> None:
        if text[:3] in HEADERS or text[:3] == "ACK":
            _numbered(line, text)
        self.counts.group_records += 1
        if self.current is None or _starts(text, self.current[1]):
            self._finish()
            self.counts.group_transactions += 1
            self.current = (line.number, text[3:11], [])
        self.current[2].append(text[11:19])
        if len(self.current[2]) > TRANSACTION_RECORDS_MAX:
            refuse(line.number, f"a transaction of more than {TRANSACTION_RECORDS_MAX} records; send its territories in fewer")

    def _finish(self) -> None:
        if self.current is not None:
            self.counts.group_gaps += _gaps(*self.current)
        self.current = None

    def _close(self, trailer: Record) -> None:
        """Check the group's trailer; a work from which a record is missing is taken only if its shares still make the whole."""
        self._finish()
        counts = self.counts
        counts.group_records += 1
        if (said := trailer.number("transactions")) != counts.group_transactions:
            refuse(trailer.line, f"GRT says {said} transactions, the group has {counts.group_transactions}")
        missing = trailer.number("records") - counts.group_records
        if missing not in {0, len(counts.group_gaps)}:
            refuse(trailer.line, f"GRT says {trailer.number('records')} records, the group has {counts.group_records}")
        if missing:
            counts.remarks = (counts.remarks + counts.group_gaps)[:REMARKS_MAX]
            counts.missing += missing
        counts.transactions += counts.group_transactions
        self.is_open = False

    def _end(self, trailer: Record) -> None:
        if self.is_open:
            refuse(trailer.line, "the last group has no GRT")
        counted = (self.counts.groups, self.counts.transactions, self.counts.records + self.counts.missing)
        for name, count in zip(_COUNTED, counted, strict=True):
            if (said := trailer.number(name)) != count:
                refuse(trailer.line, f"TRL says {said} {name}, the file has {count}")
        self.is_ended = True

    def scan(self) -> CwrScan:
        """What there is to say of the whole."""
        if not self.is_ended:
            refuse(self.last, "a CWR file ends with TRL; this one is cut short")
        remarks = list(self.counts.remarks)
        if not self.encoding and not self.is_ascii and self.is_utf8:
            remarks.append("the file declares no character set and is UTF-8 throughout; it is read as UTF-8")
        encoding = self.encoding or (UTF8 if self.is_utf8 else LATIN)
        header = _header(self.header, self.version or "2.1", encoding)
        return CwrScan(
            version=self.version or "2.1",
            encoding=encoding,
            sender=header.field("sender"),
            sender_name=header.field("sender_name"),
            created_at=header.field("created_on") + header.field("created_at"),
            transactions=self.counts.transactions,
            remarks=tuple(remarks),
        )


def scan(chunks: Iterable[bytes]) -> CwrScan:
    """The first pass over a file; raises `Rejected` that says by line what disagrees in its structure."""
    found = cwr_text.lines(chunks)
    header = next(found, None)
    if header is None or not header.raw.startswith(b"HDR"):
        refuse(1, "a CWR file begins with HDR")
    frame = _Frame(header)
    for line in found:
        frame.take(line)
    return frame.scan()


def _header(line: TextLine, version: str, encoding: str) -> Record:
    text = cwr_text.decoded(line, encoding)
    major = major_of(version)
    if major == V2 and text[3:5].isdigit():  # revision 8 gives the two characters of the sender's type to its number
        text = f"HDR  {text[5:]}"
    return Record(line.number, text, major)


def _numbered(line: TextLine, text: str) -> Record:
    record = Record(line.number, text)
    for name in (*_COUNTED, "transaction", "record"):
        try:
            record.number(name)
        except ValueError as error:
            refuse(line.number, f"{record.kind} {name}: {error}")
    return record


def _starts(text: str, transaction: str) -> bool:
    return text[3:11] != transaction or (text[:3] in _STARTS and text[11:19] == _FIRST)


def _gaps(line: int, transaction: str, texts: list[str]) -> Iterator[str]:
    numbers = [int(text) for text in texts if text.isascii() and text.isdigit()]
    if not numbers or numbers[-1] - numbers[0] > len(numbers) + GAPS_MAX:
        return
    for number in sorted(set(range(numbers[0], numbers[-1])) - set(numbers)):
        yield f"line {line}: record {number} of transaction {transaction} is missing"


# --- the second pass


START: Final = Position()
"""The beginning of a file."""


def transactions(chunks: Iterable[bytes], found: CwrScan, at: Position = START) -> Iterator[Transaction]:
    """The transactions of a scanned file from `at` on; `chunks` begin there."""
    held: list[Record] = []
    group, group_type, before = at.group, at.group_type, at
    for line in cwr_text.lines(chunks, offset=at.offset, number=at.lines):
        record = Record(line.number, cwr_text.decoded(line, found.encoding), found.major)
        if held and (record.kind == "GRT" or _starts(record.text, held[0].text[3:11])):
            yield Transaction(tuple(held), group, group_type, before)
            held = []
        if record.kind == "GRH":
            group, group_type = record.field("group"), record.field("transaction_type")
        elif record.kind not in {"HDR", "GRT", "TRL"}:
            held.append(record)
        before = Position(line.end, line.number, group, group_type)
