"""A denied read (a policy, a disabled key) is no absence: nobody goes on as if nothing had been there, and once mended nothing is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from overtone.stores import sealed_state
from tests.integration import scenario
from tests.integration.test_settlement_kill import FIRST, SECOND, THOROUGH, ask_until_sealed, fresh, kept
from tests.integration.test_usage_api import register

if TYPE_CHECKING:
    from local.stack import Stack

STATE = ("balances.ndjson", "receivables.ndjson", "suspense.ndjson", "books.json")
LEFT = (
    *(f"2026-10/state/{name}" for name in STATE),
    "2026-10/trial_balance.csv",
    "2026-10/periods.csv",
    "2026-10/manifest.json",
    "books/*",
)
"""What the first settlement leaves for the second."""
READS_MAX = 500
ONE_IN = 1 if THOROUGH else 29
"""Every so many-th read of a settlement is denied once; all of them in `make thorough`."""


@pytest.fixture(scope="module")
def undisturbed(deployed_stack: Stack) -> dict[str, Any]:
    fresh(deployed_stack, SECOND)
    scenario.settle(deployed_stack, *SECOND[:1] * 2)
    return kept(deployed_stack)


def refused_aloud(stack: Stack, *ringing: str) -> None:
    """The second settlement fails, rings, and leaves the chain and what is sealed as they were."""
    before, rung = kept(stack), stack.ringing()
    scenario.ask(stack, SECOND[0], SECOND[0])
    stack.drain()
    shown = scenario.shown(stack, SECOND[0])
    assert shown["status"] == "failed", shown
    assert stack.ringing() - rung == {"SettlementFailedAlarm", *ringing} - rung
    after = kept(stack)
    assert after["ledger"] == before["ledger"]
    assert {key: body for key, body in after["objects"].items() if key in before["objects"]} == before["objects"]
    assert f"{SECOND[0]}/manifest.json" not in after["objects"]


@pytest.mark.parametrize("key", LEFT)
def test_a_settlement_that_may_not_read_what_the_one_before_left_fails_aloud_and_forgets_nothing(
    stack: Stack, undisturbed: dict[str, Any], key: str
) -> None:
    fresh(stack, SECOND)
    sealed_state._state.cache_clear()  # a function that starts cold
    stack.faults.deny(key)
    refused_aloud(stack)
    assert stack.faults.fired
    stack.faults.clear()
    ask_until_sealed(stack, SECOND)
    assert kept(stack) == undisturbed


@pytest.mark.parametrize("name", STATE)
def test_state_that_is_gone_or_another_stops_a_settlement_until_it_is_restored(
    stack: Stack, undisturbed: dict[str, Any], name: str
) -> None:
    key = f"2026-10/state/{name}"
    for spoilt in (b"", None):
        fresh(stack, SECOND)
        bucket, sealed = stack.name("SettlementBucket"), stack.objects("SettlementBucket")[key]
        stack.aws("s3").delete_object(Bucket=bucket, Key=key)
        if spoilt is not None:
            stack.put_object("SettlementBucket", key, spoilt)
        refused_aloud(stack, "InvariantBrokenAlarm")
        stack.put_object("SettlementBucket", key, sealed)
    ask_until_sealed(stack, SECOND)
    assert kept(stack) == undisturbed


def test_a_settlement_gets_over_any_one_read_that_was_denied(stack: Stack, undisturbed: dict[str, Any]) -> None:
    for number in range(0, READS_MAX, ONE_IN):
        fresh(stack, SECOND)
        stack.faults.deny("*", after=number, times=1)
        assert scenario.settle(stack, SECOND[0], SECOND[0])["status"] == "sealed"
        assert kept(stack) == undisturbed, number
        if not stack.faults.fired:
            return
    pytest.fail("the reads never ended")


@pytest.mark.parametrize(
    "path", ["invoices", "receivables", "periods", "suspense?settlement_id=2026-10", "statements/2026-10?party_id=ann"]
)
def test_what_may_not_be_read_is_not_answered_as_empty_or_missing(stack: Stack, path: str) -> None:
    fresh(stack, SECOND)
    assert stack.http("GET", f"/v1/{path}", scope="finance").status == 200
    stack.faults.deny("2026-10/*")
    assert stack.http("GET", f"/v1/{path}", scope="finance").status == 500
    assert "ApiErrorAlarm" in stack.ringing()


def test_a_dropped_file_that_may_not_be_read_waits_until_it_may(stack: Stack) -> None:
    register(stack, "fox")
    header = "record_id,subject,use,used_on,quantity,territory,currency,revenue\n"
    stack.put_object("DropBucket", "usage/fox/day.csv", f"{header}r-1,isrc:SEABC2600001,stream,2026-09-30,1,SE,EUR,0.1\n".encode())
    stack.faults.deny("usage/*")
    stack.drain()
    assert stack.faults.fired
    assert not [key for key in stack.objects("DropBucket") if key.startswith("receipts/")]
    stack.faults.clear()
    stack.at("2026-10-01T08:00:00Z")
    stack.drain()
    assert b'"committed"' in stack.objects("DropBucket")["receipts/fox/day.csv.json"]
    assert stack.messages("DropDeadLetterQueue") == []


def test_the_first_settlement_starts_from_nothing(stack: Stack) -> None:
    """Nothing was left, and nothing is asked for."""
    fresh(stack, FIRST)
    stack.faults.deny("*/state/*")
    assert scenario.settle(stack)["status"] == "sealed"
    assert not stack.faults.fired
