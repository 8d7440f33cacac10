"""Shares as files of the trade state them, right by right and territory by territory, as the shares that the register keeps."""

from collections.abc import Mapping
from typing import Any

from overtone import money
from overtone.rights.shares import Right
from overtone.scales import Nano

ScopeTable = Mapping[Right, Mapping[str, int]]
"""What each party holds in each right, nano; nobody's part is under ""."""
_Entry = tuple[str, int, tuple[str, ...], tuple[str, ...]]
"""Party, share, and the territories that it counts in, or those of the world that it does not."""


def stated(world: ScopeTable, special: Mapping[str, ScopeTable]) -> list[dict[str, Any]]:
    """The shares of a work: those of the world, and what is otherwise in the territories that have a table of their own."""
    by_right = {right: set(_entries(whole, {place: table[right] for place, table in special.items()})) for right, whole in world.items()}
    both = set.intersection(*by_right.values()) if len(by_right) > 1 else next(iter(by_right.values()), set())
    found: list[tuple[_Entry, tuple[Right, ...]]] = [(entry, ()) for entry in both]
    found += [(entry, (right,)) for right, entries in by_right.items() for entry in entries - both]
    return [_share(party, Nano(share), here, not_here, rights) for (party, share, here, not_here), rights in sorted(found)]


def _entries(whole: Mapping[str, int], special: Mapping[str, Mapping[str, int]]) -> list[_Entry]:
    entries: list[_Entry] = []
    for party in {party for table in (whole, *special.values()) for party in table} - {""}:
        usual = whole.get(party, 0)
        other: dict[int, list[str]] = {}
        for place, table in special.items():
            if (share := table.get(party, 0)) != usual:
                other.setdefault(share, []).append(place)
        if usual:
            entries.append((party, usual, (), tuple(sorted(place for places in other.values() for place in places))))
        entries += [(party, share, tuple(sorted(places)), ()) for share, places in other.items() if share]
    return entries


def _share(party: str, share: Nano, territories: tuple[str, ...], not_in: tuple[str, ...], rights: tuple[Right, ...]) -> dict[str, Any]:
    scope = {"territories": list(territories), "not_in": list(not_in), "rights": list(rights)}
    return {"party": party, "share": money.format_share(share)} | {name: value for name, value in scope.items() if value}
