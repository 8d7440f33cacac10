"""What stands of a partition's accruals: the object that its directory points to, or items as they were before; and the reading of them.

Where an object is gone, another one has taken its place since the directory was read, or something is lost: whoever reads looks again.
"""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple, TypeVar

from overtone.aws import buckets, keys, object_keys, tables
from overtone.aws.attributes import Item
from overtone.errors import InvariantBroken, NotFound
from overtone.facts import accrual_object
from overtone.facts.accrual_object import PageDirectory, PagePlace, PageRange
from overtone.stores import older_accruals
from overtone.stores.ledger_setup import LedgerSetup

_NOTHING: Final[Mapping[PagePlace, int]] = MappingProxyType({})
_T = TypeVar("_T")


class Standing(NamedTuple):
    """What stands of a partition: its directory and how often one was written, or the index of pages that are items."""

    month: str
    partition: str
    directory: PageDirectory | None = None
    writes: int = 0
    older: Mapping[PagePlace, int] = _NOTHING
    left: frozenset[PagePlace] = frozenset()

    @property
    def key(self) -> str:
        """The object's."""
        return object_keys.accruals(self.month, self.partition, self.directory.name) if self.directory and self.directory.lengths else ""

    def written(self) -> Mapping[PagePlace, int]:
        """Its pages, each with the moment at which it was written."""
        if not self.key or self.directory is None:
            return self.older
        return accrual_object.index_of(buckets.facts().part(self.key, 0, self.directory.head_bytes))

    def pages(self) -> tuple[Mapping[PagePlace, int], dict[PagePlace, bytes]]:
        """The same, with the pages."""
        if not self.key or self.directory is None:
            return self.older, older_accruals.bodies(self.month, self.partition, self.older)
        whole, head = buckets.facts().get(self.key), self.directory.head_bytes
        index = accrual_object.index_of(whole[:head])
        pages = self.directory.range_at(range(len(index))).cut(whole[head:])
        return index, dict(zip(index, pages, strict=True))

    def written_since(self, moment: int) -> Iterator[bytes]:
        """The pages that were written at a moment or later."""
        index = self.written()
        if self.directory is None:
            changed = [place for place, at in index.items() if at >= moment]
            yield from older_accruals.bodies(self.month, self.partition, changed).values()
            return
        for one in self.directory.runs(number for number, at in enumerate(index.values()) if at >= moment):
            yield from pages_in(self.key, one)


def standing(month: str, partition: str) -> Standing:
    """What stands of a partition."""
    return standing_of(month, partition, tables.ledger().get(keys.partition_pages(month, partition)), page_items=True)


def standing_of(month: str, partition: str, item: Item | None, *, page_items: bool) -> Standing:
    """The same, as the item with the directory says it, if there is one; `page_items`: else its pages may be items."""
    if item is not None:
        return stands(month, item)
    if not page_items:
        return Standing(month, partition)
    older, left = older_accruals.index_of(partition)
    return Standing(month, partition, older=older, left=frozenset(left))


class AccrualBefore(NamedTuple):
    """What stood of a partition when its worker began to read: its pages, its summary where it had one, and whether it was set aside."""

    standing: Standing
    summary: Item | None
    is_aside: bool


def read_before(month: str, partition: str, setup: LedgerSetup) -> AccrualBefore:
    """What stands of a partition now, all read at once."""
    places = keys.partition_pages(month, partition), keys.partition_summary(month, partition), keys.quarantine(partition)
    found = tables.ledger().batch_get(places)
    pages, summary, aside = map(found.get, places)
    return AccrualBefore(standing_of(month, partition, pages, page_items=setup.page_items), summary, aside is not None)


def stands(month: str, item: Item) -> Standing:
    """The same, as the item with the directory says it."""
    return Standing(month, item["sk"], PageDirectory.decode(item), int(item["writes"]))


def current(one: Standing, read: Callable[[Standing], _T]) -> _T:
    """What `read` finds in what stands of a partition; anew where another object has taken its place meanwhile."""
    while True:
        try:
            return read(one)
        except NotFound as error:
            one = anew(one.month, one.partition, one.key, error)


def anew(month: str, partition: str, lost: str, error: NotFound) -> Standing:
    """What stands of a partition now that an object was not found; raises `InvariantBroken` where it should be there."""
    now = standing(month, partition)
    if now.key == lost:
        raise InvariantBroken("conserved", f"{partition}: its accruals are gone; restore the version of {lost} that was deleted") from error
    return now


def pages_in(key: str, ranged: PageRange) -> list[bytes]:
    """The pages in a range of an object."""
    return ranged.cut(buckets.facts().part(key, ranged.start, ranged.size)) if ranged.lengths else []
