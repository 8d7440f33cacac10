"""Short runs: a few in this process, and two hundred as `make sim` runs them, so that one that breaks can be run again by its seed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.simulation.scale import COLUMNS_EVERY, small
from tests.simulation.simulation import Simulation

if TYPE_CHECKING:
    from local.stack import Stack

ON_MOTO = pytest.param(1, 8, marks=pytest.mark.moto)
"""Shorter, with the state machine as moto reads it and the SDK's own requests."""

SEEDS, AT_ONCE, STEPS = 200, 50, 20
"""How many are run, in processes of how many, of how many steps: a minute on two cores."""


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "steps"), [(4, 35), (11, 35), ON_MOTO])
def test_every_invariant_holds_whatever_fails(stack: Stack, seed: int, steps: int) -> None:
    simulation = Simulation(stack, seed, lambda _: None)
    with small(in_columns=seed % COLUMNS_EVERY == 0):
        simulation.run(steps)
    assert any("is sealed" in line for line in simulation.history)
    assert any(name.startswith("fault in") for name in simulation.chaos.counts)
    assert re.search(r"settled at once come to the same [1-9]\d* claims", "\n".join(simulation.history))


@pytest.mark.slow
@pytest.mark.parametrize("first", range(1, SEEDS + 1, AT_ONCE))
def test_two_hundred_seeds_hold(first: int) -> None:
    """In a process of their own, so that a seed that breaks here breaks alike with `make sim SEED=… STEPS=…`."""
    asked = {"--seed": first, "--seeds": AT_ONCE, "--steps": STEPS}
    words = [word for name, value in asked.items() for word in (name, str(value))]
    command, paths = [sys.executable, "-m", "tests.simulation", "--quiet", *words], os.pathsep.join([".", "layers/overtone"])
    run = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | {"PYTHONPATH": paths})  # noqa: S603
    assert run.returncode == 0, run.stdout[-10_000:] + run.stderr[-2_000:]
    assert run.stdout.count("every invariant held") == AT_ONCE
    assert "fault in Settlement" in run.stdout
    assert "fault in Accrue" in run.stdout
