"""Corrections of the day or the subject that do not say so: found among a reporter's records nearby before they count twice.

A revision of a record that is not here, while a lower revision of its id stands on the same day under another subject, or on a day next
to it, is a correction that lacks `replaces`. It is refused with what to add; where the reporter gives an id once for ever
(`record_ids: unique`), it is taken as if it had said so. Further away, the daily reconciliation finds it (`same_id_elsewhere`).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final, NamedTuple

from overtone import clock
from overtone.errors import Fault
from overtone.facts import corrections, usage
from overtone.facts.intake import USAGE
from overtone.facts.limits import CORRECTION_PAGES_MAX, CORRECTIONS_MAX, FAULTS_LISTED_MAX
from overtone.facts.sheets import Checked
from overtone.facts.usage import Records
from overtone.partitions import Partition
from overtone.rights.registry import Party
from overtone.rights.versions import Entity
from overtone.stores import accruals as accrual_store

UNIQUE: Final = "unique"
REPEATED: Final = "repeated"
_DAYS_NEARBY: Final = (-1, 0, 1)


class ReplacedPlace(NamedTuple):
    """Where a record stands, in which revision, and whether that is a void."""

    used_on: str
    subject: str
    revision: int
    void: bool


class UnsaidCorrections(NamedTuple):
    """Rows that correct a record which stands elsewhere and do not say so, with that place. `unique` says to take them as if they did."""

    places: Mapping[int, ReplacedPlace]
    unique: bool = False

    def to_json(self) -> dict[str, Any]:
        """For keeping between two deliveries of a file."""
        return {"places": [[row, *place] for row, place in self.places.items()], "unique": self.unique}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "UnsaidCorrections":
        """The inverse of `to_json`."""
        return cls({row: ReplacedPlace(*place) for row, *place in kept["places"]}, kept["unique"])


def settled(checked: Checked, reporter: str, party: Entity[Party], shards: Callable[[str], int]) -> Checked:
    """The records with each unsaid correction refused, or taken as one where ids are unique."""
    return settled_by(checked, unsaid(checked, revised(checked), party, shards), reporter)


def unsaid(checked: Checked, rows: Sequence[int], party: Entity[Party], shards: Callable[[str], int]) -> UnsaidCorrections:
    """The unsaid corrections among these rows of the party's records, by what stands now."""
    version = party.in_force(clock.today(), clock.timestamp())
    kept = version.content.record_ids if version else None
    return UnsaidCorrections({} if kept == REPEATED else _moved(checked.records, rows, party.id, shards), kept == UNIQUE)


def settled_by(checked: Checked, found: UnsaidCorrections, reporter: str) -> Checked:
    """The records with what was found of them refused, or taken as it is meant."""
    if not found.places:
        return checked
    if not found.unique:
        return _without(checked, found.places)
    columns: Mapping[str, Sequence[object]] = checked.records._asdict()
    places = [(row, {"used_on": place.used_on, "subject": place.subject}) for row, place in found.places.items()]
    voids = corrections.voided(columns, places, usage.parsers(reporter, clock.today()))
    return checked._replace(voids=checked.voids.joined(voids) if checked.voids else voids)


def revised(checked: Checked) -> list[int]:
    """Rows of a revision that do not say what they replace, to be looked up nearby; none where they are more than are looked up."""
    records, voids = checked.records, checked.voids
    said = set(zip(voids.record_id, voids.revision, strict=True)) if voids else set()
    named = zip(records.record_id, records.revision, strict=True)
    rows = [row for row, one in enumerate(named) if one[1] and one not in said]
    return rows if len(rows) <= CORRECTIONS_MAX else []


def _moved(records: Records, rows: Sequence[int], reporter: str, shards: Callable[[str], int]) -> dict[int, ReplacedPlace]:
    """Those of the rows that correct a record which stands elsewhere, with that place."""
    if not rows:
        return {}
    days = sorted({day for row in rows for day in _nearby(records.used_on[row])})
    standing = _standing(reporter, days, {records.record_id[row] for row in rows}, shards)
    if standing is None:
        return {}
    found = {}
    for row in rows:
        places = standing.get(records.record_id[row], {})
        here = (records.used_on[row], records.subject[row])
        lower = [place for place in places.values() if place.revision < records.revision[row] and not place.void]
        if here not in places and lower:
            found[row] = max(lower, key=lambda place: (place.revision, place))
    return found


def _nearby(day: str) -> Iterator[str]:
    middle = date.fromisoformat(day)
    return ((middle + timedelta(days=away)).isoformat() for away in _DAYS_NEARBY)


def _standing(
    reporter: str, days: Sequence[str], ids: set[str], shards: Callable[[str], int]
) -> dict[str, dict[tuple[str, str], ReplacedPlace]] | None:
    """Where records of these ids stand on these days, by id; `None` where that is more than a request may read."""
    found: dict[str, dict[tuple[str, str], ReplacedPlace]] = {}
    left = CORRECTION_PAGES_MAX
    for day in days:
        for shard in range(shards(day)):
            partition = Partition(USAGE, reporter, day, shard)
            items = accrual_store.stored_items(partition, left + 1)
            if (left := left - len(items)) < 0:
                return None
            stored, withdrawn = accrual_store.read_stored(partition, items)
            for page in sorted(stored, key=lambda page: page[:3]):  # of one revision the first stands
                if page.batch not in withdrawn:
                    _add(found, page.unpacked(day).records, day, ids)
    return found


def _add(found: dict[str, dict[tuple[str, str], ReplacedPlace]], records: Records, day: str, ids: set[str]) -> None:
    for row, name in enumerate(records.record_id):
        if name not in ids:
            continue
        at = (day, records.subject[row])
        place = ReplacedPlace(*at, records.revision[row], not records.quantity[row])
        known = found.setdefault(name, {})
        if at not in known or known[at].revision < place.revision:
            known[at] = place


def _without(checked: Checked, moved: Mapping[int, ReplacedPlace]) -> Checked:
    kept = [row not in moved for row in range(checked.accepted)]
    faults = [
        Fault(_words(place), corrections.REPLACES, checked.records.record_id[row], checked.places[row]) for row, place in moved.items()
    ]
    merged = sorted([*checked.faults, *faults], key=lambda fault: fault.index or 0)
    places = [place for place, stays in zip(checked.places, kept, strict=True) if stays]
    return checked._replace(records=checked.records.where(kept), faults=merged[:FAULTS_LISTED_MAX], places=places)


def _words(place: ReplacedPlace) -> str:
    where = f'{{"used_on": "{place.used_on}", "subject": "{place.subject}"}}'
    return (
        f"this revises a record that is not here, while revision {place.revision} of its id stands on {place.used_on} as {place.subject}: "
        f'send "replaces": {where} with it, or say record_ids: "repeated" in your party record where ids mean another record on each day'
    )
