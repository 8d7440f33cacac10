"""Settlements follow one another: one at a time, each sealed for good, each paying what the ones before did not."""

import csv
import io
import json
from typing import Any

from local.stack import Stack
from tests.integration import scenario
from tests.integration.scenario import ask, files_of, lines_of, settle, shown

# --- one at a time


def test_an_earlier_month_that_was_asked_for_beside_a_later_one_is_refused(stack: Stack) -> None:
    scenario.small_world(stack)
    stack.at(scenario.SETTLED)
    assert [ask(stack, "a", "2026-10").status, ask(stack, "b", "2026-09").status] == [202, 202]
    stack.drain()
    assert [shown(stack, name)["status"] for name in "ab"] == ["sealed", "refused"]


def test_two_that_are_asked_for_at_once_follow_one_another(stack: Stack) -> None:
    scenario.small_world(stack)
    stack.at(scenario.SETTLED)
    assert [ask(stack, "a").status, ask(stack, "b").status] == [202, 202]
    stack.drain()
    assert [shown(stack, name)["status"] for name in "ab"] == ["sealed", "sealed"]
    assert json.loads(files_of(stack, "b")["manifest.json"])["previous"]["settlement_id"] == "a"
    assert lines_of(stack, "b") == []


def test_while_one_runs_another_is_refused_by_name(stack: Stack) -> None:
    scenario.small_world(stack)
    stack.at(scenario.SETTLED)
    ask(stack, "a")
    scenario.step(stack, "open", "a")
    refused = ask(stack, "b")
    assert (refused.status, "settlement a is running" in refused.json()["detail"]) == (409, True)
    stack.drain()
    assert shown(stack, "a")["status"] == "sealed"
    assert settle(stack, "b")["status"] == "sealed"


def test_a_request_that_finds_another_running_when_it_starts_is_refused_by_name(stack: Stack) -> None:
    scenario.small_world(stack)
    stack.at(scenario.SETTLED)
    ask(stack, "a")
    ask(stack, "b")
    opened = [scenario.step(stack, "open", name) for name in "ab"]
    assert [answer["refused"] for answer in opened] == [False, True]
    refused = shown(stack, "b")
    assert (refused["status"], refused["reasons"]) == ("refused", [{"message": refused["detail"]}])
    assert "settlement a is running" in refused["detail"]


def test_a_month_before_the_last_is_refused(stack: Stack) -> None:
    scenario.small_world(stack)
    stack.at(scenario.SETTLED)
    settle(stack)
    refused = ask(stack, "late", "2026-09")
    assert (refused.status, "2026-10 is sealed through 2026-10" in refused.json()["detail"]) == (422, True)
    assert stack.http("GET", "/v1/settlements/late", scope="finance").status == 404


def test_the_schedule_settles_the_month_before(stack: Stack) -> None:
    scenario.small_world(stack)
    stack.tick(scenario.SETTLED)
    sealed = shown(stack)
    assert (sealed["status"], sealed["through"], sealed["requested_by"]) == ("sealed", "2026-10", "schedule")


# --- refused, waived, begun anew


def declare(stack: Stack, **more: Any) -> None:
    body = {"month": "2026-10", "batches": 2, "records": 9, "revenue": {}} | more
    assert stack.http("POST", "/v1/completeness", party="fox", scope="usage.write", json=body).status == 201


def test_what_is_incomplete_is_refused_until_it_is_here_or_waived(stack: Stack) -> None:
    scenario.small_world(stack)
    declare(stack)
    stack.at(scenario.SETTLED)
    refused = settle(stack)
    assert refused["status"] == "refused"
    assert any("fox" in json.dumps(reason) for reason in refused["reasons"])
    assert refused["files"] == []
    waive = [{"reporter": "fox", "month": "2026-10", "reason": "they closed down"}]
    sealed = settle(stack, waive=waive)
    assert sealed["status"] == "sealed"
    assert json.loads(files_of(stack)["manifest.json"])["waivers"] == waive


def test_what_was_missing_arrives_and_the_same_request_goes_on(stack: Stack) -> None:
    scenario.small_world(stack)
    declare(stack, records=2)
    stack.at(scenario.SETTLED)
    assert settle(stack)["status"] == "refused"
    scenario.usage(stack, "b-2", ("output:gen-1", "2026-10-09", 1))
    assert settle(stack)["status"] == "sealed"


def test_restart_plans_anew(stack: Stack) -> None:
    scenario.small_world(stack)
    stack.at(scenario.SETTLED)
    assert settle(stack, "look", preview=True)["status"] == "previewed"
    assert settle(stack, "look", restart=True, preview=True)["status"] == "previewed"
    attempts = {key.split("/")[2] for key in stack.objects("SettlementBucket") if key.startswith("work/look/")}
    assert len(attempts) > 1


def test_what_was_begun_before_another_was_sealed_is_planned_anew(stack: Stack) -> None:
    scenario.small_world(stack)
    stack.at(scenario.SETTLED)
    stack.faults.deny("work/a/*emitted.json")
    assert settle(stack, "a")["status"] == "failed"
    stack.faults.clear()
    assert settle(stack, "b")["status"] == "sealed"
    assert settle(stack, "a")["status"] == "sealed"
    assert json.loads(files_of(stack, "a")["manifest.json"])["previous"]["settlement_id"] == "b"
    assert lines_of(stack, "a") == []


# --- previews


def test_a_preview_is_the_settlement_that_follows_and_posts_nothing(stack: Stack) -> None:
    scenario.world(stack)
    stack.at(scenario.SETTLED)
    before = {item["pk"]: item for item in stack.items("LedgerTable") if item["pk"] in {"CHAIN", "FENCE"}}
    assert settle(stack, "look", preview=True)["status"] == "previewed"
    assert {item["pk"] for item in stack.items("LedgerTable") if item["pk"] == "FENCE"} == set()
    assert files_of(stack) == files_of(stack, "look") == {}
    chain = next(item for item in stack.items("LedgerTable") if item["pk"] == "CHAIN")
    assert (before, chain["sealed_id"], chain["running"]) == ({}, "", "")
    previewed = files_of(stack, "look", preview=True)
    stack.at(scenario.SETTLED)
    assert settle(stack)["status"] == "sealed"
    sealed = files_of(stack)
    assert sealed.keys() == previewed.keys()
    for name in ("receivables.csv", "breaches.csv", "trial_balance.csv"):
        assert sealed[name] == previewed[name], name
    lines = list(csv.DictReader(io.StringIO(previewed["lines.csv"].decode())))
    assert without_ids(lines) == without_ids(lines_of(stack))


def without_ids(lines: list[dict[str, str]]) -> list[tuple[tuple[str, str], ...]]:
    """Lines as they are in every settlement: an id is the settlement's own."""
    return sorted(tuple((name, value) for name, value in line.items() if name != "line_id") for line in lines)


def test_a_settlement_of_another_stacks_machine_does_not_run(stack: Stack) -> None:
    """A restored table may tell of one that was under way; nobody here may ask after it, and each request was answered with a 500."""
    scenario.small_world(stack)
    stack.at(scenario.SETTLED)
    ask(stack, "a")
    scenario.step(stack, "open", "a")
    table, key = stack.table("LedgerTable"), {"pk": "SETTLEMENTS", "sk": "a"}
    before = table.get_item(Key=key)["Item"]
    machine, name = before["owner"].rsplit(":", 1)
    table.put_item(Item=before | {"owner": f"{machine}-of-the-old-stack:{name}"})
    assert ask(stack, "b").status == 202
    stack.drain()
    assert [shown(stack, name)["status"] for name in "ab"] == ["failed", "sealed"]
