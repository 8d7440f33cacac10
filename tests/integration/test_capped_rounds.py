"""A settlement looks at what it owes up to four times: uses, their caps, lines, and the caps of what looks at lines. Each counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from overtone.money import format_amount, parse_amount
from overtone.scales import ZERO_PICO, Pico
from overtone.stores import books as book_store
from overtone.stores import settlements as settlement_store
from tests.integration import scenario

if TYPE_CHECKING:
    from local.stack import Stack


@pytest.mark.parametrize("used", ["3", ""])
def test_a_guarantee_s_cap_holds_beside_the_cap_of_what_it_tops_up(stack: Stack, used: str) -> None:
    """Of 10 plays at 1.00 a cap lets through 3, or all: the guarantee of 20 lacks the rest, and its own cap lets through 5."""
    stack.at("2026-09-01T08:00:00Z")
    scenario.party(stack, "ann", "creator", payout=scenario.BANK)
    scenario.party(stack, "fox", "licensee")
    scenario.work(stack, "track", "ann", {"ann": "1"}, identifiers=[scenario.ISRC])
    played = {"mechanism": "per_output", "rate": "1"} | ({"cap": {"amount": used, "per": "month"}} if used else {})
    guarantee = {"mechanism": "minimum_guarantee", "amount": "20", "period": "month", "cap": {"amount": "5", "per": "month"}}
    scenario.deal(stack, "capped", played, guarantee, licensor="ann")
    stack.at("2026-10-05T08:00:00Z")
    scenario.disclose(stack, "rep", {"gen": {scenario.ISRC: "1"}})
    scenario.usage(stack, "plays", ("output:gen", "2026-10-03", 10))
    scenario.accrue(stack, "2026-10-05T08:15:00Z")
    stack.at(scenario.SETTLED)
    scenario.settle(stack, "s", "2026-10")
    owed: dict[str, Pico] = {}
    for line in scenario.lines_of(stack, "s"):
        if line["usage_month"] == "2026-10":
            owed[line["mechanism"]] = Pico(owed.get(line["mechanism"], ZERO_PICO) + parse_amount(line["amount"]))
    assert {name: format_amount(pico) for name, pico in owed.items()} == {"per_output": used or "10", "minimum_guarantee": "5"}
    plan = settlement_store.plan_of(settlement_store.get("s"))
    last = book_store.totals_of(plan, "2026-10", 4 if used else 3).to_json()
    assert book_store.final_totals(plan, ["2026-10"])["2026-10"].to_json() == last, "as who explains a line finds them"
