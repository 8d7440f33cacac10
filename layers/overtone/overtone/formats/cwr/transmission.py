"""Reads CWR files (CISAC's Common Works Registration, 2.1 to 3.1): what publishers and societies send to register works.

NWR, REV and WRK register a work. ACK is a society's answer: it says how a registration stands and may echo it; ISW tells a work's
ISWC, EXC the work that a conflict is with. An answer never takes away what is registered, so what kind of word a `Registration` is
stays with it. Faults have CWR's own levels: a bad *field* is left out and the work is taken without it, a bad *transaction* is
refused, and a file whose frame disagrees is refused whole (`frame`).
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final, Literal, NamedTuple

from overtone.errors import TooLarge
from overtone.formats.cwr import frame
from overtone.formats.cwr.answers import Acknowledgement, acknowledgement
from overtone.formats.cwr.fields import Refusal, identifier
from overtone.formats.cwr.frame import CwrScan, Transaction
from overtone.formats.cwr.layout import HEADERS, V2, Major, Record
from overtone.formats.cwr.shares import Interested, interested, share_faults

TRANSACTIONS_MAX: Final = 1_000
"""Works of one file that is posted: each is a transaction of its own, and the call has 30 seconds. A dropped file has no limit."""
_PIECE_BYTES: Final = 64 * 1024
Purpose = Literal["register", "acknowledge", "iswc"]


class Registration(NamedTuple):
    """One transaction about a work: what it says, how it is meant, and what of it could not be taken."""

    group: str
    transaction: str
    purpose: Purpose
    header: Record
    title: str
    number: str
    iswc: str
    isrcs: tuple[str, ...]
    parties: tuple[Interested, ...]
    refusals: tuple[Refusal, ...]
    records: tuple[Record, ...] = ()
    acknowledgement: Acknowledgement | None = None
    major: Major = V2

    @property
    def is_refused(self) -> bool:
        """Whether the transaction as a whole is refused."""
        return any(refusal.level == "transaction" for refusal in self.refusals)

    @property
    def disputed(self) -> bool:
        """Whether the society that answered contests the work."""
        return self.acknowledgement is not None and self.acknowledgement.contests


class Transmission(NamedTuple):
    """A whole file: who sent it, its works, how many transactions were of other kinds, and remarks on what was not read."""

    sender: str
    sender_name: str
    version: str
    works: tuple[Registration, ...]
    others: int
    remarks: tuple[str, ...]


def read(raw: bytes) -> Transmission:
    """Read a file that is at hand; raises `Rejected` that says by line what disagrees in its structure."""
    found = frame.scan(_pieces(raw))
    if found.transactions > TRANSACTIONS_MAX:
        raise TooLarge(f"{found.transactions} transactions exceed the {TRANSACTIONS_MAX} of one request; drop the file instead")
    transactions = list(frame.transactions(_pieces(raw), found))
    works = tuple(work for transaction in transactions if (work := registration(transaction, found)))
    others = Counter(kind for transaction in transactions if (kind := other(transaction)))
    return Transmission(found.sender, found.sender_name, found.version, works, others.total(), (*found.remarks, *unread(others)))


def _pieces(raw: bytes) -> Iterator[bytes]:
    """A body in pieces: as one it would be split into all its lines at once."""
    return (raw[at : at + _PIECE_BYTES] for at in range(0, len(raw), _PIECE_BYTES))


def other(transaction: Transaction) -> str:
    """The kind of a transaction that registers and tells nothing, "" for those that are read."""
    kinds = {record.kind for record in transaction.records}
    return "" if kinds & {*HEADERS, "ACK"} - {"EXC"} else transaction.records[0].kind


def unread(others: Counter[str]) -> list[str]:
    """What to say of transactions that are not read."""
    return [f"{count} {kind} transactions are not read here" for kind, count in sorted(others.items())]


def registration(transaction: Transaction, found: CwrScan) -> Registration | None:
    """What a transaction says of a work, `None` where it is of another kind."""
    records = transaction.records
    if other(transaction):
        return None
    answer = records[0] if records[0].kind == "ACK" else None
    header = next((record for record in records if record.kind in HEADERS and record.kind != "EXC"), None)
    refusals: list[Refusal] = []
    about = header or answer or records[0]
    own = _part(records, header) if header else []
    parties = interested(own, refusals)
    if header and header.kind != "ISW":
        refusals += share_faults(header, parties, found.major)
    title, number = about.field("title"), about.field("work_number")
    refusals += [
        Refusal("transaction", about.line, about.kind, name, "missing")
        for name, text in (("title", title), ("work_number", number))
        if not text
    ]
    isrcs = [identifier(record, "isrc", refusals) for record in own if record.kind == "REC"]
    return Registration(
        group=transaction.group,
        transaction=records[0].field("transaction"),
        purpose=_purpose(about, answer),
        header=about,
        title=title,
        number=number,
        iswc=identifier(about, "iswc", refusals),
        isrcs=tuple(dict.fromkeys(filter(None, isrcs))),
        parties=parties,
        refusals=tuple(refusals),
        records=records,
        acknowledgement=acknowledgement(records, found) if answer else None,
        major=found.major,
    )


def _purpose(about: Record, answer: Record | None) -> Purpose:
    if answer is not None:
        return "acknowledge"
    return "iswc" if about.kind == "ISW" else "register"


def _part(records: Sequence[Record], header: Record) -> list[Record]:
    """The records that describe the work of one header: they end at the next, such as that of a conflicting work (EXC)."""
    start = records.index(header)
    end = next((n for n, record in enumerate(records[start + 1 :], start + 1) if record.kind in HEADERS), len(records))
    return list(records[start:end])
