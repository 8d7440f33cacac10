"""Where `emission` writes: the settlement bucket, many small files at a time."""

import hashlib
from collections import deque
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from types import TracebackType
from typing import Final, Self

import orjson

from overtone.aws import buckets
from overtone.aws.object_keys import PERSONAL
from overtone.aws.uploads import Upload
from overtone.payout.files import FileEntry
from overtone.payout.personal import names_people
from overtone.settlement.plan import Plan
from overtone.stores import attempted_files

THREADS: Final = 16
WAITING_MAX: Final = 64
"""Finished files that may wait for a thread; whoever finishes one more waits too."""
MEMORY_BYTES_MAX: Final = 1024 * 1024
"""A file that grows beyond this goes to S3 piece by piece while it is written; nothing waits on a disk."""
_TYPES: Final = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "html": "text/html; charset=utf-8",
    "xml": "application/xml",
    "pdf": "application/pdf",
}


class SettlementSink:
    """A sink of one settlement. Files are stored when closed; leaving the block waits for all of them, and ends what an error left."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._goes_on = attempted_files.of_settlement(plan)
        self._pool = ThreadPoolExecutor(THREADS)
        self._waiting: deque[Future[None]] = deque()
        self._open: set[Upload] = set()

    def open(self, name: str) -> "_File":
        """A new file."""
        return _File(self, name)

    def save_json(self, name: str, content: object) -> FileEntry:
        """A JSON document, keys sorted."""
        body = orjson.dumps(content, option=orjson.OPT_SORT_KEYS) + b"\n"
        upload = self.open(name)
        upload.write(body)
        upload.close()
        return FileEntry(name, hashlib.sha256(body).hexdigest(), len(body), 1)

    def store(self, name: str, body: bytes) -> None:
        """Store a small file in the background; waits while too many do."""
        while len(self._waiting) >= WAITING_MAX:
            self._waiting.popleft().result()
        self._waiting.append(self._pool.submit(self._store, name, body))

    def _store(self, name: str, body: bytes) -> None:
        attempted_files.write(self._key(name), body, _type(name), self._goes_on, _tags(name))

    def large(self, name: str) -> Upload:
        """A large file on its way."""
        key = self._key(name)
        condition = partial(attempted_files.condition, key, self._goes_on)
        upload = Upload(buckets.settlement(), key, _type(name), tags=_tags(name), condition=condition)
        self._open.add(upload)
        return upload

    def finish(self, upload: Upload) -> None:
        """Make a large file an object."""
        upload.__exit__(None, None, None)
        self._open.discard(upload)

    def _key(self, name: str) -> str:
        return attempted_files.key_of(self._plan, name)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._pool.shutdown(wait=True, cancel_futures=error is not None)
        if error is None:
            for upload in self._waiting:
                upload.result()
        else:
            for left in self._open:
                with suppress(Exception):  # the error at hand is the one to tell; S3 forgets such uploads by itself
                    left.__exit__(kind, error, traceback)


def _type(name: str) -> str:
    return _TYPES.get(name.rsplit(".", 1)[-1], "application/octet-stream")


def _tags(name: str) -> Mapping[str, str] | None:
    return PERSONAL if names_people(name) else None


class _File:
    """One file on its way: in memory while it is small."""

    def __init__(self, sink: SettlementSink, name: str) -> None:
        self._sink, self._name = sink, name
        self._body = bytearray()
        self._upload: Upload | None = None

    def write(self, piece: bytes) -> object:
        """Append bytes."""
        if self._upload is not None:
            return self._upload.write(piece)
        self._body += piece
        if len(self._body) > MEMORY_BYTES_MAX:
            self._upload = self._sink.large(self._name)
            self._upload.write(bytes(self._body))
            self._body.clear()
        return len(piece)

    def close(self) -> None:
        """Nothing more comes."""
        if self._upload is not None:
            self._sink.finish(self._upload)
        else:
            self._sink.store(self._name, bytes(self._body))
