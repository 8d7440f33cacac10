"""What platforms and labs look at: what was received of them, what they asked, what they owe."""

from typing import Any, Final
from urllib.parse import urlencode

from overtone import clock
from overtone.console.backend import Refused
from overtone.console.routing import Elsewhere, Outcome, Pages, View, Visit, here, number_in

pages = Pages()
KINDS: Final = (("training-runs", "Training runs"), ("attributions", "Attributions"), ("revenue", "Revenue"))


def _require_party(visit: Visit, named: str | None = None) -> None:
    """Raise `Refused` where nobody's things are meant: these pages are one party's, and the APIs list everybody's to the office."""
    if not (visit.person.party_id or named):
        raise Refused(403, {"title": "Not allowed", "detail": "this page is of one platform or lab; sign in for it, or name the reporter"})


@pages.get("/console/batches")
def batches(visit: Visit) -> View:
    """Batches with their receipts, and what is set aside of them."""
    reporter = visit.query.get("reporter")
    _require_party(visit, reporter)
    answer = visit.api.get("usage", "batches", cursor=visit.query.get("cursor"), reporter=reporter)
    aside = visit.api.find("finance", "quarantine") or {"items": []}
    return View("batches.html", answer | {"aside": aside["items"], "reporter": reporter})


@pages.get("/console/batches/{batch_id}")
def batch(visit: Visit) -> View:
    """One receipt, and what became of its records."""
    receipt = visit.api.get("usage", "usage", visit.path["batch_id"], reporter=visit.query.get("reporter"))
    return View("batch.html", {"receipt": receipt})


@pages.get("/console/disclosures")
def disclosures(visit: Visit) -> View:
    """Training runs, attribution reports and revenue."""
    _require_party(visit)
    parts = [(title, visit.api.get("disclosure", kind, limit="50")["items"]) for kind, title in KINDS]
    return View("disclosures.html", {"parts_of": parts})


@pages.get("/console/clearances")
def clearances(visit: Visit) -> View:
    """What was asked before it was used."""
    _require_party(visit)
    return View("clearances.html", visit.api.get("registry", "clearances", cursor=visit.query.get("cursor")))


@pages.get("/console/clearances/{clearance_id}")
def clearance(visit: Visit) -> View:
    """The answer, work by work."""
    return View("clearance.html", {"clearance": visit.api.get("registry", "clearances", visit.path["clearance_id"])})


@pages.post("/console/clearances")
def clear(visit: Visit) -> Elsewhere:
    """Ask for some works."""
    names = ("clearance_id", "use", "day", "model")
    body: dict[str, Any] = {name: visit.form[name] for name in names if visit.form.get(name)}
    body["works"] = visit.form.get("works", "").split()
    visit.api.send("registry", "POST", "clearances", body=body)
    return Elsewhere(here("clearances", str(body.get("clearance_id", ""))), "cleared")


@pages.get("/console/completeness")
def completeness(visit: Visit) -> View:
    """What is declared of a month, what is here, what lacks."""
    month = visit.query.get("month") or clock.today()[:7]
    return View("completeness.html", visit.api.get("usage", "completeness", month))


@pages.post("/console/completeness")
def declare(visit: Visit) -> Elsewhere:
    """Say that a month is all here: as many batches and records as the person counts."""
    form = visit.form
    counts = {name: number_in(form.get(name, "")) for name in ("batches", "records")}
    revenue = {form["currency"]: form["revenue"]} if form.get("currency") and form.get("revenue") else {}
    visit.api.send("usage", "POST", "completeness", body={"month": form.get("month"), "revenue": revenue, **counts})
    return Elsewhere(f"/console/completeness?{urlencode({'month': form.get('month', '')})}", "declared")


@pages.get("/console/invoices")
def invoices(visit: Visit) -> View:
    """What is owed, and what was paid of it."""
    asked = {name: visit.query.get(name) for name in ("licensee", "currency", "status", "settlement_id", "cursor")}
    return View("invoices.html", visit.api.get("finance", "invoices", **asked) | {"asked": asked})


@pages.get("/console/invoices/{number}/{form}")
def invoice_file(visit: Visit) -> Outcome:
    """An invoice's document."""
    answer = visit.api.link("finance", "invoices", visit.path["number"], format=visit.path["form"])
    if answer.location:
        return Elsewhere(answer.location)
    return View("invoice.html", {"invoice": answer.content})
