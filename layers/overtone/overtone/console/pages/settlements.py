"""Settlements: asked for, followed, looked into, downloaded."""

from collections.abc import Mapping
from typing import Any, Final

from overtone.console.backend import ApiAnswer, not_found
from overtone.console.routing import Elsewhere, Outcome, Pages, View, Visit, here
from overtone.money import format_amount, parse_amount

pages = Pages()
AGAIN_SECONDS: Final = 2
OWN_FILES: Final = 60
"""Files of the settlement as a whole that are listed; those of single payees are found by party, or in the zip."""
LINES_LISTED: Final = "100"
LINE_FILTERS: Final = ("party_id", "work_id", "licensee", "mechanism", "month", "account", "title")
_PACKING: Final = 202
_FIGURES: Final = ("owed", "parties", "suspense", "paid", "carried", "withheld")


@pages.get("/console/settlements")
def settlements(visit: Visit) -> View:
    """All of them, the newest first."""
    return View("settlements.html", visit.api.get("finance", "settlements", cursor=visit.query.get("cursor")))


@pages.post("/console/settlements")
def settle(visit: Visit) -> Elsewhere:
    """Close a month, or look what closing it would come to."""
    form = visit.form
    preview, month = form.get("what") == "preview", form.get("month", "")
    body: dict[str, Any] = {"settlement_id": form.get("preview_id", "") if preview else form.get("settles_as", month), "through": month}
    body |= {"preview": True} if preview else {}
    body |= {name: True for name in ("early", "strict") if form.get(name)}
    if form.get("waive_reporter"):
        reason = form.get("waive_reason", "")
        body["waive"] = [{"reporter": name, "month": body["through"], "reason": reason} for name in form["waive_reporter"].split()]
    visit.api.send("finance", "POST", "settlements", body=body)
    return Elsewhere(here("settlements", body["settlement_id"]), "previewing" if preview else "settling")


@pages.get("/console/settlements/{settlement_id}")
def settlement(visit: Visit) -> View:
    """Its state, its totals beside those of the one before, its files."""
    api = visit.api
    record = api.get("finance", "settlements", visit.path["settlement_id"])
    listed = api.get("finance", "settlements", limit="50")["items"]
    before = next((one for one in listed if one["status"] == "sealed" and one["through"] < record["through"]), None)
    whole = [entry for entry in record["files"] if "/" not in entry["name"]][:OWN_FILES]
    shown = {"record": record, "files": whole, "before": before, "changes": _changes(record, before)}
    return View("settlement.html", shown, AGAIN_SECONDS if record["status"] == "computing" else 0)


def _changes(record: Mapping[str, Any], before: Mapping[str, Any] | None) -> list[dict[str, str]]:
    """For each currency what each total came to, and by how much it differs from the settlement before."""
    earlier = {total["currency"]: total for total in (before or {}).get("totals", ())}
    found = []
    for total in record.get("totals", ()):
        last = earlier.get(total["currency"], {})
        for name in _FIGURES:
            now, then = parse_amount(total.get(name, "0")), parse_amount(last.get(name, "0"))
            if now or then:
                figures = {"now": format_amount(now), "then": format_amount(then), "change": format_amount(now - then)}
                found.append({"currency": total["currency"], "name": name, **figures})
    return found


@pages.get("/console/settlements/{settlement_id}/lines")
def lines(visit: Visit) -> View:
    """The lines, filtered by payee, work, licensee and so on, each with the way back to what was used."""
    asked = {name: visit.query.get(name) for name in LINE_FILTERS}
    settlement_id = visit.path["settlement_id"]
    cursor = visit.query.get("cursor")
    answer = visit.api.get("finance", "settlements", settlement_id, "lines", limit=LINES_LISTED, cursor=cursor, **asked)
    return View("lines.html", answer | {"asked": asked, "settlement_id": settlement_id})


@pages.get("/console/settlements/{settlement_id}/files/{name}")
def settlement_file(visit: Visit) -> Elsewhere:
    """A file that the manifest names."""
    return _link(visit, "files", visit.path["name"])


@pages.get("/console/settlements/{settlement_id}/files/{folder}/{name}")
def settlement_folder_file(visit: Visit) -> Elsewhere:
    """A file in a folder."""
    return _link(visit, "files", visit.path["folder"], visit.path["name"])


@pages.get("/console/settlements/{settlement_id}/zip")
def settlement_zip(visit: Visit) -> Outcome:
    """All files in one, once they are packed."""
    settlement_id = visit.path["settlement_id"]
    answer = visit.api.link("finance", "settlements", settlement_id, "zip")
    if answer.status == _PACKING:
        return View("packing.html", {"settlement_id": settlement_id}, int(answer.headers["retry-after"]))
    return _elsewhere(answer)


def _link(visit: Visit, *segments: str) -> Elsewhere:
    return _elsewhere(visit.api.link("finance", "settlements", visit.path["settlement_id"], *segments))


def _elsewhere(answer: ApiAnswer) -> Elsewhere:
    if not answer.location:
        raise not_found("there is no such file")
    return Elsewhere(answer.location)
