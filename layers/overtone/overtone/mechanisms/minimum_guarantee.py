"""Tops a deal's lines up to an amount a month, quarter or year.

What is missing is shared in proportion to the period's lines, else equally over the repertoire of the last
month of it that the deal was in force in, whose terms count; it is due when the period has ended. Advances
do not count towards it, nor does what a buyout spared.
"""

from collections.abc import Iterator
from typing import Literal

from overtone.fields import Amount, Model
from overtone.mechanisms.shape import Claim, Month, Pool, PoolPart, Term, Totals, Use, UseKind, Yield, always

MONTHS = {"month": 1, "quarter": 3, "year": 12}


class Terms(Model):
    """`amount` a `period` in the deal's currency. Periods are those of the calendar."""

    mechanism: Literal["minimum_guarantee"]
    amount: Amount
    period: Literal["month", "quarter", "year"]


pooled = always


def covers(_terms: Terms, use: Use) -> bool:
    """The lines that the deal yields, and its repertoire where it yields none."""
    return use.kind in {"line", "repertoire"}


def asks(_terms: Terms) -> frozenset[UseKind]:
    """The deal's lines, which makes a second round; its repertoire, at the period's end."""
    return frozenset({"line", "repertoire"})


def period_months(period: str, month: str) -> tuple[str, ...]:
    """The months of the calendar period that a month is in."""
    size, year, number = MONTHS[period], month[:4], int(month[5:])
    first = (number - 1) // size * size + 1
    return tuple(f"{year}-{first + offset:02d}" for offset in range(size))


def _name(term: Term, kind: str, month: str) -> str:
    return term.name(kind, term.terms.period, period_months(term.terms.period, month)[-1])


def _repertoire(term: Term, month: str) -> str:
    return term.name("repertoire", month)


def measure(term: Term, use: Use, claim: Claim, totals: Totals) -> None:
    """Sum the deal's lines in its own currency, and count its repertoire."""
    if use.kind == "line":
        if use.currency == term.currency:
            totals.add(_name(term, "lines", use.month), use.quantity)
    elif use.kind == "repertoire" and not use.first:
        totals.add(_repertoire(term, use.month), claim.part)


def pools(term: Term, month: Month, totals: Totals) -> Iterator[Pool]:
    """What the period's lines lack, once the period has ended, as this month's terms say (see `residue.agree`)."""
    last = period_months(term.terms.period, month.month)[-1]
    lines = _name(term, "lines", month.month)
    if last <= month.through:
        missing = max(0, term.terms.amount - totals[lines])
        basis = lines if totals[lines] > 0 else _repertoire(term, month.month)
        yield Pool(_name(term, "missing", month.month), term.currency, missing, basis, month.month)


def entitle(term: Term, use: Use, claim: Claim, totals: Totals) -> Yield:
    """The line's, or the work's, part of what is missing."""
    if use.kind == "line" and use.currency == term.currency:
        yield PoolPart(_name(term, "lines", use.month), use.quantity)
    elif use.kind == "repertoire" and not use.first:
        yield PoolPart(_repertoire(term, use.month), claim.part)
