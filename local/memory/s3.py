"""S3: objects with their versions, conditional writes, lists in order of key, and what a bucket tells a queue of new objects."""

from __future__ import annotations

import hashlib
import io
import json
from bisect import bisect_left, bisect_right, insort
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl, quote_plus

import boto3
from botocore.response import StreamingBody

from local.aws import REGION
from local.memory.service import Paginator, UnknownCall
from local.memory.uploads import InPieces

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from botocore.config import Config
    from botocore.exceptions import ClientError

    from local.memory.cloud import MemoryCloud

PAGE_KEYS_MAX = 1000
UNMET = "At least one of the pre-conditions you specified did not hold"
SETTINGS = frozenset(
    {
        "put_bucket_encryption",
        "put_bucket_lifecycle_configuration",
        "put_bucket_ownership_controls",
        "put_bucket_policy",
        "put_object_lock_configuration",
        "put_public_access_block",
    }
)
"""What may be said of a bucket and changes nothing here: nobody but the stack's own functions asks, and nothing expires by itself."""


class Version(NamedTuple):
    """One version of an object; `body` is `None` for the mark of a deletion."""

    number: str
    body: bytes | None
    media_type: str
    written_at: float
    etag: str
    tags: list[dict[str, str]]


@dataclass
class Bucket:
    """A bucket: the versions of each key, newest last; without versioning there is one."""

    name: str
    versioned: bool = False
    told: list[dict[str, Any]] = field(default_factory=list)
    """Notifications: a target, and the prefix and suffix of the keys that it is told of."""
    versions: dict[str, list[Version]] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)
    _numbers: int = 0

    def clear(self) -> None:
        """No objects."""
        self.versions.clear()
        self.order.clear()

    def newest(self, key: str) -> Version | None:
        """The object as it is now, or none."""
        found = self.versions.get(key)
        return found[-1] if found and found[-1].body is not None else None

    def version(self, key: str, number: str) -> Version | None:
        """One of the objects that were there, or none."""
        return next((one for one in self.versions.get(key, []) if one.number == number and one.body is not None), None)

    def write(self, key: str, body: bytes | None, media_type: str, now: float) -> Version:
        """A new version, or the mark of a deletion."""
        self._numbers += 1
        etag = f'"{hashlib.md5(body or b"", usedforsecurity=False).hexdigest()}"'
        version = Version(str(self._numbers), body, media_type, now, etag, [])
        if key not in self.versions:
            insort(self.order, key)
        self.versions[key] = [*self.versions.get(key, []), version] if self.versioned else [version]
        return version

    def forget(self, key: str, number: str | None = None) -> None:
        """Removes a key's version, or the key itself."""
        left = [version for version in self.versions.get(key, []) if number is not None and version.number != number]
        if left:
            self.versions[key] = left
        elif self.versions.pop(key, None) is not None:
            self.order.remove(key)

    def keys(self, prefix: str, after: str) -> Iterator[str]:
        """Keys under a prefix behind `after`, in order."""
        for place in range(max(bisect_left(self.order, prefix), bisect_right(self.order, after) if after else 0), len(self.order)):
            if not self.order[place].startswith(prefix):
                return
            yield self.order[place]


class S3(InPieces):
    """The client."""

    name = "s3"

    def __init__(self, cloud: MemoryCloud, attempts: int = 1, config: Config | None = None) -> None:
        super().__init__(cloud, attempts)
        self._config = config

    def __getattr__(self, method: str) -> Callable[..., Any]:
        return _nothing if method in SETTINGS else super().__getattr__(method)

    @cached_property
    def _signer(self) -> Any:
        return boto3.client("s3", region_name=REGION, config=self._config)

    def generate_presigned_url(self, method: str, **params: Any) -> str:
        """A link as the SDK signs it; nothing is asked of anybody for it, and it leads no further than the signer's role."""
        self.cloud.hooks.before_signing(self.name, method.title().replace("_", ""), params["Params"])
        return str(self._signer.generate_presigned_url(method, **params))

    def get_paginator(self, operation: str) -> Paginator:
        """The pages of a list."""
        if operation == "list_object_versions":
            return Paginator(self.list_object_versions, "KeyMarker", "NextKeyMarker")
        return Paginator(self.list_objects_v2, "ContinuationToken", "NextContinuationToken")

    def _bucket(self, name: str) -> Bucket:
        if name not in self.cloud.buckets:
            raise self.refuse("NoSuchBucket", f"The specified bucket does not exist: {name}", "Bucket", 404)
        return self.cloud.buckets[name]

    def _found(self, bucket: str, key: str, operation: str, number: str | None = None) -> Version:
        version = self._bucket(bucket).newest(key) if number is None else self._bucket(bucket).version(key, number)
        if version is None:
            code = "404" if operation == "HeadObject" else "NoSuchKey" if number is None else "NoSuchVersion"
            raise self.refuse(code, f"The specified key or version does not exist: {key}", operation, 404)
        return version

    # ------------------------------------------------------------ buckets

    def do_create_bucket(self, Bucket: str, **_settings: Any) -> dict[str, Any]:
        self.cloud.buckets[Bucket] = self.cloud.new_bucket(Bucket)
        return {"Location": f"http://{Bucket}.s3.amazonaws.com/"}

    def do_delete_bucket(self, Bucket: str) -> dict[str, Any]:
        if self._bucket(Bucket).order:
            raise self.refuse("BucketNotEmpty", "The bucket you tried to delete is not empty", "DeleteBucket", 409)
        del self.cloud.buckets[Bucket]
        return {}

    def do_put_bucket_versioning(self, Bucket: str, VersioningConfiguration: dict[str, str]) -> dict[str, Any]:
        self._bucket(Bucket).versioned = VersioningConfiguration["Status"] == "Enabled"
        return {}

    def do_put_bucket_notification_configuration(self, Bucket: str, NotificationConfiguration: dict[str, Any]) -> dict[str, Any]:
        told = []
        for kind, target in (("QueueConfigurations", "QueueArn"), ("LambdaFunctionConfigurations", "LambdaFunctionArn")):
            for one in NotificationConfiguration.get(kind, []):
                rules = {rule["Name"].lower(): rule["Value"] for rule in one["Filter"]["Key"]["FilterRules"]}
                if unknown := [event for event in one["Events"] if not event.startswith("s3:ObjectCreated:")]:
                    raise UnknownCall(unknown)
                told.append({"arn": one[target], "prefix": rules.get("prefix", ""), "suffix": rules.get("suffix", "")})
        self._bucket(Bucket).told = told
        return {}

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
        bucket = self._bucket(Bucket)
        there = self._found(Bucket, Key, "PutObject") if IfMatch else bucket.newest(Key) if IfNoneMatch else None
        if there is not None and there.etag != IfMatch:
            raise self.refuse("PreconditionFailed", UNMET, "PutObject", 412)
        version = bucket.write(Key, Body.encode() if isinstance(Body, str) else bytes(Body), ContentType, self.cloud.hooks.epoch())
        version.tags.extend({"Key": name, "Value": value} for name, value in parse_qsl(Tagging))
        self._tell(bucket, Key, version, "ObjectCreated:Put")
        return {"ETag": version.etag, "VersionId": version.number}

    def do_copy_object(self, Bucket: str, Key: str, CopySource: Mapping[str, str]) -> dict[str, Any]:
        source = self._found(CopySource["Bucket"], CopySource["Key"], "CopyObject", CopySource.get("VersionId"))
        version = self._bucket(Bucket).write(Key, source.body, source.media_type, self.cloud.hooks.epoch())
        self._tell(self._bucket(Bucket), Key, version, "ObjectCreated:Copy")
        return {"CopyObjectResult": {"ETag": version.etag}}

    def do_head_object(self, Bucket: str, Key: str, VersionId: str | None = None) -> dict[str, Any]:
        return _described(self._found(Bucket, Key, "HeadObject", VersionId))

    def do_get_object(self, Bucket: str, Key: str, Range: str = "", IfMatch: str = "", VersionId: str | None = None) -> dict[str, Any]:
        version = self._found(Bucket, Key, "GetObject", VersionId)
        if IfMatch and IfMatch != version.etag:
            raise self.refuse("PreconditionFailed", UNMET, "GetObject", 412)
        body = _cut(self, version.body or b"", Range)
        return _described(version) | {"Body": StreamingBody(io.BytesIO(body), len(body)), "ContentLength": len(body)}

    def do_put_object_tagging(self, Bucket: str, Key: str, Tagging: dict[str, Any]) -> dict[str, Any]:
        self._found(Bucket, Key, "PutObjectTagging").tags[:] = Tagging["TagSet"]
        return {}

    def do_get_object_tagging(self, Bucket: str, Key: str) -> dict[str, Any]:
        return {"TagSet": list(self._found(Bucket, Key, "GetObjectTagging").tags)}

    def do_delete_object(self, Bucket: str, Key: str, VersionId: str | None = None) -> dict[str, Any]:
        bucket = self._bucket(Bucket)
        if VersionId is not None:
            bucket.forget(Key, VersionId)
        elif bucket.versioned:
            bucket.write(Key, None, "", self.cloud.hooks.epoch())
        else:
            bucket.forget(Key)
        return {}

    # ------------------------------------------------------------ lists

    def do_list_objects_v2(
        self, Bucket: str, Prefix: str = "", StartAfter: str = "", ContinuationToken: str = "", MaxKeys: int = PAGE_KEYS_MAX
    ) -> dict[str, Any]:
        bucket = self._bucket(Bucket)
        found: list[dict[str, Any]] = []
        for key in bucket.keys(Prefix, ContinuationToken or StartAfter):
            if (version := bucket.newest(key)) is None:
                continue
            if len(found) == MaxKeys:
                return {"Contents": found, "KeyCount": MaxKeys, "IsTruncated": True, "NextContinuationToken": found[-1]["Key"]}
            found.append({"Key": key, "Size": len(version.body or b""), "ETag": version.etag, "LastModified": _time(version)})
        return {"KeyCount": len(found), "IsTruncated": False} | ({"Contents": found} if found else {})

    def do_list_object_versions(self, Bucket: str, Prefix: str = "", KeyMarker: str = "") -> dict[str, Any]:
        bucket = self._bucket(Bucket)
        listed: dict[str, list[dict[str, Any]]] = {}
        for key in bucket.keys(Prefix, KeyMarker):
            for version in reversed(bucket.versions[key]):
                entry = {"Key": key, "VersionId": version.number, "IsLatest": version is bucket.versions[key][-1]}
                entry |= {} if version.body is None else {"Size": len(version.body)}
                kind = "DeleteMarkers" if version.body is None else "Versions"
                listed.setdefault(kind, []).append(entry | {"LastModified": _time(version)})
        return {"IsTruncated": False, **listed}

    def _tell(self, bucket: Bucket, key: str, version: Version, event: str) -> None:
        for one in bucket.told:
            if key.startswith(one["prefix"]) and key.endswith(one["suffix"]):
                self.cloud.tell(one["arn"], json.dumps({"Records": [_record(bucket.name, key, version, event)]}))


def _nothing(**_params: Any) -> dict[str, Any]:
    return {}


def _cut(client: S3, body: bytes, asked: str) -> bytes:
    """The bytes of a range `bytes=7-` or `bytes=7-9`."""
    if not asked:
        return body
    first, _, last = asked.removeprefix("bytes=").partition("-")
    if int(first) >= len(body):
        error: ClientError = client.refuse("InvalidRange", "The requested range is not satisfiable", "GetObject", 416)
        raise error
    return body[int(first) : int(last) + 1 if last else None]


def _time(version: Version) -> datetime:
    return datetime.fromtimestamp(version.written_at, UTC)


def _described(version: Version) -> dict[str, Any]:
    return {
        "ContentLength": len(version.body or b""),
        "ContentType": version.media_type,
        "ETag": version.etag,
        "LastModified": _time(version),
        "VersionId": version.number,
    }


def _record(bucket: str, key: str, version: Version, event: str) -> dict[str, Any]:
    """What S3 tells of a new object; the key is encoded as in a form."""
    stored = {"key": quote_plus(key), "size": len(version.body or b""), "eTag": version.etag.strip('"'), "versionId": version.number}
    return {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": REGION,
        "eventTime": _time(version).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "eventName": event,
        "s3": {"s3SchemaVersion": "1.0", "bucket": {"name": bucket, "arn": f"arn:aws:s3:::{bucket}"}, "object": stored},
    }
