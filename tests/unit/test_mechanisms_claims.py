"""Who has a claim, under which deal, and what waits: tiers, mandates, permissions, overclaims, suspense and breaches, by hand."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.stories import LAB, Story, mandate

DENIED = {"training": {"default": "deny"}, "generation": {"default": "deny"}}
RATE = {"mechanism": "per_output", "rate": "1"}
TWICE = {"mechanism": "per_output", "rate": "2"}
THRICE = {"mechanism": "per_output", "rate": "3"}


def sung(*mandates: dict[str, Any], **says: Any) -> Story:
    """Ten uses of an output that is all Ann's song."""
    return Story().party("ann", mandates).work("song", {"ann": "1"}, **says).output("o", {"song": "1"}).used("o", 10)


def test_a_direct_deal_comes_before_a_societys_and_that_before_an_open_one() -> None:
    story = sung(mandate("soc")).deal("open", None, RATE)
    assert story.settled().paid() == {("soc", "song"): "10"}  # under an open deal the society collects too
    assert story.deal("soc", "soc", TWICE).settled().paid() == {("soc", "song"): "20"}
    assert story.deal("direct", "ann", THRICE).settled().paid() == {("ann", "song"): "30"}


def test_the_members_share_is_named_beside_the_society() -> None:
    ((key, _),) = sung(mandate("soc")).deal("soc", "soc", RATE).settled().lines()
    assert (key.account, key.party_id, key.member_id, key.reason) == ("party", "soc", "ann", "")


def test_a_deal_that_does_not_cover_the_use_leaves_it_to_the_next() -> None:
    story = sung(mandate("soc")).deal("direct", "ann", RATE | {"uses": ["download"]}).deal("soc", "soc", TWICE)
    assert story.settled().paid() == {("soc", "song"): "20"}


@pytest.mark.parametrize(
    "says",
    [
        {"from": "2026-10-06"},
        {"to": "2026-10-04"},
        {"territories": ["US", "NO"]},
        {"models": ["m2"]},
        {"licensee": "gnu"},
    ],
)
def test_a_deal_fits_by_day_territory_model_and_licensee(says: dict[str, Any]) -> None:
    story = sung().deal("direct", "ann", TWICE, **says).deal("open", None, RATE)
    assert story.settled().paid() == {("ann", "song"): "10"}


def test_of_two_deals_of_a_tier_the_newest_is_asked_first() -> None:
    story = sung().deal("a", "ann", RATE, **{"from": "2026-01-01"}).deal("z", "ann", TWICE, **{"from": "2026-02-01"})
    assert story.settled().paid() == {("ann", "song"): "20"}


@pytest.mark.parametrize(
    "says",
    [
        mandate("soc", "training", "generation", "play"),  # not for streams of outputs
        mandate("soc", rights=["composition"]),
        mandate("soc", territories=["US"]),
    ],
)
def test_a_mandate_that_does_not_fit_leads_nowhere(says: dict[str, Any]) -> None:
    assert sung(says).deal("soc", "soc", TWICE).deal("open", None, RATE).settled().paid() == {("ann", "song"): "10"}


def test_of_two_societies_the_one_whose_deal_it_is_collects() -> None:
    story = sung(mandate("first"), mandate("second")).deal("second", "second", RATE)
    assert story.settled().paid() == {("second", "song"): "10"}


def test_a_society_collects_for_its_member_through_another() -> None:
    story = sung(mandate("mine")).party("mine", [mandate("abroad")], kind="society").deal("abroad", "abroad", RATE)
    ((key, _),) = story.settled().lines()
    assert (key.party_id, key.member_id) == ("mine", "ann")


@pytest.mark.parametrize(("societies", "paid"), [(4, True), (5, False)])
def test_mandates_are_followed_through_four_societies(societies: int, paid: bool) -> None:  # noqa: FBT001
    story = sung(mandate("s1")).deal("last", f"s{societies}", RATE)
    for number in range(1, societies):
        story.party(f"s{number}", [mandate(f"s{number + 1}")], kind="society")
    assert story.settled().paid() == ({("s1", "song"): "10"} if paid else {})


def test_a_mandate_counts_from_the_day_it_is_in_force() -> None:
    story = sung().deal("soc", "soc", RATE).deal("open", None, TWICE).used("o", 1, used_on="2026-10-20")
    story.facts["parties"]["ann"][0]["content"]["mandates"] = []
    ann = dict(story.facts["parties"]["ann"][0])
    story.facts["parties"]["ann"].append(ann | {"effective_from": "2026-10-15", "content": ann["content"] | {"mandates": [mandate("soc")]}})
    assert story.settled().paid() == {("ann", "song"): "20", ("soc", "song"): "1"}


# --- what waits


def test_what_was_not_allowed_waits_and_is_listed_with_its_evidence() -> None:
    told = sung(permissions={}).deal("open", None, RATE).settled()
    assert told.paid() == {("denied_use", "song"): "10"}
    (breach,) = told.outcome.breaches
    assert (breach.kind, breach.licensee, breach.model, breach.work_id, breach.use) == ("denied_use", LAB, "m1", "song", "stream")
    assert (breach.first_seen, breach.evidence, breach.quantity) == ("2026-10-05", "output:o", 10 * 10**9)


@pytest.mark.parametrize(
    ("permission", "who"),
    [
        ({"default": "allow"}, "ann"),
        ({"default": "allow", "licensees": {LAB: "deny"}}, "denied_use"),
        ({"default": "deny", "licensees": {LAB: "allow"}}, "ann"),
        ({"default": "deny", "licensees": {"gnu": "allow"}}, "denied_use"),
        ({"default": "limit", "max_share": "0.1"}, "ann"),
    ],
)
def test_permissions_are_by_licensee(permission: dict[str, Any], who: str) -> None:
    assert sung(permissions={"generation": permission}).deal("open", None, RATE).settled().paid() == {(who, "song"): "10"}


def test_training_and_generation_are_allowed_apart() -> None:
    story = sung(permissions={"generation": {"default": "allow"}}).deal("open", None, RATE, {"mechanism": "training_run", "fee": "5"})
    assert story.trained("run", {"song": "1"}).settled().paid() == {("ann", "song"): "10", ("denied_use", "song"): "5"}


@pytest.mark.parametrize(("quantity", "listed"), [(99, False), (100, False), (101, True)])
def test_over_the_limit_is_paid_and_listed(quantity: int, listed: bool) -> None:  # noqa: FBT001
    allowed = {"generation": {"default": "limit", "max_share": "0.1"}}
    story = Story().work("song", {"ann": "1"}, permissions=allowed).work("rest", {"bo": "1"}).deal("open", None, RATE)
    story.output("o", {"song": "1"}).output("p", {"rest": "1"}).used("o", quantity).used("p", 1000 - quantity)
    told = story.settled()
    assert told.of("ann") == str(quantity)
    assert [(b.kind, b.limit, b.quantity) for b in told.outcome.breaches] == ([("over_limit", 10**8, quantity * 10**9)] if listed else [])


def test_what_a_deal_pays_nothing_for_counts_towards_the_limit_too() -> None:
    """Where a deal gives a side that is split by itself no part of the price, nobody has a claim on the use, and it was not counted."""
    allowed = {"generation": {"default": "limit", "max_share": "0.5"}}
    story = Story().work("song", {"ann": "1"}, permissions=allowed).work("rest", {"bo": "1"})
    for output, work in (("o", "song"), ("p", "rest")):
        story.output(output, {work: "1"}, basis="by_side", sides={f"work:{work}": "recording"})
    story.deal("of-composers", None, RATE, sides={"recording": "0", "composition": "1"}, territories=["SE"])
    told = story.used("o", 60, territory="SE").used("o", 10, territory="US").used("p", 30).settled()
    assert [b.quantity for b in told.outcome.breaches if b.kind == "over_limit"] == [70 * 10**9]


@pytest.mark.parametrize(("weight", "listed"), [("1", False), ("1.000000001", True)])
def test_the_limit_of_training_is_of_the_runs_weight(weight: str, listed: bool) -> None:  # noqa: FBT001
    allowed = {"training": {"default": "limit", "max_share": "0.5"}}
    story = Story().work("song", {"ann": "1"}, permissions=allowed).work("rest", {"bo": "1"})
    story.deal("open", None, {"mechanism": "training_run", "fee": "4"}).trained("run", {"song": weight, "rest": "1"})
    told = story.settled()
    assert told.of("ann") == "2"
    assert [(b.kind, b.evidence) for b in told.outcome.breaches] == ([("over_limit", "run")] if listed else [])


def test_what_no_deal_covers_has_no_price_and_is_listed() -> None:
    told = sung().settled()
    assert not told.lines()
    (breach,) = told.outcome.breaches
    assert (breach.kind, breach.work_id, breach.side, breach.quantity) == ("unlicensed", "song", "recording", 10 * 10**9)


def test_what_a_buyout_spares_is_not_unlicensed_and_what_was_denied_is_listed_all_the_same() -> None:
    buyout = {"mechanism": "buyout", "amount": "1", "covers": ["per_output"]}
    assert not sung().deal("all", "ann", buyout).settled().outcome.breaches
    assert [b.kind for b in sung(permissions=DENIED).deal("all", "ann", buyout).settled().outcome.breaches] == ["denied_use"]


def test_a_work_that_nobody_registered_waits_on_both_sides_under_an_open_deal() -> None:
    story = Story().output("o", {"isrc:SEABC2600001": "1"}).used("o", 10)
    story.deal("open", None, RATE, sides={"recording": "0.6", "composition": "0.4"})
    told = story.settled()
    assert {(key.side, key.reason, posting.amount // 10**12) for key, posting in told.lines()} == {
        ("recording", "unregistered", 6),
        ("composition", "unregistered", 4),
    }
    registered = story.work("song", {"ann": "1"}, identifiers=["isrc:SEABC2600001"]).settled()
    assert registered.paid() == {("ann", "isrc:SEABC2600001"): "6", ("unregistered", "isrc:SEABC2600001"): "4"}


def test_a_society_without_an_open_deal_does_not_license_the_unregistered() -> None:
    story = Story().output("o", {"work:who": "1"}).used("o", 10).deal("soc", "soc", RATE)
    assert not story.settled().lines()
    story.facts["deals"].clear()
    assert story.deal("soc", "soc", RATE, extended=True).settled().paid() == {("unregistered", "who"): "10"}


def test_what_nobody_claims_waits() -> None:
    told = Story().work("song", {"ann": "0.75"}).output("o", {"song": "1"}).used("o", 10).deal("open", None, RATE).settled()
    assert told.paid() == {("ann", "song"): "7.5", ("unclaimed_share", "song"): "2.5"}


@pytest.mark.parametrize(("bo", "waits"), [("0.4", {"ann": "6", "bo": "4"}), ("0.400000001", {"disputed": "10"})])
def test_shares_above_the_whole_make_all_of_it_wait(bo: str, waits: dict[str, str]) -> None:
    told = Story().work("song", {"ann": "0.6", "bo": bo}).output("o", {"song": "1"}).used("o", 10).deal("open", None, RATE).settled()
    assert told.paid() == {(who, "song"): amount for who, amount in waits.items()}


def test_a_dispute_holds_the_whole_work() -> None:
    told = Story().work("song", {"ann": "0.6"}, disputed=True).output("o", {"song": "1"}).used("o", 10).deal("open", None, RATE).settled()
    assert told.paid() == {("disputed", "song"): "10"}


def test_an_output_without_disclosure_is_unattributed_and_owes_nothing() -> None:
    assert not Story().used("o", 10).deal("open", None, RATE).settled().lines()


def test_shares_count_from_their_day() -> None:
    story = sung().work("song", {"bo": "1"}, since="2026-10-15").deal("open", None, RATE).used("o", 3, used_on="2026-10-15")
    assert story.settled().paid() == {("ann", "song"): "10", ("bo", "song"): "3"}
