"""What ended among dead letters comes in when it is moved back, once its cause is mended; and what is at it meanwhile delays nobody."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from local.faults import WorkerKilled
from tests.integration.test_accrual import markers, rows
from tests.integration.test_usage_api import batch, record, register, send
from tests.integration.test_usage_drop import HEADER

if TYPE_CHECKING:
    from local.stack import Stack

pytestmark = pytest.mark.fair  # what fails, and how often, is the tests' own
ROWS = [f"r-{number},2026-09-30,output:gen-{number},stream,{number + 1},0.5,USD,SE" for number in range(5)]


def redrive(stack: Stack, dead: str, source: str) -> int:
    """As `aws sqs start-message-move-task` does: every message goes back to the queue that it came from; how many."""
    sqs, moved = stack.aws("sqs"), 0
    fifo = {"MessageGroupId": "redriven"} if stack.name(source).endswith(".fifo") else {}
    while found := sqs.receive_message(QueueUrl=stack.name(dead), MaxNumberOfMessages=10).get("Messages", []):
        for message in found:
            once = fifo and {"MessageDeduplicationId": f"moved-{moved}"}
            sqs.send_message(QueueUrl=stack.name(source), MessageBody=message["Body"], **fifo, **once)
            sqs.delete_message(QueueUrl=stack.name(dead), ReceiptHandle=message["ReceiptHandle"])
            moved += 1
    return moved


def until_dead(stack: Stack, dead: str) -> None:
    for _ in range(8):
        stack.drain()
        if stack.messages(dead):
            return
        stack.at(stack.now + timedelta(hours=13))
    pytest.fail("it never ended among dead letters")


def test_a_dropped_file_that_could_not_be_read_comes_in_whole_when_it_is_moved_back(stack: Stack) -> None:
    register(stack, "fox")
    stack.put_object("DropBucket", "usage/fox/day.csv", "\n".join([HEADER, *ROWS]).encode())
    stack.faults.deny("usage/*")
    until_dead(stack, "DropDeadLetterQueue")
    assert stack.ringing() == {"DropDeadLetterAlarm"}
    stack.faults.clear()
    assert redrive(stack, "DropDeadLetterQueue", "DropQueue") == 1
    stack.drain()
    receipt = json.loads(stack.objects("DropBucket")["receipts/fox/day.csv.json"])
    assert (receipt["status"], receipt["accepted"]) == ("committed", len(ROWS))
    assert stack.messages("DropQueue") == stack.messages("DropDeadLetterQueue") == []


def test_an_accrual_that_could_not_even_be_set_aside_is_made_when_it_is_moved_back_and_twice_is_once(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    register(stack, "fox")
    assert send(stack, "b-1", [record(n) for n in range(4)]).status == 201
    stack.invoke("Aggregate", {})
    accrue = stack.runtime.functions["Accrue"]
    load = accrue.load()

    def refused(_event: Any, _context: Any) -> Any:
        raise PermissionError("DynamoDB says no")

    monkeypatch.setattr(accrue, "_loaded", refused)
    until_dead(stack, "AccrualDeadLetterQueue")
    assert "AccrualDeadLetterAlarm" in stack.ringing()
    monkeypatch.setattr(accrue, "_loaded", load)
    assert redrive(stack, "AccrualDeadLetterQueue", "AccrualQueue") == 1
    stack.drain()
    made = rows(stack)
    assert made
    assert batch(stack, "b-1")["counts"]["waiting_for_accrual"] == 0
    stack.invoke("Aggregate", {})  # the schedule sends it again anyway
    stack.drain()
    assert rows(stack) == made
    assert markers(stack) == []


def test_a_partition_that_takes_its_workers_along_delays_no_other(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each message is an invocation and a group of its own: while one is hidden and tried again, the others are done."""
    for name in ("heavy", "light", "other"):
        register(stack, name)
        assert send(stack, "b-1", [record(n) for n in range(3)], party=name).status == 201
    accrue = stack.runtime.functions["Accrue"]
    load = accrue.load()

    def out_of_memory(event: Any, context: Any) -> Any:
        if "heavy" in json.dumps(event):
            raise WorkerKilled
        return load(event, context)

    monkeypatch.setattr(accrue, "_loaded", out_of_memory)
    began = stack.now
    stack.invoke("Aggregate", {})
    stack.drain()
    assert (stack.now - began).total_seconds() < 1
    waiting = {name: batch(stack, "b-1", party=name)["counts"]["waiting_for_accrual"] for name in ("heavy", "light", "other")}
    assert waiting == {"heavy": 3, "light": 0, "other": 0}
    assert len(stack.messages("AccrualQueue")) == 1
    monkeypatch.setattr(accrue, "_loaded", load)
    stack.at(stack.now + timedelta(hours=2))
    stack.drain()
    assert batch(stack, "b-1", party="heavy")["counts"]["waiting_for_accrual"] == 0
