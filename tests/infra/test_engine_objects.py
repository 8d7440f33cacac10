"""What S3 does with objects, whichever engine stands in for it."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from local.moto_cloud import MotoCloud
from overtone.aws import buckets, clients, uploads
from overtone.errors import InvariantBroken, NotFound, Retryable, TooLarge
from overtone.stores import line_objects
from tests.infra.test_engines import code_of

if TYPE_CHECKING:
    from local.stack import Stack


def test_an_object_is_written_once_read_in_part_and_listed_in_pages(stack: Stack) -> None:
    bucket = buckets.Bucket(clients.s3(), stack.name("SettlementBucket"))
    bucket.create("a/1", b"0123456789", "text/plain")
    with pytest.raises(buckets.AlreadyExists):
        bucket.create("a/1", b"other")
    head = bucket.head("a/1")
    assert head is not None
    assert b"".join(bucket.stream("a/1", start=4, etag=head.etag)) == b"456789"
    assert list(bucket.stream("a/1", start=10)) == []
    with pytest.raises(ClientError) as error:
        list(bucket.stream("a/1", etag='"another"'))
    assert code_of(error) == "PreconditionFailed"
    names = [f"b/{number}" for number in range(5)]
    for name in names:
        bucket.put(name, b"")
    pages = list(stack.aws("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket.name, Prefix="b/", MaxKeys=2))
    assert [[found["Key"] for found in page["Contents"]] for page in pages] == [names[:2], names[2:4], names[4:]]
    assert [found.key for found in bucket.list("b/")] == names
    assert [found.key for found in bucket.list("b/", "b/2")] == names[3:]
    assert [found.size for found in bucket.list("a")] == [10]
    bucket.delete("a/1")
    assert bucket.head("a/1") is None


@pytest.mark.parametrize("length", [1_024, 1_025])
@pytest.mark.usefixtures("stack")
def test_a_key_that_no_object_can_have_is_that_of_none(length: int) -> None:
    """S3 refuses a longer one instead of saying that there is nothing."""
    bucket, key = buckets.settlement(), "x" * length
    assert bucket.head(key) is None
    with pytest.raises(NotFound):
        bucket.get(key)


@pytest.mark.parametrize("lines", [1, 10, 300])
@pytest.mark.usefixtures("stack")
def test_an_object_of_lines_is_read_piece_by_piece(monkeypatch: pytest.MonkeyPatch, lines: int) -> None:
    """Whatever the size of a piece: also where the last one is full, and where lines are longer than what is unpacked at once."""
    texts = [f"{number * 7_919}\n".encode() for number in range(lines)]
    body = line_objects.zipped(texts)
    buckets.settlement().put("work/lines.gz", body)
    monkeypatch.setattr(line_objects, "UNPACKED_BYTES", 3)
    for size in (len(body) // 3, len(body) - 1, len(body), len(body) + 1):
        monkeypatch.setattr(line_objects, "PIECE_BYTES", size)
        monkeypatch.setattr(line_objects, "PIECE_BYTES_MIN", size)
        assert list(line_objects.streamed("work/lines.gz")) == list(line_objects.streamed("work/lines.gz", 10**9)) == texts
        assert b"".join(buckets.settlement().pieces("work/lines.gz", size)) == body
    with pytest.raises(NotFound, match="nothing"):
        list(line_objects.streamed("work/nothing.gz"))
    buckets.settlement().put("work/cut.gz", body[:-9])
    with pytest.raises(InvariantBroken, match="ends before its end"):
        list(line_objects.streamed("work/cut.gz"))


def test_a_large_object_comes_in_pieces_and_is_there_when_it_is_whole(stack: Stack) -> None:
    bucket = buckets.Bucket(clients.s3(), stack.name("SettlementBucket"))
    size, body = uploads.PIECE_BYTES // 3, bytes(range(256)) * 50_000
    with uploads.Upload(bucket, "a/big", "application/zip", size) as upload:
        for start in range(0, len(body), 999_999):
            upload.write(body[start : start + 999_999])
            assert bucket.head("a/big") is None
    assert bucket.get("a/big") == body
    with uploads.Upload(bucket, "a/exact", "application/zip", size) as upload:
        upload.write(body[:size])
    assert bucket.get("a/exact") == body[:size]
    with pytest.raises(ZeroDivisionError), uploads.Upload(bucket, "a/none", "application/zip", size) as upload:
        upload.write(body)
        raise ZeroDivisionError
    assert bucket.head("a/none") is None


def test_an_object_is_replaced_as_it_was_seen_or_not_at_all(stack: Stack) -> None:
    bucket = buckets.Bucket(clients.s3(), stack.name("SettlementBucket"))
    bucket.create("a/1", b"first", tags={"personal": "true"})
    seen = bucket.head("a/1")
    assert seen is not None
    bucket.replace(seen, b"second")
    with pytest.raises(buckets.Changed):
        bucket.replace(seen, b"third")
    assert bucket.get("a/1") == b"second"


def test_what_was_deleted_is_not_replaced(stack: Stack) -> None:
    bucket = buckets.Bucket(clients.s3(), stack.name("SettlementBucket"))
    bucket.create("a/1", b"first")
    seen = bucket.head("a/1")
    assert seen is not None
    bucket.delete("a/1")
    with pytest.raises(buckets.Changed):
        bucket.replace(seen, b"second")
    assert bucket.head("a/1") is None
    assert [found.key for found in bucket.list("a/")] == []


@pytest.mark.parametrize("length", [1, uploads.PIECE_BYTES // 3 + 1])
def test_so_is_one_that_comes_in_pieces(stack: Stack, length: int) -> None:
    bucket, size, key = buckets.Bucket(clients.s3(), stack.name("SettlementBucket")), uploads.PIECE_BYTES // 3, "a/big"

    def upload(body: bytes, **condition: str) -> None:
        with uploads.Upload(bucket, key, "text/plain", size, condition=lambda: condition) as pieces:
            pieces.write(body)

    first, second = b"1" * length, b"2" * length
    upload(first, IfNoneMatch="*")
    with pytest.raises(Retryable):
        upload(second, IfNoneMatch="*")
    seen = bucket.head(key)
    assert seen is not None
    with pytest.raises(Retryable):
        upload(second, IfMatch='"another"')
    assert bucket.get(key) == first
    upload(second, IfMatch=seen.etag)
    with pytest.raises(Retryable):
        upload(first, IfMatch=seen.etag)
    assert bucket.get(key) == second


def test_what_is_sent_in_pieces_bears_its_tags(stack: Stack) -> None:
    bucket, size = buckets.Bucket(clients.s3(), stack.name("SettlementBucket")), uploads.PIECE_BYTES // 3
    for key, length in (("a/big", 2 * size), ("a/small", 1)):
        with uploads.Upload(bucket, key, "application/zip", size, tags={"personal": "true"}) as upload:
            upload.write(bytes(length))
        tags = stack.aws("s3").get_object_tagging(Bucket=bucket.name, Key=key)["TagSet"]
        assert tags == [{"Key": "personal", "Value": "true"}]


def test_an_upload_has_no_more_pieces_than_s3_takes(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "PIECES_MAX", 2)
    bucket, size = buckets.Bucket(clients.s3(), stack.name("SettlementBucket")), uploads.PIECE_BYTES // 3
    with uploads.Upload(bucket, "a/two", "application/zip", size) as upload:
        upload.write(bytes(2 * size))
    with pytest.raises(TooLarge), uploads.Upload(bucket, "a/three", "application/zip", size) as upload:
        upload.write(bytes(2 * size + 1))
    assert (bucket.head("a/two") is None, bucket.head("a/three")) == (False, None)


def test_what_was_deleted_can_be_written_once_again(stack: Stack) -> None:
    bucket = buckets.Bucket(clients.s3(), stack.name("SettlementBucket"))
    bucket.create("a/1", b"first")
    bucket.delete("a/1")
    bucket.create("a/1", b"again")
    assert bucket.get("a/1") == b"again"


def test_what_was_replaced_and_deleted_stays_as_versions(stack: Stack) -> None:
    s3, name = stack.aws("s3"), stack.name("SettlementBucket")
    for body in (b"1", b"2"):
        s3.put_object(Bucket=name, Key="k", Body=body)
    s3.delete_object(Bucket=name, Key="k")
    listed = s3.list_object_versions(Bucket=name)
    bodies = [s3.get_object(Bucket=name, Key="k", VersionId=one["VersionId"])["Body"].read() for one in listed["Versions"]]
    assert bodies == [b"2", b"1"]
    assert [one["IsLatest"] for one in listed["DeleteMarkers"]] == [True]
    stack.empty("SettlementBucket")
    assert "Versions" not in s3.list_object_versions(Bucket=name)


def test_each_version_is_told_of_and_can_be_read_by_name(stack: Stack) -> None:
    bucket = buckets.Bucket(clients.s3(), stack.name("DropBucket"))
    for body in (b"1", b"22"):
        bucket.put("usage/fox/k.csv", body)
    told = [json.loads(body)["Records"][0]["s3"]["object"]["versionId"] for body in stack.messages("DropQueue")]
    heads = [bucket.head("usage/fox/k.csv", version) for version in told]
    assert [(head.size, head.version) for head in heads if head] == [(1, told[0]), (2, told[1])]
    assert bucket.head("usage/fox/k.csv") == heads[1]
    assert [b"".join(bucket.stream("usage/fox/k.csv", version=version)) for version in told] == [b"1", b"22"]
    stack.empty("DropBucket")
    assert bucket.head("usage/fox/k.csv", told[0]) is None
    with pytest.raises(NotFound):
        list(bucket.stream("usage/fox/k.csv", version=told[0]))


def test_a_stand_in_leaves_the_credentials_of_the_process_alone() -> None:
    """Else a link that was signed before one started leads nowhere while it is there."""
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    before = [os.environ[name] for name in names]
    cloud = MotoCloud()
    try:
        assert [os.environ[name] for name in names] == before
    finally:
        cloud.stop()
