"""What each use costs: `per_output`, `micro_royalty` and `direct_play`, by figures worked out by hand."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overtone.errors import Rejected
from overtone.mechanisms import micro_royalty, tier_prices
from overtone.money import PICO
from tests.unit.stories import Story

GREATER = {"mechanism": "per_output", "rate": "0.01", "revenue_share": "0.5", "combine": "greater_of"}
DOWNLOADS = {"mechanism": "per_output", "rate": "1", "uses": ["download"]}


def song(*terms: dict[str, Any], **says: Any) -> Story:
    """One work of Ann's that half of an output is attributed to."""
    return Story().work("song", {"ann": "1"}).deal("deal", "ann", *terms, **says)


def half(story: Story, confidence: str = "1") -> Story:
    return story.output("o", {"song": "0.5"}, confidence=confidence)


def test_a_rate_times_attributed_quantity() -> None:
    told = half(song({"mechanism": "per_output", "rate": "0.004"})).used("o", 300).settled()
    assert told.paid() == {("ann", "song"): "0.6"}  # 300 x 0.5 x 0.004
    ((_, posting),) = told.lines()
    assert posting.quantity == 150 * 10**9


def test_a_share_of_attributed_revenue_in_the_currency_that_was_reported() -> None:
    story = half(song({"mechanism": "per_output", "revenue_share": "0.2"}))
    told = story.used("o", 1, "10", "USD").used("o", 1, "7", "EUR").settled()
    assert {key.currency: posting.amount for key, posting in told.lines()} == {"USD": 10**12, "EUR": 7 * 10**11}


def test_a_sum_owes_both_each_in_its_currency() -> None:
    terms = {"mechanism": "per_output", "rate": "0.01", "revenue_share": "0.1", "combine": "sum"}
    told = half(song(terms)).used("o", 100, "30", "EUR").settled()
    # 100 x 0.5 x 0.01 USD and 30 x 0.5 x 0.1 EUR
    assert {key.currency: posting.amount for key, posting in told.lines()} == {"USD": 5 * 10**11, "EUR": 15 * 10**11}


@pytest.mark.parametrize(
    ("plays", "revenue", "owed"),
    [
        (100, "1.99", "0.5"),  # by rate 100 x 0.5 x 0.01 = 0.50; by revenue 1.99 x 0.5 x 0.5 = 0.4975
        (100, "2", "0.5"),  # equal
        (100, "2.01", "0.5025"),
    ],
)
def test_the_greater_of_two_prices(plays: int, revenue: str, owed: str) -> None:
    assert half(song(GREATER)).used("o", plays, revenue).settled().paid() == {("ann", "song"): owed}


def test_where_both_prices_are_equal_the_revenue_share_is_owed() -> None:
    # 100 plays by rate 0.5; revenue 2 on one of the two uses only: owed is 0.5 for it, and nothing for the other.
    story = Story().work("one", {"ann": "1"}).work("two", {"bo": "1"}).deal("deal", None, GREATER)
    told = story.output("a", {"one": "1"}).output("b", {"two": "1"}).used("a", 50, "2").used("b", 50).settled()
    assert told.paid() == {("ann", "one"): "1"}


def test_the_greater_price_is_found_on_the_deals_month_not_play_by_play() -> None:
    # Play by play it would be 0.5 for the first and 0.25 for the second; the month says rate: 1.01 against 0.25 + 0.005.
    story = song(GREATER).output("o", {"song": "1"})
    told = story.used("o", 100, "0.01").used("o", 1, "0.5").settled()
    assert told.paid() == {("ann", "song"): "1.01"}


def test_across_currencies_the_posted_rate_decides_and_without_one_nothing_is_settled() -> None:
    story = half(song(GREATER)).used("o", 100, "2", "EUR")  # 0.5 USD by rate, 0.5 EUR by revenue
    with pytest.raises(Rejected, match="EUR to USD"):
        story.settled()
    story.facts["rates"] = {("EUR", "USD"): Fraction("1.1")}
    assert {key.currency: posting.amount for key, posting in story.settled().lines()} == {"EUR": 5 * 10**11}
    story.facts["rates"] = {("EUR", "USD"): Fraction("0.9")}
    assert {key.currency: posting.amount for key, posting in story.settled().lines()} == {"USD": 5 * 10**11}


def test_rates_of_one_month_in_two_currencies_are_compared_by_what_they_are_worth() -> None:
    # The deal goes over from yen to dollars: by rate 100 JPY and 1 USD, which is 2 USD; by revenue 20.5 USD.
    story = song(GREATER | {"rate": "1", "revenue_share": "1"}, currency="JPY").output("o", {"song": "1"})
    story.deal("deal", "ann", GREATER | {"rate": "1", "revenue_share": "1"}, since="2026-10-15")
    story.used("o", 100, "20", used_on="2026-10-14").used("o", 1, "0.5", used_on="2026-10-15")
    story.facts["rates"] = {("JPY", "USD"): Fraction("0.01")}
    assert {key.currency: posting.amount for key, posting in story.settled().lines()} == {"USD": 205 * 10**11}


def test_a_line_is_rounded_once_and_half_to_even() -> None:
    # 0.000000000001 x 0.5: half a pico a play. One play rounds to 0, three (1.5) to 2, five (2.5) to 2.
    for plays, pico in ((1, 0), (3, 2), (5, 2)):
        told = half(song({"mechanism": "per_output", "rate": "0.000000000001"})).used("o", plays).settled()
        assert sum(posting.amount for _, posting in told.lines()) == pico


def test_rounding_does_not_see_how_usage_was_cut() -> None:
    story = half(song({"mechanism": "per_output", "rate": "0.000000000001"}))
    for day in range(1, 6):
        story.used("o", 1, used_on=f"2026-10-{day:02d}")
    assert sum(posting.amount for _, posting in story.settled().lines()) == 2  # and not 0 five times


@pytest.mark.parametrize(
    ("sides", "key", "recording", "composition"),
    [
        ({"recording": "0.6", "composition": "0.4"}, "song", "6", "4"),
        ({"recording": "1", "composition": "0"}, "song", "10", None),
        (None, "song", "10", None),  # without sides: the side disclosed
        (None, "iswc:T0345246801", None, "10"),
        ({"recording": "0.6", "composition": "0.4"}, "iswc:T0345246801", None, "10"),  # a composition alone has that side alone
    ],
)
def test_each_side_is_paid_its_part_of_the_price(
    sides: dict[str, str] | None, key: str, recording: str | None, composition: str | None
) -> None:
    story = Story().work("tune", {"bo": "1"}, "composition", identifiers=["iswc:T0345246801"])
    story.work("song", {"ann": "1"}, composition="tune")
    story.deal("deal", None, {"mechanism": "per_output", "rate": "0.1"}, sides=sides)
    told = story.output("o", {key: "1"}).used("o", 100).settled()
    assert (told.paid().get(("ann", key)), told.paid().get(("bo", key))) == (recording, composition)


CONFIDENT = {"mechanism": "per_output", "rate": "1", "confidence": {"min": "0.6", "fallback": "suspense"}}


@pytest.mark.parametrize(("confidence", "who"), [("0.6", "ann"), ("0.599999999", "unattributed"), ("0.69", "ann"), ("0", "unattributed")])
def test_below_the_minimum_confidence_money_waits(confidence: str, who: str) -> None:
    assert half(song(CONFIDENT), confidence).used("o", 10).settled().paid() == {(who, "song"): "5"}


def test_confidence_is_seen_in_tenths_rounded_down() -> None:
    terms = CONFIDENT | {"confidence": {"min": "0.65", "fallback": "suspense"}}
    assert half(song(terms), "0.69").used("o", 10).settled().paid() == {("unattributed", "song"): "5"}
    assert half(song(terms), "0.7").used("o", 10).settled().paid() == {("ann", "song"): "5"}


def test_a_blend_pays_confidence_by_influence_and_the_rest_by_training() -> None:
    terms = {"mechanism": "per_output", "rate": "1", "blend": True, "confidence": {"fallback": "training", "basis": "weight"}}
    story = Story().work("song", {"ann": "1"}).work("other", {"bo": "1"}).deal("deal", None, terms)
    story.trained("run", {"song": "1", "other": "3"}).output("o", {"song": "0.5"}, confidence="0.85")
    # 100 x 0.5 x 1 = 50: 0.8 of it (40) by influence; 10 by the weights 1 and 3: 2.5 and 7.5.
    assert story.used("o", 100).settled().paid("per_output") == {("ann", "song"): "42.5", ("bo", "other"): "7.5"}


def test_the_fallback_follows_the_models_latest_run() -> None:
    terms = {"mechanism": "per_output", "rate": "1", "confidence": {"min": "0.5", "fallback": "training"}}
    story = Story().work("old", {"ann": "1"}).work("new", {"bo": "1"}).deal("deal", None, terms)
    story.trained("r1", {"old": "1"}, on="2026-07-01").trained("r2", {"new": "1"}, on="2026-09-01")
    story.trained("r3", {"old": "1"}, model="m2", on="2026-09-15").trained("r4", {"old": "1"}, on="2026-11-01")
    story.output("o", {"old": "1"}, confidence="0.1").used("o", 7)
    assert story.settled().paid("per_output") == {("bo", "new"): "7"}


def test_a_fallback_without_any_run_waits_until_there_is_one() -> None:
    terms = {"mechanism": "per_output", "rate": "1", "confidence": {"min": "0.5", "fallback": "training"}}
    story = half(song(terms), "0.1").used("o", 10)
    assert story.settled().paid() == {("unattributed", ""): "5"}
    assert story.trained("run", {"song": "1"}).settled().paid("per_output") == {("ann", "song"): "5"}


def test_the_unattributed_part_is_owed_only_where_a_deal_says_so() -> None:
    terms = {"mechanism": "per_output", "rate": "1", "confidence": {"min": "0.5", "fallback": "training"}}
    story = Story().work("song", {"ann": "1"}).trained("run", {"song": "1"}).output("o", {"song": "0.25"}).used("o", 100)
    assert story.deal("deal", None, terms).settled().paid() == {("ann", "song"): "25"}
    story.facts["deals"].clear()
    assert story.deal("deal", None, terms | {"unattributed": True}).settled().paid() == {("ann", "song"): "100"}


def test_a_deal_that_does_not_say_so_does_not_stand_in_the_way_of_one_that_does() -> None:
    unattributed = {"mechanism": "per_output", "rate": "1", "unattributed": True, "confidence": {"fallback": "suspense"}}
    story = Story().output("o", {}).used("o", 3, use="generation")
    story.deal("one", None, unattributed)
    story.deal("two", None, {"mechanism": "micro_royalty", "rate": "5"}, **{"from": "2026-02-01"})
    assert story.settled().paid() == {("unattributed", "unattributed"): "3"}


def test_only_the_uses_that_terms_name_are_priced() -> None:
    story = half(song({"mechanism": "per_output", "rate": "1", "uses": ["download"]}))
    assert story.used("o", 10).used("o", 4, use="download").settled().paid() == {("ann", "song"): "2"}


def test_a_micro_royalty_is_a_tariff_for_generations_by_influence() -> None:
    story = half(song({"mechanism": "micro_royalty", "rate": "0.0001"})).used("o", 3, use="generation").used("o", 500)
    assert story.settled().paid() == {("ann", "song"): "0.00015"}  # 3 x 0.5 x 0.0001; streams and the other half owe nothing


def test_a_direct_play_pays_the_owners_of_both_sides() -> None:
    story = Story().work("tune", {"bo": "0.5", "cy": "0.5"}, "composition")
    story.work("song", {"ann": "1"}, composition="tune", identifiers=["isrc:SEABC2600001"])
    terms = {"mechanism": "direct_play", "rate": "0.01", "revenue_share": "0.5", "combine": "sum"}
    story.deal("deal", None, terms, sides={"recording": "0.8", "composition": "0.2"})
    told = story.used("isrc:SEABC2600001", 100, "2").settled()
    # 100 x 0.01 + 2 x 0.5 = 2: 1.6 to the recording, 0.4 to the composition.
    assert told.paid() == {(who, "isrc:SEABC2600001"): amount for who, amount in (("ann", "1.6"), ("bo", "0.2"), ("cy", "0.2"))}


def test_a_term_prices_only_what_it_covers_itself() -> None:
    story = Story().work("song", {"ann": "1"}, identifiers=["isrc:SEABC2600001"]).output("o", {"song": "1"})
    story.deal("deal", "ann", {"mechanism": "direct_play", "rate": "1"}, {"mechanism": "per_output", "rate": "10"})
    told = story.used("isrc:SEABC2600001", 2).used("o", 3).settled()
    assert told.paid() == {("ann", "isrc:SEABC2600001"): "2", ("ann", "song"): "30"}


def test_most_favoured_deals_of_a_group_use_its_highest_rate_of_the_day() -> None:
    story = Story().work("one", {"ann": "1"}).work("two", {"bo": "1"}).output("o", {"one": "0.5", "two": "0.5"})
    story.deal("a", "ann", {"mechanism": "per_output", "rate": "1"}, mfn_group="g")
    story.deal("b", "bo", {"mechanism": "per_output", "rate": "3"}, mfn_group="g", **{"from": "2026-10-11"})
    story.used("o", 2, used_on="2026-10-10").used("o", 2, used_on="2026-10-11")
    assert story.settled().paid() == {("ann", "one"): "4", ("bo", "two"): "3"}  # 1 x 1 + 1 x 3, and 1 x 3


def test_what_a_month_owes_as_a_whole_follows_the_groups_best_on_the_terms_last_day() -> None:
    story = Story().work("one", {"ann": "1"}).output("o", {"one": "1"}).earned("1000")
    story.deal("a", "ann", {"mechanism": "revenue_pool", "share": "0.1", "basis": "influence"}, mfn_group="g")
    story.deal("a", "ann", {"mechanism": "micro_royalty", "rate": "0"}, mfn_group="g", since="2026-10-25")
    story.deal("b", "bo", {"mechanism": "revenue_pool", "share": "0.3", "basis": "influence"}, mfn_group="g", **{"from": "2026-10-18"})
    assert story.used("o", 2).settled().paid()["ann", "one"] == "300"


def test_in_a_group_uses_are_compared_whatever_order_they_are_named_in() -> None:
    story = Story().work("one", {"ann": "1"}).work("two", {"bo": "1"}).output("o", {"one": "0.5", "two": "0.5"}).used("o", 2)
    story.deal("a", "ann", {"mechanism": "per_output", "rate": "1", "uses": ["stream", "download"]}, mfn_group="g")
    story.deal("b", "bo", {"mechanism": "per_output", "rate": "3", "uses": ["download", "stream"]}, mfn_group="g")
    assert story.settled().paid() == {("ann", "one"): "3", ("bo", "two"): "3"}


def test_in_a_group_a_use_costs_the_best_that_any_deal_has_for_it_whatever_else_the_deals_price() -> None:
    """Who prices streams at 3 and names them alone raises the streams of a deal for all uses, and none of its downloads; and back."""
    story = Story().work("one", {"ann": "1"}).work("two", {"bo": "1"}).output("o", {"one": "0.5", "two": "0.5"})
    story.deal("a", "ann", {"mechanism": "per_output", "rate": "2", "uses": ["*"]}, mfn_group="g")
    story.deal("b", "bo", {"mechanism": "per_output", "rate": "3", "uses": ["stream"]}, DOWNLOADS, mfn_group="g")
    told = story.used("o", 2).used("o", 20, use="download").used("o", 200, use="remix").settled()
    assert told.paid() == {("ann", "one"): "223", ("bo", "two"): "23"}  # 1 x 3 + 10 x 2 + 100 x 2, and 1 x 3 + 10 x 2


def test_in_a_group_the_greater_of_two_prices_is_found_with_what_each_use_costs() -> None:
    story = Story().work("one", {"ann": "1"}).work("two", {"bo": "1"}).output("o", {"one": "1"})
    greater = {"mechanism": "per_output", "rate": "1", "revenue_share": "0.1", "combine": "greater_of"}
    story.deal("a", "ann", greater, mfn_group="g")
    story.deal("b", "bo", {"mechanism": "per_output", "rate": "3", "uses": ["download"]}, mfn_group="g")
    told = story.used("o", 10, "200").used("o", 5, "30", use="download").settled()
    assert told.paid() == {("ann", "one"): "25"}  # 10 x 1 + 5 x 3 by rate, 23 by revenue; by the rates of the deal alone 15


def test_a_group_raises_no_figure_that_tiers_stand_in_place_of() -> None:
    story = Story().work("one", {"ann": "1"}).work("two", {"bo": "1"}).trained("run", {"one": "1", "two": "1"})
    tiers = {"tiers": [{"from": "0", "rate": "1"}], "tier_period": "month"}
    story.deal("a", "ann", {"mechanism": "training_run", "fee": "4"} | tiers, mfn_group="g")
    story.deal("b", "bo", {"mechanism": "training_run", "fee": "5", "fee_per_work": "2"}, mfn_group="g")
    assert story.settled().paid() == {("ann", "one"): "6", ("bo", "two"): "7"}  # a fee of 5 each, and 1 or 2 for the work, not both


def test_what_a_deal_does_not_price_in_its_tail_raises_nobody() -> None:
    story = Story().work("one", {"ann": "1"}).work("two", {"bo": "1"}).trained("old", {"two": "1"}, on="2026-05-01")
    both = ({"mechanism": "training_run", "fee": "9"}, {"mechanism": "per_output", "rate": "3"})
    story.deal("b", "bo", *both, mfn_group="g", to="2026-09-30", tail=True).output("o", {"one": "0.5", "two": "0.5"}).used("o", 2)
    story.deal("a", "ann", {"mechanism": "training_run", "fee": "4"}, {"mechanism": "per_output", "rate": "1"}, mfn_group="g")
    told = story.trained("run", {"one": "1"}).settled()
    assert told.paid("training_run") == {("ann", "one"): "4"}
    assert told.paid("per_output") == {("ann", "one"): "3", ("bo", "two"): "3"}


def test_the_version_in_force_on_the_day_prices_it() -> None:
    story = song({"mechanism": "per_output", "rate": "1"}).output("o", {"song": "1"})
    story.deal("deal", "ann", {"mechanism": "per_output", "rate": "2"}, since="2026-10-15")
    story.used("o", 10, used_on="2026-10-14").used("o", 10, used_on="2026-10-15")
    assert story.settled().paid() == {("ann", "song"): "30"}


def test_money_that_fell_back_is_not_lost_when_later_terms_of_the_month_know_no_fallback() -> None:
    story = half(song({"mechanism": "per_output", "rate": "1", "confidence": {"min": "0.5", "fallback": "training"}}), "0.1")
    story.deal("deal", "ann", {"mechanism": "per_output", "rate": "1"}, since="2026-10-15").used("o", 10)
    assert story.settled().paid() == {("unattributed", ""): "5"}


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40))
def test_a_tiers_price_is_the_same_in_one_go_or_day_by_day(before: int, one: int, more: int) -> None:
    tiers = [{"from": "0", "rate": "0.5"}, {"from": "10", "rate": "0.25"}, {"from": "25", "rate": "0.1"}]
    terms = micro_royalty.Terms.model_validate({"mechanism": "micro_royalty", "tiers": tiers, "tier_period": "month"})
    use = 10**27
    whole = tier_prices.price(terms, before * use, (one + more) * use)
    assert whole == tier_prices.price(terms, before * use, one * use) + tier_prices.price(terms, (before + one) * use, more * use)
    by_hand = sum(Fraction(1, 2) if unit < 10 else Fraction(1, 4) if unit < 25 else Fraction(1, 10) for unit in range(before, before + one))
    assert tier_prices.price(terms, before * use, one * use) == by_hand * PICO
