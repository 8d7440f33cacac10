"""Every collection can be listed by its parties and by finance, in pages; misspelt filters are refused."""

from typing import Any

import pytest

from local.gateway import Response
from local.stack import Stack
from tests.integration import scenario
from tests.integration.scenario import settle


def ids_of(stack: Stack, path: str, name: str, limit: int, **query: Any) -> list[str]:
    """All pages of a list, one after the other."""
    found, cursor = [], None
    while True:
        page = {"limit": str(limit)} | query.get("query", {}) | ({"cursor": cursor} if cursor else {})
        answer = stack.http("GET", path, scope=query["scope"], party=query.get("party"), query=page)
        assert answer.status == 200, answer.text
        body = answer.json()
        assert len(body["items"]) <= limit
        found += [item[name] for item in body["items"]]
        if (cursor := body["next_cursor"]) is None:
            return found


FACTS = [
    ("/v1/batches", "batch_id", "usage.write", "reporter", ["b-2", "b-1"]),
    ("/v1/attributions", "report_id", "disclosures.write", "licensee", ["rep-1"]),
    ("/v1/training-runs", "run_id", "disclosures.write", "licensee", ["run-1"]),
    ("/v1/revenue", "report_id", "disclosures.write", "licensee", ["rev-10"]),
]


def test_what_was_received_is_listed_to_its_party_and_to_finance(stack: Stack) -> None:
    scenario.world(stack)
    stack.at(scenario.SETTLED)
    settle(stack)
    for path, name, scope, whose, expected in FACTS:
        for limit in (1, 100):
            assert ids_of(stack, path, name, limit, scope=scope, party="fox") == expected
            assert ids_of(stack, path, name, limit, scope="finance", query={whose: "fox"}) == expected
        assert ids_of(stack, path, name, 100, scope=scope, party="ann") == []
        refused = stack.http("GET", path, scope=scope, party="ann", query={whose: "fox"})
        assert refused.status == 403, refused.text
    assert ids_of(stack, "/v1/levies", "levy_id", 1, scope="finance") == []
    assert ids_of(stack, "/v1/settlements", "settlement_id", 1, scope="finance") == ["2026-10"]
    assert ids_of(stack, "/v1/statements", "settlement_id", 1, scope="statements.read", party="ann") == ["2026-10"]
    assert ids_of(stack, "/v1/statements", "settlement_id", 1, scope="statements.read", party="fox") == []


def _get(stack: Stack, query: dict[str, str]) -> Response:
    return stack.http("GET", "/v1/batches", scope="usage.write", party="fox", query=query)


@pytest.mark.parametrize(
    ("query", "status", "told"),
    [
        ({"limt": "5"}, 400, "'limt' is no parameter here; known are cursor, limit, reporter"),
        ({"limit": "0"}, 422, "limit"),
        ({"limit": "1001"}, 422, "limit"),
        ({"cursor": "no!such"}, 400, "cursor"),
    ],
)
def test_a_list_refuses_what_it_does_not_know(stack: Stack, query: dict[str, str], status: int, told: str) -> None:
    answer = _get(stack, query)
    assert (answer.status, told in answer.json()["detail"]) == (status, True), answer.text


def test_a_route_that_takes_no_parameter_says_so(stack: Stack) -> None:
    answer = stack.http("GET", "/v1/whoami", scope="finance", query={"limit": "5"})
    assert (answer.status, answer.json()["detail"]) == (400, "'limit' is no parameter here; none is known")
