"""What people do with the console's forms: each does what the API does, and the page says so."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.integration import scenario
from tests.integration.console_scene import HOSTILE, furnish, visitor
from tests.integration.visitors import Form, Visitor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.stack import Stack


@pytest.fixture(scope="module")
def settled(deployed_stack: Stack) -> Iterator[Stack]:
    furnish(deployed_stack)
    yield deployed_stack
    deployed_stack.reset()


def test_an_owner_changes_what_is_allowed_and_a_stranger_does_not(settled: Stack) -> None:
    person = visitor(settled, "musician")
    answer = person.send("/console/works/other", "/console/works/other/permissions", training="limit", training_max_share="0.25")
    assert answer.headers["location"] == "/console/works/other?done=allowed"
    assert "It counts from today on" in person.get(answer.headers["location"]).text
    said = settled.http("GET", "/v1/works/other", party="ann", scope="registry.write").json()["permissions"]
    assert (said["training"]["default"], said["training"]["max_share"], said["generation"]["default"]) == ("limit", "0.25", "allow")
    refused = visitor(settled, "stranger").send("/console/works/other", "/console/works/other/permissions", training="allow")
    assert refused.status == 403


def test_a_deal_is_accepted_by_the_party_that_it_waits_for(settled: Stack) -> None:
    page, action = "/console/deals/offer", "/console/deals/offer/versions/1/accept"
    assert action not in Form(visitor(settled, "lab").get(page).text).forms
    person = visitor(settled, "musician")
    offer = settled.http("GET", "/v1/deals/offer", party="ann", scope="registry.write").json()
    raised = settled.http("PUT", "/v1/deals/offer", party="ann", scope="registry.write", json=offer | {"to": "2040-12-31", "version": 1})
    assert raised.json()["version"] == 2, raised.text  # which waits for the other side, and hides nothing
    assert "waits for your answer" in person.get("/console").text
    assert person.send(page, action).headers["location"] == f"{page}?done=accepted"
    assert settled.http("GET", "/v1/deals/offer", party="ann", scope="registry.write").json()["status"] == "accepted"


def test_a_society_answers_mandates_enters_members_and_sets_what_it_keeps(settled: Stack) -> None:
    person, page = visitor(settled, "society"), "/console/members"
    front = person.get("/console").text
    assert all(f'href="{path}"' in front for path in (page, "/console/tariff", "/console/distributions"))
    assert "/console/members" not in visitor(settled, "musician").get("/console").text
    mandate = {"society": "stim", "rights": ["recording"], "uses": ["play"], "territories": ["*"]}
    offered = settled.http("PATCH", "/v1/parties/dora", party="dora", scope="registry.write", json={"mandates": [mandate]}).json()
    (of,) = [one["mandate"] for one in offered["accords"] if one["status"] == "proposed"]
    shown = person.get(f"{page}?status=proposed").text
    assert ("dora" in shown, "bob" in shown) == (True, False)
    action = f"{page}/dora/mandates/{of}"
    assert person.send(page, f"{action}/accept", evidence="form 7").headers["location"] == f"{page}?done=accepted-mandate"
    assert "dora" in person.get(f"{page}?status=accepted").text
    assert f"{action}/end" not in Form(visitor(settled, "finance").get(f"{page}?society=stim").text).forms
    assert person.send(page, f"{action}/end", reason="<b>moves</b>").headers["location"] == f"{page}?done=ended"
    member = settled.http("GET", "/v1/parties/dora", party="dora", scope="registry.write").json()["accords"]
    assert [one["end"]["reason"] for one in member if one["mandate"] == of] == ["<b>moves</b>"]
    rows = f'party,name,country,rights,uses\nnils,"Nyhem, {HOSTILE[:8]}",SE,recording,play|output\nodile,Odile,FR,lyrics,play\n'
    entered = person.send(page, page, rows=rows, evidence="letter").text
    assert ("2 received: 1 entered, 1 refused" in entered, "odile" in entered) == (True, True)
    assert "Nyhem, &lt;script&gt;" in person.get(page).text
    fees = {"rights-0": "recording", "uses-0": "play", "admin_fee-0": "0.12", "cultural_deduction-0": ""}
    assert person.send("/console/tariff", "/console/tariff", **fees).headers["location"] == "/console/tariff?done=tariff"
    (rate,) = settled.http("GET", "/v1/societies/stim/tariff", party="stim", scope="registry.write").json()["rates"]
    assert (rate["rights"], rate["uses"], rate["admin_fee"], rate["cultural_deduction"]) == (["recording"], ["play"], "0.12", "0")
    assert person.send("/console/tariff", "/console/tariff", **fees | {"admin_fee-0": "2"}).status == 422
    assert person.request("POST", "/console/tariff", "admin_fee-0=0.5").status == 403, "a form of ours has the session's key"
    sums = settled.http("GET", "/v1/societies/stim/distributions/2026-10", party="stim", scope="statements.read").json()["items"]
    told = person.get("/console/distributions/2026-10").text
    assert sums
    assert all(one["member"] in told for one in sums)
    assert person.get("/console/distributions/2026-10/file").text.startswith("member_id,")


def test_a_partition_that_is_set_aside_is_seen_and_tried_again(settled: Stack) -> None:
    (page,) = [item for item in settled.items("UsageTable") if item["pk"] == "usage#fox#2026-11-03#0000" and item["sk"].startswith("PAGE#")]
    settled.table("UsageTable").put_item(Item=page | {"page": b"no page at all"})
    scenario.usage(settled, "b-12", (scenario.ISRC, "2026-11-03", 1))
    for hour in range(7, 16, 2):
        scenario.accrue(settled, f"2026-11-10T{hour:02d}:00:00Z")
    operator = visitor(settled, "operator")
    shown = operator.get("/console/health").text
    assert "usage:fox:2026-11-03:0000" in shown
    assert "set aside" in visitor(settled, "lab").get("/console/batches").text
    action = "/console/quarantine/usage%3Afox%3A2026-11-03%3A0000/retry"
    settled.table("UsageTable").put_item(Item=page)
    assert operator.send("/console/health", action).headers["location"] == "/console/health?done=retried"
    settled.drain()
    assert "Nothing: everything that was accepted is counted." in operator.get("/console/health").text


def test_bank_details_are_changed_and_shown_by_their_end(settled: Stack) -> None:
    person = visitor(settled, "stranger")
    assert "7466" in person.get("/console/account").text
    assert scenario.BANK["iban"] not in person.get("/console/account").text
    assert person.send("/console/account", "/console/account", method="sepa", iban="SE0000").status == 422
    answer = person.send("/console/account", "/console/account", method="sepa", iban="NO93 8601 1117 947", currency="EUR", period="quarter")
    assert answer.status == 303, answer.text
    payout = settled.http("GET", "/v1/parties/dora", party="dora", scope="registry.write").json()["payout"]
    assert (payout["iban"], payout["period"], payout["currency"]) == ("NO9386011117947", "quarter", "EUR")


def test_a_second_person_accepts_and_the_first_cannot(settled: Stack) -> None:
    first, second = Visitor(settled), Visitor(settled)
    first.sign_in(user="ines")
    second.sign_in(user="tomas")
    about = {"adjustment_id": "adj-2", "party": "ann", "amount": "-1.50", "currency": "EUR", "reason": "mistake", "evidence": "mail"}
    proposed = first.send("/console/approvals", "/console/approvals/adjustments", **about)
    assert proposed.headers["location"] == "/console/approvals?done=proposed"
    action = "/console/approvals/adjustments/adj-2/accept"
    assert first.send("/console/approvals", action).status == 403
    assert second.send("/console/approvals", action).headers["location"] == "/console/approvals?done=accepted"


def test_finance_previews_a_month_and_money_is_recorded(settled: Stack) -> None:
    person = visitor(settled, "finance")
    answer = person.send("/console/month?month=2026-11", "/console/settlements", what="preview", preview_id="look-1", early="1")
    assert answer.headers["location"] == "/console/settlements/look-1?done=previewing"
    following = person.get(answer.headers["location"]).text
    assert "being computed" in following
    assert "data-again-seconds" in following
    settled.drain()
    shown = person.get("/console/settlements/look-1").text
    assert "previewed" in shown
    assert "data-again-seconds" not in shown
    assert "/console/rates?settlement_id=early-2026-11-1" in person.get("/console/month?month=2026-11").text
    early = person.send("/console/month?month=2026-11", "/console/settlements", early="1")
    assert early.headers["location"] == "/console/settlements/early-2026-11-1?done=settling", "the schedule's name is left to it"
    paid = {"collection_id": "c-1", "licensee": "fox", "currency": "EUR", "amount": "12.34", "received_on": "2026-11-09"}
    assert person.send("/console/receivables", "/console/receivables", **paid).status == 303
    assert "12.34" in person.get("/console/receivables").text
    rates = {"settlement_id": "2026-11", "from-0": "EUR", "to-0": "SEK", "rate-0": "11.2", "source-0": "ECB"}
    assert person.send("/console/rates?settlement_id=2026-11", "/console/rates", **rates).status == 303
    assert "11.2" in person.get("/console/rates?settlement_id=2026-11").text


def test_finance_picks_a_scenario_and_sees_who_gains(settled: Stack) -> None:
    person, page = visitor(settled, "finance"), "/console/what-ifs"
    assert "Only attribution of a confidence" in person.get(page).text
    answer = person.send(page, page, scenario="unregistered-fund", month="2026-10")
    assert answer.headers["location"] == f"{page}/unregistered-fund-2026-10?done=asked", answer.text
    assert "data-again-seconds" in person.get(answer.headers["location"]).text
    settled.drain()
    shown = person.get(f"{page}/unregistered-fund-2026-10").text
    assert "data-again-seconds" not in shown
    (who,) = re.findall(r"<bdi>([^<]*fund[^<]*)</bdi>", shown)
    (row,) = [row for row in person.get(f"{page}/unregistered-fund-2026-10/files/payees.csv").text.splitlines() if who in row]
    assert not row.rpartition(",")[2].startswith(("-", "0,")), "it gains"
    one, own = f"{page}/unregistered-fund-2026-10", "/console/would-have-earned"
    payee = visitor(settled, "musician")
    assert "Nothing is shared yet" in payee.get(own).text
    assert person.send(one, f"{one}/share").status == 303
    assert "As it is" in payee.get(own).text
    assert person.send(one, f"{one}/unshare").status == 303
    assert "Nothing is shared yet" in payee.get(own).text
    assert person.send(page, page, scenario="no-such", month="2026-10").status == 404
    assert person.send(page, page, scenario="nothing", month="2026-13").status == 422
    assert person.send(page, page, scenario="user-centric", month="2026-10").status == 422, "its deal is of another story"


def test_lines_are_found_and_lead_to_their_reasons(settled: Stack) -> None:
    person = visitor(settled, "finance")
    everything = person.get("/console/settlements/2026-10/lines").text
    found = person.get("/console/settlements/2026-10/lines?title=TRACK&party_id=ann").text
    assert 0 < found.count(">Why<") < everything.count(">Why<")
    (why, *_) = [link for link in Form(found).links if link.startswith("/console/lines/")]
    assert "agrees with the line" in person.get(why).text


def test_an_owner_sees_who_asked(settled: Stack) -> None:
    shown = visitor(settled, "musician").get("/console/asked").text
    assert ("ask-1" in shown, "fox" in shown, "training" in shown) == (True, True, True)
    assert "Nobody yet." in visitor(settled, "stranger").get("/console/asked").text


def test_a_lab_sees_its_keys_and_has_its_events_delivered(settled: Stack) -> None:
    person, page = visitor(settled, "lab"), "/console/keys"
    assert "fox-batch" in person.get(page).text
    made = person.send(page, page, endpoint_id="mine", url="http://127.0.0.1:9/hook", types="batch.rejected", note="ours")
    (secret,) = re.findall(r"whsec_[A-Za-z0-9+/=]+", made.text)
    assert secret not in person.get(page).text
    one = f"{page}/mine"
    shown = person.get(one).text
    assert ("http://127.0.0.1:9/hook" in shown, secret in shown) == (True, False)
    (other,) = re.findall(r"whsec_[A-Za-z0-9+/=]+", person.send(one, f"{one}/rotate").text)
    assert other != secret
    assert person.send(one, f"{one}/stop").headers["location"] == f"{one}?done=stop"
    kept = settled.http("GET", "/v1/webhooks/mine", party="fox", scope="usage.write").json()
    assert (kept["enabled"], kept["types"], kept["note"]) == (False, ["batch.rejected"], "ours")
    assert person.send(one, f"{one}/start").headers["location"] == f"{one}?done=start"
    assert person.send(one, f"{one}/replay", since="2026-11-01").headers["location"] == f"{one}?done=replayed"
    assert person.send(page, page, endpoint_id="bad", url="https://10.0.0.1/").status == 422
    assert person.send(one, f"{one}/remove").headers["location"] == f"{page}?done=removed"
    assert person.get(one).status == 404
    settled.drain()


def test_the_operator_binds_a_client_and_releases_it(settled: Stack) -> None:
    person, page = visitor(settled, "operator"), "/console/parties/dora"
    assert person.send(page, f"{page}/clients", client_id="dora-1").headers["location"] == f"{page}?done=bound"
    assert "dora-1" in visitor(settled, "stranger").get("/console/keys").text
    assert f"{page}/clients" not in Form(visitor(settled, "finance").get(page).text).forms
    assert person.send(page, f"{page}/clients/dora-1/release").headers["location"] == f"{page}?done=released"
    assert "dora-1" not in visitor(settled, "stranger").get("/console/keys").text


def test_what_the_bank_returned_is_recorded_and_told(settled: Stack) -> None:
    person, page = visitor(settled, "finance"), "/console/payments?settlement_id=2026-10"
    payments = settled.http("GET", "/v1/payments?settlement_id=2026-10", scope="finance").json()["items"]
    (hers,) = [one for one in payments if one["party_id"] == "ann"]
    rows = f"payment_id,status,reason\n{hers['payment_id']},returned,AC04\nno-such,executed,\n"
    told = person.send(page, "/console/payments/2026-10/answers", answer=rows).text
    assert ("1 returned or refused" in told, hers["payment_id"] in told, "no-such" in told) == (True, True, True)
    assert "AC04" in person.get(page).text
    assert person.send(page, "/console/payments/2026-10/answers", answer="<Document").status == 400


def test_a_refund_takes_two_persons_as_well(settled: Stack) -> None:
    first, second = Visitor(settled), Visitor(settled)
    first.sign_in(user="ines")
    second.sign_in(user="tomas")
    paid = {"collection_id": "c-refund", "licensee": "fox", "currency": "EUR", "amount": "5000", "received_on": "2026-11-09"}
    assert first.send("/console/receivables", "/console/receivables", **paid).status == 303
    about = {"refund_id": "back-1", "licensee": "fox", "currency": "EUR", "amount": "7.50", "reason": "paid twice", "evidence": "mail"}
    page, action = "/console/approvals", "/console/approvals/refunds/back-1/accept"
    assert first.send(page, f"{page}/refunds", **about).headers["location"] == f"{page}?done=proposed"
    assert first.send(page, action).status == 403
    assert second.send(page, action).headers["location"] == f"{page}?done=accepted"
    refunds = settled.http("GET", "/v1/refunds", scope="finance").json()["items"]
    assert [(one["refund_id"], one["status"]) for one in refunds] == [("back-1", "accepted")]


def test_balances_of_another_system_are_proposed_as_rows(deployed_stack: Stack) -> None:
    """Before the first settlement, so in a stack of its own making."""
    deployed_stack.reset()
    scenario.party(deployed_stack, "ann", "creator", payout=scenario.BANK)
    first, second = Visitor(deployed_stack), Visitor(deployed_stack)
    first.sign_in(user="ines")
    second.sign_in(user="tomas")
    page, action = "/console/approvals", "/console/approvals/opening-balances/open-1/accept"
    about = {"opening_id": "open-1", "evidence": "last year's books", "rows": "party,currency,balance\nann,EUR,12.50\n"}
    assert first.send(page, f"{page}/opening-balances", **about).headers["location"] == f"{page}?done=proposed"
    assert "1 balances of another system" in second.get(page).text
    assert first.send(page, action).status == 403
    assert second.send(page, action).headers["location"] == f"{page}?done=accepted"
    (kept,) = deployed_stack.http("GET", "/v1/opening-balances", scope="finance").json()["items"]
    assert (kept["opening_id"], kept["status"], kept["balances"][0]["party"]) == ("open-1", "accepted", "ann")


def test_what_was_earned_is_plotted_with_its_table_and_over_time(deployed_stack: Stack) -> None:
    furnish(deployed_stack)
    person = visitor(deployed_stack, "musician")
    alone = person.get("/console/earnings").text
    assert (alone.count("<svg"), "Over time" in alone) == (1, False), "one statement is no course"
    deployed_stack.at("2026-12-03T06:00:00Z")
    assert scenario.settle(deployed_stack, "2026-11", "2026-11")["status"] == "sealed"
    shown = person.get("/console/earnings").text
    told = [
        deployed_stack.http("GET", f"/v1/statements/{name}", party="ann", scope="statements.read").json() for name in ("2026-10", "2026-11")
    ]
    plots = re.findall(r'<svg class="plot" role="img" aria-label="([^"]+)".*?</svg>', shown, re.DOTALL)
    assert plots == ["What each source came to in EUR", "What each settlement came to in EUR"]
    sources = {one["heading"] for statement in told for one in statement["sources"]}
    assert all(f'<th scope="row">{heading}</th>' in shown for heading in sources)
    assert all(f">{one['settlement_id']}</a></th>" in shown for one in told)


NO_NUMBERS = {
    ("lab", "/console/completeness", "/console/completeness"): ({"batches": "\N{SUPERSCRIPT TWO}"}, {"records": "9" * 5_000}),
    ("musician", "/console/works/other", "/console/works/other/permissions"): ({"version": "x"}, {"version": "-1"}),
    ("finance", "/console/rates", "/console/rates"): ({"from-\N{SUPERSCRIPT TWO}": "USD"}, {f"from-{'9' * 5_000}": "USD"}),
    ("society", "/console/tariff", "/console/tariff"): ({"admin_fee-\N{SUPERSCRIPT TWO}": "0.1"},),
}


TABLES = ("/console/rates", "/console/tariff")
"""In these such a field is one of no row."""


@pytest.mark.parametrize("form", NO_NUMBERS, ids=" ".join)
def test_what_is_no_number_in_a_form_is_no_error_of_ours(settled: Stack, form: tuple[str, str, str]) -> None:
    """What looks like a digit to Python may be none that it can read: the page said that the cause is in the log, and an alarm rang."""
    who, page, action = form
    for fields in NO_NUMBERS[form]:
        answer = visitor(settled, who).send(page, action, **fields)
        assert (answer.status < 500, "done=" in answer.headers.get("location", "") and action not in TABLES) == (True, False), fields
