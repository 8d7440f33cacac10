"""Sums over all works of a month, by name, and the pools made of them: what one work cannot know of the others.

A name is a `TotalKey`: fields, never text that is glued and cut apart, so that whatever a model or a run is called stays whole.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple, TypeVar

from overtone.errors import InvariantBroken
from overtone.scales import ZERO_PICO, Pico

CARRIED: Final = "carried"
SHARED_UNITS: Final = "units"
SHARED_BASIS: Final = "period_basis"
SHARED_REVENUE: Final = "net_revenue"
SHARED: Final = frozenset({SHARED_UNITS, SHARED_BASIS, SHARED_REVENUE})
"""Kinds of sums that the months of a settlement know of each other; their names say of which day or period they are."""
FORMAT: Final = 2
"""Of stored totals. Format 1 glued names together with `|`; see `older_totals`."""


class TermKey(NamedTuple):
    """A term of a deal: `ordinal` counts the deal's terms of one mechanism. Of what belongs to no term all are empty."""

    deal_id: str
    mechanism: str
    ordinal: int


class TotalKey(NamedTuple):
    """The name of a total, a note or a pool.

    The first three say which term it belongs to; `kind` is that mechanism's own word for what it counts; `party` and `of` say of
    whom and of which run, model, basis or period, and `currency` in which currency, where that tells totals apart.
    """

    deal_id: str
    mechanism: str
    ordinal: int
    kind: str
    party: str = ""
    of: str = ""
    currency: str = ""

    @property
    def term(self) -> TermKey:
        """The term that it belongs to."""
        return TermKey(self.deal_id, self.mechanism, self.ordinal)

    def __str__(self) -> str:
        """For people: the parts that say something. Nothing reads it back."""
        return " ".join(str(part) for part in self if part != "")


class Purse(NamedTuple):
    """What residue is kept under: the term that opened the pool, and the currency."""

    deal_id: str
    mechanism: str
    ordinal: int
    currency: str

    @property
    def joined(self) -> TotalKey:
        """The note of what joined a month's pools out of this purse."""
        return TotalKey(self.deal_id, self.mechanism, self.ordinal, CARRIED, currency=self.currency)


NO_TERM: Final = TermKey("", "", 0)
NumberName = TypeVar("NumberName", bound=tuple[str | int, ...])
"""A `TotalKey` or a `Purse`."""


class Pool(NamedTuple):
    """A whole that is owed once and spread: `amount` in pico over the basis counted under `basis`.

    `month` is the one that it is owed in, where its parts are spread over several (empty: the month at hand).
    """

    name: TotalKey
    currency: str
    amount: Pico
    basis: TotalKey
    month: str = ""

    @property
    def purse(self) -> Purse:
        """Where its residue goes."""
        return Purse(*self.name.term, self.currency)


class Totals:
    """Sums, notes and pools by name.

    `sums` are plain integers: adding up commutes. `notes` are facts that every part knows alike.
    """

    __slots__ = ("_by_kind", "_on", "notes", "pools", "sums")

    def __init__(self) -> None:
        self.sums: dict[TotalKey, int] = {}
        self.notes: dict[TotalKey, int] = {}
        self.pools: dict[TotalKey, Pool] = {}
        self._on: dict[TotalKey, dict[TotalKey, Pool]] = {}
        self._by_kind: dict[tuple[TermKey, str], list[TotalKey]] = {}

    def to_json(self) -> dict[str, Any]:
        """As stored between the passes; amounts as strings, for they outgrow 64 bits."""
        return {
            "format": FORMAT,
            "sums": numbers_to_json(self.sums),
            "notes": numbers_to_json(self.notes),
            "pools": [[list(pool.name), pool.currency, str(pool.amount), list(pool.basis), pool.month] for pool in self.pools.values()],
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Totals":
        """The inverse of `to_json`; `older_totals` reads format 1. Raises `InvariantBroken` for one that is not known."""
        if stored["format"] != FORMAT:
            raise InvariantBroken("pure", f"totals have format {stored['format']}; this version reads up to {FORMAT}")
        totals = cls()
        totals.sums = numbers_from_json(stored["sums"])
        totals.notes = numbers_from_json(stored["notes"])
        for name, currency, amount, basis, month in stored["pools"]:
            totals.open_pool(Pool(TotalKey(*name), currency, Pico(int(amount)), TotalKey(*basis), month))
        return totals

    def add(self, name: TotalKey, value: int) -> None:
        """Add to a sum."""
        if name not in self.sums:
            self._by_kind.clear()
        self.sums[name] = self.sums.get(name, 0) + value

    def merge(self, other: "Totals") -> None:
        """Add all that another part measured."""
        for name, value in other.sums.items():
            self.add(name, value)
        self.notes.update(other.notes)

    def replace(self, sums: Mapping[TotalKey, int]) -> None:
        """Set sums to what they are over several months."""
        self.sums.update(sums)
        self._by_kind.clear()

    def __getitem__(self, name: TotalKey) -> int:
        return self.sums.get(name, 0)

    def sums_of(self, term: TermKey, kind: str) -> Iterator[tuple[TotalKey, int]]:
        """A term's sums of one kind, by name."""
        if not self._by_kind:
            for name in sorted(self.sums):
                self._by_kind.setdefault((name.term, name.kind), []).append(name)
        return ((name, self.sums[name]) for name in self._by_kind.get((term, kind), ()))

    def open_pool(self, pool: Pool) -> None:
        """Make a pool known, so that claims can ask for their part of it."""
        if before := self.pools.get(pool.name):
            del self._on[before.basis][pool.name]
        self.pools[pool.name] = pool
        self._on.setdefault(pool.basis, {})[pool.name] = pool

    def parts(self, basis_name: TotalKey, basis: int) -> Iterator[tuple[Pool, Pico]]:
        """Each pool on a basis, and `floor(pool * basis / W)` of it in pico.

        Blind to how the works are divided among workers.
        """
        whole = self[basis_name]
        for pool in self._on.get(basis_name, {}).values():
            yield pool, Pico(pool.amount * basis // whole) if whole else ZERO_PICO


def share_between(months: Iterable[Totals]) -> None:
    """Let every month know the sums that are counted over more than one."""
    together = Totals()
    for totals in (every := list(months)):
        for name, value in totals.sums.items():
            if name.kind in SHARED:
                together.add(name, value)
    for totals in every if together.sums else ():
        totals.replace(together.sums)


def numbers_to_json(numbers: Mapping[NumberName, int]) -> list[list[Any]]:
    """Numbers by name as arrays of fields, the number last and as text."""
    return [[*name, str(value)] for name, value in sorted(numbers.items())]


def numbers_from_json(stored: Iterable[list[Any]]) -> dict[TotalKey, int]:
    """The inverse of `numbers_to_json`."""
    return {TotalKey(*fields): int(value) for *fields, value in stored}


def picos_from_json(stored: Iterable[list[Any]]) -> dict[TotalKey, Pico]:
    """The inverse of `numbers_to_json` for amounts."""
    return {TotalKey(*fields): Pico(int(value)) for *fields, value in stored}
