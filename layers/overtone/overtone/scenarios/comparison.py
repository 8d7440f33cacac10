"""Two worlds of the same months side by side: every line of both, added up by whom and what it concerns.

A payee here is whose share the money is: where a society collects, its member, so that what is said of payees is said of people. Lines
come as books keep them (`settlement.books`), each with the world that it is of.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, Literal, NamedTuple

import orjson

from overtone import lines
from overtone.lines import LineKey, Posting
from overtone.money import split
from overtone.scenarios.viewer import Viewer
from overtone.settlement.work_month import WorkMonth, usage_entries

World = Literal[0, 1]
BEFORE: Final[World] = 0
AFTER: Final[World] = 1
FORMAT: Final = 1
"""Of a stored comparison."""
Sums = dict[tuple[str, ...], list[int]]
"""Pico before and after, by names of which the first is the currency."""
Places = Mapping[tuple[str, str], Mapping[str, int]]
"""How much (1e-9) of a work each licensee used, by territory."""
DIMENSIONS: Final = ("payees", "works", "sources", "owed", "spared", "accounts", "territories")


class Compared(NamedTuple):
    """One line of one world, as far as comparing needs it."""

    key: LineKey
    amount: int
    shadow: int


class Comparison:
    """Sums over the lines of both worlds. `owed` is by licensee, deal and mechanism; `spared` is what buyouts spared licensees."""

    def __init__(self, viewer: Viewer, places: Places | None = None, scopes: Mapping[str, frozenset[str]] | None = None) -> None:
        """`scopes` are the territories of deals that are limited to some."""
        self.viewer, self._places, self._scopes = viewer, places or {}, scopes or {}
        self.sums: dict[str, Sums] = {name: {} for name in DIMENSIONS}

    def add(self, found: Iterable[Compared], world: World) -> None:
        """Add the lines of a world."""
        for key, amount, shadow in found:
            if not (amount or shadow) or not self.viewer.sees(key):
                continue
            named = (key.currency, key.licensee, key.deal_id, key.mechanism)
            if shadow:
                _add(self.sums["spared"], named, shadow, world)
            if not amount:
                continue
            _add(self.sums["owed"], named, amount, world)
            _add(self.sums["accounts"], (key.currency, key.account, key.reason), amount, world)
            _add(self.sums["sources"], (key.currency, key.licensee, key.mechanism, key.model), amount, world)
            if key.account == lines.PARTY:
                _add(self.sums["payees"], (key.currency, key.member_id or key.party_id), amount, world)
            if key.work_key:
                _add(self.sums["works"], (key.currency, key.work_key, key.work_id), amount, world)
            for territory, part in self._where(key, amount):
                _add(self.sums["territories"], (key.currency, territory), part, world)

    def merge(self, other: Mapping[str, Sums]) -> None:
        """Add what another part compared."""
        for name, sums in other.items():
            mine = self.sums[name]
            for key, (before, after) in sums.items():
                both = mine.setdefault(key, [0, 0])
                both[BEFORE] += before
                both[AFTER] += after

    def _where(self, key: LineKey, amount: int) -> Iterator[tuple[str, int]]:
        """The amount by where the work was used, of the territories of its deal; `""` where nothing says so."""
        places = self._places.get((key.work_key, key.licensee), {})
        scope = self._scopes.get(key.deal_id)
        used = places if scope is None else {place: quantity for place, quantity in places.items() if place in scope}
        if len(used) <= 1 or not sum(used.values()):
            yield next(iter(used), ""), amount
        else:
            yield from split(amount, used).items()


def _add(sums: Sums, name: tuple[str, ...], pico: int, world: World) -> None:
    both = sums.get(name)
    if both is None:
        both = sums[name] = [0, 0]
    both[world] += pico


def places_of(works: Iterable[WorkMonth]) -> dict[tuple[str, str], dict[str, int]]:
    """Where works were used, by whom."""
    found: dict[tuple[str, str], dict[str, int]] = {}
    for work in works:
        for row in work.usage:
            used = found.setdefault((work.key, row.reporter), {})
            for entry in usage_entries(row):
                used[entry.territory] = used.get(entry.territory, 0) + entry.quantity
    return found


def of_postings(postings: Mapping[LineKey, Posting]) -> Iterator[Compared]:
    """Lines as they were just computed."""
    return (Compared(key, posting.amount, posting.shadow) for key, posting in postings.items())


def of_book(book: Iterable[bytes]) -> Iterator[Compared]:
    """Lines as a book keeps them: the work key, the line's key, quantity, amount, shadow, the last settlement."""
    for text in book:
        fields = orjson.loads(text)
        yield Compared(LineKey(*fields[1:-4]), int(fields[-3]), int(fields[-2]))


def encode(sums: Mapping[str, Sums]) -> dict[str, Any]:
    """As kept between steps."""
    texts = {name: [[*key, str(both[0]), str(both[1])] for key, both in sorted(of.items())] for name, of in sums.items()}
    return {"format": FORMAT, "sums": texts}


def decode(stored: Mapping[str, Any]) -> dict[str, Sums]:
    """The inverse of `encode`."""
    return {name: {tuple(fields[:-2]): [int(fields[-2]), int(fields[-1])] for fields in listed} for name, listed in stored["sums"].items()}
