"""What somebody earned, on a page: as far as an answer goes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from local.functions import PAYLOAD_BYTES_MAX
from overtone.console import markup
from overtone.console.pages import earnings
from overtone.console.routing import View, Visit
from overtone.console.session import SignedIn

if TYPE_CHECKING:
    import pytest

PERSON = SignedIn("u-1", "Ann", "ann", "people", ("statements.read",), "key")
WORKS = 4_000
"""Of one statement, which has less than 2 MB with them."""


class Told:
    """Twelve statements of a label whose works are others in each."""

    def __init__(self, works: int) -> None:
        self._works = works

    def get(self, _service: str, _what: str, *settlements: str, limit: str = "") -> dict[str, Any]:
        if limit:
            return {"items": [{"settlement_id": f"2026-{number:02}"} for number in range(1, int(limit) + 1)]}
        (name,) = settlements
        works = [{"title": f"A song of {name}", "work_id": f"work-{name}-{place}", "amount": "0.25"} for place in range(self._works)]
        source = {"currency": "EUR", "heading": "Outputs of Fox", "amount": f"{self._works / 4}", "works": works}
        balance = {"currency": "EUR", "earned": source["amount"]}
        return {"settlement_id": name, "balances": [balance], "sources": [source], "adjustments": []}


def page(works: int) -> str:
    visit = Visit(PERSON, Told(works))  # type: ignore[arg-type]  # of the API only what this page asks
    shown = earnings.earnings(visit)
    assert isinstance(shown, View)
    return markup.page(shown, PERSON, "/console/earnings")


def test_works_are_shown_as_far_as_an_answer_goes() -> None:
    """Every work of twelve statements had a row: a label with a long tail of works got a 500 for as long as it had one."""
    assert len(json.dumps(page(WORKS))) < PAYLOAD_BYTES_MAX


def test_what_is_left_out_is_said_with_its_sum(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(earnings, "WORKS_MAX", 12 * 3)
    assert page(3).count('<a href="/console/works/') == 12 * 3
    assert "others" not in page(3)
    shown = page(4)
    assert (shown.count('<a href="/console/works/'), "12 others" in shown, ">3.00<" in shown) == (12 * 3, True, True)
