"""The month closes: by its schedule, whatever stands in the way, by one execution at a time, and somebody hears where it does not."""

import json
from typing import Any

import pytest

from local.stack import Stack
from overtone.steps import reconciliation
from tests.integration import scenario
from tests.integration.scenario import ask, settle, shown, step

SETTLES, SETTLES_AGAIN = "SettlementMachineSettleSchedule", "SettlementMachineSettleAgainSchedule"


def declare(stack: Stack, records: int) -> None:
    body = {"month": "2026-10", "batches": records, "records": records, "revenue": {}}
    assert stack.http("POST", "/v1/completeness", party="fox", scope="usage.write", json=body).status == 201


def monthly(stack: Stack, day: str = "2026-11-10") -> None:
    """What the schedule does on a settlement day."""
    _fire(stack, SETTLES, "scheduled_at", f"{day}T06:00:00Z")


def daily(stack: Stack, day: str) -> None:
    """What the schedule does on every day."""
    _fire(stack, SETTLES_AGAIN, "again_at", f"{day}T07:30:00Z")


def _fire(stack: Stack, schedule: str, name: str, time: str) -> None:
    stack.at(time)
    stack.fire(schedule, {name: time})
    stack.drain()


def statuses(stack: Stack) -> list[tuple[str, str | None]]:
    return [(entry["status"], entry["error"]) for entry in stack.executions()]


def test_what_the_schedule_is_refused_rings_says_why_and_is_tried_every_day_until_it_is_sealed(stack: Stack) -> None:
    scenario.small_world(stack)
    declare(stack, 2)
    monthly(stack)
    refused = shown(stack)
    assert (refused["status"], refused["requested_by"]) == ("refused", "schedule")
    assert "declared and not here" in refused["reasons"][0]["message"]
    assert statuses(stack) == [("FAILED", "SettlementRefused")], "a machine that fails rings"
    assert "SettlementFailedAlarm" in stack.ringing()
    daily(stack, "2026-11-10")
    daily(stack, "2026-11-11")
    assert statuses(stack)[1:] == [("FAILED", "SettlementRefused")] * 2, "tried again on both days, and rang again"
    scenario.usage(stack, "b-2", ("output:gen-1", "2026-10-09", 1))
    daily(stack, "2026-11-12")
    assert (shown(stack)["status"], statuses(stack)[-1]) == ("sealed", ("SUCCEEDED", None))
    sealed = shown(stack)
    daily(stack, "2026-11-13")
    assert (shown(stack), statuses(stack)[-1]) == (sealed, ("SUCCEEDED", None)), "there is nothing to try again"
    assert not [item for item in stack.items("LedgerTable") if item["pk"] == "FENCE"]


AMENDED: dict[str, dict[str, Any]] = {
    "from next year on": {"from": "2027-01-01", "effective_from": "2027-01-01"},
    "to an end in time": {"to": "2026-10-31", "effective_from": "2026-11-01"},
    "with a tail, long ago": {"to": "2026-09-30", "tail": {"months": 6}},
}


@pytest.mark.parametrize("amended", AMENDED)
def test_who_has_a_deal_in_force_in_the_month_is_waited_for_whatever_was_agreed_since(stack: Stack, amended: str) -> None:
    """The version that was recorded last decided alone: a renewal from next year on settled this month without what was declared."""
    scenario.small_world(stack)
    stack.at("2026-11-02T06:00:00Z")
    terms = [{"mechanism": "per_output", "rate": "0.007"}, {"mechanism": "revenue_pool", "share": "0.03", "basis": "influence"}]
    scenario.deal(stack, "open", *terms, **AMENDED[amended])
    declare(stack, 2)
    stack.at(scenario.SETTLED)
    assert settle(stack)["status"] == "refused"


def test_who_has_a_deal_again_only_later_is_not_waited_for(stack: Stack) -> None:
    """What it lacks moves nobody's money, although the version that was recorded last covers the month."""
    scenario.small_world(stack)
    stack.at("2026-11-02T06:00:00Z")
    scenario.deal(stack, "open", {"mechanism": "per_output", "rate": "0.007"}, to="2026-09-30", effective_from="2026-01-01")
    scenario.deal(stack, "open", {"mechanism": "per_output", "rate": "0.007"}, effective_from="2026-11-01")
    declare(stack, 2)
    stack.at(scenario.SETTLED)
    assert settle(stack)["status"] == "sealed"


def test_a_settlement_that_finance_asked_for_in_vain_is_the_schedule_s_from_its_day_on(stack: Stack) -> None:
    scenario.small_world(stack)
    declare(stack, 2)
    stack.at("2026-11-09T06:00:00Z")
    assert settle(stack)["status"] == "refused"
    waive = [{"reporter": "fox", "month": "2026-10", "reason": "they closed down"}]
    assert settle(stack, "2026-10-b", waive=waive, preview=True)["status"] == "previewed"
    monthly(stack)
    assert (shown(stack)["status"], statuses(stack)[-1]) == ("refused", ("FAILED", "SettlementRefused"))
    assert settle(stack, waive=waive)["status"] == "sealed"
    daily(stack, "2026-11-11")
    assert (shown(stack)["status"], shown(stack)["waive"], statuses(stack)[-1]) == ("sealed", waive, ("SUCCEEDED", None))


def test_a_month_that_still_runs_is_settled_early_or_not_at_all(stack: Stack) -> None:
    scenario.small_world(stack)
    stack.at("2026-10-31T23:59:59Z")
    for preview in (False, True):
        refused = ask(stack, "e", preview=preview)
        assert (refused.status, refused.json()["errors"][0]["field"]) == (422, "through")
        assert "early: true" in refused.json()["detail"]
    assert settle(stack, "e", early=True)["status"] == "sealed"
    stack.at("2026-11-01T00:00:00Z")
    assert settle(stack, "f")["status"] == "sealed"


@pytest.mark.parametrize(
    ("name", "at", "played", "over"),
    [("2026-10", "2026-10-31", "2026-10-31", "2026-11-10"), ("2026-11", "2026-11-02", "2026-11-02", "2026-12-10")],
)
def test_what_was_sealed_under_a_months_name_before_it_was_over_takes_not_the_schedules_place(
    stack: Stack, name: str, at: str, played: str, over: str
) -> None:
    """The schedule found its name sealed, and what came after waited for the month that followed."""
    scenario.small_world(stack)
    stack.at(f"{at}T12:00:00Z")
    assert settle(stack, name, "2026-10", early=True)["status"] == "sealed"
    scenario.usage(stack, "late", ("output:gen-1", played, 3))
    monthly(stack, over)
    whole = shown(stack, f"{name}-2")
    assert (whole["status"], whole["through"], shown(stack, name)["through"]) == ("sealed", name, "2026-10")
    monthly(stack, over)
    assert shown(stack, f"{name}-2") == whole, "asked again on that day, it has nothing to do"
    assert stack.http("GET", f"/v1/settlements/{name}-3", scope="finance").status == 404


def test_a_preview_has_an_id_of_its_own(stack: Stack) -> None:
    scenario.small_world(stack)
    stack.at(scenario.SETTLED)
    refused = ask(stack, "2026-10", preview=True)
    assert (refused.status, "an id of its own" in refused.json()["detail"]) == (422, True)
    assert settle(stack, "look", preview=True)["status"] == "previewed"
    for name, preview in (("look", False), ("2026-10", False), ("2026-10-b", True)):
        expected = 409 if name == "look" else 202
        assert ask(stack, name, preview=preview).status == expected, name
        stack.drain()


def test_a_preview_that_runs_makes_way_for_the_schedule(stack: Stack) -> None:
    scenario.small_world(stack)
    stack.at(scenario.SETTLED)
    assert ask(stack, "look", preview=True).status == 202
    step(stack, "open", "look")
    stack.fire(SETTLES, {"scheduled_at": "2026-11-10T06:00:00Z"})
    while stack._engine._executions:
        stack._engine._executions.pop()()  # the one started last goes first
    assert shown(stack)["status"] == "sealed"
    looked = shown(stack, "look")
    assert (looked["status"], looked["detail"]) == ("failed", "it made way for settlement 2026-10; ask for it again")
    assert settle(stack, "look", preview=True)["status"] == "previewed"


def test_an_execution_that_lost_its_settlement_changes_nothing_more(stack: Stack) -> None:
    scenario.small_world(stack)
    stack.at(scenario.SETTLED)
    ask(stack)
    step(stack, "open")
    old = {"owner": stack.table("LedgerTable").get_item(Key={"pk": "SETTLEMENTS", "sk": "2026-10"})["Item"]["owner"]}
    stack.stop_executions()
    assert ask(stack).status == 202
    step(stack, "open")
    while step(stack, "drain")["pending"]:
        stack.drain()
    kept = [item for item in stack.items("LedgerTable") if item["pk"] in {"FENCE", "CHAIN", "SETTLEMENTS"}]
    for name in ("drain", "plan", "emit", "seal"):
        with pytest.raises(Exception, match="belongs to another execution"):
            step(stack, name, **old)
    assert step(stack, "fail", error={"Error": "States.Timeout"}, **old) == {"rings": False}
    assert step(stack, "open", **old)["refused"]
    assert [item for item in stack.items("LedgerTable") if item["pk"] in {"FENCE", "CHAIN", "SETTLEMENTS"}] == kept


def test_an_execution_that_died_without_a_word_is_taken_over_by_the_next_day_s_try(stack: Stack) -> None:
    scenario.small_world(stack)
    stack.at(scenario.SETTLED)
    stack.fire(SETTLES, {"scheduled_at": "2026-11-10T06:00:00Z"})
    (entry,) = stack.executions()
    owner = entry["executionArn"]
    event: dict[str, Any] = {"settlement_id": "2026-10", "request": json.loads(entry["input"]), "owner": owner}
    for name in ("open", "drain"):
        stack.invoke("Settlement", event | {"step": name})
    stack.stop_executions()
    daily(stack, "2026-11-11")
    assert shown(stack)["status"] == "sealed"
    assert not [item for item in stack.items("LedgerTable") if item["pk"] == "FENCE"]


def test_a_fence_that_nobody_stands_behind_is_lowered_the_next_day(stack: Stack) -> None:
    scenario.small_world(stack)
    stack.at(scenario.SETTLED)
    assert settle(stack)["status"] == "sealed"
    stack.table("LedgerTable").put_item(Item={"pk": "FENCE", "sk": "2026-10", "settlement_id": "2026-10"})
    stack.stop_executions()
    daily(stack, "2026-11-11")
    assert not [item for item in stack.items("LedgerTable") if item["pk"] == "FENCE"]


def test_code_that_was_deployed_meanwhile_plans_anew(stack: Stack) -> None:
    scenario.small_world(stack)
    stack.at(scenario.SETTLED)
    ask(stack)
    for name in ("open", "drain", "plan"):
        step(stack, name)
    assert step(stack, "fail", error={"Error": "Lambda.Unknown"}) == {"rings": True}
    for key in [key for key in stack.objects("SettlementBucket") if key.endswith("plan.json")]:
        body = json.loads(stack.objects("SettlementBucket")[key]) | {"code": "41"}
        stack.put_object("SettlementBucket", key, json.dumps(body).encode())
    assert settle(stack)["status"] == "sealed"
    attempts = {key.split("/")[2] for key in stack.objects("SettlementBucket") if key.startswith("work/2026-10/")}
    assert len(attempts) == 2, "parts of two versions are not joined"


def test_a_month_that_is_not_sealed_by_the_twelfth_rings(stack: Stack) -> None:
    scenario.small_world(stack)

    def rings(day: str) -> bool:
        stack.at(f"{day}T00:00:00Z")
        stack.invoke("Reconcile", {"now": f"{day}T00:00:00Z"})
        return "MonthNotSealedAlarm" in stack.ringing()

    assert [rings("2026-11-11"), rings("2026-11-12")] == [False, True]
    assert reconciliation.late_month("2026-11-30T00:00:00Z") == "2026-10"
    assert settle(stack)["status"] == "sealed"
    assert reconciliation.late_month("2026-11-30T00:00:00Z") == ""
