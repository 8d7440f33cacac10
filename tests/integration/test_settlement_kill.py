"""A settlement may die between any two writes: asked for again it leaves the bytes of one that nothing disturbed."""

from collections.abc import Iterator
from typing import Any

import pytest

from overtone.errors import InvariantBroken
from tests.integration import scenario
from tests.local.stack import Stack

WAYS = 8
"""The writes are dealt out to so many tests, which run beside each other."""
ATTEMPTS_MAX = 3


def fresh(stack: Stack) -> None:
    stack.reset()
    scenario.small_world(stack)
    stack.at(scenario.SETTLED)
    stack.faults.clear()


def kept(stack: Stack) -> dict[str, Any]:
    """All that a settlement leaves for good: its files, the books, the chain; and that no fence or mark is left."""
    objects = stack.objects("SettlementBucket")
    left = {name: body for name, body in objects.items() if not name.startswith("work/")}
    ledger = [item for item in stack.items("LedgerTable") if item["pk"] == "CHAIN" or item["pk"].startswith(("FENCE", "RUNNING#"))]
    return {"objects": left, "ledger": ledger}


def ask_until_sealed(stack: Stack) -> dict[str, Any]:
    for _ in range(ATTEMPTS_MAX):
        stack.at(scenario.SETTLED)
        reply = scenario.ask(stack)
        assert reply.status in {200, 202}, reply.text
        stack.drain()
        shown = scenario.shown(stack)
        if shown["status"] == "sealed":
            return shown
    raise AssertionError(scenario.shown(stack), stack.errors)


def deaths(first: int) -> Iterator[int]:
    yield from range(first, 1_000, WAYS)


@pytest.mark.parametrize("way", range(WAYS))
@pytest.mark.parametrize("mode", ["killed", "answer lost", "stopped"])
def test_killed_at_any_write_it_leaves_the_same_bytes(stack: Stack, way: int, mode: str) -> None:
    fresh(stack)
    scenario.settle(stack)
    undisturbed = kept(stack)
    for number in deaths(way):
        fresh(stack)
        error = InvariantBroken("pure", "stopped on purpose") if mode == "stopped" else None
        stack.faults.fail_after(number, lost_response=mode == "answer lost", error=error)
        scenario.ask(stack)
        stack.drain()
        fired = stack.faults.fired
        stack.faults.clear()
        shown = ask_until_sealed(stack)
        assert kept(stack) == undisturbed, (mode, number)
        assert shown == scenario.shown(stack)
        if not fired:
            return
    pytest.fail("the faults never ended")
