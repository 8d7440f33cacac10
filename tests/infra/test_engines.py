"""What the package's floor needs of AWS, told once and held against both stand-ins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from overtone.aws import clients, counters, health, queues, tables
from overtone.aws.keys import Key
from overtone.aws.tables import ABSENT, ConditionFailed, equals
from overtone.aws.transactions import Check, Delete, Put, transact

if TYPE_CHECKING:
    from local.stack import Stack


BIG = 200 * 1024
"""Bytes of an item of which five fill a page."""


def code_of(error: pytest.ExceptionInfo[ClientError]) -> str:
    return error.value.response["Error"]["Code"]


@pytest.fixture
def table(stack: Stack) -> tables.Table:
    return tables.Table(clients.dynamodb(), stack.name("UsageTable"))


def filled(table: tables.Table, *names: str, pk: str = "k", **more: object) -> None:
    table.put_many({"pk": pk, "sk": name, **more} for name in names)


NAMES = ["", "A", "A#1", "A#2", "A#\u00e5", "B", "a", "\u00e5", "\U0001f3b5"]
"""Sort keys in the order of their UTF-8 bytes; the first is left out."""


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, NAMES[1:]),
        ({"descending": True}, NAMES[:0:-1]),
        ({"prefix": "A"}, ["A", "A#1", "A#2", "A#\u00e5"]),
        ({"prefix": "A#"}, ["A#1", "A#2", "A#\u00e5"]),
        ({"prefix": "A#", "descending": True}, ["A#\u00e5", "A#2", "A#1"]),
        ({"prefix": "C"}, []),
        ({"first": "A#2"}, NAMES[3:]),
        ({"last": "A#2"}, NAMES[1:4]),
        ({"first": "A#1", "last": "B"}, NAMES[2:6]),
        ({"after": "A#1"}, NAMES[3:]),
        ({"after": "A#1", "descending": True}, ["A"]),
        ({"after": "A#0", "limit": 2}, ["A#1", "A#2"]),
        ({"prefix": "A#", "after": "A#1", "limit": 9}, ["A#2", "A#\u00e5"]),
        ({"limit": 3, "descending": True}, NAMES[:-4:-1]),
    ],
)
def test_a_query_has_its_range_in_order(table: tables.Table, asked: dict[str, Any], expected: list[str]) -> None:
    filled(table, *NAMES[1:])
    filled(table, "A", "Z", pk="other")
    assert [item["sk"] for item in table.query("k", **asked)] == expected


@pytest.mark.parametrize("descending", [False, True])
def test_a_page_ends_at_a_megabyte_and_nothing_is_left_out(stack: Stack, table: tables.Table, *, descending: bool) -> None:
    names = [f"{number:02}" for number in range(12)]
    filled(table, *names, b=b"x" * BIG)
    request: dict[str, Any] = {"TableName": table.name, "KeyConditionExpression": "pk = :pk", "ScanIndexForward": not descending}
    answer = stack.aws("dynamodb").query(**request, ExpressionAttributeValues={":pk": {"S": "k"}})
    assert 4 <= len(answer["Items"]) <= 6
    assert answer["LastEvaluatedKey"]["sk"] == answer["Items"][-1]["sk"]
    assert [item["sk"] for item in table.query("k", descending=descending)] == (names[::-1] if descending else names)
    assert [item["sk"] for item in table.query("k", descending=descending, limit=11)] == (names[:0:-1] if descending else names[:-1])
    assert len(stack.items("UsageTable")) == 12


def test_a_limit_that_is_met_leaves_a_key_to_go_on_from(stack: Stack, table: tables.Table) -> None:
    filled(table, "a", "b", "c")
    request: dict[str, Any] = {"TableName": table.name, "KeyConditionExpression": "pk = :pk", "Limit": 2}
    answer = stack.aws("dynamodb").query(**request, ExpressionAttributeValues={":pk": {"S": "k"}})
    assert answer["LastEvaluatedKey"] == {"pk": {"S": "k"}, "sk": {"S": "b"}}


@pytest.mark.parametrize(
    ("expression", "holds"),
    [
        ("attribute_exists(pk)", True),
        ("attribute_not_exists(pk)", False),
        ("n = :n AND s = :s", True),
        ("n = :s OR s = :s", True),
        ("NOT n = :n", False),
        ("n > :n", False),
        ("n >= :n AND (s <> :n OR attribute_exists(gone))", True),
        ("n BETWEEN :low AND :n", True),
        ("begins_with(s, :begin)", True),
        ("gone = :s", False),
        ("#aliased = :s", True),
    ],
)
def test_a_condition_is_asked_of_the_item_as_it_is(stack: Stack, table: tables.Table, expression: str, *, holds: bool) -> None:
    table.put({"pk": "k", "sk": "s", "n": 12, "s": "text"})
    every: dict[str, Any] = {":n": {"N": "12.0"}, ":s": {"S": "text"}, ":low": {"N": "-3"}, ":begin": {"S": "te"}}
    request: dict[str, Any] = {"ConditionExpression": expression}
    if used := {name: value for name, value in every.items() if name in expression.replace("(", " ").replace(")", " ").split()}:
        request["ExpressionAttributeValues"] = used
    if "#aliased" in expression:
        request["ExpressionAttributeNames"] = {"#aliased": "s"}
    client, item = stack.aws("dynamodb"), {"pk": {"S": "k"}, "sk": {"S": "s"}, "new": {"BOOL": True}}
    if holds:
        client.put_item(TableName=table.name, Item=item, **request)
    else:
        with pytest.raises(client.exceptions.ConditionalCheckFailedException):
            client.put_item(TableName=table.name, Item=item, **request)
    assert ("new" in (table.get(Key("k", "s")) or {})) is holds


def test_a_counter_says_what_it_came_to(stack: Stack, table: tables.Table) -> None:
    stack.table("UsageTable").put_item(Item={"pk": "k", "sk": "old", "other": "kept", "n": 40})
    assert counters.add(table, Key("k", "old"), 2, 99) == 42
    assert stack.table("UsageTable").get_item(Key={"pk": "k", "sk": "old"})["Item"] == {
        "pk": "k",
        "sk": "old",
        "other": "kept",
        "n": 42,
        "expires_at": 99,
    }
    assert [counters.add(table, Key("k", "new"), 7, 1) for _ in range(2)] == [7, 14]
    assert counters.add(tables.Table(clients.dynamodb(), "none"), Key("k", "new"), 7, 1) is None


def test_a_transaction_is_done_whole_or_says_which_writes_were_refused(table: tables.Table) -> None:
    filled(table, "old", n=1)
    put, new = Put(table, {"pk": "k", "sk": "old", "n": 2}, equals(n=2)), Put(table, {"pk": "k", "sk": "new"}, ABSENT)
    with pytest.raises(ConditionFailed) as refused:
        transact([new, put, Check(table, Key("k", "gone"), equals(n=1))])
    assert refused.value.failed == (1, 2)
    assert [item["sk"] for item in table.query("k")] == ["old"]
    transact([new, Delete(table, Key("k", "old"), equals(n=1)), Check(table, Key("k", "gone"), ABSENT)])
    assert [item["sk"] for item in table.query("k")] == ["new"]


@pytest.mark.parametrize(
    "writes",
    [
        [{"sk": {"S": "a"}}, {"sk": {"S": "a"}}],
        [{"sk": {"S": ""}}],
        [{"sk": {"S": "x" * 1025}}],
        [{"other": {"S": "a"}}],
    ],
    ids=["one item twice", "an empty key", "a long key", "no key"],
)
def test_what_is_no_transaction_is_refused(stack: Stack, writes: list[dict[str, Any]]) -> None:
    puts = [{"Put": {"TableName": stack.name("UsageTable"), "Item": {"pk": {"S": "k"}, **write}}} for write in writes]
    with pytest.raises(ClientError) as error:
        stack.aws("dynamodb").transact_write_items(TransactItems=puts)
    assert code_of(error) in {"ValidationException", "TransactionCanceledException"}
    assert stack.items("UsageTable") == []


def test_what_is_no_batch_is_refused(stack: Stack) -> None:
    client, name = stack.aws("dynamodb"), stack.name("UsageTable")
    item = {"pk": {"S": "k"}, "sk": {"S": "s"}}
    with pytest.raises(ClientError) as error:
        client.batch_write_item(RequestItems={name: [{"PutRequest": {"Item": item}}, {"DeleteRequest": {"Key": item}}]})
    assert code_of(error) == "ValidationException"
    with pytest.raises(ClientError) as error:
        client.batch_get_item(RequestItems={name: {"Keys": [item, item]}})
    assert code_of(error) == "ValidationException"
    with pytest.raises(ClientError) as error:
        client.get_item(TableName="none", Key=item)
    assert code_of(error) == "ResourceNotFoundException"


def receive(stack: Stack, queue: str, most: int = 10) -> list[dict[str, Any]]:
    asked: dict[str, Any] = {"QueueUrl": stack.name(queue), "MaxNumberOfMessages": most, "MessageSystemAttributeNames": ["All"]}
    found: list[dict[str, Any]] = stack.aws("sqs").receive_message(**asked, WaitTimeSeconds=0).get("Messages", [])
    return found


def test_a_message_is_hidden_while_it_is_delayed_or_somebody_has_it(stack: Stack) -> None:
    queues.send(stack.name("DropQueue"), {"n": 1}, delay_seconds=60)
    assert receive(stack, "DropQueue") == []
    stack.at("2026-10-01T00:01:00Z")
    (message,) = receive(stack, "DropQueue")
    assert (message["Body"], message["Attributes"]["ApproximateReceiveCount"]) == ('{"n":1}', "1")
    assert receive(stack, "DropQueue") == []
    queues.come_back_soon(stack.name("DropQueue"), message["ReceiptHandle"], 1)
    stack.at("2026-10-01T00:01:11Z")
    (again,) = receive(stack, "DropQueue")
    assert again["Attributes"]["ApproximateReceiveCount"] == "2"
    stack.aws("sqs").delete_message_batch(QueueUrl=stack.name("DropQueue"), Entries=[{"Id": "0", "ReceiptHandle": again["ReceiptHandle"]}])
    stack.at("2026-10-02T00:00:00Z")
    assert receive(stack, "DropQueue") == []


def test_a_message_of_a_group_is_taken_once_within_five_minutes_and_in_order(stack: Stack) -> None:
    def send(*bodies: str) -> None:
        entries = [
            {"Id": str(place), "MessageBody": body, "MessageGroupId": body[0], "MessageDeduplicationId": body[1]}
            for place, body in enumerate(bodies)
        ]
        stack.aws("sqs").send_message_batch(QueueUrl=stack.name("AccrualQueue"), Entries=entries)

    send("a1", "b1", "a1", "a2")
    (first, other) = receive(stack, "AccrualQueue", 2)
    assert (first["Body"], other["Body"]) == ("a1", "b1")
    assert receive(stack, "AccrualQueue") == [], "a2 waits for a1"
    done = [{"Id": str(place), "ReceiptHandle": one["ReceiptHandle"]} for place, one in enumerate((first, other))]
    stack.aws("sqs").delete_message_batch(QueueUrl=stack.name("AccrualQueue"), Entries=done)
    send("a1")
    assert [one["Body"] for one in receive(stack, "AccrualQueue")] == ["a2"], "a1 was there"
    stack.at("2026-10-01T00:05:00Z")
    send("c1", "b1")
    assert [one["Body"] for one in receive(stack, "AccrualQueue")] == ["c1", "b1"]


def test_an_execution_is_started_once_under_its_name(stack: Stack) -> None:
    states, machine = clients.stepfunctions(), stack.name("SettlementMachine")
    arn = machine.replace(":stateMachine:", ":execution:") + ":s-1"
    with pytest.raises(states.exceptions.ExecutionDoesNotExist):
        states.describe_execution(executionArn=arn)
    assert states.start_execution(stateMachineArn=machine, name="s-1", input="{}")["executionArn"] == arn
    assert states.describe_execution(executionArn=arn)["status"] == "RUNNING"
    with pytest.raises(states.exceptions.ExecutionAlreadyExists):
        states.start_execution(stateMachineArn=machine, name="s-1", input='{"other": 1}')
    stack.stop_executions()
    assert states.describe_execution(executionArn=arn)["status"] == "ABORTED"
    with pytest.raises(states.exceptions.ExecutionAlreadyExists):
        states.start_execution(stateMachineArn=machine, name="s-1", input="{}")


def test_a_queue_says_how_much_of_it_waits_is_worked_on_and_is_for_later(stack: Stack) -> None:
    url = stack.name("DropQueue")
    assert health.depth(url) == (0, 0, 0)
    for number in range(3):
        stack.aws("sqs").send_message(QueueUrl=url, MessageBody=str(number))
    stack.aws("sqs").send_message(QueueUrl=url, MessageBody="later", DelaySeconds=900)
    stack.aws("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=1, WaitTimeSeconds=0)
    assert health.depth(url) == (2, 1, 1)
