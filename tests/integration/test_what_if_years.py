"""What-ifs of terms that count a year together: all of the year's months count, whatever the what-if is compared with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.integration import scenario
from tests.integration.test_what_ifs import done, moved

if TYPE_CHECKING:
    from local.stack import Stack

TIERS = [{"from": "0", "rate": "1"}, {"from": "100", "rate": "0.5"}]
BY_YEAR: dict[str, Any] = {
    "deals": [{"replace": "open", "patch": {"terms": [{"mechanism": "per_output", "tiers": TIERS, "tier_period": "year"}]}}]
}
"""September has taken the first tier, so October's hundred uses pay half."""


@pytest.fixture
def two_months(stack: Stack) -> Stack:
    """A hundred uses in September and a hundred in October, at 1 each."""
    stack.at("2026-09-01T08:00:00Z")
    scenario.party(stack, "ann", "creator", payout=scenario.BANK)
    scenario.party(stack, "fox", "licensee")
    scenario.work(stack, "track", "ann", {"ann": "1"}, identifiers=[scenario.ISRC])
    scenario.deal(stack, "open", {"mechanism": "per_output", "rate": "1"})
    for month in ("09", "10"):
        stack.at(f"2026-{month}-05T08:00:00Z")
        scenario.disclose(stack, f"rep-{month}", {f"gen-{month}": {scenario.ISRC: "1"}})
        scenario.usage(stack, f"b-{month}", (f"output:gen-{month}", f"2026-{month}-03", 100))
        scenario.accrue(stack, f"2026-{month}-05T08:15:00Z")
    stack.at(scenario.SETTLED)
    return stack


def test_a_year_is_counted_whatever_the_what_if_is_compared_with(two_months: Stack) -> None:
    """It took the months of the what-if that it was compared with, whose terms counted none together: October paid the first tier."""
    assert scenario.settle(two_months)["status"] == "sealed"
    assert moved(done(two_months, "alone", BY_YEAR)) == {"ann": "-50"}
    assert moved(done(two_months, "as-it-is", {})) == {}
    assert moved(done(two_months, "compared", BY_YEAR, compare="as-it-is")) == {"ann": "-50"}


def test_a_year_is_counted_before_its_months_are_settled(two_months: Stack) -> None:
    """It counted settled months alone, so the same question had another answer before a settlement than behind it."""
    assert moved(done(two_months, "early", BY_YEAR)) == {"ann": "-50"}
