"""The terms that the market writes, each with its golden figure, to the last digit."""

from __future__ import annotations

from typing import Any

import pytest

from overtone.errors import Rejected
from overtone.facts import sheets
from overtone.facts.mapping import Mapping
from overtone.facts.usage_kinds import USE_LENGTH_MAX, StoredUse
from overtone.fields import validated
from overtone.formats import tabular
from overtone.money import format_amount
from overtone.scales import Pico
from overtone.settlement.deals import Deal
from tests.unit.stories import Story, Told, mandate

POOL = {"mechanism": "revenue_pool", "share": "0.2", "basis": "influence"}
PLAYS = {"mechanism": "per_output", "rate": "1"}


def songs(story: Story, *owners: str, **says: Any) -> Story:
    """Each owner is registered and has a recording of its own, called after it."""
    for owner in owners:
        story.party(owner).work(f"song-{owner}", {owner: "1"}, **says)
    return story


# --- pools


def shared(whole: str) -> dict[tuple[str, str], str]:
    story = songs(Story(), "ann", "bo", "cy").earned("1000")
    for owner in ("ann", "bo", "cy"):
        story.deal(f"d-{owner}", owner, POOL | {"whole": whole})
    return story.output("o", {"song-ann": "0.9", "song-bo": "0.09", "song-cy": "0.01"}).used("o", 100).settled().paid()


def test_1_each_licensor_gets_its_own_share_of_all_that_was_used() -> None:
    assert shared("all") == {("ann", "song-ann"): "180", ("bo", "song-bo"): "18", ("cy", "song-cy"): "2"}
    assert shared("covered") == {("ann", "song-ann"): "200", ("bo", "song-bo"): "200", ("cy", "song-cy"): "200"}


def in_sweden(story: Story) -> Told:
    pool = {"mechanism": "revenue_pool", "share": "0.1", "basis": "usage"}
    songs(story, "ann").deal("d", "ann", pool, territories=["SE"]).output("o", {"song-ann": "1"}).used("o", 3)
    return story.settled()


def test_2_a_pool_takes_the_reports_of_its_own_territory() -> None:
    assert in_sweden(Story().earned("1", territory="SE").earned("999", territory="US")).paid() == {("ann", "song-ann"): "0.1"}


def test_2_a_report_that_is_not_broken_down_owes_nothing_and_is_named() -> None:
    told = in_sweden(Story().earned("1000"))
    assert told.paid() == {}
    assert told.outcome.unscoped == [
        {
            "usage_month": "2026-10",
            "deal_id": "d",
            "mechanism": "revenue_pool",
            "report_id": "report0",
            "currency": "USD",
            "lacks": "territory",
        }
    ]


def test_3_what_weak_attribution_would_earn_goes_by_training() -> None:
    pool = {"mechanism": "revenue_pool", "share": "1", "basis": "influence", "confidence": {"min": "0.6", "fallback": "training"}}
    story = songs(Story(), "ann", "bo", "cy", "di").deal("d", None, pool).earned("100")
    story.trained("run", {f"song-{owner}": "1" for owner in ("ann", "bo", "cy", "di")})
    story.output("o", {"song-ann": "1"}, confidence="0.05").used("o", 1000)
    assert story.settled().paid() == {(owner, f"song-{owner}"): "25" for owner in ("ann", "bo", "cy", "di")}


def test_what_no_disclosure_stands_behind_takes_nothing_from_what_one_does() -> None:
    """Outputs without a disclosure have no model: their part of the pool waits, and the rest is paid."""
    pool = {"mechanism": "revenue_pool", "share": "1", "basis": "influence", "whole": "all", "unattributed": True}
    story = songs(Story(), "ann").deal("d", None, pool | {"confidence": {"fallback": "training"}}).earned("100")
    told = story.output("o", {"song-ann": "1"}).used("o", 30).used("unknown", 70).settled()
    assert {who: amount for (who, _), amount in told.paid().items()} == {"ann": "30", "unattributed": "70"}


def test_the_floor_is_the_greatest_of_subscribers_by_service_and_uses() -> None:
    pool = {"mechanism": "revenue_pool", "share": "0.1", "basis": "usage"}

    def owed(**minimum: Any) -> str:
        story = songs(Story(), "ann").deal("d", "ann", pool | minimum).output("o", {"song-ann": "0.5"}).used("o", 30)
        return story.earned("100", 7, service="paid").earned("10", 100, service="free").settled().of("ann")

    assert owed() == "11"
    assert owed(minimum_per_use="0.5") == "15"
    assert owed(minimum_per_subscriber={"paid": "2", "free": "0.01"}) == "15"
    assert owed(minimum_per_subscriber={"paid": "2"}, minimum_per_use="1") == "30"


# --- tiers

TIERS = [{"from": "0", "rate": "0.003"}, {"from": "1000000", "rate": "0.002"}, {"from": "10000000", "rate": "0.001"}]


def test_5_each_unit_pays_the_tier_that_it_falls_in() -> None:
    price = {"mechanism": "per_output", "tiers": TIERS, "tier_period": "year"}
    story = songs(Story(), "ann").deal("d", "ann", price).output("o", {"song-ann": "1"})
    for day, uses in (("2026-08-31", 600_000), ("2026-09-01", 400_001), ("2026-10-05", 8_999_998), ("2026-10-06", 2_000_001)):
        story.used("o", uses, used_on=day)
    told = story.settled("2026-08", "2026-09", "2026-10")
    assert told.of("ann") == "23000"
    assert story.settled("2026-08").of("ann") == "1800"


def test_within_a_day_nobody_was_first() -> None:
    price = {"mechanism": "per_output", "tiers": [{"from": "0", "rate": "4"}, {"from": "10", "rate": "0"}], "tier_period": "month"}
    story = songs(Story(), "ann", "bo").deal("d", None, price).output("a", {"song-ann": "1"}).output("b", {"song-bo": "1"})
    assert story.used("b", 30).used("a", 10).settled().paid() == {("ann", "song-ann"): "10", ("bo", "song-bo"): "30"}


def test_tiers_of_a_revenue_share_count_revenue() -> None:
    tiers = [{"from": "0", "revenue_share": "0.5"}, {"from": "100", "revenue_share": "0.1"}]
    price = {"mechanism": "direct_play", "tiers": tiers, "tier_period": "deal"}
    story = Story().party("ann").work("song", {"ann": "1"}, identifiers=["isrc:SEABC2600001"]).deal("d", "ann", price)
    story.used("isrc:SEABC2600001", 1, "60", used_on="2026-09-01").used("isrc:SEABC2600001", 1, "60")
    assert story.settled("2026-09", "2026-10").of("ann") == "52"  # 60 x 0.5, then 40 x 0.5 and 20 x 0.1


def test_a_version_that_drops_its_tiers_leaves_the_days_before_it_priced_by_them() -> None:
    """Each day pays what its own terms say: ten by tiers at 3 and 1, then twenty at a flat 2."""
    tiers = [{"from": "0", "rate": "3"}, {"from": "5", "rate": "1"}]
    story = songs(Story(), "ann").deal("d", "ann", {"mechanism": "per_output", "tiers": tiers, "tier_period": "month"})
    story.deal("d", "ann", PLAYS | {"rate": "2"}, since="2026-10-16").output("o", {"song-ann": "1"})
    assert story.used("o", 10).used("o", 20, used_on="2026-10-20").settled().of("ann") == "60"
    back = [{"from": "0", "rate": "1"}, {"from": "12", "rate": "0"}]
    story.deal("d", "ann", {"mechanism": "per_output", "tiers": back, "tier_period": "month"}, since="2026-10-25")
    assert story.used("o", 5, used_on="2026-10-26").settled().of("ann") == "62"  # the tiers before counted 10 of 12


def test_tiers_of_a_pool_s_share_count_the_year_s_revenue() -> None:
    tiers = [{"from": "0", "revenue_share": "0.5"}, {"from": "100", "revenue_share": "0.1"}]
    pool = {"mechanism": "revenue_pool", "tiers": tiers, "tier_period": "year", "basis": "usage"}
    story = songs(Story(), "ann").deal("d", "ann", pool).output("o", {"song-ann": "1"})
    for month, net in (("2026-09", "60"), ("2026-10", "60"), ("2026-11", "10")):
        story.used("o", 1, used_on=f"{month}-03").earned(net, month=month)
    assert story.settled("2026-09", "2026-10", "2026-11").of("ann") == "53"  # 30, then 20 + 2, then 1
    assert story.settled("2026-10").of("ann") == "30"


def test_tiers_of_a_training_fee_count_the_works_of_all_runs() -> None:
    tiers = [{"from": "0", "rate": "5"}, {"from": "3", "rate": "1"}]
    run = {"mechanism": "training_run", "fee": "10", "tiers": tiers, "tier_period": "year"}
    story = songs(Story(), "ann", "bo").deal("d", None, run)
    for number, day in enumerate(("2026-09-02", "2026-10-02")):
        story.trained(f"run{number}", {"song-ann": "1", "song-bo": "1"}, on=day)
    paid = story.settled("2026-09", "2026-10").paid()
    assert paid == {("ann", "song-ann"): "18", ("bo", "song-bo"): "18"}  # 10 + 10 and twice two works: 5 + 5, then 5 + 1


# --- caps


def test_6_what_is_over_the_cap_is_taken_off_pro_rata() -> None:
    price = {"mechanism": "per_output", "revenue_share": "0.01", "cap": {"amount": "40000", "per": "quarter"}}
    story = songs(Story(), "ann", "bo").deal("d", None, price).output("a", {"song-ann": "1"}).output("b", {"song-bo": "1"})
    story.used("a", 1, "4000000").used("b", 1, "1000000")
    assert story.settled().paid() == {("ann", "song-ann"): "32000", ("bo", "song-bo"): "8000"}


def test_a_cap_is_met_in_the_order_of_months_and_by_what_was_corrected() -> None:
    price = {"mechanism": "per_output", "rate": "1", "cap": {"amount": "100", "per": "quarter"}}

    def story(october: int) -> Told:
        made = songs(Story(), "ann").deal("d", "ann", price).output("o", {"song-ann": "1"}).used("o", october)
        made.used("o", 50, used_on="2026-11-05").used("o", 30, used_on="2026-12-05")
        return made.settled("2026-10", "2026-11", "2026-12")

    def by_month(told: Told) -> dict[str, int]:
        return {key.usage_month: posting.amount // 10**12 for key, posting in told.lines() if posting.amount}

    assert by_month(story(60)) == {"2026-10": 60, "2026-11": 40}
    assert by_month(story(20)) == {"2026-10": 20, "2026-11": 50, "2026-12": 30}
    assert by_month(story(130)) == {"2026-10": 100}


def test_a_cap_that_only_waiting_money_meets_leaves_lines_of_nothing_alone() -> None:
    """What falls back waits, for no run shares it, and exceeds the cap; the one sure use rounds to nothing."""
    price = {"mechanism": "per_output", "rate": "0.000000000001", "confidence": {"min": "0.6"}, "cap": {"amount": "5", "per": "month"}}
    story = songs(Story(), "ann").deal("d", None, price).output("o", {"song-ann": "1"}, confidence="0.1").used("o", 10**12)
    for number in range(9):
        story.used("o", 10**12, used_on=f"2026-10-1{number}")
    assert story.output("p", {"song-ann": "0.1"}).used("p", 1).settled().paid() == {("unattributed", ""): "5"}


MONTHS = ("2026-10", "2026-11", "2026-12")


def by_month(told: Told) -> dict[str, str]:
    """What was owed per month, in round units."""
    found: dict[str, int] = {}
    for key, posting in told.lines():
        found[key.usage_month] = found.get(key.usage_month, 0) + posting.amount
    return {month: format_amount(Pico(pico)) for month, pico in sorted(found.items()) if pico}


@pytest.mark.parametrize(
    ("terms", "owed"),
    [
        ({"mechanism": "licence_fee", "fee": {"amount": "60", "per": "month"}, "basis": "usage"}, ["60", "40"]),
        ({"mechanism": "licence_fee", "fee": {"amount": "180", "per": "quarter"}, "basis": "presence"}, ["100"]),
        ({"mechanism": "minimum_guarantee", "amount": "60", "period": "month"}, ["60", "40"]),
        ({"mechanism": "minimum_guarantee", "amount": "180", "period": "quarter"}, ["100"]),
        ({"mechanism": "buyout", "amount": "180", "covers": ["direct_play"]}, ["100"]),
        ({"mechanism": "advance", "instalments": [{"on": f"{month}-05", "amount": "60"} for month in MONTHS]}, ["60", "40"]),
        ({"mechanism": "training_run", "fee": "60"}, ["60", "40"]),
        ({"mechanism": "training_run", "fee": "0.5", "fee_per_work": "60"}, ["60.5", "39.5"]),
    ],
)
def test_a_cap_holds_for_amounts_that_follow_no_use(terms: dict[str, Any], owed: list[str]) -> None:
    cap = {"amount": "100", "per": "quarter"}
    story = songs(Story(), "ann").deal("d", "ann", terms | {"cap": cap}, since="2026-10-01", **{"from": "2026-10-01"})
    for month in MONTHS:
        story.output("o", {"song-ann": "1"}).used("o", 3, used_on=f"{month}-05").trained(
            f"run-{month}", {"song-ann": "1"}, on=f"{month}-04"
        )
    assert list(by_month(story.settled(*MONTHS)).values()) == owed


# --- a guarantee that is paid back


def test_what_a_recoupable_guarantee_topped_up_is_paid_back_by_later_surplus() -> None:
    def owed(**says: Any) -> list[str]:
        guarantee = {"mechanism": "minimum_guarantee", "amount": "100", "period": "month"} | says
        story = songs(Story(), "ann").deal("d", "ann", PLAYS, guarantee, **{"from": "2026-10-01"}).output("o", {"song-ann": "1"})
        for month, uses in zip(MONTHS, (40, 130, 200), strict=True):
            story.used("o", uses, used_on=f"{month}-05")
        return list(by_month(story.settled(*MONTHS)).values())

    assert owed() == ["100", "130", "200"]
    assert owed(recoupable=True) == ["100", "100", "170"]  # 60 topped up; 30 of November and 30 of December pay it back


# --- a licence fee


def test_a_fee_per_quarter_is_shared_over_the_quarter_and_owed_when_it_has_ended() -> None:
    fee = {"mechanism": "licence_fee", "fee": {"amount": "300", "per": "quarter"}, "basis": "usage"}
    story = songs(Story(), "ann", "bo").deal("d", None, fee).output("a", {"song-ann": "1"}).output("b", {"song-bo": "1"})
    story.used("a", 10).used("a", 10, used_on="2026-11-05").used("b", 40, used_on="2026-12-24")
    months = ("2026-10", "2026-11", "2026-12")
    assert story.settled(*months, through="2026-11").paid() == {}
    assert story.settled(*months).paid() == {("ann", "song-ann"): "100", ("bo", "song-bo"): "200"}
    assert not story.settled(*months).outcome.breaches


def test_a_fee_over_the_repertoire_is_shared_by_presence() -> None:
    fee = {"mechanism": "licence_fee", "fee": {"amount": "90", "per": "month"}, "basis": "presence"}
    story = Story().party("ann").party("bo").work("one", {"ann": "1"}).work("two", {"ann": "0.5", "bo": "0.5"}).deal("d", "ann", fee)
    assert story.settled().paid() == {("ann", "one"): "60", ("ann", "two"): "30"}


# --- instalments, and all by a star


def test_an_advance_is_paid_by_instalments_each_on_its_day() -> None:
    parts = [{"on": "2026-10-31", "amount": "60"}, {"on": "2026-12-01", "amount": "40"}]
    story = songs(Story(), "ann").deal("d", "ann", {"mechanism": "advance", "instalments": parts})
    told = story.settled("2026-10", "2026-11", "2026-12")
    assert {(key.usage_month, key.mechanism): posting.amount // 10**12 for key, posting in told.lines()} == {
        ("2026-10", "advance"): 60,
        ("2026-12", "advance"): 40,
    }


def test_a_star_means_all_models_and_uses() -> None:
    story = songs(Story(), "ann").deal("d", "ann", PLAYS | {"uses": ["*"]}, models=["*"]).output("o", {"song-ann": "1"}, model="any")
    assert story.used("o", 1).used("o", 2, use="sync").settled().of("ann") == "3"


# --- off the top


def test_4_five_percent_off_the_top_halved_between_two_funds() -> None:
    cuts = [{"party": "musicians", "share": "0.025"}, {"party": "vocalists", "share": "0.025"}]
    story = songs(Story(), "ann").deal("d", "ann", PLAYS, off_the_top=cuts).output("o", {"song-ann": "1"}).used("o", 100)
    told = story.settled()
    assert told.paid() == {("ann", "song-ann"): "95", ("musicians", "song-ann"): "2.5", ("vocalists", "song-ann"): "2.5"}
    assert {(key.side, key.mechanism) for key, _ in told.lines() if key.party_id != "ann"} == {("off_the_top", "per_output")}


def test_4_17_usc_114_g_2_as_a_deal() -> None:
    """Of 100, 50 to the owner, 45 to the featured artist, 2.5 and 2.5 to the funds."""
    cuts = [("artist", "0.45"), ("musicians", "0.025"), ("vocalists", "0.025")]
    clause = [{"party": party, "share": share, "label": "17 USC 114(g)(2)"} for party, share in cuts]
    pool = {"mechanism": "revenue_pool", "share": "1", "basis": "usage"}
    story = songs(Story(), "owner").deal("d", "owner", pool, off_the_top=clause).earned("100").output("o", {"song-owner": "1"}).used("o", 7)
    told = story.settled()
    assert {party: told.of(party) for party in ("owner", "artist", "musicians", "vocalists")} == {
        "owner": "50",
        "artist": "45",
        "musicians": "2.5",
        "vocalists": "2.5",
    }


def test_what_comes_off_the_top_comes_off_money_that_waits_too_and_off_corrections() -> None:
    cuts = [{"party": "fund", "share": "0.333333333"}]
    story = Story().deal("d", None, PLAYS, off_the_top=cuts).output("o", {"isrc:SEABC2600001": "1"}).used("o", 1)
    assert {who: told for (who, _), told in story.settled().paid().items()} == {"unregistered": "0.666666667", "fund": "0.333333333"}


# --- tail


def test_10_outputs_of_a_model_trained_in_the_term_are_covered_for_six_months_more() -> None:
    story = songs(Story(), "ann").deal("d", "ann", PLAYS, to="2026-12-31", tail={"months": 6})
    story.trained("run", {"song-ann": "1"}, "m1").output("o", {"song-ann": "1"}, model="m1").output("late", {"song-ann": "1"}, model="m2")
    story.trained("run2", {"song-ann": "1"}, "m2", on="2027-01-01")
    for day in ("2026-12-31", "2027-06-30", "2027-07-01"):
        story.used("o", 1, used_on=day).used("late", 1, used_on=day)
    told = story.settled("2026-12", "2027-06", "2027-07", through="2027-07")
    paid = {(key.usage_month, key.model): posting.amount // 10**12 for key, posting in told.lines()}
    assert paid == {("2026-12", "m1"): 1, ("2026-12", "m2"): 1, ("2027-06", "m1"): 1}
    unlicensed = {(breach.first_seen, breach.model) for breach in told.outcome.breaches if breach.kind == "unlicensed"}
    assert unlicensed == {("2027-06-30", "m2"), ("2027-07-01", "m1"), ("2027-07-01", "m2")}


def test_a_tail_for_ever_prices_outputs_and_nothing_else() -> None:
    run = {"mechanism": "training_run", "fee": "100"}
    guarantee = {"mechanism": "minimum_guarantee", "amount": "50", "period": "month"}
    story = songs(Story(), "ann").deal("d", "ann", PLAYS, run, guarantee, to="2026-09-30", tail=True)
    story.trained("run", {"song-ann": "1"}, "m1", on="2026-09-01").trained("again", {"song-ann": "1"}, "m1", on="2026-10-02")
    told = story.output("o", {"song-ann": "1"}).used("o", 3).settled()
    assert told.paid() == {("ann", "song-ann"): "3"}


# --- eligibility


def test_11_what_a_work_below_the_least_would_have_earned_goes_to_the_rest_of_the_pool() -> None:
    pool = {"mechanism": "revenue_pool", "share": "1", "basis": "usage"}
    story = songs(Story(), "ann", "bo", "cy").deal("d", None, pool, eligibility={"min_uses": 150}).earned("90")
    for owner, uses in (("ann", 500), ("bo", 400), ("cy", 100)):
        story.output(owner, {f"song-{owner}": "1"}).used(owner, uses)
    told = story.settled()
    assert told.paid() == {("ann", "song-ann"): "50", ("bo", "song-bo"): "40"}
    assert not told.outcome.breaches


def test_only_what_people_made_is_eligible_where_a_deal_says_so() -> None:
    story = songs(Story(), "ann").party("bo").work("song-bo", {"bo": "1"}, ai={"vocals": "generated"})
    story.party("cy").work("song-cy", {"cy": "1"}, ai={"vocals": "none", "lyrics": "assisted"})
    story.deal("d", None, PLAYS, eligibility={"human_only": True})
    for owner in ("ann", "bo", "cy"):
        story.output(owner, {f"song-{owner}": "1"}).used(owner, 2)
    assert story.settled().paid() == {("ann", "song-ann"): "2", ("cy", "song-cy"): "2"}


# --- both sides


def test_12_a_recording_is_priced_only_where_its_composition_is_licensed_too() -> None:
    def story() -> Story:
        made = (
            Story().party("ann").party("pub").work("tune", {"pub": "1"}, kind="composition").work("song", {"ann": "1"}, composition="tune")
        )
        return made.deal("d", "ann", PLAYS, requires="both_sides").output("o", {"song": "1"}).used("o", 5)

    told = story().settled()
    assert told.paid() == {}
    assert {(breach.kind, breach.side, breach.work_id) for breach in told.outcome.breaches} == {
        ("unlicensed", "recording", "song"),
        ("unlicensed", "composition", "tune"),
    }
    cleared = story().deal("p", "pub", PLAYS, sides={"recording": "0", "composition": "1"}).settled()
    assert cleared.paid() == {("ann", "song"): "5", ("pub", "song"): "5"}
    assert not cleared.outcome.breaches


# --- by side


def by_side_story() -> Story:
    story = Story().party("label").party("pub").party("lab2")
    for name, isrc in (("one", "isrc:SEABC2600001"), ("two", "isrc:SEABC2600002")):
        story.work(name, {"label": "1"}, identifiers=[isrc], composition="tune")
    story.work("tune", {"pub": "1"}, kind="composition", identifiers=["iswc:T0345246801"])
    shares = {"isrc:SEABC2600001": "0.7", "isrc:SEABC2600002": "0.3", "iswc:T0345246801": "1"}
    return story.output("o", shares, basis="by_side").used("o", 1, "100")


def test_7_recordings_and_compositions_are_each_split_by_themselves() -> None:
    story = by_side_story().deal("a", "label", {"mechanism": "per_output", "revenue_share": "0.2"})
    story.deal("b", "pub", {"mechanism": "per_output", "revenue_share": "0.1"})
    told = story.settled()
    paid = {(key.party_id, key.work_id): posting.amount // 10**12 for key, posting in told.lines()}
    assert paid == {("label", "one"): 14, ("label", "two"): 6, ("pub", "tune"): 10}
    assert {(key.side, key.deal_id) for key, _ in told.lines()} == {("recording", "a"), ("composition", "b")}


def test_each_side_has_its_own_rest_and_the_deal_s_part_of_the_price() -> None:
    price = {"mechanism": "per_output", "revenue_share": "1", "unattributed": True, "confidence": {"min": "0", "fallback": "suspense"}}
    story = by_side_story().deal("d", None, price, sides={"recording": "0.75", "composition": "0.25"})
    story.output("o", {"isrc:SEABC2600001": "0.4", "iswc:T0345246801": "0.5"}, basis="by_side", revision=1)
    waits = {(key.side, key.reason): posting.amount // 10**12 for key, posting in story.settled().lines() if key.reason}
    assert story.settled().of("label") == "30"
    assert story.settled().of("pub") == "12.5"
    assert waits == {("recording", "unattributed"): 45, ("composition", "unattributed"): 12}


def test_a_share_s_own_confidence_counts_for_it_alone() -> None:
    price = {"mechanism": "per_output", "rate": "1", "confidence": {"min": "0.6", "fallback": "suspense"}}
    story = songs(Story(), "ann", "bo").deal("d", None, price)
    story.output("o", {"song-ann": "0.5", "song-bo": "0.5"}, confidence="0.9", confidences={"work:song-bo": "0.3"})
    assert story.used("o", 10).settled().paid() == {("ann", "song-ann"): "5", ("unattributed", "song-bo"): "5"}


def test_a_work_that_is_not_of_its_split_s_side_waits_until_it_is_registered_so() -> None:
    story = songs(Story(), "ann").deal("d", None, PLAYS)
    story.output("o", {"song-ann": "1"}, basis="by_side", sides={"work:song-ann": "composition"})
    assert {who for who, _ in story.used("o", 1).settled().paid()} == {"unregistered"}


# --- likeness

VOICE = "isni:0000000121032683"


def voiced(*, allowed: str | None = "allow", **disclosed: Any) -> Story:
    """A label's song and a singer's voice in one output that earns 100."""
    word = {"likeness": {"default": allowed}} if allowed else {}
    story = songs(Story(), "ann").party("singer").work("voice", {"singer": "1"}, kind="likeness", identifiers=[VOICE], permissions=word)
    return story.output("o", {"song-ann": "0.6", VOICE: "0.4"}, **disclosed).used("o", 1, "100")


HALF = {"mechanism": "per_output", "revenue_share": "0.5"}


def test_a_likeness_is_a_part_of_one_whole_or_a_whole_of_its_own() -> None:
    together = voiced().deal("d", None, HALF).settled()
    assert together.paid() == {("ann", "song-ann"): "30", ("singer", VOICE): "20"}
    apart = voiced(basis="by_side", sides={"work:song-ann": "recording"}).deal("d", None, HALF)
    assert apart.settled().paid() == {("ann", "song-ann"): "30", ("singer", VOICE): "20"}
    assert {key.side for key, _ in apart.settled().lines()} == {"recording", "likeness"}
    sides = {"recording": "0.5", "composition": "0.3", "likeness": "0.2"}
    shared = voiced(basis="by_side", sides={"work:song-ann": "recording"}).deal("d", None, HALF, sides=sides).settled()
    assert shared.paid() == {("ann", "song-ann"): "15", ("singer", VOICE): "4"}


@pytest.mark.parametrize(("word", "waits"), [("deny", True), (None, True), ("allow", False)])
def test_a_likeness_asks_its_own_permission(word: str | None, waits: bool) -> None:  # noqa: FBT001 - a case
    """Who is silent of its likeness has not opted in, whatever it allows to be generated."""
    told = voiced(allowed=word).deal("d", None, HALF).settled()
    assert told.paid().get(("denied_use", VOICE)) == ("20" if waits else None)
    assert {(breach.kind, breach.side) for breach in told.outcome.breaches} == ({("denied_use", "likeness")} if waits else set())


def test_a_society_licenses_a_likeness_by_a_mandate_for_that_right() -> None:
    story = songs(Story(), "ann").party("soc", kind="society").party("singer", [mandate("soc", rights=["likeness"])])
    story.party("other", [mandate("soc", rights=["recording"])])
    for name in ("singer", "other"):
        story.work(f"of-{name}", {name: "1"}, kind="likeness", permissions={"likeness": {"default": "allow"}})
    story.deal("d", "soc", HALF).output("o", {"of-singer": "0.5", "of-other": "0.5"}).used("o", 1, "100")
    assert story.settled().paid() == {("soc", "of-singer"): "25"}


def test_a_likeness_that_is_not_registered_waits_as_one_side() -> None:
    told = songs(Story(), "ann").deal("d", None, HALF).output("o", {VOICE: "1"}).used("o", 1, "100").settled()
    assert {(key.side, key.reason): posting.amount // 10**12 for key, posting in told.lines()} == {("likeness", "unregistered"): 50}


# --- detail


def test_a_deal_may_keep_its_lines_apart_by_territory_and_use() -> None:
    price = PLAYS | {"uses": ["*"]}

    def lines(detail: list[str]) -> dict[tuple[str, str], int]:
        story = songs(Story(), "ann").deal("d", "ann", price, detail=detail).output("o", {"song-ann": "1"})
        story.used("o", 3).used("o", 2, territory="NO").used("o", 1, use="sync").used("o", 4, territory="*")
        return {(key.territory, key.use): posting.amount // 10**12 for key, posting in story.settled().lines()}

    assert lines([]) == {("", ""): 10}
    assert lines(["territory"]) == {("SE", ""): 4, ("NO", ""): 2, ("*", ""): 4}
    assert lines(["use", "territory"]) == {("SE", "stream"): 3, ("SE", "sync"): 1, ("NO", "stream"): 2, ("*", "stream"): 4}


@pytest.mark.parametrize(("detail", "field"), [(["city"], "detail.0"), (["use", "use"], "detail")])
def test_a_detail_that_usage_does_not_know_is_refused(detail: list[str], field: str) -> None:
    says = {"licensee": "lab", "currency": "USD", "from": "2026-01-01", "terms": [PLAYS], "detail": detail}
    with pytest.raises(Rejected) as refused:
        validated(Deal, says, "deal")
    assert [fault.field for fault in refused.value.faults] == [field]


# --- services


def paid_by_service(services: list[str], **says: Any) -> Told:
    story = songs(Story(), "ann").deal("d", "ann", PLAYS, services=services, **says).output("o", {"song-ann": "1"})
    return story.used("o", 1, service="free").used("o", 10, service="paid").used("o", 100).settled()


def test_a_deal_covers_the_uses_of_its_services_and_a_star_means_all() -> None:
    assert [paid_by_service(services).of("ann") for services in ([], ["*"], ["paid"], ["paid", "free"])] == ["111", "111", "10", "11"]
    unlicensed = {(breach.kind, breach.quantity // 10**9) for breach in paid_by_service(["paid"]).outcome.breaches}
    assert unlicensed == {("unlicensed", 101)}


def test_what_is_no_use_of_an_output_has_no_service() -> None:
    """A deal for one service still covers the training of the models that it serves, and what falls back there goes by training."""
    price = PLAYS | {"confidence": {"min": "0.6"}}
    story = songs(Story(), "ann", "bo").deal("d", None, price, {"mechanism": "training_run", "fee": "20"}, services=["paid"])
    story.trained("run", {"song-ann": "1", "song-bo": "1"}).output("o", {"song-ann": "1"}, confidence="0.1").used("o", 10, service="paid")
    assert story.settled().paid("training_run") == {("ann", "song-ann"): "10", ("bo", "song-bo"): "10"}
    assert story.settled().paid("per_output") == {("ann", "song-ann"): "5", ("bo", "song-bo"): "5"}


@pytest.mark.parametrize("stored", ["stream", "stream@free", "unpaid:stream", "unpaid:voice_swap@a.b~C-1"])
def test_a_stored_use_says_its_service_and_whether_it_bears_a_royalty(stored: str) -> None:
    assert str(StoredUse.of(stored)) == stored
    assert ("service" in StoredUse.of(stored).shown(), "royalty_bearing" in StoredUse.of(stored).shown()) == (
        "@" in stored,
        stored.startswith("unpaid:"),
    )


def test_a_table_s_column_of_services_is_read() -> None:
    header = "record_id,subject,use,used_on,quantity,territory,service,revision"
    text = f"{header}\nr1,output:o,stream,2026-10-03,1,SE,free,0\nr2,output:o,stream,2026-10-03,1,SE,,0\n"
    checked = sheets.check(tabular.read_whole(text.encode(), ",", Mapping()), "fox", "2026-10-04")
    assert list(checked.records.use) == ["stream@free", "stream"]


def test_lines_may_be_kept_apart_by_service() -> None:
    told = paid_by_service([], detail=["service", "use"])
    assert {(key.service, key.use, key.territory): posting.amount // 10**12 for key, posting in told.lines()} == {
        ("free", "stream", ""): 1,
        ("paid", "stream", ""): 10,
        ("", "stream", ""): 100,
    }


def test_a_pool_of_a_service_takes_the_reports_and_the_uses_of_that_service() -> None:
    pool = {"mechanism": "revenue_pool", "share": "0.5", "basis": "usage", "whole": "all"}
    story = songs(Story(), "ann").deal("d", "ann", pool, services=["paid"]).output("o", {"song-ann": "1"})
    story.earned("100", service="paid").earned("1000", service="free").used("o", 30, service="paid").used("unknown", 70, service="paid")
    assert story.used("o", 500, service="free").used("o", 500).settled().paid() == {("ann", "song-ann"): "15"}


# --- uses


def test_a_use_of_another_name_is_priced_by_deals_that_name_it_or_all_and_by_no_other() -> None:
    def paid(**terms: Any) -> str:
        story = songs(Story(), "ann").deal("d", "ann", PLAYS | terms).output("o", {"song-ann": "1"})
        return story.used("o", 1).used("o", 10, use="remix").used("o", 100, use="karaoke-night").settled().of("ann")

    assert (paid(), paid(uses=["remix"]), paid(uses=["stream", "karaoke-night"]), paid(uses=["*"])) == ("1", "10", "101", "111")


def test_what_falls_back_of_a_use_of_another_name_goes_by_training_too() -> None:
    price = PLAYS | {"uses": ["remix"], "confidence": {"min": "0.6"}}
    story = songs(Story(), "ann", "bo").deal("d", None, price).trained("run", {"song-ann": "1", "song-bo": "1"})
    story.output("o", {"song-ann": "1"}, confidence="0.1").used("o", 10, use="remix")
    assert story.settled().paid() == {("ann", "song-ann"): "5", ("bo", "song-bo"): "5"}


@pytest.mark.parametrize(
    ("use", "good"), [("remix", True), ("u" * USE_LENGTH_MAX, True), ("u" * (USE_LENGTH_MAX + 1), False), ("Remix", False)]
)
def test_the_name_of_a_use_is_short_and_plain(use: str, good: bool) -> None:  # noqa: FBT001 - a case
    says = {"licensee": "lab", "currency": "USD", "from": "2026-01-01", "terms": [PLAYS | {"uses": [use]}]}
    record = {"record_id": "r", "subject": "output:o", "use": use, "used_on": "2026-10-03", "quantity": 1, "territory": "SE"}
    checked = sheets.check(sheets.read_rows([record]), "fox", "2026-10-04")
    assert checked.accepted == good
    if good:
        validated(Deal, says, "deal")
    else:
        with pytest.raises(Rejected):
            validated(Deal, says, "deal")


# --- holds


def test_money_of_one_output_waits_and_the_rest_is_paid() -> None:
    """80 uses at 1 and a pool of 40: `bot` brought the one work 60 of its 70, so 60 + 30 wait, and 10 + 5 are paid as ever."""
    pool = {"mechanism": "revenue_pool", "share": "0.1", "basis": "influence"}
    story = songs(Story(), "ann", "bo").deal("d", None, PLAYS, pool).earned("400")
    story.output("gen", {"song-ann": "0.5", "song-bo": "0.5"}).output("bot", {"song-ann": "1"}).used("gen", 20).used("bot", 60)
    story.facts["holds"] = [{"subject": "output:bot", "months": ["2026-10"], "recorded_at": "2026-11-01T00:00:00.000000Z"}]
    assert story.settled().paid() == {("fraud_hold", "song-ann"): "90", ("ann", "song-ann"): "15", ("bo", "song-bo"): "15"}
