"""Sales reports as senders write them, and what is read of them."""

from typing import TYPE_CHECKING, Any

from overtone.facts import sheets
from overtone.facts.mapping import Mapping
from overtone.facts.sheets import Checked
from overtone.formats import blocks, dsr_layouts
from overtone.formats.dsr import DsrScan
from overtone.formats.usage_file import UsageSlice, first_pass, format_of

if TYPE_CHECKING:
    from collections.abc import Iterator


TODAY = "2026-11-05"

ISRCS = [f"SEABC26{n:05d}" for n in range(9)]


def row(record_type: str, **cells: object) -> str:
    names = dsr_layouts.LAYOUTS[record_type[:4]]
    assert set(cells) <= set(names), set(cells) - set(names)
    return "\t".join([record_type, *(str(cells.get(name, "")) for name in names)])


def head(profile: str, version: str, message: str = "M1", **more: object) -> str:
    named = {"MessageVersion": "dsrf/30", "Profile": profile, "ProfileVersion": version, "MessageId": message, "SenderPartyId": "P"}
    dated = {"MessageCreatedDateTime": "2026-11-01T00:00:00Z", "UsageStartDate": "2026-10-01", "UsageEndDate": "2026-10-31"}
    return row("HEAD", FileNumber=1, NumberOfFiles=1, **(named | dated | more))


def summary(record_type: str, name: str = "1", *, usages: object, revenue: object, **more: object) -> str:
    said = {"CommercialModel": "SubscriptionModel", "UseType": "Stream", "Territory": "SE", "ServiceDescription": "svc", "Currency": "EUR"}
    return row(record_type, SummaryRecordId=name, Usages=usages, NetRevenue=revenue, **(said | more))


def footed(lines: list[str], blocks_: int) -> bytes:
    summaries = sum(1 for line in lines if line.startswith("SY"))
    count = len(lines) + 1
    flat = "SRB\t" in lines[0]
    foot = f"SRFO\t{count}\t{summaries}" if flat else f"FOOT\t{count}\t{count}\t{summaries}\t{blocks_}\t{blocks_}"
    return ("\n".join([*lines, foot]) + "\n").encode()


def read(raw: bytes, *, size: int = 400) -> tuple[DsrScan, list[Checked]]:
    """Both passes, each part resumed from its offset."""
    form, old = format_of("dsr.tsv", Mapping(), "f"), blocks.blocks.__kwdefaults__
    blocks.blocks.__kwdefaults__ = {"size": size}
    try:
        _, scan = first_pass(form, iter([raw]))
        parts, offset, first, state = [], 0, 0, None
        cuts: Iterator[UsageSlice] = form.cuts(iter([raw[offset:]] if offset < len(raw) else []), scan, state, first)
        for cut in cuts:
            parts.append(sheets.check(cut.sheet, "dsp", TODAY, summed=True))
            offset, first, state = offset + cut.size, first + cut.sheet.received, cut.state
        return DsrScan.from_json(scan), parts
    finally:
        blocks.blocks.__kwdefaults__ = old


def kept(parts: list[Checked]) -> list[dict[str, Any]]:
    return [part.records.to_json(number) for part in parts for number in range(part.accepted)]


def one(usage: str, resource: str = "", summaries: list[str] | None = None, more: list[str] | None = None) -> bytes:
    resource = resource or row("AS02.04", BlockId=1, ResourceReference="R1", ISRC=ISRCS[0])
    lines = [head("BasicAudioProfile", "1.4"), *(summaries or [summary("SY02.04", usages=10, revenue=1)]), *(more or []), resource, usage]
    return footed(lines, 1)


def sale(**cells: object) -> str:
    given_ = {"BlockId": 1, "SummaryRecordId": 1, "SalesTransactionId": "T", "TransactedResource": "R1", "Usages": 10}
    return row("SU02.03", **(given_ | cells))
