"""Whether everybody that the simulation knows acts in it, and everything that can go wrong does: what never strikes holds nothing."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import pytest

from tests.simulation.acts import acts_of
from tests.simulation.deeds import ACTORS, FAULTS, RARE
from tests.simulation.scale import small
from tests.simulation.simulation import Simulation

if TYPE_CHECKING:
    from collections.abc import Iterable

    from local.stack import Stack

SEEDS_MAX, STEPS, EVENED = 16, 60, (3, 6)
EAGER_SEEDS_MAX, EAGER_STEPS = 48, 50
FIRST: Final = 500
ROUGH: Final = 4.0
"""Where somebody is eager, more goes wrong too: what becomes of what failed is rare. Not where money has to come in, and be sealed."""
SELDOM: Final = frozenset(name for names in RARE.values() for name in names)


@pytest.mark.slow
def test_everybody_acts_and_everything_goes_wrong_within_few_seeds(stack: Stack) -> None:
    usual = [name for name in (*ACTORS, *FAULTS) if name not in SELDOM]
    assert _missing(stack, usual, SEEDS_MAX, STEPS, EVENED) == []


@pytest.mark.slow
@pytest.mark.parametrize("eager", RARE)
def test_what_is_rare_happens_where_somebody_is_eager_for_it(stack: Stack, eager: str) -> None:
    assert _missing(stack, RARE[eager], EAGER_SEEDS_MAX, EAGER_STEPS, (1, 4), eager.split()) == []


def _missing(
    stack: Stack, wanted: Iterable[str], seeds_max: int, steps: int, evened: tuple[int, int], eager: Iterable[str] = ()
) -> list[str]:
    """What happened in none of so many seeds; as few are played as are needed."""
    seen = Counter[str]()
    for seed in range(FIRST, FIRST + seeds_max):
        stack.reset()
        play = Simulation(stack, seed, lambda _: None)
        play.habits.evened, play.habits.eager = evened, frozenset(eager)
        play.habits.roughness = ROUGH if eager and "collect" not in eager else 0.0
        assert play.habits.eager <= {act.__name__ for act in acts_of(play)}
        with small():
            play.run(steps)
        seen += play.actors.deeds.counts + Counter(play.chaos.counts)
        if all(seen[name] for name in wanted):
            break
    return [name for name in wanted if not seen[name]]
