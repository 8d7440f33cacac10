"""Two of finance accept at the same moment what only one of them can have."""

from typing import Any

from local.stack import Stack
from tests.integration import scenario
from tests.integration.scenario import payments, settle
from tests.integration.test_money_in_and_out import ALICE, BOB, call
from tests.interruptions import before_each_write


def test_what_waits_is_not_given_away_twice(stack: Stack) -> None:
    """Each was accepted as long as enough waited when it was looked at: 30 were paid twice, and suspense held 30 less than nothing."""
    scenario.small_world(stack)
    row = {"currency": "EUR", "balance": "30", "suspense": "disputed", "month": "2025-03"}
    assert call(stack, "POST", "opening-balances", ALICE, {"opening_id": "o-1", "evidence": "x", "balances": [row]}).status == 201
    assert call(stack, "POST", "opening-balances/o-1:accept", BOB).status == 200
    where = {"opening_id": "o-1", "reason": "disputed", "month": "2025-03"}
    given: dict[str, Any] = {"party": "ann", "amount": "30", "currency": "EUR", "reason": "hers", "evidence": "x", "suspense": where}
    for name in ("a-1", "a-2"):
        assert call(stack, "POST", "adjustments", ALICE, given | {"adjustment_id": name}).status == 201
    answers = []

    def meanwhile(_count: int) -> None:
        answers.append(call(stack, "POST", "adjustments/a-2:accept", BOB).status)

    with before_each_write(stack, "FinanceApi", meanwhile):
        answers.append(call(stack, "POST", "adjustments/a-1:accept", BOB).status)
    assert (answers[0], answers[-1]) == (200, 422)
    stack.at(scenario.SETTLED)
    settle(stack)
    assert payments(stack, "2026-10")["ann"]["adjusted"] == "30"
    assert call(stack, "GET", "suspense", query={"mechanism": "opening"}).json()["items"] == []
