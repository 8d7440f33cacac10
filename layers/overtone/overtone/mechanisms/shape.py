"""The small shape that every mechanism has, and the exact scale that all of them count in.

A mechanism is a module that says all that others must know of it:

- `Terms`: the model of what a deal may say (its `mechanism` field is the module's name);
- `words`, `mandate_uses`, `favoured`, `needs_licensor`, `spareable`: what statements, societies, MFN, deals and buyouts ask;
- `covers(terms, use)`: whether these terms license this use;
- `asks(terms)`: the kinds of derived use that its pools are shared over, none for most;
- `pooled(terms)`: whether what one work earns can depend on others, so that totals are needed;
- `survey(term, use, part, totals)`: what a use adds to a whole that the deal covers a part of;
- `measure(term, use, claim, totals)`: what the claim adds to the month's totals (first pass);
- `pools(term, month, totals)`: what the licensee owes as a whole, once the totals are known;
- `steps(term, pool, totals)`: how a pool came to its amount, for explanations (see `steps`);
- `entitle(term, use, claim, totals)`: what the claim earns (second pass);
- `proportion(term, use, totals)`: the same as factors of quantity and revenue, where it is no more than that (see `proportion`).

`protocol.Mechanism` is the same list as a type. Nothing in here knows where facts are stored or how works are spread over workers:
totals are plain sums, so any order and any division gives the same result.
"""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import ClassVar, Final, Generic, Literal, NamedTuple, TypeVar

from overtone.errors import NoRate
from overtone.facts.splits import Split
from overtone.fields import Model
from overtone.lines import AccountKind, ForeignReason, LineSide, SuspenseReason
from overtone.mechanisms.periods import Cap, TermPeriod
from overtone.mechanisms.scope import Revenue, Scope
from overtone.mechanisms.totals import Pool, TermKey, TotalKey, Totals
from overtone.money import FINE
from overtone.scales import ZERO_NANO, ZERO_PICO, ZERO_ZEPTO, Atto, Fine, Nano, Pico, Zepto

PART: Final = 10**18
"""A claim's part of a work is share (1e-9) x factor (1e-9)."""
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
    1e-9, `revenue` in 1e-21, `weight` in 1e-9 (of a `work`: in how many models' latest runs it is); `amount` is that of a `line`.
    `attributed` is false for the part that no work is named for; `first` marks the first use of a
    claim in its month, where presence counts once. `split` is the side whose own split of an output it is part of.
    `service` is where an output or a recording was used, if the reporter says. `subject` is which, where a hold looks at it alone.
    """

    kind: UseKind
    licensee: str
    day: str
    reporter: str = ""
    model: str = ""
    use: str = ""
    territory: str = "*"
    service: str = ""
    currency: str = ""
    band: int = -1
    subject: str = ""
    quantity: Nano = ZERO_NANO
    revenue: Zepto = ZERO_ZEPTO
    weight: int = 0
    amount: Pico = ZERO_PICO
    run_id: str = ""
    attributed: bool = True
    first: bool = False
    split: Split = ""

    @property
    def month(self) -> str:
        """The usage month."""
        return self.day[:7]

    @property
    def counts_once(self) -> bool:
        """Whether it is counted where each use of an output counts once, in however many splits it is."""
        return self.split in {"", "recording"}

    @property
    def named(self) -> str:
        """What breaches call the use."""
        return "training" if self.kind == "training" else self.use


class Claim(NamedTuple):
    """A share of a side of a work that a deal covers. `part` is share x factor, in 1e-18.

    `spared`: mechanisms that a buyout covers; they owe nothing. `holder`: whose share it is, also in suspense. `held`: its money waits.
    """

    deal_id: str
    part: Atto
    work_key: str
    work_id: str
    side: LineSide
    account: AccountKind
    party_id: str
    member_id: str
    reason: SuspenseReason | ForeignReason
    title: str
    spared: frozenset[str] = frozenset()
    holder: str = ""
    held: bool = False


class Earning(NamedTuple):
    """What a use earns a claim: fine units of a currency. A `reason` sends it to suspense instead."""

    currency: str
    fine: Fine
    reason: SuspenseReason = ""


class PoolPart(NamedTuple):
    """What a use counts in the pools on a basis. Parts of a line add up first and are priced once. A `reason` sends it to suspense."""

    basis_name: TotalKey
    basis: int
    reason: SuspenseReason = ""


Yield = Iterator[Earning | PoolPart]
"""What `entitle` yields."""


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
        """The posted rate from one currency to another; raises `NoRate` without one."""
        if source == target:
            return Fraction(1)
        if (source, target) not in self.rates:
            raise NoRate(source, target)
        return self.rates[source, target]


class DealTerms(Model):
    """What all terms of a deal have: the name of the mechanism whose they are.

    `recurs`: they owe something in every period, whatever was used.
    """

    recurs: ClassVar[bool] = False

    mechanism: str
    cap: Cap | None = None

    def due_days(self, first: str) -> tuple[str, ...]:
        """The days on which something is due that no use asks for; `first` is the deal's first day."""
        return (first,)

    def states(self, field: str) -> bool:
        """Whether they state a figure in a field, so that it can be compared with others'."""
        return isinstance(getattr(self, field), int)

    def periods(self) -> frozenset[TermPeriod]:
        """The periods over which months are counted together; none for most."""
        return frozenset({self.cap.per}) if self.cap else frozenset()


T_co = TypeVar("T_co", bound=DealTerms, covariant=True)
T_contra = TypeVar("T_contra", bound=DealTerms, contravariant=True)


class Raised(NamedTuple):
    """A field that a most-favoured-nation clause raised: what the deal itself says, what applies, and in which deal that stands."""

    field: str
    own: int
    figure: int
    deal_id: str
    version: int


class Term(NamedTuple, Generic[T_co]):
    """Terms of a deal in force, MFN applied. `ordinal` counts the deal's terms of one mechanism."""

    deal_id: str
    ordinal: int
    licensee: str
    currency: str
    terms: T_co
    raised: tuple[Raised, ...] = ()
    scope: Scope = Scope()
    detail: tuple[str, ...] = ()

    @property
    def key(self) -> TermKey:
        """What tells the term apart from all others, in whatever version."""
        return TermKey(self.deal_id, self.terms.mechanism, self.ordinal)

    def name(self, kind: str, *, party: str = "", of: str = "", currency: str = "") -> TotalKey:
        """A name of a total that belongs to this term alone."""
        return TotalKey(self.deal_id, self.terms.mechanism, self.ordinal, kind, party, of, currency)


class Words(NamedTuple):
    """A mechanism in the words of a royalty statement: the heading that says where money comes from, and how its uses are counted.

    `source` may name `{licensee}` and `{model}`. `unit` is one and many of what a line's quantity counts, with `{n}`; `counted` one
    and many of what has a price each; both empty where a quantity says nothing. `part` says which `{share}` of a `{whole}` that is
    shared a source is, `works` the same where the whole has `{all}` works and `{n}` of them are the payee's, and `works_alone` where
    it has no sum; `note` says what there is to say without figures. `once`: it owes its sum once.
    """

    source: str
    unit: tuple[str, str] | None = None
    counted: tuple[str, str] | None = None
    part: str = ""
    works: str = ""
    works_alone: str = ""
    note: str = ""
    once: bool = False


NOTHING: Final[frozenset[UseKind]] = frozenset()


def asks_nothing(terms: DealTerms) -> frozenset[UseKind]:
    """`asks` of a mechanism that prices only what was used."""
    del terms
    return NOTHING


def always(terms: DealTerms) -> bool:
    """`pooled` of a mechanism that shares a whole."""
    del terms
    return True


def never(terms: DealTerms) -> bool:
    """`pooled` of a mechanism that prices each use by itself."""
    del terms
    return False


def measure_nothing(term: Term[DealTerms], use: Use, claim: Claim, totals: Totals) -> None:
    """`measure` of a mechanism whose prices depend on nothing but the use itself."""
    del term, use, claim, totals


def survey_nothing(term: Term[DealTerms], use: Use, part: int, totals: Totals) -> None:
    """`survey` of a mechanism that looks at what its deal covers alone."""
    del term, use, part, totals


def no_pools(term: Term[DealTerms], month: Month, totals: Totals) -> Iterator[Pool]:
    """`pools` of a mechanism that owes nothing as a whole."""
    del term, month, totals
    return iter(())
