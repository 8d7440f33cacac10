"""The daily look for one record in two places: it is told, and of unique ids all but the highest revision are voided."""

import hashlib
from collections.abc import Iterator
from typing import Any, Final

from overtone import clock
from overtone.aws.attributes import Item
from overtone.facts import intake
from overtone.facts.elsewhere import ELSEWHERE_LISTED_MAX, RecordPlace, RecordStanding
from overtone.facts.intake import USAGE
from overtone.facts.sheets import Checked
from overtone.facts.usage import Records
from overtone.partitions import Partition
from overtone.steps import usage as usage_steps
from overtone.steps.corrections import REPEATED, UNIQUE
from overtone.stores import accruals as accrual_store
from overtone.stores import facts as fact_store
from overtone.stores import registry as registry_store
from overtone.stores.entities import PARTIES
from overtone.stores.facts import StoredFact

ELSEWHERE_RECORDS_MAX: Final = 2_000_000
"""Records of a reporter that one daily report looks at; it says where it looked at no more."""
KEPT_RECORDS_MAX: Final = 100_000
"""Records that a run keeps in memory from one day's report to the next; what is more is read again."""
VOIDS_AT_ONCE: Final = 90
"""Voids of one batch: each may be of a day of its own, and a transaction takes so many partitions."""


class UsageReads:
    """Usage as one run reads it: the days that it reports share their months, so what is few enough to be kept is read once."""

    def __init__(self) -> None:
        self._partitions: dict[str, dict[str, list[tuple[Partition, int]]]] = {}
        self._kept: dict[str, list[Records]] = {}
        self._left = KEPT_RECORDS_MAX

    def partitions(self, party: str, month: str) -> list[tuple[Partition, int]]:
        """A party's usage partitions of a month, and how many records each had when it was last accrued."""
        if month not in self._partitions:
            found = self._partitions[month] = dict[str, list[tuple[Partition, int]]]()
            for summary in accrual_store.summaries(month):
                partition = Partition.parse(summary["sk"])
                if partition.kind == USAGE:
                    found.setdefault(partition.reporter, []).append((partition, int(summary["records"])))
        return self._partitions[month].get(party, [])

    def records(self, partition: Partition, expected: int) -> list[Records]:
        """The partition's pages in the order of acceptance, those withdrawn left out."""
        name = str(partition)
        if name in self._kept:
            return self._kept[name]
        read = accrual_store.read_usage(partition)
        found = [page.records for page in sorted(read.pages, key=lambda page: page[:3]) if page.batch not in read.withdrawn]
        if expected <= self._left:
            self._left -= expected
            self._kept[name] = found
        return found

    def forget(self) -> None:
        """Something was written: what was read is not as it stands any more."""
        self._partitions.clear()
        self._kept.clear()
        self._left = KEPT_RECORDS_MAX


def told(party: str, day: str, batches: list[Item], reads: UsageReads) -> dict[str, Any]:
    """What a daily report says of ids of that day's batches that stand elsewhere too, in the months that those batches touch."""
    found = registry_store.find(PARTIES, party)
    version = found.in_force(clock.today(), clock.timestamp()) if found else None
    if found is None or version is None or version.content.record_ids == REPEATED:
        return {}
    ids = {name for item in batches for _, part in usage_steps.records(item) for name in part.record_id}
    standing, whole = RecordStanding(ids), _read(party, batches, ids, reads)
    for part in whole:
        standing.add(part)
    places = list(standing.elsewhere())
    if version.content.record_ids == UNIQUE:
        _void(party, day, places, usage_steps.shards_of(found))
        reads.forget()
    listed = [{"record_id": name, "places": [place.to_json() for place in of]} for name, of in places[:ELSEWHERE_LISTED_MAX]]
    return {"same_id_elsewhere": listed, "same_id_elsewhere_count": len(places)} if places else {"same_id_elsewhere": []}


def _read(party: str, batches: list[Item], ids: set[str], reads: UsageReads) -> Iterator[Records]:
    """The usage of the months that the batches touch, in the order of partitions and of acceptance within them."""
    months = {partition.split("#")[2][:7] for item in batches for partition, _ in fact_store.unpacked(item["partitions"])}
    left = ELSEWHERE_RECORDS_MAX if ids else 0
    for month in sorted(months):
        for partition, expected in reads.partitions(party, month):
            if (left := left - expected) < 0:
                return
            yield from reads.records(partition, expected)


def _void(party: str, day: str, places: list[tuple[str, list[RecordPlace]]], shards: usage_steps.Shards) -> None:
    """Void what stands beside the highest revision of an id. Doing it again changes nothing: the batch's id is its content's."""
    rows = [(name, of[0], place) for name, of in places for place in of[1:] if place.revision < of[0].revision]
    for start in range(0, len(rows), VOIDS_AT_ONCE):
        part = rows[start : start + VOIDS_AT_ONCE]
        voids = Records(
            record_id=[name for name, _, _ in part],
            revision=[highest.revision for _, highest, _ in part],
            subject=[place.subject for _, _, place in part],
            use=["other"] * len(part),
            used_on=[place.used_on for _, _, place in part],
            quantity=[0] * len(part),
            revenue=[""] * len(part),
            currency=[""] * len(part),
            territory=["*"] * len(part),
        )
        nothing = voids.part(0, 0)
        made = intake.pages_of(Checked(nothing, 0, (), voids=voids), party, shards)
        digest = hashlib.sha256(b"".join(page.body for page in made)).hexdigest()
        batch, accepted_at = f"unique-ids-{day}-{digest[:16]}", clock.timestamp()
        receipt = {"batch_id": batch, "reporter": party, "status": "committed", "received": 0, "accepted": 0, "rejected": []}
        receipt |= {"replaced": len(part), "digest": digest, "accepted_at": accepted_at}
        fact_store.commit(StoredFact(USAGE, party, batch, digest, accepted_at, receipt, made))
