"""Which partitions hold a subject, so that a disclosure finds those that it can change.

Every partition keeps a sketch of its subjects, which only a revision has to look through. A first disclosure changes only partitions in
which its output waits for one, and of those there are few at a time: they keep a sketch of what waits beside it, as long as something
does. A month whose partitions do so from the first on is marked; in older months the sketches of all subjects are asked.
"""

from collections.abc import Callable, Iterable

from overtone import clock
from overtone.aws import index_keys, keys, tables
from overtone.aws.keys import Key
from overtone.facts.sketches import Sketch, fingerprint
from overtone.partitions import Partition
from overtone.stores import retention


def keep(month: str, partition: str, subjects: Iterable[str], waiting: Iterable[str], *, waited: bool) -> None:
    """Note what a partition holds and what of it waits for a disclosure; `waited`: something may stand there as waiting from before."""
    ledger, kept = tables.ledger(), {"expires_at": retention.derived_expiry(clock.today())}
    _mark(month)
    ledger.put({**keys.partition_sketch(month, partition)._asdict(), "subjects": Sketch.of(subjects).encode(), **kept})
    key, waits = index_keys.waiting_sketch(month, partition), set(waiting)
    if waits:
        ledger.put({**key._asdict(), "subjects": Sketch.of(waits).encode(), **kept})
    elif waited:
        ledger.delete(key)


def _mark(month: str) -> None:
    """Mark a month of which nothing was accrued before: from its first partition on it says what waits."""
    ledger, key = tables.ledger(), index_keys.waiting_month(month)
    if ledger.get(key) is None and not any(True for _ in ledger.query(keys.partition_summary(month, "").pk, limit=1)):
        ledger.put(key._asdict())


def holding(subjects: Iterable[str], months: Iterable[str] | None = None) -> set[str]:
    """Usage partitions, of some months or of all, that hold, or may be about to hold, one of the subjects."""
    return holding_prints(frozenset(map(fingerprint, subjects)), months)


def holding_prints(prints: frozenset[int], months: Iterable[str] | None = None) -> set[str]:
    """The same of subjects with these fingerprints."""
    return _found(prints, lambda month: keys.partition_sketch(month, ""), months)


def waiting_for_prints(prints: frozenset[int]) -> set[str]:
    """Usage partitions in which a subject with one of these fingerprints waits, or may be about to wait, for its first disclosure."""
    marked = {item["sk"] for item in tables.ledger().query(index_keys.waiting_month("").pk)} if prints else set[str]()
    return _found(prints, lambda month: index_keys.waiting_sketch(month, "") if month in marked else keys.partition_sketch(month, ""))


def _found(prints: frozenset[int], sketches: Callable[[str], Key], of: Iterable[str] | None = None) -> set[str]:
    """Partitions one of whose sketches may hold a subject with one of the fingerprints.

    A worker that runs has perhaps read before a disclosure was there: it counts as holding. Marks are read before sketches, because a
    worker writes its sketches before it takes its mark away.
    """
    ledger, found = tables.ledger(), set[str]()
    if not prints:
        return found
    months = [item["sk"] for item in ledger.query(keys.MONTHS)] if of is None else list(of)
    for month in months:
        found.update(item["sk"] for item in ledger.query(keys.running(month, "").pk))
    for month in months:
        items = ledger.query(sketches(month).pk)
        found.update(item["sk"] for item in items if Sketch.decode(item["subjects"]).may_hold(prints))
    return {partition for partition in found if Partition.parse(partition).kind == "usage"}
