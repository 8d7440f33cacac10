"""Each alarm rings for the fault that it is for, and for nothing else that day."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING, Any

import pytest

from local.alarms import metric
from local.queues import QueueMapping
from overtone import clock
from overtone.api.log import ring
from overtone.errors import InvariantBroken
from overtone.facts.events import events_for
from overtone.stores import events
from tests.integration.test_usage_api import record, register, send

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.stack import Stack


def crash(stack: Stack, monkeypatch: pytest.MonkeyPatch, logical_id: str) -> None:
    def broken(_event: Any, _context: Any) -> Any:
        raise ValueError(logical_id)

    monkeypatch.setattr(stack.runtime.functions[logical_id], "_loaded", broken)


def days_pass(stack: Stack, days: int) -> None:
    """The queues deliver again and again; no schedule fires."""
    for day in range(2, 2 + days):
        stack.at(f"2026-10-{day:02}T00:00:00Z")
        stack.drain()


def a_message_that_is_none(stack: Stack, _monkeypatch: pytest.MonkeyPatch) -> None:
    stack.aws("sqs").send_message(
        QueueUrl=stack.name("AccrualQueue"), MessageBody='{"partition": "none"}', MessageGroupId="g", MessageDeduplicationId="d"
    )
    days_pass(stack, 6)


def a_file_that_is_none(stack: Stack, _monkeypatch: pytest.MonkeyPatch) -> None:
    stack.aws("sqs").send_message(QueueUrl=stack.name("DropQueue"), MessageBody='{"Records": [{}]}')
    days_pass(stack, 6)


def a_schedule_that_fails(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    crash(stack, monkeypatch, "Reconcile")
    stack.tick("2026-10-02T00:00:00Z")


def a_queue_that_nobody_reads(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    register(stack, "fox")
    send(stack, "b-1", [record(1)])
    monkeypatch.setattr(QueueMapping, "deliver", lambda _mapping, _runtime: False)
    stack.invoke("Aggregate", {})
    stack.at("2026-10-01T03:00:00Z")


def a_partition_that_waits(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    a_queue_that_nobody_reads(stack, monkeypatch)
    stack.invoke("Aggregate", {})


def without(stack: Stack, monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """Schedules that are switched off."""
    left = [one for one in stack._engine.timetable.schedules if one.logical_id not in names]
    monkeypatch.setattr(stack._engine.timetable, "schedules", left)


def schedules_that_are_off(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a stack that was restored, say; whether or not anybody sends anything."""
    stack.tick("2026-10-01T01:00:00Z")
    without(stack, monkeypatch, *(one.logical_id for one in stack._engine.timetable.schedules))
    stack.tick("2026-10-01T03:59:00Z")
    assert stack.ringing() == set()
    stack.tick("2026-10-01T04:00:00Z")


def pages_that_are_gone(stack: Stack, _monkeypatch: pytest.MonkeyPatch) -> None:
    register(stack, "fox")
    send(stack, "b-1", [record(1), record(2)])
    stack.tick("2026-10-01T00:15:00Z")
    (page,) = [item for item in stack.items("UsageTable") if item["sk"].startswith("PAGE#")]
    stack.table("UsageTable").delete_item(Key={"pk": page["pk"], "sk": page["sk"]})
    send(stack, "b-2", [record(3)])
    stack.tick("2026-10-01T00:30:00Z")


def a_settlement_that_fails(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    crash(stack, monkeypatch, "Settlement")
    stack.aws("stepfunctions").start_execution(stateMachineArn=stack.name("SettlementMachine"), name="s-1", input="{}")
    stack.drain()


def a_settlement_without_end(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    a_settlement_that_fails(stack, monkeypatch)
    stack.stop_executions("TIMED_OUT")


def a_function_that_crashes(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    crash(stack, monkeypatch, "UsageApi")
    assert send(stack, "b-1", [record(1)]).status == 500


def an_authorizer_that_crashes(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    crash(stack, monkeypatch, "Authorizer")
    assert send(stack, "b-1", [record(1)]).status == 500


def a_trigger_that_crashes(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    crash(stack, monkeypatch, "TokenClaims")
    with pytest.raises(ValueError, match="TokenClaims"):
        stack.invoke("TokenClaims", {})


def throttled(**bad: float) -> Callable[[Stack, pytest.MonkeyPatch], None]:
    def bad_day(stack: Stack, _monkeypatch: pytest.MonkeyPatch) -> None:
        stack.weather(**bad)
        for number in range(12):
            party = {"name": "Fox", "kind": "licensee", "country": "SE"}
            assert stack.http("PUT", f"/v1/parties/fox-{number}", scope="admin", json=party).status == 503

    return bad_day


def throttled_usage(**bad: float) -> Callable[[Stack, pytest.MonkeyPatch], None]:
    def bad_day(stack: Stack, _monkeypatch: pytest.MonkeyPatch) -> None:
        register(stack, "fox")
        stack.weather(**bad)
        for number in range(12):
            assert send(stack, f"b-{number}", [record(number)]).status == 503

    return bad_day


def throttled_ledger(**bad: float) -> Callable[[Stack, pytest.MonkeyPatch], None]:
    def bad_day(stack: Stack, _monkeypatch: pytest.MonkeyPatch) -> None:
        register(stack, "fox")
        stack.weather(**bad)
        for number in range(12):
            came = {"licensee": "fox", "currency": "EUR", "amount": "1", "received_on": "2026-10-01", "collection_id": f"c-{number}"}
            assert stack.http("POST", "/v1/collections", scope="finance", json=came).status == 503

    return bad_day


def an_entry_that_nobody_can_read(stack: Stack, _monkeypatch: pytest.MonkeyPatch) -> None:
    register(stack, "fox")
    send(stack, "b-1", [record(1)])
    (entry,) = [item for item in stack.items("UsageTable") if item["pk"].startswith("OUTBOX#")]
    stack.table("UsageTable").put_item(Item=entry | {"partitions": b"nothing packed"})
    stack.invoke("Aggregate", {})


def a_report_that_cannot_be_made(stack: Stack, _monkeypatch: pytest.MonkeyPatch) -> None:
    register(stack, "fox")
    send(stack, "b-1", [record(1)])
    stack.invoke("Aggregate", {})
    stack.drain()
    (receipt,) = [item for item in stack.items("UsageTable") if item["sk"] == "RECEIPT"]
    stack.table("UsageTable").put_item(Item=receipt | {"receipt": b"nothing packed"})
    stack.at("2026-10-02T00:00:00Z")
    stack.invoke("Reconcile", {"now": "2026-10-02T00:00:00Z"})


def a_reporter_that_falls_silent(stack: Stack, _monkeypatch: pytest.MonkeyPatch) -> None:
    register(stack, "fox")
    register(stack, "hare")
    for day in range(1, 9):
        stack.at(f"2026-10-{day:02}T08:00:00Z")
        if day < 8:
            assert send(stack, f"b-{day}", [record(day)]).status == 201
        assert send(stack, f"b-{day}", [record(day)], party="hare").status == 201
        stack.invoke("Aggregate", {})
        stack.drain()
    stack.at("2026-10-09T00:00:00Z")
    stack.invoke("Reconcile", {"now": "2026-10-09T00:00:00Z"})


def a_month_that_nobody_settled(stack: Stack, _monkeypatch: pytest.MonkeyPatch) -> None:
    register(stack, "fox")
    assert send(stack, "b-1", [record(1)]).status == 201
    stack.invoke("Aggregate", {})
    stack.drain()
    stack.at("2026-11-12T00:00:00Z")
    stack.invoke("Reconcile", {"now": "2026-11-12T00:00:00Z"})


def events_that_cannot_be_announced(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    crash(stack, monkeypatch, "Announce")
    events.put(events_for("statement.ready", clock.timestamp(), ["ann"]))
    stack.drain()


def a_webhook_that_takes_nothing(stack: Stack, _monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    body = {"url": f"http://127.0.0.1:{port}/"}
    assert stack.http("PUT", "/v1/webhooks/w", party="ann", scope="statements.read", json=body).status == 201
    events.put(events_for("statement.ready", clock.timestamp(), ["ann"]))
    days_pass(stack, 12)


FAULTS: dict[str, tuple[Any, set[str]]] = {
    "AccrualDeadLetterAlarm": (a_message_that_is_none, set()),
    "DropDeadLetterAlarm": (a_file_that_is_none, set()),
    "ScheduleDeadLetterAlarm": (a_schedule_that_fails, set()),
    "AccrualBacklogAlarm": (a_queue_that_nobody_reads, set()),
    "OldestPendingAlarm": (a_partition_that_waits, {"AccrualBacklogAlarm"}),
    "AccrualSilentAlarm": (schedules_that_are_off, set()),
    "InvariantBrokenAlarm": (pages_that_are_gone, {"QuarantineAlarm"}),
    "QuarantineAlarm": (pages_that_are_gone, {"InvariantBrokenAlarm"}),
    "WebhookDeadLetterAlarm": (events_that_cannot_be_announced, set()),
    "WebhooksGivenUpAlarm": (a_webhook_that_takes_nothing, set()),
    "SettlementFailedAlarm": (a_settlement_that_fails, set()),
    "MonthNotSealedAlarm": (a_month_that_nobody_settled, set()),
    "SettlementTimedOutAlarm": (a_settlement_without_end, set()),
    "ApiErrorAlarm": (a_function_that_crashes, set()),
    "AuthorizerErrorAlarm": (an_authorizer_that_crashes, {"ApiErrorAlarm"}),
    "TokenErrorAlarm": (a_trigger_that_crashes, set()),
    "SilentReporterAlarm": (a_reporter_that_falls_silent, set()),
    "RegistryThrottleAlarm": (throttled(throttles=1.0), {"ApiErrorAlarm"}),
    "RegistryConflictAlarm": (throttled(conflicts=1.0), {"ApiErrorAlarm"}),
    "UsageThrottleAlarm": (throttled_usage(throttles=1.0), {"ApiErrorAlarm"}),
    "UsageConflictAlarm": (throttled_usage(conflicts=1.0), {"ApiErrorAlarm"}),
    "LedgerThrottleAlarm": (throttled_ledger(throttles=1.0), {"ApiErrorAlarm"}),
    "LedgerConflictAlarm": (throttled_ledger(conflicts=1.0), {"ApiErrorAlarm"}),
    "OutboxEntryAsideAlarm": (an_entry_that_nobody_can_read, set()),
    "ChecksFailedAlarm": (a_report_that_cannot_be_made, set()),
}


@pytest.mark.parametrize("alarm", FAULTS)
def test_an_alarm_rings_for_its_fault_and_others_do_not(stack: Stack, monkeypatch: pytest.MonkeyPatch, alarm: str) -> None:
    assert stack.ringing() == set()
    fault, along = FAULTS[alarm]
    fault(stack, monkeypatch)
    assert stack.ringing() == {alarm} | along


def test_every_alarm_has_its_fault(stack: Stack) -> None:
    assert set(stack._deployment.alarms) == set(FAULTS)


def test_what_rings_carries_the_dimensions_that_its_alarm_listens_to(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    """An alarm without dimensions hears nothing that was emitted with some, and the other way round."""
    lines: list[str] = []
    kept = stack._measured.take
    from overtone.api import metrics  # noqa: PLC0415

    metrics.set_sink(lines.append)
    try:
        ring(InvariantBroken("conserved", "a test"))
    finally:
        metrics.set_sink(kept)
    capsys.readouterr()
    (said,) = map(json.loads, lines)
    (described,) = said["_aws"]["CloudWatchMetrics"]
    (dimensions,) = described["Dimensions"]
    listened = {one["Name"]: one["Value"] for one in stack._deployment.alarms["InvariantBrokenAlarm"]["Dimensions"]}
    assert {name: said[name] for name in dimensions} == listened
    assert metric("Overtone", "InvariantBroken", **listened).name in said
