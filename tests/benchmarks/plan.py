"""Planning a settlement: how many calls it takes to learn of changed works, counted on the local stack."""

import os
from pathlib import Path
from typing import Any, Final

from local.stack import Stack
from overtone import clock
from overtone.stores import registry
from overtone.stores.entities import FOREVER
from tests.benchmarks.works import PARTY, table

WORKS: Final = int(os.environ.get("BENCH_PLAN_WORKS", "5000"))
TEMPLATE: Final = Path(__file__).parents[2] / "template.yaml"


def run() -> dict[str, Any]:
    """Calls for works that changed since the last settlement."""
    stack = Stack.deploy(TEMPLATE, {"LedgerBuckets": 2})
    try:
        for name in ("uni", *(f"uni-{number}" for number in range(100))):
            stack.http("PUT", f"/v1/parties/{name}", scope="admin", json=PARTY)
        since = clock.timestamp()
        stack.at("2026-10-02T00:00:00Z")
        stack.put_object("DropBucket", "works/uni/all.csv", table(WORKS, "recording"))
        stack.drain()
        calls = _calls(stack, since)
    finally:
        stack.close()
    return {"works": WORKS, "calls": calls, "calls_per_1000_works": round(1000 * calls / WORKS, 1)}


def _calls(stack: Stack, since: str) -> int:
    meter, function = stack.metered(), stack.runtime.functions["Settlement"]

    def plan(*_: object) -> int:
        return len(registry.with_recordings([change for change in registry.changes(since, FOREVER) if change.kind == "work"]))

    function._loaded = plan  # in the place of the handler, so that its calls are counted
    found = stack.runtime.run(function, {})
    if found != WORKS:
        raise AssertionError(found)
    return meter.calls.total()
