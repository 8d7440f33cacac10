"""`python -m tests.simulation --seed 1 --steps 400`."""

from __future__ import annotations

import argparse
import gc
import io
import os
import sys
from contextlib import nullcontext, redirect_stderr
from pathlib import Path
from time import process_time
from typing import TYPE_CHECKING

from local.cloud import ENGINES
from tests.simulation import shortening
from tests.simulation.scale import COLUMNS_EVERY, small

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.stack import Stack
    from tests.simulation.actors import Broken
    from tests.simulation.simulation import Simulation

TEMPLATE = Path("template.yaml")
PARAMETERS = {
    "LedgerBuckets": 1,
    "LogLevel": "CRITICAL",
    "PayerName": "Overtone",
    "PayerIban": "SE4090000000071234567897",
    "PaysOn": "accrual",
}
"""One bucket, no logs, and a payer whose bank can be asked to pay and can say no."""
ENVIRONMENT = {"PYTHONHASHSEED": "0", "OPENBLAS_NUM_THREADS": "1"}
"""Sets of texts have one order, so that the same seed is the same run; and no thread waits, busily, for matrices that never come."""
GARBAGE_AFTER = 50_000
"""How many objects more than before are looked at for circles; Python's 700 costs a twentieth of a run."""


def main() -> int:
    """Runs one seed, or several one after the other; 0 where every invariant held."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation")
    parser.add_argument("--seed", type=int, default=1, help="the first one")
    parser.add_argument("--seeds", type=int, default=1, help="how many")
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--verbose", action="store_true", help="show what handlers say of their failures, too")
    parser.add_argument("--quiet", action="store_true", help="print the history only where an invariant breaks")
    parser.add_argument("--engine", choices=ENGINES, default="memory", help="the stand-in for AWS")
    parser.add_argument("--pdf", action="store_true", help="draw the statements' PDFs with each settlement, a quarter of the time")
    parser.add_argument("--without", default="", help="steps that are left out, such as 1-3,7")
    options = parser.parse_args()
    if any(os.environ.get(name) != value for name, value in ENVIRONMENT.items()):
        os.execve(sys.executable, [sys.executable, "-m", "tests.simulation", *sys.argv[1:]], os.environ | ENVIRONMENT)  # noqa: S606
    with nullcontext() if options.verbose else redirect_stderr(io.StringIO()):
        return simulate(options)


def simulate(options: argparse.Namespace) -> int:
    """Deploys once and runs each seed on the emptied stack; how many seeds broke an invariant."""
    from local.stack import Stack  # noqa: PLC0415 - only after the process was replaced

    stack = Stack.deploy(TEMPLATE, PARAMETERS, engine=options.engine)
    gc.freeze()  # what was deployed stays; of the worlds hardly anything is garbage in circles
    gc.set_threshold(GARBAGE_AFTER)
    try:
        broken = sum(not _holds(stack, seed, options) for seed in range(options.seed, options.seed + options.seeds))
        print(f"{options.seeds - broken} of {options.seeds} worlds held")
        return broken
    finally:
        stack.close()


def _holds(stack: Stack, seed: int, options: argparse.Namespace) -> bool:
    began, left_out = process_time(), shortening.read(options.without)
    simulation, broken = _run(stack, seed, options, left_out, (lambda _: None) if options.quiet else print)
    if broken is None:
        counts = dict(sorted(simulation.chaos.counts.items()))
        print(f"seed {seed}: {options.steps} steps, every invariant held; {counts}", flush=True)
        print(f"seed {seed}: {process_time() - began:.1f} s of CPU", file=sys.__stderr__, flush=True)  # no part of the text
        return True
    steps, known = options.steps, simulation.broken
    if options.engine == "memory" and not left_out:  # quick enough to be tried many times

        def breaks(without: frozenset[int]) -> bool:
            return _run(stack, seed, options, without, lambda _: None)[0].broken == known

        left_out = shortening.shortened(steps, breaks)
        simulation, broken = _run(stack, seed, options, left_out, lambda _: None)
    again = f"make sim SEED={seed} STEPS={steps}" + (f" WITHOUT={shortening.listed(left_out)}" if left_out else "")
    print(*simulation.history, f"BROKEN {broken}", again, sep="\n", flush=True)
    return False


def _run(
    stack: Stack, seed: int, options: argparse.Namespace, left_out: frozenset[int], tell: Callable[[str], None]
) -> tuple[Simulation, Broken | None]:
    from tests.simulation.actors import Broken  # noqa: PLC0415
    from tests.simulation.simulation import Simulation  # noqa: PLC0415

    stack.reset()
    simulation = Simulation(stack, seed, tell, left_out)
    try:
        with small(in_columns=seed % COLUMNS_EVERY == 0, draws=options.pdf):
            simulation.run(options.steps)
    except Broken as broken:
        return simulation, broken
    return simulation, None


if __name__ == "__main__":
    sys.exit(min(main(), 1))
