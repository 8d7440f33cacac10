"""Whether everybody that the simulation knows acts in it, and everything that can go wrong does: what never strikes holds nothing."""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING, Final

import pytest

from tests.simulation.deeds import ACTORS, FAULTS, RARE
from tests.simulation.scale import small
from tests.simulation.simulation import Simulation

if TYPE_CHECKING:
    from local.stack import Stack

THOROUGH: Final = bool(os.environ.get("THOROUGH"))
SEEDS_MAX, STEPS, OFTEN = 400 if THOROUGH else 16, 60, (3, 6)
FIRST: Final = 500


@pytest.mark.slow
def test_everybody_acts_and_everything_goes_wrong_within_few_seeds(stack: Stack) -> None:
    wanted = [name for name in (*ACTORS, *FAULTS) if THOROUGH or name not in RARE]
    seen = Counter[str]()
    for seed in range(FIRST, FIRST + SEEDS_MAX):
        stack.reset()
        play = Simulation(stack, seed, lambda _: None)
        play.often = OFTEN
        with small():
            play.run(STEPS)
        seen += play.actors.deeds.counts + Counter(play.chaos.counts)
        if all(seen[name] for name in wanted):
            return
    assert [name for name in wanted if not seen[name]] == []
