"""A first try of a step that stalls while the second one goes on, up to the seal: what it writes last takes nothing back."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from overtone.errors import Conflict
from tests.integration import scenario
from tests.integration.scenario import ask, files_of, settle, shown, step
from tests.integration.test_settlement_adjustments import LATER
from tests.integration.test_steps_twice import again, owner_of, up_to_the_seal
from tests.interruptions import before_each_write

if TYPE_CHECKING:
    from local.stack import Stack

WRITES_MAX = 40
STEPS = ("open", "drain", "plan")


@pytest.mark.parametrize("name", STEPS)
def test_a_step_that_stalls_until_the_settlement_is_sealed_leaves_it_sealed(stack: Stack, name: str) -> None:
    """It wrote the record as it had read it: what the chain said was sealed was being computed again, and could not be asked for."""
    for wanted in range(WRITES_MAX):
        stack.reset()
        scenario.small_world(stack)
        stack.at(scenario.SETTLED)
        ask(stack, "late")
        owner = owner_of(stack)
        for before in STEPS[: STEPS.index(name)]:
            step(stack, before, "late")
        acted = False

        def others(number: int, wanted: int = wanted) -> None:
            nonlocal acted
            if number == wanted:
                acted = True
                up_to_the_seal(stack, "late")
                step(stack, "seal", "late")

        with before_each_write(stack, "Settlement", others), suppress(Conflict):
            again(stack, name, owner)
        if not acted:
            assert wanted
            return
        assert shown(stack, "late")["status"] == "sealed", f"before write {wanted} of {name}"
        sealed = files_of(stack, "late")
        stack.at(LATER)
        assert settle(stack, "next", "2026-11")["status"] == "sealed", f"before write {wanted} of {name}"
        assert files_of(stack, "late") == sealed
    pytest.fail("the writes never ended")


def test_who_gives_up_a_settlement_that_is_sealed_at_the_same_moment_leaves_it_sealed(stack: Stack) -> None:
    """Its execution had heard nothing of the step that seals, and said that the settlement failed, which the chain has as sealed."""
    for wanted in range(WRITES_MAX):
        stack.reset()
        scenario.small_world(stack)
        stack.at(scenario.SETTLED)
        ask(stack, "late")
        owner = owner_of(stack)
        up_to_the_seal(stack, "late")
        acted = False

        def seals(number: int, wanted: int = wanted) -> None:
            nonlocal acted
            if number == wanted:
                acted = True
                with suppress(Conflict):
                    step(stack, "seal", "late")

        with before_each_write(stack, "Settlement", seals), suppress(Conflict):
            again(stack, "fail", owner)
        if not acted:
            assert wanted
            return
        head = stack.table("LedgerTable").get_item(Key={"pk": "CHAIN", "sk": "HEAD"})["Item"]
        assert (shown(stack, "late")["status"] == "sealed") == (head["sealed_id"] == "late"), f"before write {wanted}"
    pytest.fail("the writes never ended")
