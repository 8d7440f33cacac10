"""A settlement beside polars doing the same joins and sums, and beside writing its lines as CSV and nothing else: same data, same digits.

What polars does is the arithmetic alone: it joins uses with owners and adds up. Ours resolves claims and terms, keeps books, and is
compared twice: as far as the lines, and with every file. The csv module's time over the same cells is the floor of the latter.
"""

import csv
import gc
import hashlib
import importlib.util
import io
import os
import time
from collections.abc import Iterable
from typing import Any, Final

from overtone.facts.rows import UsageEntry
from overtone.lines import Line
from overtone.mechanisms.shape import Month
from overtone.settlement import books, rounds
from overtone.settlement.claims import Resolver
from overtone.settlement.entitlement import Pricing
from overtone.settlement.residue import StandingResidue
from overtone.settlement.rounds import MonthOpening, Part
from tests.benchmarks import settlement
from tests.line_rows import row_of

LINES: Final = 100_000
PAYEES: Final = 10_000
REVENUE_TENTHS: Final = 2
"""The deal's share of revenue (see `settlement.world`)."""
_WHOLE: Final = 10**18
"""Revenue in 1e-21 times a share in 1e-9 is 1e18 times as fine as an amount in 1e-12."""
Owed = tuple[str, str, int]
"""Party, work, amount in 1e-12."""


def _lines(facts: settlement.World) -> list[Line]:
    """As `settlement.settle`, as far as the lines."""
    prices = Pricing(Resolver(facts.snapshot), last_day="2026-10-31")
    sets = {bucket: Part(prices, works) for bucket, works in facts.works.items()}
    opening = MonthOpening(prices, Month("2026-10", "2026-10-31", "2026-10", {}, {}))
    sums = rounds.merged(part.measured() for part in sets.values())
    totals = rounds.opened({"2026-10": opening}, {"2026-10": sums}, StandingResidue({}))["2026-10"]
    found: list[Line] = []
    for part in sets.values():
        result = rounds.together(part.entitled(totals))
        found += books.post("2026-10", result.postings, result.titles, (), touched=None, settled_by="", columns=result.columns).lines
    return found


def _frames(facts: settlement.World) -> Any:
    """Uses and owners as polars finds them in memory."""
    import polars as pl  # noqa: PLC0415 - only where it is installed

    works = [work for works in facts.works.values() for work in works]
    uses = [(work.key[5:], entry.revenue) for work in works for row in work.usage for entry in row.entries if isinstance(entry, UsageEntry)]
    owners = []
    for work in works:
        if (entity := facts.snapshot.entity(work.key[5:])) is not None:
            owners += [(entity.id, share.party, share.share) for share in entity.latest.content.shares]
    used, owned = {"work": pl.String, "revenue": pl.Int128}, {"work": pl.String, "party": pl.String, "share": pl.Int64}
    return pl, pl.DataFrame(uses, used, orient="row"), pl.DataFrame(owners, owned, orient="row")


def _polars(pl: Any, uses: Any, owners: Any) -> Any:
    """Amounts by party and work, and by party."""
    joined = uses.group_by("work").agg(pl.col("revenue").sum()).join(owners, on="work", how="inner")
    amount = joined.with_columns((pl.col("revenue") * pl.col("share") * REVENUE_TENTHS // (10 * _WHOLE)).alias("amount"))
    lines = amount.group_by("party", "work").agg(pl.col("amount").sum())
    return lines, lines.group_by("party").agg(pl.col("amount").sum())


def _digest(rows: Iterable[Owed]) -> str:
    return hashlib.sha256(repr(sorted(rows)).encode()).hexdigest()[:16]


def run() -> dict[str, Any]:
    """CPU seconds of each, and how they compare."""
    before = gc.get_threshold()
    gc.set_threshold(1_000_000, 50, 1_000)  # as the settlement function does
    try:
        return {"contenders": _contend()}
    finally:
        gc.set_threshold(*before)


def _contend() -> dict[str, Any]:
    facts = settlement.world(LINES, PAYEES)
    whole = settlement.settle(facts, "2026-10").cpu_seconds
    lines, sums = _timed(lambda: _lines(facts))
    cells = [row_of(line) for line in lines]
    _, floor = _timed(lambda: csv.writer(io.StringIO(), lineterminator="\n").writerows(cells))
    figures = {
        "lines": len(lines),
        "cpu_seconds": round(whole, 2),
        "as_far_as_lines.cpu_seconds": round(sums, 2),
        "csv_floor.cpu_seconds": round(floor, 3),
        "of_csv_floor": round(floor / whole, 4),
        "digest": _digest((line.key.party_id, line.key.work_id, line.posting.amount) for line in lines),
    }
    if importlib.util.find_spec("polars") is None:
        return figures | {"polars.left_out": "polars is not installed; see requirements-bench.txt"}
    os.environ["POLARS_MAX_THREADS"] = "1"
    pl, uses, owners = _frames(facts)
    (theirs, _), joined = _timed(lambda: _polars(pl, uses, owners))
    digest = _digest(theirs.select("party", "work", "amount").iter_rows())
    if digest != figures["digest"]:
        raise AssertionError(f"polars says {digest}, ours {figures['digest']}")
    return figures | {"polars.cpu_seconds": round(joined, 3), "of_polars": round(joined / sums, 4)}


def _timed(work: Any) -> tuple[Any, float]:
    started = time.process_time()
    found = work()
    return found, time.process_time() - started
