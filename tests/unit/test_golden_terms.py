"""The terms that the market writes, each with its golden figure, to the last digit."""

from __future__ import annotations

from typing import Any

from tests.unit.stories import Story

POOL = {"mechanism": "revenue_pool", "share": "0.2", "basis": "influence"}
PLAYS = {"mechanism": "per_output", "rate": "1"}


def songs(story: Story, *owners: str, **says: Any) -> Story:
    """Each owner is registered and has a recording of its own, called after it."""
    for owner in owners:
        story.party(owner).work(f"song-{owner}", {owner: "1"}, **says)
    return story


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
