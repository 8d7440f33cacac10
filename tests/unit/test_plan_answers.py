"""What the step `plan` answers goes on with the state machine, whose states hold 256 KB: however many parts a settlement has."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from overtone.months import months_between
from overtone.settlement.plan import MonthPlan
from overtone.steps.settlement import opening, what_if
from overtone.stores import settlements as settlement_store
from tests.unit.stored_forms import PLAN

if TYPE_CHECKING:
    from overtone.settlement.plan import Plan

STATE_BYTES_MAX = 256 * 1024
"""Of Step Functions; what is larger ends an execution at once, without a state that would say so."""
LARGEST = PLAN._replace(buckets=1024, months=[MonthPlan(month, None, "", {}) for month in months_between("2000-01", "2026-10")])
"""As many buckets as a stack may have, and as many months as usage is taken of."""


class AskedOfTwo:
    """A what-if of which both worlds are computed."""

    def worlds(self) -> list[str]:
        return ["", what_if.BEFORE_WORLD]

    def plan(self, _world: str = "") -> Plan:
        return LARGEST


def answers(monkeypatch: pytest.MonkeyPatch, *, asks_what_if: bool) -> dict[str, Any]:
    if asks_what_if:
        monkeypatch.setattr(what_if.Asked, "of", lambda _event: AskedOfTwo())
        return what_if.make_plan({})
    record = {"settlement_id": LARGEST.settlement_id, "attempt": 1}
    for name, answer in (("get", record), ("find_plan", LARGEST), ("update", None)):
        monkeypatch.setattr(settlement_store, name, lambda *_, answer=answer, **__: answer)
    return opening.make_plan({"settlement_id": LARGEST.settlement_id, "owner": ""})


@pytest.mark.parametrize("asks_what_if", [False, True])
def test_the_parts_of_the_largest_plan_fit_a_state(monkeypatch: pytest.MonkeyPatch, *, asks_what_if: bool) -> None:
    """Each part was named: 36 whole months of 1,024 buckets, or 142 of 256, could never be settled, by anybody."""
    answer = answers(monkeypatch, asks_what_if=asks_what_if)
    assert len(json.dumps(answer)) < STATE_BYTES_MAX / 2
    assert len({json.dumps(part) for part in answer["parts"]}) == (2 if asks_what_if else 1) * len(LARGEST.items())
