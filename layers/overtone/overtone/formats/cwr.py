"""Reads CWR 2.1 files (CISAC's Common Works Registration): what publishers and societies send to register works.

NWR and REV transactions come in, alone or inside an acknowledgement (ACK); other transactions are left alone and
counted. Faults have CWR's own levels: a bad *field* is left out and the work is taken without it, a bad *transaction*
is refused, and a file whose counts cannot be explained is refused whole, as nothing says what is missing.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Final, Literal, NamedTuple

from overtone import identifiers
from overtone.errors import Fault, Rejected, TooLarge
from overtone.formats.cwr_layout import LAYOUT, Record

WHOLE: Final = 10_000
"""Shares count hundredths of a percent."""
TOLERANCE: Final = 6
"""How far a total of ownership shares may be from 100% or 0%, for rounding."""
TRANSACTIONS_MAX: Final = 1_000
"""Works of one file: each is a transaction of its own, and the call has 30 seconds."""
GAPS_MAX: Final = 100
"""Records that may be missing from one transaction, by its numbering, for the file to be read at all."""
_WORKS: Final = ("NWR", "REV")
_RIGHTS: Final = ("pr_share", "mr_share", "sr_share")
_DISPUTED: Final = ("CO", "RJ")
"""Statuses of an acknowledgement by which a society contests a work: it is registered, and its money waits."""
Level = Literal["field", "transaction"]


class Refusal(NamedTuple):
    """What was not taken, and why: the field of a record, or with it the whole transaction."""

    level: Level
    line: int
    record: str
    field: str
    message: str


class Interested(NamedTuple):
    """A party with ownership shares; `number` is the submitter's own, shares in hundredths of a percent."""

    record: Record
    role: Literal["writer", "publisher"]
    number: str
    ipi: str
    name: str
    shares: tuple[int, int, int]

    @property
    def known(self) -> bool:
        """Whether the record says who it is: by IPI or by the submitter's number."""
        return bool(self.ipi or (self.number and self.name))


class Registration(NamedTuple):
    """One NWR or REV: the work as it was sent, and what of it could not be taken."""

    group: str
    transaction: int
    header: Record
    title: str
    number: str
    iswc: str
    disputed: bool
    alternates: tuple[str, ...]
    isrcs: tuple[str, ...]
    parties: tuple[Interested, ...]
    refusals: tuple[Refusal, ...]

    @property
    def refused(self) -> bool:
        """Whether the transaction as a whole is refused."""
        return any(refusal.level == "transaction" for refusal in self.refusals)


class Transmission(NamedTuple):
    """A whole file: who sent it, its works, how many transactions were of other kinds, and remarks on its counts."""

    sender: str
    sender_name: str
    works: tuple[Registration, ...]
    others: int
    remarks: tuple[str, ...]


def read(raw: bytes) -> Transmission:
    """Read a file in ISO 8859-1; raises `Rejected` that says by line what disagrees in its structure."""
    records = _records(raw)
    header, groups = records[0], _groups(records)
    transactions: list[tuple[str, list[Record]]] = []
    remarks = []
    for group in groups:
        mine = _transactions(group)
        remarks += _counted(group, mine)
        transactions += [(group[0].field("group"), transaction) for transaction in mine]
    remarks += _totals(records, groups, len(transactions), len(remarks))
    works = [work for group, transaction in transactions if (work := _registration(group, transaction))]
    if len(works) > TRANSACTIONS_MAX:
        raise TooLarge(f"{len(works)} works exceed the {TRANSACTIONS_MAX} of one file; send it in parts")
    return Transmission(header.field("sender"), header.field("sender_name"), tuple(works), len(transactions) - len(works), tuple(remarks))


# --- structure


def _refuse(line: int, message: str) -> Rejected:
    return Rejected(f"the file is refused: line {line}: {message}", [Fault(message, index=line)])


def _records(raw: bytes) -> list[Record]:
    texts = raw.decode("latin-1").replace("\r\n", "\n").rstrip("\n\x1a ").split("\n")
    records = [Record(line, text) for line, text in enumerate(texts, start=1)]
    if records[0].kind != "HDR":
        raise _refuse(1, "a CWR file begins with HDR")
    if records[-1].kind != "TRL":
        raise _refuse(records[-1].line, "a CWR file ends with TRL; this one is cut short")
    for record in records:
        if any(c < " " for c in record.text):
            raise _refuse(record.line, "there is a control character in the record")
        if record.kind in {"GRT", "TRL", *_WORKS, "ACK"}:
            _numbers(record)
    return records


def _numbers(record: Record) -> None:
    names = ("groups", "transactions", "records", "transaction", "record")
    for name in names:
        if name in LAYOUT[record.kind]:
            try:
                record.number(name)
            except ValueError as error:
                raise _refuse(record.line, f"{record.kind} {name}: {error}") from error


def _groups(records: Sequence[Record]) -> list[list[Record]]:
    groups: list[list[Record]] = []
    is_open = False
    for record in records[1:-1]:
        if (record.kind == "GRH") == is_open:
            raise _refuse(record.line, f"{record.kind} stands {'inside' if is_open else 'outside'} a group (GRH … GRT)")
        if not is_open:
            groups.append([])
        groups[-1].append(record)
        is_open = record.kind != "GRT"
    if is_open:
        raise _refuse(records[-1].line, "the last group has no GRT")
    return groups


def _transactions(group: Sequence[Record]) -> list[list[Record]]:
    return [list(records) for _, records in groupby(group[1:-1], key=lambda record: record.text[3:11])]


def _counted(group: Sequence[Record], transactions: Sequence[Sequence[Record]]) -> list[str]:
    """Check a group's trailer; records that are missing by their own numbering are remarked, not refused.

    A work from which a record is missing is taken only if its ownership shares still make the whole.
    """
    trailer = group[-1]
    if (said := trailer.number("transactions")) != len(transactions):
        raise _refuse(trailer.line, f"GRT says {said} transactions, the group has {len(transactions)}")
    gaps = [gap for transaction in transactions for gap in _gaps(transaction)]
    if (said := trailer.number("records")) != len(group) + len(gaps):
        raise _refuse(trailer.line, f"GRT says {said} records, the group has {len(group)}")
    return gaps


def _gaps(transaction: Sequence[Record]) -> Iterator[str]:
    texts = [record.text[11:19] for record in transaction]
    numbers = [int(text) for text in texts if text.isascii() and text.isdigit()]
    if not numbers or numbers[-1] - numbers[0] > len(numbers) + GAPS_MAX:
        return
    for number in sorted(set(range(numbers[0], numbers[-1])) - set(numbers)):
        yield f"line {transaction[0].line}: record {number} of transaction {transaction[0].text[3:11]} is missing"


def _totals(records: Sequence[Record], groups: Sequence[object], transactions: int, missing: int) -> list[str]:
    trailer = records[-1]
    counted = {"groups": len(groups), "transactions": transactions, "records": len(records) + missing}
    for name, count in counted.items():
        if (said := trailer.number(name)) != count:
            raise _refuse(trailer.line, f"TRL says {said} {name}, the file has {count}")
    return []


# --- one transaction


def _registration(group: str, records: Sequence[Record]) -> Registration | None:
    header = next((record for record in records if record.kind in _WORKS), None)
    if header is None:
        return None
    refusals: list[Refusal] = []
    title, number = header.field("title"), header.field("work_number")
    refusals += [
        Refusal("transaction", header.line, header.kind, name, "missing")
        for name, text in (("title", title), ("work_number", number))
        if not text
    ]
    iswc = _identifier(header, "iswc", refusals)
    isrcs = [_identifier(record, "isrc", refusals) for record in records if record.kind == "REC"]
    parties = [_interested(record, refusals) for record in records if record.kind in {"SPU", "OPU", "SWR", "OWR"}]
    refusals += _territories(records)
    refusals += _share_faults(header, parties)
    alternates = [record.field("title") for record in records if record.kind == "ALT"]
    status = next((record.field("status") for record in records if record.kind == "ACK"), "")
    return Registration(
        group=group,
        transaction=header.number("transaction"),
        header=header,
        title=title,
        number=number,
        iswc=iswc,
        disputed=status in _DISPUTED,
        alternates=tuple(filter(None, alternates)),
        isrcs=tuple(dict.fromkeys(filter(None, isrcs))),
        parties=tuple(parties),
        refusals=tuple(refusals),
    )


_PARSERS: Final = {"iswc": identifiers.iswc, "isrc": identifiers.isrc, "ipi": identifiers.ipi}


def _identifier(record: Record, name: str, refusals: list[Refusal]) -> str:
    text = record.field(name)
    if not text.strip("0"):
        return ""
    try:
        return _PARSERS[name](text)
    except Rejected as error:
        refusals.append(Refusal("field", record.line, record.kind, name, error.detail))
        return ""


def _interested(record: Record, refusals: list[Refusal]) -> Interested:
    pr, mr, sr = (_share(record, right, refusals) for right in _RIGHTS)
    role: Literal["writer", "publisher"] = "writer" if record.kind in {"SWR", "OWR"} else "publisher"
    parts = ("first_name", "name") if role == "writer" else ("name",)
    name = " ".join(filter(None, map(record.field, parts)))
    ipi = "" if record.field("unknown") == "Y" else _identifier(record, "ipi", refusals)
    return Interested(record, role, record.field("interested_party"), ipi, name, (pr, mr, sr))


def _share(record: Record, right: str, refusals: list[Refusal]) -> int:
    try:
        return record.number(right)
    except ValueError as error:
        refusals.append(Refusal("transaction", record.line, record.kind, right, str(error)))
        return 0


def _territories(records: Iterable[Record]) -> Iterator[Refusal]:
    for record in records:
        if record.kind in {"SPT", "SWT"}:
            for name in (*_RIGHTS, "tis"):
                try:
                    if record.number(name) > WHOLE and name != "tis":
                        yield Refusal("field", record.line, record.kind, name, "a collection share exceeds 100%")
                except ValueError as error:
                    yield Refusal("field", record.line, record.kind, name, str(error))


def _share_faults(header: Record, parties: Sequence[Interested]) -> Iterator[Refusal]:
    """The rules on ownership: each right is owned whole or not at all, publishers own at most half of performance."""
    for place, name in enumerate(_RIGHTS):
        total = sum(party.shares[place] for party in parties)
        if total > TOLERANCE and abs(total - WHOLE) > TOLERANCE:
            yield Refusal("transaction", header.line, header.kind, name, f"ownership adds up to {total / 100:.2f}%, not to 100% or 0%")
    published = sum(party.shares[0] for party in parties if party.role == "publisher")
    if published > WHOLE // 2 + TOLERANCE:
        yield Refusal(
            "transaction", header.line, header.kind, "pr_share", f"publishers own {published / 100:.2f}% of performance; 50% is the most"
        )
