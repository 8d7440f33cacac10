"""Deals as the market writes them: any terms that a deal can have, and all that it may say beside them, as the random worlds draw them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tests.simulation import world
from tests.unit.random_deals import Deals, in_scope, within

if TYPE_CHECKING:
    from random import Random

TERMS_MAX: Final = 3
WITH_CONSENT: Final = 0.4


class Market(Deals):
    """Writes deals where it `is_open`, between those of the simulated world."""

    creators = world.HOLDERS[:3]

    def __init__(self, dice: Random) -> None:
        super().__init__(dice)
        self.is_open = False

    def deal_of(self, plain: dict[str, Any]) -> dict[str, Any]:
        """A deal between the same parties, for the same days and places, with terms and clauses of the market."""
        terms = [self.terms(sole=plain["licensor"] is not None) for _ in range(self.rng.randint(1, TERMS_MAX))]
        says = plain | {"terms": terms} | self.clauses(ends=plain["to"] is not None)
        if self.maybe(WITH_CONSENT):
            says["consent"] = self.pick("opt_in", "mandate", "opt_out", "none")
        within(says)
        return in_scope(says)
