"""Record ids that a reporter sent under more than one day or subject: mostly corrections that do not say where the record stood."""

from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

from overtone.facts.usage import Records
from overtone.money import format_amount, stored_amount

ELSEWHERE_LISTED_MAX: Final = 1_000
"""Ids that a daily report describes; `same_id_elsewhere_count` counts them all."""


class RecordPlace(NamedTuple):
    """Where a record stands, in its highest revision there, and the batch that says so."""

    used_on: str
    subject: str
    revision: int
    quantity: int
    revenue: str
    currency: str
    batch: str

    def to_json(self) -> dict[str, Any]:
        """As the report shows it."""
        paid = {"revenue": format_amount(stored_amount(self.revenue)), "currency": self.currency} if self.revenue else {}
        return {"used_on": self.used_on, "subject": self.subject, "revision": self.revision, "quantity": self.quantity, **paid}


class RecordStanding:
    """Where records of some ids stand. Pages are taken in the order of acceptance: of one revision the first stands."""

    def __init__(self, ids: Iterable[str]) -> None:
        self._found: dict[str, dict[tuple[str, str], RecordPlace]] = {name: {} for name in ids}

    def add(self, records: Records, batch: str) -> None:
        """Count a page's records, those of one batch."""
        for row, name in enumerate(records.record_id):
            places = self._found.get(name)
            if places is None:
                continue
            at, revision = (records.used_on[row], records.subject[row]), records.revision[row]
            if at not in places or places[at].revision < revision:
                places[at] = RecordPlace(*at, revision, records.quantity[row], records.revenue[row], records.currency[row], batch)

    def elsewhere(self) -> Iterator[tuple[str, list[RecordPlace]]]:
        """Ids that count in more than one place, the highest revision first, and of one revision the earliest day."""
        for name, places in sorted(self._found.items()):
            counted = [place for place in places.values() if place.quantity]
            if len(counted) > 1:
                yield name, sorted(counted, key=lambda place: (-place.revision, place[:2]))
