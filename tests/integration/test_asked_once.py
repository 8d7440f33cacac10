"""What is asked of AWS is asked once: no invocation reads again what it has read, but for what guards a write."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from overtone import clock
from overtone.errors import Retryable
from overtone.partitions import Partition
from overtone.steps.settlement import passes
from overtone.stores import accrual_objects, ledger_setup
from overtone.stores import accruals as accrual_store
from overtone.stores import settlements as settlement_store
from overtone.stores.accruals import AccrualResult
from tests.integration import scenario

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.functions import Function
    from local.stack import Stack

AGAIN = {
    "SETTLEMENTS": "its record: behind the request, and before it is changed under a condition",
    "CHAIN": "its head: before the chain is taken under a condition; the daily look asks twice how far months are sealed",
    "QUARANTINE": "before something is waited for, and once nothing is",
    "PARTS#": "before the pages and behind them, so that what a worker changes meanwhile is left for tomorrow",
    "RUNNING#": "the same",
}
"""What may be read again within one invocation, by how its key begins, and why."""
READS = frozenset({"GetItem", "Query", "BatchGetItem", "GetObject", "HeadObject", "ListObjectsV2"})


class Asked:
    """What each invocation reads, and how often."""

    def __init__(self, stack: Stack, patch: pytest.MonkeyPatch) -> None:
        self.invocations: list[tuple[str, Counter[str]]] = []
        runtime = stack.runtime
        answer, before_call = runtime.answer, runtime.before_call

        def answered(function: Function, payload: str | bytes) -> str:
            self._running.append(Counter())
            try:
                return answer(function, payload)
            finally:
                self.invocations.append((function.logical_id, self._running.pop()))

        def called(service: str, operation: str, params: Mapping[str, Any]) -> None:
            if self._running and operation in READS:
                self._running[-1][_what(operation, params)] += 1
            before_call(service, operation, params)

        self._running: list[Counter[str]] = []
        patch.setattr(runtime, "answer", answered)
        patch.setattr(runtime, "before_call", called)

    def again(self) -> set[str]:
        """What some invocation read more than once without a reason."""
        found = {what for _, reads in self.invocations for what, times in reads.items() if times > 1}
        return {what for what in found if not any(f"'S': '{pk}" in what for pk in AGAIN)}

    def reads(self, function: str, part: str) -> int:
        """How often a function read what has `part` in its request, over all its invocations."""
        return sum(times for name, reads in self.invocations if name == function for what, times in reads.items() if part in what)


def _what(operation: str, params: Mapping[str, Any]) -> str:
    return f"{operation} { {name: value for name, value in sorted(params.items()) if name not in {'TableName', 'ConsistentRead'}} }"


@pytest.fixture
def asked(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Asked:
    scenario.small_world(stack)
    return Asked(stack, monkeypatch)


@pytest.mark.fair  # in bad weather all is asked again
def test_what_a_month_reads_is_read_once_by_each_that_needs_it(stack: Stack, asked: Asked) -> None:
    scenario.usage(stack, "b-2", ("output:gen-1", "2026-10-03", 5), (scenario.OTHER_ISRC, "2026-10-04", 1))
    scenario.usage(stack, "b-3", (scenario.OTHER_ISRC, "2026-09-30", 1))
    scenario.accrue(stack, "2026-10-06T09:00:00Z")
    assert accrual_store.months() == ["2026-09", "2026-10"]
    stack.invoke("Reconcile", {"now": clock.timestamp()})
    stack.at(scenario.SETTLED)
    assert scenario.settle(stack, "2026-10", "2026-10")["status"] == "sealed"
    assert len({function for function, _ in asked.invocations}) > 4
    assert asked.again() == set()
    assert asked.reads("Settlement", "totals/2/") == 0, "the machine counts the rounds"


@pytest.mark.fair
def test_what_was_settled_is_settled_again_with_no_more_questions(stack: Stack, asked: Asked) -> None:
    """Months that were sealed before, a preview; and of holds one list, however many months there are."""
    stack.at(scenario.SETTLED)
    assert scenario.settle(stack, "2026-10", "2026-10")["status"] == "sealed"
    scenario.usage(stack, "b-11", ("output:gen-1", "2026-11-03", 5))
    scenario.accrue(stack, "2026-11-20T09:00:00Z")
    stack.at("2026-12-10T06:00:00Z")
    assert scenario.settle(stack, "look", "2026-11", preview=True)["status"] == "previewed"
    assert scenario.settle(stack, "2026-11", "2026-11")["status"] == "sealed"
    assert asked.again() == set()
    assert asked.reads("Settlement", "'HOLD#'") == 0


def test_what_another_worker_said_meanwhile_is_not_made_final(stack: Stack) -> None:
    """What stood is read before the pages are, so it may be replaced until all that a day had has expired."""
    scenario.small_world(stack)
    partition = Partition("usage", "fox", "2026-10-03", 0)
    stood = accrual_objects.read_before("2026-10", str(partition), ledger_setup.required())
    assert stood.summary is not None
    now = stood.summary | {"accrued_at": "2026-10-06T00:00:00.000000Z", "digest": "another's"}
    stack.table("LedgerTable").put_item(Item=now)
    stack.at("2029-12-01T00:00:00Z")
    assert stack.expire() > 0
    gone = AccrualResult("2026-10", partition, {}, {"records": 0}, {})
    with pytest.raises(Retryable, match="try again"):
        accrual_store.write(gone, stood, fresh=True)
    (left,) = [item for item in stack.items("LedgerTable") if item["pk"] == "PARTS#2026-10"]
    assert left == now


def test_a_worker_that_measured_some_parts_goes_on_with_the_next(stack: Stack) -> None:
    scenario.small_world(stack)
    stack.at(scenario.SETTLED)
    assert scenario.settle(stack)["status"] == "sealed"
    plan = settlement_store.plan_of(settlement_store.get("2026-10"))
    parts = plan.parts_of(plan.month("2026-10"))
    keys = [settlement_store.work_key(plan, "measured", "1", "2026-10", f"{part}.json") for part in parts]
    before = stack.objects("SettlementBucket")
    for died in range(len(parts)):
        for key in keys[died:]:
            stack.aws("s3").delete_object(Bucket=stack.name("SettlementBucket"), Key=key)
        passes.measure_parts(plan, 1, {"month": "2026-10", "parts": parts})
        assert stack.objects("SettlementBucket") == before, f"it died after {died} of {len(parts)}"
