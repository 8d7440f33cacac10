"""Where a page of the console leads on to: the next page of the same list, and behind a form what the form was about."""

from __future__ import annotations

import base64
import re
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from overtone.api import paging
from overtone.api.routes import events
from overtone.console import page_request
from overtone.console.page_request import FORM_BYTES_MAX
from overtone.console.pages import money
from tests.integration import scenario
from tests.integration.console_scene import furnish, visitor
from tests.integration.visitors import Form

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.stack import Stack

NEXT = re.compile(r'href="(\?[^"]*cursor=[^"]*)" rel="next"')
FILTERED = [
    ("finance", "/console/payments?settlement_id=2026-10&state=sent&currency=EUR"),
    ("finance", "/console/statements?party_id=ann"),
    ("finance", "/console/invoices?licensee=fox&currency=EUR"),
    ("finance", "/console/events?type=settlement.sealed&since=2026-10-01"),
    ("finance", "/console/deals?status=accepted"),
    ("operator", "/console/batches?reporter=fox"),
    ("operator", "/console/distributions?society=stim"),
    ("musician", "/console/works?title=track"),
]
"""Lists of which a part was asked for, and of which more than one entry is there."""


@pytest.fixture(scope="module")
def settled_twice(deployed_stack: Stack) -> Iterator[Stack]:
    furnish(deployed_stack)
    scenario.work(deployed_stack, "track-2", "ann", {"ann": "1"}, title="Track again")
    deployed_stack.at("2026-12-10T06:00:00Z")
    assert scenario.settle(deployed_stack, "2026-11", "2026-11")["status"] == "sealed"
    yield deployed_stack
    deployed_stack.reset()


@pytest.mark.parametrize(("who", "page"), FILTERED, ids=lambda value: value)
def test_the_next_page_is_of_what_was_asked_for(settled_twice: Stack, monkeypatch: pytest.MonkeyPatch, who: str, page: str) -> None:
    """Its link had the cursor alone: behind the first hundred payments of an old settlement stood those of the newest one."""
    monkeypatch.setattr(paging, "PAGE_DEFAULT", 1)
    monkeypatch.setattr(events, "PAGE_DEFAULT", 1)
    person = visitor(settled_twice, who)
    shown = person.get(page).text
    (link,) = NEXT.findall(shown)
    following = parse_qs(urlsplit(unescape(link)).query)
    wanted = parse_qs(urlsplit(page).query)
    assert {name: following.get(name) for name in wanted} == wanted
    answer = person.get(f"{urlsplit(page).path}{unescape(link)}")
    assert answer.status == 200, answer.text


def test_payments_of_an_old_settlement_are_followed_by_its_own(settled_twice: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "PAGE_DEFAULT", 1)
    of_october, of_november = (
        {row["payment_id"] for row in scenario.payments(settled_twice, month).values()} for month in ("2026-10", "2026-11")
    )
    person, shown, found = visitor(settled_twice, "finance"), "?settlement_id=2026-10", set[str]()
    while shown:
        page = person.get(f"/console/payments{shown}").text
        found |= {payment for payment in of_october | of_november if payment and payment in page}
        links = NEXT.findall(page)
        shown = unescape(links[0]) if links else ""
    assert found == of_october - {""}


def test_a_settlement_that_is_too_old_to_be_offered_stays_the_one_that_is_looked_at(
    settled_twice: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list to pick from did not have it, so that whoever filtered its payments was shown those of the newest settlement."""
    monkeypatch.setattr(money, "SETTLEMENTS_LISTED", "1")
    shown = visitor(settled_twice, "finance").get("/console/payments?settlement_id=2026-10").text
    assert re.findall(r"<option( selected)?>(20[^<]*)<", shown) == [(" selected", "2026-10"), ("", "2026-11")]


FORMS = [
    (
        "finance",
        "/console/rates?settlement_id=2027-02",
        {"from-0": "EUR", "to-0": "SEK", "rate-0": "11", "source-0": "ECB"},
        "rate-0",
        "11",
    ),
    ("operator", "/console/tariff?society=stim", {"rights-0": "recording", "admin_fee-0": "0.07"}, "admin_fee-0", "0.07"),
    ("lab", "/console/completeness?month=2026-10", {"batches": "7", "records": "70"}, "month", "2026-10"),
]
"""Forms on pages of something that the page by itself would not choose, and what a field of theirs says then."""


@pytest.mark.parametrize(("who", "page", "sent", "field", "value"), FORMS, ids=[form[1] for form in FORMS])
def test_a_form_leads_back_to_what_it_was_about(
    settled_twice: Stack, who: str, page: str, sent: dict[str, str], field: str, value: str
) -> None:
    """It led to the page alone: to this month's empty rates, and an admin who had set a tariff was told that there is no such society."""
    person, action = visitor(settled_twice, who), urlsplit(page).path
    answer = person.send(page, action, **sent)
    assert answer.status == 303, answer.text
    back = person.get(answer.headers["location"])
    assert (back.status, urlsplit(answer.headers["location"]).path) == (200, action), back.text
    assert Form(back.text).forms[action][field] == value


def test_a_table_of_rates_of_any_length_that_a_page_shows_can_be_sent(settled_twice: Stack) -> None:
    """With 50 pairs or more the page had more fields than a form might have: finance could change none of them."""
    kinds = "AED AUD BRL CAD CHF CNY CZK DKK GBP HKD HUF IDR ILS INR ISK JPY KRW KWD MXN NOK NZD PHP PLN RON SAR SEK SGD THB TRY USD ZAR"
    rates = [{"from": code, "to": to, "rate": "1.25", "source": "ECB"} for code in kinds.split() for to in ("EUR", "XAF")]
    assert settled_twice.http("PUT", "/v1/fx/2027-01", scope="finance", json={"rates": rates}).status == 200
    person, page = visitor(settled_twice, "finance"), "/console/rates?settlement_id=2027-01"
    answer = person.send(page, "/console/rates", **{"rate-0": "4.5"})
    assert answer.status == 303, answer.text
    kept = settled_twice.http("GET", "/v1/fx/2027-01", scope="finance").json()["rates"]
    assert [rate["rate"] for rate in kept] == ["4.5"] + ["1.25"] * (len(rates) - 1)


def test_a_form_is_measured_as_it_was_written(settled_twice: Stack) -> None:
    """API Gateway hands a form over as base64, of which a third is no form."""
    person = visitor(settled_twice, "finance")
    for over in (0, 1):
        body = "x=".ljust(FORM_BYTES_MAX + over, "y").encode()
        event = {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}
        assert (page_request._form(event) is None) == bool(over)
    assert person.request("POST", "/console/rates", "x=".ljust(FORM_BYTES_MAX + 1, "y")).status == 413
