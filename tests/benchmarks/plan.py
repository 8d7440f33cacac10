"""Planning a settlement: how many calls it takes to learn of changed works, counted on the local stack."""

import os
import time
from pathlib import Path
from typing import Any, Final

from local.stack import Stack
from overtone import clock
from overtone.stores import registry
from overtone.stores.entities import FOREVER
from tests.benchmarks.works import PARTY, table

WORKS: Final = tuple(int(size) for size in os.environ.get("BENCH_PLAN_WORKS", "10000,100000").split(","))
TEMPLATE: Final = Path(__file__).parents[2] / "template.yaml"


def run() -> dict[str, Any]:
    """Calls and CPU for works that changed since the last settlement, by how many are registered; all of them changed."""
    found = {size: _planned(size) for size in WORKS}
    each = {str(size): round(1000 * calls / size, 1) for size, (calls, _) in found.items()}
    micro = {str(size): round(1e6 * seconds / size, 1) for size, (_, seconds) in found.items()}
    first, last = each[str(WORKS[0])], each[str(WORKS[-1])]
    return {
        "works": list(WORKS),
        "calls": {str(size): calls for size, (calls, _) in found.items()},
        "calls_per_1000_works": max(each.values()),
        "calls_per_1000_works.by_works": each,
        "cpu_microseconds_per_work": micro,
        "last_over_first": round(last / first, 3) if first else 0.0,
    }


def _planned(works: int) -> tuple[int, float]:
    """Calls of a plan, and its CPU with the stand-in's."""
    stack = Stack.deploy(TEMPLATE, {"LedgerBuckets": 2})
    try:
        for name in ("uni", *(f"uni-{number}" for number in range(100))):
            stack.http("PUT", f"/v1/parties/{name}", scope="admin", json=PARTY)
        since = clock.timestamp()
        stack.at("2026-10-02T00:00:00Z")
        stack.put_object("DropBucket", "works/uni/all.csv", table(works, "recording"))
        stack.drain()
        started = time.process_time()
        return _calls(stack, since, works), time.process_time() - started
    finally:
        stack.close()


def _calls(stack: Stack, since: str, works: int) -> int:
    meter, function = stack.metered(), stack.runtime.functions["Settlement"]

    def plan(*_: object) -> int:
        return len(registry.with_recordings([change for change in registry.changes(since, FOREVER) if change.kind == "work"]))

    function._loaded = plan  # in the place of the handler, so that its calls are counted
    found = stack.runtime.run(function, {})
    if found != works:
        raise AssertionError(found)
    return meter.calls.total()
