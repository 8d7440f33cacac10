"""Every collection can be listed by its parties and by finance, in pages; misspelt filters are refused."""

import json
import re
from typing import Any

import pytest

from local.gateway import Response
from local.generate import OPENAPI
from local.stack import Stack
from tests.integration import scenario
from tests.integration.scenario import files_of, settle


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
    assert ids_of(stack, "/v1/statements", "party_id", 1, scope="finance", query={"party_id": "ann"}) == ["ann"]
    everybody = sorted(name[11:-5] for name in files_of(stack) if name.startswith("statements/") and name.endswith(".json"))
    for scope in ("finance", "admin"):
        assert ids_of(stack, "/v1/statements", "party_id", 1, scope=scope) == everybody != [], scope


def test_a_provider_lists_the_reports_that_it_sent_and_no_others(stack: Stack) -> None:
    stack.at("2026-10-01T08:00:00Z")
    for provider in ("sureel", "other"):
        scenario.party(stack, provider, "attribution_provider")
    for lab in ("fox", "owl", "yak"):
        scenario.party(stack, lab, "licensee", attribution_providers=["sureel", "other"])
    by = [("fox", "fox"), ("fox", "sureel"), ("fox", "other"), ("fox", "sureel"), ("owl", "sureel"), ("yak", "other")]
    for number, (lab, sender) in enumerate(by):
        shares = {"output_id": f"gen-{number}", "revision": 0, "confidence": "0.9", "shares": [{"work": scenario.ISRC, "share": "1"}]}
        body = {"report_id": f"r{number}", "licensee": lab, "model": "m", "method": "s", "method_version": "1", "records": [shares]}
        assert stack.http("POST", "/v1/attributions", party=sender, scope="disclosures.write", json=body).status == 201
    for limit in (1, 2, 100):

        def listed(party: str, limit: int = limit, **query: str) -> list[str]:
            return ids_of(stack, "/v1/attributions", "report_id", limit, scope="disclosures.write", party=party, query=query)

        assert listed("sureel") == ["r3", "r1", "r4"]
        assert (listed("sureel", licensee="fox"), listed("sureel", licensee="owl")) == (["r3", "r1"], ["r4"])
        assert (listed("other"), listed("other", licensee="other")) == (["r2", "r5"], [])
        assert listed("fox") == listed("fox", licensee="fox") == ["r3", "r2", "r1", "r0"]
    refused = stack.http("GET", "/v1/attributions", party="sureel", scope="disclosures.write", query={"licensee": "yak"})
    assert refused.status == 403, refused.text


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


WORDS: frozenset[str] = frozenset({"account", "diff", "format", "kind", "mechanism", "method", "reason", "state", "status", "type"})
"""Parameters that are one of a few words, wherever they stand."""
OPEN = {"/v1/suspense reason", "/v1/settlements/{settlement_id}/lines reason"}
"""Another system's money waits for reasons of its own."""


def test_a_word_that_no_filter_takes_is_refused_with_those_that_it_does(stack: Stack) -> None:
    """Misspelt, it was a filter that nothing fits: whoever asked for `opne` invoices was told that there were none."""
    asked = dict[str, int]()
    for path, said in json.loads(OPENAPI.read_text(encoding="utf-8"))["paths"].items():
        for parameter in said.get("get", {}).get("parameters", ()):
            name, where = parameter["name"], f"{path} {parameter['name']}"
            if parameter["in"] != "query" or name not in WORDS or where in OPEN:
                continue
            refused = stack.http("GET", re.sub(r"\{\w+\}", "x", path), scope="admin", party="x", query={name: "opne"})
            asked[where] = refused.status
            if "enum" in parameter["schema"]:
                words = ", ".join(parameter["schema"]["enum"])
                told = f"{name}: 'opne' is none of the words that are taken here; use one of {words}"
                assert (refused.status, refused.json()["detail"]) == (422, told), where
    assert {where for where, status in asked.items() if status != 422} <= DRAWN, "say its words (`OneOf`) where the route is declared"
    assert len(asked) > 15


def test_what_is_no_month_and_no_currency_is_refused_wherever_it_is_a_filter(stack: Stack) -> None:
    """As a misspelt word was: whoever asked what waits of `2026-1` or in `eur` was told that nothing does."""
    asked = 0
    for path, said in json.loads(OPENAPI.read_text(encoding="utf-8"))["paths"].items():
        for parameter in said.get("get", {}).get("parameters", ()):
            if parameter["in"] == "query" and (name := parameter["name"]) in {"month", "currency"}:
                asked += 1
                for wrong in ("2026-1", "2026-13", "eur", "EEE", "XXX", ""):
                    refused = stack.http("GET", re.sub(r"\{\w+\}", "x", path), scope="admin", party="x", query={name: wrong})
                    assert refused.status == 422, (path, name, wrong, refused.text)
                    assert refused.json()["errors"][0]["field"] == name, (path, refused.text)
                    assert not re.search(parameter["schema"]["pattern"], wrong) or wrong in {"EEE", "XXX"}, path
    assert asked > 10


DRAWN = {"/v1/works/{work_id}/permissions format", "/v1/statements/{settlement_id} format"}
"""What a document is drawn as is refused once it is known which."""
