"""A settlement as somebody has downloaded it, without a disk: what an auditor's folder asks of a `pathlib.Path`."""

from __future__ import annotations

import io
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, cast

from overtone.payout.audit_folder import Folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Download:
    """A folder, or a file in it, that stands for the objects under a prefix."""

    def __init__(self, objects: Mapping[str, bytes], key: str) -> None:
        self._objects, self._key = objects, key

    def __truediv__(self, name: str) -> Download:
        return Download(self._objects, f"{self._key}/{name}")

    def is_file(self) -> bool:
        return self._key in self._objects

    exists = is_file

    def read_bytes(self) -> bytes:
        return self._objects[self._key]

    def read_text(self, encoding: str = "utf-8") -> str:
        return self.read_bytes().decode(encoding)

    def open(self, mode: str = "r", encoding: str = "utf-8", newline: str | None = None) -> IO[str] | IO[bytes]:
        return io.BytesIO(self.read_bytes()) if "b" in mode else io.StringIO(self.read_text(encoding), newline=newline)

    def rglob(self, _pattern: str) -> Iterator[Download]:
        """All files below; the pattern is `*`."""
        return (Download(self._objects, key) for key in self._objects if key.startswith(f"{self._key}/"))

    def relative_to(self, folder: Download) -> PurePosixPath:
        return PurePosixPath(self._key).relative_to(folder._key)


def downloaded(objects: Mapping[str, bytes], settlement_id: str) -> Folder:
    """A settlement's folder."""
    return Folder(cast("Path", Download(objects, settlement_id)))
