"""Caps: what a term may owe at the most in its period, and how what is over it is taken off."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from typing import TYPE_CHECKING

from tests.model.clauses import (
    period_of,
)
from tests.model.exact import PICO, ZERO, number
from tests.model.ledger import Pool

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.model.pricing import Month
    from tests.model.terms import Term


def cap_terms(month: Month, earlier: Sequence[Month]) -> None:
    """Let no term with a cap owe more than its period still allows; `earlier` are the months before, of which those count that have it."""
    for term in month.terms.values():
        if not (cap := term.says.get("cap")):
            continue
        start = "" if cap["per"] == "deal" else period_of(cap["per"], month.month)[0]
        left, currency = number(cap["amount"]) * PICO, month.currency_of(term)
        for each in [*(one for one in earlier if one.month >= start), month]:
            owed: dict[str, int] = defaultdict(int)
            for (name, key), pico in each.ledger.owed().items():
                if name == term.name:
                    owed[key.currency] += pico
            lines = dict(owed)
            for of, pico in undivided(each, term).items() if each.ledger.capped(term.name) else ():
                owed[of] += pico
            worth = sum((pico * month.rate_of_exchange(of, currency) for of, pico in owed.items()), ZERO)
            allowed = min(worth, left)
            left -= allowed
            if each is month and allowed < worth:
                share_cap(month, term, {of: int(pico * allowed / worth) for of, pico in lines.items()})
                shrink(month, term, allowed / worth)


def undivided(month: Month, term: Term) -> dict[str, int]:
    """What the term's pools come to that nobody has a part of, before its cap; by currency."""
    if term.name not in month.nobodys:
        found: dict[str, int] = defaultdict(int)
        for name, pool in month.ledger.pools.items():
            if name[:3] == term.name and not sum(pool.basis.values()):
                for currency, pico in pool.amounts.items():
                    found[currency] += pico
        month.nobodys[term.name] = found
    return month.nobodys[term.name]


def shrink(month: Month, term: Term, part: Fraction) -> None:
    for name, pool in month.ledger.pools.items():
        if name[:3] == term.name and not sum(pool.basis.values()):
            pool.amounts = {currency: int(pico * part) for currency, pico in pool.amounts.items()}


def share_cap(month: Month, term: Term, allowed: dict[str, int]) -> None:
    for currency, pico in allowed.items():
        pool = Pool(term.deal_id, term.mechanism, month.deal_of(term).says["licensee"])
        pool.amounts[currency] = pico
        for (name, key), owed in month.ledger.owed().items():
            if name == term.name and key.currency == currency:
                pool.basis[key, False] += Fraction(owed)
        month.ledger.allowed[term.name, currency] = pool
