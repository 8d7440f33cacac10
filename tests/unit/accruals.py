"""Accrues plain facts the way the workers do, in memory: by partition, in batches that come in any order and more than once."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

from overtone import money
from overtone.facts import training
from overtone.facts.accrual import Disclosure, PageOfUsage, StoredPage, accrue
from overtone.facts.apart import pages_apart, rows_apart, split
from overtone.facts.pages import encode
from overtone.facts.splits import Grounds
from overtone.facts.usage import Records
from overtone.facts.usage_kinds import StoredUse
from overtone.partitions import Partition, spread
from overtone.settlement.plan import RunHeader

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from overtone.facts.rows import AccrualRow

Facts = dict[str, Any]


@dataclass(frozen=True)
class Division:
    """How the system is divided while it settles: all of these must give the same lines."""

    buckets: int = 3
    shards: int = 2
    batches: int = 2
    seed: int = 0
    replayed: bool = False


def usage_rows(facts: Facts, division: Division, held: Collection[str] = ()) -> list[AccrualRow]:
    """The rows of every usage partition, what these subjects came to by itself: kept in pages and read again."""
    rng = Random(division.seed)
    disclosures = _disclosures(facts)
    partitions: dict[Partition, list[dict[str, Any]]] = {}
    for record in facts["usage"]:
        shard = spread(record["subject"], division.shards)
        partitions.setdefault(Partition("usage", record["reporter"], record["used_on"], shard), []).append(record)
    rows: list[AccrualRow] = []
    for partition, records in partitions.items():
        pages = _pages(records, division, rng)
        rows += split(accrue(partition, pages, (), disclosures).rows, _kept_apart(partition, pages, disclosures, held))
    return rows


def _kept_apart(
    partition: Partition, pages: Sequence[PageOfUsage], disclosures: Mapping[str, Disclosure], held: Collection[str]
) -> Iterator[AccrualRow]:
    if not held:
        return
    stored = [StoredPage(*page[:3], encode(page.records), len(page.records.record_id)) for page in pages]
    for bodies in pages_apart(partition, stored, (), disclosures, held, 2).values():
        yield from rows_apart(str(partition), bodies, held)


def _pages(records: list[dict[str, Any]], division: Division, rng: Random) -> list[PageOfUsage]:
    batches: list[list[dict[str, Any]]] = [[] for _ in range(division.batches)]
    for record in records:
        batches[rng.randrange(division.batches)].append(record)
    if division.replayed:
        batches.append(list(records))
    pages = [PageOfUsage(f"2026-12-{n + 1:02d}", f"b{n}", 0, _columns(batch)) for n, batch in enumerate(batches) if batch]
    rng.shuffle(pages)
    return pages


def _columns(records: Sequence[Mapping[str, Any]]) -> Records:
    defaults = {"revision": 0, "revenue": "", "currency": ""}
    told = [{**record, "use": _stored_use(record)} for record in records]
    return Records(*([record.get(name, defaults.get(name)) for record in told] for name in Records._fields))


def _stored_use(record: Mapping[str, Any]) -> str:
    return str(StoredUse(record["use"], record.get("service", ""), record.get("royalty_bearing", True)))


def _disclosures(facts: Facts) -> dict[str, Disclosure]:
    best: dict[str, dict[str, Any]] = {}
    for disclosed in sorted(facts["disclosures"], key=lambda disclosed: disclosed["revision"]):
        best[disclosed["output_id"]] = disclosed
    return {
        output: Disclosure(
            disclosed["model"],
            money.parse_share(disclosed["confidence"]),
            sorted((work, money.parse_share(share)) for work, share in disclosed["shares"].items()),
            Grounds(
                disclosed.get("basis", "together"),
                tuple(sorted(disclosed.get("sides", {}).items())),
                tuple(sorted((work, money.parse_share(own)) for work, own in disclosed.get("confidences", {}).items())),
            ),
        )
        for output, disclosed in best.items()
    }


def run_rows(facts: Facts) -> dict[RunHeader, list[AccrualRow]]:
    """The rows of every training run."""
    made = {}
    for run in facts["runs"]:
        named = training.RunIdentity(run["run_id"], run["model"], run["trained_on"])
        part = training.check([{"work": work, "weight": weight} for work, weight in run["works"].items()])
        pages = [page.body for page in training.paged(named, part, run["licensee"])]
        _, rows = training.accrue(Partition("training", run["licensee"], run["run_id"], 0), pages)
        made[RunHeader(run["trained_on"], run["licensee"], run["run_id"], run["model"])] = rows
    return made
