"""A mandate counts from its society's yes; until then what was agreed before does, and who is left out collects no more."""

from dataclasses import replace
from typing import Any

import pytest

from overtone.errors import Conflict, Forbidden, NotFound, OvertoneError, Rejected
from overtone.lines import LineSide
from overtone.payout.directory import Directory
from overtone.payout.societies import fees
from overtone.rights import mandate_endings, mandates, members, tariffs
from overtone.rights.agreement import BEFORE_ACCEPTANCE, Answer, Beside, MandateEnd, Status
from overtone.rights.members import Member
from overtone.rights.registration import Actor
from overtone.rights.registry import Mandate, Party, PartyKind
from overtone.rights.tariffs import RATES_MAX, Tariff
from overtone.rights.versions import Entity, Version
from overtone.settlement.plan import mandates_changed

ANN, STIM, EVE, ADMIN = Actor("ann"), Actor("stim"), Actor("eve"), Actor("", admin=True)
AT, LATER, LAST = (f"2026-10-0{day}T00:00:00.000000Z" for day in (1, 2, 3))
SOCIETY = Party.model_validate({"name": "Stim", "kind": "society", "country": "SE"})
YES, NO, BACK = Status.ACCEPTED, Status.REFUSED, Status.WITHDRAWN


def mandate(*uses: str, society: str = "stim", **says: Any) -> Mandate:
    return Mandate.model_validate({"society": society, "rights": ["recording"], "uses": list(uses)} | says)


PLAY, OUTPUT, TRAINING = mandate("play"), mandate("output"), mandate("training")
GEMA = mandate("play", society="gema")


def party(*given: Mandate, kind: str = "creator") -> Party:
    return Party.model_validate({"name": "Ann", "kind": kind, "country": "SE"}).model_copy(update={"mandates": given})


def stated(
    entity: Entity[Party] | None, actor: Actor, *given: Mandate, at: str = AT, since: str = "2026-01-01", **how: Any
) -> Entity[Party]:
    """The record with one version more, as a put leaves it."""
    number = len(entity.versions) + 1 if entity else 1
    version = Version(number, since, at, actor.name, party(*given))
    before = entity.latest.content if entity else None
    new = mandates.proposed(actor, "ann", before, version, how.get("stated", Beside()), represented=how.get("represented", False))
    known = entity or Entity("ann", "ann", ())
    return replace(known, versions=(*known.versions, version), accords=(*known.accords, *new))


def said(
    entity: Entity[Party], actor: Actor, of: Mandate, verdict: Status = YES, at: str = LATER, society: Party = SOCIETY
) -> Entity[Party]:
    accord = mandates.answer_of(actor, entity, mandates.name_of(of), Answer(verdict, actor.name, at), society)
    others = tuple(known for known in entity.accords if (known.of, known.since) != (accord.of, accord.since))
    return replace(entity, accords=(*others, accord))


def counts(entity: Entity[Party], cutoff: str = LAST, day: str = "2026-10-15") -> tuple[Mandate, ...]:
    version = mandates.counting(entity, cutoff).in_force(day, cutoff)
    assert version
    return version.content.mandates


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


# --- tariffs


def tariff(*rates: dict[str, Any]) -> Tariff:
    return Tariff.model_validate({"rates": list(rates)})


def entity_of(content: Any, *later: Any) -> Entity[Any]:
    versions = [Version(1, "2026-10-01", AT, "stim", content)]
    versions += [Version(2, "2026-10-15", AT, "stim", one) for one in later]
    return Entity("stim", "stim", tuple(versions))


def test_a_tariff_counts_instead_of_what_the_member_wrote_from_the_month_that_begins_after_it() -> None:
    wrote = mandate("output", admin_fee="0.5")
    known = stated(None, ADMIN, wrote)
    set_ = entity_of(tariff({"admin_fee": "0.1"}), tariff({"admin_fee": "0.2"}))
    directory = Directory({"ann": known}, LAST, {"stim": set_})
    found = [fees("ann", "stim", month, "recording", "per_output", directory) for month in ("2026-09", "2026-10", "2026-11")]
    assert [one.admin_fee if one else None for one in found] == [500_000_000, 100_000_000, 200_000_000]
    assert (
        fees("ann", "stim", "2026-10", "recording", "direct_play", directory) is None
    )  # no mandate: nothing is kept under a tariff either


def test_the_first_rate_that_fits_side_use_and_member_counts_and_of_what_none_fits_nothing_is_kept() -> None:
    rates = tariff(
        {"rights": ["composition"], "members": ["publisher"], "admin_fee": "0.01"},
        {"rights": ["composition"], "admin_fee": "0.02", "cultural_deduction": "0.1"},
        {"uses": ["play"], "admin_fee": "0.03"},
    )

    def rate(side: LineSide, use: str, kind: PartyKind) -> str | None:
        found = rates.rate(side, [use], kind)
        return str(found.admin_fee // 10_000_000) if found else None

    assert rate("composition", "output", "publisher") == "1"
    assert rate("composition", "output", "creator") == "2"
    assert rate("recording", "play", "creator") == "3"
    assert rate("recording", "output", "creator") is None
    assert rate("", "output", "creator") == "2"


def test_a_society_sets_its_own_tariff_ahead_and_an_admin_any() -> None:
    tariffs.allow(STIM, "stim", SOCIETY, "2026-10-02", "2026-10-02")
    tariffs.allow(ADMIN, "stim", SOCIETY, "2026-01-01", "2026-10-02")
    for actor, society, day, error in (
        (STIM, SOCIETY, "2026-10-01", Rejected),
        (ANN, SOCIETY, "2026-10-02", Forbidden),
        (STIM, party(), "2026-10-02", Rejected),
        (STIM, None, "2026-10-02", Rejected),
    ):
        with pytest.raises(error):
            tariffs.allow(actor, "stim", society, day, "2026-10-02")
    assert len(tariff(*[{"admin_fee": "0.1"}] * RATES_MAX).rates) == RATES_MAX
    for wrong in ([], [{"admin_fee": "0.1"}] * (RATES_MAX + 1), [{"admin_fee": "0.6", "cultural_deduction": "0.5"}]):
        with pytest.raises(ValueError, match="rates"):
            tariff(*wrong)


# --- members in bulk


def row(**says: Any) -> Member:
    return Member.model_validate({"party": "ann"} | says)


TERMS: dict[str, Any] = {"rights": ["recording"], "uses": ["play"]}


def test_a_society_enters_who_is_not_registered_and_keeps_a_record_that_nobody_else_wrote() -> None:
    made = members.step("stim", [row(name="Ann", country="SE", **TERMS)], None)
    assert made.represented
    assert made.record == {"name": "Ann", "kind": "creator", "country": "SE", "mandates": [PLAY.model_dump(mode="json")]}
    own = stated(None, STIM, PLAY, represented=True)
    assert counts(own) == (PLAY,)
    changed = members.step("stim", [row(rights=["recording"], uses=["output"]), row(**TERMS)], own)
    assert changed.represented
    assert changed.record
    assert [one["uses"] for one in changed.record["mandates"]] == [["output"], ["play"]]


def test_a_society_s_row_accepts_what_a_member_proposed_whatever_fee_it_wrote() -> None:
    asked = stated(None, ANN, mandate("play", admin_fee="0.9"), GEMA)
    name = mandates.name_of(mandate("play", admin_fee="0.9"))
    for rows in ([row()], [row(**TERMS)]):
        assert members.step("stim", rows, asked) == members.Step(accepted=(name,))
    done = said(asked, STIM, mandate("play", admin_fee="0.9"))
    assert members.step("stim", [row()], done) == members.step("stim", [row(**TERMS)], done) == members.Step()


def test_of_a_party_that_speaks_for_itself_a_society_asks_once() -> None:
    own = stated(None, ANN, GEMA)
    step = members.step("stim", [row(**TERMS)], own)
    assert not step.represented
    assert step.record
    assert len(step.record["mandates"]) == 2
    asked = stated(own, STIM, GEMA, PLAY)
    assert counts(asked) == ()
    assert members.step("stim", [row(**TERMS)], asked) == members.Step()
    with pytest.raises(Conflict, match="not answered"):
        members.step("stim", [row(rights=["recording"], uses=["output"])], asked)
    assert counts(said(asked, ANN, PLAY)) == (PLAY,)


@pytest.mark.parametrize(
    ("says", "fields"),
    [
        ({}, ["name", "country", "rights"]),
        ({"name": "Ann", "country": "SE"}, ["rights"]),
        ({"rights": ["recording"]}, ["uses"]),
        ({"uses": ["play"]}, ["rights"]),
    ],
)
def test_a_row_that_says_too_little_names_what_is_missing(says: dict[str, Any], fields: list[str]) -> None:
    with pytest.raises(Rejected) as error:
        members.step("stim", [row(**says)], None)
    assert [fault.field for fault in error.value.faults] == fields
    with pytest.raises(Rejected, match="no mandate"):
        members.step("stim", [row()], stated(None, ANN, GEMA))


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
        members.step("stim", [row], over)


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
