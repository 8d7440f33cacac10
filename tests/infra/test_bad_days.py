"""What the local stack plays of AWS's bad days is what AWS does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from local.resources.web import AUDIENCES_MAX, TooManyAudiences, accepted_audiences
from overtone.aws import buckets
from tests.climate import IN_THE_GATE
from tests.infra.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.stack import Stack


@pytest.fixture
def run(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Runs something as a function's handler."""

    def as_handler(logical_id: str, work: Callable[[], Any]) -> Any:
        monkeypatch.setattr(stack.runtime.functions[logical_id], "_loaded", lambda _event, _context: work())
        return stack.invoke(logical_id, {})

    return as_handler


def code_of(work: Callable[[], Any]) -> str:
    with pytest.raises(ClientError) as error:
        work()
    return str(error.value.response["Error"]["Code"])


def test_a_missing_object_is_forbidden_to_whom_may_not_list_its_bucket(stack: Stack, run: Callable[..., Any]) -> None:
    def read() -> Any:
        return stack.aws("s3").get_object(Bucket=stack.name("SettlementBucket"), Key="clearances/none")

    assert run("RegistryApi", lambda: code_of(read)) == "AccessDenied"
    assert run("FinanceApi", lambda: code_of(read)) == "NoSuchKey"
    assert run("RegistryApi", lambda: code_of(lambda: buckets.settlement().head("clearances/none"))) == "403"
    assert run("RegistryApi", lambda: buckets.settlement().sees("clearances/none")) is False
    assert run("FinanceApi", lambda: buckets.settlement().head("clearances/none")) is None


def test_a_read_that_is_denied_is_denied_to_whom_may_list_too_as_often_as_asked(stack: Stack, run: Callable[..., Any]) -> None:
    stack.put_object("SettlementBucket", "s-1/state/a", b"1")

    def head() -> bool:
        return buckets.settlement().head("s-1/state/a") is not None

    stack.faults.deny("*/state/*", after=1, times=1)
    assert run("FinanceApi", head)
    assert run("FinanceApi", lambda: code_of(head)) == "403"
    assert run("FinanceApi", head)
    stack.faults.deny("*/state/*")
    assert run("FinanceApi", lambda: code_of(lambda: buckets.settlement().get("s-1/state/a"))) == "AccessDenied"
    assert buckets.settlement().get("s-1/state/a") == b"1", "nobody's handler is not denied"


def test_a_file_that_is_gone_when_its_turn_comes_is_passed_over(stack: Stack) -> None:
    stack.put_object("DropBucket", "usage/fox/gone.csv", b"a")
    stack.aws("s3").delete_object(Bucket=stack.name("DropBucket"), Key="usage/fox/gone.csv")
    stack.drain()
    assert not stack.errors
    assert stack.messages("DropDeadLetterQueue") == []


def test_transactions_that_overlap_meet_and_one_that_is_over_does_not(stack: Stack, run: Callable[..., Any]) -> None:
    client, table = stack.aws("dynamodb"), stack.name("UsageTable")
    put = [{"Put": {"TableName": table, "Item": {"pk": {"S": "k"}, "sk": {"S": "s"}}}}]
    weather = stack.weather(overlaps=True)

    def twice() -> None:
        client.transact_write_items(TransactItems=put)
        client.transact_write_items(TransactItems=put)

    run("Aggregate", twice)
    with pytest.raises(ClientError) as error:
        run("Aggregate", twice)
    assert [reason["Code"] for reason in error.value.response["CancellationReasons"]] == ["TransactionConflict"]
    stack.at("2026-10-01T00:00:01Z")
    run("Aggregate", twice)
    assert weather.met == {"conflicts": 1}


def test_items_expire_when_their_time_is_over_and_the_table_gets_to_it(stack: Stack) -> None:
    table = stack.table("UsageTable")
    for number in range(8):
        table.put_item(Item={"pk": "k", "sk": str(number), "expires_at": int(stack.now.timestamp()) + number * 3600})
    stack.at("2026-10-01T05:00:00Z")
    assert stack.expire(share=0.5, seed=1) > 0
    assert {"5", "6", "7"} <= {item["sk"] for item in stack.items("UsageTable")}
    stack.expire()
    assert [item["sk"] for item in stack.items("UsageTable")] == ["5", "6", "7"]


def test_an_authorizer_accepts_fifty_audiences() -> None:
    names = [f"client-{number}" for number in range(AUDIENCES_MAX)]
    assert accepted_audiences("Jwt", names) == names
    with pytest.raises(TooManyAudiences):
        accepted_audiences("Jwt", [*names, "one-more"])


def test_the_suites_that_meet_bad_weather_in_the_gate_are_there() -> None:
    """One that was renamed would have fair weather for ever, and nobody would notice."""
    assert {name for name in IN_THE_GATE if not (ROOT / "tests" / "integration" / f"test_{name}.py").exists()} == set()
