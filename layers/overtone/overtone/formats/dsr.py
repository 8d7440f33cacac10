"""DDEX Digital Sales Reports as flat files: reading records and checking a file as a whole (DSRF 3.0).

Profiles UGC, Basic Audio and Royalty Reporting. Cells are tab-separated, comment lines start with `#` and may state a record type's
columns. The first pass (`Scan`) counts everything that the trailer counts and sums what the summary records sum; the second pass
(`dsr_usage`) makes usage of the blocks.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from overtone import fields, money
from overtone.errors import Fault, Rejected

HEAD: Final = ("HEAD", "SRHE")
FOOT: Final = ("FOOT", "SRFO")
_LEAD: Final = ("SummaryRecordId", "DistributionChannel", "DistributionChannelDPID", "CommercialModel", "UseType", "Territory")
_VOLUME: Final = ("Usages", "Users", "Currency")
LAYOUTS: Final[Mapping[str, tuple[str, ...]]] = {
    "HEAD": (
        *("MessageVersion", "Profile", "ProfileVersion", "MessageId", "MessageCreatedDateTime", "FileNumber", "NumberOfFiles"),
        *("UsageStartDate", "UsageEndDate", "SenderPartyId", "SenderName"),
    ),
    "FOOT": ("NumberOfLinesInFile", "NumberOfLinesInReport", "NumberOfSummaryRecords", "NumberOfBlocksInFile", "NumberOfBlocksInReport"),
    "SY01": (*_LEAD, "ServiceDescription", *_VOLUME, "NetRevenue"),
    "SY02": (*_LEAD, "ServiceDescription", *_VOLUME, "NetRevenue"),
    "SY06": (*_LEAD, "ServiceDescription", *_VOLUME, "NumberOfReleases", "NetRevenue"),
    "SY07": (*_LEAD, "RightsType", "ServiceDescription", *_VOLUME, "NetRevenue"),
    "AS01": ("BlockId", "ResourceReference", "DspResourceId", "ISRC"),
    "AS02": ("BlockId", "ResourceReference", "DspResourceId", "ISRC"),
    "SU01": (
        *("BlockId", "SummaryRecordId", "SalesTransactionId", "TransactedRelease", "TransactedResource", "IsRoyaltyBearing"),
        *("SalesUpgrade", "Usages"),
    ),
    "SU02": (
        *("BlockId", "SummaryRecordId", "SalesTransactionId", "TransactedRelease", "TransactedResource", "IsRoyaltyBearing"),
        "NumberOfStreams",
    ),
    "SU03": (
        *("BlockId", "SalesTransactionId", "SummaryRecordId", "DspReleaseId", "Usages", "NetRevenue"),
        *("ValidityPeriodStart", "ValidityPeriodEnd"),
    ),
    "LI01": ("BlockId", "SummaryRecordId", "RightsController"),
}
"""Leading columns by record type, from the profiles' schemas; a file's own comment lines come before them."""
PROFILES: Final = frozenset({"UGCProfile", "UgcProfile", "BasicAudioProfile", "RoyaltyReportingProfile"})
_SYNONYMS: Final = {
    "CurrencyOfReporting": "Currency",
    "Subscribers": "Users",
    "NumberofFiles": "NumberOfFiles",
    "NumberOfStreams": "Usages",
}
_SUMMED: Final = frozenset({"SY01", "SY02", "SY06", "SY07"})
USAGE: Final = frozenset({"SU01", "SU02", "SU03"})


@dataclass(slots=True)
class Summary:
    """What the summary records of one id say together, and what the lines below them sum to; amounts in pico."""

    use_type: str
    territory: str
    currency: str
    usages: int = 0
    revenue: int | None = None
    lines: int = 0
    line_usages: int = 0
    line_revenue: int = 0
    priced_lines: int = 0


@dataclass(slots=True)
class Scan:
    """A file as a whole, as the first pass found it."""

    layouts: dict[str, list[str]] = field(default_factory=dict)
    head: dict[str, str] = field(default_factory=dict)
    foot: dict[str, str] = field(default_factory=dict)
    lines: int = 0
    summary_records: int = 0
    blocks: int = 0
    summaries: dict[str, Summary] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """For keeping between two deliveries."""
        return asdict(self)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Scan":
        """The inverse of `to_json`, whatever else was kept beside."""
        summaries = {name: Summary(**summary) for name, summary in kept["summaries"].items()}
        own = {name: kept[name] for name in cls.__slots__}
        return cls(**own | {"summaries": summaries})

    @property
    def revision(self) -> int:
        """A message that is created anew with the same ids replaces the older one: its time is the revision."""
        text = self.head.get("MessageCreatedDateTime", "")
        try:
            moment = datetime.fromisoformat(text)
        except ValueError as error:
            message = f"HEAD: MessageCreatedDateTime {text!r} is no time; write it as 2016-01-21T15:09:26Z"
            raise Rejected(message) from error
        return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())

    def number(self, name: str) -> int:
        """A whole number of the header, 1 where it is left out."""
        text = self.head.get(name) or "1"
        if not (text.isascii() and text.isdigit()):
            message = f"HEAD: {name} {text!r} is no whole number"
            raise Rejected(message)
        return int(text)


class Reader:
    """Reads lines into (record type, cells by name), learning layouts from comment lines."""

    def __init__(self, layouts: dict[str, list[str]] | None = None) -> None:
        self.layouts = layouts if layouts is not None else {}

    def read(self, line: str) -> tuple[str, dict[str, str]]:
        """The record on a line; a comment's type is ""."""
        cells = line.rstrip("\r\n").split("\t")
        kind = cells[0][:4]
        if line.startswith("#"):
            kind = cells[0][1:5]
            if kind in LAYOUTS and len(cells) > 1:
                self.layouts[kind] = [_SYNONYMS.get(name.strip(), name.strip()) for name in cells[1:]]
            return "", {}
        names = self.layouts.get(kind) or [_SYNONYMS.get(name, name) for name in LAYOUTS.get(kind, ())]
        return kind, {name: cell.strip() for name, cell in zip(names, cells[1:], strict=False)} | _block(kind, cells)


def _block(kind: str, cells: list[str]) -> dict[str, str]:
    """The block of a record whose layout is of no interest: its first cell."""
    named = kind[:2] in {"AS", "MW", "RE", "RU", "SU", "LI", "CD", "ST"}
    return {"BlockId": cells[1]} if named and len(cells) > 1 else {}


def whole(cells: Mapping[str, str], name: str, where: str) -> int:
    """A whole number, as `12` or `12.0`; 0 where it is left out. Raises `Rejected`."""
    text = cells.get(name) or "0"
    integer, _, fraction = text.partition(".")
    if not (integer.isascii() and integer.isdigit()) or fraction.strip("0"):
        message = f"{where}: {name} {text!r} is no whole number of zero or more"
        raise Rejected(message)
    return int(integer)


def amount(cells: Mapping[str, str], name: str, where: str) -> int | None:
    """An amount in pico, `None` where it is left out. Raises `Rejected`."""
    text = cells.get(name)
    if not text:
        return None
    try:
        pico = money.parse_amount(text)
    except Rejected as error:
        message = f"{where}: {name} {text!r}: {error.detail}"
        raise Rejected(message) from error
    if pico < 0:
        message = f"{where}: {name} {text} is negative; state adjusted figures in a message created later with the same ids"
        raise Rejected(message)
    return pico


def lines_of(blocks: Iterable[bytes]) -> Iterator[str]:
    """The lines of a file, empty ones too: the trailer counts them."""
    for block in blocks:
        text = block.decode()
        yield from text.removesuffix("\n").split("\n")


def scan(blocks: Iterable[bytes]) -> Scan:
    """The first pass; raises `Rejected` that names everything in which the file disagrees with itself."""
    found, block, held = Scan(), "", list[tuple[str, dict[str, str]]]()
    reader = Reader(found.layouts)
    for line in lines_of(blocks):
        found.lines += 1
        kind, cells = reader.read(line.removeprefix("\ufeff"))
        if (here := cells.get("BlockId", "")) and here != block:
            _sum_block(found, held)
            block, held = here, []
            found.blocks += 1
        if here:
            held.append((kind, cells))
        elif kind in HEAD:
            found.head = cells
        elif kind in FOOT:
            found.foot = cells
        elif kind.startswith("SY"):
            _sum_summary(found, kind, cells)
        elif kind:
            message = f"line {found.lines}: {line[:20]!r} is no record of a DSR flat file"
            raise Rejected(message)
    _sum_block(found, held)
    _check(found)
    return found


def _sum_summary(found: Scan, kind: str, cells: Mapping[str, str]) -> None:
    found.summary_records += 1
    if kind not in _SUMMED:
        return
    where = f"line {found.lines}"
    currency, territory = fields.currency(cells.get("Currency", "")), cells.get("Territory", "")
    territory = fields.territory("*" if territory.casefold() == "worldwide" else territory)
    summary = found.summaries.setdefault(cells.get("SummaryRecordId", ""), Summary(cells.get("UseType", ""), territory, currency))
    if (summary.use_type, summary.territory, summary.currency) != (cells.get("UseType", ""), territory, currency):
        message = f"{where}: summary records of one id differ in use type, territory or currency; give them ids of their own"
        raise Rejected(message)
    summary.usages += whole(cells, "Usages", where)
    revenue = amount(cells, "NetRevenue", where)
    if revenue is not None:
        summary.revenue = (summary.revenue or 0) + revenue


def summary_of(records: list[tuple[str, dict[str, str]]], number: int) -> str:
    """The summary id of a usage record: its own, else that of the licensor's record that follows it."""
    own = records[number][1].get("SummaryRecordId")
    following = (cells.get("SummaryRecordId", "") for kind, cells in records[number + 1 :] if kind == "LI01")
    return own or next(following, "")


def _sum_block(found: Scan, records: list[tuple[str, dict[str, str]]]) -> None:
    for number, (kind, cells) in enumerate(records):
        if kind not in USAGE:
            continue
        where = f"block {cells['BlockId']}, {cells.get('SalesTransactionId', '')}"
        name = summary_of(records, number)
        summary = found.summaries.get(name)
        if summary is None:
            message = f"{where}: there is no summary record {name!r} with usages and revenue"
            raise Rejected(message)
        summary.lines += 1
        usages, revenue = whole(cells, "Usages", where), amount(cells, "NetRevenue", where)
        if not usages:
            continue
        summary.line_usages += usages
        if revenue is not None:
            summary.priced_lines += 1
            summary.line_revenue += revenue


def _check(found: Scan) -> None:
    faults = [*_count_faults(found), *_sum_faults(found)]
    if found.head and found.head.get("Profile") not in PROFILES:
        faults.append(Fault(f"profile {found.head.get('Profile')!r} is not read here; send one of {', '.join(sorted(PROFILES))}", "HEAD"))
    if faults:
        message = "the file does not agree with itself and nothing of it was kept: " + "; ".join(fault.message for fault in faults)
        raise Rejected(message, faults)


def _count_faults(found: Scan) -> Iterator[Fault]:
    if not found.head:
        yield Fault(f"there is no HEAD record among {found.lines} lines", "HEAD")
    if not found.foot:
        yield Fault(f"there is no FOOT record: the file ends after {found.lines} lines without its trailer", "FOOT")
        return
    counted = {
        "NumberOfLinesInFile": found.lines,
        "NumberOfSummaryRecords": found.summary_records,
        "NumberOfBlocksInFile": found.blocks,
    }
    if found.head.get("NumberOfFiles") in {None, "", "1"}:
        counted |= {"NumberOfLinesInReport": found.lines, "NumberOfBlocksInReport": found.blocks}
    for name, count in counted.items():
        said = found.foot.get(name, "")
        if said and said != str(count):
            yield Fault(f"{name} is {said} in the trailer, but the file has {count}", name)


def _sum_faults(found: Scan) -> Iterator[Fault]:
    for name, summary in sorted(found.summaries.items()):
        if summary.line_usages > summary.usages:
            yield Fault(f"summary record {name} says {summary.usages} usages, its lines have {summary.line_usages}", "Usages")
        if summary.revenue is not None and summary.line_revenue > summary.revenue:
            said, have = money.format_amount(summary.revenue), money.format_amount(summary.line_revenue)
            yield Fault(f"summary record {name} says {said} {summary.currency}, its lines have {have}", "NetRevenue")
