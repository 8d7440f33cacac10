"""Lists in order of time: each entry has a place, which begins with an instant and ends with an id, and a page goes on behind one."""

from collections.abc import Iterator, Mapping
from typing import TypeVar

T = TypeVar("T")


def newest_first(entries: Mapping[str, T], after: str) -> Iterator[tuple[str, T]]:
    """The entries behind the place `after` (all of them where it is empty), the newest first, each with its own place."""
    for place in sorted(entries, reverse=True):
        if not after or place < after:
            yield place, entries[place]
