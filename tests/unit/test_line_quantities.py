"""What a line says that it counts: each use once, in the lines that its money stands in, and in no other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from overtone.money import NANO
from tests.unit.stories import Story

if TYPE_CHECKING:
    from tests.unit.stories import Told


def quantities(told: Told) -> dict[tuple[str, str, str], int]:
    """By party, work and currency, of lines about works."""
    return {(k.party_id, k.work_id, k.currency): p.quantity // NANO for k, p in told.lines() if k.work_key}


def song() -> Story:
    return Story().work("song", {"ann": "1"}).output("o", {"song": "1"})


def test_a_work_that_is_paid_for_by_itself_is_counted_in_training_without_a_fee_for_the_run_too() -> None:
    for price in ({"fee_per_work": "2"}, {"fee": "3"}, {"fee": "3", "fee_per_work": "2"}):
        story = song().deal("deal", "ann", {"mechanism": "training_run", **price}).trained("run", {"song": "5"})
        assert quantities(story.settled()) == {("ann", "song", "USD"): 1}


def test_uses_whose_revenue_tiers_share_are_counted_in_the_currency_of_their_revenue() -> None:
    for price in ({"tiers": [{"from": "0", "revenue_share": "0.5"}], "tier_period": "month"}, {"revenue_share": "0.5"}):
        story = song().deal("deal", "ann", {"mechanism": "per_output", **price})
        told = story.used("o", 10, "4").used("o", 7, "3", "EUR").used("o", 2, "1", used_on="2026-10-06").settled()
        assert quantities(told) == {("ann", "song", "USD"): 12, ("ann", "song", "EUR"): 7}


def test_uses_of_a_pool_are_counted_on_both_sides_of_a_change_of_the_deals_currency() -> None:
    pool = {"mechanism": "revenue_pool", "share": "0.1", "basis": "usage"}
    story = song().deal("deal", "ann", pool).deal("deal", "ann", pool, currency="EUR", since="2026-10-15")
    told = story.used("o", 10).used("o", 7, used_on="2026-10-15").earned("100").settled()
    assert quantities(told) == {("ann", "song", "USD"): 17}


def test_a_line_of_a_pool_is_rounded_once_also_where_the_deals_currency_changes_within_the_month() -> None:
    pool = {"mechanism": "revenue_pool", "share": "1", "basis": "usage"}
    story = Story().work("one", {"ann": "1"}).work("two", {"bo": "1"}).output("a", {"one": "1"}).output("b", {"two": "1"})
    story.deal("deal", None, pool).deal("deal", None, pool, currency="EUR", since="2026-10-15").earned("0.000000000011")
    told = story.used("a", 1).used("a", 1, used_on="2026-10-15").used("b", 1).settled()
    # Of 11 pico two thirds are 7, and one third is 3; by halves of the month Ann's were 3 and 3.
    assert told.paid() == {("ann", "one"): "0.000000000007", ("bo", "two"): "0.000000000003", ("residue", ""): "0.000000000001"}
