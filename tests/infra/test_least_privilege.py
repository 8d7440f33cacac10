"""What the roles of functions are granted, and that it is told which of it nobody needed (see `tests/least_privilege.py`)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from local import permissions
from local.memory.uploads import PIECE_BYTES_MIN
from local.permissions import ACTION, KEYS, RESOURCE, Grants, Permit, permits
from overtone.aws import buckets
from overtone.aws.uploads import Upload
from overtone.errors import NotFound, TooLarge
from tests.infra.test_alarms import crash
from tests.infra.test_template_access import listed
from tests.least_privilege import granted, told

if TYPE_CHECKING:
    from local.stack import Stack
    from local.template import Template

TABLE = "arn:aws:dynamodb:eu-west-1:123456789012:table/T"
POLICIES = [
    {
        "PolicyDocument": {
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": ["dynamodb:GetItem", "dynamodb:Query"],
                    "Resource": [TABLE, f"{TABLE}2"],
                    "Condition": {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["A#*", "B"]}},
                },
                {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"},
            ]
        }
    }
]


def test_what_a_call_needs_is_used_and_all_else_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(permissions, "USED", used := set[Permit]())
    grants = Grants("R", POLICIES)
    grants.check("dynamodb", "GetItem", {"TableName": TABLE, "Key": {"pk": "A#1", "sk": "x"}})
    assert used == {Permit("R", 0, ACTION, "dynamodb:GetItem"), Permit("R", 0, RESOURCE, "0"), Permit("R", 0, KEYS, "A#*")}
    with pytest.raises(ClientError, match="does not allow"):
        grants.check("dynamodb", "GetItem", {"TableName": TABLE, "Key": {"pk": "C", "sk": "x"}})
    grants.check("s3", "GetObject", {"Bucket": "b", "Key": "k"})
    assert set(permits("R", POLICIES)) - used == {
        Permit("R", 0, ACTION, "dynamodb:Query"),
        Permit("R", 0, RESOURCE, "1"),
        Permit("R", 0, KEYS, "B"),
    }


def test_what_nobody_needed_is_told_with_its_statement(template: Template) -> None:
    every = granted(template)
    assert len({permit.role for permit in every}) > 10
    assert sum(permit.kind == ACTION for permit in every) > 100
    one = min(every)
    (line,) = told(template, [one])
    assert line.startswith(f"{one.role} never needs {one.kind} {one.what} of {{")


@pytest.mark.parametrize("name", ["Aggregate", "PermissionsExport", "Reconcile"])
def test_what_a_scheduled_function_gives_up_on_is_left_where_its_role_may_leave_it(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    crash(stack, monkeypatch, name)
    stack.tick("2026-10-02T00:00:00Z")
    assert {json.loads(letter)["function"] for letter in stack.messages("ScheduleDeadLetterQueue")} == {name}


@pytest.mark.parametrize(("name", "key"), [("FinanceApi", "archives/s-1.zip"), ("Settlement", "s-1/lines.csv")])
def test_whoever_begins_an_upload_may_take_it_back(stack: Stack, monkeypatch: pytest.MonkeyPatch, name: str, key: str) -> None:
    def gives_up(_event: Any, _context: Any) -> None:
        with Upload(buckets.settlement(), key, "text/plain", PIECE_BYTES_MIN) as upload:
            upload.write(b"0" * (PIECE_BYTES_MIN + 1))
            raise TooLarge(key)

    monkeypatch.setattr(stack.runtime.functions[name], "_loaded", gives_up)
    with pytest.raises(TooLarge):
        stack.invoke(name, {})
    assert (f"{name}Role", "s3:AbortMultipartUpload") in {(permit.role, permit.what) for permit in permissions.USED}
    assert "Contents" not in stack.aws("s3").list_objects_v2(Bucket=stack.name("SettlementBucket"))


@pytest.mark.parametrize(("queue", "letters"), [("DropQueue", "DropDeadLetterQueue"), ("WorksQueue", "DropDeadLetterQueue")])
def test_a_message_that_nobody_can_read_comes_back_soon_and_is_set_aside(stack: Stack, queue: str, letters: str) -> None:
    stack.aws("sqs").send_message(QueueUrl=stack.name(queue), MessageBody='{"Records": [{}]}')
    for minute in range(10, 60, 10):  # long before the visibility timeout has passed as often
        stack.at(f"2026-10-01T00:{minute}:00Z")
        stack.drain()
    assert (stack.messages(queue), len(stack.messages(letters))) == ([], 1)


@pytest.mark.parametrize(
    ("name", "bucket", "key"),
    [
        ("FinanceApi", "SettlementBucket", "s-1/lines.csv"),
        ("Reconcile", "SettlementBucket", "s-1/lines.csv"),
        ("Settlement", "SettlementBucket", "s-1/lines.csv"),
        ("UsageDrop", "DropBucket", "usage/fox/2026-10-03.csv"),
        ("WorksDrop", "DropBucket", "works/uni/w.csv"),
    ],
)
def test_whoever_reads_what_others_left_is_told_that_it_is_missing_and_not_that_it_is_denied(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, name: str, bucket: str, key: str
) -> None:
    place = {"SettlementBucket": buckets.settlement, "DropBucket": buckets.drop}[bucket]
    monkeypatch.setattr(stack.runtime.functions[name], "_loaded", lambda _event, _context: place().get(key))
    with pytest.raises(NotFound):
        stack.invoke(name, {})


def test_whoever_may_read_what_tables_point_to_is_told_what_is_missing(
    stack: Stack, template: Template, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each room of the bucket of facts by each function that may read there: objects are few and large, so few tests have one."""
    for name, room in sorted(rooms(template, "s3:GetObject")):
        monkeypatch.setattr(stack.runtime.functions[name], "_loaded", lambda _event, _context, key=f"{room}/none": buckets.facts().get(key))
        with pytest.raises(NotFound):
            stack.invoke(name, {})


def test_whoever_may_write_what_tables_point_to_can(stack: Stack, template: Template, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, room in sorted(rooms(template, "s3:PutObject")):
        key = f"{room}/{name}"
        monkeypatch.setattr(stack.runtime.functions[name], "_loaded", lambda _event, _context, key=key: buckets.facts().put(key, b"1"))
        stack.invoke(name, {})
        assert key in stack.objects("FactsBucket")


def rooms(template: Template, action: str) -> set[tuple[str, str]]:
    """The functions that may do this in the bucket of facts, each with a folder of it."""
    found = set()
    for name, one in template.resources.items():
        if one["Type"] == "AWS::Lambda::Function":
            role = template.resources[one["Properties"]["Role"]["Fn::GetAtt"][0]]
            for statement in (each for policy in role["Properties"].get("Policies", []) for each in policy["PolicyDocument"]["Statement"]):
                if action in listed(statement["Action"]):
                    texts = [resource.get("Fn::Sub", "") for resource in listed(statement["Resource"])]
                    found |= {(name, text.split("/")[1]) for text in texts if text.startswith("${FactsBucket.Arn}/")}
    return found
