"""What a settlement tells: finance that it is sealed, payees that their statement is there, owners what was done to their works."""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from overtone.aws import buckets, object_keys
from overtone.facts.events import OFFICE, Event, told
from overtone.payout.files import FileEntry
from overtone.settlement.breaches import Breach
from overtone.settlement.plan import Plan
from overtone.steps import clearances
from overtone.stores import clearances as clearance_store
from overtone.stores import events, month_facts

TRAINING: Final = "training"
_STATEMENT: Final = ("statements/", ".json")


def with_clearances(breaches: Iterable[Breach], cutoff: str) -> list[Breach]:
    """The breaches, those of training with what the clearance that its run cites had said of the work."""
    found = sorted(breaches)
    cited = month_facts.clearances_cited(cutoff) if any(breach.use == TRAINING for breach in found) else {}
    works: dict[tuple[str, str], set[str]] = {}
    for breach in found:
        if breach.use == TRAINING and (name := cited.get((breach.licensee, breach.evidence))):
            works.setdefault((breach.licensee, name), set()).add(breach.work_key)
    said = {}
    for (licensee, name), asked in works.items():
        item = clearance_store.find(licensee, name)
        said[licensee, name] = clearances.words(item, asked) if item else {}
    return [breach._replace(cleared=_said(breach, cited, said)) for breach in found]


def _said(breach: Breach, cited: dict[tuple[str, str], str], said: dict[tuple[str, str], dict[str, str]]) -> str:
    name = cited.get((breach.licensee, breach.evidence), "") if breach.use == TRAINING else ""
    return said.get((breach.licensee, name), {}).get(breach.work_key, "")


def tell(plan: Plan, files: Iterable[FileEntry], sealed_at: str) -> None:
    """Tell everybody whom the sealed settlement concerns; doing so again changes nothing."""
    about = {"settlement_id": plan.settlement_id, "through": plan.through}
    news: list[Event] = told("settlement.sealed", sealed_at, [OFFICE], **about)
    for entry in files:
        if entry.name.startswith(_STATEMENT[0]) and entry.name.endswith(_STATEMENT[1]):
            party = entry.name.removeprefix(_STATEMENT[0]).removesuffix(_STATEMENT[1])
            news += told("statement.ready", sealed_at, [party], **about)
    events.put([*news, *_found(plan, sealed_at)])


def _found(plan: Plan, sealed_at: str) -> Iterator[Event]:
    """One event for each owner, licensee and kind of breach: how many rows `GET /v1/breaches` shows of it."""
    counts: Counter[tuple[str, str, str]] = Counter()
    key = object_keys.settlement_file(plan.settlement_id, "breaches.csv", preview=plan.preview)
    for row in csv.DictReader(buckets.settlement().get(key).decode().splitlines()):
        if row["party_id"]:
            counts[row["party_id"], row["licensee"], row["kind"]] += 1
    for (party, licensee, kind), rows in sorted(counts.items()):
        about = {"settlement_id": plan.settlement_id, "licensee": licensee, "breach": kind, "rows": rows}
        yield from told("breach.found", sealed_at, [party], **about)
