"""What stands behind a settlement's lines: its months as they were opened, with their totals, and for its statements their wholes.

It follows from the plan and its totals, so that whoever writes statements, with the books or apart, says the same.
"""

from collections.abc import Mapping
from typing import NamedTuple

from overtone.mechanisms.totals import Totals
from overtone.rights.versions import Entity
from overtone.settlement.deals import Deal
from overtone.settlement.plan import Plan
from overtone.settlement.wholes import Wholes
from overtone.steps.settlement import passes
from overtone.stores import books as book_store
from overtone.stores import registry as registry_store
from overtone.stores.month_parts import MonthParts


class PlanMonths(NamedTuple):
    """The deals, and the months of a plan, each once: as they are read, and with all pools open those that were looked at whole."""

    deals: Mapping[str, Entity[Deal]]
    months: Mapping[str, MonthParts]
    totals: Mapping[str, Totals]

    @classmethod
    def of(cls, plan: Plan, last: int | None = None) -> "PlanMonths":
        """Of a plan whose parts are written, or are about to be; `last` is the last round of its totals, from whoever knows it."""
        whole = [month.month for month in plan.months if month.touched is None]
        deals = registry_store.deals()
        return cls(deals, passes.parts_of(plan, deals), book_store.final_totals(plan, whole, last))


def parts_written(plan: Plan) -> list[tuple[str, str]]:
    """Every part that a settlement wrote, as (month, part)."""
    return [(month.month, part) for month in plan.months for part in plan.parts_written(month)]


def wholes_of(plan: Plan, behind: PlanMonths) -> Wholes:
    """Of a plan whose parts are written."""
    wholes = Wholes()
    wholes.count_runs(plan.runs)
    for month, parts in behind.months.items():
        if month in behind.totals:
            wholes.of_month(month, parts.pricing, behind.totals[month], plan.runs)
        else:
            wholes.of_deals(month, parts.pricing)
    return wholes
