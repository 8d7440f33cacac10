"""The files of a settlement that was written: its manifest, and where each file that the manifest names lies."""

import hashlib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import orjson

from overtone import clock
from overtone.aws import buckets, object_keys
from overtone.config import settings
from overtone.errors import Gone, InvariantBroken, NotFound
from overtone.payout import manifest
from overtone.payout.personal import kept_until, names_people
from overtone.stores import settlements as settlement_store


def manifest_of(record: settlement_store.Settlement) -> Mapping[str, Any]:
    """The manifest of a sealed settlement or of a preview; raises `Gone` where the time of a preview is over."""
    return _manifest(*_written(record))


def manifest_if_kept(record: settlement_store.Settlement) -> Mapping[str, Any] | None:
    """The same, and nothing where the time of a preview is over."""
    return None if is_gone(record) else _manifest(_key(record, manifest.NAME), record["manifest_sha256"])


def is_gone(record: settlement_store.Settlement) -> bool:
    """Whether it is a preview whose files were taken: they are kept for a while, which manifests that are remembered outlive."""
    return record["status"] == settlement_store.PREVIEWED and buckets.settlement().head(_key(record, manifest.NAME)) is None


def _written(record: settlement_store.Settlement) -> tuple[str, str]:
    """Where the manifest lies, and its digest."""
    if is_gone(record):
        raise Gone(f"what the preview {record['settlement_id']} wrote is kept no more; ask for it again")
    return _key(record, manifest.NAME), record["manifest_sha256"]


@lru_cache(maxsize=4)
def _manifest(key: str, sha256: str) -> Mapping[str, Any]:
    content: dict[str, Any] = orjson.loads(_whole(key, sha256))
    return content


def _whole(key: str, sha256: str) -> bytes:
    """What lies under a key, if it is what was sealed; raises `InvariantBroken`."""
    body = buckets.settlement().get(key)
    if hashlib.sha256(body).hexdigest() != sha256:
        raise InvariantBroken("sealed", f"{key} is not what was sealed; restore it")
    return body


def names(record: settlement_store.Settlement, name: str) -> bool:
    """Whether the manifest names a file, itself or in an index, or it is the manifest; raises `Gone`."""
    key, sha256 = _written(record)
    return name == manifest.NAME or name in _in_manifest(key, sha256) or _listed(record, name)


def lies(record: settlement_store.Settlement, name: str) -> bool:
    """Whether a file that the manifest names is still there; the manifest is not read where there was one try only."""
    return buckets.settlement().head(_key(record, name)) is not None and (record["attempt"] == 1 or names(record, name))


@lru_cache(maxsize=4)
def _in_manifest(key: str, sha256: str) -> frozenset[str]:
    return frozenset(entry["name"] for entry in _manifest(key, sha256)["files"])


def named(record: settlement_store.Settlement, name: str) -> str | None:
    """The key of a file, if the manifest names it or it is the manifest; raises `Gone` where its time is over."""
    known = names(record, name)
    if known and names_people(name):
        require_kept(record, name)
    return _key(record, name) if known else None


def entries(record: settlement_store.Settlement) -> Iterator[Mapping[str, Any]]:
    """What the manifest and its indexes say of every file; an index at a time is in memory."""
    return manifest.entries(manifest_of(record), lambda name: buckets.settlement().get(_key(record, name)))


def count(found: Mapping[str, Any]) -> int:
    """How many files there are, by a manifest."""
    indexes = {index["name"] for index in found.get("indexes", ())}
    return len(found["files"]) + sum(int(entry["rows"]) for entry in found["files"] if entry["name"] in indexes)


def of_index(record: settlement_store.Settlement, name: str) -> list[Mapping[str, Any]]:
    """What an index lists, by name."""
    return list(map(orjson.loads, buckets.settlement().get(_key(record, name)).splitlines()))


def _listed(record: settlement_store.Settlement, name: str) -> bool:
    """Whether the index that would list a file does."""
    index = manifest.index_of(manifest_of(record), name)
    sealed = next((entry["sha256"] for entry in manifest_of(record)["files"] if entry["name"] == index), "")
    return bool(index) and name in _names(_key(record, index), sealed)


@lru_cache(maxsize=4)
def _names(key: str, sha256: str) -> frozenset[str]:
    return frozenset(orjson.loads(line)["name"] for line in _whole(key, sha256).splitlines())


def kept_for(record: settlement_store.Settlement, days: int = 0) -> str:
    """The last day from which what names people is kept of a settlement for so many days more; empty where nothing ends it."""
    return kept_until(record["sealed_at"], settings().keep_personal_files_days - days) if "sealed_at" in record else ""


def keeps_people(record: settlement_store.Settlement) -> bool:
    """Whether the time for which what names people is kept of a settlement goes on."""
    until = kept_for(record)
    return not until or clock.today() <= until


def require_kept(record: settlement_store.Settlement, name: str) -> None:
    """Raise `Gone` where the time is over for which what names people is kept of a settlement; `name` is what is asked for."""
    if not keeps_people(record):
        until = kept_for(record)
        raise Gone(f"{name} of {record['settlement_id']} names people and was kept until {until}; the manifest has its digest")


def file_key(record: settlement_store.Settlement, name: str) -> str:
    """The key of a file; raises `NotFound`."""
    if (key := named(record, name)) is None:
        raise NotFound(
            f"settlement {record['settlement_id']} has no file {name!r}; GET /v1/settlements/{record['settlement_id']} lists them"
        )
    return key


def _key(record: settlement_store.Settlement, name: str) -> str:
    return object_keys.settlement_file(record["settlement_id"], name, preview=record["status"] == settlement_store.PREVIEWED)
