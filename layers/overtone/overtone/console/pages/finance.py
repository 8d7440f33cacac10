"""What two persons agree on, and the rates of a settlement."""

from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlencode

from overtone import clock
from overtone.console.backend import not_found, path
from overtone.console.routing import Elsewhere, Pages, View, Visit, rows_named

pages = Pages()
KINDS: Final = ("adjustments", "write-offs", "refunds", "opening-balances")
_FIELDS: Final = (
    *("adjustment_id", "party", "amount", "currency", "reason", "evidence"),
    *("write_off_id", "invoice", "refund_id", "licensee"),
)
RATES_ROWS: Final = 8


@pages.get("/console/approvals")
def approvals(visit: Visit) -> View:
    """What waits for a second person, and the forms to propose something."""
    return View("approvals.html", {"proposals": {kind: list(_proposals(visit, kind)) for kind in KINDS}})


def _proposals(visit: Visit, kind: str) -> Iterator[dict[str, Any]]:
    cursor = ""
    while cursor is not None:
        page = visit.api.get("finance", kind, cursor=cursor)
        yield from page["items"]
        cursor = page["next_cursor"]


@pages.post("/console/approvals/{kind}")
def propose(visit: Visit) -> Elsewhere:
    """Propose a change of an account, to give up an invoice, to pay a licensee's credit back, or another system's balances as CSV."""
    kind, form = _kind(visit), visit.form
    if kind == "opening-balances":
        query = {name: form.get(name) for name in ("opening_id", "evidence")}
        visit.api.answer("finance", "POST", path(kind), query=query, body=form.get("rows", ""), media_type="text/csv")
        return Elsewhere("/console/approvals", "proposed")
    visit.api.send("finance", "POST", kind, body={name: visit.form[name] for name in _FIELDS if visit.form.get(name)})
    return Elsewhere("/console/approvals", "proposed")


@pages.post("/console/approvals/{kind}/{proposal_id}/accept")
def accept(visit: Visit) -> Elsewhere:
    """Accept another person's proposal."""
    visit.api.send("finance", "POST", _kind(visit), f"{visit.path['proposal_id']}:accept")
    return Elsewhere("/console/approvals", "accepted")


def _kind(visit: Visit) -> str:
    if visit.path["kind"] not in KINDS:
        raise not_found(f"two persons agree on {', '.join(KINDS)}")
    return visit.path["kind"]


@pages.get("/console/rates")
def rates(visit: Visit) -> View:
    """The exchange rates of a settlement."""
    settlement_id = visit.query.get("settlement_id") or clock.today()[:7]
    visit.api.get("finance", "settlements", limit="1")  # asks whether the person may see any of it
    found: dict[str, Any] = visit.api.find("finance", "fx", settlement_id) or {"rates": []}
    blank = max(1, RATES_ROWS - len(found["rates"]))
    return View("rates.html", {"settlement_id": settlement_id, "rates": found["rates"], "blank": blank})


@pages.post("/console/rates")
def put_rates(visit: Visit) -> Elsewhere:
    """Post them anew, as the table stands."""
    form = visit.form
    rows = [{name: form.get(f"{name}-{number}", "") for name in ("from", "to", "rate", "source")} for number in rows_named(form, "from")]
    body = {"rates": [row for row in rows if row["from"]]}
    settlement_id = form.get("settlement_id", "")
    visit.api.send("finance", "PUT", "fx", settlement_id, body=body)
    return Elsewhere(f"/console/rates?{urlencode({'settlement_id': settlement_id})}", "rates")
