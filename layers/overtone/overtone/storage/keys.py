"""Every key of the three tables and of the buckets, made here and nowhere else.

`#` separates parts; ids cannot contain it (`identifiers.slug`). Tables have `pk` and `sk`.
"""

from typing import Final, NamedTuple

from overtone.partitions import Partition, spread

OUTBOX_SLOTS: Final = 16
"""Over how many keys the outbox is spread: 16,000 write units a second."""


class Key(NamedTuple):
    """A primary key."""

    pk: str
    sk: str


# --- LedgerTable: accruals, what a partition accrued, facts of a month, fences, settlement heads


def accrual_pk(month: str, bucket: int) -> str:
    """All usage accruals of a month's bucket."""
    return f"{month}#{bucket:04d}"


def run_accrual_pk(licensee: str, run_id: str, bucket: int) -> str:
    """All accruals of a training run's bucket: later months ask for the latest run of a model."""
    return f"RUN#{licensee}#{run_id}#{bucket:04d}"


def accrual_sk(work_key: str, partition: str) -> str:
    """A work's row of one partition."""
    return f"{work_key}#A#{partition}"


def partition_summary(month: str, partition: str) -> Key:
    """What the worker knows of a partition: counts, sketches, when it last accrued."""
    return Key(f"PARTS#{month}", partition)


def partition_works(partition: str, chunk: int) -> Key:
    """The grow-only set of work keys that a partition ever wrote rows for, in chunks."""
    return Key(f"WORKS#{partition}", f"{chunk:06d}")


def running(month: str, partition: str) -> Key:
    """A worker that has started on a partition and has not finished."""
    return Key(f"RUNNING#{month}", partition)


def fence(month: str) -> Key:
    """Raised while a settlement reads the month."""
    return Key("FENCE", month)


def run_index(trained_on: str, licensee: str, run_id: str) -> Key:
    """A training run's header; the index is small and read whole."""
    return Key("RUNS", f"{trained_on}#{licensee}#{run_id}")


def month_fact(month: str, kind: str, *ids: str) -> Key:
    """A fact about a month as a whole: `REVENUE`, `LEVY`, `LIQUIDATION`, `COMPLETENESS`."""
    return Key(f"MONTH#{month}", "#".join((kind, *ids)))


# --- UsageTable: receipts, pages, outbox


def slot(partition: str) -> int:
    """The outbox slot of a partition."""
    return spread(partition, OUTBOX_SLOTS)


def pending(partition: str, batch: str) -> Key:
    """A partition that waits to be accrued, because of one batch."""
    return Key(f"PENDING#{slot(partition):02d}", f"{partition}#{batch}")


def page(partition: Partition, batch: str, number: int) -> Key:
    """One batch's records for one partition."""
    return Key(str(partition), f"PAGE#{batch}#{number:04d}")


# --- RegistryTable: parties, works, deals, what finds them, what changed

CHANGE_SLOTS: Final = 16
"""Over how many keys the registry's change log is spread: 16,000 write units a second."""


def party(party_id: str) -> Key:
    """A party with all its versions."""
    return Key(f"PARTY#{party_id}", "ENTITY")


def work(work_id: str) -> Key:
    """A work with all its versions."""
    return Key(f"WORK#{work_id}", "ENTITY")


def deal(deal_id: str) -> Key:
    """A deal with all its versions. Deals share a `pk`, so a settlement reads them whole in one query."""
    return Key("DEALS", deal_id)


def claim(work_key: str) -> Key:
    """Which work an identifier names, and named before."""
    return Key(f"KEY#{work_key}", "CLAIM")


def party_work(party_id: str, work_id: str) -> Key:
    """A work in which the party has, or once had, a share."""
    return Key(f"PARTYWORKS#{party_id}", work_id)


def member(society: str, party_id: str) -> Key:
    """A party that gives, or once gave, the society a mandate."""
    return Key(f"MEMBERS#{society}", party_id)


def recording(composition: str, work_id: str) -> Key:
    """A recording that is, or once was, linked to the composition."""
    return Key(f"RECORDINGS#{composition}", work_id)


def change(recorded_at: str, kind: str, entity_id: str, version: int) -> Key:
    """One entry of the change log; within a slot in order of time."""
    return Key(change_log(spread(entity_id, CHANGE_SLOTS)), f"{recorded_at}#{kind}#{entity_id}#{version:04d}")


def change_log(slot_number: int) -> str:
    """One slot of the change log."""
    return f"CHANGES#{slot_number:02d}"


def client(client_id: str) -> Key:
    """The party that an API client's tokens act for."""
    return Key(f"CLIENT#{client_id}", "BINDING")
