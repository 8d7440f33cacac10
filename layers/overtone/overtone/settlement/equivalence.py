"""Which works are alike: owned in the same parts, under the same word of their owners, by parties whom no deal tells apart.

Claims on works that are alike differ in nothing but whose they are, so they are resolved for one of them and hold for all. A party that a
deal names as its licensor, or that gave a mandate, is like no other; everybody else is reached as anybody.
"""

from collections.abc import Hashable, Iterator
from typing import Any, NamedTuple

from overtone.facts.splits import side_named
from overtone.money import NANO
from overtone.rights.registry import Work
from overtone.rights.versions import Entity, Version, in_force
from overtone.scales import Nano
from overtone.settlement.snapshot import Snapshot


class OwnedSide(NamedTuple):
    """A side of a work, and whose its parts are, in the order in which claims are made; an empty party is nobody known."""

    work_id: str
    title: str
    holders: tuple[str, ...]


class Ownership(NamedTuple):
    """A work as its claims see it. Works of one `shape` are alike; `by_day`: what the shape's parties mandate may differ by day."""

    shape: Hashable
    by_day: bool
    sides: tuple[OwnedSide, ...]


class Alike:
    """Answers for a month of one snapshot."""

    def __init__(self, snapshot: Snapshot, last_day: str) -> None:
        self._snapshot = snapshot
        self._first_day, self._last_day = f"{last_day[:8]}01", last_day
        self._licensors = {version.content.licensor for deal in snapshot.deals.values() for version in deal.versions}
        self._known: dict[str, bool] = {}

    def ownership(self, key: str) -> Ownership | None:
        """Who owns what of a work all month; `None` where that changes, or is more than shares and a plain word."""
        entity = self._snapshot.entity_by_key(key)
        if entity is None:
            side = OwnedSide("", "", ("",))
            named = side_named(key)
            alone = named in {"composition", "likeness"}
            return Ownership(("unregistered", named), False, (side,) if alone else (side, side))  # noqa: FBT003 - a field
        work = self._all_month(entity)
        if work is None or (parted := self._parted(work)) is None:
            return None
        own = OwnedSide(entity.id, work.title, parted[1])
        if work.kind != "recording":
            return Ownership(parted[0], self._names_someone(parted[0]), (own,))
        return self._with_composition(work, parted[0], own)

    def _with_composition(self, recording: Work, shape: tuple[Any, ...], own: OwnedSide) -> Ownership | None:
        entity = self._snapshot.entity(recording.composition) if recording.composition else None
        if entity is None:
            return Ownership(shape, self._names_someone(shape), (own, OwnedSide("", "", ("",))))
        work = self._all_month(entity)
        if work is None or (parted := self._parted(work)) is None:
            return None
        both = (shape, parted[0])
        return Ownership(both, any(map(self._names_someone, both)), (own, OwnedSide(entity.id, work.title, parted[1])))

    def _all_month(self, entity: Entity[Work]) -> Work | None:
        """The version that is in force on every day of the month."""
        versions, cutoff = entity.versions, self._snapshot.cutoff
        if len(versions) == 1:
            only = versions[0]
            return only.content if only.effective_from <= self._first_day and only.counts(cutoff) else None
        found: Version[Work] | None = in_force(versions, self._first_day, cutoff)
        changes = any(self._first_day < version.effective_from <= self._last_day for version in versions)
        return found.content if found is not None and not changes else None

    def _parted(self, work: Work) -> tuple[tuple[Any, ...], tuple[str, ...]] | None:
        """What claims on a side depend on, and its holders.

        `None` for overclaims, parts in dispute, shares that do not count everywhere, and words about single licensees.
        """
        word = work.permissions.likeness if work.kind == "likeness" else work.permissions.generation
        if word.licensees or word.max_share is not None or work.contested:
            return None
        known, parts, holders, named = self._known, list[Nano](), list[str](), list[str]()
        for share in work.shares:
            if share.territories or share.not_in or share.rights:  # limited: a property costs as much as all three
                return None
            if share.share:
                parts.append(share.share)
                holders.append(party := share.party)
                apart = known.get(party)
                named.append(party if (self._is_told_apart(party) if apart is None else apart) else "")
        if (claimed := sum(parts)) > NANO:
            return None
        if claimed < NANO:
            holders.append("")
        return (work.kind, word.default, work.disputed, tuple(parts), tuple(named)), tuple(holders)

    def _is_told_apart(self, party: str) -> bool:
        known = self._known[party] = party in self._licensors or self._snapshot.ever_mandates(party)
        return known

    @staticmethod
    def _names_someone(shape: tuple[Any, ...]) -> bool:
        return any(shape[-1])


def holders_of(ownership: Ownership) -> Iterator[tuple[int, int, str]]:
    """Every part of a work: its side, its number there, its holder."""
    for side, owned in enumerate(ownership.sides):
        for number, holder in enumerate(owned.holders):
            yield side, number, holder
