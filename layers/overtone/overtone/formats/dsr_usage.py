"""Usage from a DSR flat file: a record for each usage line, and one for what a summary record sums and no line lists.

So the totals of what came in are the totals of the summary records, but for what rounding explains, which the receipt tells. A line whose
recording cannot be told, and what is not listed, is usage of nobody's: it is kept, unattributed, and counted as `unlisted`.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from overtone import fields, identifiers, money
from overtone.errors import Rejected
from overtone.facts.limits import QUANTITY_MAX, RECORD_ID_LENGTH_MAX
from overtone.facts.usage import RECORDING, UNLISTED
from overtone.formats import dsr
from overtone.formats.dsr import DsrScan
from overtone.formats.dsr_cells import place_of, refusal, several
from overtone.formats.dsr_summaries import Summary
from overtone.months import last_day
from overtone.scales import ZERO_PICO, Pico

_DOWNLOAD, _SYNC, _STREAM = "download", "sync", "stream"
_COMPACT_DAY: Final = 8
_YEAR, _MONTH = len("2026"), len("2026-10")
_ANY_DAY: Final = "2000-01-01"
_PRINTABLE: Final = "".join(chr(code) for code in range(33, 127))
_RESOURCES: Final = frozenset({"AS01", "AS02", "AS05", "AS06"})
_HASHED: Final = 32


class UsagePart(NamedTuple):
    """Rows of whole blocks, the bytes they took, and the usages so far of each summary (to split revenue that lines do not state)."""

    rows: list[dict[str, Any]]
    size: int
    counted: dict[str, int]


def use_of(use_type: str) -> str:
    """Our use for a DDEX UseType."""
    name = use_type.casefold()
    for use in (_DOWNLOAD, _SYNC, _STREAM):
        if use in name:
            return use
    return _STREAM if "play" in name or "webcast" in name else "other"


def day_of(scan: DsrScan, text: str = "") -> str:
    """The last day of a validity period, else of the message's period; a month or a year is its last day. Raises `Rejected`."""
    if text:
        return _last_day(text)
    try:
        return _last_day(scan.head.get("UsageEndDate", ""))
    except Rejected as error:
        raise refusal("HEAD", "UsageEndDate", error.detail) from error


def _last_day(day: str) -> str:
    if len(day) == _COMPACT_DAY and day.isdigit():
        day = f"{day[:4]}-{day[4:6]}-{day[6:]}"
    if len(day) == _YEAR and day.isdigit():
        day = f"{day}-12"
    if len(day) == _MONTH:
        day = last_day(fields.month(day))
    return fields.day(day)


def check(kind: str, cells: Mapping[str, str]) -> None:
    """Raise `Rejected` for a usage record whose day or identity cannot be told."""
    where = place_of(cells)
    try:
        _last_day(cells.get("ValidityPeriodEnd") or _ANY_DAY)
    except Rejected as error:
        raise refusal(where, "ValidityPeriodEnd", error.detail) from error
    if kind.startswith(dsr.FLAT) and not (cells.get("SalesTransactionId") or cells.get("DspResourceId")):
        raise refusal(where, "SalesTransactionId", "is missing, and DspResourceId too; send one, so that the line can be corrected")


def parts(blocks: Iterable[bytes], scan: DsrScan, counted: dict[str, int], rows_max: int) -> Iterator[UsagePart]:
    """Usage of a stream of lines that starts before a block, in parts of whole blocks with about `rows_max` rows."""
    reader, rows, size = dsr.DsrLineReader(dict(scan.layouts)), list[dict[str, Any]](), 0
    records: list[tuple[str, dict[str, str]]] = []
    block = ""
    for line in dsr.lines_of(blocks):
        kind, cells = reader.read(line.removeprefix("\ufeff"))
        here = cells.get("BlockId", "")
        if here != block and records and (here or kind in dsr.FOOT):
            rows += _block_rows(scan, records, counted)
            records = []
            if len(rows) >= rows_max:
                yield UsagePart(rows, size, dict(counted))
                rows, size = [], 0
        block = here or block
        if here:
            records.append((kind, cells))
        size += len(line.encode()) + 1
    rows += _block_rows(scan, records, counted)
    yield UsagePart(rows, size, dict(counted))


def _block_rows(scan: DsrScan, records: list[tuple[str, dict[str, str]]], counted: dict[str, int]) -> Iterator[dict[str, Any]]:
    usage = [(kind, cells) for kind, cells in records if kind in dsr.USAGE]
    named = _NamedResources(records)
    for (kind, cells), (line, name) in zip(usage, dsr.lines_in(records, scan.summaries), strict=True):
        summary, revenue = scan.summaries[name], line.revenue
        if not summary.priced_lines and summary.revenue is not None:
            shared = line.usages if line.bearing or summary.spreads_over_all or scan.number("NumberOfFiles") > 1 else 0
            before = counted.get(name, 0)
            counted[name] = before + shared
            revenue = summary.share(counted[name]) - summary.share(before) if shared else None
        identity = _Identity(
            _record_id(scan, cells, kind),
            _subject(kind, cells, named, name),
            day_of(scan, cells.get("ValidityPeriodEnd", "")),
        )
        use_type = cells.get("UseType") or summary.use_type
        for row in _rows(scan, summary, identity, line.usages, revenue if line.usages else None):
            yield row | {"use": use_of(use_type)} | ({} if line.bearing else {"royalty_bearing": False})


class _Identity(NamedTuple):
    record_id: str
    subject: str
    day: str


def _record_id(scan: DsrScan, cells: Mapping[str, str], kind: str) -> str:
    flat = kind.startswith(dsr.FLAT)
    own = cells.get("SalesTransactionId") or (cells.get("DspResourceId", "") if flat else "")
    where = cells.get("SummaryRecordId", "") if flat else cells["BlockId"]
    return readable(f"{scan.head['MessageId']}:{where}:{own}")


def readable(text: str) -> str:
    """An id of theirs as record ids may be: what cannot stand in one is percent-encoded, what is too long ends in its hash."""
    safe = quote(text, safe=_PRINTABLE)
    if len(safe) <= RECORD_ID_LENGTH_MAX:
        return safe
    return f"{safe[: RECORD_ID_LENGTH_MAX - _HASHED - 1]}~{hashlib.sha256(safe.encode()).hexdigest()[:_HASHED]}"


def _rows(scan: DsrScan, summary: Summary, identity: _Identity, usages: int, revenue: Pico | None) -> Iterator[dict[str, Any]]:
    """A record, or several of at most `QUANTITY_MAX` of which the first has the revenue."""
    for number, start in enumerate(range(0, max(usages, 1), QUANTITY_MAX)):
        paid = {} if revenue is None or number else {"revenue": money.format_amount(revenue), "currency": summary.currency}
        yield {
            "record_id": identity.record_id if not number else readable(f"{identity.record_id}:{number}"),
            "revision": scan.revision,
            "subject": identity.subject,
            "use": use_of(summary.use_type),
            "used_on": identity.day,
            "quantity": min(QUANTITY_MAX, usages - start),
            "territory": summary.territory,
            **paid,
        }


class _NamedResources:
    """The resources of a block, by what lines name them, and the resources of its sub-releases."""

    def __init__(self, records: list[tuple[str, dict[str, str]]]) -> None:
        self._all = [resource for name, resource in records if name in _RESOURCES]
        self._by_name: dict[str, dict[str, str]] = {}
        self._used: dict[str, list[list[str]]] = {}
        for resource in self._all:
            for name in (resource.get("ResourceReference"), resource.get("DspResourceId")):
                if name:
                    self._by_name.setdefault(name, resource)
        for kind, cells in records:
            if kind == "RE02":
                self._used.setdefault(cells.get("ReleaseReference", ""), []).append(several(cells.get("UsedResources", "")))

    def of(self, cells: Mapping[str, str]) -> Mapping[str, str] | None:
        """The one that a line names, itself or through a sub-release of one resource, else the only one there is."""
        named = cells.get("TransactedResource") or cells.get("DspResourceId") or self._sole(cells.get("TransactedRelease", ""))
        return self._by_name.get(named) or (self._all[0] if len(self._all) == 1 else None)

    def _sole(self, release: str) -> str:
        used = self._used.get(release, [])
        return used[0][0] if release and len(used) == 1 and len(used[0]) == 1 else ""


def _subject(kind: str, cells: Mapping[str, str], named: _NamedResources, summary: str) -> str:
    """The recording that a usage line is of: the resource it names, itself or through a sub-release, else the only one of its block.

    A resource of several recordings comes as they are written, which no check takes: nothing says how its usages divide.
    """
    if kind.startswith(dsr.FLAT):
        return _recording(cells.get("ISRC", ""), summary)
    chosen = named.of(cells)
    return _recording(chosen.get("ISRC", ""), summary) if chosen else unlisted(summary)


def _recording(text: str, summary: str) -> str:
    codes = several(text)
    if len(codes) > 1:
        return RECORDING + "|".join(codes)
    try:
        return RECORDING + identifiers.isrc(codes[0]) if codes else unlisted(summary)
    except Rejected:
        return unlisted(summary)


def unlisted(summary: str) -> str:
    """The subject of usage that a summary record counts and whose recording is not told."""
    return f"{UNLISTED}{readable(summary)}"


def remainders(scan: DsrScan) -> Iterator[dict[str, Any]]:
    """A record, or several, for what each summary record says beyond its lines; raises `Rejected` for revenue of no usage."""
    for name, summary in sorted(scan.summaries.items()):
        left, revenue = summary.left, summary.left_revenue
        if revenue and not left:
            raise Rejected(
                f"summary record {name}: {money.format_amount(revenue)} {summary.currency} belong to no usage and rounding explains "
                f"{money.format_amount(summary.tolerance)} at most; no line may lack its revenue"
            )
        if left:
            of_message = f"{scan.head['MessageId']}:unlisted:{name}"
            identity = _Identity(of_message, unlisted(name), day_of(scan))
            for number, row in enumerate(_rows(scan, summary, identity, left, revenue)):
                yield row | {"record_id": readable(f"{of_message}:{number}")}


def superseded(scan: DsrScan, before: Iterable[DsrScan], revision: int) -> list[dict[str, Any]]:
    """Voids of what earlier contents of a message said beyond their lines and this one says no more: nobody else can name it."""
    stands = {_place(row) for row in remainders(scan)}
    theirs = {_place(row): row for older in before if older.head.get("MessageId") == scan.head["MessageId"] for row in remainders(older)}
    void = {"revision": revision, "quantity": 0, "revenue": None, "currency": None}
    return [row | void for place, row in sorted(theirs.items()) if place not in stands]


def _place(row: Mapping[str, Any]) -> tuple[str, str, str]:
    return row["used_on"], row["subject"], row["record_id"]


def totals(scan: DsrScan) -> list[dict[str, Any]]:
    """What the summary records say, for the receipt: these are the totals of what was kept, but for `difference`, which is rounding."""
    return [_total(name, summary) for name, summary in sorted(scan.summaries.items())]


def _total(name: str, summary: Summary) -> dict[str, Any]:
    remarks = {
        "returns": summary.returns,
        "not_royalty_bearing": summary.unpaid_usages,
        "rounded_lines": summary.rounded_lines,
        "difference": summary.difference and money.format_amount(summary.difference),
    }
    return {
        "summary_record_id": name,
        "use": use_of(summary.use_type),
        "territory": summary.territory,
        "usages": summary.usages,
        "net_revenue": money.format_amount(summary.revenue or ZERO_PICO),
        "currency": summary.currency,
        "listed": {"lines": summary.lines, "usages": summary.line_usages, "net_revenue": money.format_amount(summary.stated)},
        **{key: value for key, value in remarks.items() if value},
    }
