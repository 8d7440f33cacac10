"""The exports of what owners allow, as whoever trains reads them: a day's manifest, and where its files are."""

from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

import orjson

from overtone.errors import NotFound
from overtone.identifiers import slug
from overtone.stores import permission_exports as store
from overtone.stores.permission_exports import MANIFEST, Export

LINK_SECONDS: Final = 300
NEWEST: Final = "newest"


def heads(after: str, limit: int) -> list[Export]:
    """Exports that are complete, newest first, from before the day `after` on."""
    return list(islice(_before(after), limit))


def _before(after: str) -> Iterator[Export]:
    return (export for export in store.complete(after) if export.day != after)


def head(export: Export) -> dict[str, Any]:
    """An export in a list."""
    return {"day": export.day, "works_total": export.works, "sha256": export.sha256}


def manifest(day: str) -> dict[str, Any]:
    """A day's manifest, or the newest one's; raises `NotFound`."""
    stated: dict[str, Any] = orjson.loads(_complete(day).manifest)
    return stated


def link(day: str, name: str) -> str:
    """Where a file that the manifest names can be read for a while, or the manifest itself; raises `NotFound`."""
    export = _complete(day)
    if name != MANIFEST and name not in {file["name"] for file in export.files}:
        raise NotFound(f"the export of {export.day} has no file {name!r}; its manifest lists them")
    return store.link(export.day, name, LINK_SECONDS)


def _complete(day: str) -> Export:
    found = next(store.complete(), None) if day == NEWEST else store.find(slug(day))
    if found is None or not found.sha256:
        raise NotFound(f"there is no export of {day}; GET /v1/permissions lists those that there are")
    return found
