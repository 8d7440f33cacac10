"""An advance and what became of it: each settlement that moved it, and what earnings still have to pay back."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from overtone.scales import ZERO_PICO, Pico

HISTORY_MAX: Final = 240
"""Settlements that an advance's history names one by one; older ones are summed into its first entry."""


class AdvanceEvent(NamedTuple):
    """What one settlement did to an advance's balance; pico. A negative `recouped` was given back."""

    settlement_id: str
    through: str
    advanced: Pico
    recouped: Pico


@dataclass(slots=True)
class Advance:
    """What a party was advanced under one deal, and what its earnings have recouped.

    `earned` counts earnings that can recoup, `recouped` is `earned` clamped to 0 and `advanced`: where deals recoup together, of their
    sums. `month` is the first that it was advanced for; empty where only the settlement is known.
    """

    deal_id: str
    licensee: str
    currency: str
    advanced: Pico = ZERO_PICO
    earned: Pico = ZERO_PICO
    recouped: Pico = ZERO_PICO
    history: list[AdvanceEvent] = field(default_factory=list)
    month: str = ""

    @property
    def since(self) -> str:
        """The month that it is of: of several that are recouped together the oldest goes first."""
        return self.month or (self.history[0].through if self.history else "")

    @property
    def unrecouped(self) -> Pico:
        """What later earnings still have to recoup."""
        return self.advanced - self.recouped

    def note(self, event: AdvanceEvent) -> None:
        """Add to the history, the oldest entries summed up where it grows too long."""
        self.history.append(event)
        if len(self.history) > HISTORY_MAX:
            first, second = self.history[:2]
            merged = AdvanceEvent(second.settlement_id, second.through, first.advanced + second.advanced, first.recouped + second.recouped)
            self.history[:2] = [merged]

    def encode(self) -> list[object]:
        """Plain values, amounts as decimal strings of pico."""
        events = [[e.settlement_id, e.through, str(e.advanced), str(e.recouped)] for e in self.history]
        amounts = [str(self.advanced), str(self.earned), str(self.recouped)]
        month = [self.month] if self.month else []
        return [self.deal_id, self.licensee, self.currency, *amounts, events, *month]

    @classmethod
    def decode(cls, entry: Sequence[Any]) -> "Advance":
        """The inverse of `encode`, and of what earlier versions wrote."""
        deal_id, licensee, currency, advanced, earned, recouped, events, *month = entry
        history = [AdvanceEvent(sid, through, Pico(int(up)), Pico(int(down))) for sid, through, up, down in events]
        figures = Pico(int(advanced)), Pico(int(earned)), Pico(int(recouped))
        return cls(deal_id, licensee, currency, *figures, history, *month)
