"""What the first version takes for the same settlement as today's: its own code, from the history; each in a process of its own."""

import os
import subprocess
import sys
import tarfile
import tempfile
from io import BytesIO
from pathlib import Path
from typing import Final

COMMIT: Final = "ac226422240527feaa7d0341e4da5ec22e2881d7"
"""The last one of the first version."""
ROOT: Final = Path(__file__).parents[2]
_SETTLE: Final = """
import gc, sys
from tests.benchmarks import settlement
lines, payees, *collected_after = map(int, sys.argv[1:])
gc.set_threshold(*collected_after)
settlement.PAYEES = payees
print(settlement.settle(settlement.world(lines), "2026-10").cpu_seconds)
"""
_COLLECTED_AFTER: Final = (200_000, 20, 50)
"""The collector's thresholds of its settlement function."""
COLLECTED_AFTER_TODAY: Final = (1_000_000, 50, 1_000)
"""Those of today's."""


def cpu_seconds(lines: int, payees: int) -> float | None:
    """CPU seconds of its settlement of so many lines and payees; `None` where the history is not at hand (a shallow clone)."""
    try:
        archive = subprocess.run(["git", "archive", COMMIT, "layers", "tests"], cwd=ROOT, capture_output=True, check=True)  # noqa: S603,S607
    except (OSError, subprocess.CalledProcessError):
        return None
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(fileobj=BytesIO(archive.stdout)) as tar:
            tar.extractall(folder, filter="data")
        return _settled_in(Path(folder), lines, payees, *_COLLECTED_AFTER)


def cpu_seconds_today(lines: int, payees: int) -> float:
    """The same of the code at hand, in a process of its own too: what other benchmarks left in memory slows none of the two."""
    return _settled_in(ROOT, lines, payees, *COLLECTED_AFTER_TODAY)


def _settled_in(folder: Path, *sizes: int) -> float:
    env = os.environ | {"PYTHONPATH": os.pathsep.join((f"{folder}/layers/overtone", str(folder)))}
    done = subprocess.run(  # noqa: S603 - this interpreter, and code of this repository
        [sys.executable, "-c", _SETTLE, *map(str, sizes)], cwd=folder, env=env, capture_output=True, text=True, check=True
    )
    return float(done.stdout)
