"""At what pace a dropped file is committed: as fast as each partition key takes it, and no faster.

A key takes 1,000 write units per second, and a transaction costs two for each kilobyte. A file of one day is all one key: committed as
fast as it can be read, it would be throttled, and so would everybody who writes to that key meanwhile.
"""

from collections.abc import Sequence
from typing import Final

from overtone import clock
from overtone.facts.intake import IntakePage
from overtone.stores import fact_pages

KEY_UNITS_PER_SECOND: Final = 900
"""Of the 1,000 that a key takes, so that somebody else's batch of the same day finds room."""
UNIT_BYTES: Final = 1024
_ATTRIBUTES_BYTES: Final = 300
"""What an item holds beside its page or in place of it, from above."""


def units(size: int) -> int:
    """The write units in a transaction of an item with so many bytes of a page."""
    return 2 * -(-(size + _ATTRIBUTES_BYTES) // UNIT_BYTES)


class DropPace:
    """What each partition has been given so far; one file's delivery."""

    def __init__(self) -> None:
        self._free: dict[str, float] = {}
        """When each partition will have digested what it was given, in seconds since 1970."""

    def wait_for(self, pages: Sequence[IntakePage]) -> None:
        """Let time pass until the keys of these pages take them."""
        given: dict[str, int] = {}
        for page, size in zip(pages, fact_pages.sizes_in_items(pages), strict=True):
            given[str(page.partition)] = given.get(str(page.partition), 0) + units(size)
        now = clock.now().timestamp()
        until = max((self._free.get(partition, now) for partition in given), default=now)
        if until > now:
            clock.sleep(until - now)
        start = max(now, until)
        self._free |= {partition: start + cost / KEY_UNITS_PER_SECOND for partition, cost in given.items()}
