"""`python -m tests.readers TARGET --seconds 60`: coverage-guided fuzzing of one reader with atheris, from its seed.

`--cost FILE` instead reads a file by the target and prints what that took.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from pathlib import Path

from tests.readers.targets import TARGETS, run


def cost(name: str, raw: bytes) -> dict[str, float]:
    """CPU seconds that a reader takes for an input, and the most memory that the process had, in MB."""
    start = time.process_time()
    run(name, raw)
    return {"cpu_s": round(time.process_time() - start, 2), "memory_mb": round(_most_memory_mb(), 1)}


def _most_memory_mb() -> float:
    """The most that this program had: what Linux counts anew for each program, else what the process says (its parent's, if more)."""
    status = Path("/proc/self/status")
    if status.exists():
        return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM")) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def fuzz(name: str, seconds: int) -> None:
    """Look for inputs that end in anything but a named error; atheris ends the process with their report."""
    import atheris  # noqa: PLC0415 - it installs on few machines

    from tests.readers.seeds import SEEDS  # noqa: PLC0415

    atheris.instrument_all()
    with tempfile.TemporaryDirectory() as corpus:
        Path(corpus, "seed").write_bytes(SEEDS[name])
        atheris.Setup(
            [sys.argv[0], corpus, f"-max_total_time={seconds}", "-max_len=4096", "-rss_limit_mb=600", "-timeout=10"],
            lambda raw: run(name, raw),
        )
        atheris.Fuzz()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("target", choices=sorted(TARGETS))
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--cost", type=Path)
    asked = parser.parse_args()
    if asked.cost:
        print(json.dumps(cost(asked.target, asked.cost.read_bytes())))
    else:
        fuzz(asked.target, asked.seconds)


if __name__ == "__main__":
    main()
