"""What a party's state keeps of its last statement: each source's sum with the figures behind it, so that the next can say what changed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from overtone.lines import LEVY_DEAL
from overtone.scales import ZERO_NANO, ZERO_PICO, Nano, Pico

SOURCES_KEPT_MAX: Final = 500
"""Sources of one statement that are kept, the largest; none beyond them is compared, nor what all came to."""


class SourceKey(NamedTuple):
    """What makes income of two statements the same source; each levy has a deal of its own, so none stands here."""

    currency: str
    mechanism: str
    licensee: str
    model: str
    deal_id: str

    @classmethod
    def of(cls, currency: str, mechanism: str, licensee: str, model: str, deal_id: str) -> "SourceKey":
        """From a line's fields."""
        return cls(currency, mechanism, licensee, model, "" if deal_id.startswith(LEVY_DEAL) else deal_id)


class SourceSum(NamedTuple):
    """What a statement said of a source, without corrections: pico, 1e-9, and counts.

    `whole` is what was shared (0: no such sum is known), `version` the deal's, `tier` the last one reached, from 1 (0: none).
    """

    name: str = ""
    amount: Pico = ZERO_PICO
    quantity: Nano = ZERO_NANO
    works: int = 0
    whole: Pico = ZERO_PICO
    version: int = 0
    tier: int = 0
    months: int = 0


class AccountSums(NamedTuple):
    """What a statement said of an account in one currency (pico), and the account's status."""

    corrected: Pico = ZERO_PICO
    recouped: Pico = ZERO_PICO
    paid: Pico = ZERO_PICO
    status: str = ""


@dataclass(slots=True)
class LastStatement:
    """What a party's state keeps of its statement: of which settlement, its sources and sums by currency."""

    settlement_id: str
    through: str
    sources: dict[SourceKey, SourceSum] = field(default_factory=dict)
    sums: dict[str, AccountSums] = field(default_factory=dict)

    @property
    def may_lack_sources(self) -> bool:
        """Whether a statement that was read back had more sources, perhaps, than were kept."""
        return len(self.sources) >= SOURCES_KEPT_MAX

    def encode(self) -> list[object]:
        """Plain values for a state's line, amounts as decimal strings of pico."""
        kept: Iterable[SourceKey] = self.sources
        if len(self.sources) > SOURCES_KEPT_MAX:
            kept = sorted(self.sources, key=lambda key: (-abs(self.sources[key].amount), key))[:SOURCES_KEPT_MAX]
        sources = [[*key, self.sources[key].name, *map(str, self.sources[key][1:])] for key in sorted(kept)]
        return [
            self.settlement_id,
            self.through,
            sources,
            {currency: list(map(str, self.sums[currency])) for currency in sorted(self.sums)},
        ]

    @classmethod
    def decode(cls, entry: Sequence[object]) -> "LastStatement":
        """The inverse of `encode`."""
        settlement_id, through, sources, sums = entry
        found: dict[SourceKey, SourceSum] = {}
        for fields in sources:  # type: ignore[attr-defined]
            name, amount, quantity, works, whole, *counts = fields[len(SourceKey._fields) :]
            figures = Pico(int(amount)), Nano(int(quantity)), int(works), Pico(int(whole))
            found[SourceKey(*fields[: len(SourceKey._fields)])] = SourceSum(name, *figures, *map(int, counts))
        kept: dict[str, AccountSums] = {}
        for currency, (corrected, recouped, paid, status) in sums.items():  # type: ignore[attr-defined]
            kept[currency] = AccountSums(Pico(int(corrected)), Pico(int(recouped)), Pico(int(paid)), status)
        return cls(str(settlement_id), str(through), found, kept)
