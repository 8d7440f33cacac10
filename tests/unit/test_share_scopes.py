"""Shares that count in some territories or in one right alone: what they add up to, and who is paid where, under which deal."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from overtone.money import NANO, parse_share
from overtone.rights import shares
from overtone.rights.registration import warnings
from overtone.rights.registry import Work
from overtone.rights.shares import OwnerShare
from tests.unit.stories import ALLOWED, Story, mandate

PLAY = {"mechanism": "direct_play", "rate": "1"}


def owned(*stated: dict[str, Any]) -> tuple[OwnerShare, ...]:
    return tuple(OwnerShare.model_validate(one) for one in stated)


def played(*stated: dict[str, Any], **says: Any) -> Story:
    work = {"title": "Song", "kind": "recording", "identifiers": ["isrc:SEABC2600001"], "permissions": ALLOWED} | says
    story = Story().party("ann").party("bo").party("sub").work("song", {}, **work)
    story.facts["works"]["song"][0]["content"]["shares"] = list(stated)
    return story


def one_play(story: Story, territory: str) -> dict[tuple[str, str], str]:
    paid = story.used("isrc:SEABC2600001", 100, territory=territory).settled().paid()
    return {(who, key): amount for (who, key), amount in paid.items()}


SUBLICENSED = (
    {"party": "ann", "share": "0.5"},
    {"party": "bo", "share": "0.5", "not_in": ["SE", "NO"]},
    {"party": "sub", "share": "0.5", "territories": ["SE", "NO"]},
)


@pytest.mark.parametrize(
    ("territory", "publisher"),
    [("SE", "sub"), ("NO", "sub"), ("US", "bo"), ("*", "bo")],
)
def test_the_territory_of_a_use_picks_the_shares(territory: str, publisher: str) -> None:
    story = played(*SUBLICENSED).deal("open", None, PLAY, consent="none")
    assert one_play(story, territory) == {("ann", "isrc:SEABC2600001"): "50", (publisher, "isrc:SEABC2600001"): "50"}


def test_each_right_is_paid_under_the_deal_that_licenses_it() -> None:
    """A writer's performance share by one society, the publisher's mechanical share by another deal: neither pays for the other's."""
    stated = ({"party": "ann", "share": "1", "rights": ["performance"]}, {"party": "bo", "share": "1", "rights": ["mechanical"]})
    story = played(*stated).party("pro", kind="society").party("ann", [mandate("pro")])
    story.deal("pro-deal", "pro", {"mechanism": "direct_play", "rate": "0.2"}, rights=["performance"])
    story.deal("bo-deal", "bo", {"mechanism": "direct_play", "rate": "0.3"}, rights=["mechanical"])
    assert one_play(story, "SE") == {("pro", "isrc:SEABC2600001"): "20", ("bo", "isrc:SEABC2600001"): "30"}


def test_a_deal_for_both_rights_prices_their_mean() -> None:
    stated = (
        {"party": "ann", "share": "0.5", "rights": ["performance"]},
        {"party": "bo", "share": "0.5", "rights": ["performance"]},
        {"party": "bo", "share": "1", "rights": ["mechanical"]},
    )
    story = played(*stated).deal("open", None, PLAY, consent="none")
    assert one_play(story, "SE") == {("ann", "isrc:SEABC2600001"): "25", ("bo", "isrc:SEABC2600001"): "75"}


def test_a_right_that_no_deal_licenses_is_unlicensed_and_the_other_is_paid() -> None:
    story = played({"party": "ann", "share": "1"}).deal("half", "ann", PLAY, rights=["performance"])
    told = story.used("isrc:SEABC2600001", 100).settled()
    assert told.paid() == {("ann", "isrc:SEABC2600001"): "100"}
    assert [(breach.kind, breach.party_id) for breach in told.outcome.breaches] == [("unlicensed", "ann")]


def test_a_part_that_rounds_to_nothing_is_nobody_s_to_be_breached() -> None:
    """What is left over of one right, half a nano of the mean, was told as an unlicensed use of a share that nobody holds."""
    thirds = [{"party": party, "share": "0.333333333"} for party in ("ann", "bo")]
    performance = {"party": "sub", "share": "0.333333334", "rights": ["performance"]}
    mechanical = {"party": "sub", "share": "0.333333333", "rights": ["mechanical"]}
    told = played(*thirds, performance, mechanical).used("isrc:SEABC2600001", 100).settled()
    assert [(breach.kind, breach.party_id) for breach in told.outcome.breaches] == [("unlicensed", who) for who in ("ann", "bo", "sub")]


def test_where_one_right_goes_another_way_a_deal_for_both_has_half_of_the_mean() -> None:
    story = played({"party": "ann", "share": "1"}).party("pro", kind="society").party("ann", [mandate("pro")])
    story.deal("mine", "ann", PLAY, rights=["performance"]).deal("all", None, {"mechanism": "direct_play", "rate": "2"}, consent="none")
    paid = one_play(story, "SE")
    assert paid == {("ann", "isrc:SEABC2600001"): "100", ("pro", "isrc:SEABC2600001"): "100"}


def test_too_much_in_one_territory_waits_there_and_nowhere_else() -> None:
    stated = ({"party": "ann", "share": "1"}, {"party": "sub", "share": "0.5", "territories": ["SE"]})
    assert one_play(played(*stated).deal("open", None, PLAY, consent="none"), "SE") == {("disputed", "isrc:SEABC2600001"): "100"}
    assert one_play(played(*stated).deal("open", None, PLAY, consent="none"), "US") == {("ann", "isrc:SEABC2600001"): "100"}


def test_what_adds_up_where_is_told() -> None:
    stated = ({"party": "ann", "share": "1"}, {"party": "sub", "share": "0.5", "territories": ["SE"], "rights": ["mechanical"]})
    work = Work.model_validate({"title": "Song", "kind": "recording", "shares": list(stated)})
    assert shares.sums(work.shares)["SE", "mechanical"] == work.claimed == NANO * 3 // 2
    assert [text[:48] for text in warnings(work)] == ["in SE, mechanical: the shares add up to 1.5: all"]
    only = Work.model_validate({"title": "Song", "kind": "recording", "shares": [{"party": "ann", "share": "1", "territories": ["SE"]}]})
    assert "in the rest of the world, performance: the shares add up to 0" in warnings(only)[0]


def test_the_most_that_a_party_holds_anywhere_and_who_loses() -> None:
    before = owned(*SUBLICENSED)
    assert shares.greatest(before) == {"ann": NANO // 2, "bo": NANO // 2, "sub": NANO // 2}
    narrower = owned({"party": "ann", "share": "0.5"}, {"party": "bo", "share": "0.5", "not_in": ["SE", "NO", "DK"]})
    assert shares.losers(before, narrower) == {"bo", "sub"}
    assert shares.losers(before, before) == set()
    mechanical = owned({"party": "ann", "share": "0.5", "rights": ["mechanical"]})
    assert shares.greatest(mechanical) == {"ann": parse_share("0.25")}


@pytest.mark.parametrize(
    ("stated", "words"),
    [
        ([{"party": "ann", "share": "0.5"}, {"party": "ann", "share": "0.2"}], "stands twice"),
        ([{"party": "ann", "share": "0.5", "territories": ["SE", "US"]}] * 2, "stands twice"),
        ([{"party": "ann", "share": "0.5", "territories": ["SE"], "not_in": ["NO"]}], "taken out of the world"),
        ([{"party": "ann", "share": "0.5", "not_in": ["*"]}], "counts nowhere"),
        ([{"party": "ann", "share": "0.5", "territories": []}], "at least 1"),
        ([{"party": "ann", "share": "0.5", "rights": ["synchronisation"]}], "performance"),
        ([{"party": "ann", "share": "0.5", "territories": ["UK"]}], "GB"),
    ],
)
def test_shares_that_make_no_sense_are_refused(stated: list[dict[str, Any]], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Work.model_validate({"title": "Song", "kind": "recording", "shares": stated})


def test_one_scope_is_kept_in_one_form() -> None:
    one = owned({"party": "ann", "share": "1", "territories": ["*", "SE"], "rights": ["mechanical", "performance"]})
    assert one == owned({"party": "ann", "share": "1"})
    assert owned({"party": "ann", "share": "1", "territories": ["US", "SE", "SE"]})[0].territories == ("SE", "US")


def test_a_share_names_as_many_territories_as_there_are_and_no_more() -> None:
    codes = ["SE"] * shares.TERRITORIES_MAX
    assert owned({"party": "ann", "share": "1", "territories": codes})[0].territories == ("SE",)
    with pytest.raises(ValidationError, match="at most 300"):
        owned({"party": "ann", "share": "1", "territories": [*codes, "SE"]})
