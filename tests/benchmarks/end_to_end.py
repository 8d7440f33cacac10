"""End to end on the local stack: from posted JSON to sealed lines, the CPU of our functions and of the stand-in together, stage by stage.

A lab discloses outputs of 16 works each and posts a day's plays of them; the schedule accrues; a settlement is planned, priced, written and
sealed. Works are registered beforehand, each owned by a publisher and one of a tenth as many writers.
"""

import os
import time
from collections.abc import Callable  # noqa: TC003 - as every module has it
from random import Random
from typing import Any, Final

from local.stack import Stack
from tests.benchmarks import cost_slices as slices
from tests.benchmarks.cost_slices import Slice

BUCKETS: Final = 256
RECORDS: Final = int(os.environ.get("BENCH_END_RECORDS", "10000"))
WORKS_EACH_WRITER: Final = 10
PARTS: Final = ("ingest", "disclosures", "outbox", "accrual", "settlement")


def run() -> dict[str, Any]:
    """Seconds of each stage, calls by part of the system, and lines."""
    stack = Stack.deploy(slices.TEMPLATE, {"LedgerBuckets": BUCKETS})
    try:
        return _played(stack, Slice("long_tail", "daily", RECORDS))
    finally:
        stack.close()


def _played(stack: Stack, one: Slice) -> dict[str, Any]:
    slices.begin(stack)
    _register(stack, one.works)
    rng, meter, stages = Random(7), stack.metered(), dict[str, float]()
    played: dict[str, Callable[[], None]] = {
        "disclose": lambda: slices.disclose(stack, one, rng),
        "play_and_accrue": lambda: slices.play(stack, one, rng),
        "settle": lambda: _settle(stack),
    }
    for name, stage in played.items():
        started = time.process_time()
        stage()
        stages[name] = round(time.process_time() - started, 2)
    sealed = stack.http("GET", "/v1/settlements/2026-10", scope="finance").json()
    lines = next(file["rows"] for file in sealed["files"] if file["name"] == "lines.csv")
    calls = {part: sum(count for (of, _, _), count in meter.calls.items() if of == part) for part in PARTS}
    return {
        "records": one.records,
        "outputs": one.outputs,
        "lines": lines,
        "cpu_seconds": stages,
        "lines_per_cpu_second": round(lines / sum(stages.values())),
        "records_per_cpu_second": round(one.records / sum(stages.values())),
        "calls": calls,
    }


def _register(stack: Stack, works: int) -> None:
    """Works by a dropped file, which is how many of them come."""
    writers = max(1, works // WORKS_EACH_WRITER)
    for party in ("uni", *(f"p-{writer}" for writer in range(writers))):
        about: dict[str, Any] = {"name": party, "kind": "publisher", "country": "SE", "payout": slices.PAYOUT}
        stack.http("PUT", f"/v1/parties/{party}", scope="admin", json=about)
    rows = [f"w-{work},Song {work},recording,{slices.isrc(work)},uni:0.5|p-{work % writers}:0.5,allow" for work in range(works)]
    table = "\n".join(["work_id,title,kind,identifiers,shares,generation", *rows, ""])
    stack.put_object("DropBucket", "works/uni/all.csv", table.encode())
    stack.drain()


def _settle(stack: Stack) -> None:
    stack.at("2026-11-10T06:00:00Z")
    reply = stack.http("POST", "/v1/settlements", scope="finance", json={"settlement_id": "2026-10", "through": "2026-10"})
    if reply.status != 202:
        raise AssertionError(reply.text)
    stack.drain()
    if (status := stack.http("GET", "/v1/settlements/2026-10", scope="finance").json()["status"]) != "sealed":
        raise AssertionError(status)
