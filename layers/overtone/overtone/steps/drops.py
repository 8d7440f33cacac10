"""Committing a dropped file: checked whole first, then kept batch by batch.

A delivery may die anywhere, or run out of time: the next one goes on behind the last batch.
"""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any, Final

from overtone import clock
from overtone.aws import buckets
from overtone.errors import Conflict, Rejected, Retryable
from overtone.facts import intake
from overtone.facts.drops import ATTRIBUTIONS, TRAINING, Drop, Progress
from overtone.facts.intake import USAGE, Page
from overtone.facts.limits import DROP_TIME_LEFT_SECONDS_MIN, FAULTS_LISTED_MAX
from overtone.facts.sheets import Checked, check
from overtone.formats import dsr, dsr_usage
from overtone.formats.usage_file import Cut, Dsr, Format, first_pass, format_of
from overtone.steps import drop_messages, drop_reports
from overtone.steps.usage import months_of, shards_of
from overtone.stores import drops as drop_store
from overtone.stores import facts as fact_store
from overtone.stores.facts import Fact
from overtone.stores.integrations import mapping_of

BATCH_DIGITS: Final = 5
Shards = Callable[[str], int]


def take(key: str, time_left_seconds: Callable[[], float]) -> None:
    """Commit the file at `key` and leave its receipt. Raises `Retryable` where the next delivery has to go on."""
    drop = Drop.parse(key)
    found = buckets.drop().head(key)
    if found is None:
        return
    try:
        drop.check()
        fact_store.party_of(drop.party, "reporter")
        if drop.kind == TRAINING:
            receipt = drop_reports.take_run(drop, found.etag)
        elif drop.kind == ATTRIBUTIONS:
            receipt = drop_reports.take_report(drop, found.etag)
        else:
            receipt = _take_usage(drop, found.etag, time_left_seconds)
    except Conflict as error:
        drop_store.leave_receipt(drop, drop_store.refusal(drop, error), suffix=f".refused-{found.etag.strip(chr(34))}")
    except Rejected as error:
        drop_store.leave_receipt(drop, drop_store.refusal(drop, error))
    else:
        drop_store.leave_receipt(drop, receipt)


def _take_usage(drop: Drop, etag: str, time_left_seconds: Callable[[], float]) -> dict[str, Any]:
    form = format_of(drop.form, mapping_of(drop.party))
    progress = _begun(drop, etag, form)
    shards = shards_of(fact_store.party_of(drop.party, "reporter"))
    stream = drop_store.content(drop, etag, progress.offset)
    if not progress.done:
        for cut in form.cuts(stream, progress.scan, progress.state, progress.received):
            _commit(drop, form, cut, progress, shards)
            drop_store.keep_progress(drop, progress)
            if time_left_seconds() < DROP_TIME_LEFT_SECONDS_MIN:
                message = f"{drop.key} is committed up to byte {progress.offset}; the next delivery goes on"
                raise Retryable(message)
        progress.done = True
        drop_store.keep_progress(drop, progress)
    return _receipt(drop, progress)


def _begun(drop: Drop, etag: str, form: Format) -> Progress:
    """The file's progress; after the first pass where it is new. Raises `Conflict` for other content under a name that was used."""
    known = drop_store.find_progress(drop)
    if known and known.etag == etag:
        return known
    digest, scan = first_pass(form, drop_store.content(drop, etag))
    if known and known.digest != digest:
        message = f"a file {drop.name!r} with other content was committed before; drop the new content under a name of its own"
        raise Conflict(message)
    if known:
        known.etag = etag
        return known
    if isinstance(form, Dsr):
        scan = drop_messages.joined(drop, dsr.Scan.from_json(scan))
    progress = Progress(etag, digest, clock.today(), scan, form.start(scan))
    drop_store.keep_progress(drop, progress)
    return progress


def _commit(drop: Drop, form: Format, cut: Cut, progress: Progress, shards: Shards) -> None:
    checked = check(cut.sheet, drop.party, progress.today, summed=form.summed)
    faults = [fault.to_json() for fault in checked.faults]
    if checked.accepted:
        made = intake.pages_of(intake.partitioned(checked.records, drop.party, shards))
        refused = checked.received - checked.accepted
        for group in intake.grouped(made):
            progress.batches += 1
            _commit_group(drop, progress.batches, group, Checked(checked.records, refused, checked.faults))
            refused, checked = 0, checked._replace(faults=[])
    progress.offset += cut.size
    progress.state = cut.state
    progress.received += cut.sheet.received
    progress.accepted += checked.accepted
    progress.faults = (progress.faults + faults)[:FAULTS_LISTED_MAX]


def _commit_group(drop: Drop, number: int, group: list[Page], refused: Checked) -> None:
    """One transaction's batch; what was refused of its part of the file is counted with it."""
    batch_id, accepted_at = f"{drop.name}#{number:0{BATCH_DIGITS}d}", clock.timestamp()
    accepted = sum(page.records for page in group)
    digest = hashlib.sha256(b"".join(page.body for page in group)).hexdigest()
    receipt = {
        "batch_id": batch_id,
        "reporter": drop.party,
        "status": "committed",
        "received": accepted + refused.received,
        "accepted": accepted,
        "rejected": [fault.to_json() for fault in refused.faults],
        "digest": digest,
        "accepted_at": accepted_at,
    }
    batch = intake.stored_id(batch_id)
    fact_store.commit(Fact(USAGE, drop.party, batch, digest, accepted_at, receipt, group, months=months_of(group)))


def _receipt(drop: Drop, progress: Progress) -> dict[str, Any]:
    scan: Mapping[str, Any] = progress.scan
    totals = {"totals": dsr_usage.totals(dsr.Scan.from_json(scan))} if "summaries" in scan else {}
    return {
        "name": drop.name,
        "key": drop.key,
        "reporter": drop.party,
        "status": "committed",
        "received": progress.received,
        "accepted": progress.accepted,
        "rejected": progress.faults,
        "batches": progress.batches,
        "digest": progress.digest,
        "accepted_at": clock.timestamp(),
        **totals,
    }
