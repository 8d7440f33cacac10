"""Taking a dropped file of works (`members` has those of members): checked whole first, then registered cut by cut, in bounded memory.

A delivery may die anywhere, or run out of time: the next one goes on behind the last cut. Works that were registered before it died
are found unchanged. A file that is dropped again is taken again, whatever it holds: since it was registered, something else may have been.
A file is not registered over one that was dropped under its key after it.
Each cut leaves what became of its works (`….results/00001.ndjson`), CWR also its acknowledgements.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import Any, Final

import orjson

from overtone import clock
from overtone.aws import buckets
from overtone.aws.buckets import Stored
from overtone.errors import Conflict
from overtone.facts.drops import MEMBERS, Drop
from overtone.facts.limits import DROP_NOTE_SECONDS, FAULTS_LISTED_MAX
from overtone.formats.cwr import reply
from overtone.formats.cwr.transmission import Registration
from overtone.formats.works import registrations
from overtone.formats.works.drafts import Draft, DraftResult
from overtone.formats.works.files import FORMATS, WorksFile, WorksSlice
from overtone.rights.registration import Actor
from overtone.steps import drop_delivery, members, works_import
from overtone.steps.drop_delivery import TimeLeft, Unfinished, is_late
from overtone.steps.works_bwarm import Bwarm
from overtone.stores import drops as drop_store
from overtone.stores import facts as fact_store
from overtone.stores import works_drops as store
from overtone.stores.works_drops import WorksProgress

PART_DIGITS: Final = 5
FILES_LISTED_MAX: Final = 100


def take(key: str, time_left_seconds: TimeLeft, version: str = "") -> None:
    """Register the works of the file at `key` and leave its receipt, whatever goes wrong. Raises `Retryable` where another goes on."""
    drop_delivery.deliver(key, version, partial(_taken, time_left_seconds=time_left_seconds))


def _taken(drop: Drop, found: Stored, time_left_seconds: TimeLeft) -> dict[str, Any]:
    fact_store.party_of(drop.party, "owner")
    return _take_members(drop, found) if drop.kind == MEMBERS else _take_works(drop, found, _form_of(drop), time_left_seconds)


def _take_members(drop: Drop, found: Stored) -> dict[str, Any]:
    if known := store.find(drop, found):
        return known.scan
    rows = members.read(drop, found.etag)
    _check_newest(drop, found)
    receipt = members.take(drop, rows)
    store.keep(drop, WorksProgress(store.named(found), "", receipt, done=True))
    return receipt


def _check_newest(drop: Drop, found: Stored) -> None:
    """Raise `Conflict` where registering this file would take back what a newer one says."""
    if store.is_overtaken(drop, found):
        raise Conflict(
            f"another file was dropped as {drop.file!r} after this one, and was registered before it: what stands only in this one "
            "is not registered; drop it under another name"
        )


def _form_of(drop: Drop) -> WorksFile:
    return Bwarm(drop.party, works_import.holders_of) if drop.form == "bwarm.zip" else FORMATS[drop.form]


def _content(drop: Drop, etag: str, offset: int = 0) -> Iterator[bytes]:
    """The file's bytes: text with even line ends, a zip as it is."""
    if drop.form == "bwarm.zip":
        return buckets.drop().stream(drop.key, start=offset, etag=etag, version=drop.version)
    return drop_store.content(drop, etag, offset)


def _take_works(drop: Drop, found: Stored, form: WorksFile, time_left_seconds: TimeLeft) -> dict[str, Any]:
    progress, noted = store.find(drop, found) or _begun(drop, found, form), clock.now()
    if not progress.done:
        for cut in form.cuts(partial(_content, drop, found.etag), progress.scan, progress.state):
            _check_newest(drop, found)
            _take_cut(drop, form, cut, progress)
            store.keep(drop, progress)
            late = is_late(time_left_seconds)
            if late or (clock.now() - noted).total_seconds() >= DROP_NOTE_SECONDS:
                store.leave_progress(drop, progress)
                noted = clock.now()
            if late:
                raise Unfinished(f"{drop.key} is registered up to part {progress.parts}; the next delivery goes on")
        progress.done = True
        store.keep(drop, progress)
    return _receipt(drop, form, progress)


def _begun(drop: Drop, found: Stored, form: WorksFile) -> WorksProgress:
    whole = hashlib.sha256()

    def hashed() -> Iterator[bytes]:
        for chunk in _content(drop, found.etag):
            whole.update(chunk)
            yield chunk

    scan = form.scan(hashed())
    progress = WorksProgress(store.named(found), whole.hexdigest(), scan)
    store.keep(drop, progress)
    return progress


def _take_cut(drop: Drop, form: WorksFile, cut: WorksSlice, progress: WorksProgress) -> None:
    results = works_import.register(Actor(drop.party), drafts(cut, drop.party), drop.party)
    progress.parts += 1
    name = f"{progress.parts:0{PART_DIGITS}d}"
    lines = b"".join(orjson.dumps(result.to_json()) + b"\n" for result in results)
    made = [store.leave(drop, f"results/{name}.ndjson", lines, "application/x-ndjson")] if results else []
    if form.name == "cwr" and any(reply.is_answered(result.draft) for result in results):
        answer = works_import.reply_to(results, progress.scan["version"])
        suffix = "V" + progress.scan["version"].replace(".", "")
        made.append(store.leave(drop, f"acknowledgements/{name}.{suffix}", answer, works_import.CWR))
    progress.files = (progress.files + made)[:FILES_LISTED_MAX]
    progress.counts = dict(Counter(progress.counts) + Counter(result.status for result in results))
    progress.others = dict(Counter(progress.others) + Counter(cut.others))
    progress.faults = (progress.faults + [fault for result in results for fault in _faults(result)])[:FAULTS_LISTED_MAX]
    progress.state = dict(cut.state)


def drafts(cut: WorksSlice, party: str) -> list[Draft]:
    """The drafts of a cut; people are found by the IPIs that it names."""
    works = [entry for entry in cut.entries if isinstance(entry, Registration)]
    holders = works_import.holders_of(registrations.ipis(works)) if works else {}
    found = [registrations.from_cwr(entry, party, holders, "both") if isinstance(entry, Registration) else entry for entry in cut.entries]
    return works_import.of_exported(found, party)


def _faults(result: DraftResult) -> Iterator[dict[str, Any]]:
    for refusal in result.refusals:
        yield refusal._asdict() | {"work_id": result.draft.work_id}


def _receipt(drop: Drop, form: WorksFile, progress: WorksProgress) -> dict[str, Any]:
    return {
        "name": drop.name,
        "key": drop.key,
        "reporter": drop.party,
        "status": progress.status,
        "format": form.name,
        "received": progress.received,
        **{status: progress.counts.get(status, 0) for status in ("registered", "revised", "unchanged", "acknowledged", "refused")},
        "other_transactions": dict(sorted(progress.others.items())),
        **form.about(progress.scan),
        "rejected": progress.faults,
        "parts": progress.parts,
        "files": progress.files,
        "digest": progress.digest,
        "accepted_at": clock.timestamp(),
    }
