"""The daily look for one record in two places: it is told, and of unique ids all but the highest revision are voided.

What was voided beside a record counts again, and is looked at once more, when the batch with that record is withdrawn.
"""

import hashlib
from collections.abc import Iterable
from contextlib import suppress
from functools import lru_cache, partial
from itertools import groupby
from typing import Any, Final

from overtone import clock
from overtone.aws import keys, tables
from overtone.aws.attributes import Item
from overtone.aws.transactions import Put
from overtone.errors import NotFound, Rejected
from overtone.facts import intake
from overtone.facts.elsewhere import ELSEWHERE_LISTED_MAX, RecordPlace, RecordStanding
from overtone.facts.intake import USAGE
from overtone.facts.sheets import Checked
from overtone.facts.usage import Records
from overtone.months import month_after, month_before
from overtone.partitions import Partition
from overtone.steps import usage as usage_steps
from overtone.steps.corrections import REPEATED, UNIQUE
from overtone.stores import accruals as accrual_store
from overtone.stores import facts as fact_store
from overtone.stores import registry as registry_store
from overtone.stores import retention
from overtone.stores.entities import PARTIES
from overtone.stores.facts import StoredFact

ELSEWHERE_RECORDS_MAX: Final = 2_000_000
"""Records of a reporter that one daily report looks at; it says where there are more (`same_id_elsewhere_whole`)."""
KEPT_RECORDS_MAX: Final = 100_000
"""Records that a run keeps in memory from one day's report to the next; what is more is read again."""
COUNTS_KEPT: Final = 64
"""Partitions of which a run keeps what became of their batches: those of a day have it in common."""
PARTIES_KEPT: Final = 100
VOIDS_AT_ONCE: Final = 90
"""Voids of one batch: each may be of a day of its own, and a transaction takes so many partitions."""

_Beside = tuple[str, RecordPlace, RecordPlace]
"""A record's id, where its highest revision stands, and where a lower one does."""


class UsageReads:
    """Usage as one run reads it: the days that it reports share their months, so what is few enough to be kept is read once."""

    def __init__(self) -> None:
        self._partitions: dict[str, dict[str, list[tuple[Partition, int]]]] = {}
        self._kept: dict[str, list[tuple[str, Records]]] = {}
        self._left = KEPT_RECORDS_MAX
        self.counts = lru_cache(COUNTS_KEPT)(accrual_store.counts_in)
        """What became of the batches of a partition."""
        self.party = lru_cache(PARTIES_KEPT)(partial(registry_store.find, PARTIES))

    def partitions(self, party: str, month: str) -> list[tuple[Partition, int]]:
        """A party's usage partitions of a month, and how many records each had when it was last accrued."""
        if month not in self._partitions:
            found = self._partitions[month] = dict[str, list[tuple[Partition, int]]]()
            for summary in accrual_store.summaries(month):
                partition = Partition.parse(summary["sk"])
                if partition.kind == USAGE:
                    found.setdefault(partition.reporter, []).append((partition, int(summary["records"])))
        return self._partitions[month].get(party, [])

    def records(self, partition: Partition, expected: int) -> list[tuple[str, Records]]:
        """The partition's pages in the order of acceptance, each with its batch, those withdrawn left out."""
        name = str(partition)
        if name in self._kept:
            return self._kept[name]
        read = accrual_store.read_usage(partition)
        found = [(page.batch, page.records) for page in sorted(read.pages, key=lambda page: page[:3]) if page.batch not in read.withdrawn]
        if expected <= self._left:
            self._left -= expected
            self._kept[name] = found
        return found

    def forget(self) -> None:
        """Something was written: what was read is not as it stands any more."""
        self._partitions.clear()
        self._kept.clear()
        self._left = KEPT_RECORDS_MAX


def told(party: str, day: str, batches: list[Item], withdrawn: Iterable[str], reads: UsageReads) -> dict[str, Any]:
    """What a daily report says of ids of that day's batches that stand elsewhere too, in the months that they touch.

    Where ids are unique the months next to those are looked at, too. `withdrawn` are the batches, by their stored ids, that were taken
    back on that day.
    """
    looked_for = [*batches, *_restored(party, withdrawn, reads)]
    found = reads.party(party)
    version = found.in_force(clock.today(), clock.timestamp()) if found else None
    if found is None or version is None or version.content.record_ids == REPEATED:
        return {}
    unique = version.content.record_ids == UNIQUE
    standing = RecordStanding({name for item in looked_for for _, part in usage_steps.records(item) for name in part.record_id})
    months = _months(looked_for, around=unique) if looked_for else []
    is_whole = _look(standing, [known for month in months for known in reads.partitions(party, month)], reads)
    places = list(standing.elsewhere())
    if unique and (rows := _beside(places)):
        _void(party, day, rows, usage_steps.shards_of(found))
        reads.forget()
    listed = [{"record_id": name, "places": [place.to_json() for place in of]} for name, of in places[:ELSEWHERE_LISTED_MAX]]
    counted = {"same_id_elsewhere_count": len(places)} if places else {}
    return {"same_id_elsewhere": listed} | counted | ({} if is_whole else {"same_id_elsewhere_whole": False})


def _restored(party: str, withdrawn: Iterable[str], reads: UsageReads) -> list[Item]:
    """The voids that were made because of batches which were withdrawn, taken back too.

    Those of days that are final stay, and so do those whose receipt is forgotten.
    """
    found = []
    for batch in withdrawn:
        for link in tables.usage().query(keys.unique_voids(party, batch, "").pk):
            with suppress(NotFound):
                item = usage_steps.find(party, link["sk"])
                with suppress(Rejected):
                    usage_steps.withdraw(party, link["sk"])
                found.append(item)
                reads.forget()
    return found


def _months(batches: list[Item], *, around: bool) -> list[str]:
    """The months that batches touch, and then those next to them."""
    touched = {partition.split("#")[2][:7] for item in batches for partition, _ in fact_store.unpacked(item["partitions"])}
    beside = {month for one in touched for month in (month_before(one), month_after(one))} - touched if around else set()
    return [*sorted(touched), *sorted(beside)]


def _look(standing: RecordStanding, partitions: Iterable[tuple[Partition, int]], reads: UsageReads) -> bool:
    """Look through partitions in the order of acceptance within them; whether that was all of them."""
    left = ELSEWHERE_RECORDS_MAX
    for partition, expected in partitions:
        if (left := left - expected) < 0:
            return False
        for batch, part in reads.records(partition, expected):
            standing.add(part, batch)
    return True


def _beside(places: list[tuple[str, list[RecordPlace]]]) -> list[_Beside]:
    """What stands beside the highest revision of an id."""
    return [(name, of[0], place) for name, of in places for place in of[1:] if place.revision < of[0].revision]


def _void(party: str, day: str, rows: list[_Beside], shards: usage_steps.Shards) -> None:
    """Void it, in batches of their own for each batch that has such revisions."""
    for cause, group in groupby(sorted(rows, key=_cause), _cause):
        of_cause = list(group)
        for start in range(0, len(of_cause), VOIDS_AT_ONCE):
            _commit_voids(party, day, cause, of_cause[start : start + VOIDS_AT_ONCE], shards)


def _cause(row: _Beside) -> str:
    _, highest, _ = row
    return highest.batch


def _commit_voids(party: str, day: str, cause: str, rows: list[_Beside], shards: usage_steps.Shards) -> None:
    """Store voids as a fact. Doing it again changes nothing: the batch's id is its content's."""
    voids = Records(
        record_id=[name for name, _, _ in rows],
        revision=[highest.revision for _, highest, _ in rows],
        subject=[place.subject for _, _, place in rows],
        use=["other"] * len(rows),
        used_on=[place.used_on for _, _, place in rows],
        quantity=[0] * len(rows),
        revenue=[""] * len(rows),
        currency=[""] * len(rows),
        territory=["*"] * len(rows),
    )
    nothing = voids.part(0, 0)
    made = intake.pages_of(Checked(nothing, 0, (), voids=voids), party, shards)
    digest = hashlib.sha256(b"".join([cause.encode(), *(page.body for page in made)])).hexdigest()
    batch, accepted_at = f"unique-ids-{day}-{digest[:16]}", clock.timestamp()
    receipt = {"batch_id": batch, "reporter": party, "status": "committed", "received": 0, "accepted": 0, "rejected": []}
    receipt |= {"replaced": len(rows), "digest": digest, "accepted_at": accepted_at}
    link = {**keys.unique_voids(party, cause, batch)._asdict(), "expires_at": retention.derived_expiry(accepted_at[:10])}
    fact_store.commit(StoredFact(USAGE, party, batch, digest, accepted_at, receipt, made, with_it=[Put(tables.usage(), link)]))
