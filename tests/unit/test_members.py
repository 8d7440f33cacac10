"""A society enters its members in bulk, each with a mandate."""

from typing import Any

import pytest

from overtone.errors import Conflict, Rejected
from overtone.rights import mandates, members
from tests.unit.stated import ANN, GEMA, PLAY, STIM, counts, mandate, row, said, stated

TODAY = "2026-10-04"
TERMS: dict[str, Any] = {"rights": ["recording"], "uses": ["play"]}


def test_a_society_enters_who_is_not_registered_and_keeps_a_record_that_nobody_else_wrote() -> None:
    made = members.step("stim", [row(name="Ann", country="SE", **TERMS)], None, TODAY)
    assert made.represented
    assert made.record == {"name": "Ann", "kind": "creator", "country": "SE", "mandates": [PLAY.model_dump(mode="json")]}
    own = stated(None, STIM, PLAY, represented=True)
    assert counts(own) == (PLAY,)
    changed = members.step("stim", [row(rights=["recording"], uses=["output"]), row(**TERMS)], own, TODAY)
    assert changed.represented
    assert changed.record
    assert [one["uses"] for one in changed.record["mandates"]] == [["output"], ["play"]]


def test_a_society_s_row_accepts_what_a_member_proposed_whatever_fee_it_wrote() -> None:
    asked = stated(None, ANN, mandate("play", admin_fee="0.9"), GEMA)
    name = mandates.name_of(mandate("play", admin_fee="0.9"))
    for rows in ([row()], [row(**TERMS)]):
        assert members.step("stim", rows, asked, TODAY) == members.Step(accepted=(name,))
    done = said(asked, STIM, mandate("play", admin_fee="0.9"))
    assert members.step("stim", [row()], done, TODAY) == members.step("stim", [row(**TERMS)], done, TODAY) == members.Step()


def test_of_a_party_that_speaks_for_itself_a_society_asks_once() -> None:
    own = stated(None, ANN, GEMA)
    step = members.step("stim", [row(**TERMS)], own, TODAY)
    assert not step.represented
    assert step.record
    assert len(step.record["mandates"]) == 2
    asked = stated(own, STIM, GEMA, PLAY)
    assert counts(asked) == ()
    assert members.step("stim", [row(**TERMS)], asked, TODAY) == members.Step()
    with pytest.raises(Conflict, match="not answered"):
        members.step("stim", [row(rights=["recording"], uses=["output"])], asked, TODAY)
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
        members.step("stim", [row(**says)], None, TODAY)
    assert [fault.field for fault in error.value.faults] == fields
    with pytest.raises(Rejected, match="no mandate"):
        members.step("stim", [row()], stated(None, ANN, GEMA), TODAY)
