"""The drop bucket: files of any size, each with a receipt beside it. On AWS through S3, on a local stack through its own door."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote

import httpx

from overtone_client.problems import NotReached, OvertoneError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KINDS = ("usage", "works", "clearances")
_COMMITTING = "committing"
NOTHING_KEPT = frozenset({"refused", "rejected"})
_NOT_FOUND = 404
_UPLOAD_SECONDS = 3_600


class Bucket(Protocol):
    """Where files are dropped."""

    def put(self, key: str, path: Path) -> None:
        """Drop a file."""

    def get(self, key: str) -> bytes | None:
        """An object, or `None` where there is none."""


class LocalBucket:
    """The drop bucket of `make serve`."""

    def __init__(self, api: str) -> None:
        self._root = f"{api.rstrip('/')}/_local/s3/DropBucket/"

    def put(self, key: str, path: Path) -> None:
        """Drop a file."""
        response = self._answer("PUT", key, path.read_bytes())
        if response.is_error:
            raise Problem.of(response)

    def get(self, key: str) -> bytes | None:
        """An object, or `None` where there is none."""
        response = self._answer("GET", key)
        if response.status_code == _NOT_FOUND:
            return None
        if response.is_error:
            raise Problem.of(response)
        return response.content

    def _answer(self, method: str, key: str, content: bytes | None = None) -> httpx.Response:
        try:
            return httpx.request(method, self._root + quote(key), content=content, timeout=_UPLOAD_SECONDS)
        except httpx.TransportError as error:
            raise NotReached(f"{method} {key}: no answer ({error!r}); do it again") from error


class S3Bucket:
    """The drop bucket on AWS, with the partner's role in the environment as for any AWS tool."""

    def __init__(self, bucket: str) -> None:
        try:
            import boto3  # noqa: PLC0415 - an extra, for those who drop
        except ImportError as error:
            raise OvertoneError("dropping to S3 needs boto3: pip install 'overtone-client[s3]'") from error
        with _refusals(bucket):
            self._bucket, self._s3 = bucket, boto3.client("s3")

    def put(self, key: str, path: Path) -> None:
        """Drop a file, in parts where it is large."""
        with _refusals(self._bucket):
            self._s3.upload_file(str(path), self._bucket, key)

    def get(self, key: str) -> bytes | None:
        """An object, or `None` where there is none (a partner's role may not list, so S3 may say 403 for it)."""
        from botocore.exceptions import ClientError  # noqa: PLC0415 - comes with boto3

        with _refusals(self._bucket):
            try:
                content: bytes = self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read()
            except ClientError as error:
                if error.response.get("Error", {}).get("Code") in {"NoSuchKey", "404", "AccessDenied", "403"}:
                    return None
                raise
        return content


@contextmanager
def _refusals(bucket: str) -> Iterator[None]:
    """What S3 refuses, or who is not signed in to it, as an error of the client's."""
    from boto3.exceptions import Boto3Error  # noqa: PLC0415 - an extra, as above
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - comes with boto3

    try:
        yield
    except (Boto3Error, BotoCoreError, ClientError) as error:
        raise OvertoneError(f"bucket {bucket}: {error}") from error


def dropped_key(kind: str, party_id: str, path: Path) -> str:
    """Where a file is dropped."""
    return f"{kind}/{party_id}/{path.name}"


def receipt_key(kind: str, party_id: str, path: Path) -> str:
    """Where a dropped file's newest receipt will be."""
    return f"receipts/{party_id}/{kind}/{path.name}.json"


def receipt_of(bucket: Bucket, kind: str, party_id: str, path: Path) -> dict[str, Any] | None:
    """The newest receipt of a dropped file, once it is there.

    An earlier service leaves it only where files of all kinds leave theirs: one that says another file is none of this file's.
    """
    content = bucket.get(receipt_key(kind, party_id, path))
    if content is not None:
        found: dict[str, Any] = json.loads(content)
        return found
    content = bucket.get(f"receipts/{party_id}/{path.name}.json")
    shared: dict[str, Any] = json.loads(content) if content is not None else {}
    dropped = dropped_key(kind, party_id, path)
    return shared if shared and shared.get("key", dropped) == dropped else None


def is_last(receipt: dict[str, Any]) -> bool:
    """Whether no other receipt follows: of a file that is still read one does, and of one that an error of the service's stopped."""
    return receipt["status"] != _COMMITTING and not receipt.get("tried_again")
