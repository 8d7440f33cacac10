"""`GET /v1/settlements/{id}/lines`: what the file has, by column and by words, page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.integration import scenario

if TYPE_CHECKING:
    from local.stack import Stack


def listed(stack: Stack, **query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor = None
    while True:
        asked = query | ({"cursor": cursor} if cursor else {})
        answer = stack.http("GET", "/v1/settlements/2026-10/lines", scope="finance", query=asked)
        assert answer.status == 200, answer.text
        page = answer.json()
        assert len(page["items"]) <= int(query.get("limit", "100"))
        found += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return found


def test_lines_are_listed_as_the_file_has_them(stack: Stack) -> None:
    scenario.world(stack)
    stack.at(scenario.SETTLED)
    assert scenario.settle(stack)["status"] == "sealed"
    lines = scenario.lines_of(stack)
    assert len(lines) > 3
    for limit in ("1", "3", str(len(lines)), "1000"):
        assert listed(stack, limit=limit) == lines
    for name, column in (("party_id", "party_id"), ("month", "usage_month"), ("account", "account"), ("mechanism", "mechanism")):
        value = lines[0][column] or "ann"
        assert listed(stack, **{name: value}) == [line for line in lines if line[column] == value]
    assert listed(stack, title="TRA") == [line for line in lines if "Track" in line["title"]]
    assert listed(stack, title="ｔｒá") == listed(stack, title="TRA")
    assert listed(stack, title="no such words") == []


@pytest.mark.parametrize(("query", "status"), [({"cursor": "eA"}, 422), ({"work": "track"}, 400), ({"limit": "1001"}, 422)])
def test_a_page_that_is_none(stack: Stack, query: dict[str, str], status: int) -> None:
    scenario.small_world(stack)
    stack.at(scenario.SETTLED)
    scenario.settle(stack)
    assert stack.http("GET", "/v1/settlements/2026-10/lines", scope="finance", query=query).status == status
    assert stack.http("GET", "/v1/settlements/2026-10/lines", party="ann", scope="statements.read").status == 403
