"""The finance API: what it starts, shows, hands out and refuses; and that nobody sees what is another's."""

import hashlib
from typing import Any

import pytest

from local.stack import Stack
from overtone.api.paging import limit_of
from overtone.errors import Rejected
from overtone.settlement.requests import ID_LENGTH_MAX
from tests.integration import scenario
from tests.integration.reading import faults, get
from tests.integration.scenario import ask, files_of, settle, shown

# --- asking


def test_a_settlement_computes_then_is_sealed_and_stays(stack: Stack) -> None:
    scenario.world(stack)
    stack.at(scenario.SETTLED)
    asked = ask(stack)
    assert asked.status == 202
    assert asked.json() | {"status": "computing", "through": "2026-10", "progress": {"done": 0, "total": 0}} == asked.json()
    stack.drain()
    sealed = shown(stack)
    assert (sealed["status"], sealed["files_total"]) == ("sealed", len(sealed["files"]))
    stored = files_of(stack)
    assert {entry["name"] for entry in sealed["files"]} == set(stored) - {"manifest.json"}
    for entry in sealed["files"]:
        body = stored[entry["name"]]
        assert (entry["bytes"], entry["sha256"]) == (len(body), hashlib.sha256(body).hexdigest())
    assert sealed["manifest_sha256"] == hashlib.sha256(stored["manifest.json"]).hexdigest()
    stack.at("2026-11-20T00:00:00Z")
    again = ask(stack)
    stack.drain()
    assert (again.status, again.json()) == (200, sealed)
    assert files_of(stack) == stored
    assert len(stack.executions()) == 1


def test_a_double_click_starts_one_execution(stack: Stack) -> None:
    scenario.world(stack)
    stack.at(scenario.SETTLED)
    assert [ask(stack).status, ask(stack).status] == [202, 202]
    assert len(stack.executions()) == 1
    other = ask(stack, strict=True)
    assert (other.status, "being computed" in other.json()["detail"]) == (409, True)
    stack.drain()
    assert (shown(stack)["status"], len(stack.executions())) == ("sealed", 1)


def test_an_execution_that_was_stopped_from_outside_goes_on_when_asked_again(stack: Stack) -> None:
    scenario.small_world(stack)
    stack.at(scenario.SETTLED)
    ask(stack)
    stack.stop_executions()
    assert shown(stack)["status"] == "computing"
    assert ask(stack).status == 202
    stack.drain()
    assert shown(stack)["status"] == "sealed"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"through": "2026-12"}, "through"),
        ({"through": "2026-13"}, "through"),
        ({"through": 202610}, "through"),
        ({"settlement_id": "../x"}, "settlement_id"),
        ({"settlement_id": "work"}, "settlement_id"),
        ({"settlement_id": "x" * (ID_LENGTH_MAX + 1)}, "settlement_id"),
        ({"waive": [{"reporter": "fox", "month": "2026-10"}]}, "waive.0.reason"),
        ({"waive": [{"reporter": "fox", "month": "2026-10", "reason": ""}]}, "waive.0.reason"),
        ({"waive": "all"}, "waive"),
        ({"force": True}, "force"),
    ],
)
def test_what_cannot_be_settled_is_refused_with_its_field(stack: Stack, changed: dict[str, Any], field: str) -> None:
    stack.at(scenario.SETTLED)
    body = {"settlement_id": "2026-10", "through": "2026-10"} | changed
    reply = stack.http("POST", "/v1/settlements", scope="finance", json=body)
    assert (reply.status, faults(reply)) == (422, [field])
    assert stack.items("LedgerTable") == []


def test_the_longest_id_is_taken(stack: Stack) -> None:
    scenario.small_world(stack)
    stack.at(scenario.SETTLED)
    assert settle(stack, "x" * ID_LENGTH_MAX)["status"] == "sealed"


def test_settlements_are_listed_newest_first_in_pages(settled: Stack) -> None:
    settled.at("2026-12-01T00:00:00Z")
    settle(settled, "2026-11", "2026-11")
    settled.at("2026-12-02T00:00:00Z")
    settle(settled, "try", "2026-11", preview=True)
    first = get(settled, "settlements", limit=2).json()
    assert [(entry["settlement_id"], entry["status"]) for entry in first["items"]] == [("try", "previewed"), ("2026-11", "sealed")]
    second = get(settled, "settlements", limit=2, cursor=first["next_cursor"]).json()
    assert [entry["settlement_id"] for entry in second["items"]] == ["2026-10"]
    assert second["next_cursor"] is None
    assert get(settled, "settlements", cursor="no!such").status == 400
    assert "known are cursor, limit" in get(settled, "settlements", after="2026-10").json()["detail"]
    assert faults(get(settled, "settlements", limit="0")) == ["limit"]
    assert get(settled, "settlements/nobody").status == 404


@pytest.mark.parametrize("text", ["0", "-1", "11", "x", "1e1", "٣", ""])
def test_a_limit_is_a_number_within_its_bounds(text: str) -> None:
    with pytest.raises(Rejected):
        limit_of({"limit": text}, default=5, most=10)
    assert [limit_of({"limit": good}, default=5, most=10) for good in ("1", "10")] == [1, 10]
