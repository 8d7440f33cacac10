"""Training runs: which works a model was trained on, with what weight.

A manifest is stated once and whole: a fault in one work refuses the run, because a fee that is split over some of its works
would be split wrongly.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final, NamedTuple

import orjson

from overtone.errors import Fault, InvariantBroken, Rejected
from overtone.facts.columns import ColumnReader, Writer
from overtone.facts.halves import halved
from overtone.facts.intake import TRAINING, IntakePage, check_pages
from overtone.facts.limits import FAULTS_LISTED_MAX, WEIGHT_DIGITS_MAX
from overtone.facts.rows import AccrualRow, TrainingEntry
from overtone.identifiers import work_key
from overtone.money import NANO
from overtone.partitions import RUN_SHARD_WORKS, Partition

_WEIGHT = re.compile(rf"(?:0|[1-9]\d{{0,{WEIGHT_DIGITS_MAX - 1}}})(?:\.\d{{1,9}})?\Z", re.ASCII)
_FIELDS: Final = frozenset({"work", "weight"})
_DIGEST_NAMED: Final = 16


class RunIdentity(NamedTuple):
    """What a run is called, which model came of it, and when."""

    run_id: str
    model: str
    trained_on: str


class TrainingPart(NamedTuple):
    """Works of a run in order of key, with their weights in 1e-9."""

    works: Sequence[str]
    weights: Sequence[int]


def parse_weight(text: object) -> int:
    """A decimal string or a whole number, not negative, as an integer of 1e-9; raises `Rejected`."""
    if type(text) is int:
        text = str(text)
    if not isinstance(text, str) or not _WEIGHT.match(text):
        raise Rejected(
            f'write the weight as a whole number or a decimal string such as "3.5", at most {WEIGHT_DIGITS_MAX} digits and 9 decimals'
        )
    whole, _, fraction = text.partition(".")
    return int(whole) * NANO + int(fraction.ljust(9, "0"))


def check(rows: Sequence[Any]) -> TrainingPart:
    """The works of a manifest in order of key; raises `Rejected` naming every record at fault."""
    part, faults = read(rows, 0)
    if faults:
        raise Rejected(
            f"works of the manifest are at fault, the first: {faults[0].message}; a run is taken whole: correct them and send it again",
            faults,
        )
    return part


def read(rows: Sequence[Any], first: int) -> tuple[TrainingPart, list[Fault]]:
    """The works in order of key, and what is wrong with the others; `first` is the position of the first row."""
    weights: dict[str, int] = {}
    faults: list[Fault] = []
    for index, row in enumerate(rows, start=first):
        try:
            key, weight = _work(row)
        except _TrainingFault as wrong:
            faults.append(Fault(wrong.message, wrong.field, wrong.work, index))
            continue
        if key in weights:
            faults.append(Fault(f"{key} stands earlier in this manifest; send it once", "work", key, index))
        weights[key] = weight
    works = sorted(weights)
    return TrainingPart(works, [weights[work] for work in works]), faults[:FAULTS_LISTED_MAX]


class _TrainingFault(Exception):
    def __init__(self, field: str, message: str, work: str | None) -> None:
        self.field, self.message, self.work = field, message, work


def _work(row: object) -> tuple[str, int]:
    if not isinstance(row, dict):
        raise _TrainingFault("", 'a work is an object such as {"work": "isrc:…", "weight": "3.5"}', None)
    work = row.get("work")
    named = work if isinstance(work, str) else None
    if unknown := [name for name in row if name not in _FIELDS]:
        raise _TrainingFault(str(unknown[0]), "unknown field; remove it or correct its name", named)
    field = "work"
    try:
        key = work_key(work)
        field = "weight"
        return key, parse_weight(row.get("weight", "1"))
    except Rejected as error:
        raise _TrainingFault(field, error.detail, named) from error


def digest(run: RunIdentity, part: TrainingPart) -> str:
    """SHA-256 (hex) of a run's content."""
    return hashlib.sha256(orjson.dumps([list(run), part.works, part.weights])).hexdigest()


def told(part: TrainingPart) -> bytes:
    """What the digest of a dropped manifest is made of, part by part; whose run it is stands beside it."""
    return "\n".join(part.works).encode() + repr(part.weights).encode()


def dropped_digest(rows: Sequence[Any]) -> str:
    """The digest that the same works have where they are dropped in this order."""
    parts = (check(rows[first : first + RUN_SHARD_WORKS]) for first in range(0, len(rows), RUN_SHARD_WORKS))
    return hashlib.sha256(b"".join(map(told, parts))).hexdigest()


def dropped_pages(run: RunIdentity, works_digest: str) -> str:
    """What pages of a dropped manifest are called: by all they hold, for they are stored before it is known whether it is taken."""
    named = orjson.dumps([list(run), works_digest])
    return f"{run.run_id}/{hashlib.sha256(named).hexdigest()[:_DIGEST_NAMED]}"


def shards(works: int) -> int:
    """In how many partitions the works of a run are accrued."""
    return -(-works // RUN_SHARD_WORKS)


def paged(run: RunIdentity, part: TrainingPart, licensee: str) -> list[IntakePage]:
    """The pages of a run; raises `TooLarge` where one transaction does not hold them."""
    made = []
    for shard in range(shards(len(part.works))):
        rows = slice(shard * RUN_SHARD_WORKS, (shard + 1) * RUN_SHARD_WORKS)
        made += shard_pages(run, TrainingPart(part.works[rows], part.weights[rows]), licensee, shard)
    check_pages(made)
    return made


def shard_pages(run: RunIdentity, part: TrainingPart, licensee: str, shard: int) -> list[IntakePage]:
    """The pages of one of a run's partitions."""
    partition = Partition(TRAINING, licensee, run.run_id, shard)
    cut = halved(part, len(part.works), partial(encode, run), _part)
    return [IntakePage(partition, number, count, body) for number, (count, body) in enumerate(cut)]


def _part(whole: TrainingPart, first: int, last: int) -> TrainingPart:
    return TrainingPart(whole.works[first:last], whole.weights[first:last])


def encode(run: RunIdentity, part: TrainingPart) -> bytes:
    """One page of a run's works."""
    page = Writer()
    page.texts([orjson.dumps(list(run)).decode()])
    page.texts(part.works)
    page.integers(part.weights)
    return page.finish()


def decode(body: bytes) -> tuple[RunIdentity, TrainingPart]:
    """The inverse of `encode`."""
    page = ColumnReader(body)
    run = RunIdentity(*orjson.loads(page.texts()[0]))
    return run, TrainingPart(page.texts(), page.integers())


def accrue(partition: Partition, pages: Sequence[bytes]) -> tuple[RunIdentity, list[AccrualRow]]:
    """The rows of a training partition: each work is present once, with its weight."""
    runs: set[RunIdentity] = set()
    weights: dict[str, int] = {}
    total = 0
    for body in pages:
        run, part = decode(body)
        runs.add(run)
        weights.update(zip(part.works, part.weights, strict=True))
        total += sum(part.weights)
    if len(runs) != 1 or sum(weights.values()) != total:
        raise InvariantBroken(
            "conserved",
            f"{partition}: the pages hold {len(runs)} runs, and weights of {total} of which {sum(weights.values())} are the works'",
        )
    (run,) = runs
    return run, [_row(partition, run, work, weights) for work in sorted(weights)]


def _row(partition: Partition, run: RunIdentity, work: str, weights: Mapping[str, int]) -> AccrualRow:
    entry = TrainingEntry(run.trained_on, run.model, run.run_id, weights[work])
    return AccrualRow(work, str(partition), partition.reporter, run.run_id, (entry,))
