"""The front page: what waits for the person who looks, by what that person may see."""

from datetime import timedelta
from typing import Any, Final

from overtone import clock
from overtone.console.routing import Pages, View, Visit

pages = Pages()
NEWS: Final = 10
NEWS_DAYS: Final = (1, 30, 700)
"""How far back the news is looked for: as far as it takes to find enough. Events are listed from the first on."""
EVENTS_READ: Final = "1000"
PAGES_READ: Final = 5
"""Of one look, of so many events each."""


@pages.get("/console")
def home(visit: Visit) -> View:
    """Cards for every role that the person has."""
    person, api = visit.person, visit.api
    shown: dict[str, Any] = {"party": None, "latest": None, "proposed": [], "office": None, "batches": None, "invoices": None}
    if person.party_id:
        shown["party"] = api.find("registry", "parties", person.party_id)
        shown["proposed"] = (api.find("registry", "deals", waits_for=person.party_id) or {"items": []})["items"]
        shown["batches"] = api.find("usage", "batches", limit="5")
        shown["invoices"] = api.find("finance", "invoices", limit="5", status="open") if person.may("usage.write") else None
        listed = api.find("finance", "statements", limit="1") or {"items": []}
        if listed["items"]:
            shown["latest"] = api.find("finance", "statements", listed["items"][0]["settlement_id"]) or None
    if person.is_finance:
        shown["office"] = {
            "settlements": (api.find("finance", "settlements", limit="5") or {"items": []})["items"],
            "quarantine": (api.find("finance", "quarantine", limit="100") or {"items": []})["items"],
            "completeness": api.find("usage", "completeness", clock.today()[:7]),
            "month": clock.today()[:7],
        }
    shown["news"] = _news(visit)
    return View("home.html", shown)


def _news(visit: Visit) -> list[dict[str, Any]]:
    """What the person's party (or the office) was told in the last two years, the latest first."""
    news = list[dict[str, Any]]()
    for days in NEWS_DAYS:
        if len(news) < NEWS:
            news = _last_since(visit, (clock.now() - timedelta(days=days)).date().isoformat())
    return news[::-1]


def _last_since(visit: Visit, since: str) -> list[dict[str, Any]]:
    """The last events since a day."""
    last, cursor = list[dict[str, Any]](), None
    for _ in range(PAGES_READ):
        found = visit.api.find("registry", "events", limit=EVENTS_READ, since=since, cursor=cursor) or {"items": [], "next_cursor": None}
        last, cursor = [*last, *found["items"]][-NEWS:], found["next_cursor"]
        if cursor is None:
            break
    return last


@pages.get("/console/events")
def events(visit: Visit) -> View:
    """The list of what happened."""
    asked = {name: visit.query.get(name) for name in ("type", "since", "cursor")}
    return View("events.html", visit.api.get("registry", "events", **asked) | {"asked": asked})
