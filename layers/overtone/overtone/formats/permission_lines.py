"""What owners said to everybody, a line per work that says something: the registry of those who opted in and of those who opted out.

Silence is no statement and has no line; what an owner said to one licensee is between the two and has none either.
"""

from typing import Final, Literal

import orjson

from overtone.money import format_share
from overtone.rights.registry import Work
from overtone.rights.versions import Version

RegistryUse = Literal["training", "generation", "likeness"]
USES: Final[tuple[RegistryUse, ...]] = ("training", "generation", "likeness")


def line(work_id: str, version: Version[Work], use: RegistryUse) -> bytes:
    """A work's line for a use, or nothing where its owners said nothing to everybody."""
    work = version.content
    word = getattr(work.permissions, use)
    if word.default is None:
        return b""
    said = {"work": work_id, "version": version.number, "identifiers": work.identifiers, "permission": word.default}
    if word.max_share is not None:
        said["max_share"] = format_share(word.max_share)
    return orjson.dumps(said, option=orjson.OPT_APPEND_NEWLINE)


def manifest(day: str, previous: tuple[str, str] | None, works: int, files: list[dict[str, object]]) -> bytes:
    """The day's manifest: its files by digest, and the manifest before by its own. `previous` is its day and digest."""
    before = {"day": previous[0], "sha256": previous[1]} if previous else None
    stated = {"day": day, "previous": before, "works_total": works, "files": files}
    return orjson.dumps(stated, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
