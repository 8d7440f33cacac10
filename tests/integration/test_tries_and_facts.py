"""What is locked and who is forgotten between two tries of a settlement: the second is of one state, and what is sealed is whole."""

import hashlib
import json
from typing import Any

import pytest

from local.stack import Stack
from overtone.errors import InvariantBroken
from overtone.steps.settlement import machine
from tests.integration import scenario
from tests.integration.scenario import files_of, payments, settle


def stopped(_event: dict[str, Any]) -> dict[str, Any]:
    raise InvariantBroken("pure", "stopped on purpose")


def fails(stack: Stack, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    """A try of October's settlement that ends before a step."""
    with monkeypatch.context() as patched:
        patched.setitem(machine.STEPS, step, stopped)
        assert settle(stack)["status"] == "failed"


def require_sealed_is_whole(stack: Stack) -> dict[str, bytes]:
    """Every file that the manifest names is what it says."""
    files = files_of(stack)
    for entry in json.loads(files["manifest.json"])["files"]:
        assert hashlib.sha256(files[entry["name"]]).hexdigest() == entry["sha256"], entry["name"]
    return files


@pytest.mark.parametrize("step", ["compute", "seal"])
def test_no_cut_off_of_a_try_before_lies_in_a_month_that_was_locked_since(stack: Stack, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    scenario.small_world(stack)
    body = {"collection_id": "c-1", "licensee": "fox", "currency": "EUR", "amount": "5.00", "received_on": "2026-10-20"}
    stack.at("2026-11-30T22:00:00Z")
    assert stack.http("POST", "/v1/collections", scope="finance", json=body).status == 201
    fails(stack, monkeypatch, step)
    stack.at("2026-12-01T06:00:00Z")
    assert stack.http("POST", "/v1/periods/2026-11:lock", scope="finance").status == 201
    assert settle(stack)["status"] == "sealed", stack.errors
    files = require_sealed_is_whole(stack)
    assert b",2026-11," not in files["periods.csv"]
    assert b",2026-10," not in files["periods.csv"]
    assert settle(stack, "second")["status"] == "sealed", stack.errors


def test_who_is_forgotten_between_two_tries_is_forgotten_in_all_of_the_second(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    scenario.small_world(stack)
    stack.at(scenario.SETTLED)
    fails(stack, monkeypatch, "seal")
    assert stack.http("POST", "/v1/parties/ann:erase", scope="admin").status == 200
    assert settle(stack)["status"] == "sealed", stack.errors
    require_sealed_is_whole(stack)
    assert payments(stack, "2026-10")["ann"]["status"] == "no_bank_details"
    assert settle(stack, "second")["status"] == "sealed", stack.errors
