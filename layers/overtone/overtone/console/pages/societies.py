"""What a society looks at: its members and their mandates, what it keeps, what each settlement brought its members."""

from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import urlencode

from overtone.console.backend import Refused, not_found, path
from overtone.console.routing import Elsewhere, Outcome, Pages, View, Visit, rows_named

pages = Pages()
SIDES: Final = (
    ("recording composition", "recordings and compositions"),
    ("recording", "recordings"),
    ("composition", "compositions"),
    ("likeness", "likenesses"),
)
VERDICTS: Final = {"accept": "accepted-mandate", "refuse": "refused", "end": "ended"}
RATE_ROWS: Final = 5
_NOT_FOUND: Final = 404
_PERCENT: Final = ("admin_fee", "cultural_deduction")


def _society(visit: Visit) -> str:
    """Whose pages these are: the person's own society, or the one that finance names; raises `Refused` where that is none."""
    society = visit.query.get("society") or visit.form.get("society") or visit.person.party_id
    party = visit.api.find("registry", "parties", society) if society else None
    if not party or party["kind"] != "society":
        raise not_found("these pages are a society's")
    return society


@pages.get("/console/members")
def members(visit: Visit) -> View:
    """Members in order of id, those whose mandate waits for an answer first if asked for, and the form to enter more."""
    society = _society(visit)
    asked = {name: visit.query.get(name) for name in ("status", "cursor")}
    found = visit.api.get("registry", "societies", society, "members", **asked)
    return View("members.html", found | {"society": society, "status": asked["status"] or ""})


@pages.post("/console/members")
def enter(visit: Visit) -> View:
    """Enter members by rows of CSV, and say what became of each row."""
    society = _society(visit)
    rows, evidence = visit.form.get("rows", ""), {"evidence": visit.form.get("evidence")}
    where = path("societies", society, "members")
    receipt = visit.api.answer("registry", "POST", where, query=evidence, body=rows, media_type="text/csv").content
    return View("members_receipt.html", {"society": society, "receipt": receipt})


@pages.post("/console/members/{party_id}/mandates/{mandate}/{verdict}")
def answer(visit: Visit) -> Elsewhere:
    """Accept or refuse a mandate that a member proposed, or end one from a day on."""
    party_id, mandate, verdict = (visit.path[name] for name in ("party_id", "mandate", "verdict"))
    if verdict not in VERDICTS:
        raise not_found(f"a mandate is answered by {', '.join(VERDICTS)}")
    names = ("from", "reason") if verdict == "end" else ("evidence", "reason")
    body = {name: visit.form[name] for name in names if visit.form.get(name)}
    visit.api.send("registry", "POST", "parties", party_id, "mandates", f"{mandate}:{verdict}", body=body)
    return Elsewhere("/console/members", VERDICTS[verdict])


@pages.get("/console/tariff")
def tariff(visit: Visit) -> View:
    """What the society keeps, as it is in force, and the form to set it anew."""
    society = _society(visit)
    found = _tariff(visit, society)
    blank = max(1, RATE_ROWS - len(found["rates"]))
    mine = society == visit.person.party_id or visit.person.may()
    return View("tariff.html", {"society": society, "tariff": found, "blank": blank, "sides": _sides(found["rates"]), "mine": mine})


def _sides(rates: Iterable[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """What a rate may be of: what is usual, and any other rights that one of these rates is of."""
    found = {" ".join(rate["rights"]): ", ".join(rate["rights"]) for rate in rates}
    return [*SIDES, *((value, name) for value, name in found.items() if value not in dict(SIDES))]


def _tariff(visit: Visit, society: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = visit.api.get("registry", "societies", society, "tariff")
    except Refused as refused:
        if refused.status != _NOT_FOUND:
            raise
        return {"rates": []}
    return found


@pages.post("/console/tariff")
def put_tariff(visit: Visit) -> Elsewhere:
    """Set it from today on, or from the day that the form names."""
    form, society = visit.form, _society(visit)
    rates = [_rate(form, number) for number in rows_named(form, "admin_fee") if any(form.get(f"{name}-{number}") for name in _PERCENT)]
    body: dict[str, Any] = {"rates": rates} | ({"effective_from": form["from"]} if form.get("from") else {})
    visit.api.send("registry", "PUT", "societies", society, "tariff", body=body)
    whose = f"?{urlencode({'society': society})}" if society != visit.person.party_id else ""
    return Elsewhere(f"/console/tariff{whose}", "tariff")


def _rate(form: Mapping[str, str], number: int) -> dict[str, Any]:
    lists = {name: form.get(f"{name}-{number}", "").split() for name in ("rights", "uses", "members")}
    fees = {name: form.get(f"{name}-{number}") or "0" for name in _PERCENT}
    return {name: values for name, values in lists.items() if values} | fees


@pages.get("/console/distributions")
def distributions(visit: Visit) -> View:
    """The settlements that brought the society money."""
    society = _society(visit)
    whose = {"party_id": society} if society != visit.person.party_id else {}
    found = visit.api.get("finance", "statements", cursor=visit.query.get("cursor"), **whose)
    return View("distributions.html", found | {"society": society})


@pages.get("/console/distributions/{settlement_id}")
def distribution(visit: Visit) -> View:
    """What one settlement brought each member: in, kept, out."""
    society, settlement_id = _society(visit), visit.path["settlement_id"]
    found = visit.api.get("finance", "societies", society, "distributions", settlement_id, cursor=visit.query.get("cursor"))
    return View("distribution.html", found | {"society": society, "settlement_id": settlement_id})


@pages.get("/console/distributions/{settlement_id}/file")
def distribution_file(visit: Visit) -> Outcome:
    """The same line by line, as CSV."""
    society, settlement_id = _society(visit), visit.path["settlement_id"]
    whose = {"party_id": society} if society != visit.person.party_id else {}
    found = visit.api.link("finance", "statements", settlement_id, format="members", **whose)
    if not found.location:
        raise not_found("there is no such file")
    return Elsewhere(found.location)
