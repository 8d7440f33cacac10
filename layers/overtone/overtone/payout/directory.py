"""What the registry says of the parties of a settlement, as far as was known at its cutoff.

Payment follows what is in force on the day of the cutoff; a mandate is asked for as of the month whose money it is.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

from overtone.months import last_day
from overtone.rights import mandates
from overtone.rights.registry import Mandate, Party
from overtone.rights.tariffs import Tariff
from overtone.rights.versions import Entity


class Directory:
    """Some parties by id, those that are not registered left out."""

    def __init__(
        self, entities: Mapping[str, Entity[Party]], cutoff: str, tariffs: Mapping[str, Entity[Tariff]] = MappingProxyType({})
    ) -> None:
        self._entities, self._cutoff, self._tariffs = entities, cutoff, tariffs
        self._counting: dict[str, Entity[Party]] = {}
        self._now: dict[str, Party | None] = {}

    def party(self, party_id: str) -> Party | None:
        """The party as of the cutoff."""
        if party_id not in self._now:
            self._now[party_id] = self._on(party_id, self._cutoff[:10])
        return self._now[party_id]

    def name(self, party_id: str) -> str:
        """What the party is called, or its id where it is not registered."""
        party = self.party(party_id)
        return party.name if party else party_id

    def bank_change_waits(self, party_id: str, hold_days: int, confirmed: Collection[tuple[str, str]]) -> bool:
        """Whether the account in force replaced another one less than `hold_days` before the cutoff, and nobody confirmed it."""
        entity, party = self._entities.get(party_id), self.party(party_id)
        if entity is None or len(entity.versions) == 1 or party is None or party.payout is None:
            return False
        account = party.payout.fingerprint
        if not account or (party_id, account) in confirmed:
            return False
        known = [version for version in entity.versions if version.recorded_at <= self._cutoff]
        accounts = [version.content.payout.fingerprint if version.content.payout else "" for version in known]
        last = max(number for number, found in enumerate(accounts) if found == account)
        others = [number for number, found in enumerate(accounts[:last]) if found not in {"", account}]
        if not others:
            return False
        since = next(known[number].recorded_at for number in range(others[-1] + 1, last + 1) if accounts[number] == account)
        return _days_between(since, self._cutoff) < hold_days

    def mandates(self, party_id: str, society: str, month: str) -> tuple[Mandate, ...]:
        """The party's mandates to a society that it accepted: those of the month's last day, else of its first."""
        for day in (last_day(month), f"{month}-01"):
            party = self._on(party_id, day)
            if given := tuple(mandate for mandate in (party.mandates if party else ()) if mandate.society == society):
                return given
        return ()

    def tariff(self, society: str, month: str) -> Tariff | None:
        """What the society had set for a month by its first day: a month that has begun gets no dearer."""
        entity = self._tariffs.get(society)
        version = entity.in_force(f"{month}-01", self._cutoff) if entity else None
        return version.content if version else None

    def _on(self, party_id: str, day: str) -> Party | None:
        entity = self._entities.get(party_id)
        if entity is not None and party_id not in self._counting:
            self._counting[party_id] = mandates.counting(entity, self._cutoff)
        entity = self._counting.get(party_id)
        version = entity.in_force(day, self._cutoff) if entity else None
        return version.content if version else None


def _days_between(earlier: str, later: str) -> int:
    """Whole days between two timestamps."""
    return (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)) // timedelta(days=1)
