"""Who looks at a comparison: finance at everything, a party at what its own deals and its own share come to, names of others masked."""

from collections.abc import Iterable
from typing import NamedTuple

from overtone.lines import LineKey

MASK = "masked-{number:06d}"


class Viewer(NamedTuple):
    """`party` is empty for finance; `deals` are those of which the party is a side."""

    party: str = ""
    deals: frozenset[str] = frozenset()

    def sees(self, key: LineKey) -> bool:
        """Whether a line is shown: of the party's deals, or its own money."""
        return not self.party or key.deal_id in self.deals or self.party in {key.party_id, key.member_id}

    def knows(self, payee: str) -> bool:
        """Whether a payee is shown by its name."""
        return not self.party or payee == self.party

    def shown(self, payees: Iterable[str]) -> dict[str, str]:
        """What each payee is called: itself, or a number that says nothing of it but its place in this answer."""
        ordered = list(payees)
        return {payee: payee if self.knows(payee) else MASK.format(number=number) for number, payee in enumerate(ordered, start=1)}
