"""What stands behind a settlement's lines, for its statements: the wholes of its months.

It follows from the plan and its totals, so that whoever writes statements, with the books or apart, says the same.
"""

from overtone.settlement.plan import Plan
from overtone.settlement.wholes import Wholes
from overtone.steps.settlement import passes
from overtone.stores import books as book_store


def parts_written(plan: Plan) -> list[tuple[str, str]]:
    """Every part that a settlement wrote, as (month, part)."""
    return [(month.month, part) for month in plan.months for part in plan.parts_written(month)]


def wholes_of(plan: Plan) -> Wholes:
    """Of a plan whose parts are written."""
    wholes = Wholes()
    wholes.count_runs(plan.runs)
    openings = passes.openings_of(plan, plan.months)
    for month in plan.months:
        pricing = openings[month.month].pricing
        if month.touched is None:
            wholes.of_month(month.month, pricing, book_store.final_totals(plan, month.month), plan.runs)
        else:
            wholes.of_deals(month.month, pricing)
    return wholes
