"""What the first version takes for the same settlement: its own code, from the history, in a process of its own."""

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
gc.set_threshold(200_000, 20, 50)
settlement.PAYEES = int(sys.argv[2])
print(settlement.settle(settlement.world(int(sys.argv[1])), "2026-10").cpu_seconds)
"""


def cpu_seconds(lines: int, payees: int) -> float | None:
    """CPU seconds of its settlement of so many lines and payees; `None` where the history is not at hand (a shallow clone)."""
    try:
        archive = subprocess.run(["git", "archive", COMMIT, "layers", "tests"], cwd=ROOT, capture_output=True, check=True)  # noqa: S603,S607
    except (OSError, subprocess.CalledProcessError):
        return None
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(fileobj=BytesIO(archive.stdout)) as tar:
            tar.extractall(folder, filter="data")
        env = os.environ | {"PYTHONPATH": os.pathsep.join((f"{folder}/layers/overtone", folder))}
        done = subprocess.run(  # noqa: S603 - this interpreter, and code of this repository
            [sys.executable, "-c", _SETTLE, str(lines), str(payees)], cwd=folder, env=env, capture_output=True, text=True, check=True
        )
    return float(done.stdout)
