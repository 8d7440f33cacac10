"""Dropped manifests and disclosures of any size: NDJSON whose first line says what the report is, and each further line is a record."""

import hashlib
from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any, NamedTuple, TypeVar

from overtone import clock
from overtone.errors import Fault, Rejected, TooLarge
from overtone.facts import disclosure, reports, training
from overtone.facts.disclosure import Method
from overtone.facts.drops import Drop
from overtone.facts.intake import ATTRIBUTION, TRAINING, IntakeOutcome, IntakePage, refuse_bad, stored_id
from overtone.facts.limits import BATCH_RECORDS_MAX, DISCLOSURES_CHUNK_MAX, FAULTS_LISTED_MAX, MANIFEST_WORKS_MAX
from overtone.facts.reports import AttributionReport, TrainingRun
from overtone.facts.training import RunIdentity
from overtone.fields import Model, validated
from overtone.formats.blocks import blocks
from overtone.formats.ndjson import values
from overtone.formats.text import checked
from overtone.partitions import RUN_SHARD_WORKS
from overtone.settlement.clearance import WORKS_MAX
from overtone.steps import disclosures, withdrawals
from overtone.steps.drop_delivery import own
from overtone.stores import drops as drop_store
from overtone.stores import facts as fact_store
from overtone.stores.facts import StoredFact

_M = TypeVar("_M", bound=Model)


class Works(NamedTuple):
    """A manifest as its first pass found it; `weight` in 1e-9."""

    number: int
    weight: int
    digest: str


def chunks(drop: Drop, etag: str, size: int) -> Iterator[list[Any]]:
    """The records behind the first line, `size` at a time whatever the blocks."""
    held: list[Any] = []
    stream = blocks(checked(drop_store.content(drop, etag)), quoted=False)
    for number, block in enumerate(stream):
        held += values(block)[1:] if number == 0 else values(block)
        while len(held) >= size:
            yield held[:size]
            held = held[size:]
    if held:
        yield held


def head(drop: Drop, etag: str, model: type[_M], records: str) -> _M:
    """What the first line says; raises `Rejected`."""
    first = next(blocks(checked(drop_store.content(drop, etag)), quoted=False), b"")
    stated = values(first.partition(b"\n")[0])
    if not stated or not isinstance(stated[0], dict):
        raise Rejected("the first line is no JSON object; it says what the report is, and each further line is a record")
    return validated(model, stated[0] | {records: []}, "the first line")


def take_run(drop: Drop, etag: str) -> dict[str, Any]:
    """Keep a training run of any size: its pages first, which count for nothing yet, then all that makes them count at once."""
    sent = head(drop, etag, TrainingRun, "works")
    licensee = own(sent.licensee, drop)
    run = RunIdentity(sent.name, sent.model, sent.trained_on)
    reports.check_trained_on(run.trained_on, clock.today())
    works = _scanned(drop, etag)
    if known := fact_store.replayed(TRAINING, licensee, run.run_id, works.digest, lambda: _posted_digest(drop, etag, run, works.number)):
        withdrawals.check_stands(TRAINING, licensee, run.run_id)
        disclosures.check_same_run(known, run)
        return dict(known)
    cited = disclosures.cited(sent, licensee)
    kept_at, partitions = clock.timestamp(), []
    for shard, rows in enumerate(chunks(drop, etag, RUN_SHARD_WORKS)):
        pages = training.shard_pages(run, training.check(rows), licensee, shard)
        fact_store.keep_pages(pages, training.dropped_pages(run, works.digest), kept_at)
        partitions.append(str(pages[0].partition))
    standing = disclosures.standing_of(run, licensee, _few(drop, etag, works.number))
    accepted_at = clock.timestamp()  # not before: a settlement may have come and gone meanwhile, and the next one asks what came since
    header = disclosures.run_header(sent, licensee, works.number, works.weight, accepted_at, cited)
    receipt = disclosures.run_receipt(run, licensee, works.number, works.digest, accepted_at) | cited | standing
    with_it = [header, *withdrawals.displaced(sent, licensee, receipt)]
    fact = StoredFact(TRAINING, licensee, run.run_id, works.digest, accepted_at, receipt, marks=partitions, with_it=with_it)
    return dict(fact_store.commit(fact)[0])


def _posted_digest(drop: Drop, etag: str, run: RunIdentity, number: int) -> str:
    """The digest that the manifest has where it is posted, or "" where it is too long for that."""
    if number > BATCH_RECORDS_MAX:
        return ""
    rows = [row for part in chunks(drop, etag, RUN_SHARD_WORKS) for row in part]
    return training.digest(run, training.check(rows))


def _few(drop: Drop, etag: str, number: int) -> list[str]:
    """The works of a manifest that is short enough to be looked up at once, or none."""
    if number > WORKS_MAX:
        return []
    return [work for rows in chunks(drop, etag, RUN_SHARD_WORKS) for work in training.check(rows).works]


def _scanned(drop: Drop, etag: str) -> Works:
    """The first pass: every work is right, and none stands twice. Raises `Rejected` that names those at fault."""
    digest, prints, count, weight = hashlib.sha256(), array("Q"), 0, 0
    faults: list[Fault] = []
    for rows in chunks(drop, etag, RUN_SHARD_WORKS):
        part, wrong = training.read(rows, count)
        faults = (faults + wrong)[:FAULTS_LISTED_MAX]
        count += len(rows)
        if count > MANIFEST_WORKS_MAX:
            raise TooLarge(f"more than {MANIFEST_WORKS_MAX} works; state several runs")
        weight += sum(part.weights)
        for work in part.works:
            prints.append(_print(work))
        digest.update(training.told(part))
    if not count:
        raise Rejected("the manifest has no works; send at least one")
    if not faults and (twice := {a for a, b in pairwise(sorted(prints)) if a == b}):
        faults = list(_repeated(chunks(drop, etag, RUN_SHARD_WORKS), twice))[:FAULTS_LISTED_MAX]
    if faults:
        raise Rejected(
            f"works of the manifest are at fault, the first: {faults[0].message}; a run is taken whole: correct them and drop it again",
            faults,
        )
    return Works(count, weight, digest.hexdigest())


def _print(work: str) -> int:
    return int.from_bytes(hashlib.blake2b(work.encode(), digest_size=8).digest(), "big")


def _repeated(parts: Iterable[list[Any]], twice: set[int]) -> Iterator[Fault]:
    """The works that stand more than once, told by their names and not by their fingerprints."""
    seen: set[str] = set()
    index = 0
    for rows in parts:
        for work in training.read(rows, index)[0].works:
            if _print(work) in twice:
                if work in seen:
                    yield Fault(f"{work} stands twice in this manifest; send it once", "work", work)
                seen.add(work)
        index += len(rows)


def take_report(drop: Drop, etag: str) -> dict[str, Any]:
    """Keep disclosures in chunks, each a report of its own; one that is there already is passed over."""
    sent = head(drop, etag, AttributionReport, "records")
    licensee = sent.licensee or drop.party
    if licensee != drop.party:
        disclosures.check_may_attribute(drop.party, licensee)
    fact_store.party_of(licensee, "licensee")
    method = Method(sent.model, sent.method, sent.method_version)
    if sent.atomic:
        _check_whole(drop, etag, licensee)
    received = accepted = reports = 0
    faults: list[Mapping[str, Any]] = []
    for rows in chunks(drop, etag, DISCLOSURES_CHUNK_MAX):
        reports += 1
        report = f"{sent.report_id}#{reports:05d}"
        receipt = _kept(method, rows, licensee, report, drop.party)
        faults += [fault | {"index": fault["index"] + received} for fault in receipt["rejected"]]
        received += len(rows)
        accepted += receipt["accepted"]
    if not received:
        raise Rejected("no record stands below the first line; send at least one")
    counts = {"received": received, "accepted": accepted, "rejected": faults[:FAULTS_LISTED_MAX], "reports": reports}
    about = {"name": drop.name, "key": drop.key, "report_id": sent.report_id, "licensee": licensee}
    about |= {"status": "committed" if accepted else "rejected"}
    return about | counts | {"accepted_at": clock.timestamp()}


def _check_whole(drop: Drop, etag: str, licensee: str) -> None:
    """Raise `Rejected` where a disclosure of an atomic report is at fault, before any is kept."""
    received = accepted = 0
    faults: list[Fault] = []
    for rows in chunks(drop, etag, DISCLOSURES_CHUNK_MAX):
        checked = disclosures.without_foreign(disclosure.check(rows), rows, licensee)
        faults += [replace(fault, index=(fault.index or 0) + received) for fault in checked.faults]
        faults, received, accepted = faults[:FAULTS_LISTED_MAX], received + checked.received, accepted + checked.accepted
    refuse_bad(IntakeOutcome(received, accepted, faults), atomic=True)


def _kept(method: Method, rows: list[Any], licensee: str, report: str, sender: str) -> Mapping[str, Any]:
    digest = disclosure.digest(method, rows)
    stored = stored_id(report)
    if known := fact_store.replayed(ATTRIBUTION, licensee, stored, digest):
        withdrawals.check_stands(ATTRIBUTION, licensee, stored)
        return known
    checked = disclosures.without_foreign(disclosure.check(rows), rows, licensee)
    accepted_at = clock.timestamp()
    receipt = disclosures.report_receipt({"report_id": report, "licensee": licensee, "sender": sender}, checked, digest, accepted_at)
    if not checked.accepted:
        return receipt
    made: list[IntakePage] = disclosure.paged(method, checked.records, licensee, stored)
    return fact_store.commit(StoredFact(ATTRIBUTION, licensee, stored, digest, accepted_at, receipt, made))[0]
