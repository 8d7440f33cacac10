"""S3 on versitygw: every object is the server's. What a bucket tells of new objects is told here, for the server only tells brokers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.aws import REGION
from local.memory.s3 import S3, Bucket, Version
from local.servers.answers import asked

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from botocore.config import Config

    from local.memory.cloud import MemoryCloud


FORWARDED = frozenset(
    {
        *("head_object", "get_object", "get_object_tagging", "put_object_tagging", "delete_object"),
        *("create_multipart_upload", "upload_part", "abort_multipart_upload"),
        *("list_objects_v2", "list_object_versions", "put_bucket_versioning"),
    }
)
"""What the server answers as it stands."""


class RemoteBucket(Bucket):
    """What the stand-in itself must know of a bucket of the server: whom it tells, and how to empty it."""

    def __init__(self, name: str, client: Any) -> None:
        super().__init__(name)
        self._client = client

    def clear(self) -> None:
        """No objects, no versions."""
        for page in self._client.get_paginator("list_object_versions").paginate(Bucket=self.name):
            found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
            named = [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in found]
            if named:
                self._client.delete_objects(Bucket=self.name, Delete={"Objects": named, "Quiet": True})


class VersityGateway(S3):
    """The client. Links are signed for AWS's hosts, as everywhere."""

    def __init__(self, cloud: MemoryCloud, server: Any, attempts: int = 1, config: Config | None = None) -> None:
        super().__init__(cloud, attempts, config)
        self._server = server

    def _answered(self, answer: Callable[..., Any], params: dict[str, Any]) -> Any:
        operation = answer.__name__.removeprefix("do_")
        if operation not in FORWARDED:
            return super()._answered(answer, params)
        with self.cloud.turn:
            return asked(self._server, operation, params)

    # ------------------------------------------------------------ buckets

    def do_create_bucket(self, Bucket: str, **_settings: Any) -> dict[str, Any]:
        where = {"LocationConstraint": REGION}
        answer = asked(self._server, "create_bucket", {"Bucket": Bucket, "CreateBucketConfiguration": where})
        self.cloud.buckets[Bucket] = RemoteBucket(Bucket, self._server)
        return answer

    def do_delete_bucket(self, Bucket: str) -> dict[str, Any]:
        answer = asked(self._server, "delete_bucket", {"Bucket": Bucket})
        del self.cloud.buckets[Bucket]
        return answer

    # ------------------------------------------------------------ objects

    def do_put_object(
        self,
        *,
        Bucket: str,
        Key: str,
        Body: bytes | str = b"",
        ContentType: str = "binary/octet-stream",
        IfMatch: str = "",
        IfNoneMatch: str = "",
        Tagging: str = "",
    ) -> dict[str, Any]:
        body = Body.encode() if isinstance(Body, str) else bytes(Body)
        params = {"Bucket": Bucket, "Key": Key, "Body": body, "ContentType": ContentType}
        extra = {"IfMatch": IfMatch, "IfNoneMatch": IfNoneMatch, "Tagging": Tagging}
        answer = asked(self._server, "put_object", params | {name: value for name, value in extra.items() if value})
        self._told(Bucket, Key, len(body), answer, "ObjectCreated:Put")
        return answer

    def do_complete_multipart_upload(
        self, *, Bucket: str, Key: str, UploadId: str, MultipartUpload: dict[str, Any], **condition: str
    ) -> dict[str, Any]:
        whole = {"Bucket": Bucket, "Key": Key, "UploadId": UploadId, "MultipartUpload": MultipartUpload, **condition}
        answer = asked(self._server, "complete_multipart_upload", whole)
        size = asked(self._server, "head_object", {"Bucket": Bucket, "Key": Key})["ContentLength"]
        self._told(Bucket, Key, size, answer, "ObjectCreated:CompleteMultipartUpload")
        return answer

    def do_copy_object(self, Bucket: str, Key: str, CopySource: Mapping[str, str]) -> dict[str, Any]:
        answer = asked(self._server, "copy_object", {"Bucket": Bucket, "Key": Key, "CopySource": CopySource})
        size = asked(self._server, "head_object", {"Bucket": Bucket, "Key": Key})["ContentLength"]
        self._told(Bucket, Key, size, answer | answer["CopyObjectResult"], "ObjectCreated:Copy")
        return answer

    def _told(self, name: str, key: str, size: int, written: Mapping[str, Any], event: str) -> None:
        number = written.get("VersionId", "")
        self._tell(self._bucket(name), key, Version(number, bytes(size), "", self.cloud.hooks.epoch(), written["ETag"], []), event)
