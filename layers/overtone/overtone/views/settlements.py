"""Settlements as finance sees them: status, progress, and the files that a manifest names."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Final

from overtone.aws import buckets, object_keys
from overtone.errors import Conflict, Rejected
from overtone.payout import manifest
from overtone.stores import sealed_files
from overtone.stores import settlements as settlement_store
from overtone.views.places import newest_first

FILES_LISTED_MAX: Final = 5_000
"""Files in one answer, which may have 6 MB; `?after=` goes on."""
URL_SECONDS: Final = 300
_SHOWN: Final = (
    *("settlement_id", "status", "through", "preview", "requested_at", "requested_by"),
    *("cutoff", "sealed_at", "detail", "reasons", "totals", "manifest_sha256"),
)
_WRITTEN: Final = frozenset({settlement_store.SEALED, settlement_store.PREVIEWED})


def shown(record: settlement_store.Settlement) -> dict[str, Any]:
    """A record's public form, without its files."""
    found: dict[str, Any] = {name: record[name] for name in _SHOWN if name in record} | {"waive": record["waive"]}
    if record["status"] == settlement_store.COMPUTING:
        found["progress"] = _progress(record)
    return found


def _progress(record: settlement_store.Settlement) -> dict[str, int]:
    """How many parts are computed, of how many; none is known before the plan is made."""
    prefix = object_keys.work_object(record["settlement_id"], int(record["attempt"]), "parts", "")
    total = int(record.get("parts", 0))
    return {"done": min(total, sum(1 for _ in buckets.settlement().list(prefix))), "total": total}


def with_files(record: settlement_store.Settlement, after: str = "") -> dict[str, Any]:
    """A record's public form with its files behind the one called `after`: those of the settlement as a whole, then the parties' own.

    Those of a preview are kept for a while.
    """
    answer = shown(record) | {"files": []}
    found = sealed_files.manifest_if_kept(record) if record["status"] in _WRITTEN else None
    if found is not None:
        left = list(islice(files_behind(record, found, after), FILES_LISTED_MAX + 1))
        answer |= {"files": left[:FILES_LISTED_MAX], "files_total": sealed_files.count(found)}
        if len(left) > FILES_LISTED_MAX:
            answer["next"] = left[FILES_LISTED_MAX - 1]["name"]
    return answer


def files_behind(record: settlement_store.Settlement, found: Mapping[str, Any], after: str) -> Iterator[Mapping[str, Any]]:
    """The files behind one, by its manifest: those that it names, then those of each index."""
    reached = manifest.index_of(found, after) if after not in {entry["name"] for entry in found["files"]} else ""
    if not reached:
        ordered = sorted(found["files"], key=lambda entry: _file_order(entry["name"]))
        yield from (entry for entry in ordered if not after or _file_order(entry["name"]) > _file_order(after))
    for name in (index["name"] for index in found.get("indexes", ()) if index["name"] >= reached):
        yield from (entry for entry in sealed_files.of_index(record, name) if name != reached or entry["name"] > after)


def _file_order(name: str) -> tuple[bool, str]:
    return "/" in name, name


def listing(after: str, limit: int) -> list[tuple[str, dict[str, Any]]]:
    """Settlements, the newest first, behind the place `after`; each with its own place in the list."""
    places = {f"{record['requested_at']}#{record['settlement_id']}": record for record in settlement_store.all_records()}
    return [(place, shown(record)) for place, record in islice(newest_first(places, after), limit)]


def written(settlement_id: str, *, previews: bool = False) -> settlement_store.Settlement:
    """The record of a sealed settlement (or of a preview, where that will do); raises `NotFound`, `Conflict`, `Rejected`."""
    if not settlement_id:
        raise Rejected.at("settlement_id", "say of which settlement, such as ?settlement_id=2026-10")
    record = settlement_store.get(settlement_id)
    if record["status"] == settlement_store.SEALED or (previews and record["status"] == settlement_store.PREVIEWED):
        return record
    raise Conflict(f"settlement {settlement_id} is {record['status']}, not {settlement_store.SEALED}; its files are there when it is")


def url(key: str) -> str:
    """Where anybody can read the object for five minutes."""
    return buckets.settlement().presigned(key, URL_SECONDS)
