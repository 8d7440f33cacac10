"""Usage that arrives while a settlement reads waits for the next one; accrual that had begun is waited for."""

from decimal import Decimal

from local.stack import Stack
from tests.integration import scenario
from tests.integration.scenario import ask, files_of, lines_of, settle, shown, step


def test_usage_that_arrives_while_it_reads_waits_for_the_next_settlement(stack: Stack) -> None:
    scenario.small_world(stack)
    stack.at(scenario.SETTLED)
    settle(stack, "look", preview=True)
    expected = files_of(stack, "look", preview=True)["receivables.csv"]
    stack.at(scenario.SETTLED)
    ask(stack)
    step(stack, "open")
    step(stack, "drain")
    rows = [item for item in stack.items("LedgerTable") if "entries" in item]
    scenario.usage(stack, "meanwhile", ("output:gen-1", "2026-10-21", 100))
    stack.invoke("Aggregate", {"now": scenario.SETTLED})
    stack.runtime.faults.clear()
    for mapping in stack._engine.mappings:
        mapping.deliver(stack.runtime)
    assert [item for item in stack.items("LedgerTable") if "entries" in item] == rows
    stack.drain()
    assert shown(stack)["status"] == "sealed"
    assert files_of(stack)["receivables.csv"] == expected
    stack.tick("2026-11-10T12:00:00Z")
    stack.at("2026-12-10T06:00:00Z")
    assert settle(stack, "2026-11", "2026-11")["status"] == "sealed"
    (line,) = [line for line in lines_of(stack, "2026-11") if line["mechanism"] == "per_output" and line["account"] == "party"]
    assert Decimal(line["quantity"]) == 100 * Decimal("0.31") * Decimal("0.75")
    assert not [error for error in stack.errors if error[0] == "Settlement"]


def test_accrual_that_died_half_way_is_waited_for_and_then_settled_whole(stack: Stack) -> None:
    scenario.small_world(stack)
    stack.at("2026-11-10T05:00:00Z")
    scenario.usage(stack, "b-2", ("output:gen-1", "2026-10-09", 5))
    stack.invoke("Aggregate", {"now": "2026-11-10T05:00:00Z"})
    stack.faults.fail_after(3)
    stack.drain()
    assert stack.faults.fired
    stack.faults.clear()
    stack.at(scenario.SETTLED)
    assert settle(stack)["status"] == "sealed", "the dead worker's message comes back while it waits"
    assert not [item for item in stack.items("LedgerTable") if item["pk"] == "FENCE"]
    quantity = sum(Decimal(line["quantity"]) for line in lines_of(stack) if line["mechanism"] == "per_output")
    assert quantity == 17 * Decimal("0.31")
