"""What a what-if costs beside a settlement without its files: 100,000 payees, a million accrual rows, outside the store.

Both price the same works. A settlement then posts: books and part files of every line, zipped; a what-if keeps its lines as a zipped book,
reads it and the sealed one back, adds both worlds up and makes the result's document.
"""

import gc
import gzip
import time
from collections.abc import Callable
from typing import Any, Final

from overtone.mechanisms.shape import Month
from overtone.scenarios import comparison, outcome
from overtone.scenarios.comparison import Comparison
from overtone.scenarios.viewer import Viewer
from overtone.settlement import books, part_file, rounds
from overtone.settlement.books import BookEntry, in_order
from overtone.settlement.claims import Resolver
from overtone.settlement.entitlement import Pricing
from overtone.settlement.pricing_facts import Entitled
from overtone.settlement.residue import StandingResidue
from overtone.settlement.rounds import MonthOpening, Part
from overtone.settlement.work_month import WorkMonth
from overtone.stores.line_objects import WORKING_LEVEL, zipped
from tests.benchmarks import settlement

PAYEES: Final = 100_000
ROWS: Final = 1_000_000
ROWS_PER_WORK: Final = 5
"""Partitions that each work is in."""
ABOUT: Final = {"what_if_id": "bench", "months": ["2026-10"], "change": []}
Books = dict[int, bytes]
"""Zipped, by bucket."""


def _priced(facts: settlement.World, keep: Callable[[int, Entitled, Part], None]) -> None:
    """Measure all parts, open the pools, price each part and let it be kept."""
    prices = Pricing(Resolver(facts.snapshot), last_day="2026-10-31")
    parts = {bucket: Part(prices, works) for bucket, works in facts.works.items()}
    opening = MonthOpening(prices, Month("2026-10", "2026-10-31", "2026-10", {}, {}))
    sums = rounds.merged(part.measured() for part in parts.values())
    totals = rounds.opened({"2026-10": opening}, {"2026-10": sums}, StandingResidue({}))["2026-10"]
    for bucket, part in parts.items():
        keep(bucket, rounds.together(part.entitled(totals)), part)


def world(rows: int, payees: int) -> settlement.World:
    """Works with two owners each, used in several partitions."""
    facts = settlement.world(2 * rows // ROWS_PER_WORK, payees)
    days = [f"usage#lab#2026-10-{day:02d}#0000" for day in range(1, ROWS_PER_WORK + 1)]

    def used(work: WorkMonth) -> WorkMonth:
        (row,) = work.usage
        return work._replace(usage=tuple(row._replace(partition=day) for day in days))

    return facts._replace(works={bucket: [used(work) for work in works] for bucket, works in facts.works.items()})


def settled(facts: settlement.World) -> tuple[float, Books, int]:
    """A settlement without its files: CPU seconds, its books, its lines."""
    kept, started = Books(), time.process_time()
    count = 0

    def keep(bucket: int, result: Entitled, _part: Part) -> None:
        nonlocal count
        posted = books.post("2026-10", result.postings, result.titles, (), touched=None, settled_by="", columns=result.columns)
        kept[bucket] = zipped(posted.book)
        count += len(posted.lines)
        zipped(part_file.encode(result.pools_paid, result.breaches, posted.lines))

    _priced(facts, keep)
    return time.process_time() - started, kept, count


def _lines(book: bytes) -> list[bytes]:
    return gzip.decompress(book).splitlines(keepends=True)


def asked(facts: settlement.World, sealed: Books) -> tuple[float, dict[str, Any]]:
    """A what-if on the same facts: CPU seconds, and its result."""
    compared, started = Comparison(Viewer()), time.process_time()

    def keep(bucket: int, result: Entitled, part: Part) -> None:
        texts = (BookEntry(key, result.postings[key], "").encode() for key in in_order(result.postings))
        mine = zipped(texts, WORKING_LEVEL)
        compared.places = comparison.places_of(part.works)
        compared.add(comparison.of_books(_lines(sealed[bucket]), _lines(mine)))

    _priced(facts, keep)
    result = outcome.document(ABOUT, compared, lambda ids: dict.fromkeys(ids, ""))
    return time.process_time() - started, result


def run() -> dict[str, object]:
    """CPU seconds of both, and their ratio."""
    before = gc.get_threshold()
    gc.set_threshold(200_000, 20, 50)  # as the settlement function does
    try:
        facts = world(ROWS, PAYEES)
        gc.freeze()  # a function holds a part at a time: the month that stands in memory here is not its to look through
        seconds, sealed, lines = settled(facts)
        what_if_seconds, result = asked(facts, sealed)
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)
    (money,) = result["currencies"]
    return {
        "rows": ROWS,
        "payees": money["payees_total"],
        "lines": lines,
        "settlement_cpu_seconds": round(seconds, 2),
        "what_if_cpu_seconds": round(what_if_seconds, 2),
        "what_if_over_settlement": round(what_if_seconds / seconds, 3),
        "moved": money["moved"]["gained"],
    }
