"""Callers of finance and admins need no party record: whose token names a party without one acts for no party."""

from typing import Any

import pytest

from local.stack import Stack
from overtone.api import everybody
from tests.integration import scenario
from tests.integration.scenario import ISRC

SONG: dict[str, Any] = {"title": "Song", "kind": "recording", "shares": []}


@pytest.mark.parametrize("party", [None, "root"])
def test_an_admin_registers_works_without_an_owner_whatever_its_token_names(stack: Stack, party: str | None) -> None:
    """It was told to register the party of its token first."""
    scenario.party(stack, "ann", "creator")
    admin: dict[str, Any] = {"party": party, "scope": "admin"}
    put = stack.http("PUT", "/v1/works/own", json=SONG | {"identifiers": [ISRC]}, **admin)
    assert (put.status, put.json()["owner"]) == (201, ""), put.text
    assert stack.http("PUT", "/v1/works/hers", json=SONG | {"owner": "ann"}, **admin).json()["owner"] == "ann"
    assert stack.http("PATCH", "/v1/works/own", json={"title": "Sung"}, **admin).json()["owner"] == ""
    for name, query, owner in (("listed", {}, ""), ("listed-hers", {"owner": "ann"}, "ann")):
        table, form = f"work_id,title,kind\n{name},Table,recording\n", {"content-type": "text/csv"}
        taken = stack.http("POST", "/v1/works:import", body=table, headers=form, query=query, **admin)
        assert (taken.status, taken.json()["refused"]) == (200, 0), taken.text
        assert stack.http("GET", f"/v1/works/{name}", **admin).json()["owner"] == owner


def test_an_admin_of_a_registered_party_registers_works_for_it(stack: Stack) -> None:
    scenario.party(stack, "lbl", "label")
    put = stack.http("PUT", "/v1/works/own", json=SONG, party="lbl", scope="admin")
    assert (put.status, put.json()["owner"]) == (201, "lbl"), put.text


def listed(stack: Stack, path: str, **asked: Any) -> list[dict[str, Any]]:
    """All of a list, a few at a time."""
    found, cursor = list[dict[str, Any]](), ""
    while True:
        reply = stack.http("GET", path, query={"limit": "2"} | ({"cursor": cursor} if cursor else {}), **asked)
        assert reply.status == 200, (path, reply.text)
        found += reply.json()["items"]
        if not (cursor := reply.json()["next_cursor"]):
            return found


@pytest.mark.parametrize(("party", "scope"), [("desk", "finance"), ("root", "admin")])
def test_finance_sees_the_same_whatever_its_token_names(stack: Stack, party: str, scope: str) -> None:
    """Under a name that nobody registered it was shown no works and nothing of what it is told, and its webhooks heard nothing."""
    scenario.small_world(stack)
    stack.at(scenario.SETTLED)
    assert scenario.settle(stack)["status"] == "sealed"
    office: dict[str, Any] = {"scope": scope}
    named = office | {"party": party}
    hook = stack.http("PUT", "/v1/webhooks/own", json={"url": "http://127.0.0.1:9/hook"}, **named)
    assert hook.status == 201, hook.text
    for path in ("/v1/works", "/v1/events", "/v1/webhooks", "/v1/parties", "/v1/deals"):
        assert listed(stack, path, **named) == listed(stack, path, **office) != [], path
    assert [event["type"] for event in listed(stack, "/v1/events", **named)][-1:] == ["settlement.sealed"]


FACTS = {
    "/v1/batches": ("batch_id", "reporter", ["b-2", "b-1", "g-2", "g-1"]),
    "/v1/attributions": ("report_id", "licensee", ["rep-1"]),
    "/v1/training-runs": ("run_id", "licensee", ["run-1", "run-g"]),
    "/v1/revenue": ("report_id", "licensee", ["rev-10", "rev-g"]),
    "/v1/clearances": ("clearance_id", "licensee", ["c-1", "c-2"]),
}


@pytest.mark.parametrize(("party", "scope"), [(None, "finance"), ("desk", "finance"), ("root", "admin")])
def test_finance_lists_what_was_received_from_everybody(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, party: str | None, scope: str
) -> None:
    """Who named nobody was refused, or shown nothing: what a month is made of could be read by who knew whom to ask for, alone."""
    scenario.world(stack)
    scenario.party(stack, "gnu", "licensee")
    for number in (1, 2):
        scenario.usage(stack, f"g-{number}", (ISRC, "2026-10-03", number), by="gnu")
    run = {"run_id": "run-g", "model": "gnu-1", "trained_on": "2026-10-02", "works": [{"work": ISRC}]}
    scenario.sent(stack, "/v1/training-runs", run, by="gnu")
    revenue = {"report_id": "rev-g", "month": "2026-10", "currency": "EUR", "net_revenue": "5"}
    scenario.sent(stack, "/v1/revenue", revenue, by="gnu")
    for by, name in (("fox", "c-1"), ("gnu", "c-2")):
        asked = {"clearance_id": name, "use": "training", "day": "2026-10-05", "works": [ISRC]}
        scenario.sent(stack, "/v1/clearances", asked, by=by)
    office: dict[str, Any] = {"party": party, "scope": scope}
    for path, (name, whose, expected) in FACTS.items():
        found = listed(stack, path, **office)
        assert [item[name] for item in found] == expected, path
        assert {item[whose] for item in found} <= {"fox", "gnu"}
        assert listed(stack, f"{path}?{whose}=gnu", **office) == [item for item in found if item[whose] == "gnu"]
        assert stack.http("GET", path, query={"cursor": "Zm94"}, **office).json()["items"] == [i for i in found if i[whose] != "fox"]
        for looked_at in (1, 2, 4, 5, 6):  # there are five parties
            monkeypatch.setattr(everybody, "PARTIES_LOOKED_AT_MAX", looked_at)
            assert listed(stack, path, **office) == found, (path, looked_at)
