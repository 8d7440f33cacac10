"""The small shape that every mechanism has, and the exact scale that all of them count in.

A mechanism is a module with seven names:

- `Terms`: the model of what a deal may say (its `mechanism` field is the module's name);
- `covers(terms, use)`: whether these terms license this use;
- `asks(terms)`: the kinds of derived use that its pools are shared over, none for most;
- `pooled(terms)`: whether what one work earns can depend on others, so that totals are needed;
- `measure(term, use, claim, totals)`: what the claim adds to the month's totals (first pass);
- `pools(term, month, totals)`: what the licensee owes as a whole, once the totals are known;
- `entitle(term, use, claim, totals)`: what the claim earns (second pass).

Nothing in here knows where facts are stored or how works are spread over workers: totals are
plain sums, so any order and any division gives the same result.
"""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any, Final, Literal, NamedTuple, Protocol

from overtone.errors import Rejected
from overtone.fields import Model
from overtone.money import round_half_even

PART: Final = 10**18
"""A claim's part of a work is share (1e-9) x factor (1e-9)."""
FINE: Final = 10**37
"""Fine units (1e-49) in one pico: rates, revenue, shares, factors and confidences multiply exactly."""
RATE_TO_FINE: Final = 10**10
"""rate (1e-12) x quantity (1e-9) x part (1e-18) counts 1e-39."""
REVENUE_TO_FINE: Final = 10
"""share (1e-9) x revenue (1e-21) x part (1e-18) counts 1e-48."""
AMOUNT_PART_TO_FINE: Final = FINE // PART
"""amount (1e-12) x part (1e-18) counts 1e-30."""

UseKind = Literal["output", "play", "training", "model", "work", "repertoire", "deal", "line"]
"""What a use is: usage of a generated track; a play of the recording itself; presence in a training
run; presence in the latest run of a model, for pools; a work's month as a whole, for levies; a work
of a deal's repertoire; the deal itself; a line that the deal already yields (second round)."""


class Use(NamedTuple):
    """One priced fact.

    `licensee` is who owes, `reporter` who reported (of a `model` use: who trained). `quantity` in
    1e-9, `revenue` in 1e-21, `weight` in 1e-9; of a `line`, `quantity` is its amount in pico.
    `attributed` is false for the part that no work is named for; `first` marks the first use of a
    claim in its month, where presence counts once.
    """

    kind: UseKind
    licensee: str
    day: str
    reporter: str = ""
    model: str = ""
    use: str = ""
    territory: str = "*"
    currency: str = ""
    band: int = -1
    quantity: int = 0
    revenue: int = 0
    weight: int = 0
    run_id: str = ""
    attributed: bool = True
    first: bool = False

    @property
    def month(self) -> str:
        """The usage month."""
        return self.day[:7]

    @property
    def named(self) -> str:
        """What breaches call the use."""
        return "training" if self.kind == "training" else self.use


class Claim(NamedTuple):
    """A share of a side of a work that a deal covers. `part` is share x factor, in 1e-18.

    `spared` holds the mechanisms that a buyout covers for this share: they owe nothing. `holder` is whose share it is, also
    where suspense names nobody.
    """

    deal_id: str
    part: int
    work_key: str
    work_id: str
    side: str
    account: str
    party_id: str
    member_id: str
    reason: str
    title: str
    spared: frozenset[str] = frozenset()
    holder: str = ""


class Earning(NamedTuple):
    """What a use earns a claim: fine units of a currency. A `reason` sends it to suspense instead."""

    currency: str
    fine: int
    reason: str = ""


class PoolPart(NamedTuple):
    """What a use counts in the pools on a basis. Parts of a line add up first and are priced once."""

    basis_name: str
    basis: int


Yield = Iterator[Earning | PoolPart]
"""What `entitle` yields."""


class Pool(NamedTuple):
    """A whole that is owed once and spread: `amount` in pico over the basis counted under `basis`.

    `month` is the one that it is owed in, where its parts are spread over several (empty: the month at hand).
    """

    name: str
    currency: str
    amount: int
    basis: str
    month: str = ""


class Revenue(NamedTuple):
    """A licensee's report of a month: `net_revenue` in pico."""

    currency: str
    net_revenue: int
    subscribers: int


class Month(NamedTuple):
    """What is known of a month as a whole: revenue reports by licensee, the settlement's posted rates.

    `last_day` is the month's last; `through` is the month that the settlement goes through: a guarantee's period must have ended.
    """

    month: str
    last_day: str
    through: str
    revenue: Mapping[str, tuple[Revenue, ...]]
    rates: Mapping[tuple[str, str], Fraction]

    def rate(self, source: str, target: str) -> Fraction:
        """The posted rate from one currency to another; raises `Rejected` without one."""
        if source == target:
            return Fraction(1)
        if (source, target) not in self.rates:
            message = f"no rate from {source} to {target} is posted for this settlement; PUT /v1/fx first"
            raise Rejected(message)
        return self.rates[source, target]


class Totals:
    """Sums over all works of a month, by name, and the pools made of them.

    `sums` are plain integers: adding up commutes. `notes` are facts that every part knows alike.
    """

    __slots__ = ("_on", "notes", "pools", "sums")

    def __init__(self) -> None:
        self.sums: dict[str, int] = {}
        self.notes: dict[str, int] = {}
        self.pools: dict[str, Pool] = {}
        self._on: dict[str, dict[str, Pool]] = {}

    def to_json(self) -> dict[str, Any]:
        """As stored between the passes; numbers as strings, for they outgrow 64 bits."""
        return {
            "sums": {name: str(value) for name, value in sorted(self.sums.items())},
            "notes": {name: str(value) for name, value in sorted(self.notes.items())},
            "pools": [[*pool[:2], str(pool.amount), *pool[3:]] for pool in self.pools.values()],
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Totals":
        """The inverse of `to_json`."""
        totals = cls()
        totals.sums = {name: int(value) for name, value in stored["sums"].items()}
        totals.notes = {name: int(value) for name, value in stored["notes"].items()}
        for name, currency, amount, *others in stored["pools"]:
            totals.open_pool(Pool(name, currency, int(amount), *others))
        return totals

    def add(self, name: str, value: int) -> None:
        """Add to a sum."""
        self.sums[name] = self.sums.get(name, 0) + value

    def merge(self, other: "Totals") -> None:
        """Add all that another part measured."""
        for name, value in other.sums.items():
            self.add(name, value)
        self.notes.update(other.notes)

    def __getitem__(self, name: str) -> int:
        return self.sums.get(name, 0)

    def open_pool(self, pool: Pool) -> None:
        """Make a pool known, so that claims can ask for their part of it."""
        if before := self.pools.get(pool.name):
            del self._on[before.basis][pool.name]
        self.pools[pool.name] = pool
        self._on.setdefault(pool.basis, {})[pool.name] = pool

    def parts(self, basis_name: str, basis: int) -> Iterator[tuple[Pool, int]]:
        """Each pool on a basis, and `floor(pool * basis / W)` of it in pico.

        Blind to how the works are divided among workers.
        """
        whole = self[basis_name]
        for pool in self._on.get(basis_name, {}).values():
            yield pool, pool.amount * basis // whole if whole else 0


class Term(NamedTuple):
    """Terms of a deal in force, MFN applied. `ordinal` counts the deal's terms of one mechanism."""

    deal_id: str
    ordinal: int
    licensee: str
    currency: str
    terms: Any

    def name(self, *parts: str) -> str:
        """A name of a total that belongs to this term alone."""
        return "|".join((self.deal_id, self.terms.mechanism, str(self.ordinal), *parts))


class Mechanism(Protocol):
    """What each module of this package offers. See the package's docstring."""

    Terms: type[Model]

    def covers(self, terms: Any, use: Use) -> bool:
        """Whether these terms license this use."""
        ...

    def asks(self, terms: Any) -> frozenset[UseKind]:
        """The kinds of derived use (`model`, `work`, `repertoire`, `deal`, `line`) that it needs."""
        ...

    def pooled(self, terms: Any) -> bool:
        """Whether what one work earns can depend on other works."""
        ...

    def measure(self, term: Term, use: Use, claim: Claim, totals: Totals) -> None:
        """Add what the claim contributes to the month's totals."""
        ...

    def pools(self, term: Term, month: Month, totals: Totals) -> Iterator[Pool]:
        """What is owed as a whole, once all claims are measured."""
        ...

    def entitle(self, term: Term, use: Use, claim: Claim, totals: Totals) -> Yield:
        """What the use earns the claim."""
        ...


NOTHING: Final[frozenset[UseKind]] = frozenset()


def asks_nothing(terms: Any) -> frozenset[UseKind]:
    """`asks` of a mechanism that prices only what was used."""
    del terms
    return NOTHING


def always(terms: Any) -> bool:
    """`pooled` of a mechanism that shares a whole."""
    del terms
    return True


def never(terms: Any) -> bool:
    """`pooled` of a mechanism that prices each use by itself."""
    del terms
    return False


def measure_nothing(term: Term, use: Use, claim: Claim, totals: Totals) -> None:
    """`measure` of a mechanism whose prices depend on nothing but the use itself."""
    del term, use, claim, totals


def no_pools(term: Term, month: Month, totals: Totals) -> Iterator[Pool]:
    """`pools` of a mechanism that owes nothing as a whole."""
    del term, month, totals
    return iter(())


def to_pico(fine: int) -> int:
    """Fine units rounded once, half-even, to pico."""
    return round_half_even(fine, FINE)
