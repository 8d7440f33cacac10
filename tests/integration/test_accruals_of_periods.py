"""What a work's month comes to as of now, where terms count several months together: what a settlement makes of it."""

from typing import Any

import pytest

from local.stack import Stack
from overtone.views import accruals
from tests.integration import scenario

TIERS = [{"from": "0", "rate": "1"}, {"from": "100", "rate": "0.5"}]
SHARES = [{"from": "0", "revenue_share": "0.5"}, {"from": "1000", "revenue_share": "0.1"}]
TERMS: dict[str, dict[str, Any]] = {
    "tiers of a quarter": {"mechanism": "per_output", "tiers": TIERS, "tier_period": "quarter"},
    "tiers of a year": {"mechanism": "per_output", "tiers": TIERS, "tier_period": "year"},
    "tiers of a life": {"mechanism": "per_output", "tiers": TIERS, "tier_period": "deal"},
    "tiers of revenue": {"mechanism": "revenue_pool", "tiers": SHARES, "tier_period": "year", "basis": "influence"},
    "a fee": {"mechanism": "licence_fee", "fee": {"amount": "300", "per": "quarter"}, "basis": "usage"},
    "a month by itself": {"mechanism": "revenue_pool", "share": "0.1", "basis": "influence"},
}
MONTHS = ("2026-08", "2026-09")


def shown(stack: Stack, month: str) -> dict[str, Any]:
    reply = stack.http("GET", "/v1/works/track/accruals", scope="finance", query={"month": month})
    assert reply.status == 200, reply.text
    found: dict[str, Any] = reply.json()
    return found


def by_month(stack: Stack) -> dict[str, list[str]]:
    lines = [line for line in scenario.lines_of(stack, "2026-09") if line["work_id"] == "track"]
    return {month: [line["amount"] for line in lines if line["usage_month"] == month] for month in MONTHS}


@pytest.fixture
def quarter(stack: Stack) -> Stack:
    """A hundred uses of one work in August, of another as many in August and three times as many in September."""
    stack.at("2026-08-01T08:00:00Z")
    scenario.party(stack, "ann", "creator", payout=scenario.BANK)
    scenario.party(stack, "fox", "licensee")
    scenario.work(stack, "track", "ann", {"ann": "1"}, identifiers=[scenario.ISRC])
    scenario.work(stack, "other", "ann", {"ann": "1"}, identifiers=[scenario.OTHER_ISRC])
    for month, other in (("08", 100), ("09", 300)):
        stack.at(f"2026-{month}-05T08:00:00Z")
        scenario.disclose(stack, f"rep-{month}", {f"a-{month}": {scenario.ISRC: "1"}, f"b-{month}": {scenario.OTHER_ISRC: "1"}})
        played = (f"output:a-{month}", f"2026-{month}-03", 100), (f"output:b-{month}", f"2026-{month}-03", other)
        scenario.usage(stack, f"b-{month}", *played)
        body = {"report_id": f"rev-{month}", "month": f"2026-{month}", "currency": "EUR", "net_revenue": "1000", "subscribers": 0}
        scenario.sent(stack, "/v1/revenue", body)
        scenario.accrue(stack, f"2026-{month}-05T08:15:00Z")
    stack.at("2026-10-10T06:00:00Z")
    return stack


@pytest.mark.parametrize("terms", TERMS)
@pytest.mark.parametrize("settled", [False, True])
def test_the_months_that_terms_count_together_are_counted_together(quarter: Stack, terms: str, settled: bool) -> None:  # noqa: FBT001
    """September was priced as if it were the first month of the year, and a quarter's fee shared by its last month alone."""
    scenario.deal(quarter, "open", TERMS[terms], effective_from="2026-01-01")
    before = None if settled else shown(quarter, "2026-09")
    assert scenario.settle(quarter, "2026-09", "2026-09")["status"] == "sealed", quarter.errors
    told = before or shown(quarter, "2026-09")
    assert [line["amount"] for line in told["lines"]] == by_month(quarter)["2026-09"] != []
    assert told["pools"] == "measured now"


def test_months_that_are_too_large_together_take_what_was_settled(quarter: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    scenario.deal(quarter, "open", TERMS["tiers of a year"], effective_from="2026-01-01")
    monkeypatch.setattr(accruals, "MEASURED_WORKS_MAX", 2)
    assert shown(quarter, "2026-08")["pools"] == "measured now"
    assert shown(quarter, "2026-09")["pools"].startswith("left out")
    assert scenario.settle(quarter, "2026-09", "2026-09")["status"] == "sealed", quarter.errors
    told = shown(quarter, "2026-09")
    assert told["pools"] == "as of settlement 2026-09"
    assert [line["amount"] for line in told["lines"]] == by_month(quarter)["2026-09"]


@pytest.mark.parametrize(("most", "left_out"), [(1, ["recordings"]), (2, [])])
def test_recordings_of_a_composition_that_are_not_looked_at_are_said(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, most: int, left_out: list[str]
) -> None:
    """A much recorded song was shown what its first recordings bring as if it were all."""
    monkeypatch.setattr(accruals, "RECORDINGS_MAX", most)
    stack.at("2026-08-01T08:00:00Z")
    scenario.party(stack, "ann", "creator", payout=scenario.BANK)
    scenario.party(stack, "fox", "licensee")
    scenario.work(stack, "song", "ann", {"ann": "1"}, "composition")
    for name, isrc in (("one", scenario.ISRC), ("two", scenario.OTHER_ISRC)):
        scenario.work(stack, name, "ann", {"ann": "1"}, identifiers=[isrc], composition="song")
    scenario.deal(stack, "open", {"mechanism": "direct_play", "rate": "1"}, sides={"recording": "0.5", "composition": "0.5"})
    scenario.usage(stack, "b-1", (scenario.ISRC, "2026-08-01", 10), (scenario.OTHER_ISRC, "2026-08-01", 10))
    scenario.accrue(stack, "2026-08-02T08:15:00Z")
    reply = stack.http("GET", "/v1/works/song/accruals", party="ann", scope="statements.read", query={"month": "2026-08"})
    assert reply.status == 200, reply.text
    assert ([line["amount"] for line in reply.json()["totals"]], reply.json()["not_included"]) == ([str(5 * most)], left_out)
