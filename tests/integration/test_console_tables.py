"""What a page of the console leaves as it was: rows of a table that nobody changed, versions to come, proposals beside others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from overtone.steps import archive
from tests.integration import scenario
from tests.integration.console_scene import OFFER, furnish, visitor
from tests.integration.visitors import Form

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.stack import Stack


@pytest.fixture
def settled(deployed_stack: Stack) -> Iterator[Stack]:
    furnish(deployed_stack)
    yield deployed_stack
    deployed_stack.reset()


def answered(stack: Stack, path: str, party: str) -> dict[str, Any]:
    found: dict[str, Any] = stack.http("GET", path, party=party, scope="registry.write").json()
    return found


def test_a_rate_of_a_tariff_stays_of_the_rights_that_it_is_of(settled: Stack) -> None:
    """The page knew four sets of rights and showed any other as the first of them, so whoever set one fee moved another to other money."""
    rates = [{"rights": ["composition", "likeness"], "admin_fee": "0.3"}, {"rights": ["recording"], "admin_fee": "0.1"}]
    path = "/v1/societies/stim/tariff"
    assert settled.http("PUT", path, party="stim", scope="registry.write", json={"rates": rates}).status == 201
    person = visitor(settled, "society")
    assert person.send("/console/tariff", "/console/tariff", **{"admin_fee-1": "0.2"}).status == 303
    kept = answered(settled, path, "stim")["rates"]
    assert [(rate["rights"], rate["admin_fee"]) for rate in kept] == [(["composition", "likeness"], "0.3"), (["recording"], "0.2")]


def test_what_a_work_allows_is_changed_also_where_another_version_is_to_come(settled: Stack) -> None:
    """The page sent the number of the version in force, and was refused for that of the one to come, which no page showed."""
    later = {"title": "Another", "effective_from": "2027-01-01"}
    assert settled.http("PATCH", "/v1/works/other", party="ann", scope="registry.write", json=later).status == 200
    person, page = visitor(settled, "musician"), "/console/works/other"
    assert "From 2027-01-01" in person.get(page).text
    answer = person.send(page, f"{page}/permissions", training="deny")
    assert answer.headers.get("location") == f"{page}?done=allowed", answer.text
    assert answered(settled, "/v1/works/other", "ann")["permissions"]["training"]["default"] == "deny"
    assert person.request("GET", page).status == 200
    assert "From 2027-01-01" not in person.get("/console/works/track").text


def test_a_proposal_is_answered_also_where_a_later_one_was_refused(settled: Stack) -> None:
    """The page had the answer to the newest version alone: what the licensee still offered could not be accepted there any more."""
    dearer = OFFER | {"terms": [{"mechanism": "direct_play", "rate": "0.9"}]}
    assert settled.http("PUT", "/v1/deals/offer", party="ann", scope="registry.write", json=dearer).status == 200
    person, lab, page = visitor(settled, "musician"), visitor(settled, "lab"), "/console/deals/offer"
    assert {f"{page}/versions/1/withdraw", f"{page}/versions/2/accept"} <= Form(lab.get(page).text).forms.keys()
    assert {f"{page}/versions/1/accept", f"{page}/versions/2/withdraw"} <= Form(person.get(page).text).forms.keys()
    assert lab.send(page, f"{page}/versions/2/refuse", reason="too dear").status == 303
    assert f"{page}/versions/2/withdraw" not in Form(person.get(page).text).forms
    assert person.send(page, f"{page}/versions/1/accept").headers["location"] == f"{page}?done=accepted"
    versions = answered(settled, "/v1/deals/offer/versions", "ann")["versions"]
    assert [version["status"] for version in versions] == ["accepted", "refused"]


def test_a_large_zip_is_waited_for(settled: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """While it was packed the page said that there is no such file."""
    monkeypatch.setattr(archive, "FILES_AT_ONCE_MAX", 1)
    person, page = visitor(settled, "finance"), "/console/settlements/2026-10/zip"
    packing = person.request("GET", page)
    assert packing.status == 200
    assert 'data-again-seconds="20"' in packing.text
    settled.drain()
    assert person.request("GET", page).status == 303


@pytest.mark.parametrize(
    "rows", ['nils,"Nils,SE,recording,play\nodile,Odile,FR,recording,play', 'nils,"' + "x" * 140_000], ids=["short", "long"]
)
def test_rows_of_members_with_a_quotation_that_nobody_closes_are_refused(settled: Stack, rows: str) -> None:
    """The rows below it were one cell of it, and said nothing; and where they were more than the csv module takes, the page was a 500."""
    head = "party,name,country,rights,uses\n"
    answer = visitor(settled, "society").send("/console/members", "/console/members", rows=head + rows)
    assert (answer.status, "line" in answer.text) == (400, True), answer.text
    assert not settled.errors


def test_a_bank_of_a_country_without_ibans_is_given_by_account_number(settled: Stack) -> None:
    """The page left the account number out where the way was SWIFT, said that the account was changed, and nobody could be paid to it."""
    person, page = visitor(settled, "musician"), "/console/account"
    bank = {"method": "swift", "bic": "BOFAUS3N", "account_number": "1234567", "currency": "USD"}
    answer = person.send(page, page, **bank)
    assert answer.status == 303, answer.text
    payout = answered(settled, "/v1/parties/ann", "ann")["payout"]
    assert {name: payout.get(name) for name in (*bank, "iban")} == bank | {"iban": None}
    assert "4567" in person.get(page).text


SEPA = {"method": "sepa", "iban": scenario.BANK["iban"]}
SWIFT = {"method": "swift", "iban": scenario.BANK["iban"], "bic": "BOFAUS3N"}
ACH = {"method": "ach", "routing_number": "021000021", "account_number": "77", "account_type": "savings"}


@pytest.mark.parametrize(
    ("stored", "typed", "status", "changed"),
    [
        (SEPA, {"bic": "BOFAUS3N"}, 303, {}),
        (SWIFT, {"bic": "NDEASESS"}, 303, {"bic": "NDEASESS"}),
        (ACH, {"account_number": "88"}, 303, {"account_number": "88"}),
        (SEPA, {"method": "swift"}, 422, {}),
    ],
    ids=["sepa", "swift", "ach", "from sepa to swift"],
)
def test_details_that_are_left_empty_stay_as_they_are(
    settled: Stack, stored: dict[str, str], typed: dict[str, str], status: int, changed: dict[str, str]
) -> None:
    """They were taken away: a payee who gave a BIC to an IBAN had no IBAN any more, and was told that the account was changed."""
    assert settled.http("PATCH", "/v1/parties/ann", party="ann", scope="registry.write", json={"payout": stored}).status == 200
    answer = visitor(settled, "musician").send("/console/account", "/console/account", **typed)
    assert answer.status == status, answer.text
    payout = answered(settled, "/v1/parties/ann", "ann")["payout"]
    assert {name: payout.get(name) for name in stored} == stored | changed


def test_what_a_likeness_allows_is_said_of_it_as_a_likeness(settled: Stack) -> None:
    """Its page had the two switches of other works, which nobody asks of a voice: whoever denied all of it there had denied nothing."""
    scenario.work(settled, "voice", "ann", {"ann": "1"}, "likeness", permissions={"likeness": {"default": "allow"}})
    person, page = visitor(settled, "musician"), "/console/works/voice"
    assert person.send(page, f"{page}/permissions", likeness="deny").headers["location"] == f"{page}?done=allowed"
    assert answered(settled, "/v1/works/voice", "ann")["permissions"]["likeness"]["default"] == "deny"
    assert 'name="training"' not in person.get(page).text
    assert 'name="likeness"' not in person.get("/console/works/other").text
    (row,) = [row for row in person.get("/console/works").text.split("<tr>") if "/console/works/voice" in row]
    assert row.count("<td>deny</td>") == 2, "a likeness says it of both"


@pytest.mark.parametrize("who", ["musician", "stranger"])
def test_a_work_in_a_month_that_is_none_is_refused(settled: Stack, who: str) -> None:
    """The page goes without what a work earned where that is refused, and the name of the month was a 500."""
    answer = visitor(settled, who).request("GET", "/console/works/track?month=2026-13")
    assert (answer.status, "is not a month" in answer.text) == (422, True)
    assert visitor(settled, who).request("GET", "/console/works/track?month=2026-09").status == 200


def test_the_office_reads_each_statement_as_its_party_s(settled: Stack) -> None:
    page = visitor(settled, "finance").get("/console/statements").text
    for party in ("ann", "stim"):
        assert f'href="/console/statements/2026-10?party_id={party}"' in page
    assert "party_id" not in visitor(settled, "musician").get("/console/statements").text
