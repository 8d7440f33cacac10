"""Who keeps the books in order: months locked, tax rates kept, bank details confirmed, people forgotten."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tests.simulation import world

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from tests.simulation.actors import Actors


class Bookkeepers:
    """Those of finance, and the admin whom somebody asks to be forgotten."""

    def __init__(self, actors: Actors, dice: Random) -> None:
        self._actors, self._dice = actors, dice

    def acts(self) -> dict[Callable[[], str], int]:
        """What they do, and how often among what everybody does."""
        return {self.lock: 1, self.tax: 1, self.confirm: 1, self.erase: 1}

    def lock(self) -> str:
        """A month of the books is locked, for good."""
        month = (self._actors.stack.now - timedelta(days=self._dice.choice([0, 35, 70]))).strftime("%Y-%m")
        return f"finance locks {month}: {self._actors.expect('POST', f'/v1/periods/{month}:lock', None, 'finance', None, 409, 422)}"

    def tax(self) -> str:
        """What is withheld from who lives where, from a day on."""
        rates = [
            {"country": country, "from": self._dice.choice(world.DAYS), "rate": self._dice.choice(world.TAX_RATES)}
            | self._dice.choice([{}, {"treaty_rate": self._dice.choice(world.TAX_RATES)}])
            for country in self._dice.sample(["SE", "US", "NO", "*"], 2)
        ]
        return f"finance keeps {rates}: {self._actors.expect('PUT', '/v1/tax-rates', None, 'finance', {'rates': rates}, 409, 422)}"

    def confirm(self) -> str:
        """Changed bank details are known to be the payee's own."""
        payee = self._dice.choice((*world.HOLDERS, *world.SOCIETIES))
        told = self._actors.expect("POST", f"/v1/parties/{payee}/bank-details:confirm", None, "finance", None, 404, 409, 422)
        return f"finance confirms the account of {payee}: {told}"

    def erase(self) -> str:
        """A holder asks to be forgotten."""
        holder = self._dice.choice(world.HOLDERS)
        return f"{holder} is forgotten: {self._actors.expect('POST', f'/v1/parties/{holder}:erase', None, 'admin', None, 404, 409)}"
