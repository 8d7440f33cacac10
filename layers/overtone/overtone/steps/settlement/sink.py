"""Where `emission` writes: the settlement bucket, many small files at a time."""

import hashlib
import tempfile
from concurrent.futures import Future, ThreadPoolExecutor
from threading import BoundedSemaphore
from types import TracebackType
from typing import Final, Self

import orjson

from overtone.aws import buckets, object_keys
from overtone.aws.object_keys import PERSONAL
from overtone.payout.files import FileEntry
from overtone.payout.personal import names_people
from overtone.settlement.plan import Plan

THREADS: Final = 16
WAITING_MAX: Final = 64
"""Finished files that may wait for a thread; whoever finishes one more waits too."""
MEMORY_BYTES_MAX: Final = 1024 * 1024
"""A file that grows beyond this waits on the local disk for its upload."""
_TYPES: Final = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "html": "text/html; charset=utf-8",
    "xml": "application/xml",
    "pdf": "application/pdf",
}


class SettlementSink:
    """A sink of one settlement. Files are uploaded when closed; leaving the block waits for all of them, and closes what an error left."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._pool = ThreadPoolExecutor(THREADS)
        self._uploads: list[Future[None]] = []
        self._room = BoundedSemaphore(WAITING_MAX)
        self._open: set[tempfile.SpooledTemporaryFile[bytes]] = set()

    def open(self, name: str) -> "_Upload":
        """A new file."""
        body: tempfile.SpooledTemporaryFile[bytes] = tempfile.SpooledTemporaryFile(max_size=MEMORY_BYTES_MAX)  # noqa: SIM115 - closed below
        self._open.add(body)
        return _Upload(self, name, body)

    def save_json(self, name: str, content: object) -> FileEntry:
        """A JSON document, keys sorted."""
        body = orjson.dumps(content, option=orjson.OPT_SORT_KEYS) + b"\n"
        upload = self.open(name)
        upload.write(body)
        upload.close()
        return FileEntry(name, hashlib.sha256(body).hexdigest(), len(body), 1)

    def store(self, name: str, body: tempfile.SpooledTemporaryFile[bytes]) -> None:
        """Upload a finished file in the background."""
        self._room.acquire()
        upload = self._pool.submit(self._store, name, body)
        upload.add_done_callback(lambda _: self._room.release())
        self._uploads.append(upload)

    def _store(self, name: str, body: tempfile.SpooledTemporaryFile[bytes]) -> None:
        with body:
            body.seek(0)
            key = object_keys.settlement_file(self._plan.settlement_id, name, preview=self._plan.preview)
            media_type = _TYPES.get(name.rsplit(".", 1)[-1], "application/octet-stream")
            buckets.settlement().put(key, body.read(), media_type, PERSONAL if names_people(name) else None)
        self._open.discard(body)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._pool.shutdown(wait=True, cancel_futures=error is not None)
        for body in self._open:
            body.close()
        if error is None:
            for upload in self._uploads:
                upload.result()


class _Upload:
    """One file on its way."""

    def __init__(self, sink: SettlementSink, name: str, body: tempfile.SpooledTemporaryFile[bytes]) -> None:
        self._sink, self._name, self._body = sink, name, body

    def write(self, piece: bytes) -> object:
        """Append bytes."""
        return self._body.write(piece)

    def close(self) -> None:
        """Hand the file to the upload."""
        self._sink.store(self._name, self._body)
