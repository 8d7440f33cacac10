"""What is registered and cannot be read any more is set aside like a partition, with its reason, and leaves when it can be read again."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from overtone.aws import tables
from overtone.partitions import Partition
from overtone.stores import quarantine
from overtone.stores.entities import DEALS, PARTIES, TARIFFS, WORKS, Shelf, UnreadableEntity, read
from overtone.stores.quarantine import Aside

_SHELVES: Final[dict[str, Shelf[Any]]] = {shelf.kind: shelf for shelf in (DEALS, PARTIES, TARIFFS, WORKS)}


def is_registered(partition: str) -> bool:
    """Whether what is set aside is a registered thing and no partition of facts."""
    return Partition.parse(partition).kind in _SHELVES


def set_aside(heard: Iterable[UnreadableEntity]) -> list[Aside]:
    """Set aside what was passed over and is not set aside yet."""
    names = {name: one for one in sorted(heard) for name in _names(one)}
    known = quarantine.everything() if names else {}
    return [
        quarantine.add(name, quarantine.UNREADABLE, one.detail, records=0, month="") for name, one in names.items() if name not in known
    ]


def _names(one: UnreadableEntity) -> Iterator[str]:
    for concerned in one.concerned or ("",):
        yield str(Partition(one.kind, concerned, one.id, 0))


def release() -> dict[str, Aside]:
    """Let go what can be read again: it was mended, or another version of the code reads it. All that is still set aside, by partition."""
    aside = quarantine.everything()
    for name in [name for name in aside if is_registered(name)]:
        parsed = Partition.parse(name)
        item = tables.registry().get(_SHELVES[parsed.kind].key(parsed.scope))
        if item is None or read(_SHELVES[parsed.kind], item)[1] is None:
            quarantine.remove(name)
            del aside[name]
    return aside
