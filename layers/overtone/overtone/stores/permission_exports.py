"""The daily exports of what owners allow: how far each came, as one item of RegistryTable; its files in S3, which never change."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final, Self

from overtone.aws import buckets, index_keys, object_keys, rights_keys, tables
from overtone.aws.attributes import Item
from overtone.aws.buckets import AlreadyExists
from overtone.aws.tables import ABSENT, ConditionFailed, equals
from overtone.errors import Retryable
from overtone.rights.registry import Work
from overtone.rights.versions import Entity
from overtone.stores import registry
from overtone.stores.entities import WORKS

READ: Final = 100
"""Works that are read together."""
SLOTS: Final = index_keys.LIST_SLOTS
MANIFEST: Final = "manifest.json"
GZIP: Final = "application/gzip"


@dataclass(frozen=True, slots=True)
class Export:
    """A day's export: the slot of the list of works it is at and the work it stands behind, what is written, the manifest at the end.

    `previous` are the day and the digest of the manifest before (empty: there is none), once that is settled.
    """

    day: str
    slot: int = 0
    after: str = ""
    works: int = 0
    steps: int = 0
    files: list[dict[str, Any]] = field(default_factory=list)
    sha256: str = ""
    manifest: str = ""
    previous: list[str] | None = None

    @classmethod
    def of(cls, item: Item) -> Self:
        """As it is stored."""
        known = {name: item[name] for name in ("slot", "after", "works", "steps", "files", "sha256", "manifest")}
        return cls(day=item["sk"], previous=item.get("previous"), **known)


def find(day: str) -> Export | None:
    """A day's export as far as it came, or `None`."""
    item = tables.registry().get(rights_keys.permission_export(day))
    return Export.of(item) if item else None


def complete(until: str = "") -> Iterator[Export]:
    """The exports that are complete, newest first; `until` is the last day that is wanted."""
    for item in tables.registry().query(rights_keys.permission_export("").pk, last=until, descending=True):
        if item["sha256"]:
            yield Export.of(item)


def keep(export: Export) -> Export:
    """Remember how far it came; as it now stands. Raises `Retryable` where another delivery goes on with the same day."""
    stored = {name: value for name, value in asdict(export).items() if name != "day"} | {"steps": export.steps + 1}
    condition = equals(steps=export.steps) if export.steps else ABSENT
    try:
        tables.registry().put(rights_keys.permission_export(export.day)._asdict() | stored, condition)
    except ConditionFailed as error:
        raise Retryable(f"somebody else exports the permissions of {export.day}; look again later") from error
    return replace(export, steps=export.steps + 1)


def write(day: str, name: str, body: bytes, media_type: str) -> None:
    """Write a file of the export; the same bytes lie there already where a delivery died right after."""
    try:
        buckets.settlement().create(object_keys.permission_file(day, name), body, media_type)
    except AlreadyExists:
        return


def works(slot: int, after: str) -> Iterator[Entity[Work]]:
    """The works of a slot of the list of all, in order of id, behind `after`."""
    waiting: list[str] = []
    for item in tables.registry().query(index_keys.list_pk("work", slot), after=after):
        waiting.append(item["sk"])
        if len(waiting) == READ:
            yield from _read(waiting)
            waiting = []
    yield from _read(waiting)


def _read(ids: list[str]) -> Iterator[Entity[Work]]:
    found = registry.find_all(WORKS, ids, consistent=False)
    yield from (found[name] for name in ids if name in found)


def link(day: str, name: str, seconds: int) -> str:
    """Where a file can be read for so long."""
    return buckets.settlement().presigned(object_keys.permission_file(day, name), seconds)
