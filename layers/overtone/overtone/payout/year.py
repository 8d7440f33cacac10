"""A payee's calendar year so far: what it earned, was paid, and had withheld, carried in its state from settlement to settlement.

A settlement belongs to the year of its cut-off, as in the annual statement. What a bank sent back counts as never paid or withheld.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from overtone.scales import ZERO_PICO, Pico


class YearSums(NamedTuple):
    """One currency of a year so far; pico."""

    earned: Pico = ZERO_PICO
    paid: Pico = ZERO_PICO
    withheld: Pico = ZERO_PICO


@dataclass(slots=True)
class YearToDate:
    """`sums` by currency; `since` is the first settlement that is counted: what came before the state kept years is not in it."""

    year: str
    since: str
    sums: dict[str, YearSums] = field(default_factory=dict)

    def add(self, currency: str, more: YearSums) -> None:
        """Count what one settlement brought in a currency."""
        if any(more):
            before = self.sums.get(currency)
            if before is not None:
                more = YearSums(before.earned + more.earned, before.paid + more.paid, before.withheld + more.withheld)
            self.sums[currency] = more

    def encode(self) -> list[object]:
        """Plain values for a state's line, amounts as decimal strings of pico."""
        return [self.year, self.since, {currency: [str(pico) for pico in self.sums[currency]] for currency in sorted(self.sums)}]

    @classmethod
    def decode(cls, entry: list[object]) -> "YearToDate":
        """The inverse of `encode`."""
        year, since, sums = entry
        found = {currency: YearSums(*(Pico(int(pico)) for pico in figures)) for currency, figures in sums.items()}  # type: ignore[attr-defined]
        return cls(str(year), str(since), found)
