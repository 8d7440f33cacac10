"""Cold start: what importing each function's handler costs, with compiled modules as the layers ship them."""

import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import Any, Final

ROOT: Final = Path(__file__).parents[2]
ROUNDS: Final = int(os.environ.get("BENCH_COLD_ROUNDS", "3"))
FOLDERS: Final = tuple(path.parent.name for path in sorted((ROOT / "functions").glob("*/app.py")))
_PROBE: Final = (
    "import time, json; began = time.process_time(); import app; "
    "took = 1000 * (time.process_time() - began); from tests.benchmarks.memory import peak_mb; "
    "print(json.dumps([took, peak_mb()]))"
)


def run() -> dict[str, Any]:
    """CPU milliseconds and memory of each, the median of some rounds after one that compiles."""
    figures: dict[str, Any] = {}
    for folder in FOLDERS:
        taken = [_import(folder) for _ in range(ROUNDS + 1)][1:]
        figures[f"{folder}.cpu_ms"] = round(median(milliseconds for milliseconds, _ in taken))
        figures[f"{folder}.mb"] = round(max(size for _, size in taken))
    return figures


def _import(folder: str) -> tuple[float, float]:
    paths = os.pathsep.join([str(ROOT / "functions" / folder), str(ROOT / "layers" / "overtone"), str(ROOT)])
    environment = {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": paths, "AWS_DEFAULT_REGION": "eu-west-1"}
    done = subprocess.run([sys.executable, "-c", _PROBE], env=environment, capture_output=True, text=True, check=True)  # noqa: S603 - our own
    milliseconds, size = json.loads(done.stdout.splitlines()[-1])
    return milliseconds, size
