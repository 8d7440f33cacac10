"""How the stack stands, as its operator is told: queues, dead letters, alarms, what is still to be counted, the month."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from overtone.aws import clients, health
from tests.integration import scenario

if TYPE_CHECKING:
    import pytest

    from local.stack import Stack

QUIET = {"waiting": 0, "in_flight": 0, "delayed": 0, "oldest_seconds": None}


def state(stack: Stack, **query: str) -> dict[str, Any]:
    reply = stack.http("GET", "/v1/operations", scope="finance", query=query)
    assert reply.status == 200, reply.text
    found: dict[str, Any] = reply.json()
    return found


def queue(told: dict[str, Any], name: str, kind: str = "queues") -> dict[str, Any]:
    (found,) = [one for one in told[kind] if one["queue"] == name]
    return {key: found[key] for key in QUIET}


def test_on_a_quiet_day_every_queue_is_empty_and_every_alarm_is_still(stack: Stack) -> None:
    told = state(stack)
    assert [one["queue"] for one in told["queues"]] == ["accrual", "drop", "works", "webhook"]
    assert [one["queue"] for one in told["dead_letters"]] == ["accrual", "drop", "schedule", "webhook"]
    assert all({key: one[key] for key in QUIET} == QUIET for one in (*told["queues"], *told["dead_letters"]))
    assert {one["alarm"] for one in told["alarms"]} == set(stack._deployment.alarms)
    assert {one["state"] for one in told["alarms"]} == {"ok"}
    assert all(one["runbook"] == f"/console/runbook#{one['alarm']}" for one in told["alarms"])
    assert (told["ringing"], told["backlog"]) == (0, {"partitions": 0, "oldest": None, "unreadable": 0})
    assert told["progress"]["month"] == "2026-09", "the month before this one, where none was settled"


def test_what_waits_is_counted_and_as_old_as_it_is(stack: Stack) -> None:
    for name in ("DropDeadLetterQueue", "ScheduleDeadLetterQueue"):
        stack.aws("sqs").send_message(QueueUrl=stack.name(name), MessageBody="{}")
    stack.aws("sqs").send_message(QueueUrl=stack.name("WebhookQueue"), MessageBody="{}", DelaySeconds=600)
    for number in range(3):
        stack.aws("sqs").send_message(QueueUrl=stack.name("WorksQueue"), MessageBody=str(number))
    stack.aws("sqs").receive_message(QueueUrl=stack.name("WorksQueue"), MaxNumberOfMessages=2, WaitTimeSeconds=0)
    stack.at("2026-10-01T00:05:00Z")
    told = state(stack)
    assert queue(told, "drop", "dead_letters") == QUIET | {"waiting": 1, "oldest_seconds": 300}
    assert queue(told, "works") == QUIET | {"waiting": 1, "in_flight": 2, "oldest_seconds": 300}
    assert queue(told, "webhook") == QUIET | {"delayed": 1, "oldest_seconds": 300}
    assert queue(told, "accrual") == QUIET
    ringing = [one for one in told["alarms"] if one["state"] == "alarm"]
    assert [one["alarm"] for one in ringing] == ["DropDeadLetterAlarm", "ScheduleDeadLetterAlarm"]
    assert told["alarms"][: len(ringing)] == ringing, "those that ring stand first"
    assert (told["ringing"], {one["since"] for one in ringing}) == (2, {"2026-10-01T00:05:00Z"})
    stack.at("2026-10-01T01:00:00Z")
    assert {one["since"] for one in state(stack)["alarms"] if one["state"] == "alarm"} == {"2026-10-01T00:05:00Z"}


def test_a_month_goes_on_from_pending_to_settled(stack: Stack) -> None:
    scenario.small_world(stack)
    scenario.usage(stack, "b-2", ("output:gen-1", "2026-10-04", 3), ("output:gen-1", "2026-10-05", 1))
    told = state(stack, month="2026-10")
    assert told["progress"] == {
        "month": "2026-10",
        "runs": True,
        "reporters": 1,
        "pending": {"batches": 1, "records": 2},
        "incomplete": [],
        "set_aside": 0,
        "settlement": None,
    }
    stack.invoke("Aggregate", {"now": "2026-10-05T08:20:00Z"})
    waits = state(stack, month="2026-10")
    assert (waits["backlog"]["partitions"], waits["progress"]["pending"]) == (2, {"batches": 1, "records": 2}), "expanded, and not accrued"
    assert queue(waits, "accrual")["waiting"] == 2
    stack.drain()
    assert state(stack, month="2026-10")["progress"]["pending"] == {"batches": 0, "records": 0}
    stack.at("2026-11-10T06:00:00Z")
    assert state(stack)["progress"]["month"] == "2026-10"
    assert scenario.settle(stack)["status"] == "sealed"
    assert state(stack, month="2026-10")["progress"]["settlement"] == {"settlement_id": "2026-10", "status": "sealed"}
    assert (state(stack)["progress"]["month"], state(stack)["progress"]["runs"]) == ("2026-11", True)
    assert not stack.errors


def test_completeness_says_what_is_accepted_and_not_counted_yet(stack: Stack) -> None:
    scenario.small_world(stack)
    scenario.party(stack, "owl", "licensee")
    scenario.usage(stack, "o-1", (scenario.ISRC, "2026-10-02", 1), (scenario.ISRC, "2026-09-30", 1), by="owl")
    told = stack.http("GET", "/v1/completeness/2026-10", scope="finance").json()
    fox, owl = told["reporters"]
    assert (fox["reporter"], fox["pending"]) == ("fox", {"batches": 0, "records": 0})
    assert (owl["reporter"], owl["pending"], owl["received"]["batches"]) == ("owl", {"batches": 1, "records": 1}, 0)
    assert stack.http("GET", "/v1/completeness/2026-10", party="fox", scope="usage.write").json()["reporters"] == [fox]
    scenario.accrue(stack, "2026-10-05T08:30:00Z")
    _, owl = stack.http("GET", "/v1/completeness/2026-10", scope="finance").json()["reporters"]
    assert (owl["pending"], owl["received"]["batches"]) == ({"batches": 0, "records": 0}, 1)


def test_only_the_office_is_told(stack: Stack) -> None:
    for scope in ("usage.write", "disclosures.write", "registry.write", "statements.read"):
        assert stack.http("GET", "/v1/operations", party="fox", scope=scope).status == 403
    assert stack.http("GET", "/v1/operations", scope="admin").status == 200
    assert stack.http("GET", "/v1/operations", scope="finance", query={"month": "2026-13"}).status == 422


class Neighbours:
    """CloudWatch of an account with another stack whose name begins like ours; an answer for each page."""

    asked: list[str]

    def __init__(self) -> None:
        self.asked = []

    def describe_alarms(self, **asked: Any) -> dict[str, Any]:
        self.asked.append(asked.get("NextToken", ""))
        state = {"StateValue": "INSUFFICIENT_DATA", "StateUpdatedTimestamp": datetime(2026, 10, 1, tzinfo=UTC)}
        pages = {
            "": ["overtone-QuarantineAlarm-NphnQZx4fMeS", "overtone-test-QuarantineAlarm-1XJ8QK3W4"],
            "2": ["overtone-ApiErrorAlarm-1XJ8QK3W4", "overtone-by-hand"],
        }
        more = {"NextToken": "2"} if "NextToken" not in asked else {}
        return {"MetricAlarms": [{"AlarmName": name, **state} for name in pages[asked.get("NextToken", "")]], **more}


def test_alarms_of_a_stack_that_is_called_alike_are_not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    there = Neighbours()
    monkeypatch.setattr(clients, "_client", lambda _service, _pace: there)
    found = health.alarms("overtone")
    assert [(one.alarm, one.state, one.since) for one in found] == [
        ("ApiErrorAlarm", "insufficient_data", "2026-10-01T00:00:00Z"),
        ("QuarantineAlarm", "insufficient_data", "2026-10-01T00:00:00Z"),
    ]
    assert there.asked == ["", "2"]
