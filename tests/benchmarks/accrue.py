"""Accrual of one partition beside what else could do it: the same data, the same sums to the last digit, in one run.

Long tail: five plays an output, 16 works an output, as many works as records. Hot: 5,000 outputs and as many works. Each contender is a
process of its own, timed in CPU seconds. The others find columns in memory and leave sums there; ours reads stored pages first, which is
counted. What it then takes to pack the sums into pages is told apart (`packed`), because the others write nothing.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any, Final

from tests.benchmarks.accrual_contenders import absence
from tests.benchmarks.accrual_data import SHAPES, make

RECORDS: Final = int(os.environ.get("BENCH_ACCRUE_RECORDS", "200000"))
LARGE: Final = int(os.environ.get("BENCH_ACCRUE_LARGE", "1000000"))
ROUNDS: Final = int(os.environ.get("BENCH_ROUNDS", "3"))
CONTENDERS: Final = ("overtone", "python", "numpy", "polars", "duckdb", "postgres")
SLOW: Final = frozenset({"python", "duckdb", "postgres"})


def run() -> dict[str, Any]:
    """Figures by shape: records per second of each, ratios, memory."""
    figures: dict[str, Any] = {}
    for shape in SHAPES:
        figures[shape] = _shape(shape, RECORDS, CONTENDERS) | {"records": RECORDS}
    large = _shape("long_tail", LARGE, tuple(name for name in CONTENDERS if name not in SLOW), rounds=1)
    figures["long_tail"]["mb_per_million"] = large["overtone.peak_mb"] * 1_000_000 / LARGE
    figures["long_tail_large"] = large | {"records": LARGE}
    return figures


def _shape(shape: str, records: int, names: tuple[str, ...], rounds: int = 0) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder), shape, records)
        found: dict[str, list[dict[str, Any]]] = {}
        for round_number in range(rounds or ROUNDS):
            for name in names:
                if name in SLOW and round_number:
                    continue
                if absence(name):
                    continue
                found.setdefault(name, []).append(contend(name, folder, digest=round_number == 0))
    figures: dict[str, Any] = {}
    digests = {name: runs[0]["digest"] for name, runs in found.items()}
    if len(set(digests.values())) != 1:
        raise AssertionError(f"the contenders do not agree: {digests}")
    seconds = {name: median(one["cpu"] for one in runs) for name, runs in found.items()}
    for name in names:
        if name not in found:
            figures[f"{name}.left_out"] = absence(name)
            continue
        figures[f"{name}.records_per_cpu_second"] = round(records / seconds[name])
        figures[f"{name}.peak_mb"] = max(one["peak_mb"] for one in found[name])
    for name in ("polars", "python", "duckdb", "postgres"):
        if name in seconds:
            figures[f"vs_{name}"] = seconds[name] / seconds["overtone"]
    figures["of_numpy_floor"] = seconds["numpy"] / seconds["overtone"]
    packed = seconds["overtone"] + median(one["packing"] for one in found["overtone"])
    figures["packed.records_per_cpu_second"] = round(records / packed)
    figures |= {f"packed.vs_{name}": seconds[name] / packed for name in ("polars", "python") if name in seconds}
    figures["digest"] = digests["overtone"][:16]
    return figures


def contend(name: str, folder: str, *, digest: bool) -> dict[str, Any]:
    """One contender in a process of its own; further packages may stand on PYTHONPATH."""
    command = [sys.executable, "-m", "tests.benchmarks.accrual_contenders", name, folder, str(int(digest))]
    paths = os.pathsep.join(["layers/overtone", *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = os.environ | {"POLARS_MAX_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONPATH": paths}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)  # noqa: S603 - our own module
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer
