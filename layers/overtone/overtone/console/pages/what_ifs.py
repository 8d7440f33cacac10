"""What months would have come to under other terms: a scenario of the library is picked and asked, and who gains is shown."""

from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

import orjson

from overtone import clock
from overtone.console.backend import not_found
from overtone.console.routing import Elsewhere, Pages, View, Visit, here

pages = Pages()
AGAIN_SECONDS: Final = 2
SHARED_MAX: Final = 10
"""Shared what-ifs of one page: the figures of each are looked up."""
LIBRARY: Final = "library.json"
"""The scenarios of `events/what-if/` as `POST /v1/what-ifs` takes them; written by `make generate`."""


@lru_cache(maxsize=1)
def library() -> dict[str, dict[str, Any]]:
    """The scenarios, by what each is called."""
    found: dict[str, dict[str, Any]] = orjson.loads((files("overtone.console") / LIBRARY).read_bytes())
    return found


@pages.get("/console/what-ifs")
def what_ifs(visit: Visit) -> View:
    """What was asked, and the library to pick from."""
    settled = visit.api.get("finance", "settlements", limit="50")["items"]  # asks whether the person may see any of it
    sealed = [one["through"] for one in settled if one["status"] == "sealed"]
    asked = visit.api.get("finance", "what-ifs", cursor=visit.query.get("cursor"))
    return View("what_ifs.html", asked | {"library": library(), "month": max(sealed, default=clock.today()[:7])})


@pages.post("/console/what-ifs")
def ask(visit: Visit) -> Elsewhere:
    """Ask a scenario of the library of one month; asked again it is the same what-if."""
    name, month = visit.form.get("scenario", ""), visit.form.get("month", "")
    if name not in library():
        raise not_found("there is no such scenario in the library; pick one of the list")
    body = library()[name] | {"what_if_id": f"{name}-{month}", "months": [month]}
    visit.api.send("finance", "POST", "what-ifs", body=body)
    return Elsewhere(here("what-ifs", body["what_if_id"]), "asked")


@pages.get("/console/what-ifs/{what_if_id}")
def what_if(visit: Visit) -> View:
    """Who gains and who loses, or how far it is."""
    record = visit.api.get("finance", "what-ifs", visit.path["what_if_id"])
    return View("what_if.html", {"record": record}, AGAIN_SECONDS if record["status"] == "computing" else 0)


@pages.post("/console/what-ifs/{what_if_id}/{action}")
def share(visit: Visit) -> Elsewhere:
    """Let payees see their own line of it, or no more."""
    action = visit.path["action"]
    if action not in {"share", "unshare"}:
        raise not_found("a what-if is shared, or shared no more")
    visit.api.send("finance", "POST", "what-ifs", f"{visit.path['what_if_id']}:{action}")
    return Elsewhere(here("what-ifs", visit.path["what_if_id"]), action)


@pages.get("/console/would-have-earned")
def would_have_earned(visit: Visit) -> View:
    """What a payee would have earned under what finance lets payees see."""
    listed = visit.api.get("finance", "shared-what-ifs", cursor=visit.query.get("cursor"), limit=str(SHARED_MAX))
    found = [visit.api.get("finance", "shared-what-ifs", one["what_if_id"]) for one in listed["items"]]
    return View("would_have_earned.html", {"found": found, "next_cursor": listed["next_cursor"]})


@pages.get("/console/what-ifs/{what_if_id}/files/{name}")
def what_if_file(visit: Visit) -> Elsewhere:
    """One of its files."""
    return Elsewhere(visit.api.link("finance", "what-ifs", visit.path["what_if_id"], "files", visit.path["name"]).location)
