"""Reconciliation: that every record which got a receipt is accounted for, and that every unit of usage is in some row."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from overtone.facts.accrual_pages import UsageColumns
from overtone.money import NANO, format_amount, stored_amount

COUNTED: Final = ("accrued", "duplicates", "superseded", "conflicts", "withdrawn", "waiting_for_accrual", "waiting_for_attribution")


class Batch(NamedTuple):
    """A batch's receipt, and what became of its records."""

    batch_id: str
    received: int
    accepted: int
    counts: Mapping[str, int]
    replaced: int = 0
    """Voids of records that the batch's own replace; they are accounted for beside the accepted."""

    def line(self) -> dict[str, Any]:
        """The batch in the report."""
        counts = {name: self.counts[name] for name in COUNTED}
        rejected = self.received - self.accepted
        return {"batch_id": self.batch_id, "received": self.received, "accepted": self.accepted, "rejected": rejected, **counts} | (
            {"replaced": self.replaced} if self.replaced else {}
        )

    def balanced(self) -> bool:
        """Whether each accepted record is exactly one of what a record can be."""
        return self.accepted + self.replaced == sum(self.counts[name] for name in COUNTED)


def report(
    party: str, day: str, batches: Iterable[Batch], others: Iterable[Mapping[str, Any]], elsewhere: Mapping[str, Any]
) -> dict[str, Any]:
    """What a party sent on a day: every batch, the totals, and whether they add up."""
    found = sorted(batches)
    lines = [batch.line() for batch in found]
    names = ("received", "accepted", "rejected", *COUNTED)
    totals = {name: sum(int(line[name]) for line in lines) for name in names}
    unbalanced = [batch.batch_id for batch in found if not batch.balanced()]
    stated = {"party": party, "day": day, "totals": totals, "balanced": not unbalanced, "unbalanced": unbalanced}
    return {**stated, **elsewhere, "batches": lines, "reports": sorted(others, key=lambda other: (other["kind"], other["id"]))}


class ReconciledSums:
    """Quantity, and revenue by currency, of each partition's rows."""

    def __init__(self) -> None:
        self._quantity: dict[str, int] = {}
        self._revenue: dict[tuple[str, str], int] = {}

    def add(self, partition: str, columns: UsageColumns) -> None:
        """Count a page's entries."""
        self._quantity[partition] = self._quantity.get(partition, 0) + sum(columns.quantity)
        for place, revenue in zip(columns.place, columns.revenue, strict=True):
            key = (partition, columns.currency(place))
            self._revenue[key] = self._revenue.get(key, 0) + revenue

    def difference(self, partition: str, quantity: int, revenue: Mapping[str, str]) -> str:
        """In what a partition's rows differ from its summary; empty where in nothing."""
        found = []
        if self._quantity.get(partition, 0) != quantity * NANO:
            found.append(f"quantity {quantity}, rows {self._quantity.get(partition, 0)} of 1e-9")
        currencies = {currency for name, currency in self._revenue if name == partition and currency} | set(revenue)
        for currency in sorted(currencies):
            said, have = stored_amount(revenue.get(currency, "0")), self._revenue.get((partition, currency), 0)
            if have != said * NANO:
                found.append(f"revenue {format_amount(said)} {currency}, rows {have} of 1e-21")
        return "; ".join(found)
