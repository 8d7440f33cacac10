"""A month, a day or a currency that is a slip of the pen is refused wherever one is stated, with the first and last that are taken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from overtone.facts.limits import MONTH_MIN, MONTHS_AHEAD_MAX, TRAINED_ON_MIN
from overtone.months import shifted

if TYPE_CHECKING:
    from local.gateway import Response
    from local.stack import Stack

NOW = "2026-10"
LAST = shifted(NOW, MONTHS_AHEAD_MAX)


def revenue(stack: Stack, month: str, currency: str = "EUR") -> Response:
    body = {"report_id": f"{month}-{currency}", "month": month, "currency": currency, "net_revenue": "10", "subscribers": 1}
    return stack.http("POST", "/v1/revenue", party="fox", scope="disclosures.write", json=body)


def levy(stack: Stack, month: str, currency: str = "EUR") -> Response:
    body = {"levy_id": f"{month}-{currency}", "month": month, "currency": currency, "amount": "10", "distribution": {"formula": "equal"}}
    return stack.http("POST", "/v1/levies", scope="admin", json=body)


def completeness(stack: Stack, month: str) -> Response:
    body: dict[str, Any] = {"month": month, "batches": 1, "records": 1, "revenue": {}}
    return stack.http("POST", "/v1/completeness", party="fox", scope="usage.write", json=body)


@pytest.mark.parametrize("door", [revenue, levy, completeness])
def test_a_month_is_taken_at_its_limits_and_not_one_beyond(fox: Stack, door: Any) -> None:
    for month in (MONTH_MIN, LAST):
        assert door(fox, month).status in {200, 201}, month
    for month in (shifted(MONTH_MIN, -1), shifted(LAST, 1), "2126-10", "0001-01"):
        refused = door(fox, month)
        assert (refused.status, [fault["field"] for fault in refused.json()["errors"]]) == (422, ["month"])
        assert refused.json()["detail"] == f"month: {month} is no month that is taken now; send one from {MONTH_MIN} to {LAST}"


@pytest.mark.parametrize("door", [revenue, levy])
def test_money_of_a_month_in_which_it_was_none_is_refused(fox: Stack, door: Any) -> None:
    assert door(fox, "2026-01", "BGN").status == 201
    refused = door(fox, "2026-02", "BGN")
    assert (refused.status, [fault["field"] for fault in refused.json()["errors"]]) == (422, ["currency"])
    assert "until 2026-01-31; for later days send EUR" in refused.json()["detail"]


def test_a_deal_begins_on_a_day_on_which_something_can_have_been_trained(fox: Stack) -> None:
    """From its first day on every settlement looks at its months, also everybody else's: from the year 1 on at 24,000 of them."""
    fee = {"mechanism": "licence_fee", "fee": {"amount": "10", "per": "month"}, "basis": "equal"}
    body = {"licensee": "fox", "licensor": "ann", "currency": "EUR", "terms": [fee]}
    fox.http("PUT", "/v1/parties/ann", party="ann", scope="registry.write", json={"name": "Ann", "kind": "label", "country": "SE"})

    def deal(day: str) -> Response:
        return fox.http("PUT", f"/v1/deals/{day}", party="ann", scope="registry.write", json=body | {"from": day})

    assert deal(TRAINED_ON_MIN).status == 201
    for day in ("1989-12-31", "0001-01-01"):
        refused = deal(day)
        assert (refused.status, [fault["field"] for fault in refused.json()["errors"]]) == (422, ["from"])
        assert f"{day} is no first day that is taken now; send one from {TRAINED_ON_MIN} on" in refused.json()["detail"]


def test_a_training_run_is_taken_at_its_limits_and_not_one_beyond(fox: Stack) -> None:
    def run(day: str) -> Response:
        body = {"run_id": day, "model": "m", "trained_on": day, "works": [{"work": "isrc:SEABC2600001", "weight": "1"}]}
        return fox.http("POST", "/v1/training-runs", party="fox", scope="disclosures.write", json=body)

    assert [run(day).status for day in (TRAINED_ON_MIN, "2026-10-02")] == [201, 201]
    for day in ("1989-12-31", "2026-10-03"):
        refused = run(day)
        assert (refused.status, [fault["field"] for fault in refused.json()["errors"]]) == (422, ["trained_on"])
