"""Where a proposal stands is read off its answers: nobody is bound before both have said yes, and then from that instant."""

from dataclasses import replace

import pytest

from overtone.errors import Conflict, Forbidden, OvertoneError, Rejected
from overtone.rights.agreement import (
    BEFORE_ACCEPTANCE,
    EVIDENCE_LENGTH_MAX,
    Agreement,
    Answer,
    Beside,
    Status,
    answered,
    before_acceptance,
    beside,
)
from overtone.rights.registration import Actor
from overtone.rights.versions import Entity, Version, in_force
from overtone.settlement import deal_rules
from overtone.settlement.deals import Deal

ANN, FOX, ADMIN = Actor("ann"), Actor("fox"), Actor("", admin=True)
AT, LATER, LAST = (f"2026-10-0{day}T00:00:00.000000Z" for day in (1, 2, 3))
YES, NO, BACK = Status.ACCEPTED, Status.REFUSED, Status.WITHDRAWN


def deal(**change: object) -> Deal:
    terms = [{"mechanism": "micro_royalty", "rate": "0.1"}]
    return Deal.model_validate({"licensee": "fox", "licensor": "ann", "currency": "SEK", "from": "2026-01-01", "terms": terms} | change)


def version(number: int, author: Actor, at: str = AT, stated: Beside = Beside(), **change: object) -> Version[Deal]:  # noqa: B008 - a value
    content = deal(**change)
    return Version(number, "2026-01-01", at, author.name, content, deal_rules.proposed(author, content, stated, at))


def say(entity: Entity[Deal], number: int, actor: Actor, verdict: Status, at: str = LATER, **sent: object) -> Entity[Deal]:
    old = entity.versions[number - 1]
    assert old.agreement is not None
    answer = deal_rules.answer_of(actor, entity, old, verdict, sent, at)
    new = replace(old, agreement=answered(old.agreement, answer))
    return Entity(entity.id, entity.owner, (*entity.versions[: number - 1], new, *entity.versions[number:]))


@pytest.mark.parametrize(("proposer", "other"), [(ANN, FOX), (FOX, ANN)])
def test_one_side_proposes_and_the_other_accepts(proposer: Actor, other: Actor) -> None:
    one = Entity("d", "ann", (version(1, proposer),))
    assert in_force(one.versions, "2026-10-01", LAST) is None
    assert one.versions[0].agreement is not None
    assert one.versions[0].agreement.waits_for == (other.party,)
    both = say(one, 1, other, YES)
    assert in_force(both.versions, "2026-10-01", AT) is None, "known from the acceptance on, not from the proposal"
    assert in_force(both.versions, "2026-10-01", LATER) == both.versions[0]
    assert say(both, 1, other, YES, LAST) == both


def test_who_proposed_cannot_accept_and_who_did_not_cannot_withdraw() -> None:
    one = Entity("d", "ann", (version(1, ANN),))
    for actor, verdict in ((ANN, YES), (ANN, NO), (FOX, BACK), (Actor("bob"), YES), (Actor(""), NO), (Actor("", finance=True), YES)):
        with pytest.raises(Forbidden):
            say(one, 1, actor, verdict)


@pytest.mark.parametrize(("actor", "verdict"), [(FOX, NO), (ANN, BACK), (ADMIN, NO), (ADMIN, BACK)])
def test_what_was_refused_or_withdrawn_binds_nobody_and_stays_so(actor: Actor, verdict: Status) -> None:
    gone = say(Entity("d", "ann", (version(1, ANN),)), 1, actor, verdict, reason="the rate")
    assert gone.agreed(LAST) is None
    for other, word in ((FOX, YES), (ADMIN, YES)):
        with pytest.raises(Conflict):
            say(gone, 1, other, word, LAST)


def test_an_admin_decides_for_both_unless_it_only_proposes() -> None:
    assert version(1, ADMIN, stated=Beside("contract 2026-17")).counts(AT)
    waiting = Entity("d", "ann", (version(1, ADMIN, stated=Beside(propose=True)),))
    half = say(waiting, 1, FOX, YES)
    assert half.agreed(LAST) is None
    assert say(half, 1, ANN, YES).agreed(LAST)
    assert say(waiting, 1, ADMIN, YES).agreed(LAST)


def test_an_open_deal_is_accepted_by_an_admin_alone() -> None:
    waiting = Entity("d", "", (version(1, ADMIN, stated=Beside(propose=True), licensor=None),))
    assert waiting.agreed(LAST) is None
    with pytest.raises(OvertoneError):
        say(waiting, 1, Actor("ann"), YES)
    assert say(waiting, 1, ADMIN, YES).agreed(LAST)


def test_of_two_proposals_at_once_the_later_accepted_stands_and_an_older_comes_too_late() -> None:
    both = Entity("d", "ann", (version(1, ANN, currency="EUR"), version(2, ANN, LATER, currency="USD")))
    first = say(both, 1, FOX, YES, LATER)
    second = say(first, 2, FOX, YES, LAST)
    assert [in_force(second.versions, "2026-10-01", at) for at in (LATER, LAST)] == [second.versions[0], second.versions[1]]
    only = say(both, 2, FOX, YES, LATER)
    with pytest.raises(Conflict, match="version 2 was accepted since"):
        say(only, 1, FOX, YES, LAST)


def test_until_an_amendment_is_accepted_the_version_before_it_is_in_force() -> None:
    amended = Entity("d", "ann", (version(1, ADMIN), version(2, FOX, LATER, to="2026-10-31")))
    for left in (amended, say(amended, 2, ANN, NO)):
        assert in_force(left.versions, "2026-10-01", LAST) == left.versions[0]
    assert in_force(say(amended, 2, ANN, YES, LAST).versions, "2026-10-01", LAST) == replace(
        amended.versions[1], agreement=say(amended, 2, ANN, YES, LAST).versions[1].agreement
    )


def test_what_was_stored_before_is_accepted_by_its_author() -> None:
    old = before_acceptance("ann", AT)
    assert old == Agreement((), (Answer(YES, "ann", AT, BEFORE_ACCEPTANCE, final=True),))
    assert (old.status, old.counts(AT), old.counts("2026-09-30")) == (YES, True, False)


def test_evidence_is_a_text_of_some_length() -> None:
    assert beside({"evidence": "x" * EVIDENCE_LENGTH_MAX, "propose": True, "a": 1}) == (
        {"a": 1},
        Beside("x" * EVIDENCE_LENGTH_MAX, propose=True),
    )
    for wrong in ({"evidence": "x" * (EVIDENCE_LENGTH_MAX + 1)}, {"evidence": 5}, {"propose": "yes"}):
        with pytest.raises(Rejected):
            beside(wrong)


def test_warnings_say_whom_a_version_waits_for_and_what_an_admins_word_rests_on() -> None:
    assert "until fox accepts" in deal_rules.warnings(version(1, ANN))[0]
    assert "without evidence" in deal_rules.warnings(version(1, ADMIN))[0]
    assert deal_rules.warnings(version(1, ADMIN, stated=Beside("contract"))) == []
