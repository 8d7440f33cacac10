"""What each licensee's usage of a month costs the operator, reckoned from what accrual noted of its partitions."""

from typing import Any, Final

from overtone.facts import costs
from overtone.facts.costs import NOTHING, Figures
from overtone.money import format_amount
from overtone.partitions import Partition
from overtone.prices import Prices
from overtone.scales import Pico
from overtone.stores import accruals

MILLION: Final = 1_000_000


def listing(month: str, after: str, limit: int) -> tuple[list[dict[str, Any]], str]:
    """Licensees behind `after`, in order, and the last of the page ("" where no more follow)."""
    partitions: dict[str, list[Figures]] = {}
    for item in accruals.summaries(month):
        partition = Partition.parse(item["sk"])
        if partition.kind == "usage" and partition.reporter > after:
            partitions.setdefault(partition.reporter, []).append(_figures(item))
    names = sorted(partitions)
    shown = [_shown(name, partitions[name]) for name in names[:limit]]
    return shown, names[limit - 1] if len(names) > limit else ""


def _figures(item: dict[str, Any]) -> Figures:
    records = int(item["records"])
    noted = item.get("bytes") or {}
    usage = int(noted.get("usage", records * costs.RECORD_BYTES))
    return Figures(records, int(item["batches"]), usage, int(noted.get("accruals", 0)), int(noted.get("subjects", 0)))


def _shown(licensee: str, partitions: list[Figures]) -> dict[str, Any]:
    known, parts, prices = NOTHING, dict[str, int](), Prices()
    for figures in partitions:
        known = known.plus(figures)
        for part, amount in costs.priced(figures, prices).items():
            parts[part] = parts.get(part, 0) + amount
    whole = sum(parts.values())
    return {
        "licensee": licensee,
        "records": known.records,
        "batches": known.batches,
        "partitions": len(partitions),
        "usage_bytes": known.usage_bytes,
        "accrual_bytes": known.accrual_bytes,
        "usd": {part: format_amount(Pico(amount)) for part, amount in parts.items()} | {"all": format_amount(Pico(whole))},
        "usd_per_million_records": format_amount(Pico(whole * MILLION // max(1, known.records))),
    }
