"""What is shared by all dropped files: their content as a stream, their progress, their receipts."""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from overtone.aws import buckets, keys, tables
from overtone.errors import OvertoneError
from overtone.facts.drops import Drop, Progress
from overtone.facts.limits import FAULTS_LISTED_MAX
from overtone.formats.blocks import skipped, unzipped
from overtone.stores import facts as fact_store


def content(drop: Drop, etag: str, offset: int = 0) -> Iterator[bytes]:
    """The unpacked content from `offset` on."""
    bucket = buckets.drop()
    if drop.zipped:
        return skipped(unzipped(bucket.stream(drop.key, etag=etag)), offset)
    return bucket.stream(drop.key, start=offset, etag=etag)


def find_progress(drop: Drop) -> Progress | None:
    """How far the file was committed, or `None` for a new one."""
    item = tables.usage().get(keys.progress(drop.party, drop.name))
    return Progress.from_json(fact_store.unpacked(item["progress"])) if item else None


def keep_progress(drop: Drop, progress: Progress) -> None:
    """Remember how far the file was committed."""
    item = {**keys.progress(drop.party, drop.name)._asdict(), "progress": fact_store.packed(progress.to_json())}
    tables.usage().put(item)


def leave_receipt(drop: Drop, receipt: Mapping[str, Any], *, suffix: str = "") -> None:
    """Put the file's result where its sender looks for it."""
    body = orjson.dumps(receipt, option=orjson.OPT_INDENT_2)
    buckets.drop().put(drop.receipt.removesuffix(".json") + f"{suffix}.json", body, "application/json")


def refusal(drop: Drop, error: OvertoneError) -> dict[str, Any]:
    """The receipt of a file that was refused whole."""
    faults = [fault.to_json() for fault in error.faults[:FAULTS_LISTED_MAX]]
    return {"name": drop.name, "key": drop.key, "reporter": drop.party, "status": "refused", "detail": error.detail, "errors": faults}
