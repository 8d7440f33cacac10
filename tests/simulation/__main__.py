"""`python -m tests.simulation --seed 1 --steps 400`."""

from __future__ import annotations

import argparse
import io
import os
import sys
from contextlib import nullcontext, redirect_stderr
from pathlib import Path
from time import process_time
from typing import TYPE_CHECKING

from local.cloud import ENGINES

if TYPE_CHECKING:
    from local.stack import Stack

TEMPLATE = Path("template.yaml")


def main() -> int:
    """Runs one seed, or several one after the other; 0 where every invariant held."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation")
    parser.add_argument("--seed", type=int, default=1, help="the first one")
    parser.add_argument("--seeds", type=int, default=1, help="how many")
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--verbose", action="store_true", help="show what handlers say of their failures, too")
    parser.add_argument("--quiet", action="store_true", help="print the history only where an invariant breaks")
    parser.add_argument("--engine", choices=ENGINES, default="memory", help="the stand-in for AWS")
    options = parser.parse_args()
    if os.environ.get("PYTHONHASHSEED") != "0":  # sets of texts in one order: the same seed is the same run
        os.execve(sys.executable, [sys.executable, "-m", "tests.simulation", *sys.argv[1:]], os.environ | {"PYTHONHASHSEED": "0"})  # noqa: S606
    with nullcontext() if options.verbose else redirect_stderr(io.StringIO()):
        return simulate(range(options.seed, options.seed + options.seeds), options.steps, engine=options.engine, quiet=options.quiet)


def simulate(seeds: range, steps: int, *, engine: str, quiet: bool) -> int:
    """Deploys once and runs each seed on the emptied stack; how many seeds broke an invariant."""
    from local.stack import Stack  # noqa: PLC0415 - only after the process was replaced

    stack = Stack.deploy(TEMPLATE, {"LedgerBuckets": 2, "LogLevel": "CRITICAL", "PaysOn": "accrual"}, engine=engine)
    try:
        return sum(not _holds(stack, seed, steps, quiet=quiet) for seed in seeds)
    finally:
        stack.close()


def _holds(stack: Stack, seed: int, steps: int, *, quiet: bool) -> bool:
    from tests.simulation.actors import Broken  # noqa: PLC0415
    from tests.simulation.simulation import Simulation  # noqa: PLC0415

    stack.reset()
    began = process_time()
    simulation = Simulation(stack, seed, (lambda _: None) if quiet else print)
    try:
        simulation.run(steps)
    except Broken as broken:
        print(*(simulation.history if quiet else []), f"BROKEN {broken}", f"make sim SEED={seed} STEPS={steps}", sep="\n", flush=True)
        return False
    counts = dict(sorted(simulation.chaos.counts.items()))
    print(f"seed {seed}: {steps} steps in {process_time() - began:.1f} s of CPU, every invariant held; {counts}", flush=True)
    return True


if __name__ == "__main__":
    sys.exit(min(main(), 1))
