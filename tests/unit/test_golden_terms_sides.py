"""Golden cases of who takes which part of a use: what comes off the top, both sides, each side by itself, a likeness."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.golden import PLAYS, songs
from tests.unit.stories import Story, mandate

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


def test_whoever_of_a_composition_nobody_licensed_is_named_where_both_sides_are_required() -> None:
    """Of two writers one has a deal: the other is why the recording has no price, and stands beside it."""
    story = Story().party("ann").party("pub").party("eve").work("tune", {"pub": "0.5", "eve": "0.5"}, kind="composition")
    story.work("song", {"ann": "1"}, composition="tune").deal("d", "ann", PLAYS, requires="both_sides")
    story.deal("p", "pub", PLAYS, sides={"recording": "0", "composition": "1"}).output("o", {"song": "1"}).used("o", 8)
    told = story.settled()
    assert told.paid() == {("pub", "song"): "4"}
    named = {(breach.kind, breach.side, breach.party_id, breach.quantity // 10**9) for breach in told.outcome.breaches}
    assert named == {("unlicensed", "recording", "ann", 8), ("unlicensed", "composition", "eve", 8)}


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
