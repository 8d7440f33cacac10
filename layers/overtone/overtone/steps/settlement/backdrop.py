"""What stands behind a settlement's lines, for its statements: the wholes of its months, and what its works are called elsewhere.

It follows from the plan, its totals and its parts, so that whoever writes statements, with the books or apart, says the same.
"""

from collections.abc import Iterable
from itertools import chain, islice
from typing import Final

from overtone.payout.income import Backdrop, Names
from overtone.settlement import part_file
from overtone.settlement.plan import RESIDUE_PART, Plan
from overtone.settlement.wholes import Wholes
from overtone.steps.settlement import passes
from overtone.stores import books as book_store
from overtone.stores import line_objects

NAMES_MAX: Final = 1_000_000
"""Works whose identifiers are at hand while statements are written: 200 MB. Beyond them a statement has the line's own key alone."""


def made(plan: Plan) -> list[tuple[str, str]]:
    """Every part that a settlement wrote, as (month, part)."""
    return [
        (month.month, part) for month in plan.months for part in (*plan.parts_of(month), *([RESIDUE_PART] if month.touched is None else []))
    ]


def of(plan: Plan) -> Backdrop:
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
    return Backdrop(wholes, _names(part_file.decode(line_objects.lines_of(book_store.part_key(plan, *one))).names for one in made(plan)))


def _names(parts: Iterable[Names]) -> Names:
    return dict(islice(chain.from_iterable(names.items() for names in parts), NAMES_MAX))
