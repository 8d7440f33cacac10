"""Dropped files of works: how far each was taken, and what is left beside it, in parts, as it goes on."""

from dataclasses import asdict, dataclass, field
from datetime import UTC
from typing import Any, Self

import orjson

from overtone.aws import buckets, keys, rights_keys, tables
from overtone.aws.buckets import Stored
from overtone.aws.tables import Condition, ConditionFailed
from overtone.facts.drops import Drop, receipt_key
from overtone.stores.facts import packed, unpacked


@dataclass(slots=True)
class WorksProgress:
    """How far a file of works was taken: `etag` names the drop, `counts` are by what became of its works, `others` by transaction."""

    etag: str
    digest: str
    scan: dict[str, Any]
    state: dict[str, Any] = field(default_factory=dict)
    parts: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    others: dict[str, int] = field(default_factory=dict)
    faults: list[dict[str, Any]] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    done: bool = False

    @property
    def received(self) -> int:
        """Works that were looked at."""
        return sum(self.counts.values())

    @property
    def status(self) -> str:
        """`rejected` where nothing of what was sent could be kept."""
        return "rejected" if self.received and self.received == self.counts.get("refused", 0) else "committed"

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Self:
        """The inverse of `asdict`."""
        return cls(**kept)


def named(found: Stored) -> str:
    """Which drop an object is: the same content that is dropped again is another one."""
    return f"{found.etag}@{found.written.astimezone(UTC).isoformat()}"


def find(drop: Drop, found: Stored) -> WorksProgress | None:
    """How far this drop was taken; `None` for a new one. Versions before knew a drop by its content: what they left half done goes on."""
    table, kinds = tables.registry(), (named(found), found.etag)
    items = [table.get(keys.progress(drop.party, drop.name, drop.file, kind)) for kind in kinds]
    own, alike = (WorksProgress.from_json(unpacked(item["taken"])) if item else None for item in items)
    return own or (alike if alike and not alike.done else None)


def keep(drop: Drop, progress: WorksProgress) -> None:
    """Remember how far the file was taken."""
    key = keys.progress(drop.party, drop.name, drop.file, progress.etag)
    tables.registry().put({**key._asdict(), "taken": packed(asdict(progress))})


def is_overtaken(drop: Drop, found: Stored) -> bool:
    """Whether something was registered of a file that was dropped later under the same key; if not, this one is the newest of them.

    S3 says when to the second: of two files of one second neither overtakes the other.
    """
    table, key = tables.registry(), rights_keys.newest_drop(drop.party, drop.name, drop.key)
    written = found.written.astimezone(UTC).isoformat(timespec="seconds")
    newest = table.get(key)
    if newest is None or newest["written"] < written:
        try:
            is_newer = Condition("attribute_not_exists(#written) OR #written < :written", {"written": written})
            table.put({**key._asdict(), "written": written}, is_newer)
        except ConditionFailed:
            newest = table.get(key)
    return newest is not None and bool(newest["written"] > written)


def leave(drop: Drop, name: str, body: bytes, media_type: str) -> str:
    """Put something beside the file's receipt; its key."""
    key = f"{receipt_key(drop.party, drop.file).removesuffix('.json')}.{name}"
    buckets.drop().put(key, body, media_type)
    return key


def leave_progress(drop: Drop, progress: WorksProgress) -> None:
    """Say how far a file that takes long has come; the receipt follows when it is done."""
    told = {"key": drop.key, "status": "in_progress", "received": progress.received, "counts": progress.counts, "parts": progress.parts}
    leave(drop, "progress.json", orjson.dumps(told, option=orjson.OPT_INDENT_2), "application/json")
