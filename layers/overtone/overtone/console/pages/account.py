"""A party's own account: who it is, where its money goes, what it let others collect."""

from collections.abc import Mapping
from typing import Any, Final

from overtone.console.backend import Refused
from overtone.console.routing import Elsewhere, Pages, View, Visit

pages = Pages()
METHODS: Final = {
    "sepa": (("iban",),),
    "ach": (("routing_number",), ("account_number",)),
    "swift": (("bic",), ("iban", "account_number")),
    "none": (),
}
"""What each way of being paid needs: of each group one."""
_DETAILS: Final = ("iban", "bic", "routing_number", "account_number")
_LACKING: Final = "nothing is changed: give {} as well, for without it no money can go there"
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
    form, party_id = visit.form, visit.person.party_id
    payout: dict[str, Any] = {name: form[name] for name in ("currency", "threshold", "period", "holder") if form.get(name)}
    stored = visit.api.get("registry", "parties", party_id).get("payout") or {}
    method = form.get("method", "")
    is_another = bool(stored and method and method != stored.get("method"))
    if is_another or any(form.get(name) for name in _DETAILS):
        payout |= _details(form, method, stored)
    body: dict[str, Any] = {"payout": payout} if payout else {}
    if form.get("name"):
        body["name"] = form["name"]
    visit.api.send("registry", "PATCH", "parties", party_id, body=body)
    return Elsewhere("/console/account", "account")


def _details(form: Mapping[str, str], method: str, stored: Mapping[str, Any]) -> dict[str, Any]:
    """Where money goes from now on, all of it; raises `Refused` where that is no place."""
    needs = METHODS.get(method, ())
    details: dict[str, Any] = dict.fromkeys(_DETAILS)
    for group in needs:
        given: dict[str, Any] = {name: form[name] for name in group if form.get(name)}
        details |= given or {name: stored.get(name) for name in group}
        if not any(details[name] for name in group):
            lacking = " or ".join(name.replace("_", " ") for name in group)
            raise Refused(422, {"title": "Not done", "detail": _LACKING.format(lacking)})
    kind = {"account_type": form["account_type"]} if method == "ach" and form.get("account_type") else {}
    return details | kind | {"method": method}
