"""A line's parts of what is shared, and how each whole came to its amount.

A whole is priced once, by the terms that its deal had last in the month, whichever version a line's own uses fell under; what tiers come
to is priced day by day, and the fee of a run on its day.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from overtone.lines import LineKey
from overtone.mechanisms import MECHANISMS, SettledTerm, training_run
from overtone.mechanisms.shape import PoolPart, Raised
from overtone.mechanisms.steps import PriceStep
from overtone.mechanisms.tier_prices import TIERS
from overtone.mechanisms.totals import Pool, TermKey, TotalKey, Totals
from overtone.money import format_amount
from overtone.scales import Pico
from overtone.settlement import residue
from overtone.settlement.tally import Priced

Opened = Mapping[TermKey, SettledTerm]
"""The terms that a month's pools were opened by."""


@dataclass(frozen=True, slots=True)
class PoolShare:
    """The line's part of a whole: `pool x basis / whole`, rounded down to pico; `steps` are how the whole came to its amount."""

    pool: str
    amount: str
    basis: str
    whole: str
    result: str
    spared: bool
    raised: list[str] = field(default_factory=list)
    steps: list[PriceStep] = field(default_factory=list)


def is_spared(step: Priced) -> bool:
    """Whether a buyout spared the licensee what a step earns."""
    return step.term.terms.mechanism in step.covered.claim.spared


def favour(raised: Raised) -> str:
    """What a most-favoured-nation clause raised, and which deal says so."""
    return f"{raised.field} is that of deal {raised.deal_id} version {raised.version}: the deals of the group owe the best of them"


def opener(step: SettledTerm, pool: Pool, opened: Opened) -> SettledTerm:
    """The terms that a pool came to its amount by; `step` are those of the line's last use that counts in it."""
    of_its_day = pool.name.kind == TIERS or isinstance(step.terms, training_run.Terms)
    return step if of_its_day else opened.get(pool.name.term, step)


def of(steps: Sequence[Priced], key: LineKey, totals: Totals, opened: Opened) -> Iterator[tuple[PoolShare, Pico, bool]]:
    """Each pool that a line has a part of, with the part (pico), and whether a buyout spared it."""
    bases: dict[tuple[LineKey, TotalKey, bool], int] = {}
    terms = dict[TotalKey, SettledTerm]()
    for step in sorted(steps, key=lambda step: step.use.day):
        if isinstance(step.earned, PoolPart):
            terms[step.earned.basis_name] = step.term
            name = step.key, step.earned.basis_name, is_spared(step)
            bases[name] = bases.get(name, 0) + step.earned.basis
    for (_, basis_name, spared), basis in bases.items():
        for pool, part in totals.parts(basis_name, basis):
            if pool.currency == key.currency:
                figures = format_amount(pool.amount), str(basis), str(totals[basis_name]), format_amount(part)
                term = opener(terms[basis_name], pool, opened)
                raised = [favour(one) for one in term.raised]
                yield PoolShare(str(pool.name), *figures, spared, raised, list(_steps(term, pool, totals))), part, spared


def _steps(term: SettledTerm, pool: Pool, totals: Totals) -> Iterator[PriceStep]:
    """How a pool came to its amount, and what earlier pools had left for it."""
    left = residue.joined(pool, totals)
    yield from MECHANISMS[term.terms.mechanism].steps(term, pool._replace(amount=Pico(pool.amount - left)), totals)
    if left:
        yield PriceStep.of("what earlier pools could not divide", left)
