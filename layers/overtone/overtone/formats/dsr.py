"""DDEX Digital Sales Reports as flat files: reading records and checking a file as a whole (DSRF 3.0, Part 8 up to version 1.5).

Profiles UGC, Basic Audio (also its single record block variant) and Royalty Reporting. Cells are tab-separated, several values of one
cell stand apart by `|`, comment lines start with `#` and may name a record type's columns. The first pass (`scan`) counts everything that
the trailer counts and sums what the summary records sum; the second pass (`dsr_usage`) makes usage of the blocks.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from overtone.errors import Fault, Rejected, TooLarge
from overtone.formats import dsr_layouts
from overtone.formats.dsr_cells import UsageLine, line_of, place_of, refusal
from overtone.formats.dsr_summaries import REPEATED, SUMMED, Summary, fact_of, sum_faults, summarised

HEAD: Final = ("HEAD", "SRHE")
FOOT: Final = ("FOOT", "SRFO")
PROFILES: Final = frozenset({"UGCProfile", "UgcProfile", "BasicAudioProfile", "BasicAudioProfileSRB", "RoyaltyReportingProfile"})
USAGE: Final = frozenset({"SU01", "SU02", "SU03", "SR01", "SR02"})
FLAT: Final = "SR"
"""Records that are blocks of their own."""
FACTS_MAX: Final = 1_000
"""Facts about subscribers and market shares that a file may state; real ones have dozens."""
BLOCK_RECORDS_MAX: Final = 50_000
"""Records of one block, which is read as a whole."""
USAGES_MAX: Final = 10**13
"""Usages that a file may count: a record holds a ten-thousandth of that, and nobody on Earth plays more in a year."""
SUMMARIES_NAMED_MAX: Final = 10
"""Summary records that a refusal names."""
_IN_BLOCKS: Final = frozenset({"AS", "MW", "RE", "RU", "SU", "LI", "CD", "ST", "CU", "RC", "LC", "ML", "DE"})
_MANDATORY: Final = ("MessageId", "MessageCreatedDateTime", "UsageEndDate")


@dataclass(slots=True)
class DsrScan:
    """A file as a whole, as the first pass found it."""

    layouts: dict[str, list[str]] = field(default_factory=dict)
    head: dict[str, str] = field(default_factory=dict)
    foot: dict[str, str] = field(default_factory=dict)
    lines: int = 0
    summary_records: int = 0
    blocks: int = 0
    summaries: dict[str, Summary] = field(default_factory=dict)
    facts: list[dict[str, Any]] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """For keeping between two deliveries."""
        return asdict(self)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "DsrScan":
        """The inverse of `to_json`, whatever else was kept beside, and whatever the first version did not keep."""
        summaries = {name: Summary(**summary) for name, summary in kept["summaries"].items()}
        own = {name: kept[name] for name in cls.__slots__ if name in kept}
        return cls(**own | {"summaries": summaries})

    @property
    def revision(self) -> int:
        """A message that is created anew with the same ids replaces the older one: its time is the revision."""
        text = self.head.get("MessageCreatedDateTime", "")
        try:
            moment = datetime.fromisoformat(text)
        except ValueError as error:
            raise refusal("HEAD", "MessageCreatedDateTime", f"{text!r:.80} is no time; write it as 2016-01-21T15:09:26Z") from error
        return max(0, int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()))

    def number(self, name: str) -> int:
        """A whole number of the header, 1 where it is left out."""
        text = self.head.get(name) or "1"
        if not (text.isascii() and text.isdigit() and len(text) <= 9):  # noqa: PLR2004 - files of a message
            raise refusal("HEAD", name, f"{text!r:.80} is no whole number; send one, or leave the cell empty for 1")
        return int(text)


class DsrLineReader:
    """Reads lines into (record type of four letters, cells by name), learning layouts from comment lines."""

    def __init__(self, layouts: dict[str, list[str]] | None = None) -> None:
        self.layouts = layouts if layouts is not None else {}

    def read(self, line: str) -> tuple[str, dict[str, str]]:
        """The record on a line; a comment's type is ""."""
        cells = line.rstrip("\r\n").split("\t")
        if line.startswith("#"):
            record_type = cells[0][1:].strip()
            if record_type[:4] in dsr_layouts.LAYOUTS and len(cells) > 1:
                self.layouts[record_type] = dsr_layouts.named(record_type, line.rstrip().split("\t")[1:])
            return "", {}
        record_type = cells[0].strip()
        kind = record_type[:4]
        names = self.layouts.get(record_type) or self.layouts.get(kind) or dsr_layouts.of("HEAD" if kind == "SRHE" else record_type) or ()
        values = {name: cell.strip() for name, cell in zip(names, cells[1:], strict=False)}
        return kind, values | _block(kind, cells)


def _block(kind: str, cells: list[str]) -> dict[str, str]:
    """The block of a record: its first cell, whatever its layout; of a record that is a block of its own, what tells it from others."""
    if kind.startswith(FLAT):
        return {"BlockId": "\t".join(cells[1:4])} if kind in USAGE else {}
    return {"BlockId": cells[1].strip()} if kind[:2] in _IN_BLOCKS and len(cells) > 1 else {}


def lines_of(blocks: Iterable[bytes]) -> Iterator[str]:
    """The lines of a file, empty ones too: the trailer counts them."""
    for block in blocks:
        text = block.decode()
        yield from text.removesuffix("\n").split("\n")


def scan(blocks: Iterable[bytes], check: Callable[[str, Mapping[str, str]], object] = lambda _kind, _cells: None) -> DsrScan:
    """The first pass; raises `Rejected` that names everything in which the file disagrees with itself.

    `check` is asked of each usage record, so that nothing is refused after a part of the file was kept.
    """
    file, block, records = DsrScan(), "", list[tuple[str, dict[str, str]]]()
    reader = DsrLineReader(file.layouts)
    for line in lines_of(blocks):
        file.lines += 1
        kind, cells = _read(reader, line, file.lines)
        if (here := cells.get("BlockId", "")) and here != block:
            _sum_block(file, records, check)
            block, records = here, []
            file.blocks += 1
        if here:
            records.append((kind, cells))
            if len(records) > BLOCK_RECORDS_MAX:
                raise TooLarge(
                    f"line {file.lines}: block {here!r:.60} has more than {BLOCK_RECORDS_MAX} records; send it in several blocks"
                )
        else:
            _take(file, kind, cells, line)
    _sum_block(file, records, check)
    _check(file)
    if file.number("NumberOfFiles") > 1:  # what other files list is not known yet, so revenue is spread over all usages
        for summary in file.summaries.values():
            summary.unpaid_usages = 0
    return file


def _read(reader: DsrLineReader, line: str, number: int) -> tuple[str, dict[str, str]]:
    try:
        return reader.read(line.removeprefix("\ufeff"))
    except Rejected as error:
        raise Rejected(f"line {number}: {error.detail}", error.faults) from error


def _take(file: DsrScan, kind: str, cells: dict[str, str], line: str) -> None:
    """A record outside blocks."""
    if kind in HEAD:
        file.head = cells
    elif kind in FOOT:
        file.foot = cells
    elif kind.startswith("SY"):
        file.summary_records += 1
        where = f"line {file.lines}"
        if kind in SUMMED or kind == REPEATED:
            summarised(file.summaries, kind, cells, where)
        file.facts += fact_of(kind, cells, where)
        if len(file.facts) > FACTS_MAX:
            raise Rejected(
                f"{where}: the file states more than {FACTS_MAX} facts about subscribers and shares; send it in several messages"
            )
    elif kind:
        message = f"line {file.lines}: {_unread(kind, line)}"
        raise Rejected(message, [Fault(message, "RecordType")])


def _unread(kind: str, line: str) -> str:
    """What to say of a record that nothing is made of."""
    if kind[:2] in {"SR", "SU"} and kind[2:].isdigit():
        return f"{kind} records are not read here; send {', '.join(sorted(USAGE))}"
    return f"{line[:20]!r} is no record of a DSR flat file that is read here; begin a remark with #"


def _summaries_of(records: list[tuple[str, dict[str, str]]]) -> list[str]:
    """The summary id of each record: its own, else that of the licensor's record that follows it."""
    names, following = list[str](), ""
    for kind, cells in reversed(records):
        names.append(cells.get("SummaryRecordId") or following)
        following = cells.get("SummaryRecordId", "") if kind == "LI01" else following
    return names[::-1]


def lines_in(records: list[tuple[str, dict[str, str]]], summaries: Mapping[str, Summary]) -> Iterator[tuple[UsageLine, str]]:
    """The usage lines of a block, each with its summary's id; raises `Rejected`."""
    for (kind, cells), name in zip(records, _summaries_of(records), strict=True):
        if kind in USAGE:
            where = place_of(cells)
            if name not in summaries:
                known = f"name one of {', '.join(map(repr, sorted(summaries)[:SUMMARIES_NAMED_MAX]))}" if summaries else "the file has none"
                raise refusal(where, "SummaryRecordId", f"{name!r:.80} names no summary record with usages and revenue; {known}")
            yield line_of(cells, where), name
        elif kind[:2] == "SU":
            raise Rejected(f"block {cells['BlockId']}: {kind} records are not read here; send {', '.join(sorted(USAGE))}")


def _sum_block(file: DsrScan, records: list[tuple[str, dict[str, str]]], check: Callable[[str, Mapping[str, str]], object]) -> None:
    for line, name in lines_in(records, file.summaries):
        file.summaries[name].add(line)
    for kind, cells in records:
        if kind in USAGE:
            check(kind, cells)


def _check(file: DsrScan) -> None:
    if (usages := sum(summary.usages for summary in file.summaries.values())) > USAGES_MAX:
        raise TooLarge(f"the summary records count {usages} usages, more than {USAGES_MAX}; mend them, or send several messages")
    faults = [*_head_faults(file), *_count_faults(file), *sum_faults(file.summaries)]
    if faults:
        why = "; ".join(fault.message for fault in faults)
        raise Rejected(f"the file does not agree with itself and nothing of it was kept; send it again mended and whole: {why}", faults)


def _head_faults(file: DsrScan) -> Iterator[Fault]:
    if not file.head:
        yield Fault(f"there is no HEAD record among {file.lines} lines", "HEAD")
        return
    if file.head.get("Profile") not in PROFILES:
        yield Fault(f"profile {file.head.get('Profile')!r} is not read here; send one of {', '.join(sorted(PROFILES))}", "HEAD")
    for name in _MANDATORY:
        if not file.head.get(name):
            yield Fault(f"HEAD ends before {name}; the line is cut short, or the cell is empty", name)


def _count_faults(file: DsrScan) -> Iterator[Fault]:
    if not file.foot:
        yield Fault(f"there is no FOOT record: the file ends after {file.lines} lines without its trailer", "FOOT")
        return
    counted = {"NumberOfLinesInFile": file.lines, "NumberOfSummaryRecords": file.summary_records}
    flat = file.head.get("Profile", "").endswith("SRB")
    if not flat:
        counted["NumberOfBlocksInFile"] = file.blocks
    if file.head.get("NumberOfFiles") in {None, "", "1"}:
        counted |= {"NumberOfLinesInReport": file.lines} | ({} if flat else {"NumberOfBlocksInReport": file.blocks})
    for name, count in counted.items():
        stated = file.foot.get(name, "")
        if stated and stated != str(count):
            yield Fault(f"{name} is {stated:.80} in the trailer, but the file has {count}", name)
