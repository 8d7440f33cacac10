"""Every benchmark runs at a tiny size, in a process of its own: so that none is broken when its figures are wanted."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.benchmarks import tiny

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_every_benchmark_runs() -> None:
    done = subprocess.run([sys.executable, "-m", "tests.benchmarks.tiny"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    figures = json.loads(done.stdout.splitlines()[-1])
    assert sorted(figures) == tiny.names()
    assert all(figures.values())
    assert figures["cost"]["long_tail"]["daily"]["usd_per_million"] > 0
