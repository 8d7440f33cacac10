"""The local stack fails as AWS does, where a test asks for it, and allows no more than roles do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from local.faults import WorkerKilled
from tests.infra.test_runner import put

if TYPE_CHECKING:
    from local.stack import Stack


def test_a_worker_dies_between_two_writes(stack: Stack, handle: Any) -> None:
    def write_three(_event: Any) -> Any:
        for number in range(3):
            put(stack, number)

    handle("Aggregate", write_three)
    stack.faults.fail_after(2)
    with pytest.raises(WorkerKilled):
        stack.invoke("Aggregate", {})
    assert [item["sk"] for item in stack.items("UsageTable")] == ["0", "1"]
    assert stack.faults.fired
    stack.invoke("Aggregate", {})
    assert len(stack.items("UsageTable")) == 3


def test_a_dead_worker_does_nothing_more(stack: Stack, handle: Any) -> None:
    def clean_up(_event: Any) -> Any:
        try:
            put(stack, 1)
        finally:
            put(stack, 2)

    handle("Aggregate", clean_up)
    stack.faults.fail_after(0)
    with pytest.raises(WorkerKilled):
        stack.invoke("Aggregate", {})
    assert stack.items("UsageTable") == []


def test_an_answer_can_get_lost(stack: Stack, handle: Any) -> None:
    handle("Aggregate", lambda _event: put(stack, 1))
    stack.faults.fail_after(0, service="dynamodb", lost_response=True)
    with pytest.raises(WorkerKilled):
        stack.invoke("Aggregate", {})
    assert len(stack.items("UsageTable")) == 1


def test_an_error_can_be_answered(stack: Stack, handle: Any) -> None:
    throttled = ClientError({"Error": {"Code": "ThrottlingException", "Message": ""}}, "PutItem")
    handle("Aggregate", lambda _event: put(stack, 1))
    stack.faults.fail_after(0, error=throttled)
    with pytest.raises(ClientError):
        stack.invoke("Aggregate", {})
    assert stack.items("UsageTable") == []


def test_half_of_a_batch_can_be_left_over(stack: Stack) -> None:
    dynamodb, name = stack.aws("dynamodb"), stack.name("UsageTable")
    puts = [{"PutRequest": {"Item": {"pk": {"S": "k"}, "sk": {"S": str(n)}}}} for n in range(4)]
    stack.faults.unprocessed(2)
    left = dynamodb.batch_write_item(RequestItems={name: puts})["UnprocessedItems"]
    assert left == {name: puts[2:]}
    keys = [{"pk": {"S": "k"}, "sk": {"S": str(n)}} for n in range(2)]
    answer = dynamodb.batch_get_item(RequestItems={name: {"Keys": keys, "ConsistentRead": True}})
    assert answer["Responses"][name] == [keys[0]]
    assert answer["UnprocessedKeys"][name]["Keys"] == [keys[1]]
    assert answer["UnprocessedKeys"][name]["ConsistentRead"] is True


def test_a_role_must_allow_what_its_function_does(stack: Stack, handle: Any) -> None:
    dynamodb = stack.aws("dynamodb")
    handle("RegistryApi", lambda _event: put(stack, 1))
    with pytest.raises(ClientError, match="does not allow dynamodb:PutItem"):
        stack.invoke("RegistryApi", {})
    handle("RegistryApi", lambda _event: dynamodb.scan(TableName=stack.name("RegistryTable")))
    with pytest.raises(ClientError, match="does not allow dynamodb:Scan"):
        stack.invoke("RegistryApi", {})


def test_a_role_may_be_limited_to_keys(stack: Stack, handle: Any) -> None:
    dynamodb = stack.aws("dynamodb")

    def write(key: str) -> None:
        puts: list[Any] = [{"PutRequest": {"Item": {"pk": {"S": key}, "sk": {"S": "s"}}}}]
        dynamodb.batch_write_item(RequestItems={stack.name("LedgerTable"): puts})

    handle("UsageApi", write)
    stack.invoke("UsageApi", "EVENTS#fox")
    with pytest.raises(ClientError, match="SETTLEMENT#s-1"):
        stack.invoke("UsageApi", "SETTLEMENT#s-1")
    assert [item["pk"] for item in stack.items("LedgerTable")] == ["EVENTS#fox"]
