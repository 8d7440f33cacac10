"""Which works are alike: owned in the same parts, under the same word of their owners, by parties whom no deal tells apart.

Claims on works that are alike differ in nothing but whose they are, so they are resolved for one of them and hold for all. A party that a
deal names as its licensor, or that gave a mandate, is like no other; everybody else is reached as anybody.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from overtone.facts.splits import side_named
from overtone.lines import Side
from overtone.rights.outlines import Outline, Structure
from overtone.rights.registry import Work
from overtone.rights.versions import Entity, Version, in_force
from overtone.settlement.snapshot import Snapshot

OwnedSide = tuple[str, str, tuple[str, ...]]
"""A side of a work: the work's id, its title, and the parties of its shares in their order. A plain tuple: there are many."""


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """What works that are alike have in common, made once for all of them. `by_day`: what its parties mandate may differ by day."""

    by_day: bool


Ownership = tuple[Shape, tuple[OwnedSide, ...]]
"""A work as its claims see it. Works of one shape are alike."""

_Part = tuple[Structure | Side | None, tuple[str, ...]]
"""A side's structure, or what the key of an unregistered work names; and which of its parties some deal tells apart."""
_NOBODY: Final[OwnedSide] = ("", "", ())
_NO_OUTLINE: Final = Outline(None, "", None, ())


class Alike:
    """Answers for a month of one snapshot."""

    def __init__(self, snapshot: Snapshot, last_day: str) -> None:
        self._snapshot = snapshot
        self.month, self._first_day, self._last_day = last_day[:7], f"{last_day[:8]}01", last_day
        self._told_apart = snapshot.mandating | {version.content.licensor for deal in snapshot.deals.values() for version in deal.versions}
        self._shapes: dict[tuple[_Part, ...], Shape] = {}

    def ownership(self, key: str) -> Ownership | None:
        """Who owns what of a work all month; `None` where that changes, or is more than shares and a plain word."""
        entity = self._snapshot.entity_by_key(key)
        if entity is None:
            named = side_named(key)
            alone = named in {"composition", "likeness"}
            return self._shape(((named or None, ()),)), (_NOBODY,) if alone else (_NOBODY, _NOBODY)
        work = self._all_month(entity)
        structure, title, composition, parties = work.outline if work else _NO_OUTLINE
        if structure is None:
            return None
        part, side = (structure, self._named(parties)), (entity.id, title, parties)
        if structure.kind != "recording":
            return self._shape((part,)), (side,)
        written = self._snapshot.entity(composition) if composition else None
        return (self._shape((part,)), (side, _NOBODY)) if written is None else self._with_composition(written, part, side)

    def _with_composition(self, entity: Entity[Work], part: _Part, side: OwnedSide) -> Ownership | None:
        work = self._all_month(entity)
        structure, title, _, parties = work.outline if work else _NO_OUTLINE
        return (self._shape((part, (structure, self._named(parties)))), (side, (entity.id, title, parties))) if structure else None

    def _shape(self, parts: tuple[_Part, ...]) -> Shape:
        if (known := self._shapes.get(parts)) is None:
            known = self._shapes[parts] = Shape(any(named for _, named in parts))
        return known

    def _all_month(self, entity: Entity[Work]) -> Work | None:
        """The version that is in force on every day of the month."""
        versions, cutoff = entity.versions, self._snapshot.cutoff
        if len(versions) == 1:
            only = versions[0]
            return only.content if only.effective_from <= self._first_day and only.counts(cutoff) else None
        found: Version[Work] | None = in_force(versions, self._first_day, cutoff)
        changes = any(self._first_day < version.effective_from <= self._last_day for version in versions)
        return found.content if found is not None and not changes else None

    def _named(self, parties: Sequence[str]) -> tuple[str, ...]:
        """Of these parties those that some deal tells apart, each in its place; nothing where there is none."""
        apart = self._told_apart
        return () if apart.isdisjoint(parties) else tuple(party if party in apart else "" for party in parties)


def holders_of(sides: Sequence[OwnedSide]) -> Iterator[tuple[int, int, str]]:
    """Everybody who can hold a part of a work: its side, the party's number there, the party; and who is not known, as none."""
    for side, (_, _, parties) in enumerate(sides):
        yield from ((side, number, party) for number, party in enumerate((*parties, "")))
