"""The terms that the market writes, each with its golden figure, to the last digit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from overtone.money import format_amount
from overtone.scales import Pico
from tests.unit.golden import PLAYS, shared, songs
from tests.unit.stories import Story, Told

if TYPE_CHECKING:
    from collections.abc import Callable


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


@pytest.mark.parametrize("said", [str, int])
def test_5_each_unit_pays_the_tier_that_it_falls_in(said: Callable[[str], object]) -> None:
    price = {"mechanism": "per_output", "tiers": [tier | {"from": said(tier["from"])} for tier in TIERS], "tier_period": "year"}
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


@pytest.mark.parametrize("recoupable", [False, True])
def test_what_waits_for_want_of_anybody_who_shares_in_it_counts_towards_a_guarantee(*, recoupable: bool) -> None:
    """A month without any use: its fee of 30 waits, and the licensee owes 70 more, not 100; the next month's surplus is of all it owes."""
    guarantee = {"mechanism": "minimum_guarantee", "amount": "100", "period": "month", "recoupable": recoupable}
    fee = {"mechanism": "licence_fee", "fee": {"amount": "30", "per": "month"}, "basis": "usage"}
    story = songs(Story(), "ann").deal("d", "ann", PLAYS, fee, guarantee, **{"from": "2026-10-01"}).output("o", {"song-ann": "1"})
    told = story.used("o", 80, used_on="2026-11-05").settled(*MONTHS[:2])
    assert told.paid("minimum_guarantee").pop(("ann", "song-ann")) == ("60" if recoupable else "70")  # 10 of November's 110 come back
    assert list(by_month(told).values()) == ["100", "100" if recoupable else "110"]


def test_a_surplus_that_nobody_shares_in_pays_a_guarantee_back_no_further_than_lines_go() -> None:
    """Of 270 in November 250 wait: the 20 of its lines pay back what October's 100 had topped up, and 30 of December's 130."""
    guarantee = {"mechanism": "minimum_guarantee", "amount": "100", "period": "month", "recoupable": True}
    pool = {"mechanism": "revenue_pool", "share": "0.5", "basis": "training"}
    story = songs(Story(), "ann").deal("d", "ann", PLAYS, pool, guarantee, **{"from": "2026-10-01"}).output("o", {"song-ann": "1"})
    story.earned("500", month="2026-11").used("o", 20, used_on="2026-11-05").used("o", 130, used_on="2026-12-05")
    assert list(by_month(story.settled(*MONTHS)).values()) == ["100", "250", "100"]


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


def test_a_buyout_spares_a_fee_that_is_shared_over_the_repertoire_like_any_other() -> None:
    """Of two owners whom a society licenses one has sold: its half is told and not owed; a buyout of one right spares no fee for both."""
    society = {"mandates": [{"society": "soc", "rights": ["recording"], "uses": ["play"]}]}
    fee = {"mechanism": "licence_fee", "fee": {"amount": "40", "per": "month"}, "basis": "presence"}
    buyout = {"mechanism": "buyout", "amount": "100", "covers": ["licence_fee"]}

    def told(**says: Any) -> Told:
        story = songs(Story(), "ann", "bo").party("ann", **society).party("bo", **society).deal("d", "soc", fee, **{"from": "2026-10-01"})
        return story.deal("b", "ann", buyout, **{"from": "2026-10-02"}, **says).settled()

    assert told().paid() == {("ann", "song-ann"): "100", ("soc", "song-bo"): "20"}
    assert told().spared() == {("soc", "song-ann"): "20"}
    assert told(rights=["mechanical"]).paid("licence_fee") == {("soc", "song-ann"): "20", ("soc", "song-bo"): "20"}


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
