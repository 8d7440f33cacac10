"""Payees told apart, by ranges: killed at any write, told twice, in any order, they leave the bytes of ranges that nothing disturbed."""

import json
import os
from collections.abc import Callable, Sequence
from typing import Any, Final

import pytest

from local.stack import Stack
from overtone.errors import InvariantBroken
from overtone.payout import manifest
from overtone.steps.settlement import documents, later, machine
from tests.integration import scenario
from tests.integration.test_settlement_kill import FIRST, SECOND, ask_until_sealed, kept, ready

THOROUGH: Final = bool(os.environ.get("THOROUGH"))
"""Every write of every step from the books on, in every mode; otherwise every fifth one dies, each in the next mode."""
MODES: Final = ("killed", "answer lost", "stopped")
STRIDE: Final = 1 if THOROUGH else 5
WRITES_MAX: Final = 200
PAYEES: Final = ("ann", "bo", "cy", "di")
Event = dict[str, Any]


@pytest.fixture
def apart(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Stack:
    """Three ranges of one payee behind the first."""
    monkeypatch.setattr(later, "WITH_BOOKS_MAX", 1)
    monkeypatch.setattr(later, "RANGE_PAYEES", 1)
    monkeypatch.setattr(documents, "PDF_STATEMENTS_MAX", 0)
    return stack


def fresh(stack: Stack, settlement: tuple[str, str]) -> None:
    """Four payees of one work, and for the second settlement a month that corrects the first one."""
    stack.reset()
    scenario.work_of(stack, *PAYEES, rate="0.007", share="0.31")
    ready(stack, settlement)


def undisturbed(stack: Stack, settlement: tuple[str, str]) -> dict[str, Any]:
    fresh(stack, settlement)
    assert scenario.settle(stack, settlement[0], settlement[0])["status"] == "sealed"
    left = kept(stack)
    assert len(json.loads(left["objects"][f"{settlement[0]}/{manifest.NAME}"])["indexes"]) == len(PAYEES) - 1
    return left


def dies(stack: Stack, patch: pytest.MonkeyPatch, step: str, number: int, mode: str) -> bool:
    """Settle, and break a write of a step, the first time that the step runs or later; whether there was such a write."""
    own, armed = machine.STEPS[step], list[bool]()

    def arming(event: Event) -> Event:
        if not armed:
            armed.append(True)
            error = InvariantBroken("pure", "stopped on purpose") if mode == "stopped" else None
            stack.faults.fail_after(number, lost_response=mode == "answer lost", error=error)
        return own(event)

    with patch.context() as patched:
        patched.setitem(machine.STEPS, step, arming)
        stack.drain()
    fired = stack.faults.fired
    stack.faults.clear()
    return fired


@pytest.mark.parametrize(("settlement", "step"), [(FIRST, "tell"), (SECOND, "tell"), (FIRST, "emit")])
def test_killed_at_any_write_they_leave_the_same_bytes(
    apart: Stack, monkeypatch: pytest.MonkeyPatch, settlement: tuple[str, str], step: str
) -> None:
    expected = undisturbed(apart, settlement)
    deaths = [(mode, number) for number in range(0, WRITES_MAX, STRIDE) for mode in (MODES if THOROUGH else [MODES[number // STRIDE % 3]])]
    for mode, number in deaths:
        fresh(apart, settlement)
        scenario.ask(apart, settlement[0], settlement[0])
        fired = dies(apart, monkeypatch, step, number, mode)
        ask_until_sealed(apart, settlement)
        assert kept(apart) == expected, (mode, number)
        if not fired:
            return
    pytest.fail("the faults never ended")


def twice(step: Callable[[Event], Event]) -> Callable[[Event], Event]:
    """A step whose first answer got lost."""

    def again(event: Event) -> Event:
        assert step(event) == step(event)
        return step(event)

    return again


def in_order(order: Sequence[int]) -> Callable[[Event], Event]:
    """The ranges as the map happens to come to them."""
    own = machine.STEPS["emit"]
    return lambda event: own(event) | {"ranges": list(order)}


@pytest.mark.parametrize("order", [(3, 2, 1), (2, 3, 1), (1, 2, 3, 1, 2, 3)])
def test_told_in_any_order_and_twice(apart: Stack, monkeypatch: pytest.MonkeyPatch, order: tuple[int, ...]) -> None:
    expected = undisturbed(apart, SECOND)
    fresh(apart, SECOND)
    monkeypatch.setitem(machine.STEPS, "emit", in_order(order))
    for step in ("tell", "seal"):
        monkeypatch.setitem(machine.STEPS, step, twice(machine.STEPS[step]))
    assert scenario.settle(apart, SECOND[0], SECOND[0])["status"] == "sealed"
    assert kept(apart) == expected


def test_a_range_needs_nothing_but_what_the_books_left_for_it(apart: Stack) -> None:
    """No part and no other range: what is kept for the last range is all that is read."""
    expected = undisturbed(apart, SECOND)
    objects, s3, bucket = apart.objects("SettlementBucket"), apart.aws("s3"), apart.name("SettlementBucket")
    own = [key for key in objects if "/later/00003." in key]
    for key in objects:
        told = key.startswith((f"{SECOND[0]}/statements/di.", f"{SECOND[0]}/index/00003"))
        if told or "/parts/" in key or ("/later/" in key and (key not in own or key.endswith("00003.json"))):
            s3.delete_object(Bucket=bucket, Key=key)
    scenario.step(apart, "tell", SECOND[0], range=3)
    assert kept(apart) == expected
