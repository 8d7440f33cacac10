"""Growth: what a record costs in CPU, units and bytes, from 10^5 to 10^7 records of a day and from 1 to 64 shards; it should stay flat.

Usage comes in as one dropped file, both passes. It is accrued in as many shards as a day of that size has, each in a process of its own,
as each is a worker's; they are alike by construction, so of a split into many shards some are measured.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from statistics import mean
from typing import Any, Final

from tests.benchmarks import ingest
from tests.benchmarks.accrue import contend

RECORDS: Final = tuple(int(size) for size in os.environ.get("BENCH_GROWTH_RECORDS", "100000,1000000,10000000").split(","))
SHARD_RECORDS: Final = 250_000
"""Beyond which a day is split into 4, 16 or 64 shards: what one worker has at hand stays of a size."""
SPLIT: Final = int(os.environ.get("BENCH_GROWTH_SPLIT", "1000000"))
"""The day that is split into each number of shards."""
SHARDS: Final = (1, 4, 16, 64)
MEASURED_MAX: Final = 4
"""Shards of one split, in the curve of shards; in the curve of records all are measured."""
AT_ONCE: Final = 2
Curve = dict[str, float]


def run() -> dict[str, Any]:
    """Each curve by size, and how its last point compares with its first."""
    dropped = {size: ingest.dropped(size) for size in RECORDS}
    days = {size: _day(size, _shards(size)) for size in RECORDS}
    splits = {shards: _day(SPLIT, shards, MEASURED_MAX) for shards in SHARDS}
    return {
        "ingest": _curves(dropped, {"microseconds_per_record": lambda one: 1e6 / one["drop_rate"], "write_units_per_record": _units})
        | {"peak_mb": {str(size): one["memory_mb"] for size, one in dropped.items()}},
        "accrue": _accrued(days) | {"shards": {str(size): _shards(size) for size in RECORDS}},
        "shards": _accrued(splits) | {"records": SPLIT},
    }


def _units(one: dict[str, float]) -> float:
    return one["write_units"] / one["records"]


def _shards(records: int) -> int:
    return next((shards for shards in SHARDS if records <= shards * SHARD_RECORDS), SHARDS[-1])


def _accrued(points: dict[int, dict[str, float]]) -> dict[str, Any]:
    names = ("microseconds_per_record", "packing_microseconds_per_record", "page_bytes_per_record")
    curves = _curves(points, {name: lambda one, name=name: one[name] for name in names})  # type: ignore[misc]
    return curves | {"peak_mb": {str(size): one["peak_mb"] for size, one in points.items()}}


def _curves(points: dict[int, Any], figures: dict[str, Callable[[Any], float]]) -> dict[str, Any]:
    """Each figure by size; `last_over_first` is of the first figure, the others' have their name before it."""
    found: dict[str, Any] = {}
    for name, figure in figures.items():
        curve = {str(size): round(figure(one), 4) for size, one in points.items()}
        values = list(curve.values())
        first, last = values[0], values[-1]
        found[name] = curve
        found[f"{name}.last_over_first" if "last_over_first" in found else "last_over_first"] = round(last / first, 3) if first else 0.0
    return found


def _day(records: int, shards: int, most: int = max(SHARDS)) -> dict[str, float]:
    """A day in so many shards: the mean over those that are measured, and the most memory of any."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = list(pool.map(lambda seed: _shard(max(100, records // shards), seed), range(min(shards, most))))
    size = max(100, records // shards)
    return {
        "microseconds_per_record": 1e6 * mean(one["cpu"] for one in found) / size,
        "packing_microseconds_per_record": 1e6 * mean(one["packing"] for one in found) / size,
        "page_bytes_per_record": mean(one["page_bytes"] for one in found) / size,
        "peak_mb": max(one["peak_mb"] for one in found),
    }


def _shard(records: int, seed: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "tests.benchmarks.accrual_data", folder, "long_tail", str(records), str(seed)]
        subprocess.run(command, check=True)  # noqa: S603 - our own module
        return contend("overtone", folder, digest=False)
