"""What a settlement tells: finance that it is sealed, payees that their statement is there, owners what was done to their works."""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from overtone.aws import buckets, object_keys
from overtone.facts.events import OFFICE, PartyEvent, events_for
from overtone.payout.files import FileEntry
from overtone.settlement.plan import Plan
from overtone.steps.settlement import payee_ranges
from overtone.stores import chain as chain_store
from overtone.stores import events as event_store
from overtone.stores import quarantine, sealed_files
from overtone.stores import settlements as settlement_store

INVOICES_FILE: Final = "invoices.csv"
_INVOICE: Final = ("number", "licensee", "currency", "total", "issued_on", "due_on")
_STATEMENT: Final = ("statements/", ".json")


def of_sealed(plan: Plan, files: Iterable[FileEntry], sealed_at: str) -> list[PartyEvent]:
    """All that is told of a sealed settlement, what must not wait first."""
    about = {"settlement_id": plan.settlement_id, "through": plan.through}
    news: list[PartyEvent] = events_for("settlement.sealed", sealed_at, [OFFICE], **about)
    names = [entry.name for entry in files]
    if INVOICES_FILE in names:
        for row in _rows(plan, INVOICES_FILE):
            named = {name: row[name] for name in _INVOICE}
            news += events_for("invoice.issued", sealed_at, [row["licensee"]], settlement_id=plan.settlement_id, **named)
    still = {aside["reporter"] for aside in plan.quarantined if aside["reason"] in {quarantine.UNREADABLE, quarantine.NO_RATE}}
    for month, reporter in (pair for pair in plan.waiting if pair[1] not in still):
        waits = {"reporter": reporter, "month": month, "detail": "its own money waits until the month is complete"}
        news += events_for("completeness.missing", sealed_at, [OFFICE, reporter], settlement_id=plan.settlement_id, **waits)
    news += _statements(plan, names, sealed_at)
    return [*news, *_found(plan, sealed_at)]


def _statements(plan: Plan, names: Iterable[str], sealed_at: str) -> list[PartyEvent]:
    news: list[PartyEvent] = []
    for name in names:
        if name.startswith(_STATEMENT[0]) and name.endswith(_STATEMENT[1]):
            party = name.removeprefix(_STATEMENT[0]).removesuffix(_STATEMENT[1])
            news += events_for("statement.ready", sealed_at, [party], settlement_id=plan.settlement_id, through=plan.through)
    return news


def tell_rest(record: settlement_store.Settlement) -> None:
    """Tell what the seal had no room for: a settlement may concern more parties than one transaction has places."""
    if record.get("untold"):
        plan = settlement_store.plan_of(record)
        emitted = settlement_store.load_json(plan, "emitted.json")
        for index in payee_ranges.indexes_of(plan, emitted)[0]:  # as many events as there are payees: a range at a time
            names = (entry["name"] for entry in sealed_files.of_index(record, index.entry.name))
            event_store.put(_statements(plan, names, record["sealed_at"]))
        files = [FileEntry(**entry) for entry in emitted["files"]]
        chain_store.tell_rest(record, of_sealed(plan, files, record["sealed_at"]))


def tell_untold(records: list[settlement_store.Settlement]) -> list[settlement_store.Settlement]:
    """Tell what an execution that died after its seal had left to tell; the records (all of them) as they are then."""
    untold = [record for record in records if record.get("untold")]
    for record in untold:
        tell_rest(record)
    return settlement_store.all_records() if untold else records


def _found(plan: Plan, sealed_at: str) -> Iterator[PartyEvent]:
    """One event for each owner, licensee and kind of breach: how many rows `GET /v1/breaches` shows of it."""
    counts: Counter[tuple[str, str, str]] = Counter()
    for row in _rows(plan, "breaches.csv"):
        if row["party_id"]:
            counts[row["party_id"], row["licensee"], row["kind"]] += 1
    for (party, licensee, kind), rows in sorted(counts.items()):
        about = {"settlement_id": plan.settlement_id, "licensee": licensee, "breach": kind, "rows": rows}
        yield from events_for("breach.found", sealed_at, [party], **about)


def _rows(plan: Plan, name: str) -> Iterator[dict[str, str]]:
    key = object_keys.settlement_file(plan.settlement_id, name, preview=plan.preview)
    yield from csv.DictReader(buckets.settlement().get(key).decode().splitlines())
