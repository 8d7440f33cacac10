"""The settlement's state machine, read as a graph."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.infra.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

MACHINE = json.loads((ROOT / "functions" / "settlement" / "machine.asl.json").read_text(encoding="utf-8"))


def states(machine: dict[str, Any] = MACHINE) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, state in machine["States"].items():
        yield name, state
        if "ItemProcessor" in state:
            yield from states(state["ItemProcessor"])


@pytest.mark.parametrize(("name", "state"), [pair for pair in states() if pair[1]["Type"] == "Task"])
def test_every_task_is_retried_and_limited(name: str, state: dict[str, Any]) -> None:
    assert state["Retry"], name
    assert state["TimeoutSeconds"] > 900, name  # the function's own limit comes first


@pytest.mark.parametrize("name", [name for name, state in MACHINE["States"].items() if state["Type"] in {"Task", "Map"}])
def test_every_failure_is_told(name: str) -> None:
    if name.startswith("Abandon"):
        return
    (catch,) = MACHINE["States"][name]["Catch"]
    assert catch["ErrorEquals"] == ["States.ALL"]
    assert catch["Next"] in {"Abandon", "AbandonUnopened"}


def test_a_broken_invariant_is_not_retried() -> None:
    for name, state in states():
        if state["Type"] == "Task" and not name.startswith("Abandon"):
            assert "InvariantBroken" in state["Retry"][0]["ErrorEquals"], name
            assert state["Retry"][0]["MaxAttempts"] == 0, name
