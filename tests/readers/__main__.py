"""`python -m tests.readers TARGET --seconds 60`: coverage-guided fuzzing of one reader with atheris, from its seed.

`--cost FILE` instead reads a file by the target and prints what that took.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

OURS: Final = ["overtone"]
"""What the fuzzer follows through its branches. All else that the readers run on is another's, and takes longer to mark than to fuzz."""


def cost(name: str, raw: bytes) -> dict[str, float]:
    """CPU seconds that a reader takes for an input, and the most memory that the process had, in MB."""
    from tests.readers.targets import run  # noqa: PLC0415 - after what marks its imports

    start = time.process_time()
    run(name, raw)
    return {"cpu_s": round(time.process_time() - start, 2), "memory_mb": round(_most_memory_mb(), 1)}


def _most_memory_mb() -> float:
    """The most that this program had: what Linux counts anew for each program, else what the process says (its parent's, if more)."""
    status = Path("/proc/self/status")
    if status.exists():
        return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM")) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def fork() -> None:
    """Go on in a child, and end as it ends: the fuzzer asks what the process ever had, which a program that a large one started shares."""
    if child := os.fork():
        sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


def fuzz(name: str, seconds: int) -> None:
    """Look for inputs that end in anything but a named error; the process ends with the fuzzer's report, and with 0 where it found none."""
    import atheris  # noqa: PLC0415 - it installs on few machines

    with atheris.instrument_imports(include=OURS), contextlib.redirect_stderr(io.StringIO()):  # it names each module
        from tests.readers import stored, targets  # noqa: PLC0415 - imported while the fuzzer marks what is imported
        from tests.readers.seeds import SEEDS  # noqa: PLC0415
    is_stored = name in stored.STORED
    run, seed = (stored.run, stored.STORED[name].sample) if is_stored else (targets.run, SEEDS[name])
    with tempfile.TemporaryDirectory() as corpus:
        Path(corpus, "seed").write_bytes(seed)
        atheris.Setup(
            [
                sys.argv[0],
                corpus,
                f"-max_total_time={seconds}",
                "-max_len=4096",
                f"-artifact_prefix={corpus}/",
                "-rss_limit_mb=600",
                "-timeout=10",
            ],
            lambda raw: run(name, raw),
        )
        atheris.Fuzz()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("target")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--cost", type=Path)
    asked = parser.parse_args()
    if asked.cost:
        print(json.dumps(cost(asked.target, asked.cost.read_bytes())))
    else:
        fork()
        fuzz(asked.target, asked.seconds)


if __name__ == "__main__":
    main()
