"""A thin gateway to S3: whole objects, streams, and writes that never replace.

`create` is a conditional write (`If-None-Match: *`): the first one wins and the others are told. `replace` is one, too (`If-Match`): what
was seen is replaced, and nothing else.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from botocore.exceptions import ClientError

from overtone.aws import clients
from overtone.aws.patience import code_of
from overtone.config import settings
from overtone.errors import NotFound

if TYPE_CHECKING:
    from botocore.response import StreamingBody
    from mypy_boto3_s3 import S3Client

CHUNK_BYTES: Final = 1024 * 1024
KEY_BYTES_MAX: Final = 1_024
"""Of a key; a longer one is the key of nothing, and asking for it is an error of the service's."""
_BINARY: Final = "application/octet-stream"
_MISSING: Final = frozenset({"404", "NoSuchKey", "NoSuchVersion", "NotFound"})
_UNMET: Final = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "412", "409", *_MISSING})
_DENIED: Final = frozenset({"403", "AccessDenied", "Forbidden"})
"""Never read as missing but by `sees`: whoever reads state may list its bucket, and is told 404 of what is not there."""


class AlreadyExists(Exception):
    """An object with this key is there; nothing was written."""


class Changed(Exception):
    """The object is not the one that was seen; nothing was written."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What a listing or a head says of an object; a head also says its version, where the bucket keeps any."""

    key: str
    size: int
    etag: str
    written: datetime
    version: str = ""


def _can_be(key: str) -> bool:
    """Whether an object can have a key: what is asked for comes from outside, and may be of any length."""
    return len(key.encode()) <= KEY_BYTES_MAX


def _of(version: str) -> dict[str, str]:
    return {"VersionId": version} if version else {}


def _range(start: int, size: int) -> dict[str, str]:
    return {"Range": f"bytes={start}-{start + size - 1}"}


class Bucket:
    """One bucket."""

    def __init__(self, client: "S3Client", name: str) -> None:
        self.client = client
        self.name = name

    def head(self, key: str, version: str = "") -> Stored | None:
        """Size and ETag of an object, or of one of its versions; `None` where there is no such object."""
        if not _can_be(key):
            return None
        try:
            found = self.client.head_object(Bucket=self.name, Key=key, **_of(version))  # type: ignore[arg-type]
        except ClientError as error:
            if code_of(error) in _MISSING:
                return None
            raise
        return Stored(key, found["ContentLength"], found["ETag"], found["LastModified"], found.get("VersionId", ""))

    def sees(self, key: str) -> bool:
        """Whether there is such an object, for whom may not list the bucket: S3 says 403 to it of what is missing, as of what is denied.

        Only for what may be written again at no loss.
        """
        try:
            return self.head(key) is not None
        except ClientError as error:
            if code_of(error) in _DENIED:
                return False
            raise

    def get(self, key: str) -> bytes:
        """The whole object; raises `NotFound`."""
        return b"".join(self.stream(key))

    def stream(self, key: str, *, start: int = 0, etag: str = "", version: str = "") -> Iterator[bytes]:
        """The bytes of an object, or of one of its versions, from `start` on, in chunks; raises `NotFound`.

        With `etag`, raises `ClientError` where the object is another one by now.
        """
        extra = {"Range": f"bytes={start}-"} if start else {}
        extra |= ({"IfMatch": etag} if etag else {}) | _of(version)
        try:
            body = self._opened(key, extra)
        except ClientError as error:
            if start and code_of(error) == "InvalidRange":  # the end
                return
            raise
        yield from body.iter_chunks(CHUNK_BYTES)

    def part(self, key: str, start: int, size: int) -> bytes:
        """So many bytes of an object, which has them; raises `NotFound`."""
        return b"".join(self._opened(key, _range(start, size)).iter_chunks(CHUNK_BYTES))

    def pieces(self, key: str, size: int) -> Iterator[bytes]:
        """The object's bytes in pieces of `size`, each asked for when it is wanted: many objects may be read side by side.

        Raises `NotFound`. Only for what is never replaced.
        """
        start, piece = 0, b""
        while not start or len(piece) == size:
            try:
                body = self._opened(key, _range(start, size))
            except ClientError as error:
                if start and code_of(error) == "InvalidRange":  # the end
                    return
                raise
            piece = body.read()
            start += len(piece)
            yield piece

    def _opened(self, key: str, asked: Mapping[str, str]) -> "StreamingBody":
        """What there is to read of an object, as it is asked for."""
        if not _can_be(key):
            raise NotFound(f"there is no object {key[:KEY_BYTES_MAX]}…")
        try:
            return self.client.get_object(Bucket=self.name, Key=key, **asked)["Body"]  # type: ignore[arg-type]
        except ClientError as error:
            if code_of(error) in _MISSING:
                raise NotFound(f"there is no object {key}") from error
            raise

    def put(self, key: str, body: bytes, media_type: str = _BINARY, tags: Mapping[str, str] | None = None) -> None:
        """Write an object, replacing what is there, with the tags that lifecycle rules read."""
        self._put(key, body, media_type, tags)

    def create(self, key: str, body: bytes, media_type: str = _BINARY, tags: Mapping[str, str] | None = None) -> None:
        """Write an object that is not there yet; raises `AlreadyExists`."""
        try:
            self._put(key, body, media_type, tags, IfNoneMatch="*")
        except ClientError as error:
            raise _unless_met(error, AlreadyExists(key)) from error

    def replace(self, seen: Stored, body: bytes, media_type: str = _BINARY, tags: Mapping[str, str] | None = None) -> None:
        """Write an object in place of the one that was seen; raises `Changed`."""
        try:
            self._put(seen.key, body, media_type, tags, IfMatch=seen.etag)
        except ClientError as error:
            raise _unless_met(error, Changed(seen.key)) from error

    def _put(self, key: str, body: bytes, media_type: str, tags: Mapping[str, str] | None, **condition: str) -> None:
        said = described(media_type, tags) | condition
        self.client.put_object(Bucket=self.name, Key=key, Body=body, **said)

    def tag(self, key: str, **tags: str) -> None:
        """Set an object's tags, which lifecycle rules read."""
        listed = [{"Key": name, "Value": value} for name, value in tags.items()]
        self.client.put_object_tagging(Bucket=self.name, Key=key, Tagging={"TagSet": listed})  # type: ignore[typeddict-item]

    def delete(self, key: str) -> None:
        """Remove an object if it is there."""
        self.client.delete_object(Bucket=self.name, Key=key)

    def list(self, prefix: str, after: str = "") -> Iterator[Stored]:
        """The objects under a prefix in order of key, all of them; or those behind a key."""
        extra = {"StartAfter": after} if after else {}
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=prefix, **extra)  # type: ignore[arg-type]
        for page in pages:
            for found in page.get("Contents", []):
                yield Stored(found["Key"], found["Size"], found["ETag"], found["LastModified"])

    def presigned(self, key: str, seconds: int) -> str:
        """A URL from which anybody can read the object for so long."""
        return self.client.generate_presigned_url("get_object", Params={"Bucket": self.name, "Key": key}, ExpiresIn=seconds)


def described(media_type: str, tags: Mapping[str, str] | None) -> dict[str, Any]:
    """What is said of an object as it is written: its type, and the tags that lifecycle rules read."""
    return {"ContentType": media_type} | ({"Tagging": urlencode(tags)} if tags else {})


def unmet(error: ClientError) -> bool:
    """Whether S3 says that a write's condition does not hold, or that another write came between; `If-Match` of nothing is a 404."""
    return code_of(error) in _UNMET


def _unless_met(error: ClientError, told: Exception) -> Exception:
    return told if unmet(error) else error


def drop() -> Bucket:
    """Incoming files and their receipts."""
    return Bucket(clients.s3(), settings().drop_bucket)


def settlement() -> Bucket:
    """What settlements emit."""
    return Bucket(clients.s3(), settings().settlement_bucket)


def facts() -> Bucket:
    """What tables point at: pages of facts, disclosures of outputs, accruals."""
    return Bucket(clients.s3(), settings().facts_bucket)
