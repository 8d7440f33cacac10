"""Golden cases of what is shared over a repertoire: which of a licensor's works have a part, by their uses and by mandates."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.scenarios import CUTOFF
from tests.unit.stories import Story

FEE: dict[str, Any] = {"mechanism": "licence_fee", "fee": {"amount": "90", "per": "month"}, "basis": "presence"}
GUARANTEE: dict[str, Any] = {"mechanism": "minimum_guarantee", "amount": "90", "period": "month"}
BUYOUT: dict[str, Any] = {"mechanism": "buyout", "amount": "90", "covers": ["per_output"]}
SHARE: dict[str, Any] = {"mechanism": "per_output", "revenue_share": "0.5", "uses": ["stream"]}
OFTEN: dict[str, Any] = {"from": "2026-10-01", "eligibility": {"min_uses": 150}}


def three_songs() -> Story:
    """Ann's songs: 500 uses of one, 400 of two, 100 of three, none of four."""
    story = Story().work("four", {"ann": "1"})
    for song, uses in (("one", 500), ("two", 400), ("three", 100)):
        story.work(song, {"ann": "1"}).output(song, {song: "1"}).used(song, uses)
    return story


@pytest.mark.parametrize("terms", [[FEE], [GUARANTEE], [BUYOUT], [SHARE, FEE], [SHARE, GUARANTEE], [SHARE, BUYOUT]])
def test_works_below_the_least_have_no_part_of_what_a_repertoire_shares_and_theirs_goes_to_the_rest(terms: list[dict[str, Any]]) -> None:
    told = three_songs().deal("d", "ann", *terms, **OFTEN).settled()
    assert told.paid() == {("ann", "one"): "45", ("ann", "two"): "45"}
    every = three_songs().deal("d", "ann", *terms, **OFTEN | {"eligibility": {"min_uses": 0}}).settled()
    assert every.paid() == {("ann", song): "22.5" for song in ("one", "two", "three", "four")}


@pytest.mark.parametrize("terms", [FEE, GUARANTEE, BUYOUT], ids=lambda terms: terms["mechanism"])
def test_what_is_shared_over_works_that_are_all_below_the_least_waits(terms: dict[str, Any]) -> None:
    told = three_songs().deal("d", "ann", terms, **OFTEN | {"eligibility": {"min_uses": 501}}).settled()
    assert told.paid() == {("unattributed", ""): "90"}


@pytest.mark.parametrize("terms", [FEE, GUARANTEE, BUYOUT], ids=lambda terms: terms["mechanism"])
def test_a_work_s_uses_are_those_under_all_its_keys_and_those_of_a_composition_its_recordings(terms: dict[str, Any]) -> None:
    story = Story().work("song", {"ann": "1"}, kind="composition").work("other", {"ann": "1"}, kind="composition")
    story.work("tape", {"bo": "1"}, composition="song", identifiers=["isrc:SEAAA2600001"]).work("live", {"bo": "1"}, composition="song")
    story.output("a", {"isrc:SEAAA2600001": "1"}).output("b", {"live": "1"}).used("a", 100).used("b", 50)
    story.output("c", {"other": "1"}).used("c", 149)
    says: dict[str, Any] = OFTEN | {"sides": {"recording": "0", "composition": "1"}}
    assert story.deal("d", "ann", terms, **says).settled().paid() == {("ann", "song"): "90"}


@pytest.mark.parametrize("terms", [FEE, GUARANTEE, BUYOUT], ids=lambda terms: terms["mechanism"])
def test_uses_beyond_the_deal_and_uses_that_are_void_make_no_work_eligible(terms: dict[str, Any]) -> None:
    story = Story().deal("d", "ann", terms, **OFTEN, territories=["SE"], models=["m1"])
    for song in ("here", "there", "before", "otherwise", "void"):
        story.work(song, {"ann": "1"}).output(song, {song: "1"}, model="m2" if song == "otherwise" else "m1")
    for song in ("here", "otherwise"):
        story.used(song, 150)
    story.used("there", 150, territory="NO").used("before", 150, used_on="2026-09-30").used("void", 149).used("void", 99, territory="NO")
    assert story.settled().paid() == {("ann", "here"): "90"}
    hold = {"hold_id": "h", "months": ["2026-10"], "recorded_at": "2026-11-01T00:00:00.000000Z", "reason": "farm", "subject": "output:here"}
    story.facts["holds"].append(hold | {"released_at": CUTOFF, "void": True})
    assert story.settled().paid() == {("unattributed", ""): "90"}


def test_uses_that_another_deal_of_the_licensee_prices_are_none_of_a_deal_that_prices_uses_itself() -> None:
    """Ann licenses two herself, so that it is used under her deal and not under her society's, whose guarantee has no lines of its own."""
    story = Story().party("soc", kind="society").party("ann", [mandate()]).party("bo", [mandate()])
    story.work("one", {"bo": "1"}).work("two", {"ann": "1"})
    for song in ("one", "two"):
        story.output(song, {song: "1"}).used(song, 150)
    story.deal("own", "ann", {"mechanism": "micro_royalty", "rate": "1", "uses": ["stream"]})
    told = story.deal("d", "soc", SHARE, GUARANTEE, **OFTEN).settled()
    assert told.paid("minimum_guarantee") == {("soc", "one"): "90"}
    told = story.deal("d", "soc", GUARANTEE, **OFTEN).settled()
    assert told.paid("minimum_guarantee") == {("soc", "one"): "45", ("soc", "two"): "45"}


# --- mandates


def mandate(society: str = "soc", **says: Any) -> dict[str, Any]:
    return {"society": society, "rights": ["recording"], "uses": ["output"]} | says


@pytest.mark.parametrize("terms", [FEE, GUARANTEE, BUYOUT], ids=lambda terms: terms["mechanism"])
def test_a_society_s_repertoire_is_of_members_whose_mandate_is_for_some_territory_of_the_deal(terms: dict[str, Any]) -> None:
    """Dee's society collects for her in Sweden, and by its own mandate the licensor for it in the USA: nowhere both."""
    story = Story().party("soc", kind="society").party("pro", [mandate(territories=["US"])], kind="society")
    mandates = {"ann": mandate(), "bo": mandate(territories=["NO", "US"]), "cy": mandate(territories=["DK"])}
    mandates |= {"dee": mandate("pro", territories=["SE"]), "eve": mandate("pro", territories=["US"])}
    for member, given in mandates.items():
        story.party(member, [given]).work(f"song-{member}", {member: "1"})

    def shared(*territories: str) -> dict[tuple[str, str], str]:
        return story.deal("d", "soc", terms, **{"from": "2026-10-01"}, territories=list(territories)).settled().paid()

    assert shared("SE", "NO") == {("soc", "song-ann"): "45", ("soc", "song-bo"): "45"}
    assert shared("US") == {("soc", "song-ann"): "30", ("soc", "song-bo"): "30", ("pro", "song-eve"): "30"}
    every = {("soc", f"song-{member}"): "18" for member in ("ann", "bo", "cy")} | {("pro", f"song-{one}"): "18" for one in ("dee", "eve")}
    assert shared("*") == every


def test_who_is_paid_for_a_member_is_its_society_of_the_first_territory_in_which_one_leads_to_the_licensor() -> None:
    story = Story().party("soc", kind="society").party("pro", [mandate()], kind="society").party("bis", [mandate()], kind="society")
    story.party("ann", [mandate("pro", territories=["US"]), mandate("bis", territories=["SE"])]).work("song", {"ann": "1"})
    for territories, payee in ((["SE", "US"], "bis"), (["US", "SE"], "pro"), (["NO", "US"], "pro")):
        told = story.deal("d", "soc", FEE, territories=territories).settled()
        assert told.paid() == {(payee, "song"): "90"}


@pytest.mark.parametrize("use", ["training", "generation", "output", "play"])
def test_a_mandate_for_levies_alone_gives_a_society_nothing_to_license(use: str) -> None:
    story = Story().party("soc", kind="society").party("ann", [mandate(uses=["levy"])]).party("bo", [mandate(uses=["levy", use])])
    told = story.work("one", {"ann": "1"}).work("two", {"bo": "1"}).deal("d", "soc", FEE).settled()
    assert told.paid() == {("soc", "two"): "90"}
