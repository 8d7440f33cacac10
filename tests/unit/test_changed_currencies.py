"""A deal goes over to another currency: what counts several days, months or periods together never takes one currency for the other."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from overtone.mechanisms import minimum_guarantee
from overtone.mechanisms.shape import PoolPart, Term, Use
from overtone.mechanisms.totals import TotalKey, Totals
from overtone.money import PICO
from overtone.scales import Pico
from overtone.settlement.coverage import to_party
from tests.unit.stories import Story

PRICE = {"mechanism": "per_output", "rate": "1"}
QUARTER = ("2026-10", "2026-11", "2026-12")


def goes_over(*terms: dict[str, Any], since: str) -> Story:
    """Ann's deal is in yen, and in dollars from a day on; 100 yen are a dollar."""
    story = Story().work("song", {"ann": "1"}).output("o", {"song": "1"})
    story.deal("deal", "ann", *terms, currency="JPY").deal("deal", "ann", *terms, since=since)
    story.facts["rates"] = {("JPY", "USD"): Fraction("0.01")}
    return story


def guaranteed(period: str, **says: Any) -> tuple[dict[str, Any], ...]:
    return PRICE, {"mechanism": "minimum_guarantee", "amount": "100", "period": period} | says


def topped_up(story: Story) -> dict[tuple[str, str], int]:
    """What guarantees come to for works, by month and currency."""
    lines = story.settled(*QUARTER).lines("minimum_guarantee")
    return {(key.usage_month, key.currency): posting.amount // PICO for key, posting in lines if key.work_key}


def test_lines_in_the_currency_of_before_do_not_fill_a_quarter_s_guarantee() -> None:
    story = goes_over(*guaranteed("quarter"), since="2026-11-01").used("o", 60).used("o", 30, used_on="2026-11-05")
    # October's 60 yen are no dollars: of the quarter's 100 USD there are 30, and what is missing is November's alone.
    assert topped_up(story) == {("2026-11", "USD"): 70}


def test_lines_that_were_in_the_later_currency_all_along_fill_it() -> None:
    share = {"mechanism": "per_output", "revenue_share": "1"}
    story = goes_over(share, guaranteed("quarter")[1], since="2026-11-01").used("o", 1, "60").used("o", 1, "20", used_on="2026-11-05")
    assert topped_up(story) == {("2026-10", "USD"): 15, ("2026-11", "USD"): 5}


def test_what_was_topped_up_in_the_currency_of_before_is_paid_back_by_what_it_is_worth() -> None:
    story = goes_over(*guaranteed("month", recoupable=True), since="2026-11-01")
    story.used("o", 40).used("o", 150, used_on="2026-11-05").used("o", 150, used_on="2026-12-05")
    # October lacks 60 yen, which are 0.6 USD: November's surplus of 50 USD pays that back, and nothing is left for December's.
    lines = story.settled(*QUARTER).lines("minimum_guarantee")
    assert [(key.usage_month, key.currency, posting.amount) for key, posting in lines] == [
        ("2026-10", "JPY", 60 * PICO),
        ("2026-11", "USD", -6 * PICO // 10),
    ]


def test_what_was_settled_before_lines_were_summed_by_currency_is_explained_by_its_own_sums() -> None:
    terms = minimum_guarantee.Terms.model_validate({"mechanism": "minimum_guarantee", "amount": "100", "period": "quarter"})
    term, totals = Term("deal", 0, "lab", "USD", terms), Totals()
    kept = TotalKey("deal", "minimum_guarantee", 0, "lines", of="quarter 2026-12")
    totals.add(kept, 30)
    uses = [Use("line", "lab", "2026-10-31", currency=currency, amount=Pico(30)) for currency in ("USD", "JPY")]
    parts = [part for use in uses for part in minimum_guarantee.entitle(term, use, to_party("deal", "ann"), totals)]
    assert parts == [PoolPart(kept, 30)]
