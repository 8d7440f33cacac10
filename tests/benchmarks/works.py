"""Works by drop: how many a second are registered on the local stack."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from local.stack import Stack

WORKS = int(os.environ.get("BENCH_WORKS", "5000"))
TEMPLATE = Path(__file__).parents[2] / "template.yaml"
PARTY = {"name": "Uni", "kind": "publisher", "country": "SE"}


def table(count: int, kind: str = "composition") -> bytes:
    """A file of so many works."""
    rows = [f"w-{n},Song {n},{kind},uni:0.5|uni-{n % 100}:0.5" for n in range(count)]
    return "\n".join(["work_id,title,kind,shares", *rows, ""]).encode()


def run() -> dict[str, Any]:
    stack = Stack.deploy(TEMPLATE)
    try:
        for name in ("uni", *(f"uni-{n}" for n in range(100))):
            stack.http("PUT", f"/v1/parties/{name}", scope="admin", json=PARTY)
        started = time.perf_counter()
        stack.put_object("DropBucket", "works/uni/all.csv", table(WORKS))
        stack.drain()
        seconds = time.perf_counter() - started
    finally:
        stack.close()
    return {"works dropped": WORKS, "works registered per second": WORKS / seconds, "seconds": seconds}
