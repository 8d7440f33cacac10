"""The sum that a statement calls a payee's amount a share of: what all lines of a deal's mechanism come to, or nothing is said of it."""

from typing import Any

import pytest

from overtone.money import PICO
from overtone.settlement.plan import RunHeader
from overtone.settlement.wholes import Wholes
from tests.unit.scenarios import Settlement
from tests.unit.stories import LAB, Story

MONTHS = ("2026-10", "2026-11", "2026-12")
RUNS = [RunHeader("2026-10-10", LAB, "run-1", "m1"), RunHeader("2026-10-20", LAB, "run-2", "m1")]


def shared(story: Story) -> tuple[dict[str, int], dict[str, int]]:
    """The wholes of a story by month, and what its lines come to, in whole dollars."""
    settlement, wholes = Settlement(story.facts), Wholes()
    outcome, lines = settlement.settle(MONTHS), dict[str, int]()
    for key, posting in outcome.postings.items():
        lines[key.usage_month] = lines.get(key.usage_month, 0) + posting.amount
    for month, opening in settlement.openings.items():
        wholes.of_month(month, opening.pricing, settlement.totals[month], RUNS)
    sums = {key.usage_month: pico // PICO for key, pico in wholes.sums.items()}
    assert len(sums) == len(wholes.sums), "of one deal in one currency"
    return sums, {month: pico // PICO for month, pico in lines.items()}


@pytest.mark.parametrize(
    ("used", "whole", "paid"),
    [
        ((9, 0, 1), {"2026-10": -40, "2026-12": 600}, {"2026-10": 500, "2026-12": 60}),
        ((0, 1, 9), {"2026-12": 560}, {"2026-11": 60, "2026-12": 500}),
        ((2, 2, 2), {"2026-12": 600}, {"2026-10": 200, "2026-11": 200, "2026-12": 200}),
    ],
)
def test_of_a_quarter_s_fee_what_a_month_s_cap_took_is_not_shared(used: Any, whole: dict[str, int], paid: dict[str, int]) -> None:
    """Capped in October and due in December it was counted in both: of 1,100 the owner of all that was used had a half."""
    fee = {"mechanism": "licence_fee", "fee": {"amount": "600", "per": "quarter"}, "basis": "usage"}
    story = Story().work("one", {"ann": "1"}).deal("d", "ann", fee | {"cap": {"amount": "500", "per": "month"}}).output("o", {"one": "1"})
    for month, quantity in zip(MONTHS, used, strict=True):
        if quantity:
            story.used("o", quantity, used_on=f"{month}-05")
    assert shared(story) == (whole, paid)
    assert sum(whole.values()) == sum(paid.values())


PER_WORK = {"mechanism": "training_run", "fee_per_work": "7"}
FEE = {"mechanism": "training_run", "fee": "100"}


def test_a_training_fee_is_a_whole_where_nothing_is_paid_per_work_beside_it() -> None:
    def trained(*terms: dict[str, Any], amended: tuple[dict[str, Any], ...] = ()) -> Story:
        story = Story().work("one", {"ann": "1"}).deal("d", "ann", *terms)
        if amended:
            story.deal("d", "ann", *amended, since="2026-10-15", **{"from": "2026-10-15"})
        return story.trained("run-1", {"one": "1"}, on="2026-10-10").trained("run-2", {"one": "1"}, on="2026-10-20")

    assert shared(trained(FEE)) == ({"2026-10": 200}, {"2026-10": 200})
    assert shared(trained(FEE, PER_WORK)) == ({}, {"2026-10": 214}), "of 200 the owner of all had 107 percent"
    assert shared(trained(FEE | PER_WORK, amended=(FEE,))) == ({}, {"2026-10": 207}), "also where that ends within the month"
