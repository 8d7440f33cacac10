"""What guarantees must know of other months, and of what no line shows."""

from collections.abc import Mapping

from overtone.mechanisms import minimum_guarantee
from overtone.mechanisms.totals import TotalKey, Totals
from overtone.settlement.entitlement import Pricing


def note(pricings: Mapping[str, Pricing], totals: Mapping[str, Totals]) -> None:
    """Note what a recoupable guarantee guarantees in each period, for a later surplus pays back what an earlier one lacked.

    In all months, by its currency, as the last month of the period that has the term says.
    """
    stated: dict[TotalKey, tuple[str, int | None]] = {}
    for month in sorted(pricings):
        for term in pricings[month].terms(of_lines=True):
            if isinstance(term.terms, minimum_guarantee.Terms):
                name = minimum_guarantee.guaranteed(term, month)
                stated[name] = term.currency, term.terms.amount if term.terms.recoupable else None
    noted = {name._replace(currency=currency): amount for name, (currency, amount) in stated.items() if amount is not None}
    for of_month in totals.values():
        of_month.notes.update(noted)


def count_undivided(pricings: Mapping[str, Pricing], totals: Mapping[str, Totals], found: Totals) -> None:
    """Add what waits for want of anybody who has a part of it to what the lines of the guarantees' deals came to."""
    for month, pricing in pricings.items():
        for term in pricing.terms(of_lines=True):
            if isinstance(term.terms, minimum_guarantee.Terms):
                minimum_guarantee.count_undivided(term, month, totals[month], found)
