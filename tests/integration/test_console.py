"""The console without a browser: who sees which page and sends which form, and what nobody can make it do."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

import pytest

from local.functions import load_module
from local.generate import ROOT
from local.hosted_sign_in import PATH
from overtone.console import session, sign_in
from tests.integration.console_scene import HOSTILE, PERSONS, FormSent, forms, furnish, pages, visitor
from tests.integration.visitors import Form, Visitor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.stack import Stack

PAGE_BYTES_MAX = 200_000
PAGE_CPU_SECONDS_MAX = 1.0
"""Of this process, whatever else the machine does; the dearest page took a tenth of it."""
PAGE_CALLS_MAX = 16
"""Calls of the APIs' functions that one page makes: each is an invocation, and somebody waits for it."""
ROUTES = load_module(ROOT / "functions" / "console", "app").console.routes
VARIABLE = re.compile(r"\{\w+\}")
ASKED = (
    *("month", "cursor", "party_id", "status", "state", "title", "settlement_id", "line_id"),
    *("from", "reporter", "society", "kind", "since"),
)
AWAY = "//evil.example/" + HOSTILE


@pytest.fixture(scope="module")
def settled(deployed_stack: Stack) -> Iterator[Stack]:
    furnish(deployed_stack)
    yield deployed_stack
    deployed_stack.reset()


def routes_of(method: str) -> set[str]:
    return {route.path for route in ROUTES if route.method == method}


def reached(method: str, paths: list[str]) -> set[str]:
    """The routes that some paths lead to."""
    plain = [urlsplit(path).path for path in paths]
    return {next(r.path for r in ROUTES if r.method == method and r.pattern.match(path)) for path in plain if known(method, path)}


def known(method: str, path: str) -> bool:
    return any(route.method == method and route.pattern.match(path) for route in ROUTES)


def test_every_page_and_every_form_is_in_the_tables(settled: Stack) -> None:
    assert reached("GET", list(pages(settled))) == routes_of("GET")
    assert reached("POST", [form.action for form in forms(settled)]) == routes_of("POST")


def test_finance_finds_everybody_s_statements_each_with_whose_it_is(settled: Stack) -> None:
    page = visitor(settled, "finance").get("/console/statements").text
    for party in ("ann", "stim"):
        assert f'href="/console/parties/{party}"' in page
        assert f'href="/console/statements/2026-10?party_id={party}"' in page
    assert "party_id=" not in visitor(settled, "musician").get("/console/statements").text


@pytest.mark.parametrize("who", PERSONS)
def test_every_person_sees_her_own_pages_and_no_other(settled: Stack, who: str) -> None:
    person = visitor(settled, who)
    found = {}
    for page, allowed in pages(settled).items():
        meter = settled.metered()
        began = time.process_time()
        answer = person.get(page)
        seconds = time.process_time() - began
        assert seconds < PAGE_CPU_SECONDS_MAX, (page, seconds)
        calls = sum(number for (_, service, operation), number in meter.calls.items() if (service, operation) == ("lambda", "Invoke"))
        assert calls <= PAGE_CALLS_MAX, (page, calls)
        assert answer.status in ({200} if who in allowed else {403, 404}), (who, page, answer.status, answer.text[-600:])
        assert len(answer.body) <= PAGE_BYTES_MAX, page
        found[page] = answer
    settled.runtime.meter = None
    assert not settled.errors
    if who == "musician":
        assert "&lt;script&gt;" in found["/console/works"].text
    for page, answer in found.items():
        if answer.headers["content-type"].startswith("text/html"):
            ids = Form(answer.text).ids
            assert len(ids) == len(set(ids)), page


@pytest.mark.parametrize("who", PERSONS)
def test_nobody_sends_a_form_that_is_not_hers_to_send(settled: Stack, who: str) -> None:
    person = visitor(settled, who)
    key = Form(person.get("/console").text).forms["/console/sign-out"]["form_key"]
    before = stored(settled)
    for form in forms(settled):
        if who not in form.allowed:
            answer = person.request("POST", form.action, urlencode({"form_key": key} | form.fields))
            assert answer.status in {403, 404}, (who, form, answer.status, answer.text[-600:])
    assert stored(settled) == before


def stored(stack: Stack) -> list[list[dict[str, Any]]]:
    return [stack.items(table) for table in ("UsageTable", "RegistryTable", "LedgerTable")]


def test_no_form_does_anything_without_its_session_s_key(settled: Stack) -> None:
    before = stored(settled)
    people = {who: visitor(settled, who) for who in PERSONS}
    keys = {who: Form(person.get("/console").text).forms["/console/sign-out"]["form_key"] for who, person in people.items()}
    elsewhere = FormSent("/console/sign-out", {}, set(PERSONS))
    for form in (*forms(settled), elsewhere):
        who = min(form.allowed)
        stolen = keys["stranger" if who != "stranger" else "lab"]
        for sent, header in (({}, {}), ({"form_key": stolen}, {}), ({"form_key": keys[who]}, {"sec-fetch-site": "cross-site"})):
            answer = people[who].request("POST", form.action, urlencode(sent | form.fields), **header)
            assert answer.status == 403, form
            assert "older than your session" in answer.text
        assert Visitor(settled).request("POST", form.action, urlencode(form.fields)).status == 403
    assert stored(settled) == before


@pytest.mark.parametrize("who", ["musician", "finance"])
def test_whatever_an_address_says_it_is_shown_as_text_and_leads_nowhere_else(settled: Stack, who: str) -> None:
    """Each answer is looked at by the visitor itself, see `visitors.checked`."""
    person = visitor(settled, who)
    for route in ROUTES:
        if route.method == "GET":
            path = VARIABLE.sub(quote(AWAY, safe=""), route.path)
            answer = person.request("GET", f"{path}?{urlencode(dict.fromkeys(ASKED, AWAY))}")
            assert answer.status in {200, 303, 400, 403, 404, 422}, (path, answer.status)
    assert not settled.errors


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


def test_a_page_whose_address_no_cookie_can_hold_stops_no_sign_in(settled: Stack) -> None:
    for length in (1_900, 4_000):
        answer = Visitor(settled).sign_in("ann", "registry.write", back=f"/console/works?title={'a' * length}")
        assert answer.status == 200, length


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


def test_one_signs_out(settled: Stack) -> None:
    person = visitor(settled, "musician")
    assert person.send("/console", "/console/sign-out").headers["location"] == "/console/signed-out"
    assert session.SESSION_COOKIE not in person.cookies
    assert "Sign in again" in person.get("/console/signed-out").text
    assert person.request("GET", "/console").status == 303
