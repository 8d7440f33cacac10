"""What finance and the operator look at first: whether the month can be closed, and whether anything is wrong."""

from typing import Any, Final

from overtone import clock
from overtone.console.routing import Elsewhere, Pages, View, Visit
from overtone.months import month_after, month_before

pages = Pages()
LISTED: Final = "200"


@pages.get("/console/month")
def month(visit: Visit) -> View:
    """What is complete, what lacks, what is set aside; and the two buttons: look first, then close."""
    api, listed = visit.api, visit.api.get("finance", "settlements", limit=LISTED)["items"]
    chosen = visit.query.get("month") or _next_month(listed)
    running = chosen >= clock.today()[:7]
    early = [one for one in listed if one["through"] == chosen and not one.get("preview")]
    settles_as = f"early-{chosen}-{len(early) + 1}" if running else chosen  # the schedule's name is left to it
    shown = {
        "month": chosen,
        "settles_as": settles_as,
        "running": running,
        "completeness": api.get("usage", "completeness", chosen),
        "quarantine": api.get("finance", "quarantine", limit=LISTED)["items"],
        "rates": api.find("finance", "fx", chosen),
        "settlement": next((one for one in listed if one["settlement_id"] == chosen), None),
        "last": next((one for one in listed if one["status"] == "sealed"), None),
        "previews": [one for one in listed if one.get("preview") and one["through"] == chosen],
        "preview_id": f"look-{chosen}-{len([one for one in listed if one.get('preview')]) + 1}",
    }
    return View("month.html", shown)


def _next_month(listed: list[dict[str, Any]]) -> str:
    """The month behind the last one that was settled, or the month before this one where none was."""
    sealed = max((one["through"] for one in listed if one["status"] == "sealed"), default="")
    return month_after(sealed) if sealed else month_before(clock.today()[:7])


@pages.get("/console/health")
def health(visit: Visit) -> View:
    """What is set aside, which settlements did not seal, which reporters are behind; the alarms are the operator's cloud's."""
    api = visit.api
    listed = api.get("finance", "settlements", limit=LISTED)["items"]
    shown = {
        "quarantine": api.get("finance", "quarantine", limit=LISTED)["items"],
        "troubled": [one for one in listed if one["status"] in {"refused", "failed", "computing"}],
        "sealed": next((one for one in listed if one["status"] == "sealed"), None),
        "completeness": api.get("usage", "completeness", clock.today()[:7]),
        "errors": (api.find("registry", "events", type="quarantine.added", limit="20") or {"items": []})["items"],
    }
    return View("health.html", shown)


@pages.post("/console/quarantine/{partition}/retry")
def retry(visit: Visit) -> Elsewhere:
    """Try a partition again."""
    visit.api.send("finance", "POST", "quarantine", f"{visit.path['partition']}:retry")
    return Elsewhere("/console/health", "retried")


@pages.get("/console/costs")
def costs(visit: Visit) -> View:
    """What each licensee's month costs the operator."""
    month = visit.query.get("month") or clock.today()[:7]
    return View("costs.html", visit.api.get("finance", "costs", month=month, cursor=visit.query.get("cursor")))


@pages.get("/console/parties")
def parties(visit: Visit) -> View:
    """Everybody, with the way to what they see."""
    return View("parties.html", visit.api.get("registry", "parties", cursor=visit.query.get("cursor")))


@pages.get("/console/parties/{party_id}")
def party(visit: Visit) -> View:
    """One party as finance sees it."""
    party_id = visit.path["party_id"]
    found = visit.api.get("registry", "parties", party_id)
    statements = visit.api.find("finance", "statements", party_id=party_id)
    clients = visit.api.find("registry", "parties", party_id, "clients")
    shown = {"party": found, "statements": statements["items"] if statements else [], "clients": clients["items"] if clients else []}
    return View("party.html", shown)


@pages.post("/console/parties/{party_id}/confirm")
def confirm(visit: Visit) -> Elsewhere:
    """Changed bank details are right: payments need not wait."""
    visit.api.send("finance", "POST", "parties", visit.path["party_id"], "bank-details:confirm")
    return Elsewhere(f"/console/parties/{visit.path['party_id']}", "confirmed")
