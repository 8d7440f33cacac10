"""AWS's limits, as the stand-in enforces them: one at each, one over."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from local.stack import Stack

KEYS_BYTES = len("pk" + "k" + "sk" + "s") + len("b")


@pytest.fixture
def dynamodb(stack: Stack) -> Any:
    return stack.aws("dynamodb")


def item(sort: str, payload_bytes: int = 0) -> dict[str, Any]:
    return {"pk": {"S": "k"}, "sk": {"S": sort}, "b": {"B": b"x" * payload_bytes}}


def puts(table: str, count: int, payload_bytes: int = 0) -> list[dict[str, Any]]:
    return [{"Put": {"TableName": table, "Item": item(f"{n:03}", payload_bytes)}} for n in range(count)]


def code_of(error: pytest.ExceptionInfo[ClientError]) -> str:
    return error.value.response["Error"]["Code"]


def test_an_item_holds_400_kb(stack: Stack, dynamodb: Any) -> None:
    table = stack.name("UsageTable")
    dynamodb.put_item(TableName=table, Item=item("s", 400 * 1024 - KEYS_BYTES))
    with pytest.raises(ClientError) as error:
        dynamodb.put_item(TableName=table, Item=item("s", 400 * 1024 - KEYS_BYTES + 1))
    assert code_of(error) == "ValidationException"


def test_an_update_may_not_grow_an_item_over_400_kb(stack: Stack, dynamodb: Any) -> None:
    table = stack.name("UsageTable")
    dynamodb.put_item(TableName=table, Item=item("s", 300 * 1024))
    update = {"TableName": table, "Key": {"pk": {"S": "k"}, "sk": {"S": "s"}}, "UpdateExpression": "SET c = :c"}
    with pytest.raises(ClientError):
        dynamodb.update_item(**update, ExpressionAttributeValues={":c": {"B": b"x" * 150 * 1024}})
    assert "c" not in stack.items("UsageTable")[0]
    dynamodb.update_item(**update, ExpressionAttributeValues={":c": {"B": b"x" * 50 * 1024}})


def test_a_transaction_holds_100_items(stack: Stack, dynamodb: Any) -> None:
    table = stack.name("UsageTable")
    dynamodb.transact_write_items(TransactItems=puts(table, 100))
    assert len(stack.items("UsageTable")) == 100
    with pytest.raises(ClientError) as error:
        dynamodb.transact_write_items(TransactItems=puts(table, 101))
    assert code_of(error) == "ValidationException"


def test_a_transaction_holds_4_mb(stack: Stack, dynamodb: Any) -> None:
    table = stack.name("UsageTable")
    dynamodb.transact_write_items(TransactItems=puts(table, 11, 370_000))
    with pytest.raises(ClientError) as error:
        dynamodb.transact_write_items(TransactItems=puts(table, 12, 370_000))
    assert code_of(error) == "ValidationException"
    assert len(stack.items("UsageTable")) == 11


def test_a_failed_transaction_changes_nothing(stack: Stack, dynamodb: Any) -> None:
    table = stack.name("UsageTable")
    dynamodb.put_item(TableName=table, Item=item("001", 3))
    conditional = {"Put": {"TableName": table, "Item": item("999"), "ConditionExpression": "attribute_exists(pk)"}}
    with pytest.raises(ClientError) as error:
        dynamodb.transact_write_items(TransactItems=[*puts(table, 3), conditional])
    assert code_of(error) == "TransactionCanceledException"
    assert [(kept["sk"], len(kept["b"].value)) for kept in stack.items("UsageTable")] == [("001", 3)]


def test_a_repeated_transaction_is_done_once(stack: Stack, dynamodb: Any) -> None:
    table = stack.name("UsageTable")
    add = [
        {
            "Update": {
                "TableName": table,
                "Key": {"pk": {"S": "k"}, "sk": {"S": "n"}},
                "UpdateExpression": "ADD n :one",
                "ExpressionAttributeValues": {":one": {"N": "1"}},
            }
        }
    ]
    for _ in range(2):
        dynamodb.transact_write_items(TransactItems=add, ClientRequestToken="token-1")
    assert stack.items("UsageTable")[0]["n"] == 1
    with pytest.raises(ClientError) as error:
        dynamodb.transact_write_items(TransactItems=puts(table, 1), ClientRequestToken="token-1")
    assert code_of(error) == "IdempotentParameterMismatchException"


def test_a_batch_holds_25_items(stack: Stack, dynamodb: Any) -> None:
    table = stack.name("UsageTable")
    requests = [{"PutRequest": {"Item": item(str(n))}} for n in range(26)]
    dynamodb.batch_write_item(RequestItems={table: requests[:25]})
    with pytest.raises(ClientError) as error:
        dynamodb.batch_write_item(RequestItems={table: requests})
    assert code_of(error) == "ValidationException"


def test_a_number_has_38_digits(stack: Stack, dynamodb: Any) -> None:
    table = stack.name("LedgerTable")
    key = {"pk": {"S": "k"}, "sk": {"S": "s"}}
    dynamodb.put_item(TableName=table, Item={**key, "n": {"N": "9" * 38}})
    dynamodb.put_item(TableName=table, Item={**key, "n": {"N": "9" * 30 + "0" * 20}})
    with pytest.raises(ClientError) as error:
        dynamodb.put_item(TableName=table, Item={**key, "n": {"N": "9" * 39}})
    assert code_of(error) == "ValidationException"


def test_sums_keep_38_digits_and_refuse_more(stack: Stack, dynamodb: Any) -> None:
    table = stack.name("LedgerTable")
    key = {"pk": {"S": "k"}, "sk": {"S": "s"}}
    dynamodb.put_item(TableName=table, Item={**key, "n": {"N": "9" * 37}})
    add = {"TableName": table, "Key": key, "UpdateExpression": "ADD n :n"}
    dynamodb.update_item(**add, ExpressionAttributeValues={":n": {"N": "1"}})
    assert stack.items("LedgerTable")[0]["n"] == 10**37
    dynamodb.put_item(TableName=table, Item={**key, "n": {"N": "9" * 38}})
    with pytest.raises(ClientError) as error:
        dynamodb.update_item(**add, ExpressionAttributeValues={":n": {"N": "2"}})
    assert code_of(error) == "ValidationException"
    assert stack.items("LedgerTable")[0]["n"] == 10**38 - 1


def test_threads_lose_no_update(stack: Stack, dynamodb: Any) -> None:
    table, client = stack.name("LedgerTable"), dynamodb
    key = {"pk": {"S": "k"}, "sk": {"S": "s"}}
    won: list[int] = []

    def work(number: int) -> None:
        client.update_item(TableName=table, Key=key, UpdateExpression="ADD n :n", ExpressionAttributeValues={":n": {"N": "1"}})
        try:
            client.put_item(TableName=table, Item={"pk": {"S": "k"}, "sk": {"S": "lock"}}, ConditionExpression="attribute_not_exists(pk)")
            won.append(number)
        except client.exceptions.ConditionalCheckFailedException:
            pass

    threads = [threading.Thread(target=work, args=(n,)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert stack.items("LedgerTable")[1]["n"] == 16
    assert len(won) == 1


def test_every_kind_of_value_comes_back(stack: Stack) -> None:
    value = {"s": "å", "n": 12, "b": b"\x00\xff", "t": True, "z": None, "l": [1, "x", {"y": b"1"}], "m": {"k": [b"2"]}, "ss": {"a", "b"}}
    stack.table("UsageTable").put_item(Item={"pk": "k", "sk": "s", **value})
    (kept,) = stack.items("UsageTable")
    assert kept == {"pk": "k", "sk": "s", **value}
