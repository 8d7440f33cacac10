"""Reads DDEX notifications of discrepancies (Claim Detail Message Suite, Part 2: CDMH, CDS1, CDD1, CDD2 with CDD3, SRFO).

A licensee answers a Claim Detail Message (`cdm`) so: a CDD1 objects to one claim, a CDD2 says that several licensors' claims, each a CDD3
behind it, come to more than the whole. Record types may carry a version (`CDD1.01`); the cells that are read stand first in all of them.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from overtone.errors import Fault, Malformed, Rejected, TooLarge
from overtone.formats.text import decoded

DISCREPANCIES_MAX: Final = 1_000
"""Discrepancies of one notification: each is a transaction of its own, and the call has 30 seconds."""
CONTRIBUTIONS_MAX: Final = 200
"""Claims behind one overclaim: as many as a work has shares."""
LINES_MAX: Final = 50_000
"""Lines of one notification, before anything is made of them."""
HEADER, SUMMARY, DATA, OVERCLAIM, CONTRIBUTION, FOOTER = "CDMH", "CDS1", "CDD1", "CDD2", "CDD3", "SRFO"
_CELLS: Final[Mapping[str, tuple[str, ...]]] = {
    HEADER: (
        *("RecordType", "MessageVersion", "MessageId", "MessageCreatedDateTime", "Profile", "ProfileVersion", "RelatedCdmMessageId"),
        "SalesReportId",
    ),
    SUMMARY: ("RecordType", "SummaryRecordId", "DiscrepancyDescription", "NumberOfDiscrepancies"),
    DATA: (
        *("RecordType", "ClaimDiscrepancyId", "ClaimId", "SummaryRecordId", "DiscrepancyType", "DiscrepantRecordType"),
        *("DiscrepancyDescription", "DiscrepantCellName"),
    ),
    OVERCLAIM: (
        *("RecordType", "ClaimDiscrepancyId", "ClaimId", "SummaryRecordId", "DiscrepancyType", "ActionTaken", "DspResourceId"),
        "ResourceTitle",
    ),
    CONTRIBUTION: (
        *("RecordType", "ClaimDiscrepancyId", "RightsControllerName", "RightsControllerPartyId", "ClaimId", "LicensorWorkId", "ISWC"),
        *("ShareClaimedMechanical", "ShareClaimedPerforming", "BlendedShareClaimedForMechAndPerf"),
    ),
    FOOTER: ("RecordType", "NumberOfLinesInReport", "NumberOfSummaryRecords"),
}
_NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    HEADER: ("MessageId",),
    DATA: ("ClaimDiscrepancyId", "DiscrepancyType", "DiscrepancyDescription"),
    OVERCLAIM: ("ClaimDiscrepancyId",),
    CONTRIBUTION: ("ClaimDiscrepancyId",),
}


class CddRecord(NamedTuple):
    """One record: its kind without version, the line it stands in (from 1), its cells by name."""

    kind: str
    line: int
    cells: Mapping[str, str]


class Discrepancy(NamedTuple):
    """What is objected to: `claims` are ids of claims (of a CDD2 those behind it too)."""

    line: int
    number: str
    kind: str
    text: str
    cell: str
    claims: tuple[str, ...]


class Notification(NamedTuple):
    """A whole notification: what it is about, and what of it could not be read, by line."""

    message_id: str
    discrepancies: tuple[Discrepancy, ...]
    faults: tuple[Fault, ...]


def read(raw: bytes) -> Notification:
    """A notification; raises `Rejected` for a frame that disagrees (then nothing of it counts), `Malformed`, `TooLarge`."""
    text = decoded(raw)
    if text.count("\n") > LINES_MAX:
        raise TooLarge(f"a notification has {LINES_MAX} lines at most; send several")
    records = list(_records(text))
    header = _frame(records, text.removesuffix("\n").count("\n") + 1)
    found: list[Discrepancy] = []
    faults: list[Fault] = []
    for record, behind in _grouped(records):
        if wrong := _fault(record, behind):
            faults.append(wrong)
        else:
            found.append(_discrepancy(record, behind))
    if len(found) + len(faults) > DISCREPANCIES_MAX:
        raise TooLarge(f"{len(found) + len(faults)} discrepancies exceed the {DISCREPANCIES_MAX} of one notification; send several")
    return Notification(header.cells["MessageId"], tuple(found), tuple(faults))


def _records(text: str) -> Iterator[CddRecord]:
    for number, line in enumerate(text.split("\n"), start=1):
        cells = [cell.strip() for cell in line.rstrip("\r").split("\t")]
        kind = cells[0].partition(".")[0]
        if not line.strip() or line.startswith("#"):
            continue
        if kind not in _CELLS:
            message = f"line {number}: {cells[0]!r:.80} is no record of a notification; send {', '.join(_CELLS)}"
            raise Malformed(message, [Fault(message, "RecordType")])
        yield CddRecord(kind, number, dict(zip(_CELLS[kind], cells, strict=False)))


def _frame(records: Sequence[CddRecord], lines: int) -> CddRecord:
    """The header; raises `Rejected` where header, footer or counts disagree. Lines may be counted with remarks and blank ones."""
    kinds = [record.kind for record in records]
    if kinds[:1] != [HEADER] or kinds.count(HEADER) > 1:
        raise Rejected("a notification begins with one CDMH record, and there is none, or a second one")
    if kinds[-1:] != [FOOTER] or kinds.count(FOOTER) > 1:
        raise Rejected("a notification ends with one SRFO record: the file was cut short, or goes on behind it")
    counts = {"NumberOfLinesInReport": (len(records), lines), "NumberOfSummaryRecords": (kinds.count(SUMMARY),)}
    for name, counted in counts.items():
        stated = records[-1].cells.get(name, "")
        if stated not in map(str, counted):
            message = f"line {records[-1].line}: {name} is {stated!r:.40} and there are {counted[0]}; send the whole file again"
            raise Rejected(message, [Fault(message, name)])
    if not records[0].cells.get("MessageId"):
        raise Rejected("line 1: there is no MessageId", [Fault("say what this notification is called", "MessageId")])
    return records[0]


def _grouped(records: Sequence[CddRecord]) -> Iterator[tuple[CddRecord, list[CddRecord]]]:
    """Each discrepancy with the contributions behind it; a contribution behind none stands alone."""
    place = 0
    while place < len(records):
        record, behind = records[place], []
        place += 1
        while record.kind == OVERCLAIM and place < len(records) and records[place].kind == CONTRIBUTION:
            behind.append(records[place])
            place += 1
        if record.kind in {DATA, OVERCLAIM, CONTRIBUTION}:
            yield record, behind


def _fault(record: CddRecord, behind: Sequence[CddRecord]) -> Fault | None:
    for one in (record, *behind):
        if missing := next((name for name in _NEEDED[one.kind] if not one.cells.get(name)), None):
            return Fault(f"line {one.line}: {one.kind} lacks it; send it", missing, record.cells.get("ClaimDiscrepancyId") or None)
    number = record.cells["ClaimDiscrepancyId"]
    if record.kind == CONTRIBUTION:
        return Fault(f"line {record.line}: CDD3 stands behind no CDD2; send it behind its own", "RecordType", number)
    if record.kind == OVERCLAIM and not 2 <= len(behind) <= CONTRIBUTIONS_MAX:  # noqa: PLR2004 - an overclaim needs two
        return Fault(f"line {record.line}: {len(behind)} CDD3 records stand behind this CDD2; send two or more", "RecordType", number)
    if other := next((one for one in behind if one.cells["ClaimDiscrepancyId"] != number), None):
        theirs = other.cells["ClaimDiscrepancyId"]
        message = f"line {other.line}: CDD3 is of {theirs!r:.80}, the CDD2 before it of {number!r:.80}; send each behind its own"
        return Fault(message, "ClaimDiscrepancyId", number)
    return None


def _discrepancy(record: CddRecord, behind: Sequence[CddRecord]) -> Discrepancy:
    cells = record.cells
    claims = dict.fromkeys(one.cells.get("ClaimId", "") for one in (record, *behind))
    return Discrepancy(
        record.line,
        cells["ClaimDiscrepancyId"],
        cells.get("DiscrepancyType") or "Overclaim",
        cells.get("DiscrepancyDescription") or "; ".join(filter(None, map(_contribution, behind))),
        cells.get("DiscrepantCellName", ""),
        tuple(filter(None, claims)),
    )


def _contribution(record: CddRecord) -> str:
    """What one licensor claims, for people to read."""
    cells = record.cells
    who = cells.get("RightsControllerName") or cells.get("RightsControllerPartyId") or "somebody"
    shares = [f"{cells[name]}% {word}" for name, word in _SHARES.items() if cells.get(name)]
    return f"{who} claims {', '.join(shares) or 'a share'}"


_SHARES: Final = {
    "ShareClaimedMechanical": "mechanical",
    "ShareClaimedPerforming": "performing",
    "BlendedShareClaimedForMechAndPerf": "of both",
}
