"""A settlement as one download: every file that its manifest names, and the manifest, in a zip that is made when somebody first asks.

The same settlement has the same bytes: names in order, no clock. It is kept beside the settlements, not among their files.
"""

import io
import zipfile
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from overtone.aws import buckets, object_keys
from overtone.errors import TooLarge
from overtone.payout import manifest
from overtone.stores import sealed_files
from overtone.stores import settlements as settlement_store

FILES_MAX: Final = 1_000
BYTES_MAX: Final = 64 * 1024 * 1024
"""Both as one request can read and pack them in its 29 seconds; larger settlements are downloaded file by file."""
THREADS: Final = 16
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


def key_of(record: settlement_store.Settlement) -> str:
    """Where the zip of a sealed settlement lies, made now if it is not there; raises `TooLarge`."""
    settlement_id = record["settlement_id"]
    key = object_keys.archive(settlement_id)
    if buckets.settlement().head(key) is None:
        files = sealed_files.manifest_of(record)["files"]
        if len(files) > FILES_MAX or sum(entry["bytes"] for entry in files) > BYTES_MAX:
            message = f"settlement {settlement_id} is larger than {FILES_MAX} files or {BYTES_MAX} bytes; download its files one by one"
            raise TooLarge(message)
        names = [manifest.NAME, *sorted(entry["name"] for entry in files)]
        buckets.settlement().put(key, _packed(record, names), "application/zip", object_keys.PERSONAL)
    return key


def _packed(record: settlement_store.Settlement, names: list[str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive, ThreadPoolExecutor(THREADS) as pool:
        contents = pool.map(lambda name: buckets.settlement().get(sealed_files.file_key(record, name)), names)
        for name, content in zip(names, contents, strict=True):
            entry = zipfile.ZipInfo(f"{record['settlement_id']}/{name}", _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return buffer.getvalue()
