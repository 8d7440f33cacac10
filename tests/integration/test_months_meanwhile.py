"""A month of which the first usage comes when a settlement has looked which months there are: it is settled by the next one."""

from decimal import Decimal

from local.stack import Stack
from tests.integration import scenario
from tests.integration.scenario import lines_of, settle, usage
from tests.integration.test_settlement_adjustments import LATER
from tests.interruptions import before_each_write

OLD_MONTH = "2026-09"
REVENUE, POOL = "1000", Decimal(30)
"""What was earned in that month, and the deal's part of it."""


def pool_of(stack: Stack, *settlements: str) -> Decimal:
    """What the pool of that month was posted for."""
    lines = [line for name in settlements for line in lines_of(stack, name) if line["usage_month"] == OLD_MONTH]
    return sum((Decimal(line["amount"]) for line in lines if line["mechanism"] == "revenue_pool"), Decimal())


def test_a_month_that_nobody_had_heard_of_is_not_read_while_it_is_written(stack: Stack) -> None:
    """No fence was up over it: what was accrued between the sums and the lines took its part of a pool that had been divided already."""
    scenario.small_world(stack)
    stack.at(scenario.SETTLED)
    came = []

    def uses(number: int) -> None:
        usage(stack, f"late-{number}", ("output:gen-1", f"{OLD_MONTH}-0{number}", 10))
        stack.invoke("Aggregate", {})
        for mapping in stack._engine.mappings:
            mapping.deliver(stack.runtime)
        came.append(number)

    def act(_count: int) -> None:
        keys = stack.objects("SettlementBucket")
        fenced = any(item["pk"] == "FENCE" for item in stack.items("LedgerTable"))
        if not came and fenced:
            revenue = {"report_id": "rev-09", "month": OLD_MONTH, "currency": "EUR", "net_revenue": REVENUE, "subscribers": 9}
            scenario.sent(stack, "/v1/revenue", revenue)
            uses(1)
        elif len(came) == 1 and any("/totals/" in key for key in keys):
            uses(2)

    with before_each_write(stack, "Settlement", act):
        assert settle(stack)["status"] == "sealed", stack.errors
    assert came == [1, 2]
    assert pool_of(stack, "2026-10") in {Decimal(), POOL}
    stack.at(LATER)
    assert settle(stack, "2026-11", "2026-11")["status"] == "sealed"
    assert pool_of(stack, "2026-10", "2026-11") == POOL
    assert not stack.errors
