"""Accrual rows: what one partition says that one work earned, exact and without a price.

The worker writes them (in pages, see `accrual_pages`), the settlement reads them, and this is all that the two share. An entry
keeps every dimension that a deal may ask for later, so pricing never goes back to the usage.
"""

from typing import Final, NamedTuple

from overtone.facts.splits import EntryKind
from overtone.money import NANO, PICO
from overtone.scales import Nano, Zepto

REVENUE_SCALE: Final = PICO * NANO
"""Attributed revenue is a product of revenue (1e-12) and share (1e-9): an integer of 1e-21."""
PLAY: Final = "play"
"""The kind of an entry that is about the recording itself; the others are about outputs."""
NO_CONFIDENCE: Final = -1
"""The band of an entry that no disclosure stands behind (a recording played itself)."""


class UsageEntry(NamedTuple):
    """Attributed usage of one work, one day and reporter.

    `kind` is `output` (a generated track) or `play` (the recording itself); `band` is ten times
    the confidence, floored; `quantity` in 1e-9, `revenue` in 1e-21 of the currency's major unit.
    """

    day: str
    kind: EntryKind
    model: str
    use: str
    territory: str
    currency: str
    band: int
    quantity: Nano
    revenue: Zepto

    def dimensions(self) -> tuple[str | int, ...]:
        """What it is told apart by, within a day."""
        return self[1:-2]


class TrainingEntry(NamedTuple):
    """Presence of one work in one training run; `weight` in 1e-9 (minutes, tokens, …)."""

    day: str
    model: str
    run_id: str
    weight: int


class AccrualRow(NamedTuple):
    """All that a partition says about a work.

    `first` is the evidence that a breach names: of usage the smallest output of each (model, use), in order, because what
    one model may do another is denied; of training the run. `subject` is the one that the row is about alone, `without` are those
    that were taken out of it (see `apart`): both empty of a row as it is stored.
    """

    work_key: str
    partition: str
    reporter: str
    first: tuple[tuple[str, str, str], ...] | str
    entries: tuple[UsageEntry, ...] | tuple[TrainingEntry, ...]
    subject: str = ""
    without: tuple[str, ...] = ()

    def evidence(self, entry: UsageEntry) -> str:
        """The subject that shows an entry: of a play the recording itself, else the smallest output of its model and use."""
        if entry.kind == PLAY:
            return self.work_key
        if isinstance(self.first, str):
            return self.first
        return next(subject for model, use, subject in self.first if (model, use) == (entry.model, entry.use))
