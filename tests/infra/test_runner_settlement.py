"""The local stack runs the settlement's machine: its steps in order, its failure, its patience."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.interruptions import before_each_write

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.stack import Stack


def settling(steps: list[str], fails: str = "") -> Callable[[Any], Any]:
    """A settlement that drains at the third look and measures in two rounds."""

    def step(event: Any) -> Any:
        steps.append(" ".join(str(event[key]) for key in ("step", "round", "part", "range") if key in event))
        if event["step"] == fails:
            raise RuntimeError(fails)
        answers = {
            "open": {"settlement_id": "s-1", "refused": False, "rings": False},
            "drain": {"pending": 0 if steps.count("drain") > 2 else 1, "refused": False, "rings": False},
            "plan": {"parts": ["a", "b"]},
            "totals": {"more": event.get("round") == 1, "again": False},
            "emit": {"ranges": [1, 2]},
            "fail": {"rings": True},
        }
        return answers.get(event["step"], {})

    return step


def test_a_settlement_runs_its_steps_in_order(stack: Stack, handle: Any) -> None:
    steps: list[str] = []
    handle("Settlement", settling(steps))
    stack.aws("stepfunctions").start_execution(stateMachineArn=stack.name("SettlementMachine"), name="s-1", input='{"through": "2026-10"}')
    assert steps == [], "it waits for the drain"
    stack.drain()
    first = ["measure 1 a", "measure 1 b", "totals 1"]
    second = ["measure 2 a", "measure 2 b", "totals 2"]
    assert steps == [
        "open",
        "drain",
        "drain",
        "drain",
        "plan",
        *first,
        *second,
        "compute 2 a",
        "compute 2 b",
        "emit 2",
        "tell 1",
        "tell 2",
        "seal",
    ]
    (execution,) = stack.executions()
    assert (execution["name"], execution["status"]) == ("s-1", "SUCCEEDED")
    assert stack.now.isoformat() == "2026-10-01T00:02:30+00:00", "two waits of a minute, one of half a minute"


@pytest.mark.parametrize("fails", ["open", "drain", "plan", "measure", "totals", "compute", "emit", "tell", "seal"])
def test_a_settlement_that_fails_says_so(stack: Stack, handle: Any, fails: str) -> None:
    steps: list[str] = []
    handle("Settlement", settling(steps, fails))
    stack.aws("stepfunctions").start_execution(stateMachineArn=stack.name("SettlementMachine"), name="s-1", input="{}")
    stack.drain()
    assert steps[-1] == "fail"
    assert sum(step.startswith(fails) for step in steps) == 5, "four retries"
    (execution,) = stack.executions()
    assert execution["status"] == "FAILED"


def test_a_settlement_gives_up_on_accrual_that_never_ends(stack: Stack, handle: Any) -> None:
    steps: list[str] = []
    handle(
        "Settlement", lambda event: {"pending": 1, "refused": False, "rings": False} if event["step"] == "drain" else settling(steps)(event)
    )
    stack.aws("stepfunctions").start_execution(stateMachineArn=stack.name("SettlementMachine"), name="s-1", input="{}")
    stack.drain()
    assert steps == ["open", "fail"]


@pytest.mark.moto
def test_a_settlement_runs_on_threads_of_its_own_while_a_handler_is_interrupted(stack: Stack, handle: Any) -> None:
    steps: list[str] = []
    handle("Settlement", settling(steps))
    dynamodb, usage, item = stack.aws("dynamodb"), stack.name("UsageTable"), {"pk": {"S": "k"}, "sk": {"S": "1"}}
    handle("Aggregate", lambda _event: {"put": bool(dynamodb.put_item(TableName=usage, Item=item))})

    def others_act(_writes: int) -> None:
        stack.aws("stepfunctions").start_execution(stateMachineArn=stack.name("SettlementMachine"), name="s-1", input="{}")
        stack.drain()

    with before_each_write(stack, "Aggregate", others_act):
        stack.invoke("Aggregate", {})
    assert (steps[0], steps[-1]) == ("open", "seal")
