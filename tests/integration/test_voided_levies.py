"""What a decision took out of the bills for fraud earns nothing of a levy either."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration import scenario
from tests.integration.test_holds import two_works

if TYPE_CHECKING:
    from local.stack import Stack

FORMULAS = {"influence": {}, "sqrt_influence": {}, "capped_influence": {"cap": "50"}, "equal": {}, "equal_per_party": {}}


@pytest.fixture
def levied(stack: Stack) -> Stack:
    """Ninety uses of ann's work, which nobody heard, and ten of bob's."""
    two_works(stack)
    scenario.disclose(stack, "rep-1", {"gen-1": {scenario.ISRC: "1"}, "gen-2": {scenario.OTHER_ISRC: "1"}})
    scenario.usage(stack, "b-1", ("output:gen-1", "2026-10-03", 90), ("output:gen-2", "2026-10-03", 10))
    scenario.accrue(stack, "2026-10-05T08:15:00Z")
    return stack


@pytest.mark.parametrize("formula", FORMULAS)
@pytest.mark.parametrize("named", [{"work": "track"}, {"subject": "output:gen-1"}])
def test_what_was_voided_counts_in_no_levy(levied: Stack, formula: str, named: dict[str, str]) -> None:
    """By influence the fraud took ninety of a hundred out of everybody's levy, although nobody was billed for it."""
    tree = {"formula": formula, **FORMULAS[formula]}
    levy = {"levy_id": "tax", "month": "2026-10", "currency": "EUR", "amount": "100", "distribution": tree}
    assert levied.http("POST", "/v1/levies", scope="admin", json=levy).status == 201
    hold = {"hold_id": "h-1", "months": ["2026-10"], "reason": "one listener around the clock"}
    assert levied.http("POST", "/v1/holds", scope="finance", json=hold | named).status == 201
    scenario.accrue(levied, "2026-10-06T08:15:00Z")
    levied.at(scenario.SETTLED)
    decision = {"outcome": "void", "evidence": "the listener is a machine"}
    assert levied.http("POST", "/v1/holds/h-1:decide", scope="finance", json=decision).status == 200
    assert scenario.settle(levied)["status"] == "sealed", levied.errors
    paid = {line["party_id"]: line["amount"] for line in scenario.lines_of(levied) if line["mechanism"] == "levy"}
    assert paid == {"bob": "100"}
