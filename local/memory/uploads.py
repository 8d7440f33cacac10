"""Objects that come to S3 in pieces: nothing is there before the last, and an upload that is given up leaves nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any

from local.memory.keyed import Keyed

if TYPE_CHECKING:
    from collections.abc import Iterator

PIECE_BYTES_MIN = 5 * 1024 * 1024


@dataclass
class Uploads:
    """The uploads of one cloud that have begun: what was said of the object, and its pieces, by id."""

    numbers: Iterator[int] = field(default_factory=count)
    begun: dict[str, tuple[dict[str, str], dict[int, bytes]]] = field(default_factory=dict)


class InPieces(Keyed):
    """What the client does with such uploads."""

    def do_create_multipart_upload(self, Bucket: str, Key: str, ContentType: str = "", Tagging: str = "") -> dict[str, Any]:
        upload_id = f"{next(self.cloud.uploads.numbers)}/{Bucket}/{Key}"
        self.cloud.uploads.begun[upload_id] = {"ContentType": ContentType, "Tagging": Tagging}, {}
        return {"UploadId": upload_id}

    def do_upload_part(self, *, Bucket: str, Key: str, UploadId: str, PartNumber: int, Body: bytes) -> dict[str, Any]:
        self._begun(Bucket, Key, UploadId, "UploadPart")[1][PartNumber] = bytes(Body)
        return {"ETag": f'"{PartNumber}"'}

    def do_complete_multipart_upload(
        self, *, Bucket: str, Key: str, UploadId: str, MultipartUpload: dict[str, Any], **condition: str
    ) -> dict[str, Any]:
        said, pieces = self._begun(Bucket, Key, UploadId, "CompleteMultipartUpload")
        bodies = [pieces[part["PartNumber"]] for part in MultipartUpload["Parts"]]
        if any(len(body) < PIECE_BYTES_MIN for body in bodies[:-1]):
            raise self.refuse("EntityTooSmall", "Your proposed upload is too small", "CompleteMultipartUpload", 400)
        answer: dict[str, Any] = self.do_put_object(Bucket=Bucket, Key=Key, Body=b"".join(bodies), **said, **condition)
        del self.cloud.uploads.begun[UploadId]
        return answer

    def do_abort_multipart_upload(self, Bucket: str, Key: str, UploadId: str) -> dict[str, Any]:
        self._begun(Bucket, Key, UploadId, "AbortMultipartUpload")
        del self.cloud.uploads.begun[UploadId]
        return {}

    def _begun(self, bucket: str, key: str, upload_id: str, operation: str) -> tuple[dict[str, str], dict[int, bytes]]:
        if not upload_id.endswith(f"/{bucket}/{key}") or upload_id not in self.cloud.uploads.begun:
            raise self.refuse("NoSuchUpload", f"The specified upload does not exist: {upload_id}", operation, 404)
        return self.cloud.uploads.begun[upload_id]
