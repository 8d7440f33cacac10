"""Each step of a settlement that ends it, run twice at once: whoever is slower takes nothing that the quicker one has given back.

Step Functions tries a step again where the answer was late, while the first try still runs.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from overtone.errors import Conflict
from tests.integration import scenario
from tests.integration.scenario import ask, settle, shown, step
from tests.integration.test_month_end import declare
from tests.interruptions import before_each_write

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.stack import Stack

WRITES_MAX = 40


def refused_when_opened(stack: Stack) -> str:
    """Another one began meanwhile."""
    ask(stack, "late")
    ask(stack, "quicker")
    step(stack, "open", "quicker")
    return "open"


def refused_when_it_has_the_chain(stack: Stack) -> str:
    """A later month was sealed meanwhile."""
    ask(stack, "late", "2026-09")
    ask(stack, "quicker")
    up_to_the_seal(stack, "quicker")
    step(stack, "seal", "quicker")
    return "open"


def refused_when_drained(stack: Stack) -> str:
    declare(stack, 2)
    ask(stack, "late")
    step(stack, "open", "late")
    return "drain"


def drained(stack: Stack) -> str:
    ask(stack, "late")
    step(stack, "open", "late")
    return "drain"


def opened(stack: Stack) -> str:
    ask(stack, "late")
    return "open"


def failed(stack: Stack) -> str:
    drained(stack)
    step(stack, "drain", "late")
    return "fail"


def previewed(stack: Stack) -> str:
    ask(stack, "late", preview=True)
    up_to_the_seal(stack, "late")
    return "seal"


def up_to_the_seal(stack: Stack, settlement_id: str) -> None:
    for name in ("open", "drain"):
        step(stack, name, settlement_id)
    parts = step(stack, "plan", settlement_id)["parts"]
    for part in parts:
        step(stack, "measure", settlement_id, part=part, round=1)
    step(stack, "totals", settlement_id, round=1)
    for part in parts:
        step(stack, "compute", settlement_id, part=part)
    for number in step(stack, "emit", settlement_id)["ranges"]:
        step(stack, "tell", settlement_id, range=number)


def held(stack: Stack) -> list[Any]:
    """What of it keeps others from settling and accruing."""
    items = [item for item in stack.items("LedgerTable") if item["pk"] in {"CHAIN", "FENCE"}]
    return [item for item in items if "late" in {item.get("running"), item.get("settlement_id")}]


def anew(stack: Stack, begun: Callable[[Stack], str]) -> tuple[str, str]:
    """A small world in which something has begun: the step that is due, and the execution that owns the settlement."""
    stack.reset()
    scenario.small_world(stack)
    stack.at(scenario.SETTLED)
    return begun(stack), owner_of(stack)


BEGUN = (refused_when_opened, refused_when_it_has_the_chain, refused_when_drained, previewed, failed, drained, opened)


@pytest.mark.parametrize("begun", BEGUN)
def test_a_step_that_runs_twice_leaves_nothing_held_for_who_has_ended(stack: Stack, begun: Callable[[Stack], str]) -> None:
    """Again before each write from the first on, then from the second on, and so on."""
    for wanted in range(WRITES_MAX):
        name, owner = anew(stack, begun)
        acted = False

        def twin(number: int, name: str = name, wanted: int = wanted, owner: str = owner) -> None:
            nonlocal acted
            if number >= wanted:
                acted = True
                with suppress(Conflict):
                    again(stack, name, owner)

        with before_each_write(stack, "Settlement", twin), suppress(Conflict):
            again(stack, name, owner)
        if shown(stack, "late")["status"] != "computing":
            assert held(stack) == [], f"before write {wanted} of {name}"
        if not acted:
            assert wanted
            return
    pytest.fail("the writes never ended")


def owner_of(stack: Stack) -> str:
    return str(stack.table("LedgerTable").get_item(Key={"pk": "SETTLEMENTS", "sk": "late"})["Item"]["owner"])


def again(stack: Stack, name: str, owner: str) -> None:
    """A step of the execution that owned the settlement when it began."""
    about = {"settlement_id": "late", "request": {"settlement_id": "late"}, "owner": owner, "looks": 1}
    stack.invoke("Settlement", about | {"step": name, "error": {"Error": "States.Timeout"}})


@pytest.mark.parametrize("begun", [refused_when_drained, previewed, failed, drained])
def test_a_step_that_was_left_behind_takes_nothing_from_who_goes_on(stack: Stack, begun: Callable[[Stack], str]) -> None:
    """Its execution is stopped between two of its writes and the settlement asked for again; the step lives on, later."""
    for wanted in range(WRITES_MAX):
        name, owner = anew(stack, begun)
        kept: list[Any] = []

        def others(number: int, wanted: int = wanted, kept: list[Any] = kept) -> None:
            if number == wanted:
                stack.stop_executions()
                declare(stack, 1)
                ask(stack, "late", preview=begun is previewed)
                for each in ("open", "drain"):
                    step(stack, each, "late")
                kept.extend(held(stack))

        with before_each_write(stack, "Settlement", others), suppress(Conflict):
            again(stack, name, owner)
        if not kept:
            assert wanted
            return
        assert [item["pk"] for item in kept] == ["CHAIN", "FENCE"], kept
        assert held(stack) == kept, f"before write {wanted} of {name}"
    pytest.fail("the writes never ended")


def test_a_chain_that_is_left_to_a_settlement_which_has_ended_is_free(stack: Stack) -> None:
    """As a step that came late could leave it before it was taken and given back with the record."""
    scenario.small_world(stack)
    stack.at(scenario.SETTLED)
    declare(stack, 2)
    assert settle(stack, "late")["status"] == "refused"
    ledger, key = stack.table("LedgerTable"), {"pk": "CHAIN", "sk": "HEAD"}
    ledger.put_item(Item=ledger.get_item(Key=key)["Item"] | {"running": "late"})
    waive = [{"reporter": "fox", "month": "2026-10", "reason": "they closed down"}]
    assert settle(stack, waive=waive)["status"] == "sealed"
    assert held(stack) == []
