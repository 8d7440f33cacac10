"""Which partitions hold a subject, so that a disclosure finds those that it can change.

Every partition keeps a sketch of its subjects, which only a revision has to look through. A first disclosure changes only partitions in
which its output waits for one, and of those there are few at a time: they keep a sketch of what waits beside it, as long as something
does. A month whose partitions do so from the first on is marked; in older months the sketches of all subjects are asked.
"""

from collections.abc import Collection, Iterable
from typing import Final

from overtone import clock
from overtone.aws import index_keys, keys, tables
from overtone.aws.attributes import Item
from overtone.facts.sketches import Sketch, fingerprint
from overtone.partitions import Partition
from overtone.stores import retention

NO_PRINTS: Final = frozenset[int]()


def mark(month: str) -> None:
    """Mark a month of which nothing was accrued before: from its first partition on it says what waits."""
    ledger, key = tables.ledger(), index_keys.waiting_month(month)
    if ledger.get(key) is None and not any(True for _ in ledger.query(keys.partition_summary(month, "").pk, limit=1)):
        ledger.put(key._asdict())


def sketches(month: str, partition: str, subjects: Iterable[str], waits: Collection[str]) -> list[Item]:
    """What a partition holds and what of it waits for a disclosure, to be kept."""
    kept = {"expires_at": retention.derived_expiry(clock.today())}
    items: list[Item] = [{**keys.partition_sketch(month, partition)._asdict(), "subjects": Sketch.of(subjects).encode(), **kept}]
    if waits:
        items.append({**index_keys.waiting_sketch(month, partition)._asdict(), "subjects": Sketch.of(waits).encode(), **kept})
    return items


def nothing_waits(month: str, partition: str) -> None:
    """Nothing in a partition waits for a disclosure any more."""
    tables.ledger().delete(index_keys.waiting_sketch(month, partition))


def holding(subjects: Iterable[str], months: Iterable[str] | None = None) -> set[str]:
    """Usage partitions, of some months or of all, that hold, or may be about to hold, one of the subjects."""
    return _found(NO_PRINTS, frozenset(map(fingerprint, subjects)), months)


def changed_by(first: frozenset[int], again: frozenset[int]) -> set[str]:
    """Usage partitions that disclosures can change: subjects with some fingerprints, disclosed for the `first` time, wait in them, or they
    hold one that is disclosed `again`; or they may be about to.
    """
    return _found(first, again, None)


def _found(first: frozenset[int], again: frozenset[int], of: Iterable[str] | None) -> set[str]:
    """The same of some months or of all.

    A worker that runs has perhaps read before a disclosure was there: it counts as holding. Marks are read before sketches, because a
    worker writes its sketches before it takes its mark away.
    """
    ledger, found = tables.ledger(), set[str]()
    if not first and not again:
        return found
    marked = {item["sk"] for item in ledger.query(index_keys.waiting_month("").pk)} if first else set[str]()
    months = [item["sk"] for item in ledger.query(keys.MONTHS)] if of is None else list(of)
    for month in months:
        found.update(item["sk"] for item in ledger.query(keys.running(month, "").pk))
    for month in months:
        waits, holds = (first, again) if month in marked else (NO_PRINTS, first | again)
        for key, prints in ((index_keys.waiting_sketch(month, ""), waits), (keys.partition_sketch(month, ""), holds)):
            items = ledger.query(key.pk) if prints else ()
            found.update(item["sk"] for item in items if Sketch.decode(item["subjects"]).may_hold(prints))
    return {partition for partition in found if Partition.parse(partition).kind == "usage"}
