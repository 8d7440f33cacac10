"""Whether everybody that the simulation knows acts in it, and everything that can go wrong does: what never strikes holds nothing."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.simulation import world
from tests.simulation.acts import acts_of
from tests.simulation.deeds import ACTORS, FAULTS, RARE
from tests.simulation.scale import small
from tests.simulation.simulation import Simulation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from random import Random

    from local.stack import Stack

SEEDS_MAX, STEPS, EVENED = 16, 60, (3, 6)
EAGER_SEEDS_MAX, EAGER_STEPS = 48, 50
FIRST: Final = 500
ROUGH: Final = 4.0
"""Where somebody is eager, more goes wrong too: what becomes of what failed is rare. Not where money has to move, and be sealed."""
PAYING: Final = frozenset({"collect", "answer"})
"""Eager for one of these, money has to move."""
SELDOM: Final = frozenset(name for names in RARE.values() for name in names)


@pytest.mark.slow
def test_everybody_acts_and_everything_goes_wrong_within_few_seeds(stack: Stack) -> None:
    usual = [name for name in (*ACTORS, *FAULTS) if name not in SELDOM]
    assert _missing(stack, usual, SEEDS_MAX, STEPS, EVENED) == []


@pytest.mark.slow
@pytest.mark.parametrize("eager", RARE)
def test_what_is_rare_happens_where_somebody_is_eager_for_it(stack: Stack, eager: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if "answer" in eager.split():
        monkeypatch.setattr(world, "party", _paid_at_once)
    assert _missing(stack, RARE[eager], EAGER_SEEDS_MAX, EAGER_STEPS, (1, 4), eager.split()) == []


def _paid_at_once(dice: Random, name: str, drawn: Callable[[Random, str], dict[str, Any]] = world.party) -> dict[str, Any]:
    """Some such parties are drawn too, but a bank is asked for little where most wait for a threshold, a year's end or a new account."""
    record = drawn(dice, name)
    if record["kind"] not in {"creator", "society"}:
        return record
    payout = {"currency": "EUR", "threshold": "0", "period": "month", "method": "sepa", "iban": world.IBANS[0]}
    return {key: value for key, value in record.items() if key != "reserve"} | {"on_hold": False, "payout": payout}


def _missing(
    stack: Stack, wanted: Iterable[str], seeds_max: int, steps: int, evened: tuple[int, int], eager: Iterable[str] = ()
) -> list[str]:
    """What happened in none of so many seeds; as few are played as are needed."""
    seen = Counter[str]()
    for seed in range(FIRST, FIRST + seeds_max):
        stack.reset()
        play = Simulation(stack, seed, lambda _: None)
        play.habits.evened, play.habits.eager = evened, frozenset(eager)
        play.habits.roughness = ROUGH if eager and not PAYING & play.habits.eager else 0.0
        assert play.habits.eager <= {act.__name__ for act in acts_of(play)}
        with small():
            play.run(steps)
        seen += play.actors.deeds.counts + Counter(play.chaos.counts)
        if all(seen[name] for name in wanted):
            break
    return [name for name in wanted if not seen[name]]
