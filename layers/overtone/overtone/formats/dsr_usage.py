"""Usage from a DSR flat file: a record for each usage line, and one for what a summary record sums and no line lists.

So the totals of what came in are the totals of the summary records, to the last digit. A line whose recording cannot be told, and what
is not listed, is usage of nobody's: it is kept, unattributed.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

from overtone import fields, identifiers, money
from overtone.errors import Rejected
from overtone.facts.limits import QUANTITY_MAX
from overtone.facts.usage import RECORDING, UNLISTED
from overtone.formats import dsr
from overtone.formats.dsr import Scan, Summary

_DOWNLOAD, _SYNC, _STREAM = "download", "sync", "stream"
_COMPACT_DAY: Final = 8


class Part(NamedTuple):
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


def day_of(scan: Scan, text: str = "") -> str:
    """The last day of a validity period, else of the message's period."""
    day = text or scan.head.get("UsageEndDate", "")
    if len(day) == _COMPACT_DAY and day.isdigit():
        day = f"{day[:4]}-{day[4:6]}-{day[6:]}"
    return fields.day(day)


def parts(blocks: Iterable[bytes], scan: Scan, counted: dict[str, int], rows_max: int) -> Iterator[Part]:
    """Usage of a stream of lines that starts before a block, in parts of whole blocks with about `rows_max` rows."""
    reader, rows, size = dsr.Reader(dict(scan.layouts)), list[dict[str, Any]](), 0
    held: list[tuple[str, dict[str, str]]] = []
    block = ""
    for line in dsr.lines_of(blocks):
        kind, cells = reader.read(line.removeprefix("\ufeff"))
        here = cells.get("BlockId", "")
        if here != block and held and (here or kind in dsr.FOOT):
            rows += _block_rows(scan, held, counted)
            held = []
            if len(rows) >= rows_max:
                yield Part(rows, size, dict(counted))
                rows, size = [], 0
        block = here or block
        if here:
            held.append((kind, cells))
        size += len(line.encode()) + 1
    rows += _block_rows(scan, held, counted)
    yield Part(rows, size, dict(counted))


def _block_rows(scan: Scan, records: list[tuple[str, dict[str, str]]], counted: dict[str, int]) -> Iterator[dict[str, Any]]:
    resources = [cells for kind, cells in records if kind in {"AS01", "AS02"}]
    for number, (kind, cells) in enumerate(records):
        if kind not in dsr.USAGE:
            continue
        name = dsr.summary_of(records, number)
        summary, where = scan.summaries[name], f"block {cells['BlockId']}"
        usages, revenue = dsr.whole(cells, "Usages", where), dsr.amount(cells, "NetRevenue", where)
        before = counted.get(name, 0)
        counted[name] = before + usages
        if not summary.priced_lines and summary.revenue is not None and usages:
            revenue = summary.revenue * counted[name] // summary.usages - summary.revenue * before // summary.usages
        record_id = f"{scan.head['MessageId']}:{cells['BlockId']}:{cells.get('SalesTransactionId', '')}"
        day = day_of(scan, cells.get("ValidityPeriodEnd", ""))
        yield _row(scan, summary, (record_id, _subject(cells, resources, name), day), usages, revenue if usages else None)


def _row(scan: Scan, summary: Summary, identity: tuple[str, str, str], usages: int, revenue: int | None) -> dict[str, Any]:
    record_id, subject, day = identity
    paid = {} if revenue is None else {"revenue": money.format_amount(revenue), "currency": summary.currency}
    return {
        "record_id": record_id,
        "revision": scan.revision,
        "subject": subject,
        "use": use_of(summary.use_type),
        "used_on": day,
        "quantity": usages,
        "territory": summary.territory,
        **paid,
    }


def _subject(cells: dict[str, str], resources: list[dict[str, str]], summary: str) -> str:
    """The recording that a usage line is of: the resource it names, else the only one of its block."""
    named = cells.get("TransactedResource") or cells.get("DspResourceId") or cells.get("DspReleaseId")
    fitting = [r for r in resources if named and named in {r.get("ResourceReference"), r.get("DspResourceId")}]
    chosen = fitting or (resources if len(resources) == 1 else [])
    try:
        return RECORDING + identifiers.isrc(chosen[0].get("ISRC", "")) if chosen else unlisted(summary)
    except Rejected:
        return unlisted(summary)


def unlisted(summary: str) -> str:
    """The subject of usage that a summary record counts and whose recording is not told."""
    return f"{UNLISTED}{summary}"


def remainders(scan: Scan) -> Iterator[dict[str, Any]]:
    """A record, or several of at most `QUANTITY_MAX`, for what each summary record says beyond its lines."""
    for name, summary in sorted(scan.summaries.items()):
        left = summary.usages - summary.line_usages
        revenue = None if summary.revenue is None else summary.revenue - _stated(summary)
        if revenue and not left:
            message = (
                f"summary record {name}: {money.format_amount(revenue)} {summary.currency} belong to no usage; no line may lack its revenue"
            )
            raise Rejected(message)
        for number, start in enumerate(range(0, left, QUANTITY_MAX)):
            record_id = f"{scan.head['MessageId']}:unlisted:{name}:{number}"
            identity = (record_id, unlisted(name), day_of(scan))
            yield _row(scan, summary, identity, min(QUANTITY_MAX, left - start), revenue if not start else None)


def _stated(summary: Summary) -> int:
    """The revenue that the lines of a summary get."""
    if summary.priced_lines or not summary.usages:
        return summary.line_revenue
    return (summary.revenue or 0) * summary.line_usages // summary.usages


def totals(scan: Scan) -> list[dict[str, Any]]:
    """What the summary records say, for the receipt: these are the totals of what was kept."""
    return [
        {
            "summary_record_id": name,
            "use": use_of(summary.use_type),
            "territory": summary.territory,
            "usages": summary.usages,
            "net_revenue": money.format_amount(summary.revenue or 0),
            "currency": summary.currency,
            "listed": {"lines": summary.lines, "usages": summary.line_usages, "net_revenue": money.format_amount(_stated(summary))},
        }
        for name, summary in sorted(scan.summaries.items())
    ]
