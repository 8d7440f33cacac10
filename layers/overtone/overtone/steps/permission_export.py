"""Once a day the whole of what owners said to everybody is written out, so that a lab can fetch it instead of asking work by work.

A day's export says what was recorded before the day began: whoever runs it, and however often, writes the same bytes. It goes file by
file and remembers how far it came, so no file outgrows a worker's memory and no run outgrows its time.
"""

import hashlib
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Final, NamedTuple

from overtone.errors import Retryable
from overtone.formats import permission_lines
from overtone.formats.permission_lines import USES, RegistryUse
from overtone.rights.registry import Work
from overtone.rights.versions import Entity
from overtone.stores import permission_exports as store
from overtone.stores.permission_exports import GZIP, MANIFEST, SLOTS, Export

FILE_WORKS: Final = 50_000
"""Works that one file of a use is about: 2 MB of lines, gzipped."""
GZIP_BITS: Final = 31
"""What asks zlib for a gzip file, without a time in it: a compressor that nobody finishes leaves nothing open."""
TIME_LEFT_SECONDS_MIN: Final = 120
"""A new file is not begun with less: the next delivery goes on."""


class ExportFile:
    """A file in the making: gzipped as it grows."""

    def __init__(self) -> None:
        self.rows, self._body = 0, bytearray()
        self._packed = zlib.compressobj(6, zlib.DEFLATED, GZIP_BITS)

    def add(self, line: bytes) -> None:
        """Add a line, if there is one."""
        if line:
            self.rows += 1
            self._body += self._packed.compress(line)

    def whole(self) -> bytes:
        """The whole file."""
        return bytes(self._body + self._packed.flush())


class Written(NamedTuple):
    """What one round wrote: the work it stands behind ("": the slot is done), the works it is about, its files."""

    after: str
    works: int
    files: list[dict[str, Any]]


def export(now: str, time_left_seconds: Callable[[], float], file_works: int = FILE_WORKS) -> Export:
    """Write the export of the day that `now` is in; what it came to. Raises `Retryable` where the next delivery goes on."""
    day = now[:10]
    stands = store.find(day) or Export(day)
    while not stands.sha256 and stands.slot < SLOTS:
        if time_left_seconds() < TIME_LEFT_SECONDS_MIN:
            raise Retryable(f"the permissions of {day} are written for {stands.works} works; the next delivery goes on")
        made = _files(stands, file_works)
        place = (stands.slot, made.after) if made.after else (stands.slot + 1, "")
        stands = replace(stands, slot=place[0], after=place[1], works=stands.works + made.works, files=stands.files + made.files)
        stands = store.keep(stands)
    return stands if stands.sha256 else _closed(stands)


def _files(stands: Export, most: int) -> Written:
    """The next files of a slot, one per use; a file without a line is not written."""
    open_files, works, after = {use: ExportFile() for use in USES}, 0, ""
    for entity in _known(store.works(stands.slot, stands.after), stands.day):
        version = entity.latest
        for use, one in open_files.items():
            one.add(permission_lines.line(entity.id, version, use))
        works += 1
        if works == most:
            after = entity.id
            break
    return Written(after, works, [_file(stands, use, one) for use, one in open_files.items() if one.rows])


def _known(entities: Iterator[Entity[Work]], day: str) -> Iterator[Entity[Work]]:
    """Each work with the one version in force on the day, and the identifiers that named it, as far as was known when it began."""
    for entity in entities:
        known = entity.agreed(f"{day}T00:00:00")
        version = known.in_force(day, known.latest.recorded_at) if known else None
        if known is not None and version is not None:
            yield replace(known, versions=(replace(version, content=version.content.named_as(known.latest.content)),))


def _file(stands: Export, use: RegistryUse, one: ExportFile) -> dict[str, Any]:
    body, slot = one.whole(), f"{use}-{stands.slot:02d}"
    name = f"{slot}-{sum(file['name'].startswith(slot) for file in stands.files):04d}.ndjson.gz"
    store.write(stands.day, name, body, GZIP)
    return {"name": name, "use": use, "rows": one.rows, "bytes": len(body), "sha256": hashlib.sha256(body).hexdigest()}


def _closed(stands: Export) -> Export:
    """With its manifest, which names the one before: that which was there when the last file was, whoever writes the manifest again."""
    if stands.previous is None:
        before = next((one for one in store.complete(stands.day) if one.day < stands.day), None)
        stands = store.keep(replace(stands, previous=[before.day, before.sha256] if before else []))
    previous = (stands.previous[0], stands.previous[1]) if stands.previous else None
    files = sorted(stands.files, key=lambda file: (file["use"], file["name"]))
    text = permission_lines.manifest(stands.day, previous, stands.works, files)
    store.write(stands.day, MANIFEST, text, "application/json")
    return store.keep(replace(stands, sha256=hashlib.sha256(text).hexdigest(), manifest=text.decode()))
