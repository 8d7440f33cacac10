"""A short run of the simulation; `make sim SEED=… STEPS=…` runs longer ones."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.simulation.scale import COLUMNS_EVERY, small
from tests.simulation.simulation import Simulation

if TYPE_CHECKING:
    from local.stack import Stack

ON_MOTO = pytest.param(42, 8, marks=pytest.mark.moto)
"""Shorter, with the state machine as moto reads it and the SDK's own requests."""


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "steps"), [(4, 35), (11, 35), ON_MOTO])
def test_every_invariant_holds_whatever_fails(stack: Stack, seed: int, steps: int) -> None:
    simulation = Simulation(stack, seed, lambda _: None)
    with small(in_columns=seed % COLUMNS_EVERY == 0):
        simulation.run(steps)
    assert any("is sealed" in line for line in simulation.history)
    assert any(name.startswith("fault in") for name in simulation.chaos.counts)
    assert re.search(r"settled at once come to the same [1-9]\d* claims", simulation.history[-1])
