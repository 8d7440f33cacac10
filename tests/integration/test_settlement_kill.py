"""A settlement may die between any two writes: asked for again it leaves the bytes of one that nothing disturbed."""

import os
from collections.abc import Iterable
from typing import Any

import pytest

from local.stack import Stack
from overtone.errors import InvariantBroken
from tests.integration import scenario

WAYS = 8
"""The writes are dealt out to so many tests, which run beside each other."""
THOROUGH = bool(os.environ.get("THOROUGH"))
"""Every write in every mode (`make thorough`); otherwise each write is killed once, and every fourth dies in the other modes."""
DEATHS = [
    (mode, way) for mode in ("killed", "answer lost", "stopped") for way in range(WAYS) if THOROUGH or mode == "killed" or way % 4 == 0
]
ATTEMPTS_MAX = 3
WRITES_MAX = 1_000


FIRST, SECOND = ("2026-10", scenario.SETTLED), ("2026-11", "2026-12-10T06:00:00Z")
"""Ids (which are their months too) and times. The second adjusts the first: it starts from its books, balances and suspense."""


def fresh(stack: Stack, settlement: tuple[str, str]) -> None:
    stack.reset()
    scenario.small_world(stack)
    ready(stack, settlement)


def ready(stack: Stack, settlement: tuple[str, str]) -> None:
    """Up to the moment at which a settlement of this world is asked for."""
    if settlement == SECOND:
        stack.at(FIRST[1])
        scenario.settle(stack)
        scenario.usage(stack, "late", ("output:gen-1", "2026-10-30", 5), ("output:gen-1", "2026-11-02", 7))
        scenario.accrue(stack, "2026-11-10T12:00:00Z")
    stack.at(settlement[1])
    stack.faults.clear()


def kept(stack: Stack) -> dict[str, Any]:
    """All that a settlement leaves for good: its files, the books, the chain; and that no fence or mark is left."""
    objects = stack.objects("SettlementBucket")
    left = {name: body for name, body in objects.items() if not name.startswith("work/")}
    ledger = [item for item in stack.items("LedgerTable") if item["pk"] == "CHAIN" or item["pk"].startswith(("FENCE", "RUNNING#"))]
    return {"objects": left, "ledger": ledger}


def ask_until_sealed(stack: Stack, settlement: tuple[str, str]) -> dict[str, Any]:
    name, time = settlement
    for _ in range(ATTEMPTS_MAX):
        stack.at(time)
        reply = scenario.ask(stack, name, name)
        assert reply.status in {200, 202}, reply.text
        stack.drain()
        shown = scenario.shown(stack, name)
        if shown["status"] == "sealed":
            return shown
    raise AssertionError(scenario.shown(stack, name), stack.errors)


def dies_everywhere(stack: Stack, settlement: tuple[str, str], mode: str, deaths: Iterable[int]) -> None:
    fresh(stack, settlement)
    scenario.settle(stack, settlement[0], settlement[0])
    undisturbed = kept(stack)
    for number in deaths:
        fresh(stack, settlement)
        error = InvariantBroken("pure", "stopped on purpose") if mode == "stopped" else None
        stack.faults.fail_after(number, lost_response=mode == "answer lost", error=error)
        scenario.ask(stack, settlement[0], settlement[0])
        stack.drain()
        fired = stack.faults.fired
        stack.faults.clear()
        shown = ask_until_sealed(stack, settlement)
        assert kept(stack) == undisturbed, (mode, number)
        assert shown == scenario.shown(stack, settlement[0])
        if not fired:
            return
    pytest.fail("the faults never ended")


@pytest.mark.moto
def test_on_the_other_stand_in_too(stack: Stack) -> None:
    dies_everywhere(stack, FIRST, "killed", range(3, WRITES_MAX, 3 * WAYS))


@pytest.mark.parametrize(("mode", "way"), DEATHS)
def test_killed_at_any_write_it_leaves_the_same_bytes(stack: Stack, mode: str, way: int) -> None:
    dies_everywhere(stack, FIRST, mode, range(way, WRITES_MAX, WAYS))


@pytest.mark.parametrize("mode", ["killed", "answer lost", "stopped"])
def test_so_does_one_that_adjusts_another(stack: Stack, mode: str) -> None:
    dies_everywhere(stack, SECOND, mode, range(0, WRITES_MAX, WAYS))
