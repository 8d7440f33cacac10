"""A settlement's files on this machine, each checked against the sealed manifest, and the manifest against the settlement's record."""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from overtone_client import calls
from overtone_client.problems import OvertoneError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from overtone_client.answers import FileEntry
    from overtone_client.client import Client

PARALLEL = 8
MANIFEST = "manifest.json"
_BLOCK_BYTES = 1024 * 1024


class Mismatch(OvertoneError):
    """A file is not what the manifest says; nothing under its name was written."""


@dataclass(slots=True)
class Download:
    """What was fetched: `kept` files were here already and right."""

    settlement_id: str
    folder: str
    manifest_sha256: str
    fetched: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """As `overtone download --json` prints it."""
        return {
            "settlement_id": self.settlement_id,
            "folder": self.folder,
            "manifest_sha256": self.manifest_sha256,
            "fetched": sorted(self.fetched),
            "kept": sorted(self.kept),
        }


def download(  # noqa: PLR0913 - each may be left out
    client: Client,
    settlement_id: str,
    folder: Path,
    *,
    only: Callable[[str], bool] = lambda _name: True,
    started: Callable[[list[FileEntry]], None] = lambda _files: None,
    done: Callable[[FileEntry], None] = lambda _file: None,
    parallel: int = PARALLEL,
) -> Download:
    """Fetch the files whose names `only` accepts into `folder`, the manifest last, and check each; raises `Mismatch`, `Problem`."""
    record = client.settlement(settlement_id)
    manifest = b"".join(client.stream(client.send(calls.file_location(settlement_id, MANIFEST))))
    digest = hashlib.sha256(manifest).hexdigest()
    if digest != record.get("manifest_sha256", digest):
        raise Mismatch(f"{MANIFEST} of {settlement_id} has SHA-256 {digest}, and its record says {record.get('manifest_sha256')}")
    wanted = [entry for entry in _named(client, settlement_id, json.loads(manifest)) if only(entry["name"])]
    result = Download(settlement_id, str(folder), digest)
    started(wanted)

    def fetch(entry: FileEntry) -> None:
        path = _inside(folder, entry["name"])
        if _is_right(path, entry):
            result.kept.append(entry["name"])
        else:
            _fetch(client, settlement_id, entry, path)
            result.fetched.append(entry["name"])
        done(entry)

    with ThreadPoolExecutor(parallel) as pool:
        for _ in pool.map(fetch, wanted):
            pass
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MANIFEST).write_bytes(manifest)
    return result


def _named(client: Client, settlement_id: str, manifest: dict[str, Any]) -> Iterator[FileEntry]:
    """What the manifest names, and what its indexes name, each held to its digest; raises `Mismatch`."""
    digests = {entry["name"]: entry["sha256"] for entry in manifest["files"]}
    yield from manifest["files"]
    for name in (index["name"] for index in manifest.get("indexes", ())):
        body = b"".join(client.stream(client.send(calls.file_location(settlement_id, name))))
        if hashlib.sha256(body).hexdigest() != digests[name]:
            raise Mismatch(f"{name} of {settlement_id} is not what the manifest says")
        yield from map(json.loads, body.splitlines())


def _inside(folder: Path, name: str) -> Path:
    """Where a file goes; raises `Mismatch` for a name that leads out of the folder."""
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()) or path == folder.resolve():
        raise Mismatch(f"the manifest names {name!r}, which leads out of {folder}")
    return path


def _is_right(path: Path, entry: FileEntry) -> bool:
    if not path.is_file() or path.stat().st_size != entry["bytes"]:
        return False
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest() == entry["sha256"]


def _fetch(client: Client, settlement_id: str, entry: FileEntry, path: Path) -> None:
    """Fetch into a file of another name first, so that under its own there is only what was checked."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.partial")
    digest, size = hashlib.sha256(), 0
    with partial.open("wb") as stream:
        for block in client.stream(client.send(calls.file_location(settlement_id, entry["name"]))):
            digest.update(block)
            size += len(block)
            stream.write(block)
    if (size, digest.hexdigest()) != (entry["bytes"], entry["sha256"]):
        partial.unlink()
        raise Mismatch(
            f"{entry['name']} has {size} bytes and SHA-256 {digest.hexdigest()}; the manifest says {entry['bytes']} and {entry['sha256']}"
        )
    partial.replace(path)
