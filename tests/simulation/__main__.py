"""`python -m tests.simulation --seed 1 --steps 400`."""

from __future__ import annotations

import argparse
import io
import os
import sys
from contextlib import nullcontext, redirect_stderr
from pathlib import Path

from local.cloud import ENGINES

TEMPLATE = Path("template.yaml")


def main() -> int:
    """Runs one seed; 0 where every invariant held."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--verbose", action="store_true", help="show what handlers say of their failures, too")
    parser.add_argument("--quiet", action="store_true", help="print the history only where an invariant breaks")
    parser.add_argument("--engine", choices=ENGINES, default="memory", help="the stand-in for AWS")
    options = parser.parse_args()
    if os.environ.get("PYTHONHASHSEED") != "0":  # sets of texts in one order: the same seed is the same run
        os.execve(sys.executable, [sys.executable, "-m", "tests.simulation", *sys.argv[1:]], os.environ | {"PYTHONHASHSEED": "0"})  # noqa: S606
    with nullcontext() if options.verbose else redirect_stderr(io.StringIO()):
        return simulate(options.seed, options.steps, engine=options.engine, quiet=options.quiet)


def simulate(seed: int, steps: int, *, engine: str, quiet: bool) -> int:
    """Deploys and runs."""
    from local.stack import Stack  # noqa: PLC0415 - only after the process was replaced
    from tests.simulation.actors import Broken  # noqa: PLC0415
    from tests.simulation.simulation import Simulation  # noqa: PLC0415

    stack = Stack.deploy(TEMPLATE, {"LedgerBuckets": 2, "LogLevel": "CRITICAL", "PaysOn": "accrual"}, engine=engine)
    stack.reset()
    simulation = Simulation(stack, seed, (lambda _: None) if quiet else print)
    try:
        simulation.run(steps)
    except Broken as broken:
        print(*(simulation.history if quiet else []), f"BROKEN {broken}", f"make sim SEED={seed} STEPS={steps}", sep="\n")
        return 1
    finally:
        stack.close()
    print(f"seed {seed}: {steps} steps, every invariant held; {dict(sorted(simulation.chaos.counts.items()))}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
