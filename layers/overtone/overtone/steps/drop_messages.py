"""Messages that come in several files: what none of the files lists is known when the last one is here."""

from collections.abc import Mapping, Sequence
from typing import Any

from overtone import clock
from overtone.aws import keys, tables
from overtone.errors import Fault, Rejected
from overtone.facts.drops import Drop
from overtone.formats import dsr_usage
from overtone.formats.dsr import DsrScan
from overtone.stores import facts as fact_store
from overtone.stores import retention


def joined(drop: Drop, scan: DsrScan, before: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """The scan to go on with: `rest` sums all files of the message where they are all here, else it is `incomplete`.

    Of a message in one file `gone` are the voids of what scans `before`, of earlier contents of this file, had left over.
    """
    whole = scan.to_json()
    files, number = scan.number("NumberOfFiles"), scan.number("FileNumber")
    if files == 1:
        reports = [DsrScan.from_json(kept) for kept in before if "summaries" in kept]
        alone = [older for older in reports if older.number("NumberOfFiles") == 1]
        return whole | ({"gone": gone} if (gone := dsr_usage.superseded(scan, alone)) else {})
    table, key = tables.usage(), keys.message_file(drop.party, scan.head["MessageId"], number)
    kept = {"scan": fact_store.packed(whole), "name": drop.name, "expires_at": retention.derived_expiry(clock.today())}
    table.put({**key._asdict(), **kept})
    found = [DsrScan.from_json(fact_store.unpacked(item["scan"])) for item in table.query(key.pk)]
    if len(found) < files:
        return whole | {"incomplete": True}
    _check_report(scan, found)
    return whole | {"rest": _summed(scan, found).to_json(), "rest_revision": _revision(found)}


def _revision(found: Sequence[DsrScan]) -> int:
    """That of what all files leave: the newest file's, and one more with each other that was created with it.

    While a message comes anew file by file, what its new and its old files leave gives way with each of them.
    """
    times = [part.revision for part in found]
    return max(times) + times.count(max(times)) - 1


def _check_report(scan: DsrScan, found: list[DsrScan]) -> None:
    counted = {"NumberOfLinesInReport": sum(part.lines for part in found), "NumberOfBlocksInReport": sum(part.blocks for part in found)}
    said = {name: scan.foot.get(name, "") for name in counted}
    faults = [
        Fault(f"{name} is {said[name]} in the trailer, but the {len(found)} files have {count}", name)
        for name, count in counted.items()
        if said[name] and said[name] != str(count)
    ]
    if faults:
        raise Rejected("the files of the message do not agree with its trailer: " + "; ".join(fault.message for fault in faults), faults)


def _summed(scan: DsrScan, found: list[DsrScan]) -> DsrScan:
    whole = DsrScan.from_json(scan.to_json())
    for name, summary in whole.summaries.items():
        parts = [part.summaries[name] for part in found if name in part.summaries]
        for counted in ("lines", "line_usages", "line_revenue", "priced_lines", "returns", "rounded_lines"):
            setattr(summary, counted, sum(getattr(part, counted) for part in parts))
        summary.line_decimals = max(part.line_decimals for part in parts)
        if summary.line_usages > summary.usages + summary.rounded_lines:
            message = f"summary record {name} says {summary.usages} usages, the lines of all files have {summary.line_usages}"
            raise Rejected(message, [Fault(message, "Usages")])
    return whole
