"""A mandate counts from its society's yes; until then what was agreed before does, and who is left out collects no more."""

from dataclasses import replace

import pytest

from overtone.errors import Conflict, Forbidden, NotFound, OvertoneError, Rejected
from overtone.rights import mandate_endings, mandates, members
from overtone.rights.agreement import BEFORE_ACCEPTANCE, Beside, MandateEnd, Status
from overtone.rights.members import Member
from overtone.rights.registration import Actor
from overtone.rights.registry import EVERY_MANDATE_USE, Mandate, Party
from overtone.rights.versions import Entity, Version
from overtone.settlement.plan import mandates_changed
from tests.unit.stated import (
    ADMIN,
    ANN,
    AT,
    BACK,
    EVE,
    GEMA,
    LAST,
    LATER,
    NO,
    OUTPUT,
    PLAY,
    STIM,
    TRAINING,
    YES,
    counts,
    party,
    said,
    stated,
)


def test_a_mandate_counts_from_the_instant_of_its_society_s_yes_for_days_before_it_too() -> None:
    asked = stated(None, ANN, PLAY)
    assert counts(asked) == ()
    agreed = said(asked, STIM, PLAY)
    assert counts(agreed, cutoff=AT) == ()
    assert counts(agreed, cutoff=LATER, day="2026-01-01") == (PLAY,)
    assert mandates_changed(agreed, AT, LAST) == "2026-01-01"
    assert mandates_changed(agreed, LATER, LAST) is None


def test_an_admin_s_word_is_enough_and_one_that_only_proposes_waits_for_both() -> None:
    assert counts(stated(None, ADMIN, PLAY)) == (PLAY,)
    asked = stated(None, ADMIN, PLAY, stated=Beside(propose=True))
    assert counts(said(asked, STIM, PLAY)) == ()
    assert counts(said(said(asked, STIM, PLAY), ANN, PLAY)) == (PLAY,)
    assert counts(said(asked, ADMIN, PLAY)) == (PLAY,)


def test_what_stood_stands_until_the_new_one_is_accepted_and_after_a_no() -> None:
    old = said(stated(None, ANN, PLAY), STIM, PLAY)
    asked = stated(old, ANN, OUTPUT, TRAINING, at=LATER)
    assert counts(asked) == (PLAY,)
    assert counts(said(asked, STIM, OUTPUT)) == (OUTPUT, PLAY)
    assert counts(said(asked, STIM, OUTPUT, NO)) == (PLAY,)
    assert counts(said(said(asked, STIM, OUTPUT), STIM, TRAINING)) == (OUTPUT, TRAINING)


def test_another_society_s_yes_does_not_wait_and_who_is_left_out_is_out_at_once() -> None:
    old = said(stated(None, ANN, PLAY), STIM, PLAY)
    assert counts(stated(old, ANN, at=LATER)) == ()
    moved = stated(old, ANN, GEMA, at=LATER)
    assert counts(moved) == ()
    assert [(event.kind, event.party) for event in mandates.news(ANN, "ann", party(PLAY), moved.latest, moved.accords)] == [
        ("mandate.proposed", "gema"),
        ("mandate.ended", "stim"),
    ]


def test_a_change_of_something_else_asks_nobody_and_a_mandate_that_comes_again_is_asked_for_again() -> None:
    old = said(stated(None, ANN, PLAY), STIM, PLAY)
    assert counts(stated(old, ANN, PLAY, at=LATER)) == (PLAY,)
    left = stated(old, ANN, at=LATER)
    assert counts(stated(left, ANN, PLAY, at=LATER)) == ()


def test_versions_count_in_the_order_of_their_days() -> None:
    late = said(stated(None, ANN, PLAY, since="2026-06-01"), STIM, PLAY)
    both = said(stated(late, ANN, OUTPUT, at=LATER, since="2026-03-01"), STIM, OUTPUT)
    assert (counts(both, day="2026-04-01"), counts(both, day="2026-07-01")) == ((OUTPUT,), (PLAY,))
    open_end = stated(both, ANN, TRAINING, at=LATER, since="2026-07-01")
    assert counts(open_end, day="2026-08-01") == (PLAY,)
    assert mandates_changed(said(open_end, STIM, TRAINING, at=LAST), LATER, LAST) == "2026-07-01"


def test_records_from_before_acceptance_existed_state_accepted_mandates() -> None:
    versions = tuple(Version(n, "2026-01-01", AT, "ann", party(*given)) for n, given in enumerate([(PLAY,), (), (PLAY, OUTPUT)], start=1))
    old = Entity("ann", "ann", versions, mandates.migrated(versions, (version.content.mandates for version in versions)))
    assert counts(old) == (PLAY, OUTPUT)
    assert {(accord.since, accord.agreement.decided.evidence) for accord in old.accords if accord.agreement.decided} == {
        (1, BEFORE_ACCEPTANCE),
        (3, BEFORE_ACCEPTANCE),
    }


@pytest.mark.parametrize(
    ("actor", "verdict", "error"),
    [
        (ANN, YES, Forbidden),
        (ANN, NO, Forbidden),
        (ANN, BACK, None),
        (STIM, YES, None),
        (STIM, NO, None),
        (STIM, BACK, Forbidden),
        (EVE, YES, NotFound),
        (ADMIN, YES, None),
        (ADMIN, NO, None),
    ],
)
def test_who_answers_a_member_s_mandate(actor: Actor, verdict: Status, error: type[OvertoneError] | None) -> None:
    asked = stated(None, ANN, PLAY)
    if error is None:
        after = said(asked, actor, PLAY, verdict)
        assert after.accords[0].agreement.status == verdict
        assert said(after, actor, PLAY, verdict).accords == after.accords
        with pytest.raises((Conflict, Forbidden)):
            said(after, actor, PLAY, NO if verdict != NO else YES)
    else:
        with pytest.raises(error):
            said(asked, actor, PLAY, verdict)


def test_a_society_that_nobody_approved_accepts_nothing_nor_what_is_not_stated_any_more() -> None:
    waiting = Party.model_validate({"name": "Stim", "kind": "society", "country": "SE", "approval": {"status": "waiting"}})
    with pytest.raises(Conflict, match="approve"):
        said(stated(None, ANN, PLAY), STIM, PLAY, society=waiting)
    with pytest.raises(Conflict, match="does not state"):
        said(stated(stated(None, ANN, PLAY), ANN), STIM, PLAY)
    with pytest.raises(NotFound):
        said(stated(None, ANN, PLAY), STIM, OUTPUT)


# --- ends


def ended(entity: Entity[Party], actor: Actor, of: Mandate, day: str = "2026-10-10", at: str = LATER) -> Entity[Party]:
    accord, _ = mandates.find(entity, mandates.name_of(of))
    new = mandate_endings.ended(actor, entity, accord, of, MandateEnd(day, actor.name, at))
    return replace(entity, accords=tuple(new if known == accord else known for known in entity.accords))


def test_a_society_ends_a_mandate_from_a_day_on_and_nothing_before_it_changes() -> None:
    """Whatever the member says of itself meanwhile, ahead or behind."""
    agreed = said(stated(None, ANN, PLAY, TRAINING), STIM, PLAY)
    agreed = said(agreed, STIM, TRAINING)
    over = ended(agreed, STIM, PLAY)
    assert counts(over, day="2026-10-09") == (PLAY, TRAINING)
    assert counts(over, day="2026-10-10") == (TRAINING,)
    assert counts(over, cutoff=AT, day="2026-10-10") == counts(agreed, cutoff=AT, day="2026-10-10")
    late = ended(agreed, STIM, PLAY, at=LAST)
    assert mandates_changed(late, LATER, LAST) == "2026-10-10"
    for since in ("2026-10-05", "2026-10-10", "2026-11-01"):
        moved = stated(over, ANN, PLAY, TRAINING, OUTPUT, at=LAST, since=since)
        assert counts(moved, day="2026-10-09") == (PLAY, TRAINING), since
        assert counts(moved, day="2026-10-10") == (TRAINING,), since
        assert counts(moved, day="2026-12-01") == (TRAINING,), since


def test_what_was_ended_is_asked_for_anew_by_leaving_it_out_first() -> None:
    over = ended(said(stated(None, ANN, PLAY), STIM, PLAY), STIM, PLAY, day="2026-10-03")
    assert counts(stated(over, ANN, PLAY, at=LAST, since="2026-10-04")) == ()
    out = stated(over, ANN, at=LAST, since="2026-10-04")
    again = said(stated(out, ANN, PLAY, at=LAST, since="2026-10-05"), STIM, PLAY, at=LAST)
    assert [counts(again, day=f"2026-10-0{day}") for day in (2, 3, 4, 5)] == [(PLAY,), (), (), (PLAY,)]
    row = Member.model_validate({"party": "ann", "rights": ["recording"], "uses": ["play"]})
    with pytest.raises(Conflict, match="states it anew"):
        members.step("stim", [row], over, "2026-10-04")


def test_who_ends_what_and_when() -> None:
    asked = stated(None, ANN, PLAY)
    for wrong, actor in ((Conflict, STIM), (NotFound, EVE)):
        with pytest.raises(wrong):
            ended(asked, actor, PLAY)
    agreed = said(asked, STIM, PLAY)
    with pytest.raises(NotFound):
        ended(agreed, EVE, PLAY)
    for actor, told_of in ((STIM, ["ann"]), (ANN, ["stim"]), (ADMIN, ["ann", "stim"])):
        over = ended(agreed, actor, PLAY)
        (stands,) = mandates.shown(over, 1, None)
        assert (stands["status"], stands["end"]["from"], stands["end"]["by"]) == ("ended", "2026-10-10", actor.name)
        assert ended(over, actor, PLAY, at=LAST) == over
        with pytest.raises(Conflict, match="already"):
            ended(over, actor, PLAY, day="2026-10-11")
        events = mandate_endings.event(actor, agreed, PLAY, MandateEnd("2026-10-10", actor.name, LATER))
        assert [(event.kind, event.party) for event in events] == [("mandate.ended", party_id) for party_id in told_of]
    assert mandate_endings.first_day("2026-10-01", None) == "2026-10-02"
    assert mandate_endings.first_day("2026-10-01", "2026-10-02") == "2026-10-02"
    with pytest.raises(Rejected, match="2026-10-02 or later"):
        mandate_endings.first_day("2026-10-01", "2026-10-01")


def test_of_a_party_that_came_later_nothing_ended() -> None:
    assert mandate_endings.applied([], {}) == {}


def test_a_mandate_for_all_uses_is_for_each_of_them() -> None:
    stated = {"society": "stim", "rights": ["recording"], "uses": ["*"]}
    assert Mandate.model_validate(stated) == Mandate.model_validate(stated | {"uses": list(EVERY_MANDATE_USE)})
    assert Member.model_validate({"party": "ann", "rights": ["recording"], "uses": ["*"]}).uses == EVERY_MANDATE_USE
