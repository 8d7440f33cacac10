"""Statements and the way back from every line to the plays, outputs and runs behind it."""

from collections.abc import Mapping
from typing import Any, Final

from overtone.console.backend import ApiAnswer, Refused
from overtone.console.routing import Download, Elsewhere, Outcome, Pages, View, Visit, here
from overtone.payout.words import source

pages = Pages()
FORMATS: Final = {"pdf": "application/pdf", "html": "text/html", "csv": "text/csv", "members": "text/csv"}
_FOUND: Final = 307
ROWS_MAX: Final = 500
"""Rows of one table of an explanation; the text has all that the API lists."""


@pages.get("/console/statements")
def statements(visit: Visit) -> View:
    """All statements of a party."""
    party = visit.query.get("party_id")
    answer = visit.api.get("finance", "statements", party_id=party, cursor=visit.query.get("cursor"))
    return View("statements.html", answer | {"party_id": party or ""})


@pages.get("/console/statements/{settlement_id}")
def statement(visit: Visit) -> Outcome:
    """One statement, every line with a link to why."""
    party = visit.query.get("party_id")
    answer = visit.api.link("finance", "statements", visit.path["settlement_id"], party_id=party)
    if answer.status == _FOUND:
        return Elsewhere(answer.headers["location"])
    return View("statement.html", {"told": answer.content, "party_id": party or "", "works": _by_work(answer.content)})


def _by_work(told: Mapping[str, Any]) -> list[dict[str, Any]]:
    """All ways of being paid for one work together, in each currency."""
    found: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for one in told["sources"]:
        for work in one["works"]:
            key = (work["title"] or one["heading"], work["work_id"], one["currency"])
            found.setdefault(key, []).extend({**line, "heading": one["heading"]} for line in work["lines"])
    return [{"title": t, "work_id": w, "currency": c, "lines": lines} for (t, w, c), lines in sorted(found.items())]


@pages.get("/console/statements/{settlement_id}/file/{form}")
def statement_file(visit: Visit) -> Outcome:
    """The statement as a file."""
    form = visit.path["form"]
    if form not in FORMATS:
        raise Refused(404, {"title": "Not found", "detail": f"a statement has no {form}"})
    settlement_id = visit.path["settlement_id"]
    answer = visit.api.link("finance", "statements", settlement_id, format=form, party_id=visit.query.get("party_id"))
    return _file(answer, FORMATS[form], f"statement-{settlement_id}.{form}")


def _file(answer: ApiAnswer, media_type: str, name: str) -> Outcome:
    if answer.status == _FOUND:
        return Elsewhere(answer.headers["location"])
    return Download(answer.content, media_type, name, base64=answer.is_base64)


@pages.get("/console/lines/{settlement_id}/{line_id}")
def line(visit: Visit) -> View:
    """Why a line is what it is, as a tree that unfolds to the plays."""
    told = visit.api.get("finance", "explain", visit.path["settlement_id"], visit.path["line_id"])
    key = told["key"]
    about = {"heading": source(key["mechanism"], key["licensee"], key["model"]), "rows_max": ROWS_MAX}
    return View("line.html", {"told": told, "key": key} | about)


@pages.get("/console/lines/{settlement_id}/{line_id}/text")
def line_text(visit: Visit) -> Outcome:
    """The same as text, to send to somebody who asks."""
    settlement_id, line_id = visit.path["settlement_id"], visit.path["line_id"]
    answer = visit.api.link("finance", "explain", settlement_id, line_id, format="text")
    return Download(answer.content, "text/plain; charset=utf-8", f"line-{line_id}.txt")


@pages.get("/console/ask")
def ask(visit: Visit) -> Elsewhere:
    """A line that somebody names."""
    return Elsewhere(here("lines", visit.query.get("settlement_id", ""), visit.query.get("line_id", "")))
