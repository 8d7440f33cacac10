"""A party's own account: who it is, where its money goes, what it let others collect."""

from typing import Any, Final

from overtone.console.routing import Elsewhere, Pages, View, Visit

pages = Pages()
METHODS: Final = {
    "sepa": ("iban",),
    "ach": ("routing_number", "account_number", "account_type"),
    "swift": ("iban", "bic"),
    "none": (),
}
_DETAILS: Final = ("iban", "bic", "routing_number", "account_number", "account_type")
_SHOWN_DIGITS: Final = 4


def masked(number: str) -> str:
    """An account number of which only its end is shown."""
    return f"…{number[-_SHOWN_DIGITS:]}" if number else ""


@pages.get("/console/account")
def account(visit: Visit) -> View:
    """The party's record; account numbers are shown by their ends."""
    party = visit.api.get("registry", "parties", visit.person.party_id)
    payout = party.get("payout") or {}
    number = masked(payout.get("iban") or payout.get("account_number") or "")
    return View("account.html", {"party": party, "payout": payout, "number": number, "scopes": visit.person.scopes})


@pages.post("/console/account")
def change(visit: Visit) -> Elsewhere:
    """New bank details, or another threshold; details that are left empty stay as they are."""
    form = visit.form
    payout: dict[str, Any] = {name: form[name] for name in ("currency", "threshold", "period", "holder") if form.get(name)}
    method = form.get("method", "")
    if any(form.get(name) for name in _DETAILS[:-1]) or method == "none":
        wanted = METHODS.get(method, ())
        payout |= {name: form.get(name) or None for name in _DETAILS if name in wanted}
        payout |= {name: None for name in _DETAILS[:-1] if name not in wanted}
        payout["method"] = method
    body: dict[str, Any] = {"payout": payout} if payout else {}
    if form.get("name"):
        body["name"] = form["name"]
    visit.api.send("registry", "PATCH", "parties", visit.person.party_id, body=body)
    return Elsewhere("/console/account", "account")
