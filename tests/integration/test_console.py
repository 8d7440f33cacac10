"""The console without a browser: who sees what, and what nobody can make it do."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from local import what_if
from local.hosted_sign_in import PATH
from overtone.console import session, sign_in
from tests.integration import scenario
from tests.integration.visitors import Form, Visitor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.stack import Stack

HOSTILE = "<script>alert(1)</script>\"'{{7*7}}"
PAGE_BYTES_MAX = 200_000
PAGE_CPU_SECONDS_MAX = 1.0
"""Of this process, whatever else the machine does; the dearest page took a tenth of it."""
RIGHTS = ("statements.read", "registry.write")
LICENSEE = ("usage.write", "disclosures.write", "registry.write")
PERSONS: dict[str, tuple[str, tuple[str, ...]]] = {
    "musician": ("ann", RIGHTS),
    "stranger": ("dora", RIGHTS),
    "society": ("stim", RIGHTS),
    "lab": ("fox", LICENSEE),
    "finance": ("", ("finance",)),
    "operator": ("", ("admin",)),
}
OFFICE = {"finance", "operator"}
OWNERS = {"musician", "stranger", "society"}


@pytest.fixture(scope="module")
def settled(deployed_stack: Stack) -> Iterator[Stack]:
    """A month settled, another one reported, a deal proposed, an adjustment waiting, a hostile title."""
    stack = deployed_stack
    stack.reset()
    scenario.world(stack)
    scenario.party(stack, "dora", "creator", payout=scenario.BANK)
    scenario.work(stack, "hostile", "ann", {"ann": "1"}, identifiers=["isrc:SEABC2600003"], title=HOSTILE)
    terms = {"mechanism": "direct_play", "rate": "0.004"}
    offer = {"licensee": "fox", "licensor": "ann", "currency": "EUR", "from": "2026-12-01", "territories": ["*"], "terms": [terms]}
    assert stack.http("PUT", "/v1/deals/offer", party="fox", scope="registry.write", json=offer).status == 201
    clearance = {"clearance_id": "ask-1", "use": "training", "day": "2026-10-05", "works": [scenario.ISRC]}
    assert stack.http("POST", "/v1/clearances", party="fox", scope="disclosures.write", json=clearance).status == 201
    stack.at("2026-11-10T06:00:00Z")
    assert scenario.settle(stack)["status"] == "sealed"
    terms_of_others = what_if.load(what_if.SCENARIOS / "certain-only.yaml") | {"what_if_id": "certain-only-2026-10"}
    assert stack.http("POST", "/v1/what-ifs", scope="finance", json=terms_of_others).status == 202
    stack.drain()
    by_hand = {"adjustment_id": "adj-1", "party": "ann", "amount": "5", "currency": "EUR", "reason": "goodwill", "evidence": "letter 7"}
    token = stack.token(None, "finance", sub="somebody-else")
    assert stack.http("POST", "/v1/adjustments", token=token, json=by_hand).status == 201
    scenario.usage(stack, "b-11", (scenario.ISRC, "2026-11-03", 4))
    scenario.accrue(stack, "2026-11-10T06:15:00Z")
    assert not stack.errors
    yield stack
    stack.reset()


def visitor(stack: Stack, who: str) -> Visitor:
    made = Visitor(stack)
    party, groups = PERSONS[who]
    answer = made.sign_in(party, *groups)
    assert answer.status == 200, answer.text
    return made


def line_of(stack: Stack, party: str) -> str:
    told = stack.http("GET", "/v1/statements/2026-10", party=party, scope="statements.read").json()
    return str(told["sources"][0]["works"][0]["lines"][0]["line_id"])


def pages(stack: Stack) -> dict[str, set[str]]:
    """Every page, and who may see it."""
    everybody = set(PERSONS)
    line = line_of(stack, "ann")
    return {
        "/console": everybody,
        "/console/events": everybody,
        "/console/earnings": OWNERS,
        "/console/would-have-earned": OWNERS | OFFICE,
        "/console/waiting": OWNERS,
        "/console/statements": OWNERS,
        "/console/statements/2026-10": {"musician", "society"},
        "/console/statements?party_id=ann": {"musician", *OFFICE},
        "/console/statements/2026-10?party_id=ann": {"musician", *OFFICE},
        f"/console/lines/2026-10/{line}": {"musician", *OFFICE},
        f"/console/lines/2026-10/{line}/text": {"musician", *OFFICE},
        "/console/works": everybody,
        "/console/works/track": everybody,
        "/console/deals": everybody,
        "/console/deals/offer": {"musician", "lab", *OFFICE},
        "/console/account": OWNERS | {"lab"},
        "/console/batches": {"lab"},
        "/console/batches/b-1": {"lab"},
        "/console/batches?reporter=fox": {"lab", *OFFICE},
        "/console/disclosures": {"lab"},
        "/console/clearances": everybody - OFFICE,
        "/console/clearances/ask-1": {"lab"},
        "/console/completeness": {"lab", *OFFICE},
        "/console/invoices": everybody,
        "/console/month": OFFICE,
        "/console/settlements": OFFICE,
        "/console/settlements/2026-10": OFFICE,
        "/console/settlements/2026-10/lines": OFFICE,
        "/console/settlements/2026-10/lines?party_id=ann&title=track": OFFICE,
        "/console/settlements/2026-10/files/lines.csv": OFFICE,
        "/console/settlements/2026-10/files/statements/ann.json": OFFICE,
        "/console/settlements/2026-10/zip": OFFICE,
        "/console/receivables": OFFICE,
        "/console/payments": OFFICE,
        "/console/suspense": everybody - {"lab"},
        "/console/breaches": everybody - {"lab"},
        "/console/approvals": OFFICE,
        "/console/rates": OFFICE,
        "/console/what-ifs": OFFICE,
        "/console/what-ifs/certain-only-2026-10": OFFICE,
        "/console/what-ifs/certain-only-2026-10/files/payees.csv": OFFICE,
        "/console/health": OFFICE,
        "/console/operations": OFFICE,
        "/console/runbook": OFFICE,
        "/console/costs?month=2026-10": OFFICE,
        "/console/members": {"society"},
        "/console/members?society=stim": {"society", *OFFICE},
        "/console/members?society=ann": set(),
        "/console/tariff": {"society"},
        "/console/tariff?society=stim": everybody,
        "/console/distributions": {"society"},
        "/console/distributions?society=stim": {"society", *OFFICE},
        "/console/distributions/2026-10": {"society"},
        "/console/distributions/2026-10?society=stim": {"society", *OFFICE},
        "/console/distributions/2026-10/file": {"society"},
        "/console/parties": everybody,
        "/console/parties/ann": everybody,
        "/console/no-such-page": set(),
    }


@pytest.mark.parametrize("who", PERSONS)
def test_every_person_sees_her_own_pages_and_no_other(settled: Stack, who: str) -> None:
    person = visitor(settled, who)
    found = {}
    for page, allowed in pages(settled).items():
        began = time.process_time()
        answer = person.get(page)
        seconds = time.process_time() - began
        assert seconds < PAGE_CPU_SECONDS_MAX, (page, seconds)
        assert answer.status in ({200} if who in allowed else {403, 404}), (who, page, answer.status, answer.text[-600:])
        assert len(answer.body) <= PAGE_BYTES_MAX, page
        found[page] = answer
    assert not settled.errors
    if who == "musician":
        assert "&lt;script&gt;" in found["/console/works"].text
    for page, answer in found.items():
        if answer.headers["content-type"].startswith("text/html"):
            assert "<script>alert" not in answer.text, page
            ids = Form(answer.text).ids
            assert len(ids) == len(set(ids)), page


def test_what_nobody_is_signed_in_to_see(settled: Stack) -> None:
    nobody = Visitor(settled)
    for page in pages(settled):
        answer = nobody.request("GET", page)
        assert (answer.status, urlsplit(answer.headers["location"]).path) == (303, f"{PATH}authorize"), page
    assert nobody.request("POST", "/console/settlements", "month=2026-11").status == 403


def test_every_answer_holds_the_browser_to_its_rules(settled: Stack) -> None:
    person = visitor(settled, "musician")
    for answer in (person.get("/console"), person.get("/console/nothing"), person.request("GET", "/console/sign-in")):
        rules = answer.headers["content-security-policy"]
        assert "default-src 'none'" in rules
        assert "frame-ancestors 'none'" in rules
        assert "form-action 'self'" in rules
        assert "unsafe" not in rules
        assert (answer.headers["x-frame-options"], answer.headers["x-content-type-options"]) == ("DENY", "nosniff")
        assert answer.headers["cache-control"] == "no-store"
    page = person.get("/console/earnings").text
    assert not re.search(r"\son\w+=|\sstyle=|javascript:|<style|<script(?! src=)", page)
    for kept in re.findall(r'(?:href|src)="(/console/static/[^"]+)"', page):
        asset = person.get(kept)
        assert (asset.status, "immutable" in asset.headers["cache-control"]) == (200, True)
    assert person.get("/console/static/../session.py").status in {400, 404}


def test_the_session_is_a_sealed_cookie_for_this_host_alone(settled: Stack) -> None:
    person = Visitor(settled)
    departed = person.request("GET", "/console/sign-in")
    asked = urlsplit(departed.headers["location"]).query
    picked = person.request("GET", f"{PATH}continue?{asked}&party=ann&group:statements.read=1")
    arrival = urlsplit(picked.headers["location"])
    arrived = person.request("GET", f"{arrival.path}?{arrival.query}")
    cookies = [*departed.cookies, *arrived.cookies]
    assert {cookie.partition("=")[0] for cookie in cookies} == {session.SESSION_COOKIE, session.SIGNING_IN_COOKIE}
    for cookie in cookies:
        assert cookie.startswith("__Host-")
        assert {"Path=/", "Secure", "HttpOnly", "SameSite=Lax"} <= {part.strip() for part in cookie.split(";")}
        assert "eyJ" not in cookie, "no token of the provider is in the browser"
    sealed = person.cookies[session.SESSION_COOKIE]
    for forged in (sealed[:-2], sealed[1:], "x", person.cookies.get(session.SIGNING_IN_COOKIE, "a" * 50), "=" * 9):
        other = Visitor(settled)
        other.cookies[session.SESSION_COOKIE] = forged
        assert other.request("GET", "/console").status == 303


def test_a_code_is_worth_nothing_without_the_browser_that_asked_for_it(settled: Stack) -> None:
    hers, theirs = Visitor(settled), Visitor(settled)
    asked = urlsplit(hers.request("GET", "/console/sign-in").headers["location"]).query
    back = urlsplit(hers.request("GET", f"{PATH}continue?{asked}&party=ann").headers["location"])
    theirs.request("GET", "/console/sign-in")
    assert theirs.request("GET", f"{back.path}?{back.query}").status == 403
    assert hers.request("GET", f"{back.path}?{back.query}x").status == 403
    assert hers.request("GET", f"{back.path}?{back.query}").status == 303
    assert hers.request("GET", f"{back.path}?{back.query}").headers["location"] == "/console"


@pytest.mark.parametrize(
    "back", ["https://evil.example/", "//evil.example", "/\\evil.example", "/consoles", "/console//evil.example", "/v1/x"]
)
def test_signing_in_leads_to_no_other_place(settled: Stack, back: str) -> None:
    assert sign_in.inside(back) == "/console"
    person = Visitor(settled)
    asked = urlsplit(person.request("GET", "/console/sign-in?back=" + back.replace("\\", "%5C")).headers["location"]).query
    picked = urlsplit(person.request("GET", f"{PATH}continue?{asked}&party=ann").headers["location"])
    assert person.request("GET", f"{picked.path}?{picked.query}").headers["location"] == "/console"


def test_one_comes_back_to_the_page_that_one_wanted(settled: Stack) -> None:
    assert sign_in.inside("/console/lines/2026-10/abc?party_id=ann") == "/console/lines/2026-10/abc?party_id=ann"
    person = Visitor(settled)
    asked = urlsplit(person.request("GET", "/console/works?title=track").headers["location"]).query
    assert "Track" in person.get(f"{PATH}continue?{asked}&party=ann&group:registry.write=1").text


def test_a_form_of_another_session_does_nothing(settled: Stack) -> None:
    person, other = visitor(settled, "musician"), visitor(settled, "stranger")
    action = "/console/works/track/permissions"
    form = Form(person.get("/console/works/track").text).forms[action]
    stolen = Form(other.get("/console/account").text).forms["/console/account"]["form_key"]
    for key in ("", stolen):
        sent = f"form_key={key}&training=deny&version={form['version']}"
        assert person.request("POST", action, sent).status == 403
    rightful = f"form_key={form['form_key']}&training=deny&version={form['version']}"
    assert person.request("POST", action, rightful, **{"sec-fetch-site": "cross-site"}).status == 403
    assert (
        settled.http("GET", "/v1/works/track", party="ann", scope="registry.write").json()["permissions"]["training"]["default"] == "allow"
    )


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


def test_one_signs_out(settled: Stack) -> None:
    person = visitor(settled, "musician")
    assert person.send("/console", "/console/sign-out").headers["location"] == "/console/signed-out"
    assert session.SESSION_COOKIE not in person.cookies
    assert "Sign in again" in person.get("/console/signed-out").text
    assert person.request("GET", "/console").status == 303
