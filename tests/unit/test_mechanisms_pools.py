"""What is owed as a whole and shared: fees, revenue pools, buyouts, advances, guarantees, liquidations, by figures worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from overtone.money import PICO
from tests.unit.stories import LAB, Story, mandate

FEE = {"mechanism": "training_run", "fee": "10"}


def pair(*terms: dict[str, Any], licensor: str | None = None, **says: Any) -> Story:
    """Two works, Ann's and Bo's."""
    return Story().work("one", {"ann": "1"}).work("two", {"bo": "1"}).deal("deal", licensor, *terms, **says)


# --- training runs


def test_a_fee_is_shared_equally_or_by_weight() -> None:
    works = {"one": "1.5", "two": "4.5"}
    assert pair(FEE).trained("run", works).settled().paid() == {("ann", "one"): "5", ("bo", "two"): "5"}
    by_weight = pair(FEE | {"split": "weight"}).trained("run", works)
    assert by_weight.settled().paid() == {("ann", "one"): "2.5", ("bo", "two"): "7.5"}


def test_every_run_owes_a_fee_and_a_run_without_a_covered_share_none() -> None:
    story = pair(FEE, licensor="ann").trained("r1", {"one": "1", "two": "1"}).trained("r2", {"one": "1"}, model="m2")
    assert story.trained("r3", {"two": "1"}).settled().paid() == {("ann", "one"): "20"}


def test_a_fee_for_each_work_follows_the_share_that_is_covered() -> None:
    story = Story().work("one", {"ann": "0.25", "bo": "0.75"})
    story.deal("deal", "ann", {"mechanism": "training_run", "fee_per_work": "2"})
    assert story.trained("run", {"one": "1"}).settled().paid() == {("ann", "one"): "0.5"}


def test_a_run_whose_works_weigh_nothing_owes_its_fee_all_the_same() -> None:
    story = pair(FEE | {"split": "weight"}).trained("run", {"one": "0", "two": "0"})
    assert story.settled().paid() == {("unattributed", ""): "10"}


def test_what_division_leaves_is_residue() -> None:
    story = Story().deal("deal", None, {"mechanism": "training_run", "fee": "0.00000000001"})  # ten pico for three works
    for name in ("one", "two", "six"):
        story.work(name, {"ann": "1"})
    told = story.trained("run", {"one": "1", "two": "1", "six": "1"}).settled()
    assert told.paid() == {("ann", name): "0.000000000003" for name in ("one", "two", "six")} | {("residue", ""): "0.000000000001"}


# --- revenue pools


@pytest.mark.parametrize(
    ("basis", "one", "two"),
    [
        ("influence", "75", "25"),  # outputs: 30 and 10
        ("usage", "37.5", "62.5"),  # and plays: 30 and 10 + 40
        ("equal", "50", "50"),
        ("training", "100", None),  # the lab's own model was trained on `one` alone
    ],
)
def test_a_pool_follows_its_basis(basis: str, one: str, two: str | None) -> None:
    story = pair({"mechanism": "revenue_pool", "share": "0.1", "basis": basis})
    story.facts["works"]["two"][0]["content"]["identifiers"] = ["isrc:SEABC2600002"]
    story.output("o", {"one": "0.75", "isrc:SEABC2600002": "0.25"}).used("o", 40).used("isrc:SEABC2600002", 40)
    story.trained("run", {"one": "1"}, on="2026-09-01").trained("other", {"two": "1"}, licensee="gnu", model="g1")
    told = story.earned("1000").settled()
    by_party = {party: sum(p.amount for k, p in told.lines() if k.party_id == party) for party in ("ann", "bo")}
    assert by_party == {"ann": int(float(one) * PICO), "bo": int(float(two or 0) * PICO)}


@pytest.mark.parametrize(("net", "owed"), [("1000", "30"), ("99", "3"), ("100", "3"), ("101", "3.03")])
def test_a_pool_is_not_less_than_its_minimum_for_each_subscriber(net: str, owed: str) -> None:
    terms = {"mechanism": "revenue_pool", "share": "0.03", "minimum_per_subscriber": "0.3", "basis": "influence"}
    story = pair(terms).output("o", {"one": "1"}).used("o", 1).earned(net, subscribers=10)  # at least 3
    assert story.settled().paid() == {("ann", "one"): owed}


def test_the_latest_revision_of_a_revenue_report_counts() -> None:
    story = pair({"mechanism": "revenue_pool", "share": "0.5", "basis": "influence"}).output("o", {"one": "1"}).used("o", 1)
    assert story.earned("8", revision=1).earned("6").settled().paid() == {("ann", "one"): "4"}


def test_a_pool_that_nobody_shares_in_waits() -> None:
    story = pair({"mechanism": "revenue_pool", "share": "0.5", "basis": "influence"}).earned("8")
    assert story.settled().paid() == {("unattributed", ""): "4"}


def test_an_equal_pool_counts_every_holder_of_a_work_once_also_those_who_wait() -> None:
    story = Story().work("one", {"ann": "0.5", "bo": "0.5"}, permissions={}).work("two", {"cy": "1"})
    story.deal("deal", None, {"mechanism": "revenue_pool", "share": "1", "basis": "equal"}).earned("8")
    story.output("o", {"one": "0.1", "two": "0.9"}).used("o", 1).used("o", 5, use="download", used_on="2026-10-20")
    told = story.settled()
    assert told.paid() == {("denied_use", "one"): "4", ("cy", "two"): "4"}
    assert {key.work_id: posting.quantity for key, posting in told.lines()} == {"one": 6 * 10**8, "two": 54 * 10**8}


def test_a_pool_that_follows_training_reaches_whom_the_deal_covers_beside_another_deal_of_the_same_society() -> None:
    story = Story().party("ann", [mandate("soc")]).work("one", {"ann": "1"})
    story.deal("pool", "soc", {"mechanism": "revenue_pool", "share": "1", "basis": "training"})
    story.deal("tariff", "soc", {"mechanism": "micro_royalty", "rate": "1", "uses": ["sync"]}, **{"from": "2026-09-01"})
    assert story.trained("run", {"one": "1"}, on="2026-09-09").earned("8").settled().paid("revenue_pool") == {("soc", "one"): "8"}


# --- buyouts and advances


BUYOUT = {"mechanism": "buyout", "amount": "100", "covers": ["per_output", "training_run"]}
RATE = {"mechanism": "per_output", "rate": "1"}


def test_a_buyout_is_paid_once_over_the_repertoire_and_spares_what_it_covers() -> None:
    story = Story().work("one", {"ann": "1"}).work("two", {"ann": "0.5", "bo": "0.5"})
    story.deal("all", "ann", BUYOUT, **{"from": "2026-10-10"}).deal("open", None, RATE, FEE)
    story.output("o", {"one": "0.5", "two": "0.5"}).used("o", 10, used_on="2026-10-09").used("o", 10, used_on="2026-10-10")
    story.trained("run", {"one": "1", "two": "1"}, on="2026-10-12")
    told = story.settled()
    # Ann holds 1 + 0.5 of works: 66.666... and 33.333... of 100.
    assert told.paid("buyout") == {
        ("ann", "one"): "66.666666666666",
        ("ann", "two"): "33.333333333333",
        ("residue", ""): "0.000000000001",
    }
    assert told.paid("per_output") == {("ann", "one"): "5", ("ann", "two"): "2.5", ("bo", "two"): "5"}
    assert told.spared("per_output") == {("ann", "one"): "5", ("ann", "two"): "2.5"}
    assert told.paid("training_run") == {("bo", "two"): "2.5"}
    assert told.spared("training_run") == {("ann", "one"): "5", ("ann", "two"): "2.5"}
    assert not story.settled("2026-11").lines()


def test_a_buyout_by_weight_follows_the_licensees_latest_runs() -> None:
    story = Story().work("one", {"ann": "1"}).work("two", {"ann": "1"}).work("six", {"ann": "1"})
    story.deal("all", "ann", BUYOUT | {"split": "weight"}, **{"from": "2026-10-10"})
    story.trained("r1", {"six": "9"}, on="2026-08-01").trained("r2", {"one": "1", "two": "3"}, on="2026-09-01")
    story.trained("r3", {"six": "9"}, licensee="gnu", on="2026-09-02").trained("r4", {"six": "9"}, on="2026-10-11")
    assert story.settled().paid("buyout") == {("ann", "one"): "25", ("ann", "two"): "75"}


def test_a_buyout_without_works_is_owed_and_waits() -> None:
    story = Story().deal("all", "ann", BUYOUT, **{"from": "2026-10-10"})
    assert story.settled().paid() == {("unattributed", ""): "100"}


def test_a_buyout_spares_what_would_have_fallen_back_to_a_work_too() -> None:
    fallback = RATE | {"confidence": {"min": "0.5", "fallback": "training"}}
    story = pair(fallback).deal("all", "ann", BUYOUT).trained("run", {"one": "1", "two": "1"}, on="2026-09-01")
    story.output("o", {"one": "0.5", "two": "0.5"}, confidence="0.1").used("o", 10)
    told = story.settled()
    assert told.paid("per_output") == {("bo", "two"): "5"}
    assert told.spared("per_output") == {("ann", "one"): "5"}


def test_an_extended_deals_buyout_spares_nobody_whom_it_does_not_pay() -> None:
    story = pair(RATE).deal("all", "ann", BUYOUT, extended=True).output("o", {"one": "0.5", "two": "0.5"}).used("o", 10)
    told = story.settled()
    assert (told.paid("per_output"), told.spared("per_output")) == ({("bo", "two"): "5"}, {("ann", "one"): "5"})


def test_the_greater_price_is_found_without_what_a_buyout_spares() -> None:
    greater = {"mechanism": "per_output", "rate": "1", "revenue_share": "1", "combine": "greater_of"}
    story = pair(greater).deal("all", "ann", BUYOUT).output("a", {"one": "1"}).output("b", {"two": "1"})
    # Ann's 100 plays are spared: of Bo's, 3 by rate and 5 by revenue, the revenue is greater. With hers the rate would be.
    told = story.used("a", 100).used("b", 3, "5").settled()
    assert told.paid("per_output") == {("bo", "two"): "5"}


@pytest.mark.parametrize(("covered", "kinds"), [("training_run", []), ("revenue_pool", []), ("per_output", ["unlicensed"])])
def test_a_buyout_of_what_prices_training_licenses_it(covered: str, kinds: list[str]) -> None:
    story = Story().work("one", {"ann": "1"}).deal("all", "ann", BUYOUT | {"covers": [covered]}).trained("run", {"one": "1"})
    assert [breach.kind for breach in story.settled().outcome.breaches] == kinds


def test_an_advance_is_owed_once_to_the_licensor_or_whom_it_names() -> None:
    story = Story().deal("mine", "ann", {"mechanism": "advance", "amount": "100"}, **{"from": "2026-10-31"})
    story.deal("theirs", "ann", {"mechanism": "advance", "amount": "50", "party": "bo"}, **{"from": "2026-10-01"})
    assert story.settled().paid() == {("ann", ""): "100", ("bo", ""): "50"}
    assert not story.settled("2026-11").lines()


# --- guarantees


def guaranteed(period: str, amount: str = "100", **says: Any) -> Story:
    guarantee = {"mechanism": "minimum_guarantee", "amount": amount, "period": period}
    story = pair(RATE, {"mechanism": "advance", "amount": "7"}, guarantee, licensor="soc", **says)
    return story.party("ann", [mandate("soc")]).party("bo", [mandate("soc")]).output("o", {"one": "0.25", "two": "0.75"})


def test_a_guarantee_tops_a_month_up_in_proportion_to_its_lines() -> None:
    told = guaranteed("month").used("o", 40).settled()  # 10 and 30: 60 are missing
    assert told.paid("minimum_guarantee") == {("soc", "one"): "15", ("soc", "two"): "45"}


@pytest.mark.parametrize(("plays", "missing"), [(99, "1"), (100, "0"), (101, "0")])
def test_a_guarantee_that_is_reached_adds_nothing(plays: int, missing: str) -> None:
    told = guaranteed("month").used("o", plays).settled()
    assert sum(posting.amount for _, posting in told.lines("minimum_guarantee")) == int(missing) * PICO


def test_a_guarantee_without_lines_goes_equally_over_the_repertoire() -> None:
    told = guaranteed("month").settled()
    assert told.paid("minimum_guarantee") == {("soc", "one"): "50", ("soc", "two"): "50"}


QUARTER = ("2026-10", "2026-11", "2026-12")


def test_a_quarters_guarantee_is_one_and_is_due_when_the_quarter_has_ended() -> None:
    story = guaranteed("quarter").used("o", 20).used("o", 60, used_on="2026-12-24")
    assert not story.settled(*QUARTER[:2], through="2026-11").lines("minimum_guarantee")
    told = story.settled(*QUARTER)
    by_month = {month: sum(p.amount for k, p in told.lines("minimum_guarantee") if k.usage_month == month) for month in QUARTER}
    assert by_month == {"2026-10": 5 * PICO, "2026-11": 0, "2026-12": 15 * PICO}  # 20 missing, by 20 and 60


def test_the_terms_of_the_last_month_count_for_the_whole_quarter() -> None:
    story = guaranteed("quarter").used("o", 20)
    terms = [dict(terms) for terms in story.facts["deals"]["deal"][0]["content"]["terms"]]
    terms[-1]["amount"] = "50"
    told = story.deal("deal", "soc", *terms, since="2026-12-01").settled(*QUARTER)
    assert sum(posting.amount for _, posting in told.lines("minimum_guarantee")) == 30 * PICO


@pytest.mark.parametrize("plays", [0, 20])
def test_a_deal_that_ends_within_the_quarter_owes_its_guarantee_all_the_same(plays: int) -> None:
    told = guaranteed("quarter", to="2026-11-15").used("o", plays).settled(*QUARTER)
    assert sum(posting.amount for _, posting in told.lines("minimum_guarantee")) == (100 - plays) * PICO


def test_two_guarantees_of_one_deal_do_not_count_each_others_lines() -> None:
    story = guaranteed("month", "4")
    terms = [dict(terms) for terms in story.facts["deals"].pop("deal")[0]["content"]["terms"]]
    story.deal("deal", "soc", *terms, {"mechanism": "minimum_guarantee", "amount": "9", "period": "quarter"})
    told = story.used("o", 1).settled(*QUARTER)  # October has 1: 3 are missing, then 4 and 4; 8 of the quarter's 9
    assert sum(posting.amount for _, posting in told.lines("minimum_guarantee")) == 19 * PICO


def test_what_a_buyout_spares_does_not_count_towards_a_guarantee() -> None:
    story = guaranteed("month").used("o", 40).deal("all", "soc", BUYOUT)
    assert sum(posting.amount for _, posting in story.settled().lines("minimum_guarantee")) == 100 * PICO


# --- liquidations


def test_what_is_unclaimed_is_spread_over_what_was_matched() -> None:
    story = (
        pair(RATE).work("half", {"ann": "0.5"}).output("o", {"one": "0.2", "two": "0.3", "half": "0.2", "work:who": "0.3"}).used("o", 10)
    )
    before = {("ann", "one"): "2", ("bo", "two"): "3", ("ann", "half"): "1", ("unclaimed_share", "half"): "1", ("unregistered", "who"): "3"}
    assert story.settled().paid() == before
    story.facts["liquidations"].append({"deal_id": "deal", "month": "2026-10", "licensee": LAB})
    told = story.settled()
    # 1 + 3 = 4 over 2, 3 and 1 of 6: 1.333..., 2, 0.666...; two thirds and one third of a pico are left: one pico.
    assert told.paid("liquidation") == {
        ("ann", "one"): "1.333333333333",
        ("bo", "two"): "2",
        ("ann", "half"): "0.666666666666",
        ("unclaimed_share", "half"): "-1",
        ("unregistered", "who"): "-3",
        ("residue", ""): "0.000000000001",
    }
    assert (told.of("unregistered"), told.of("unclaimed_share")) == ("0", "0")


def test_what_is_not_reliably_attributed_is_spread_too_and_what_is_disputed_is_not() -> None:
    story = pair(RATE | {"confidence": {"min": "0.5", "fallback": "suspense"}}).work("row", {"cy": "1"}, disputed=True)
    story.output("sure", {"one": "0.5", "row": "0.5"}).output("unsure", {"two": "1"}, confidence="0.1").used("sure", 10).used("unsure", 4)
    story.facts["liquidations"].append({"deal_id": "deal", "month": "2026-10", "licensee": LAB})
    told = story.settled()
    assert (told.of("ann"), told.of("unattributed"), told.of("disputed")) == ("9", "0", "5")


def test_a_claim_after_a_liquidation_is_honoured_and_taken_back_from_those_who_shared() -> None:
    story = pair(RATE).output("o", {"one": "0.5", "work:who": "0.5"}).used("o", 10)
    story.facts["liquidations"].append({"deal_id": "deal", "month": "2026-10", "licensee": LAB})
    assert story.settled().of("ann") == "10"
    told = story.work("who", {"cy": "1"}).settled()
    assert (told.of("ann"), told.of("cy")) == ("5", "5")


def test_lines_in_another_currency_neither_fill_a_guarantee_nor_share_in_it() -> None:
    share = {"mechanism": "per_output", "revenue_share": "0.5"}
    story = pair(share, {"mechanism": "minimum_guarantee", "amount": "100", "period": "month"}, licensor="ann")
    story.output("o", {"one": "1"}).used("o", 1, "80").used("o", 1, "60", "EUR")
    told = story.settled()
    assert told.paid("minimum_guarantee") == {("ann", "one"): "60"}
    assert {key.currency: posting.amount for key, posting in told.lines("per_output")} == {"USD": 40 * PICO, "EUR": 30 * PICO}
