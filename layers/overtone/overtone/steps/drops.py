"""Committing a dropped file: checked whole first, then kept batch by batch.

A delivery may die anywhere, or run out of time: the next one goes on behind the last batch. The receipt says how far it is.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Final
from urllib.parse import quote

from overtone import clock
from overtone.aws.buckets import Stored
from overtone.errors import Conflict
from overtone.facts import intake
from overtone.facts.drops import ATTRIBUTIONS, CLEARANCES, TRAINING, Drop, Progress
from overtone.facts.intake import USAGE, IntakeOutcome, IntakePage
from overtone.facts.limits import DROP_NOTE_SECONDS, FAULTS_LISTED_MAX
from overtone.facts.mapping import Mapping as ColumnNames
from overtone.facts.sheets import Checked, check
from overtone.facts.usage import Records
from overtone.fields import stored
from overtone.formats import dsr, dsr_usage
from overtone.formats.usage_file import Dsr, Format, UsageSlice, first_pass, format_of
from overtone.steps import corrections, drop_clearances, drop_delivery, drop_lines, drop_messages, drop_replaced, drop_reports
from overtone.steps.corrections import UnsaidCorrections
from overtone.steps.drop_delivery import TimeLeft, Unfinished, is_late
from overtone.steps.drop_pace import DropPace
from overtone.steps.usage import check_stands, final_days, is_withdrawn, months_of, shards_of
from overtone.stores import drops as drop_store
from overtone.stores import facts as fact_store
from overtone.stores.facts import StoredFact
from overtone.stores.integrations import mapping_of

BATCHES_ASKED_MAX: Final = 100
"""Batches of a file that is dropped again of which is asked whether they were withdrawn."""
Shards = Callable[[str], int]


def take(key: str, time_left_seconds: TimeLeft, version: str = "") -> None:
    """Commit the file at `key` and leave its receipt, whatever goes wrong. Raises `Retryable` where another delivery has to go on."""
    drop_delivery.deliver(key, version, partial(_taken, time_left_seconds=time_left_seconds))


def _taken(drop: Drop, found: Stored, time_left_seconds: TimeLeft) -> dict[str, Any]:
    etag = found.etag
    fact_store.party_of(drop.party, "reporter")
    if drop.kind == TRAINING:
        return drop_reports.take_run(drop, etag)
    if drop.kind == ATTRIBUTIONS:
        return drop_reports.take_report(drop, etag)
    if drop.kind == CLEARANCES:
        return drop_clearances.take(drop, etag, time_left_seconds)
    return _take_usage(drop, etag, time_left_seconds)


def _take_usage(drop: Drop, etag: str, time_left_seconds: TimeLeft) -> dict[str, Any]:
    names = mapping_of(drop.party)
    progress = _begun(drop, etag, format_of(drop.form, names, drop.name), names)
    names = names if progress.mapping is None else stored(ColumnNames, progress.mapping)  # which may have been changed since
    form = format_of(drop.form, names, progress.numbered_as or drop.name)
    shards = shards_of(fact_store.party_of(drop.party, "reporter"))
    stream = drop_store.content(drop, etag, progress.offset, form.encoding)
    pace, noted = DropPace(), clock.now()
    if not progress.done:
        for cut in form.cuts(stream, progress.scan, progress.state, progress.received):
            _commit(drop, form, cut, progress, shards, pace)
            drop_store.keep_progress(drop, progress)
            late = is_late(time_left_seconds)
            if late or (clock.now() - noted).total_seconds() >= DROP_NOTE_SECONDS:
                drop_store.leave_receipt(drop, etag, _note(drop, progress))
                noted = clock.now()
            if late:
                raise Unfinished(f"{drop.key} is committed up to byte {progress.offset}; the next delivery goes on")
        if isinstance(form, Dsr) and progress.status == "committed":
            if not progress.is_listed:
                progress.is_listed = True
                drop_store.keep_progress(drop, progress)
            for gone in drop_lines.gone(drop, progress):
                if gone.by:
                    drop_replaced.commit(drop, gone, shards, pace)
                else:
                    _commit_gone(drop, progress, gone.voids, shards, pace)
                if is_late(time_left_seconds):
                    raise Unfinished(f"{drop.key} is committed; the next delivery goes on with what it lists no more")
            drop_messages.keep(drop, progress)
        progress.done = True
        drop_store.keep_progress(drop, progress)
    return _receipt(drop, progress)


def _begun(drop: Drop, etag: str, form: Format, names: ColumnNames) -> Progress:
    """The progress of this content, after the first pass where it is new. Raises `Conflict` where rows would count twice.

    Content of which nothing could be kept is new whenever it comes: what stood in its way may lie outside of it, in a mapping or a day.
    """
    of_file = [progress for progress in drop_store.progresses(drop) if progress.file in {"", drop.text_file}]
    known = [progress for progress in of_file if not progress.is_in_vain]
    for progress in known:
        if progress.etag == etag:
            return _standing(drop, progress)
    digest, scan = first_pass(form, drop_store.content(drop, etag, encoding=form.encoding))
    for progress in known:
        if progress.digest == digest:
            progress.etag = etag
            return _standing(drop, progress)
    tries_before = sum(1 + (progress.tries_before or 0) for progress in of_file if progress.digest == digest)
    if names.row_numbers:
        _check_numbers(drop, known)
    if isinstance(form, Dsr):
        scan = drop_messages.joined(drop, dsr.DsrScan.from_json(scan), digest)
    prefix = drop.batch_prefix(digest) if any(not progress.file for progress in known) else drop_store.batch_prefix(drop, digest)
    progress = Progress(etag, digest, clock.today(), scan, form.start(scan), prefix=prefix, file=drop.text_file)
    progress.mapping, progress.tries_before = names.model_dump(mode="json"), tries_before
    progress.numbered_as = drop_store.numbered_as(drop)
    if isinstance(form, Dsr):
        drop_messages.link(drop, progress)
    drop_store.keep_progress(drop, progress)
    return progress


def _standing(drop: Drop, progress: Progress) -> Progress:
    """A file's progress; raises `Conflict` where it was committed and then withdrawn, so that its receipt would promise too much."""
    for batch_id in progress.own_ids(drop.name)[:BATCHES_ASKED_MAX] if progress.done else ():
        check_stands(drop.party, intake.stored_id(batch_id))
    return progress


def _check_numbers(drop: Drop, known: Iterable[Progress]) -> None:
    """Raise `Conflict` where earlier content counts under numbers of rows, which a mended file may have shifted."""
    for progress in known:
        for batch_id in progress.batch_ids(drop.name):
            if not is_withdrawn(drop.party, intake.stored_id(batch_id)):
                raise Conflict(
                    f"rows of an earlier {drop.file!r} count under their numbers, which may mean other rows here: "
                    f"withdraw its {progress.batches} batches first (DELETE /v1/usage/{quote(batch_id)} …), then drop the file again"
                )


def _commit(drop: Drop, form: Format, cut: UsageSlice, progress: Progress, shards: Shards, pace: DropPace) -> None:
    checked = check(cut.sheet, drop.party, progress.today, final=final_days(cut.sheet, drop.party, progress.today), summed=form.summed)
    if progress.tries_before is not None and not form.summed and (rows := corrections.revised(checked)):
        said = drop_store.said_first(drop, progress, lambda: _unsaid(checked, rows, drop.party, shards))
        checked = corrections.settled_by(checked, UnsaidCorrections.from_json(said), drop.party)
    faults = [fault.to_json() for fault in checked.faults]
    if checked.accepted:
        because = drop_messages.summed_with(drop, progress) if form.summed and cut.is_rest else ()
        progress.shared_from = progress.batches + 1 if because else 0
        _commit_made(drop, progress, checked, shards, pace, because)
    progress.offset += cut.size
    progress.state = cut.state
    progress.received += cut.sheet.received
    progress.accepted += checked.accepted
    progress.add_rounded(checked.rounded)
    if form.summed:
        progress.add_unlisted(checked.records)
    progress.faults = (progress.faults + faults)[:FAULTS_LISTED_MAX]


def _unsaid(checked: Checked, rows: Sequence[int], reporter: str, shards: Shards) -> dict[str, Any]:
    return corrections.unsaid(checked, rows, fact_store.party_of(reporter, "reporter"), shards).to_json()


def _commit_made(
    drop: Drop, progress: Progress, checked: Checked, shards: Shards, pace: DropPace, because: Iterable[Sequence[tuple[str, int]]]
) -> None:
    """The pages of what was checked, in as few transactions as take them; they go with each of the files that they are there because of."""
    refused = checked.received - checked.accepted
    for group in intake.grouped(intake.pages_of(checked, drop.party, shards)):
        pace.wait_for(group)
        progress.batches += 1
        batch_id = progress.batch_id(drop.name, progress.batches)
        for file in because:
            drop_store.link_batch(drop.party, batch_id, file)
        _commit_group(drop, batch_id, group, Checked(checked.records, refused, checked.faults))
        refused, checked = 0, checked._replace(faults=[])


def _commit_gone(drop: Drop, progress: Progress, voids: Records, shards: Shards, pace: DropPace) -> None:
    """Voids of older lines, and how far the file is then.

    A number that a delivery gave to other voids, and died before it could say so, is passed over.
    """
    gone = Checked(voids.part(0, 0), 0, [], voids=voids)
    for group in intake.grouped(intake.pages_of(gone, drop.party, shards)):
        pace.wait_for(group)
        is_kept = False
        while not is_kept:
            progress.batches += 1
            with suppress(Conflict):
                _commit_group(drop, progress.batch_id(drop.name, progress.batches), group, gone)
                is_kept = True
    drop_store.keep_progress(drop, progress)


def _commit_group(drop: Drop, batch_id: str, group: list[IntakePage], refused: Checked) -> None:
    """One transaction's batch; what was refused of its part of the file is counted with it."""
    accepted_at = clock.timestamp()
    accepted = sum(page.records for page in group if not page.voids)
    replaced = sum(page.records for page in group if page.voids)
    digest = hashlib.sha256(b"".join(page.body for page in group)).hexdigest()
    outcome = IntakeOutcome(accepted + refused.received, accepted, refused.faults, replaced)
    receipt = intake.receipt({"batch_id": batch_id, "reporter": drop.party}, outcome, digest, accepted_at)
    batch = intake.stored_id(batch_id)
    fact_store.commit(StoredFact(USAGE, drop.party, batch, digest, accepted_at, receipt, group, months=months_of(group)))


def _note(drop: Drop, progress: Progress) -> dict[str, Any]:
    """The receipt of a file that is being committed: what of it is kept for good by now."""
    kept = {"status": "committing", "committed_bytes": progress.offset, "as_of": clock.timestamp()}
    return {name: value for name, value in _receipt(drop, progress).items() if name not in {"totals", "accepted_at"}} | kept


def _receipt(drop: Drop, progress: Progress) -> dict[str, Any]:
    scan: Mapping[str, Any] = progress.scan
    claimed = "summaries" in scan and progress.status == "committed"
    totals: dict[str, Any] = {}
    if claimed:
        found = dsr.DsrScan.from_json(scan)
        totals = {"totals": dsr_usage.totals(found)} | ({"facts": found.facts} if found.facts else {})
    return {
        "name": drop.name,
        "key": drop.key,
        "reporter": drop.party,
        "status": progress.status,
        "received": progress.received,
        "accepted": progress.accepted,
        "rejected": progress.faults,
        "batches": progress.batches,
        "batch_ids": f"{progress.batch_id(drop.name, 1)} …" if progress.batches else "",
        "unlisted": {"records": progress.unlisted[0], "quantity": progress.unlisted[1]},
        **intake.shown_rounding(progress.rounded),
        "digest": progress.digest,
        "accepted_at": clock.timestamp(),
        **totals,
    }
