"""A statement on a page of the console: as far as an answer goes, and the rest on the next."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import orjson

from local.functions import PAYLOAD_BYTES_MAX
from overtone.console import markup
from overtone.console.backend import ApiAnswer
from overtone.console.pages import statements
from overtone.console.routing import View, Visit
from overtone.console.session import SignedIn
from overtone.views.statements import ANSWERED_BYTES_MAX

if TYPE_CHECKING:
    import pytest

PERSON = SignedIn("u-1", "Ann", "ann", "people", ("statements.read",), "key")
AMOUNT = {"amount": "0.012345678901", "shadow": "0", "quantity": "1234"}
LINE = AMOUNT | {"usage_month": "2026-10", "side": "recording", "words": "1,234 outputs", "apart": None}
CHANGE = {"corrects": "2026-09", "reason": "shares changed", "heading": "Outputs of Fox Streaming", "side": "recording", "apart": None}


def told(works: int, lines: int, changes: int = 0) -> dict[str, Any]:
    """A statement of so many works, each with so many lines, and of so many corrections."""
    rows = [
        {"title": f"Song {work}", "work_id": f"the-label-s-own-number-of-work-{work:010}", "work_key": f"work:{work}", "identifiers": []}
        | {"lines": [LINE | {"line_id": f"{work:08}{line:012}"} for line in range(lines)]}
        for work in range(works)
    ]
    source = {"heading": "Outputs of Fox Streaming", "currency": "EUR", "amount": "1", "works": rows}
    corrected = [LINE | CHANGE | {"line_id": f"{change:020}", "title": f"Song {change}", "currency": "EUR"} for change in range(changes)]
    beside = {"adjustments": corrected, "waiting": [], "suspended": [], "balances": [], "how_to_ask": "Ask."}
    return {"settlement_id": "2026-10", "through": "2026-10", "party_id": "ann", "name": "Ann", "sources": [source]} | beside


class Sealed:
    """The API, which answers one statement."""

    def __init__(self, statement: dict[str, Any]) -> None:
        assert len(orjson.dumps(statement)) < ANSWERED_BYTES_MAX, "a larger one is a file"
        self._statement = statement

    def link(self, *_asked: str, **_query: str | None) -> ApiAnswer:
        return ApiAnswer(200, {}, self._statement)


def page(statement: dict[str, Any], first: str = "") -> str:
    visit = Visit(PERSON, Sealed(statement), {"settlement_id": "2026-10"}, {"from": first})  # type: ignore[arg-type]  # of the API one call
    shown = statements.statement(visit)
    assert isinstance(shown, View)
    return markup.page(shown, PERSON, "/console/statements/2026-10")


def test_lines_are_shown_as_far_as_an_answer_goes() -> None:
    """Forty works had all of their lines on one page: with a line per country and use it was a 500, though the API answers it."""
    assert len(json.dumps(page(told(40, 560)))) < PAYLOAD_BYTES_MAX
    assert len(json.dumps(page(told(1, 22_500)))) < PAYLOAD_BYTES_MAX


def test_every_line_is_on_one_of_the_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statements, "LINES_SHOWN_MAX", 7)
    statement, first, found = told(5, 3), "", list[str]()
    while True:
        shown = page(statement, first)
        found += re.findall(r'aria-label="Why (\w+)"', shown)
        more = re.search(r'href="\?from=(\d+)" rel="next">(\d+) more', shown)
        if not more:
            break
        first = more[1]
        assert int(first) + int(more[2]) == 5
    assert found == [line["line_id"] for work in statement["sources"][0]["works"] for line in work["lines"]]


def test_of_one_work_s_lines_and_of_corrections_the_first_are_shown_and_how_many_follow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statements, "LINES_SHOWN_MAX", 7)
    shown = page(told(1, 9, 10))
    assert len(re.findall(r'aria-label="Why (\w+)"', shown)) == 7 + 7
    assert ("And 2 more" in shown, "And 3 more" in shown) == (True, True)
    assert "0.1111" in shown, "the sum is of all"
