"""Deals: what is proposed, what is agreed, and the answer to a proposal."""

from typing import Any, Final

from overtone.console.backend import not_found
from overtone.console.routing import Elsewhere, Pages, View, Visit, here

pages = Pages()
VERDICTS: Final = {"accept": "accepted", "refuse": "refused", "withdraw": "withdrawn"}


@pages.get("/console/deals")
def deals(visit: Visit) -> View:
    """The party's deals."""
    asked = {name: visit.query.get(name) for name in ("status", "cursor")}
    return View("deals.html", visit.api.get("registry", "deals", **asked) | {"status": asked["status"] or ""})


@pages.get("/console/deals/{deal_id}")
def deal(visit: Visit) -> View:
    """One deal: its newest version, what that would change, and who has to answer."""
    versions = visit.api.get("registry", "deals", visit.path["deal_id"], "versions", diff="true")["versions"]
    return View("deal.html", {"deal": versions[-1], "versions": versions})


@pages.post("/console/deals/{deal_id}/versions/{number}/{verdict}")
def answer(visit: Visit) -> Elsewhere:
    """Accept, refuse or withdraw a version."""
    deal_id, verdict = visit.path["deal_id"], visit.path["verdict"]
    if verdict not in VERDICTS:
        raise not_found(f"a version is answered by {', '.join(VERDICTS)}")
    body: dict[str, Any] = {name: visit.form[name] for name in ("reason", "mfn_group") if visit.form.get(name)}
    visit.api.send("registry", "POST", "deals", deal_id, "versions", f"{visit.path['number']}:{verdict}", body=body)
    return Elsewhere(here("deals", deal_id), VERDICTS[verdict])
