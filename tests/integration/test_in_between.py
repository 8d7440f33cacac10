"""What comes between two writes: a batch or a disclosure while a worker runs, a settlement while a change lands, a reader at any moment."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests import stored_accruals
from tests.integration import scenario
from tests.integration.scenario import ISRC
from tests.integration.test_settlement_adjustments import LATER, posted
from tests.integration.test_usage_api import batch
from tests.interruptions import before_each_write

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.stack import Stack

NOON, NEXT_CYCLE = "2026-10-05T12:00:00Z", "2026-10-05T12:15:00Z"
WRITES_MAX = 60


def aggregate(stack: Stack) -> None:
    stack.invoke("Aggregate", {"now": NOON})


def at_each_write(stack: Stack, function: str, begin: Callable[[], None], act: Callable[[], None], holds: Callable[[int], None]) -> None:
    """`act` before the first write of `function`, then in a new world before the second, and so on; `holds` in the end of each."""
    for wanted in range(WRITES_MAX):
        acted = False

        def once(number: int, wanted: int = wanted) -> None:
            nonlocal acted
            if number == wanted:
                acted = True
                act()

        stack.reset()
        scenario.small_world(stack)
        stack.at(NOON)
        begin()
        with before_each_write(stack, function, once):
            stack.drain()
        scenario.accrue(stack, NEXT_CYCLE)
        if not acted:
            assert wanted > 3
            return
        holds(wanted)
    pytest.fail("the writes never ended")


def test_a_batch_that_comes_while_its_partition_is_accrued_counts(stack: Stack) -> None:
    def begin() -> None:
        scenario.usage(stack, "first", (ISRC, "2026-10-03", 5))
        aggregate(stack)

    def act() -> None:
        scenario.usage(stack, "meanwhile", (ISRC, "2026-10-03", 7))
        aggregate(stack)

    def holds(at: int) -> None:
        assert [batch(stack, name)["counts"]["accrued"] for name in ("first", "meanwhile")] == [1, 1], at

    at_each_write(stack, "Accrue", begin, act, holds)


def test_a_disclosure_that_comes_while_its_output_is_accrued_counts(stack: Stack) -> None:
    def begin() -> None:
        scenario.usage(stack, "first", ("output:gen-7", "2026-10-04", 5))
        aggregate(stack)

    def act() -> None:
        scenario.disclose(stack, "meanwhile", {"gen-7": {ISRC: "1"}})
        for kind in ("attribution#", "outputs#"):  # the report is read, and then whoever used its outputs is told
            partition = next(name for name in pending(stack) if name.startswith(kind))
            body = json.dumps({"partition": partition, "urgent": True})
            attributes = {"ApproximateReceiveCount": "1", "MessageGroupId": "g"}
            stack.invoke("Accrue", {"Records": [{"messageId": "m", "receiptHandle": "h", "body": body, "attributes": attributes}]})

    def holds(at: int) -> None:
        assert batch(stack, "first")["counts"]["waiting"] == 0, at
        assert sum(entry.quantity for _, row in stored_accruals.rows(stack) if row.work_key == ISRC for entry in usage_of(row)) >= 5 * 10**9

    at_each_write(stack, "Accrue", begin, act, holds)


def usage_of(row: Any) -> list[Any]:
    return [entry for entry in row.entries if entry.day == "2026-10-04"]


def pending(stack: Stack) -> list[str]:
    aggregate(stack)
    return [str(item["partition"]) for item in stack.items("UsageTable") if item["pk"].startswith("PENDING#")]


def test_a_change_that_lands_after_a_settlement_which_it_is_older_than_is_in_the_next(stack: Stack) -> None:
    """Its time was taken before the cut-off, its write came after the settlement had looked."""
    scenario.small_world(stack)
    scenario.deal(stack, "open", {"mechanism": "per_output", "rate": "0.007"}, effective_from="2026-01-01")
    stack.at(scenario.SETTLED)

    def act(number: int) -> None:
        if number == 0:
            stack.at(stack.now + timedelta(seconds=25))
            assert scenario.settle(stack)["status"] == "sealed"

    with before_each_write(stack, "RegistryApi", act):
        scenario.work(stack, "track", "ann", {"ann": "1"}, identifiers=[ISRC], effective_from="2026-01-01")
    before = posted(stack, "2026-10")
    stack.at(LATER)
    scenario.settle(stack, "2026-11", "2026-11")
    after = posted(stack, "2026-10", "2026-11")
    assert {key[9] for key in before} == {"ann", ""}  # a quarter was claimed by nobody
    assert {key[9] for key in after} == {"ann"}


def test_at_no_moment_is_something_sealed_whose_manifest_is_not_there(stack: Stack) -> None:
    scenario.small_world(stack)
    stack.at(scenario.SETTLED)
    seen: list[tuple[str, bool]] = []

    def look(_number: int) -> None:
        record = stack.table("LedgerTable").get_item(Key={"pk": "SETTLEMENTS", "sk": "2026-10"})["Item"]
        seen.append((record["status"], "2026-10/manifest.json" in stack.objects("SettlementBucket")))

    with before_each_write(stack, "Settlement", look):
        scenario.settle(stack)
    assert (seen[0], seen[-1]) == (("computing", False), ("sealed", True))
    assert ("sealed", False) not in seen


def test_what_a_settlement_writes_once_is_never_written_over(stack: Stack) -> None:
    """Finance's facts that come between two tries of one attempt are not heard by it: what the first try fixed stays."""
    scenario.small_world(stack)
    stack.at(scenario.SETTLED)
    stack.faults.clear()
    for number in range(0, 400, 7):
        stack.reset()
        scenario.small_world(stack)
        stack.at(scenario.SETTLED)
        stack.faults.fail_after(number, lost_response=True)
        scenario.ask(stack)
        stack.drain()
        fired = stack.faults.fired
        stack.faults.clear()
        if scenario.shown(stack)["status"] != "sealed":
            scenario.ask(stack)
            stack.drain()
        assert scenario.shown(stack)["status"] == "sealed"
        assert written_over(stack) == [], number
        if not fired:
            return
    pytest.fail("the faults never ended")


def written_over(stack: Stack) -> list[str]:
    """Working objects and books of which there was an earlier version."""
    name, s3 = stack.name("SettlementBucket"), stack.aws("s3")
    pages = s3.get_paginator("list_object_versions").paginate(Bucket=name)
    keys = [entry["Key"] for page in pages for entry in page.get("Versions", [])]
    return sorted({key for key in keys if keys.count(key) > 1 and key.startswith(("work/", "books/"))})


def test_an_execution_that_is_deposed_at_the_last_moment_seals_nothing(stack: Stack) -> None:
    scenario.small_world(stack)
    stack.at(scenario.SETTLED)
    ledger, key = stack.table("LedgerTable"), {"pk": "SETTLEMENTS", "sk": "2026-10"}

    def depose(_number: int) -> None:
        record = ledger.get_item(Key=key)["Item"]
        if record["status"] == "computing" and "2026-10/manifest.json" in stack.objects("SettlementBucket"):
            ledger.put_item(Item=record | {"owner": "another"})

    with before_each_write(stack, "Settlement", depose):
        scenario.ask(stack)
        stack.drain()
    assert ledger.get_item(Key=key)["Item"]["status"] == "computing"
    assert ledger.get_item(Key={"pk": "CHAIN", "sk": "HEAD"}).get("Item", {}).get("sealed_id", "") == ""


def test_a_settlement_that_is_sealed_twice_at_once_is_sealed_once(stack: Stack) -> None:
    """Before each of its last step's writes the whole step runs once more, as where an answer was late and the machine tried again."""

    def sealed_with(act: Callable[[int], None]) -> dict[str, bytes]:
        stack.reset()
        scenario.small_world(stack)
        stack.at(scenario.SETTLED)
        with before_each_write(stack, "Settlement", act):
            scenario.ask(stack)
            stack.drain()
        assert stack.errors == []
        return scenario.files_of(stack)

    payloads, answer = list[Any](), stack.runtime.answer

    def noted(function: Any, payload: str | bytes) -> str:
        payloads.append((function, payload))
        try:
            return answer(function, payload)
        finally:
            payloads.pop()

    def seal_again(_write: int) -> None:
        if json.loads(payloads[-1][1]).get("step") == "seal":
            answer(*payloads[-1])

    stack.runtime.answer = noted  # type: ignore[method-assign]
    try:
        twice = sealed_with(seal_again)
    finally:
        stack.runtime.answer = answer  # type: ignore[method-assign]
    assert twice == sealed_with(lambda _: None)
