"""Growth: CPU per record of accrual, and per payee of the files, from small to large; both should stay flat."""

import os
import tempfile
from pathlib import Path
from typing import Any, Final

from tests.benchmarks import settlement_files
from tests.benchmarks.accrual_data import make
from tests.benchmarks.accrue import contend

RECORDS: Final = tuple(int(size) for size in os.environ.get("BENCH_GROWTH_RECORDS", "10000,100000,1000000").split(","))
PAYEES: Final = tuple(int(size) for size in os.environ.get("BENCH_GROWTH_PAYEES", "500,5000").split(","))
LINES_EACH: Final = 5


def run() -> dict[str, Any]:
    """CPU by size, and how the largest compares with the smallest."""
    accrued = {size: _accrued(size) for size in RECORDS}
    files = {size: settlement_files.measure(size * LINES_EACH, size)[0]["cpu_seconds"] * 1e6 / size for size in PAYEES}
    return {
        "accrue": {
            "microseconds_per_record": {str(size): round(1e6 * one["cpu"] / size, 2) for size, one in accrued.items()},
            "packing_microseconds_per_record": {str(size): round(1e6 * one["packing"] / size, 2) for size, one in accrued.items()},
            "peak_mb": {str(size): one["peak_mb"] for size, one in accrued.items()},
            "last_over_first": _ratio([one["cpu"] / size for size, one in accrued.items()]),
        },
        "files": {
            "microseconds_per_payee": {str(size): round(micro) for size, micro in files.items()},
            "last_over_first": _ratio(list(files.values())),
        },
    }


def _ratio(values: list[float]) -> float:
    return round(values[-1] / values[0], 3) if values[0] else 0.0


def _accrued(records: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder), "long_tail", records)
        return contend("overtone", folder, digest=False)
