"""Why a line is what it is: every use behind it, the arithmetic written out, and the sum checked against the line.

It is made from the trace of the computation itself, run for one work. A formula is not a second opinion on the price:
it restates what was computed, and is shown only where its product is exactly the computed amount.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

import orjson

from overtone.facts.rows import REVENUE_SCALE
from overtone.lines import NOTHING, Line, LineKey, Posting
from overtone.mechanisms import SettledTerm
from overtone.mechanisms.attribution import BANDS
from overtone.mechanisms.shape import (
    AMOUNT_PART_TO_FINE,
    RATE_TO_FINE,
    REVENUE_TO_FINE,
    Earning,
    PoolPart,
    UseKind,
)
from overtone.mechanisms.totals import TermKey, Totals
from overtone.money import format_amount, format_share, to_pico
from overtone.scales import ZERO_FINE, ZERO_PICO, Fine
from overtone.settlement import pool_shares
from overtone.settlement.adjustments import LineDifference
from overtone.settlement.pool_shares import PoolShare, favour, is_spared
from overtone.settlement.tally import Priced

FINE_PLACES: Final = 49
PART_PLACES: Final = 18
REVENUE_PLACES: Final = len(str(REVENUE_SCALE)) - 1
VersionedKind = Literal["deal", "work", "party"]
USES_MAX: Final = 10_000
"""Uses of one line that are listed; the sums are always of all."""


@dataclass(frozen=True, slots=True)
class Amounts:
    """What stands, stood or was added under the line's key, as decimal strings."""

    quantity: str
    amount: str
    shadow: str

    @classmethod
    def of(cls, posting: Posting) -> "Amounts":
        """From integers."""
        return cls(format_share(posting.quantity), format_amount(posting.amount), format_amount(posting.shadow))


@dataclass(frozen=True, slots=True)
class EarningUse:
    """One use that earned something: what was reported, whose part of it, and the price."""

    day: str
    reporter: str
    kind: UseKind
    model: str
    use: str
    territory: str
    run_id: str
    confidence: str
    quantity: str
    revenue: str
    part: str
    formula: str
    earned: str
    spared: bool
    raised: list[str] = field(default_factory=list)
    service: str = ""


@dataclass(frozen=True, slots=True)
class Deduction:
    """What changed the line after it was priced, and by how much: a part off the top."""

    why: str
    amount: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """An output, play or run behind the uses: what was reported in which batches, and what a disclosure says of it."""

    subject: str
    day: str
    quantity: str
    revenue: str
    currency: str
    share: str
    confidence: str
    disclosure: str
    batches: list[str]


@dataclass(frozen=True, slots=True)
class VersionUsed:
    """A version of a deal, work or party that the computation rests on."""

    kind: VersionedKind
    id: str
    version: int
    effective_from: str
    recorded_at: str
    author: str


class Background(NamedTuple):
    """What is added to the arithmetic: facts, versions in force, what changed the priced line; terms whose part a cap looks at.

    `opened` are the terms that the month's pools were opened by: those that its deals had last in it.
    """

    evidence: Sequence[Evidence]
    versions: Sequence[VersionUsed]
    adjustments: Sequence[LineDifference] = ()
    capped: Collection[TermKey] = ()
    opened: Mapping[TermKey, SettledTerm] = {}


NO_BACKGROUND: Final = Background((), ())


@dataclass(frozen=True, slots=True)
class Explanation:
    """A line explained. `agrees`: before + line = after, and after is the sum of what is listed, rounded once, of capped terms each."""

    settlement_id: str
    line_id: str
    key: dict[str, str]
    title: str
    adjusts: str
    before: Amounts
    after: Amounts
    difference: Amounts
    line: Amounts
    uses: list[EarningUse]
    uses_left_out: int
    pools: list[PoolShare]
    exact: str
    rounded: str
    agrees: bool
    evidence: list[Evidence] = field(default_factory=list)
    versions: list[VersionUsed] = field(default_factory=list)
    adjustments: list[Deduction] = field(default_factory=list)

    def encode(self) -> bytes:
        """As JSON."""
        return orjson.dumps(self)


def scaled(value: int, places: int) -> str:
    """An integer of 10^-places as the shortest exact decimal string."""
    sign, digits = ("-" if value < 0 else ""), str(abs(value)).rjust(places + 1, "0")
    fraction = digits[-places:].rstrip("0")
    return f"{sign}{digits[:-places]}{'.' + fraction if fraction else ''}"


def explain(
    settlement_id: str,
    line: Line,
    before: Posting,
    priced: Iterable[Priced],
    totals: Totals,
    background: Background = NO_BACKGROUND,
) -> Explanation:
    """Explain a line from what stood before it and the trace of computing its work anew."""
    mine = [step for step in priced if _concerns(step, line.key)]
    uses = [_used(step, line.key) for step in mine if isinstance(step.earned, Earning)]
    pools = list(pool_shares.of(mine, line.key, totals, background.opened))
    fine = _earned(mine, background.capped)
    shared = sum((part for _, part, spared in pools if not spared), ZERO_PICO)
    after = before.minus(NOTHING.minus(line.posting))
    computed = sum(map(to_pico, fine.values()), ZERO_PICO) + shared + sum((change.amount for change in background.adjustments), ZERO_PICO)
    return Explanation(
        settlement_id=settlement_id,
        line_id=line.line_id,
        key=line.key._asdict(),
        title=line.title,
        adjusts=line.adjusts,
        before=Amounts.of(before),
        after=Amounts.of(after),
        difference=Amounts.of(after.minus(before)),
        line=Amounts.of(line.posting),
        uses=uses[:USES_MAX],
        uses_left_out=max(0, len(uses) - USES_MAX),
        pools=[share for share, _, _ in pools],
        exact=scaled(sum(fine.values()), FINE_PLACES),
        rounded=format_amount(computed),
        agrees=computed == after.amount,
        evidence=list(background.evidence),
        versions=list(background.versions),
        adjustments=[Deduction(f"{change.words}{change.whose}", format_amount(change.amount)) for change in background.adjustments],
    )


def _earned(steps: Iterable[Priced], capped: Collection[TermKey]) -> dict[TermKey | None, Fine]:
    """What the steps earned: that of capped terms by term, that of all others together."""
    found: dict[TermKey | None, Fine] = {}
    for step in steps:
        if isinstance(step.earned, Earning) and not is_spared(step):
            name = step.term.key if step.term.key in capped else None
            found[name] = found.get(name, ZERO_FINE) + step.earned.fine
    return found


def _concerns(step: Priced, key: LineKey) -> bool:
    """Whether a step went into the line; a pool pays in its own currency, whatever its basis is counted under."""
    if isinstance(step.earned, PoolPart):
        return step.key._replace(currency=key.currency) == key
    return step.key == key


def _used(step: Priced, key: LineKey) -> EarningUse:
    use, part = step.use, step.covered.claim.part
    fine = step.earned.fine if isinstance(step.earned, Earning) else 0
    return EarningUse(
        day=use.day,
        reporter=use.reporter,
        kind=use.kind,
        model=use.model,
        use=use.use,
        territory=use.territory,
        run_id=use.run_id,
        confidence=scaled(use.band, 1) if use.band >= 0 else "",
        quantity=format_share(use.quantity),
        revenue=scaled(use.revenue, REVENUE_PLACES),
        part=scaled(part, PART_PLACES),
        formula=_formula(step, fine, key.currency),
        earned=scaled(fine, FINE_PLACES),
        spared=is_spared(step),
        raised=[favour(one) for one in step.term.raised],
        service=use.service,
    )


def _formula(step: Priced, fine: int, currency: str) -> str:
    """The product that gives exactly `fine`, in words; empty where none of the known ones does."""
    for tenths in range(BANDS, 0, -1):
        for words, product in _products(step, currency):
            if fine and product * tenths == fine * BANDS:
                return words if tenths == BANDS else f"{words} x 0.{tenths} (by influence or to the fallback)"
    return ""


def _products(step: Priced, currency: str) -> Iterator[tuple[str, int]]:
    use, part, terms = step.use, step.covered.claim.part, step.term.terms
    share = f"{scaled(part, PART_PLACES)} (share of the work)"
    if rate := getattr(terms, "rate", None):
        words = f"{format_amount(rate)} {currency} x {format_share(use.quantity)} uses x {share}"
        yield words, rate * use.quantity * part * RATE_TO_FINE
    if rate := getattr(terms, "revenue_share", None):
        words = f"{format_share(rate)} x {scaled(use.revenue, REVENUE_PLACES)} {currency} revenue x {share}"
        yield words, rate * use.revenue * part * REVENUE_TO_FINE
    for name in ("fee_per_work", "amount"):
        if amount := getattr(terms, name, None):
            yield f"{format_amount(amount)} {currency} x {share}", amount * part * AMOUNT_PART_TO_FINE
