"""What is known of a generated output: who owns it, its disclosures, its usage by month."""

from collections.abc import Callable
from typing import Any

from overtone import money
from overtone.errors import NotFound
from overtone.facts.outputs import OutputDisclosure
from overtone.facts.usage import OUTPUT
from overtone.facts.usage_kinds import StoredUse
from overtone.identifiers import slug
from overtone.partitions import Partition
from overtone.scales import Pico
from overtone.stores import accruals as accrual_store
from overtone.stores import outputs as output_store
from overtone.stores import subjects as subject_store


def view(output_id: str, may_read: Callable[[str], bool]) -> dict[str, Any]:
    """The output as a caller may see it: disclosures are for all, usage is for its reporter; raises `NotFound`."""
    current = output_store.find_all([slug(output_id)]).get(output_id)
    used = _usage_by_month(output_id, may_read)
    if current is None and not used:
        raise NotFound(f"nothing is known of the output {output_id!r}")
    owner = current.claimed.licensee if current else None
    disclosures = [_shown(claimed) for claimed in output_store.history(output_id) if claimed.licensee == owner]
    return {
        "output_id": output_id,
        "licensee": owner,
        "current": _shown(current.claimed) if current else None,
        "disclosures": disclosures,
        "usage": used,
    }


def _shown(claimed: OutputDisclosure) -> dict[str, Any]:
    report = {"report_id": claimed.report, "accepted_at": claimed.accepted_at, **claimed.method._asdict()}
    return {**claimed.disclosed.to_json(), **report}


def _usage_by_month(output_id: str, may_read: Callable[[str], bool]) -> list[dict[str, Any]]:
    """Quantity and revenue after deduplication, by month, reporter, use and currency."""
    sums: dict[tuple[str, str, str, str], list[int]] = {}
    for name in sorted(subject_store.holding([OUTPUT + output_id])):
        partition = Partition.parse(name)
        if not may_read(partition.reporter):
            continue
        for use, currency, quantity, revenue in accrual_store.used(partition, OUTPUT + output_id):
            known = sums.setdefault((partition.scope[:7], partition.reporter, use, currency), [0, 0])
            known[0] += quantity
            known[1] += revenue
    return [_line(key, *values) for key, values in sorted(sums.items())]


def _line(key: tuple[str, str, str, str], quantity: int, revenue: int) -> dict[str, Any]:
    month, reporter, use, currency = key
    line: dict[str, Any] = {"month": month, "reporter": reporter, **StoredUse.of(use).shown(), "quantity": quantity}
    return line | ({"revenue": money.format_amount(Pico(revenue)), "currency": currency} if currency else {})
