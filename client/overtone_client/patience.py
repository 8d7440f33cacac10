"""When a call is sent again: every call of the API bears an id of its own, so sending it twice does nothing twice."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

AGAIN = frozenset({429, 500, 502, 503, 504})
"""Statuses that say "later" rather than "no"."""
ATTEMPTS_MAX = 6


@dataclass(frozen=True)
class Patience:
    """How often a call is tried, and how long to wait: twice as long each time, by chance up to that, never more than `most_seconds`."""

    attempts: int = ATTEMPTS_MAX
    first_seconds: float = 0.5
    most_seconds: float = 20.0

    def pauses(self) -> Iterator[float]:
        """Seconds before each further try."""
        longest = self.first_seconds
        for _ in range(self.attempts - 1):
            yield random.uniform(longest / 2, longest)  # noqa: S311 - it only spreads callers over time
            longest = min(longest * 2, self.most_seconds)

    def pause(self, planned: float, retry_after: str | None) -> float:
        """The pause that the server asks for, if it asks for one that can be read, else the planned one."""
        if retry_after and retry_after.isascii() and retry_after.isdigit():
            return min(float(retry_after), self.most_seconds)
        return planned
