"""Bitemporal versions: what was in force on a day, as far as was known at an instant.

A registry entity is the list of its versions, append-only. A settlement asks with its cut-off, so
it can be recomputed years later although the registry has moved on.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from overtone.rights.agreement import LIVE, Accord, Agreement

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Version(Generic[T]):
    """`content` as stated by `author`, in force from a day, known from an instant on.

    With an `agreement` it counts once that was accepted, as of that instant; without one from its recording.
    """

    number: int
    effective_from: str
    recorded_at: str
    author: str
    content: T
    agreement: Agreement | None = None

    def counts(self, cutoff: str) -> bool:
        """Whether it binds anybody, as far as was known at `cutoff`."""
        return self.recorded_at <= cutoff if self.agreement is None else self.agreement.counts(cutoff)

    @property
    def is_live(self) -> bool:
        """Whether it counts, or still may: it was neither refused nor withdrawn."""
        return self.agreement is None or self.agreement.status in LIVE


def in_force(versions: Sequence[Version[T]], day: str, cutoff: str) -> Version[T] | None:
    """The version in force on `day` among those that count at `cutoff`; `None` before the first.

    The latest `effective_from` wins, and of those with the same day the one recorded last.
    """
    found: Version[T] | None = None
    for version in versions:  # in order of number: of equal days the later one stands
        known = version.effective_from <= day and version.counts(cutoff)
        if known and (found is None or version.effective_from >= found.effective_from):
            found = version
    return found


@dataclass(frozen=True, slots=True)
class Entity(Generic[T]):
    """Something registered: its id, the party that administers it (empty: admins alone), its versions in order.

    `accords` say what became of parts of the versions that need another's yes: a party's mandates.
    """

    id: str
    owner: str
    versions: tuple[Version[T], ...]
    accords: tuple[Accord, ...] = ()

    @property
    def latest(self) -> Version[T]:
        """The version recorded last, whatever day it is in force from."""
        return self.versions[-1]

    def in_force(self, day: str, cutoff: str) -> Version[T] | None:
        """The version in force on `day`, as far as was known at `cutoff`."""
        return in_force(self.versions, day, cutoff)

    def version_on(self, day: str) -> Version[T]:
        """The version that stands on a day, as far as is known now; of what begins later, that with which it begins."""
        first = min(version.effective_from for version in self.versions)
        return self.in_force(max(day, first), self.latest.recorded_at) or self.latest

    def live_on(self, day: str) -> Version[T]:
        """The version that stands on a day, or will once it is accepted; of what begins later, that with which it begins."""
        live = [version for version in self.versions if version.is_live] or self.versions
        first = min(version.effective_from for version in live)
        return max((one for one in live if one.effective_from <= max(day, first)), key=lambda one: (one.effective_from, one.number))

    def stands(self, day: str) -> T:
        """What stands on a day: the content of `version_on`."""
        return self.version_on(day).content

    def standing(self, *days: str) -> dict[str, T]:
        """What stands from the first of the days on: at each of them, and at each day on which another version begins.

        Without days, all that ever stood.
        """
        starts = {*days, *(version.effective_from for version in self.versions if not days or version.effective_from > min(days))}
        found = {day: self.in_force(day, self.latest.recorded_at) for day in sorted(starts)}
        return {day: version.content for day, version in found.items() if version}

    def agreed(self, cutoff: str) -> "Entity[T] | None":
        """The entity as it bound anybody at `cutoff`, without what nobody had accepted; `None` where nothing is left."""
        kept = tuple(version for version in self.versions if version.counts(cutoff))
        if len(kept) == len(self.versions):
            return self
        return replace(self, versions=kept) if kept else None
