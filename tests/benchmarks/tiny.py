"""Every benchmark at a size at which nothing is measured, in one process: so that none is broken when its figures are wanted."""

import importlib
import json
import pkgutil
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

import tests.benchmarks as folder
from tests.benchmarks import report

TINY: Final[dict[str, dict[str, Any]]] = {
    "accrue": {"RECORDS": 500, "LARGE": 500, "ROUNDS": 1, "CONTENDERS": ("overtone", "python", "numpy", "polars", "duckdb", "postgres")},
    "cost": {"RECORDS": (60,), "WORKS": (16, 20), "BUCKETS": 2, "ENGINE": "memory", "slices.FEEDS": {"daily": 1, "quarter_hourly": 2}},
    "cold_start": {"ROUNDS": 1, "FOLDERS": ("aggregate",)},
    "growth": {"RECORDS": (500,), "SHARDS": (1,), "SPLIT": 500, "ingest.BATCH": 600, "ingest.ROUNDS": 1},
    "payees": {"PAYEES": (40,), "PARTS": 2, "LOT": 20},
    "plan": {"WORKS": (3,)},
    "end_to_end": {"RECORDS": 40, "BUCKETS": 2},
    "settlement_contenders": {"LINES": 40, "PAYEES": 6},
    "ingest": {"BATCH": 600, "SMALL_BATCH": 100, "ONE_ITEM_EACH": 50, "ROUNDS": 1, "DROP_LINES": (1_000,), "OUTPUTS": 20},
    "settlement": {"PAYEES": 6, "LINES": (10, 20), "BUCKETS": 2, "RUNS": 1},
    "settlement_files": {"PAYEES": 6, "LINES": (20, 40), "CHANGED": 2},
    "what_if": {"PAYEES": 20, "ROWS": 500},
    "works": {"WORKS": 5},
}
"""Each benchmark's constants at their smallest."""


def names() -> list[str]:
    """The benchmarks: modules that have a `run`."""
    found = (f"{one.name}" for one in pkgutil.iter_modules(folder.__path__) if not one.name.startswith("__"))
    return sorted(name for name in found if hasattr(_module(name), "run"))


def _module(name: str) -> Any:
    return importlib.import_module(f"tests.benchmarks.{name}")


def small(name: str) -> dict[str, Any]:
    """The figures of a benchmark made small; a constant that is no more is an error."""
    for constant, value in TINY[name].items():
        *path, last = constant.split(".")
        owner = _module(name)
        for part in path:
            owner = getattr(owner, part)
        getattr(owner, last)
        setattr(owner, last, value)
    figures: dict[str, Any] = _module(name).run()
    return figures


if __name__ == "__main__":
    figures = {name: small(name) for name in sys.argv[1:] or names()}
    report.write(figures, Path(tempfile.mkdtemp()))
    print(json.dumps(figures, default=str))
