"""Tops a deal's lines up to an amount per month, quarter or year.

What is missing is shared in proportion to the period's lines, else equally over the repertoire of the last
month of it that the deal was in force in, whose terms count; it is due when the period has ended. Advances
do not count towards it, nor does what a buyout spared, nor lines in other currencies than those terms'. What the deal owes and nobody has a
part of counts although it waits, for the licensee owes it. What a recoupable guarantee topped up comes back out of what later periods bring
above it: less is owed for those, pro rata to their lines, until it is paid back.
"""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, ClassVar, Final, Literal

from overtone.fields import Amount
from overtone.mechanisms.periods import CalendarPeriod, TermPeriod, period_months
from overtone.mechanisms.proportion import no_proportion
from overtone.mechanisms.shape import NOTHING, Claim, DealTerms, Month, PoolPart, Term, Use, UseKind, Words, Yield, always, survey_nothing
from overtone.mechanisms.steps import PriceStep
from overtone.mechanisms.totals import Pool, TotalKey, Totals
from overtone.rights.registry import EVERY_MANDATE_USE, MandateUse
from overtone.scales import Pico

words: Final = Words(
    "Top-up to the minimum that {licensee} guarantees", part="Your share of the {whole} by which the minimum was missed: {share}."
)
mandate_uses: Final[tuple[MandateUse, ...]] = EVERY_MANDATE_USE
favoured: Final[tuple[str, ...]] = ()
needs_licensor: Final = True
GUARANTEED: Final = "guaranteed"
UNDIVIDED: Final = "undivided"
spareable: Final[frozenset[UseKind]] = NOTHING


class Terms(DealTerms):
    """`amount` per `period`, in the deal's currency. Periods are those of the calendar.

    `recoupable`: what it tops up is paid back by the surplus of later periods.
    """

    recurs: ClassVar[bool] = True

    mechanism: Literal["minimum_guarantee"]
    amount: Amount
    period: CalendarPeriod
    recoupable: bool = False

    def periods(self) -> frozenset[TermPeriod]:
        """And that of the guarantee."""
        return super().periods() | {self.period} | ({"deal"} if self.recoupable else set())


survey = survey_nothing
pooled = always
proportion = no_proportion


def covers(_terms: Terms, use: Use) -> bool:
    """The lines that the deal yields, and its repertoire where it yields none."""
    return use.kind in {"line", "repertoire"}


def asks(_terms: Terms) -> frozenset[UseKind]:
    """The deal's lines, which makes a second round; its repertoire, at the period's end."""
    return frozenset({"line", "repertoire"})


def _name(term: Term[Terms], kind: str, month: str) -> TotalKey:
    return term.name(kind, of=f"{term.terms.period} {period_months(term.terms.period, month)[-1]}")


def _lines(term: Term[Terms], month: str, currency: str) -> TotalKey:
    """A period's lines by currency: the terms that count for it are its last month's, which may be in another than a line's month's."""
    return _name(term, "lines", month)._replace(currency=currency)


def _repertoire(term: Term[Terms], month: str) -> TotalKey:
    return term.name("repertoire", of=month)


def measure(term: Term[Terms], use: Use, claim: Claim, totals: Totals) -> None:
    """Sum the deal's lines by currency, and count its repertoire."""
    if use.kind == "line":
        totals.add(_lines(term, use.month, use.currency), use.amount)
    elif use.kind == "repertoire" and not use.first:
        totals.add(_repertoire(term, use.month), claim.part)


def pools(term: Term[Terms], month: Month, totals: Totals) -> Iterator[Pool]:
    """What the period's lines lack, once the period has ended, as this month's terms say (see `residue.agree`)."""
    last = period_months(term.terms.period, month.month)[-1]
    lines = _lines(term, month.month, term.currency)
    if last <= month.through:
        missing = Pico(max(0, term.terms.amount - _come_to(lines, totals)))
        if term.terms.recoupable and not missing:
            missing = Pico(-_recouped(term, month, totals))
        basis = lines if totals[lines] > 0 else _repertoire(term, month.month)
        yield Pool(_name(term, "missing", month.month), term.currency, missing, basis, month.month)


def count_undivided(term: Term[Any], month: str, totals: Totals, found: Totals) -> None:
    """Add what the deal's pools of a month come to that nobody has a part of, by currency: no line of a work tells of it."""
    for pool in totals.pools.values():
        if pool.name.deal_id == term.deal_id and pool.month in {"", month} and not totals[pool.basis]:
            found.add(_lines(term, month, pool.currency)._replace(kind=UNDIVIDED), pool.amount)


def _come_to(lines: TotalKey, totals: Totals) -> int:
    """What a period comes to (pico) by the name of its lines: these, and what nobody has a part of."""
    return totals[lines] + totals[lines._replace(kind=UNDIVIDED)]


def guaranteed(term: Term[Any], month: str) -> TotalKey:
    """The name of the note of what is guaranteed in the period that a month is in; the note itself names the currency, too."""
    return _name(term, GUARANTEED, month)


def _recouped(term: Term[Terms], month: Month, totals: Totals) -> int:
    """What of the earlier periods' top-ups (pico) the surplus of this month's period pays back, out of its lines."""
    ours = guaranteed(term, month.month)._replace(currency=term.currency)
    if ours not in totals.notes:
        return 0
    periods = [(name, amount) for name, amount in totals.notes.items() if name.term == term.key and name.kind == GUARANTEED]
    open_balance, currency = Fraction(0), term.currency
    for name, amount in sorted(periods, key=lambda one: one[0].of.split(" ")[::-1]):
        open_balance *= month.rate(currency, name.currency) if open_balance else 1
        currency = name.currency
        lines = name._replace(kind="lines")
        surplus = _come_to(lines, totals) - amount
        back = min(int(open_balance), max(0, surplus), totals[lines])
        if name == ours:
            return back
        open_balance += max(0, -surplus) - back
    return 0


def steps(term: Term[Terms], pool: Pool, totals: Totals) -> Iterator[PriceStep]:
    """What is guaranteed, as the period's last month says, which need not be the line's own; what the lines came to, what is owed."""
    lines, period = totals[pool.basis] if pool.basis.kind == "lines" else 0, pool.name.of
    lines += totals[pool.name._replace(kind=UNDIVIDED, currency=pool.currency)]
    note = pool.name._replace(kind=GUARANTEED, currency=pool.currency)
    noted = totals.notes.get(note, totals.notes.get(note._replace(currency=""), term.terms.amount))
    words = f"guaranteed per {period.partition(' ')[0]}, for the {period}"
    yield PriceStep.of(words, lines + pool.amount if pool.amount > 0 else noted)
    yield PriceStep.of("what its lines came to", lines)
    yield PriceStep.of("what earlier top-ups are paid back of the surplus" if pool.amount < 0 else "what is missing", pool.amount)


def entitle(term: Term[Terms], use: Use, claim: Claim, totals: Totals) -> Yield:
    """The line's, or the work's, part of what is missing."""
    if use.kind == "line":
        before = _name(term, "lines", use.month)  # what was settled before lines were summed by currency
        if before not in totals.sums:
            yield PoolPart(_lines(term, use.month, use.currency), use.amount)
        elif use.currency == term.currency:
            yield PoolPart(before, use.amount)
    elif use.kind == "repertoire" and not use.first:
        yield PoolPart(_repertoire(term, use.month), claim.part)
