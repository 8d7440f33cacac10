"""AWS's bad days: conflicts, throttled keys, errors and lost answers delay nobody, and count nothing twice."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from local.engine import moment
from overtone.aws import tables
from overtone.aws.queues import AGAIN_SECONDS_FIRST
from overtone.errors import Retryable
from tests.integration.test_accrual import disclose, markers, rows, story
from tests.integration.test_usage_api import batch, record, register, send
from tests.interruptions import before_each_write

if TYPE_CHECKING:
    from local.stack import Stack

REPORTERS = [f"fox-{number}" for number in range(20)]
BAD = {"conflicts": 0.2, "throttles": 0.1, "errors": 0.1, "lost": 0.1, "overlaps": True}
VISIBILITY_SECONDS = 5400


@pytest.fixture
def foxes(stack: Stack) -> Stack:
    for name in REPORTERS:
        register(stack, name)
    return stack


def report(stack: Stack) -> None:
    """Twenty reporters, one usage day: twenty partitions of one month."""
    for number, name in enumerate(REPORTERS):
        records = [record(n, subject=f"output:gen-{n % 3}", quantity=number + 1) for n in range(6)]
        assert send(stack, "b-1", records, party=name).status == 201
    assert disclose(stack, "a-1", "gen-0", "gen-1", party=REPORTERS[0]) == 201


def test_twenty_workers_at_once_wait_for_nobody_and_leave_what_one_would(foxes: Stack) -> None:
    report(foxes)
    foxes.tick("2026-10-01T00:15:00Z")
    one_by_one = rows(foxes)
    foxes.reset()
    for name in REPORTERS:
        register(foxes, name)
    report(foxes)
    weather = foxes.weather(**BAD, seed=7)
    foxes.tick("2026-10-01T00:15:00Z")
    assert not foxes.errors
    assert rows(foxes) == one_by_one
    assert markers(foxes) == []
    assert foxes.messages("AccrualQueue") == foxes.messages("AccrualDeadLetterQueue") == []
    assert (foxes.now - moment("2026-10-01T00:15:00Z")).total_seconds() < VISIBILITY_SECONDS / 10
    assert {"conflicts", "throttles", "errors", "lost"} <= set(weather.met), weather.met


@pytest.mark.parametrize("bad", [{"conflicts": 0.6}, {"throttles": 0.6}, {"errors": 0.4}, {"lost": 0.5}], ids=lambda bad: next(iter(bad)))
def test_a_reporter_gets_its_receipt_on_a_bad_day(stack: Stack, bad: dict[str, float]) -> None:
    register(stack, "fox")
    weather = stack.weather(**bad, seed=3)
    for number in range(12):
        reply = send(stack, f"b-{number}", [record(number)])
        assert (reply.status, reply.json()["accepted"]) == (201, 1), reply.text
    assert sum(weather.met.values()) > 3
    stack.weather()
    assert [batch(stack, f"b-{number}")["received"] for number in range(12)] == [1] * 12
    stack.tick()
    assert sum(int(i["records"]) for i in stack.items("LedgerTable") if i["pk"].startswith("PARTS#")) == 12


def test_a_version_whose_answer_was_lost_is_not_called_a_lost_race(stack: Stack) -> None:
    stack.weather(lost=0.7, seed=1)
    for number in range(10):
        register(stack, f"fox-{number}")
    stack.weather()
    versions = stack.http("GET", "/v1/parties/fox-3/versions", party="fox-3", scope="registry.write").json()
    assert len(versions.get("versions", versions.get("items", []))) == 1


def test_a_story_in_every_weather_comes_to_the_same_rows(stack: Stack) -> None:
    register(stack, "fox")
    story(stack)
    stack.tick("2026-10-01T06:00:00Z")
    fair = rows(stack)
    for seed in range(3):
        stack.reset()
        register(stack, "fox")
        stack.weather(**BAD, seed=seed)
        story(stack)
        stack.tick("2026-10-01T06:00:00Z")
        assert rows(stack) == fair, seed
        assert not stack.errors, seed
        assert markers(stack) == [], seed


def test_what_failed_comes_back_within_seconds(stack: Stack) -> None:
    """Not after the visibility timeout, which is as long as six workers live."""
    register(stack, "fox")
    assert send(stack, "b-1", [record(1)]).status == 201
    stack.invoke("Aggregate", {})
    refused = ClientError({"Error": {"Code": "AccessDeniedException", "Message": ""}}, "PutItem")
    stack.faults.fail_after(2, error=refused)
    stack.drain()
    assert stack.faults.fired
    assert stack.messages("AccrualQueue")
    stack.at(stack.now + timedelta(seconds=AGAIN_SECONDS_FIRST + 1))
    stack.drain()
    assert markers(stack) == []
    assert batch(stack, "b-1")["counts"]["waiting_for_accrual"] == 0


def test_a_caller_is_told_to_come_back_when_our_patience_ends(stack: Stack) -> None:
    register(stack, "fox")
    before = stack.now
    stack.weather(throttles=1.0)
    reply = send(stack, "b-1", [record(1)])
    assert (reply.status, reply.json()["title"]) == (503, Retryable.title)
    assert 1 < (stack.now - before).total_seconds() < 29
    stack.weather()
    assert send(stack, "b-1", [record(1)]).status == 201


def test_a_key_takes_so_many_units_a_second(stack: Stack) -> None:
    """The bucket of the local stack itself: full at first, empty after, filled by the clock."""

    def write(_event: Any) -> None:
        tables.usage().put({"pk": "k", "sk": "s", "b": b"x" * 50_000})

    stack.runtime.functions["Aggregate"]._loaded, kept = lambda event, _context: write(event), stack.runtime.functions["Aggregate"]._loaded
    try:
        weather = stack.weather(key_units=100)
        before = stack.now
        for _ in range(6):
            stack.invoke("Aggregate", {})
        assert 1.9 <= (stack.now - before).total_seconds() < 8
        assert weather.met["throttles"] > 0
    finally:
        stack.runtime.functions["Aggregate"]._loaded = kept


@pytest.mark.parametrize("later", [timedelta(0), timedelta(minutes=11)], ids=["within the token's ten minutes", "past them"])
def test_a_batch_whose_answer_was_lost_was_not_there_before(stack: Stack, later: timedelta) -> None:
    """A second try of one transaction is known by its token, however far others went on with the first; later what is stored decides."""
    register(stack, "fox")
    stack.weather(lost=1.0, seed=1)

    def act(number: int) -> None:
        if number == 1:
            stack.weather()
            stack.at(stack.now + later)
            if not later:
                stack.invoke("Aggregate", {"now": stack.now.isoformat()})

    with before_each_write(stack, "UsageApi", act):
        reply = send(stack, "b-1", [record(1)])
    assert (reply.status, "idempotency-replayed" in reply.headers) == (201, False)
