"""Where a what-if says that money was earned: in the territories of the deal as it stood in each month."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.integration import scenario
from tests.integration.scenario import settle, usage
from tests.integration.test_what_ifs import done

if TYPE_CHECKING:
    from local.stack import Stack


def test_territories_are_those_of_the_deal_in_the_month(stack: Stack) -> None:
    """They were those of the version recorded last: what SE had earned was said of NO, to which the deal is limited from next year on."""
    scenario.work_of(stack, "ann")
    usage(stack, "b-2", ("output:gen-1", "2026-10-04", 12), territory="NO")
    scenario.accrue(stack, "2026-10-05T09:15:00Z")
    terms: list[dict[str, Any]] = [{"mechanism": "per_output", "rate": "1"}]
    stack.at(scenario.SETTLED)
    assert settle(stack)["status"] == "sealed"
    before = places(done(stack, "before", {}))
    scenario.deal(stack, "open", *terms, territories=["NO"], effective_from="2027-01-01")
    assert places(done(stack, "since", {})) == before == {"NO": ("12", "12"), "SE": ("12", "12")}
    limited = {"deals": [{"replace": "open", "patch": {"territories": ["NO"]}}]}
    assert places(done(stack, "limited", limited)) == {"NO": ("12", "12"), "SE": ("12", "0")}, "and each world has its own"
    assert places(done(stack, "as-it-is", {}, compare="limited")) == {"NO": ("12", "12"), "SE": ("0", "12")}


def places(result: dict[str, Any]) -> dict[str, tuple[str, str]]:
    (money,) = result["currencies"]
    return {row["territory"]: (row["before"], row["after"]) for row in money["territories"]}


def test_a_line_that_a_deal_keeps_apart_by_territory_was_earned_there(stack: Stack) -> None:
    """Each was spread over all territories by use: NO, whose plays brought a tenth of the revenue, was said to have earned half of it."""
    scenario.work_of(stack, "ann")
    terms: list[dict[str, Any]] = [{"mechanism": "per_output", "revenue_share": "0.1"}]
    scenario.deal(stack, "open", *terms, detail=["territory"], effective_from="2026-01-01")
    for batch, place, revenue in (("b-2", "SE", "100"), ("b-3", "NO", "10")):
        usage(stack, batch, ("output:gen-1", "2026-10-04", 12), territory=place, revenue=revenue, currency="EUR")
    scenario.accrue(stack, "2026-10-05T09:15:00Z")
    stack.at(scenario.SETTLED)
    assert settle(stack)["status"] == "sealed"
    earned = {line["territory"]: line["amount"] for line in scenario.lines_of(stack)}
    assert earned == {"SE": "10.003", "NO": "1"}
    assert places(done(stack, "as-it-is", {})) == {place: (amount, amount) for place, amount in earned.items()}
    together = {"deals": [{"replace": "open", "patch": {"detail": None}}]}
    assert places(done(stack, "together", together)) == {"SE": ("10.003", "7.335333333333"), "NO": ("1", "3.667666666667")}
