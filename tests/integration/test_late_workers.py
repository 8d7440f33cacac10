"""What is not accrued in time is set aside, but a worker that is at it already is waited for: until it ends it writes what is read."""

from decimal import Decimal
from typing import Any

from local.stack import Stack
from overtone.steps.settlement import drain
from tests.integration import scenario
from tests.integration.scenario import ask, lines_of, shown, step
from tests.interruptions import before_each_write


def set_aside(stack: Stack) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = stack.http("GET", "/v1/quarantine", scope="finance").json()["items"]
    return listed


def test_a_worker_that_runs_when_its_partition_is_set_aside_is_waited_for(stack: Stack) -> None:
    """Its mark was taken away with that: the settlement read on while it wrote, and a pool was divided by what was there before."""
    scenario.small_world(stack)
    scenario.usage(stack, "b-2", ("output:gen-1", "2026-10-03", 30))
    stack.at(scenario.SETTLED)
    ask(stack)
    step(stack, "open")
    found: list[tuple[int | str, ...]] = []

    def looks(_count: int) -> None:
        runs = [item for item in stack.items("LedgerTable") if item["pk"] == "RUNNING#2026-10" and item["entered"]]
        if runs and not found:
            pending = step(stack, "drain", looks=drain.LOOKS_MAX + 1)["pending"]
            found.append((pending, *(aside["reason"] for aside in set_aside(stack))))

    with before_each_write(stack, "Accrue", looks):
        stack.invoke("Aggregate", {})
        for mapping in stack._engine.mappings:
            mapping.deliver(stack.runtime)
    assert found == [(1, "late")]
    stack.drain()
    assert shown(stack)["status"] == "sealed", stack.errors
    assert sum(Decimal(line["quantity"]) for line in lines_of(stack) if line["mechanism"] == "per_output") == 42 * Decimal("0.31")
    assert set_aside(stack) == []
