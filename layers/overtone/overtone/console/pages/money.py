"""Money in and out as finance works through it: receivables, payments, suspense, breaches."""

from typing import Any, Final

from overtone.console.routing import Elsewhere, Pages, View, Visit
from overtone.payout.words import suspended

pages = Pages()
SETTLEMENTS_LISTED: Final = "50"
"""So many of the newest are offered to pick from; an older one is shown to whoever names it."""
SUSPENSE_FILTERS: Final = ("reason", "month", "licensee", "mechanism", "work_id", "currency")
BREACH_FILTERS: Final = ("kind", "licensee", "month", "work_id", "party_id")


@pages.get("/console/receivables")
def receivables(visit: Visit) -> View:
    """What is open and how long, what came, and the form to record what comes."""
    ageing = visit.api.get("finance", "receivables")
    collections = visit.api.get("finance", "collections", limit="20")["items"]
    invoices = visit.api.get("finance", "invoices", limit="100")["items"]
    return View("receivables.html", {"ageing": ageing, "collections": collections, "invoices": invoices})


@pages.post("/console/receivables")
def collect(visit: Visit) -> Elsewhere:
    """Record money that came."""
    names = ("collection_id", "licensee", "currency", "amount", "received_on")
    body: dict[str, Any] = {name: visit.form[name] for name in names if visit.form.get(name)}
    if visit.form.get("invoices"):
        body["invoices"] = visit.form["invoices"].split()
    visit.api.send("finance", "POST", "collections", body=body)
    return Elsewhere("/console/receivables", "collected")


@pages.get("/console/payments")
def payments(visit: Visit) -> View:
    """The payments of a settlement and what the bank said of them."""
    listed = visit.api.get("finance", "settlements", limit=SETTLEMENTS_LISTED)["items"]
    sealed = [one["settlement_id"] for one in listed if one["status"] == "sealed"]
    chosen = visit.query.get("settlement_id") or (sealed[0] if sealed else "")
    asked = {name: visit.query.get(name) for name in ("state", "party_id", "currency", "cursor")}
    found = visit.api.get("finance", "payments", settlement_id=chosen, **asked) if chosen else {"items": [], "next_cursor": None}
    return View("payments.html", found | {"settlement_id": chosen, "sealed": sealed, "asked": asked})


@pages.post("/console/payments/{settlement_id}/answers")
def bank_answer(visit: Visit) -> View:
    """What the bank executed or returned: its pain.002, or rows of payment_id,status,reason."""
    settlement_id, text = visit.path["settlement_id"], visit.form.get("answer", "")
    media_type = "application/xml" if text.startswith("<") else "text/csv"
    receipt = visit.api.send("finance", "POST", "settlements", settlement_id, "acknowledgements", body=text, media_type=media_type)
    return View("bank_answer.html", {"receipt": receipt, "settlement_id": settlement_id})


@pages.get("/console/suspense")
def suspense(visit: Visit) -> View:
    """What waits and why."""
    asked = {name: visit.query.get(name) for name in SUSPENSE_FILTERS}
    found = visit.api.get("finance", "suspense", cursor=visit.query.get("cursor"), **asked)
    rows = [row | {"remedy": suspended(row["reason"])[1]} for row in found["items"]]
    return View("suspense.html", {"rows": rows, "next": found["next_cursor"], "asked": asked})


@pages.get("/console/breaches")
def breaches(visit: Visit) -> View:
    """What was used without being allowed."""
    asked = {name: visit.query.get(name) for name in BREACH_FILTERS}
    found = visit.api.get("finance", "breaches", cursor=visit.query.get("cursor"), **asked)
    return View("breaches.html", {"rows": found["items"], "next": found["next_cursor"], "asked": asked})
