"""Two worlds of the same months side by side: every line of both, added up by whom and what it concerns.

A payee here is whose share the money is: where a society collects, its member, so that what is said of payees is said of people. Lines
come as books keep them (`settlement.books`), each with the world that it is of.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from operator import itemgetter
from typing import Final, NamedTuple, cast

import orjson

from overtone import lines
from overtone.lines import LineKey
from overtone.money import split
from overtone.scales import ZERO_PICO, Pico
from overtone.scenarios.viewer import Viewer
from overtone.settlement.work_month import WorkMonth, usage_entries
from overtone.territories import WORLD

BEFORE: Final = 0
AFTER: Final = 1
ComparedSums = dict[tuple[str, ...], list[Pico]]
"""Pico before and after, by names of which the first is the currency."""
Places = Mapping[tuple[str, str], Mapping[str, int]]
"""How much (1e-9) of a work each licensee used, by territory."""
Scopes = Mapping[str, frozenset[str]]
"""The territories of deals that are limited to some, by deal."""
DIMENSIONS: Final = ("payees", "works", "sources", "owed", "spared", "accounts", "territories")


class Compared(NamedTuple):
    """A line of both worlds, as far as comparing needs it: pico before and after, and what a buyout spared before and after."""

    key: LineKey
    before: Pico
    after: Pico
    spared_before: Pico = ZERO_PICO
    spared_after: Pico = ZERO_PICO


class Comparison:
    """Sums over the lines of both worlds. `owed` is by licensee, deal and mechanism; `spared` is what buyouts spared licensees."""

    def __init__(self, viewer: Viewer) -> None:
        self.viewer = viewer
        self.places: Places = {}
        """Those of the part at hand."""
        self.scopes: tuple[Scopes, Scopes] = ({}, {})
        """Those of the month at hand, before and after."""
        self.sums: dict[str, ComparedSums] = {name: {} for name in DIMENSIONS}

    def add(self, found: Iterable[Compared]) -> None:
        """Add lines."""
        sums, sees = self.sums, self.viewer.sees if self.viewer.party else None
        alike, payees, works = ComparedSums(), sums["payees"], sums["works"]
        for key, before, after, spared_before, spared_after in found:
            if sees and not sees(key):
                continue
            if spared_before or spared_after:
                _add(sums["spared"], _SPARED(key), spared_before, spared_after)
            if not (before or after):
                continue
            _add(alike, _ALIKE(key), before, after)
            if key.account == lines.PARTY:
                _add(payees, (key.currency, key.member_id or key.party_id), before, after)
            if key.work_key:
                _add(works, _WORK(key), before, after)
            self._add_places(key, before, after)
        self._add_alike(alike)

    def _add_alike(self, alike: ComparedSums) -> None:
        """Add what lines have in common by the thousand: who owes it under what, and on which account it stands."""
        for (currency, licensee, deal, mechanism, model, account, reason), (before, after) in alike.items():
            _add(self.sums["owed"], (currency, licensee, deal, mechanism), before, after)
            _add(self.sums["accounts"], (currency, account, reason), before, after)
            _add(self.sums["sources"], (currency, licensee, mechanism, model), before, after)

    def _add_places(self, key: LineKey, before: Pico, after: Pico) -> None:
        """The amounts by where the line says that they were earned, else by where the work was used, of the territories that its deal had.

        `""` where nothing says so.
        """
        if key.territory:
            _add(self.sums["territories"], (key.currency, key.territory), before, after)
            return
        places = self.places.get((key.work_key, key.licensee), _NOWHERE)
        if len(places) <= 1 and not any(self.scopes):  # as nearly all are
            _add(self.sums["territories"], (key.currency, next(iter(places), "")), before, after)
            return
        was, becomes = (
            _placed(amount, places, scopes.get(key.deal_id)) for amount, scopes in zip((before, after), self.scopes, strict=True)
        )
        for place in {**was, **becomes}:
            _add(self.sums["territories"], (key.currency, place), was.get(place, ZERO_PICO), becomes.get(place, ZERO_PICO))


def _placed(amount: Pico, places: Mapping[str, int], scope: frozenset[str] | None) -> Mapping[str, Pico]:
    """An amount by where the work was used, of a deal's territories: a use that names no place is in every deal's."""
    used = places if scope is None else {place: quantity for place, quantity in places.items() if place in scope or place == WORLD}
    if len(used) <= 1 or not any(used.values()):
        return {next(iter(used), ""): amount}
    return {place: Pico(part) for place, part in split(amount, used).items()}


def _add(sums: ComparedSums, name: tuple[str, ...], before: Pico, after: Pico) -> None:
    both = sums.get(name)
    if both is None:
        sums[name] = [before, after]
    else:
        both[BEFORE] += before
        both[AFTER] += after


def places_of(works: Iterable[WorkMonth]) -> dict[tuple[str, str], dict[str, int]]:
    """Where works were used, by whom."""
    found: dict[tuple[str, str], dict[str, int]] = {}
    for work in works:
        for row in work.usage:
            name = (work.key, row.reporter)
            used = found.get(name)
            if used is None:
                used = found[name] = {}
            for entry in usage_entries(row):
                territory = entry.territory
                used[territory] = used.get(territory, 0) + entry.quantity
    return found


def of_books(before: Iterable[bytes], after: Iterable[bytes]) -> Iterator[Compared]:
    """Lines as books keep them: the work key, the line's key, quantity, amount, shadow, the last settlement.

    A key that both worlds know has the same bytes in both, so it is read once.
    """
    known = dict(map(_cut, before))
    for text in after:
        key, (amount, shadow) = _cut(text)
        was, spared = known.pop(key, _NONE)
        yield Compared(_key(key), Pico(was), Pico(amount), Pico(spared), Pico(shadow))
    for key, (amount, shadow) in known.items():
        yield Compared(_key(key), Pico(amount), ZERO_PICO, Pico(shadow), ZERO_PICO)


_NONE: Final = (0, 0)
_PLACE: Final = {name: place for place, name in enumerate(LineKey._fields)}


def _fields(*names: str) -> Callable[[LineKey], tuple[str, ...]]:
    """What reads these fields of a key: hundreds of thousands of them are read."""
    return cast("Callable[[LineKey], tuple[str, ...]]", itemgetter(*(_PLACE[name] for name in names)))


_SPARED: Final = _fields("currency", "licensee", "deal_id", "mechanism")
_ALIKE: Final = _fields("currency", "licensee", "deal_id", "mechanism", "model", "account", "reason")
_WORK: Final = _fields("currency", "work_key", "work_id")
_NOWHERE: Final[dict[str, int]] = {}


def _cut(text: bytes) -> tuple[bytes, tuple[int, int]]:
    """A book's line as the bytes of its key, and amount and shadow: numbers stand as text, and ids of settlements have no comma."""
    key, _, amount, shadow, _ = text.rsplit(b",", 4)
    return key, (int(amount[1:-1]), int(shadow[1:-1]))


def _key(text: bytes) -> LineKey:
    return LineKey.of(orjson.loads(text + b"]")[1:])
