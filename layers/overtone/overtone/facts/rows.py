"""Accrual rows: what one partition says that one work earned, exact and without a price.

The worker writes them, the settlement reads them, and this is all that the two share. An entry
keeps every dimension that a deal may ask for later, so pricing never goes back to the usage.
"""

import zlib
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import orjson

from overtone.money import NANO, PICO

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
    kind: str
    model: str
    use: str
    territory: str
    currency: str
    band: int
    quantity: int
    revenue: int


class TrainingEntry(NamedTuple):
    """Presence of one work in one training run; `weight` in 1e-9 (minutes, tokens, …)."""

    day: str
    model: str
    run_id: str
    weight: int


class AccrualRow(NamedTuple):
    """All that a partition says about a work.

    `first` is the evidence that a breach names: of usage see `first_outputs`, of training the run.
    An empty `entries` is what a partition once said and says no longer.
    """

    work_key: str
    partition: str
    reporter: str
    first: str
    entries: tuple[UsageEntry, ...] | tuple[TrainingEntry, ...]

    def evidence(self, entry: UsageEntry) -> str:
        """The subject that shows an entry: of a play the recording itself, else the smallest output of its model and use."""
        if entry.kind == PLAY:
            return self.work_key
        if not self.first.startswith("["):
            return self.first
        return next(str(subject) for model, use, subject in orjson.loads(self.first) if (model, use) == (entry.model, entry.use))

    def encode(self) -> str:
        """The entries as compact JSON, numbers as decimal strings: they outgrow 64 bits."""
        rows = [[str(v) if isinstance(v, int) else v for v in entry] for entry in self.entries]
        return orjson.dumps(rows).decode()


def first_outputs(outputs: Mapping[tuple[str, str], str]) -> str:
    """The smallest output of each model and use as compact JSON: what one model may do, another is denied."""
    return orjson.dumps([[model, use, subject] for (model, use), subject in sorted(outputs.items())]).decode()


PACKED_BYTES_MIN: Final = 32_768
"""Entries of at least so many bytes are kept compressed: what nobody's work earned in a worldwide day has thousands."""


def stored(text: str) -> str | bytes:
    """Encoded entries as an item keeps them."""
    return text if len(text) < PACKED_BYTES_MIN else zlib.compress(text.encode())


def _entries(kept: str | bytes) -> list[Any]:
    found: list[Any] = orjson.loads(kept if isinstance(kept, str) else zlib.decompress(kept))
    return found


def decode_usage(kept: str | bytes) -> tuple[UsageEntry, ...]:
    """The entries of a usage partition's row."""
    return tuple(
        UsageEntry(row[0], row[1], row[2], row[3], row[4], row[5], int(row[6]), int(row[7]), int(row[8])) for row in _entries(kept)
    )


def decode_training(kept: str | bytes) -> tuple[TrainingEntry, ...]:
    """The entries of a training partition's row."""
    return tuple(TrainingEntry(row[0], row[1], row[2], int(row[3])) for row in _entries(kept))
