"""A large object on its way to S3 in pieces: what waits in memory is at most one of them. Nobody sees it before it is whole."""

from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

from botocore.exceptions import ClientError

from overtone.aws.buckets import Bucket, described, unmet
from overtone.errors import Retryable, TooLarge

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import CompletedMultipartUploadTypeDef, CompletedPartTypeDef

PIECE_BYTES: Final = 16 * 1024 * 1024
"""S3 takes pieces of 5 MB to 5 GB, but for the last."""
PIECES_MAX: Final = 10_000
"""As many as one upload of S3's may have."""


class Upload:
    """Takes bytes in order; leaving the block without an error makes them an object. What fits one piece is put at once.

    `condition` is asked at the end for what the write is to be conditional on (`IfMatch`, `IfNoneMatch`); where it is not met, the block
    ends with `Retryable` and nothing is written.
    """

    def __init__(
        self,
        bucket: Bucket,
        key: str,
        media_type: str,
        piece_bytes: int = PIECE_BYTES,
        *,
        tags: Mapping[str, str] | None = None,
        condition: Callable[[], Mapping[str, str]] = dict,
    ) -> None:
        self._bucket, self._key, self._size = bucket, key, piece_bytes
        self._said = described(media_type, tags)
        self._condition = condition
        self._waiting = bytearray()
        self._upload_id = ""
        self._sent: list[CompletedPartTypeDef] = []

    def write(self, piece: bytes, /) -> int:
        """Append bytes; raises `TooLarge` beyond what one object takes."""
        self._waiting += piece
        while len(self._waiting) > self._size:
            self._send(bytes(self._waiting[: self._size]))
            del self._waiting[: self._size]
        return len(piece)

    def flush(self) -> None:
        """Nothing: pieces go when they are full."""

    def _send(self, piece: bytes) -> None:
        client, bucket, key = self._bucket.client, self._bucket.name, self._key
        if not self._upload_id:
            self._upload_id = client.create_multipart_upload(Bucket=bucket, Key=key, **self._said)["UploadId"]
        number = len(self._sent) + 1
        if number > PIECES_MAX:
            raise TooLarge(f"{self._key} is larger than {PIECES_MAX} pieces of {self._size} bytes")
        answer = client.upload_part(Bucket=bucket, Key=key, UploadId=self._upload_id, PartNumber=number, Body=piece)
        self._sent.append({"PartNumber": number, "ETag": answer["ETag"]})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if error is not None:
            self._abort()
            return
        try:
            self._end()
        except ClientError as refusal:
            if not unmet(refusal):
                raise
            self._abort()
            raise Retryable(f"{self._key} was written by another meanwhile; try again") from refusal

    def _abort(self) -> None:
        if self._upload_id:
            self._bucket.client.abort_multipart_upload(Bucket=self._bucket.name, Key=self._key, UploadId=self._upload_id)

    def _end(self) -> None:
        client, bucket, key = self._bucket.client, self._bucket.name, self._key
        if self._upload_id:
            self._send(bytes(self._waiting))
        condition: dict[str, Any] = dict(self._condition())
        if self._upload_id:
            parts: CompletedMultipartUploadTypeDef = {"Parts": self._sent}
            client.complete_multipart_upload(Bucket=bucket, Key=key, UploadId=self._upload_id, MultipartUpload=parts, **condition)
        else:
            client.put_object(Bucket=bucket, Key=key, Body=bytes(self._waiting), **self._said, **condition)
