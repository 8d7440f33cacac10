"""Statements and the way back from every line to the plays, outputs and runs behind it."""

from collections.abc import Mapping
from itertools import accumulate
from typing import Any, Final

from overtone.console.backend import ApiAnswer, not_found
from overtone.console.routing import Download, Elsewhere, Outcome, Pages, View, Visit, here
from overtone.payout.words import source

pages = Pages()
FORMATS: Final = {"pdf": "application/pdf", "html": "text/html", "csv": "text/csv", "members": "text/csv"}
WORKS_MAX: Final = 40
"""Works on one page of a statement."""
LINES_SHOWN_MAX: Final = 2_000
"""Their lines on one page: of a work that alone has more the first, and as many corrections. The CSV has all."""
LINES_MAX: Final = 1_000_000
ROWS_MAX: Final = 500
"""Rows of one table of an explanation; the text has all that the API lists."""


@pages.get("/console/statements")
def statements(visit: Visit) -> View:
    """All statements of a party; to the office that names none everybody's, each with whose it is."""
    party = visit.query.get("party_id")
    answer = visit.api.get("finance", "statements", party_id=party, cursor=visit.query.get("cursor"))
    return View("statements.html", answer | {"party_id": party or "", "everybody": visit.person.is_finance and not party})


@pages.get("/console/statements/{settlement_id}")
def statement(visit: Visit) -> Outcome:
    """One statement, every line with a link to why."""
    party = visit.query.get("party_id")
    answer = visit.api.link("finance", "statements", visit.path["settlement_id"], party_id=party)
    if answer.location:
        return Elsewhere(answer.location)
    works, first = _by_work(answer.content), max(0, _number(visit.query.get("from", "")))
    page = _page(works[first:])
    rest = len(works) - first - len(page)
    shown = {
        "statement": answer.content,
        "party_id": party or "",
        "works": page,
        "next": first + len(page) if rest > 0 else 0,
        "rest": rest,
    }
    return View("statement.html", shown | {"lines_max": LINES_SHOWN_MAX})


def _page(works: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """As many of these works as one page shows: one at least, however many lines it has."""
    lines = list(accumulate(len(work["lines"]) for work in works[:WORKS_MAX]))
    return works[: max(1, sum(1 for count in lines if count <= LINES_SHOWN_MAX))]


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(LINES_MAX)) else 0


def _by_work(statement: Mapping[str, Any]) -> list[dict[str, Any]]:
    """All ways of being paid for one work together, in each currency: its recordings and its composition, by their title."""
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for one in statement["sources"]:
        for work in one["works"]:
            key = (work["title"] or one["heading"], one["currency"])
            about = {"heading": one["heading"], "work_id": work["work_id"], "work_key": work["work_key"]}
            found.setdefault(key, []).extend({**line, **about} for line in work["lines"])
    return [{"title": title, "currency": currency, "lines": lines} for (title, currency), lines in sorted(found.items())]


@pages.get("/console/statements/{settlement_id}/file/{form}")
def statement_file(visit: Visit) -> Outcome:
    """The statement as a file."""
    form = visit.path["form"]
    if form not in FORMATS:
        raise not_found(f"a statement has no {form}")
    settlement_id = visit.path["settlement_id"]
    answer = visit.api.link("finance", "statements", settlement_id, format=form, party_id=visit.query.get("party_id"))
    return _file(answer, FORMATS[form], f"statement-{settlement_id}.{form}")


def _file(answer: ApiAnswer, media_type: str, name: str) -> Outcome:
    if answer.location:
        return Elsewhere(answer.location)
    return Download(answer.content, media_type, name, base64=answer.is_base64)


@pages.get("/console/lines/{settlement_id}/{line_id}")
def line(visit: Visit) -> View:
    """Why a line is what it is, as a tree that unfolds to the plays."""
    explanation = visit.api.get("finance", "explain", visit.path["settlement_id"], visit.path["line_id"])
    key = explanation["key"]
    about = {"heading": source(key["mechanism"], key["licensee"], key["model"]), "rows_max": ROWS_MAX}
    return View("line.html", {"explanation": explanation, "key": key} | about)


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
