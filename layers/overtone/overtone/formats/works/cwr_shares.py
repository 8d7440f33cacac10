"""Whose share a CWR registration makes how large: by right, in the world and in the territories where somebody else collects.

Version 2 says what each party owns, and what it collects where. What is owned counts in the world; in a country that is named, what is
collected there counts, if it makes the whole. Version 3 says alone what is collected, so that counts everywhere.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal, NamedTuple, get_args

from overtone import money
from overtone.formats.cwr.layout import V3, Major
from overtone.formats.cwr.shares import TOLERANCE, WHOLE, WORLD, Interested, TerritoryCollection
from overtone.formats.works.scopes import ScopeTable, stated
from overtone.money import NANO
from overtone.rights.shares import Right
from overtone.territories import countries

Counted = Literal["both", "performing", "mechanical"]
COUNTED: Final[tuple[Counted, ...]] = get_args(Counted)
_PLACES: Final[Mapping[Counted, tuple[int, ...]]] = {"performing": (0,), "mechanical": (1,), "both": (0, 1)}
"""Which of CWR's shares (performing, mechanical, synchronisation) count."""
_RIGHTS: Final[tuple[Right, ...]] = ("performance", "mechanical")
_ANY: Final[Right] = "performance"
"""The only column of a table in which rights are not told apart."""
_NOBODY: Final = ""
Owners = Mapping[str, Sequence[Interested]]
_Weights = Mapping[str, tuple[int, ...]]


class OwnedShares(NamedTuple):
    """The shares to register, who has any, and the territories whose collectors are left out because they make no whole."""

    shares: list[dict[str, object]]
    parties: frozenset[str]
    left_out: tuple[str, ...]


def owned(owners: Owners, counted: Counted, major: Major) -> OwnedShares:
    """The shares of a registration, by the id of each party."""
    world = {party_id: _summed(party.shares for party in parties) for party_id, parties in owners.items()}
    collected = {place: _collected(owners, place, major) for place in _special(owners)}
    places = _counted(counted, [world, *collected.values()])
    whole = {place: weights for place, weights in collected.items() if _is_whole(weights, places, major)}
    table = _table(world, places)
    shares = stated(table, {place: _table(weights, places) for place, weights in whole.items()})
    return OwnedShares(shares, frozenset(str(share["party"]) for share in shares), tuple(sorted(collected.keys() - whole.keys())))


def _special(owners: Owners) -> list[str]:
    """The countries for which somebody says what it collects."""
    named = {one.tis for parties in owners.values() for party in parties for one in party.collections if one.tis != WORLD}
    return sorted({country for tis in named for country in countries(tis)})


def _collected(owners: Owners, place: str, major: Major) -> _Weights:
    return {party_id: _summed(_there(party, place, major) for party in parties) for party_id, parties in owners.items()}


def _there(party: Interested, place: str, major: Major) -> tuple[int, ...]:
    """What a party collects in a country: as is said of it, else of the world; without any word in version 2, what it owns."""
    if not party.collections and major != V3:
        return party.shares
    named = [one for one in party.collections if one.tis != WORLD and place in countries(one.tis)]
    return _included(named or [one for one in party.collections if one.tis == WORLD])


def _included(collections: Sequence[TerritoryCollection]) -> tuple[int, ...]:
    """What is included after the last exclusion."""
    since = next((n for n in range(len(collections), 0, -1) if not collections[n - 1].included), 0)
    return _summed([(0, 0, 0), *(one.shares for one in collections[since:])])


def _summed(shares: Iterable[tuple[int, ...]]) -> tuple[int, ...]:
    return tuple(map(sum, zip(*shares, strict=True)))


def _counted(counted: Counted, tables: Sequence[_Weights]) -> tuple[int, ...]:
    """The rights that count; one that nobody has anywhere does not, and where none of them is anybody's, the first that is."""
    had = [place for place in range(3) if any(part[place] for table in tables for part in table.values())]
    return tuple([place for place in _PLACES[counted] if place in had] or had[:1])


def _is_whole(weights: _Weights, places: Sequence[int], major: Major) -> bool:
    totals = [sum(part[place] for part in weights.values()) for place in places]
    return all(total <= WHOLE + TOLERANCE and (major == V3 or total >= WHOLE - TOLERANCE) for total in totals)


def _table(weights: _Weights, places: Sequence[int]) -> ScopeTable:
    if len(places) == len(_RIGHTS):
        return {_RIGHTS[place]: _parts(weights, place) for place in places}
    return {_ANY: _parts(weights, places[0])} if places else {}


def _parts(weights: _Weights, place: int) -> dict[str, int]:
    """Each party's part in nano; the total's rounding is spread, a rest is nobody's."""
    parts = {party_id: part[place] for party_id, part in weights.items()}
    if (rest := WHOLE - sum(parts.values())) > TOLERANCE:
        parts[_NOBODY] = parts.get(_NOBODY, 0) + rest
    return {party_id: part for party_id, part in money.split(NANO, parts).items() if part}
