"""Sketches: which subjects a partition holds, as 32-bit fingerprints.

A disclosure asks every partition whether it may hold one of its outputs; a false yes costs one needless recomputation, a false no
never happens.
"""

import zlib
from collections.abc import Iterable
from typing import Final, NamedTuple

from overtone.facts.columns import ColumnReader, Writer
from overtone.facts.limits import SKETCH_SUBJECTS_MAX

_EVERYTHING: Final = b""


class Sketch(NamedTuple):
    """Fingerprints of texts; `None` holds everything."""

    prints: frozenset[int] | None

    @classmethod
    def of(cls, texts: Iterable[str]) -> "Sketch":
        """The sketch of these texts; beyond `SKETCH_SUBJECTS_MAX` it holds everything."""
        prints = frozenset(map(fingerprint, texts))
        return cls(prints if len(prints) <= SKETCH_SUBJECTS_MAX else None)

    @classmethod
    def decode(cls, stored: bytes) -> "Sketch":
        """The inverse of `encode`."""
        return cls(None if stored == _EVERYTHING else frozenset(ColumnReader(stored).integers()))

    def encode(self) -> bytes:
        """The sketch as bytes."""
        if self.prints is None:
            return _EVERYTHING
        page = Writer()
        page.integers(sorted(self.prints))
        return page.finish()

    def may_hold(self, prints: frozenset[int]) -> bool:
        """Whether one of the texts with these fingerprints may be in it."""
        return bool(prints) if self.prints is None else not self.prints.isdisjoint(prints)


def fingerprint(text: str) -> int:
    """32 bits of a text, the same everywhere."""
    return zlib.crc32(text.encode())
