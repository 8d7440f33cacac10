"""The console in a real browser: each role's pages read by axe-core, a month closed with the mouse, a line followed to its plays.

Chromium is Debian's; where there is none these are skipped, with the reason. Screenshots stay under `out/console/`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from local.functions import load_module
from local.generate import ROOT
from tests.integration import browser, scenario
from tests.integration.browser import PHONE, SERIOUS
from tests.integration.console_scene import LICENSEE, LOOKED_AT, RIGHTS, furnish, line_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local.stack import Stack

OUT = ROOT / "out" / "console"
LOADED_BYTES_MAX = 200_000
LOADED_BYTES = """[...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
    .reduce((sum, entry) => sum + entry.decodedBodySize, 0)"""
ROUTES = load_module(ROOT / "functions" / "console", "app").console.routes
NO_PAGE = re.compile(r"/(file|files|text|zip|ask|invoices/\{number\})(/|\Z)")

pytestmark = browser.NEEDED

WHO: dict[str, dict[str, Any]] = {
    "musician": {"party": "ann", "groups": RIGHTS},
    "lab": {"party": "fox", "groups": LICENSEE},
    "society": {"party": "stim", "groups": RIGHTS},
    "finance": {"user": "Ines Alder"},
    "operator": {"user": "Olga Rehn"},
}


@pytest.fixture(scope="module")
def site(deployed_stack: Stack, port: int) -> Iterator[tuple[Stack, str]]:
    """A month settled and another one reported, on a port."""
    stack = deployed_stack
    furnish(stack)
    scenario.accrue(stack, "2026-12-02T06:15:00Z")
    yield stack, f"http://127.0.0.1:{port}"
    stack.reset()


@pytest.fixture
def opened(chromium: Any, site: tuple[Stack, str]) -> Iterator[Callable[[str], Any]]:
    """Signs somebody in with the mouse, in a browser window of her own; what the page logs as an error fails the test."""
    contexts, complaints = [], []

    def sign_in(who: str, **about: Any) -> Any:
        context = chromium.new_context(base_url=site[1], **about)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto("/console")
        if "user" in WHO[who]:
            page.get_by_role("link", name=WHO[who]["user"]).click()
        else:
            page.get_by_label("For the party").fill(WHO[who]["party"])
            for group in WHO[who]["groups"]:
                page.get_by_label(group, exact=True).check()
            page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/console")
        return page

    yield sign_in
    for context in contexts:
        context.close()
    assert complaints == [], complaints


def test_every_page_is_looked_at_by_somebody() -> None:
    """What the browser takes as a file, or is sent on from, is no page."""
    looked_at = [urlsplit(path).path for paths in LOOKED_AT.values() for path in paths]
    pages = [route for route in ROUTES if route.method == "GET" and not NO_PAGE.search(route.path)]
    assert [route.path for route in pages if not any(map(route.pattern.match, looked_at))] == []


@pytest.mark.parametrize("who", LOOKED_AT)
def test_pages_are_light_and_nobody_stumbles_over_them(opened: Callable[..., Any], site: tuple[Stack, str], who: str) -> None:
    from axe_playwright_python.sync_playwright import Axe  # noqa: PLC0415 - only where there is a browser

    page, axe = opened(who), Axe()
    OUT.mkdir(parents=True, exist_ok=True)
    line = line_of(site[0], "ann")
    for path in (path.format(line=line) for path in LOOKED_AT[who]):
        assert page.goto(path).status == 200, path
        assert 0 < page.evaluate(LOADED_BYTES) <= LOADED_BYTES_MAX, path
        found = axe.run(page).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found if one["impact"] in SERIOUS] == [], path
        page.screenshot(path=OUT / f"{who}{path.replace('/', '-').replace(line, 'line')}.png", full_page=True)


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_a_phone_shows_it_without_scrolling_sideways(opened: Callable[..., Any], scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe  # noqa: PLC0415 - only where there is a browser

    page = opened("musician", viewport=PHONE, color_scheme=scheme)
    for path in ("/console", "/console/earnings", "/console/statements/2026-10", "/console/works/track"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path
        found = Axe().run(page).response["violations"]
        assert [one["id"] for one in found if one["impact"] in SERIOUS] == [], (path, scheme)
    page.screenshot(path=OUT / f"phone-{scheme}.png", full_page=True)


def test_a_musician_follows_a_line_to_its_plays_and_accepts_a_deal(opened: Callable[..., Any]) -> None:
    page = opened("musician")
    page.get_by_role("link", name="Statements", exact=True).click()
    page.get_by_role("link", name="2026-10", exact=True).click()
    page.get_by_role("row").filter(has_text="Music made with fox-1").get_by_role("link", name="Why").first.click()
    page.get_by_text("agrees with the line").wait_for()
    page.get_by_text("The plays, outputs and runs behind it").click()
    assert page.get_by_role("cell", name="output:gen-1").first.is_visible()
    page.get_by_role("link", name="Deals", exact=True).click()
    page.get_by_role("link", name="offer", exact=True).click()
    page.get_by_role("button", name="Accept", exact=True).click()
    page.get_by_text("Accepted. It counts from this instant.").wait_for()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_text("You are signed out").wait_for()


def test_finance_closes_a_month_with_the_mouse(opened: Callable[..., Any], site: tuple[Stack, str]) -> None:
    page = opened("finance")
    page.get_by_role("link", name="Close the month").first.click()
    page.get_by_role("heading", name="Close November 2026").wait_for()
    page.get_by_role("button", name="Settle November 2026").click()
    page.get_by_text("All ").filter(has_text="files in one zip").wait_for()
    assert page.get_by_role("heading", name="What it comes to").is_visible()
    page.screenshot(path=OUT / "finance-closed.png", full_page=True)
    assert scenario.shown(site[0], "2026-11")["status"] == "sealed"
    with page.expect_download() as download:
        page.get_by_role("link", name="files in one zip").click()
    assert download.value.failure() is None


def test_a_musician_says_what_she_allows_and_where_her_money_goes(opened: Callable[..., Any], site: tuple[Stack, str]) -> None:
    page = opened("musician")
    page.get_by_role("link", name="Works", exact=True).click()
    page.get_by_role("link", name="Other", exact=True).click()
    page.get_by_role("group", name="Training").get_by_role("radio", name="Denied").check()
    page.get_by_role("button", name="Say so from today on").click()
    page.get_by_text("It counts from today on").wait_for()
    page.get_by_role("link", name="My account").click()
    page.get_by_label("IBAN", exact=True).fill("NO93 8601 1117 947")
    page.get_by_label("How often").select_option("quarter")
    page.get_by_role("button", name="Change it").click()
    page.get_by_text("Your account is changed.").wait_for()
    party = site[0].http("GET", "/v1/parties/ann", party="ann", scope="registry.write").json()["payout"]
    assert (party["iban"], party["period"]) == ("NO9386011117947", "quarter")
    work = site[0].http("GET", "/v1/works/other", party="ann", scope="registry.write").json()["permissions"]
    assert work["training"]["default"] == "deny"


def test_a_society_enters_a_member_and_sets_its_tariff(opened: Callable[..., Any]) -> None:
    page = opened("society")
    page.get_by_role("link", name="Members", exact=True).click()
    page.get_by_label("Rows").fill("party,name,country,rights,uses\nnils,Nils Ek,SE,recording,play\n")
    page.get_by_label("What the entries rest on").fill("his letter")
    page.get_by_role("button", name="Enter", exact=True).click()
    page.get_by_text("1 received: 1 entered").wait_for()
    page.get_by_role("link", name="What is kept").click()
    page.get_by_label("Fee 1", exact=True).fill("0.12")
    page.get_by_role("button", name="Set this tariff").click()
    page.get_by_text("The tariff is set.").wait_for()


def test_a_lab_asks_declares_and_has_its_events_delivered(opened: Callable[..., Any]) -> None:
    page = opened("lab")
    page.get_by_role("link", name="Clearances").click()
    page.get_by_label("An id of yours").fill("ask-2")
    page.get_by_label("Day", exact=True).fill("2026-10-05")
    page.get_by_label("Works, one per line").fill(scenario.ISRC)
    page.get_by_role("button", name="Ask").click()
    page.get_by_text("Answered, and kept.").wait_for()
    page.get_by_role("link", name="Completeness").click()
    page.get_by_label("Batches").fill("1")
    page.get_by_label("Records accepted").fill("2")
    page.get_by_role("button", name="Declare").click()
    page.get_by_text("Declared.").wait_for()
    page.get_by_role("link", name="Keys").click()
    assert page.get_by_text("fox-batch").is_visible()
    page.get_by_label("An id of yours").fill("ours")
    page.get_by_label("Address (https)").fill("https://127.0.0.1/hook")
    page.get_by_role("button", name="Deliver there").click()
    page.get_by_text("This is its secret.").wait_for()


def test_two_of_finance_agree_and_work_through_what_waits(opened: Callable[..., Any]) -> None:
    page = opened("finance")
    page.get_by_role("link", name="Approvals").click()
    page.get_by_role("button", name="Accept adj-1").click()
    page.get_by_text("Accepted. It counts").wait_for()
    page.get_by_role("link", name="Suspense").click()
    page.get_by_label("Reason").fill("unregistered")
    page.get_by_role("button", name="Filter").click()
    assert page.get_by_text("not registered by anybody").first.is_visible()
    page.get_by_role("link", name="2026-10", exact=True).first.click()
    page.get_by_role("link", name="Why").first.click()
    page.get_by_text("agrees with the line").wait_for()
    page.get_by_role("link", name="Receivables").click()
    for label, value in (
        ("An id of yours", "c-9"),
        ("Licensee", "fox"),
        ("Currency", "EUR"),
        ("Amount", "3"),
        ("Received on", "2026-11-30"),
    ):
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_role("button", name="Record", exact=True).click()
    page.get_by_text("Recorded.").wait_for()


def test_an_operator_goes_from_an_alarm_to_what_to_do(opened: Callable[..., Any], site: tuple[Stack, str]) -> None:
    stack, _ = site
    stack.aws("sqs").send_message(QueueUrl=stack.name("DropDeadLetterQueue"), MessageBody="{}")
    page = opened("operator")
    page.get_by_role("link", name="Queues and alarms").click()
    ringing = page.get_by_role("row").filter(has_text="rings")
    assert ringing.count() == 1
    ringing.get_by_role("link", name="DropDeadLetterAlarm").click()
    assert page.get_by_role("heading", name="DropDeadLetterAlarm").is_visible()
    assert page.get_by_text("A dropped file failed four times.").is_visible()
    page.get_by_role("link", name="Costs").click()
    page.get_by_label("Month").fill("2026-10")
    page.get_by_role("button", name="Show").click()
    assert page.get_by_role("row").filter(has_text="fox").is_visible()


def test_without_javascript_and_on_paper_the_same_is_there(opened: Callable[..., Any]) -> None:
    page = opened("musician", java_script_enabled=False)
    page.get_by_role("link", name="Statements", exact=True).click()
    page.get_by_role("link", name="2026-10", exact=True).click()
    page.get_by_role("row").filter(has_text="Music made with fox-1").get_by_role("link", name="Why").first.click()
    page.get_by_text("The plays, outputs and runs behind it").click()
    assert page.get_by_role("cell", name="output:gen-1").first.is_visible()
    assert page.get_by_role("navigation").is_visible()
    page.emulate_media(media="print")
    assert not page.get_by_role("navigation").is_visible()
    assert page.get_by_role("heading", level=1).is_visible()
    assert page.get_by_role("button").count() == 0
