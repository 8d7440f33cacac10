"""A settlement as one download: every file that its manifest names, and the manifest, in a zip that is made when somebody first asks.

A small one is made while the caller waits, a larger one by an execution of the settlement's machine. Either goes file by file, in pieces:
what is in memory does not grow with the settlement. The same settlement has the same bytes: names in order, no clock. The zip is kept
beside the settlements, not among their files.
"""

import hashlib
import zipfile
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from itertools import islice
from typing import IO, Any, Final, cast

import orjson

from overtone import clock
from overtone.aws import buckets, clients, object_keys
from overtone.aws.uploads import Upload
from overtone.config import settings
from overtone.errors import TooLarge
from overtone.payout import manifest
from overtone.stores import sealed_files
from overtone.stores import settlements as settlement_store

FILES_AT_ONCE_MAX: Final = 1_000
BYTES_AT_ONCE_MAX: Final = 64 * 1024 * 1024
"""Both as one request can read and pack them in its 29 seconds."""
FILES_MAX: Final = 200_000
BYTES_MAX: Final = 20 * 1024**3
"""Both as one execution of 15 minutes can; larger settlements are downloaded file by file."""
SMALL_BYTES: Final = 1024 * 1024
"""Files up to this size are read ahead, `AHEAD_MAX` of them; larger ones are read as they are packed."""
AHEAD_MAX: Final = 32
THREADS: Final = 16
ASKED: Final = "archive"
"""What an execution is asked for, by the settlement's id."""
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)

FileRecord = Mapping[str, Any]
"""What a manifest says of a file."""


def key_of(record: settlement_store.Settlement) -> str | None:
    """Where the zip of a sealed settlement lies, made now if it is small; `None` while an execution makes it.

    Raises `TooLarge`, and `Gone` where the time of what is in it is over: it may have been packed long after its settlement was sealed.
    """
    settlement_id = record["settlement_id"]
    sealed_files.require_kept(record, "the zip")
    key = object_keys.archive(settlement_id)
    if buckets.settlement().head(key) is not None:
        return key
    files = list(islice(sealed_files.entries(record), FILES_MAX + 1))
    size = sum(entry["bytes"] for entry in files)
    if len(files) > FILES_MAX or size > BYTES_MAX:
        raise TooLarge(f"settlement {settlement_id} is larger than {FILES_MAX} files or {BYTES_MAX} bytes; download its files one by one")
    if len(files) > FILES_AT_ONCE_MAX or size > BYTES_AT_ONCE_MAX:
        _start(settlement_id)
        return None
    pack(record)
    return key


def _start(settlement_id: str) -> None:
    """Start an execution that packs it, at most once per hour: one that failed is tried again by whoever asks later."""
    hour = clock.timestamp()[:13]
    name = f"archive-{hashlib.sha256(f'{settlement_id} {hour}'.encode()).hexdigest()[:32]}"
    machine = clients.stepfunctions()
    with suppress(machine.exceptions.ExecutionAlreadyExists):
        asked = orjson.dumps({ASKED: settlement_id}).decode()
        machine.start_execution(stateMachineArn=settings().settlement_machine_arn, name=name, input=asked)


def pack(record: settlement_store.Settlement) -> None:
    """Make the zip of a sealed settlement; doing so again writes the same."""
    settlement_id, bucket = record["settlement_id"], buckets.settlement()
    named = sorted(sealed_files.entries(record), key=lambda entry: str(entry["name"]))
    with (
        Upload(bucket, object_keys.archive(settlement_id), "application/zip", tags=object_keys.PERSONAL) as upload,
        zipfile.ZipFile(cast("IO[bytes]", upload), "w", zipfile.ZIP_DEFLATED) as archive,  # it only writes, in order
    ):
        for name, pieces in _contents(record, [{"name": manifest.NAME, "bytes": 0}, *named]):
            entry = zipfile.ZipInfo(f"{settlement_id}/{name}", _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(entry, "w", force_zip64=True) as packed:
                for piece in pieces:
                    packed.write(piece)


def _contents(record: settlement_store.Settlement, files: Iterable[FileRecord]) -> Iterator[tuple[str, Iterable[bytes]]]:
    """Names and contents in order; small files are read ahead by threads."""
    bucket, ahead = buckets.settlement(), deque[tuple[str, Future[bytes] | None]]()
    left = iter(files)
    with ThreadPoolExecutor(THREADS) as pool:
        while True:
            while len(ahead) < AHEAD_MAX and (entry := next(left, None)) is not None:
                name = str(entry["name"])
                read = pool.submit(bucket.get, sealed_files.file_key(record, name)) if entry["bytes"] <= SMALL_BYTES else None
                ahead.append((name, read))
            if not ahead:
                return
            name, read = ahead.popleft()
            yield name, [read.result()] if read else bucket.stream(sealed_files.file_key(record, name))
