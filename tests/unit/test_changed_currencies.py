"""A deal goes over to another currency: what counts several days, months or periods together never takes one currency for the other."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from overtone.mechanisms import minimum_guarantee, per_output, tier_prices
from overtone.mechanisms.scope import Revenue
from overtone.mechanisms.shape import Month, PoolPart, Term, Use
from overtone.mechanisms.totals import SHARED_UNITS, TotalKey, Totals
from overtone.money import PICO, format_amount
from overtone.scales import Pico
from overtone.settlement.coverage import to_party
from overtone.settlement.missing_rates import RatesMissing
from tests.unit.stories import Story
from tests.unit.test_explanation import explained, priced, stepped

PRICE = {"mechanism": "per_output", "rate": "1"}
QUARTER = ("2026-10", "2026-11", "2026-12")


def goes_over(*terms: dict[str, Any], since: str) -> Story:
    """Ann's deal is in yen, and in dollars from a day on; 100 yen are a dollar."""
    story = Story().work("song", {"ann": "1"}).output("o", {"song": "1"})
    story.deal("deal", "ann", *terms, currency="JPY").deal("deal", "ann", *terms, since=since)
    story.facts["rates"] = {("JPY", "USD"): Fraction("0.01")}
    return story


def guaranteed(period: str, **says: Any) -> tuple[dict[str, Any], ...]:
    return PRICE, {"mechanism": "minimum_guarantee", "amount": "100", "period": period} | says


def topped_up(story: Story) -> dict[tuple[str, str], int]:
    """What guarantees come to for works, by month and currency."""
    lines = story.settled(*QUARTER).lines("minimum_guarantee")
    return {(key.usage_month, key.currency): posting.amount // PICO for key, posting in lines if key.work_key}


def test_lines_in_the_currency_of_before_do_not_fill_a_quarter_s_guarantee() -> None:
    story = goes_over(*guaranteed("quarter"), since="2026-11-01").used("o", 60).used("o", 30, used_on="2026-11-05")
    # October's 60 yen are no dollars: of the quarter's 100 USD there are 30, and what is missing is November's alone.
    assert topped_up(story) == {("2026-11", "USD"): 70}


def test_lines_that_were_in_the_later_currency_all_along_fill_it() -> None:
    share = {"mechanism": "per_output", "revenue_share": "1"}
    story = goes_over(share, guaranteed("quarter")[1], since="2026-11-01").used("o", 1, "60").used("o", 1, "20", used_on="2026-11-05")
    assert topped_up(story) == {("2026-10", "USD"): 15, ("2026-11", "USD"): 5}


def test_what_was_topped_up_in_the_currency_of_before_is_paid_back_by_what_it_is_worth() -> None:
    story = goes_over(*guaranteed("month", recoupable=True), since="2026-11-01")
    story.used("o", 40).used("o", 150, used_on="2026-11-05").used("o", 150, used_on="2026-12-05")
    # October lacks 60 yen, which are 0.6 USD: November's surplus of 50 USD pays that back, and nothing is left for December's.
    lines = story.settled(*QUARTER).lines("minimum_guarantee")
    assert [(key.usage_month, key.currency, posting.amount) for key, posting in lines] == [
        ("2026-10", "JPY", 60 * PICO),
        ("2026-11", "USD", -6 * PICO // 10),
    ]


def test_what_was_settled_before_lines_were_summed_by_currency_is_explained_by_its_own_sums() -> None:
    terms = minimum_guarantee.Terms.model_validate({"mechanism": "minimum_guarantee", "amount": "100", "period": "quarter"})
    term, totals = Term("deal", 0, "lab", "USD", terms), Totals()
    kept = TotalKey("deal", "minimum_guarantee", 0, "lines", of="quarter 2026-12")
    totals.add(kept, 30)
    uses = [Use("line", "lab", "2026-10-31", currency=currency, amount=Pico(30)) for currency in ("USD", "JPY")]
    parts = [part for use in uses for part in minimum_guarantee.entitle(term, use, to_party("deal", "ann"), totals)]
    assert parts == [PoolPart(kept, 30)]


SHARES = [{"from": "0", "revenue_share": "0.5"}, {"from": "100", "revenue_share": "0.1"}]


def amounts(story: Story, *months: str) -> dict[tuple[str, str], str]:
    """What the one owner has, by month and currency."""
    return {
        (key.usage_month, key.currency): format_amount(posting.amount) for key, posting in story.settled(*months).lines() if key.party_id
    }


def test_tiers_of_revenue_count_all_currencies_in_the_deal_s_and_owe_in_each() -> None:
    """60 dollars, then 60 euro that are worth 120 and 30 dollars on one day: 40 at a half and 110 at a tenth are 31 of 150."""
    story = Story().work("song", {"ann": "1"}).output("o", {"song": "1"})
    story.deal("deal", "ann", {"mechanism": "per_output", "tiers": SHARES, "tier_period": "deal"})
    story.facts["rates"] = {("EUR", "USD"): Fraction(2)}
    story.used("o", 1, "60", used_on="2026-09-01").used("o", 1, "60", "EUR").used("o", 1, "30")
    assert amounts(story, "2026-09", "2026-10") == {("2026-09", "USD"): "30", ("2026-10", "EUR"): "12.4", ("2026-10", "USD"): "6.2"}


def test_tiers_of_a_pool_count_reports_of_all_currencies() -> None:
    story = Story().work("song", {"ann": "1"}).output("o", {"song": "1"})
    story.deal("deal", "ann", {"mechanism": "revenue_pool", "tiers": SHARES, "tier_period": "year", "basis": "usage"})
    story.facts["rates"] = {("EUR", "USD"): Fraction(2)}
    story.used("o", 1, used_on="2026-09-01").used("o", 1).earned("60", month="2026-09")
    story.earned("60", currency="EUR").earned("30")
    assert amounts(story, "2026-09", "2026-10") == {("2026-09", "USD"): "30", ("2026-10", "EUR"): "12.4", ("2026-10", "USD"): "6.2"}


@pytest.mark.parametrize("mechanism", ["per_output", "revenue_pool"])
def test_tiers_of_revenue_lack_the_rate_by_which_they_would_count(mechanism: str) -> None:
    story = Story().work("song", {"ann": "1"}).output("o", {"song": "1"})
    more = {"basis": "usage"} if mechanism == "revenue_pool" else {}
    story.deal("deal", "ann", {"mechanism": mechanism, "tiers": SHARES, "tier_period": "deal"} | more)
    story.used("o", 1, "60", "EUR").earned("60", currency="EUR")
    with pytest.raises(RatesMissing) as missing:
        story.settled()
    assert {(lack.deal_id, lack.source, lack.target) for lack in missing.value.lacks} == {("deal", "EUR", "USD")}


def test_one_tier_of_revenue_needs_no_rate() -> None:
    story = Story().work("song", {"ann": "1"}).output("o", {"song": "1"})
    story.deal("deal", "ann", {"mechanism": "per_output", "tiers": SHARES[:1], "tier_period": "deal"})
    assert amounts(story.used("o", 1, "60", "EUR")) == {("2026-10", "EUR"): "30"}


def test_tiers_say_what_revenue_of_another_currency_counts_and_owes() -> None:
    tiers = [{"from": "0", "revenue_share": "0.5"}, {"from": "60", "revenue_share": "0.1"}]
    pool = {"mechanism": "revenue_pool", "tiers": tiers, "tier_period": "year", "basis": "usage"}
    reports = (Revenue("EUR", Pico(100 * PICO), 0, report_id="r"),)
    assert stepped(explained(priced(pool, reports=reports, rates={("EUR", "USD"): Fraction("1.2")})))[1:] == [
        ("counted in the year before this month: 0 USD of revenue", ""),
        ("60 USD of revenue in the tier from 0 x 0.5: 30", ""),
        ("60 USD of revenue in the tier from 60 x 0.1: 6", ""),
        ("what 100 EUR are of 120 USD of revenue", "30"),
    ]


def test_the_tier_that_is_reached_is_that_of_all_currencies_together() -> None:
    term = Term(
        "deal", 0, "lab", "USD", per_output.Terms.model_validate({"mechanism": "per_output", "tiers": SHARES, "tier_period": "year"})
    )
    totals, october = Totals(), Month("2026-10", "2026-10-31", "2026-10", {}, {("EUR", "USD"): Fraction(2)})
    days = [term.name(SHARED_UNITS, of=f"2026-10-0{day}", currency=currency) for day, currency in ((1, "USD"), (2, "EUR"))]
    for day in days:
        totals.add(day, 40 * 10**39)
    assert tier_prices.reached(term, "2026-10", totals) == 1  # as an earlier version kept the totals: each by itself
    assert [pool.amount for day in days if (pool := tier_prices.pool(term, day, october, totals))] == [20 * PICO, 16 * PICO]
    assert tier_prices.reached(term, "2026-10", totals) == 2
