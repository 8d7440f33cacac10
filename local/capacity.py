"""Limits on paper: at which monthly volume each part of a stack is met, from AWS's quotas, what was counted and what was measured.

Units per record are those of `docs/costs.json`; speeds and sizes are constants here, as `make bench` measures them on one core. Every
figure is of the long tail, which asks most, and of the default settings; the last column says what lifts it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from local import costs
from local.blocks import table, template
from overtone.facts.limits import DISCLOSURE_SHARDS
from overtone.facts.segment_list import CELL_ROWS_MAX

if TYPE_CHECKING:
    from local.costs import Counted

KEY_WRITE_UNITS: Final = 1_000
TABLE_WRITE_UNITS: Final = 40_000
"""Per second: of one partition key, and of one table before its quota is raised."""
LAMBDA_SECONDS: Final = 900
MONTH_SECONDS: Final = 30 * 24 * 3_600
SHARDS_MAX: Final = 64
ACCRUED_PER_SECOND: Final = 140_000
"""Records of the long tail that a worker accrues per CPU second, pages included."""
ACCRUAL_MB_PER_MILLION: Final = 800
ENTRIES_PER_RECORD: Final = 15
"""Of the long tail: an output owes 16 works, and hardly any is met twice in one way."""
ENTRY_BYTES: Final = 600
"""Of one entry while a settlement computes its part."""
PAYEES_PER_SECOND: Final = 3_000
"""Payees of five lines that are booked per second of CPU and calls, where each has a balance; what they are given is written by ranges."""
DISCLOSURE_LIST_BYTES: Final = 350_000
"""The list of the segments of one way of outputs is one item."""
CELL_BYTES: Final = 300
"""Of that list, for half a million outputs: some six segments, each as a digest and four numbers (see `facts.segment_list`)."""
PLANNED_PER_SECOND: Final = 5_000
"""Changed works that a plan reads and parses per second, its calls one after the other."""


class Limit(NamedTuple):
    """A part, what limits it, at how many records (or payees) a month it is met, and what lifts it."""

    part: str
    why: str
    monthly: int
    of: str
    lifted: str


def limits() -> list[Limit]:
    """Every part, the first that is met first."""
    found = costs.counts()
    daily, quarterly = (found.slices["long_tail", feed][-1] for feed in costs.FEEDS)
    parameters = template()["Parameters"]
    buckets, workers = int(parameters["LedgerBuckets"]["Default"]), int(parameters["AccrualWorkers"]["Default"])
    listed = [*_accrual(daily, quarterly, workers), *_settlement(buckets), _disclosures()]
    return sorted(listed, key=lambda limit: limit.monthly)


def _accrual(daily: Counted, quarterly: Counted, workers: int) -> list[Limit]:
    memory = _memory("Accrue")
    largest = min(memory * costs.MILLION // ACCRUAL_MB_PER_MILLION, LAMBDA_SECONDS * ACCRUED_PER_SECOND)
    again = quarterly.units["accrual"].write_units // daily.units["accrual"].write_units + 1
    return [
        Limit(
            "accept one reporter's day",
            f"{KEY_WRITE_UNITS:,} write units per second on the key of a day's shard",
            KEY_WRITE_UNITS * MONTH_SECONDS * daily.records // daily.units["ingest"].write_units,
            "records of one reporter without shards",
            "`shards`, up to 64",
        ),
        Limit(
            "accrue one reporter's day",
            f"a partition of {largest:,} records fills {memory:,} MB",
            largest * SHARDS_MAX * costs.DAYS,
            "records of one reporter, 64 shards",
            "`MemorySize` of Accrue up to 10,240; a second reporter id",
        ),
        Limit(
            "accrue all",
            f"{workers} workers, each record accrued {again} times as batches come every 15 minutes",
            workers * ACCRUED_PER_SECOND * MONTH_SECONDS // again,
            "records",
            "`AccrualWorkers`",
        ),
        Limit(
            "write accruals",
            f"{TABLE_WRITE_UNITS:,} write units per second of a table",
            TABLE_WRITE_UNITS * MONTH_SECONDS * quarterly.records // quarterly.units["accrual"].write_units,
            "records, batches every 15 minutes",
            "the account's quota",
        ),
    ]


def _settlement(buckets: int) -> list[Limit]:
    memory = _memory("Settlement")
    entries = memory * 1_000_000 // ENTRY_BYTES
    payees = LAMBDA_SECONDS * PAYEES_PER_SECOND
    return [
        Limit(
            "settle a part of a month",
            f"{entries:,} entries fill {memory:,} MB; {ENTRIES_PER_RECORD} per record of the long tail",
            entries * buckets // ENTRIES_PER_RECORD,
            "records of the long tail",
            "`LedgerBuckets` up to 1,024 before the first accrual (4 times), `MemorySize` of Settlement up to 10,240 (3 times)",
        ),
        Limit(
            "write the books",
            f"one function books {payees:,} payees of five lines in {LAMBDA_SECONDS:,} seconds",
            payees,
            "payees with five lines each",
            "nothing yet: the books of all payees are one pass; their statements are not",
        ),
        Limit(
            "plan a settlement",
            f"one function reads {LAMBDA_SECONDS * PLANNED_PER_SECOND:,} changed works in {LAMBDA_SECONDS:,} seconds",
            LAMBDA_SECONDS * PLANNED_PER_SECOND,
            "works changed since the one before; however many are registered",
            "nothing yet; a first settlement asks about none",
        ),
    ]


def _disclosures() -> Limit:
    cells = DISCLOSURE_LIST_BYTES // CELL_BYTES
    return Limit(
        "disclose outputs",
        f"a list of {cells:,} cells of half a million outputs fills an item, in each of {DISCLOSURE_SHARDS} ways",
        cells * (CELL_ROWS_MAX // 2) * DISCLOSURE_SHARDS,
        "outputs disclosed in all",
        "`DISCLOSURE_SHARDS` before the first disclosure",
    )


def _memory(function: str) -> int:
    """A function's memory in MB, as the template says."""
    return int(template()["Resources"][function]["Properties"]["MemorySize"])


def capacity_table() -> str:
    """README's table."""
    rows = ((one.part, one.why, f"{one.monthly:,} {one.of}", one.lifted) for one in limits())
    return table(("part", "what limits it", "met in a month of", "what lifts it"), rows)
