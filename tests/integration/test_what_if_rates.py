"""What-ifs of months that were settled at other exchange rates than the last settlement's: rates move nobody's money."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.integration import scenario
from tests.integration.scenario import FINANCE, ISRC
from tests.integration.test_what_ifs import done, moved

if TYPE_CHECKING:
    from local.stack import Stack

GREATER = {"mechanism": "direct_play", "rate": "0.013", "revenue_share": "0.4", "combine": "greater_of"}
"""Of twelve plays 0.156 EUR, or 0.14 USD: at 0.9 the first is more, at 2 the second."""
RATE = {"from": "USD", "to": "EUR", "source": "ECB"}


@pytest.fixture
def two_months(stack: Stack) -> Stack:
    """Twelve plays in October, settled at 0.9, and twelve in November."""
    stack.at("2026-09-01T08:00:00Z")
    scenario.party(stack, "ann", "creator", payout=scenario.BANK)
    scenario.party(stack, "fox", "licensee")
    scenario.work(stack, "track", "ann", {"ann": "1"}, identifiers=[ISRC])
    scenario.deal(stack, "open", GREATER)
    for month in ("10", "11"):
        stack.at(f"2026-{month}-05T08:00:00Z")
        scenario.usage(stack, f"b-{month}", (ISRC, f"2026-{month}-03", 12), currency="USD", revenue="0.35")
        scenario.accrue(stack, f"2026-{month}-05T08:15:00Z")
        if month == "10":
            stack.at("2026-11-04T06:00:00Z")
            settled(stack, "2026-10", "0.9")
    stack.at("2026-12-10T06:00:00Z")
    return stack


def settled(stack: Stack, month: str, rate: str) -> None:
    sheet = {"rates": [RATE | {"rate": rate}] if rate else []}
    assert stack.http("PUT", f"/v1/fx/{month}", scope=FINANCE, json=sheet).status == 200
    assert scenario.settle(stack, month, month)["status"] == "sealed"


def owed(result: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """What is owed before and after, by currency."""
    return {money["currency"]: (money["totals"]["owed"]["before"], money["totals"]["owed"]["after"]) for money in result["currencies"]}


def test_without_a_change_a_month_comes_to_what_it_was_settled_to_at_its_own_rates(two_months: Stack) -> None:
    """October was asked about at November's rates: what was not changed cost ann 0.156 EUR, and brought it 0.14 USD."""
    settled(two_months, "2026-11", "2")
    assert owed(done(two_months, "october", {})) == {"EUR": ("0.156", "0.156")}
    assert owed(done(two_months, "november", {}, months=["2026-11"])) == {"USD": ("0.14", "0.14")}
    both = done(two_months, "both", {}, months=["2026-10", "2026-11"])
    assert [before == after for before, after in owed(both).values()] == [True] * len(both["currencies"])


def test_a_month_can_be_asked_about_where_the_last_settlement_had_no_rate(two_months: Stack) -> None:
    """It failed for want of a rate that had been posted when the month was settled."""
    deal = {"deals": [{"replace": "open", "patch": {"terms": [GREATER | {"rate": "0.026"}]}}]}
    two_months.http("DELETE", "/v1/usage/b-11", party="fox", scope="usage.write")
    scenario.accrue(two_months, "2026-12-10T06:05:00Z")
    settled(two_months, "2026-11", "")
    assert owed(done(two_months, "october", {})) == {"EUR": ("0.156", "0.156")}
    assert moved(done(two_months, "dearer", deal)) == {"ann": "0.156"}


def test_what_was_posted_of_a_licensee_that_stands_still_stands_in_every_world(stack: Stack) -> None:
    """Its money was in the books and in no what-if: without any change all that it had been billed seemed to go."""
    stack.at("2026-09-01T08:00:00Z")
    scenario.party(stack, "ann", "creator", payout=scenario.BANK)
    scenario.work(stack, "track", "ann", {"ann": "1"}, identifiers=[ISRC])
    for name, terms in (("fox", {"cap": {"amount": "3", "per": "deal"}}), ("owl", {})):
        scenario.party(stack, name, "licensee")
        scenario.deal(stack, name, {"mechanism": "direct_play", "revenue_share": "0.4"} | terms, licensee=name, currency="EUR")
    for month, currency in (("2026-10", "EUR"), ("2026-11", "USD")):
        stack.at(f"{month}-05T08:00:00Z")
        for name in ("fox", "owl"):
            scenario.usage(stack, f"{name}-{month}", (ISRC, f"{month}-03", 12), by=name, currency=currency, revenue="1")
        scenario.accrue(stack, f"{month}-05T08:15:00Z")
    for month, now in (("2026-10", "2026-11-10T06:00:00Z"), ("2026-11", "2026-12-10T06:00:00Z")):
        stack.at(now)
        assert scenario.settle(stack, month, month)["status"] == "sealed"
    assert owed(done(stack, "nothing", {})) == {"EUR": ("0.8", "0.8")}
    dearer = {"deals": [{"replace": "owl", "patch": {"terms": [{"mechanism": "direct_play", "revenue_share": "0.5"}]}}]}
    assert owed(done(stack, "dearer", dearer)) == {"EUR": ("0.8", "0.9")}
    scenario.usage(stack, "late", (ISRC, "2026-10-04", 12), by="owl", revenue="1")
    scenario.accrue(stack, "2026-12-10T08:15:00Z")
    assert owed(done(stack, "computed", {})) == {"EUR": ("1.2", "1.2")}


def test_what_came_since_is_asked_about_at_the_rate_that_is_posted_for_the_next_settlement(stack: Stack) -> None:
    """A rate that nothing had needed could be posted no more, as its settlement was sealed: no what-if of the month could be asked."""
    stack.at("2026-09-01T08:00:00Z")
    scenario.party(stack, "ann", "creator", payout=scenario.BANK)
    scenario.party(stack, "fox", "licensee")
    scenario.work(stack, "track", "ann", {"ann": "1"}, identifiers=[ISRC])
    scenario.deal(stack, "open", GREATER)
    stack.at("2026-10-05T08:00:00Z")
    scenario.usage(stack, "b-1", (ISRC, "2026-10-03", 12), revenue="0.35")
    scenario.accrue(stack, "2026-10-05T08:15:00Z")
    stack.at(scenario.SETTLED)
    assert scenario.settle(stack)["status"] == "sealed"
    scenario.usage(stack, "late", (ISRC, "2026-10-04", 12), currency="USD", revenue="0.35")
    scenario.usage(stack, "b-2", (ISRC, "2026-11-04", 12), currency="USD", revenue="0.35")
    scenario.accrue(stack, "2026-11-12T08:15:00Z")
    sheet = {"rates": [RATE | {"rate": "0.9"}]}
    assert stack.http("PUT", "/v1/fx/2026-11", scope=FINANCE, json=sheet).status == 200
    assert owed(done(stack, "october", {})) == {"EUR": ("0.312", "0.312")}
    assert owed(done(stack, "november", {}, months=["2026-11"])) == {"EUR": ("0.156", "0.156")}
