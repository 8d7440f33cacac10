"""A stack that is filled with what another one held at an instant settles to the same bytes."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from local.stack import Stack
from operations import schedules
from operations.reindex import reindex
from operations.restore import BUCKETS, TABLES, copy_bucket, require_still, restore
from tests.integration import scenario
from tests.integration.scenario import files_of, settle, usage

pytestmark = pytest.mark.moto  # the command makes boto3's own clients
KEYS = ("pk", "sk")


def backed_up(stack: Stack, logical_id: str, items: list[dict[str, Any]]) -> str:
    """What point-in-time recovery makes: a table of another name with the items of then."""
    name, client = f"restored-{logical_id}", stack.aws("dynamodb")
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in KEYS],
        KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in zip(KEYS, ("HASH", "RANGE"), strict=True)],
    )
    for item in items:
        client.put_item(TableName=name, Item=item)
    return name


def old_bucket(stack: Stack, logical_id: str, objects: dict[str, bytes]) -> str:
    """The versioned bucket of another stack."""
    name, s3 = f"old-{logical_id.lower()}", stack.aws("s3")
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    for key, body in objects.items():
        s3.put_object(Bucket=name, Key=key, Body=body)
    return name


def test_a_restored_stack_settles_to_the_same_bytes(stack: Stack) -> None:
    scenario.world(stack)
    stack.at(scenario.SETTLED)
    assert settle(stack)["status"] == "sealed"
    usage(stack, "b-9", ("output:gen-1", "2026-10-09", 4), ("output:gen-2", "2026-11-02", 3))
    items = {name: stack.aws("dynamodb").scan(TableName=stack.name(logical_id))["Items"] for name, logical_id in TABLES.items()}
    objects = {name: stack.objects(logical_id) for name, logical_id in BUCKETS.items()}
    stack.reset()
    tables = {name: backed_up(stack, logical_id, items[name]) for name, logical_id in TABLES.items()}
    buckets = {name: old_bucket(stack, logical_id, objects[name]) for name, logical_id in BUCKETS.items()}
    try:
        stack.at("2026-12-10T06:00:00Z")
        resources = {logical_id: stack.name(logical_id) for logical_id in (*TABLES.values(), *BUCKETS.values())}
        counts = restore(resources, tables, buckets, datetime.now(UTC))
        assert min(counts[name] for name in TABLES) > 0
        assert settle(stack, "2026-11", "2026-11")["status"] == "sealed"
        restored = files_of(stack, "2026-11")
    finally:
        forget(stack, tables, buckets)
    stack.reset()
    scenario.world(stack)
    stack.at(scenario.SETTLED)
    assert settle(stack)["status"] == "sealed"
    usage(stack, "b-9", ("output:gen-1", "2026-10-09", 4), ("output:gen-2", "2026-11-02", 3))
    stack.at("2026-12-10T06:00:00Z")
    assert settle(stack, "2026-11", "2026-11")["status"] == "sealed"
    assert files_of(stack, "2026-11")["lines.csv"] == restored["lines.csv"]
    assert files_of(stack, "2026-11")["payments.csv"] == restored["payments.csv"]


def test_nothing_is_copied_into_a_stack_whose_schedules_are_on(stack: Stack) -> None:
    """One that ran when the first table was there accrued what was pending; the next table undid that, and the batch was never paid."""
    client = stack.aws("scheduler")
    names = [entry["Name"] for entry in client.list_schedules()["Schedules"]]
    before = {name: client.get_schedule(Name=name) for name in names}
    with pytest.raises(SystemExit, match=r"overtone-SettlementMachineSettleSchedule.* would run while tables are half copied.* NEW off"):
        require_still("NEW", names)
    try:
        schedules.switch(names, "off")
        require_still("NEW", names)
    finally:
        schedules.switch(names, "on")
    told = ("ScheduleExpression", "Target", "State")
    assert [{field: client.get_schedule(Name=name)[field] for field in told} for name in names] == [
        {field: before[name][field] for field in told} for name in names
    ]


@pytest.fixture
def old(stack: Stack) -> Iterator[str]:
    name, s3 = old_bucket(stack, "SettlementBucket", {}), stack.aws("s3")
    yield name
    for marker in s3.list_object_versions(Bucket=name).get("DeleteMarkers", []):
        s3.delete_object(Bucket=name, Key=marker["Key"], VersionId=marker["VersionId"])
    forget(stack, {}, {"settlement": name})


def test_of_what_was_written_within_one_second_the_last_is_copied(stack: Stack, old: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """S3 tells the time of a version in whole seconds, and lists a key's versions from the newest on."""
    second, s3, make = datetime(2026, 10, 5, 9, tzinfo=UTC), stack.aws("s3"), boto3.client

    def in_one_second(parsed: dict[str, Any], **_call: Any) -> None:
        for entry in (*parsed.get("Versions", []), *parsed.get("DeleteMarkers", [])):
            entry["LastModified"] = second

    def client(service: Any) -> Any:
        made: Any = make(service)
        made.meta.events.register("after-call.s3.ListObjectVersions", in_one_second)
        return made

    for body in (b"first", b"second", b"third"):
        s3.put_object(Bucket=old, Key="replaced", Body=body)
    for key in ("removed", "written-again"):
        s3.put_object(Bucket=old, Key=key, Body=b"first")
        s3.delete_object(Bucket=old, Key=key)
    s3.put_object(Bucket=old, Key="written-again", Body=b"second")
    monkeypatch.setattr("operations.restore.boto3.client", client)
    assert copy_bucket(old, stack.name("SettlementBucket"), second) == 2
    assert stack.objects("SettlementBucket") == {"replaced": b"third", "written-again": b"second"}


def forget(stack: Stack, tables: dict[str, str], buckets: dict[str, str]) -> None:
    for name in tables.values():
        stack.aws("dynamodb").delete_table(TableName=name)
    s3: Any = stack.aws("s3")
    for name in buckets.values():
        for entry in s3.list_object_versions(Bucket=name).get("Versions", []):
            s3.delete_object(Bucket=name, Key=entry["Key"], VersionId=entry["VersionId"])
        s3.delete_bucket(Bucket=name)


def test_a_bucket_is_copied_as_it_was_and_not_as_it_is(stack: Stack) -> None:
    s3, name = stack.aws("s3"), old_bucket(stack, "SettlementBucket", {})
    try:
        s3.put_object(Bucket=name, Key="kept", Body=b"then")
        s3.put_object(Bucket=name, Key="deleted", Body=b"then")
        s3.delete_object(Bucket=name, Key="deleted")
        then = max(entry["LastModified"] for entry in s3.list_object_versions(Bucket=name)["Versions"])
        assert copy_bucket(name, stack.name("SettlementBucket"), then.replace(year=then.year - 1)) == 0
        assert copy_bucket(name, stack.name("SettlementBucket"), datetime.now(UTC)) == 1
        assert stack.objects("SettlementBucket") == {"kept": b"then"}
    finally:
        for marker in s3.list_object_versions(Bucket=name).get("DeleteMarkers", []):
            s3.delete_object(Bucket=name, Key=marker["Key"], VersionId=marker["VersionId"])
        forget(stack, {}, {"settlement": name})


def test_files_that_were_dropped_before_are_not_read_again(stack: Stack) -> None:
    """A bucket tells of what is copied into it as of what is dropped: old files of works were registered again, over what came later."""
    scenario.party(stack, "ann", "creator")
    scenario.party(stack, "bob", "creator")
    stack.put_object("DropBucket", "works/ann/old.csv", b"work_id,title,shares\ntrack,Track,ann:1\n")
    stack.drain()
    shares = {"shares": [{"party": "bob", "share": "1"}]}
    assert stack.http("PATCH", "/v1/works/track", party="ann", scope="registry.write", json=shares).status == 200
    items = stack.aws("dynamodb").scan(TableName=stack.name("RegistryTable"))["Items"]
    objects = stack.objects("DropBucket")
    stack.reset()
    stack.at("2026-10-05T06:00:00Z")
    tables, buckets = {"registry": backed_up(stack, "RegistryTable", items)}, {"drop": old_bucket(stack, "DropBucket", objects)}
    try:
        resources = {logical_id: stack.name(logical_id) for logical_id in (*TABLES.values(), *BUCKETS.values())}
        restore(resources, tables, buckets, datetime.now(UTC))
        stack.drain()
    finally:
        forget(stack, tables, buckets)
    versions = stack.http("GET", "/v1/works/track/versions", party="ann", scope="registry.write").json()["versions"]
    assert [version["shares"] for version in versions] == [[{"party": "ann", "share": "1"}], shares["shares"]]
    assert "receipts/ann/old.csv.json" in stack.objects("DropBucket"), "what its senders were told is there"


def test_works_of_an_earlier_version_are_found_by_who_administers_them(stack: Stack) -> None:
    """They were registered when only who has a share in a work was kept beside it."""
    for name in ("ann", "adm"):
        scenario.party(stack, name, "creator")
    scenario.work(stack, "song", "adm", {"ann": "1"})
    key = {"pk": {"S": "ADMINISTERED#adm"}, "sk": {"S": "song"}}
    stack.aws("dynamodb").delete_item(TableName=stack.name("RegistryTable"), Key=key)

    def listed() -> list[str]:
        return [work["id"] for work in stack.http("GET", "/v1/works", party="adm", scope="registry.write").json()["items"]]

    assert listed() == []
    assert [reindex(stack.name("RegistryTable")) for _ in range(2)] == [1, 1]
    assert listed() == ["song"]


def test_an_object_that_s3_copies_only_in_pieces_is_copied(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """S3 copies up to 5 GB in one call. The zip of a large settlement has more, and the copy of the whole bucket ended at it."""
    make, s3, large = boto3.client, stack.aws("s3"), b"x" * (11 * 1024 * 1024)
    name = old_bucket(stack, "SettlementBucket", {"a.zip": large, "b.csv": b"small"})
    s3.put_object_tagging(Bucket=name, Key="a.zip", Tagging={"TagSet": [{"Key": "people", "Value": "some"}]})

    def as_s3_does(params: dict[str, Any], **_call: Any) -> None:
        if params["headers"]["x-amz-copy-source"].find("a.zip") >= 0:
            raise ClientError({"Error": {"Code": "InvalidRequest"}}, "CopyObject")

    def client(service: Any) -> Any:
        made: Any = make(service)
        made.meta.events.register("before-call.s3.CopyObject", as_s3_does)
        return made

    monkeypatch.setattr("operations.restore.boto3.client", client)
    monkeypatch.setattr("operations.restore.COPIED_AT_ONCE_BYTES_MAX", 8 * 1024 * 1024)
    try:
        assert copy_bucket(name, stack.name("SettlementBucket"), datetime.now(UTC)) == 2
        assert stack.objects("SettlementBucket") == {"a.zip": large, "b.csv": b"small"}
        tags = s3.get_object_tagging(Bucket=stack.name("SettlementBucket"), Key="a.zip")["TagSet"]
        assert tags == [{"Key": "people", "Value": "some"}], "lifecycle rules read them"
    finally:
        forget(stack, {}, {"settlement": name})
