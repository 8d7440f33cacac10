"""A dropped report at full size on the local stack: `python -m tests.benchmarks.full_size training 5000000`, or `attributions 1000000`.

A manifest has so many works, a report of disclosures so many outputs of 16 works. What it took is printed: CPU, memory with the stand-in's
own copies, and what was asked of AWS.
"""

import gzip
import json
import resource
import sys
import time
from collections.abc import Iterator
from io import BytesIO
from random import Random
from typing import Any, Final

from local.stack import Stack
from tests.benchmarks.cost_slices import EMPTY, TEMPLATE, WORKS_EACH

WORKS: Final = 5_000_000


def lines(kind: str, size: int) -> Iterator[dict[str, Any]]:
    """The file: what the report is, then its records."""
    rng = Random(1)
    if kind == "training":
        yield {"run_id": "run-1", "model": "m1", "trained_on": "2026-09-30"}
        yield from ({"work": f"isrc:QZAA2{number:07d}", "weight": f"{rng.randrange(9)}.5"} for number in range(size))
        return
    yield {"report_id": "a-1", "model": "m1", "method": "s", "method_version": "1"}
    for number in range(size):
        works = sorted({rng.randrange(WORKS) for _ in range(WORKS_EACH)})
        shares = [{"work": f"isrc:QZAA2{work:07d}", "share": f"0.0{rng.randrange(10_000_000, 60_000_000)}"} for work in works]
        yield {"output_id": f"gen-{number}", "confidence": "0.9", "shares": shares}


def main(kind: str, size: int) -> None:
    """Drop it, and let the schedule run once."""
    stack = Stack.deploy(TEMPLATE)
    try:
        stack.at("2026-10-01T00:00:00Z")
        stack.http("PUT", "/v1/parties/lab", scope="admin", json=EMPTY)
        body = BytesIO()
        with gzip.GzipFile(fileobj=body, mode="wb", compresslevel=1) as packed:
            for line in lines(kind, size):
                packed.write(json.dumps(line).encode() + b"\n")
        meter, started = stack.metered(), time.process_time()
        stack.put_object("DropBucket", f"{kind}/lab/all.ndjson.gz", body.getvalue())
        stack.drain()
        _tell("dropped and committed", started, {part: units._asdict() for part, units in meter.units.items()})
        stack.tick("2026-10-01T00:15:00Z")
        _tell("and accrued", started, {part: units._asdict() for part, units in meter.units.items()})
        if stack.errors:
            raise AssertionError(stack.errors[0])
    finally:
        stack.close()


def _tell(what: str, started: float, units: dict[str, dict[str, int]]) -> None:
    resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1000
    print(f"{what}: {time.process_time() - started:.0f} CPU s, {resident} MB", json.dumps(units), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
