"""Three in five seeds have habits: what is done seldom by all together is done often there, and something not at all.

A mix of everything that is the same for every seed rarely has much of two rare things at once. Runs that each have their own mix find more
faults in the same time ("swarm testing": Groce, Zhang, Eide, Chen and Regehr, ISSTA 2012, section 3).
"""

from __future__ import annotations

from functools import cache
from random import Random
from typing import Final

WITH_HABITS, OF_SEEDS = frozenset({1, 2, 4}), 5
OFTEN: Final = (0.0, 0.3, 1.0, 1.0, 5.0)
"""How much more often than usual somebody does something."""
ROUGH: Final = (0.2, 1.0, 1.0, 3.0)
"""How much more often than usual something goes wrong with what a function does."""
EAGERLY: Final = 15
"""How much more often somebody does what it is eager for."""


class Habits:
    """The mix of one seed: by what is done, how many times the usual share it has."""

    def __init__(self, seed: int) -> None:
        self._seed, self.has_any = seed, seed % OF_SEEDS in WITH_HABITS
        self._drawn = cache(self._draw)
        self.evened, self.eager = (0, 99), frozenset[str]()
        """At least and at most how often among what everybody does; and what is done far more often, whatever the seed says."""
        self.roughness = 0.0
        """How much more often than usual something goes wrong, whatever the seed says; 0 leaves that to the seed."""

    def often(self, deed: str, usual: int) -> float:
        """Of somebody's deed, which by all together is done `usual` times among what everybody does."""
        at_least, at_most = self.evened
        evened = max(at_least, min(usual, at_most))
        return evened * (EAGERLY if deed in self.eager else self._drawn(deed, OFTEN))

    def rough(self, function: str) -> float:
        """Of faults in a function."""
        return self.roughness or self._drawn(function, ROUGH)

    def _draw(self, what: str, shares: tuple[float, ...]) -> float:
        return Random(f"{self._seed}/habits/{what}").choice(shares) if self.has_any else 1.0
