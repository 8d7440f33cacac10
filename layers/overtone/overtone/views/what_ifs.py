"""What-ifs as whoever asked them sees them: where they stand, what they come to, their files."""

import csv
import io
from itertools import islice
from typing import Any, Final

from overtone.aws import buckets, object_keys
from overtone.errors import Conflict, Gone, NotFound
from overtone.scenarios.requests import SEALED
from overtone.stores import what_ifs
from overtone.stores.what_ifs import WhatIf
from overtone.views.places import newest_first

URL_SECONDS: Final = 300
_SHOWN: Final = ("what_if_id", "status", "requested_at", "requested_by", "finished_at", "shared_at", "detail", "totals")
_FIGURES: Final = ("currency", "before", "after", "difference")
_ASKED: Final = ("title", "months", "change", "about", "source")


def shown(record: WhatIf) -> dict[str, Any]:
    """A record's public form, without its files."""
    question: dict[str, Any] = what_ifs.question_of(record)
    said = {name: question[name] for name in _ASKED if name in question} | {"compare": question.get("compare", SEALED)}
    return {name: record[name] for name in _SHOWN if record.get(name)} | said


def with_files(record: WhatIf) -> dict[str, Any]:
    """A record's public form with its files."""
    return shown(record) | {"files": record.get("files", [])}


def listing(asker: str, after: str, limit: int) -> list[tuple[str, dict[str, Any]]]:
    """What somebody asked, the newest first, behind the place `after`; each with its own place in the list."""
    places = {f"{record['requested_at']}#{record['what_if_id']}": record for record in what_ifs.all_of(asker)}
    return [(place, shown(record)) for place, record in islice(newest_first(places, after), limit)]


def file_url(asker: str, what_if_id: str, name: str) -> str:
    """Where a file can be read for five minutes; raises `NotFound`, `Conflict`, `Gone`."""
    record = what_ifs.get(asker, what_if_id)
    if record["status"] != what_ifs.DONE:
        raise Conflict(f"what-if {what_if_id} is {record['status']}; its files are there when it is {what_ifs.DONE}")
    if not what_ifs.is_kept(record):
        raise Gone(f"the files of what-if {what_if_id} are kept no more; asked again, it is computed anew")
    if name not in {file["name"] for file in record["files"]}:
        raise NotFound(f"what-if {what_if_id} has no file {name!r}; GET /v1/what-ifs/{what_if_id} lists them")
    return buckets.settlement().presigned(object_keys.what_if_file(asker, what_if_id, name), URL_SECONDS)


# --- what a payee sees


def shared(after: str, limit: int) -> list[tuple[str, dict[str, Any]]]:
    """The what-ifs that payees may see, the last shared first, behind the place `after`; each with its own place in the list."""
    found = [record for record in what_ifs.all_of("") if record.get("shared_at") and what_ifs.is_kept(record)]
    places = {f"{record['shared_at']}#{record['what_if_id']}": record for record in found}
    return [(place, _about(record)) for place, record in islice(newest_first(places, after), limit)]


def own(what_if_id: str, party_id: str) -> dict[str, Any]:
    """What a payee would have earned under a shared what-if; raises `NotFound`, also for one that is not shared or was kept long enough."""
    record = what_ifs.find("", what_if_id)
    if record is None or not record.get("shared_at") or not what_ifs.is_kept(record):
        raise NotFound(f"there is no shared what-if {what_if_id!r}; GET /v1/shared-what-ifs lists them")
    table = buckets.settlement().get(object_keys.what_if_file("", what_if_id, "payees.csv"))
    mine = [row for row in csv.DictReader(io.StringIO(table.decode())) if row["payee"] == party_id]
    return _about(record) | {"party_id": party_id, "amounts": [{name: row[name] for name in _FIGURES} for row in mine]}


def _about(record: WhatIf) -> dict[str, Any]:
    question: dict[str, Any] = what_ifs.question_of(record)
    said = {name: question[name] for name in ("title", "about", "source", "months") if name in question}
    return {"what_if_id": record["what_if_id"], "shared_at": record["shared_at"]} | said
