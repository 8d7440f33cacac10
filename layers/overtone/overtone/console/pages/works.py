"""A party's works, and what it allows: switches that say what they mean."""

from typing import Any, Final

from overtone import clock, fields
from overtone.console.backend import Refused
from overtone.console.routing import Elsewhere, Pages, View, Visit, here, number_in
from overtone.errors import Rejected

pages = Pages()
USES: Final = (
    ("training", "Training", "Whether a lab may put this work into what a model learns from."),
    ("generation", "Generation", "Whether what a model makes may build on this work, and be used."),
)
LIKENESS_USES: Final = (
    ("likeness", "Training and generation", "Whether models may learn from, and what they make may use, this voice, name or face."),
)
CHOICES: Final = (
    ("allow", "Allowed", "to everybody who has a deal that pays for it"),
    ("limit", "Allowed up to a share", "of one output; what exceeds it is a breach"),
    ("deny", "Denied", "what is used all the same is a breach, and its money waits"),
    ("silent", "Not said", "the deal says what silence means; mostly it is no"),
)


@pages.get("/console/works")
def works(visit: Visit) -> View:
    """The party's works, or those that a title names."""
    asked = {"title": visit.query.get("title"), "cursor": visit.query.get("cursor")}
    return View("works.html", visit.api.get("registry", "works", **asked) | {"title": asked["title"] or ""})


@pages.get("/console/works/{work_id}")
def work(visit: Visit) -> View:
    """One work: shares, permissions, and what it earned this month so far."""
    work_id, month = visit.path["work_id"], _month(visit.query.get("month") or clock.today()[:7])
    found = visit.api.get("registry", "works", work_id)
    accruals = visit.api.find("finance", "works", work_id, "accruals", month=month)
    versions = visit.api.get("registry", "works", work_id, "versions")["versions"]
    to_come = sorted({one["effective_from"] for one in versions if one["effective_from"] > found["effective_from"]})
    uses = LIKENESS_USES if found["kind"] == "likeness" else USES
    shown = {"work": found, "month": month, "accruals": accruals, "uses": uses, "choices": CHOICES, "to_come": to_come}
    shown["read"] = versions[-1]["version"]  # a change is of the registry as it stands, versions to come included
    return View("work.html", shown | {"mine": visit.person.party_id == found["owner"] or visit.person.may()})


def _month(text: str) -> str:
    """A month that an address names; raises `Refused`. What a work earned may be refused, and the page is shown without."""
    try:
        return fields.month(text)
    except Rejected as error:
        raise Refused(error.status, {"title": error.title, "detail": error.detail}) from error


@pages.post("/console/works/{work_id}/permissions")
def allow(visit: Visit) -> Elsewhere:
    """Set what is allowed by default; what was said to single licensees stays."""
    said: dict[str, Any] = {}
    for use, _, _ in (*USES, *LIKENESS_USES):
        chosen, most = visit.form.get(use, ""), visit.form.get(f"{use}_max_share", "")
        if chosen:
            said[use] = {"default": None if chosen == "silent" else chosen, "max_share": most if chosen == "limit" else None}
    body = {"permissions": said, "version": number_in(visit.form.get("version") or "0")}
    visit.api.send("registry", "PATCH", "works", visit.path["work_id"], body=body)
    return Elsewhere(here("works", visit.path["work_id"]), "allowed")


@pages.get("/console/asked")
def asked(visit: Visit) -> View:
    """Who asked what may be used of the party's works, before using it."""
    found = visit.api.get("registry", "events", type="clearance.made", limit="100", cursor=visit.query.get("cursor"))
    return View("asked.html", found)
