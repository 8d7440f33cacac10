"""What a whole settlement costs outside the store: from accrual rows in memory to files, for 50,000 and 200,000 lines.

Claims, prices, books, part files, their merge and every file of 20,000 payees but the PDFs. A second settlement in which
one work in a hundred changed is measured beside the first.
"""

import gc
import time
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from overtone.facts.rows import AccrualRow, UsageEntry
from overtone.mechanisms.shape import Month
from overtone.partitions import spread
from overtone.payout.manifest import Head
from overtone.rights.registry import Party, Work
from overtone.rights.versions import Entity, Version
from overtone.scales import Nano, Zepto
from overtone.settlement import books, part_file, rounds
from overtone.settlement.claims import Resolver
from overtone.settlement.deals import Deal
from overtone.settlement.entitlement import Pricing
from overtone.settlement.entries import merged
from overtone.settlement.residue import StandingResidue
from overtone.settlement.rounds import MonthOpening, Part
from overtone.settlement.snapshot import Snapshot
from overtone.settlement.work_month import WorkMonth
from overtone.steps.settlement.bank_files import Payers
from overtone.steps.settlement.emission import Inputs, emit
from tests.benchmarks import first_version
from tests.benchmarks.settlement_files import PAYER, StateSink

RUNS: Final = 3
"""Of the large settlement, today's and the first version's by turns; the least counts, since what else a machine does only adds to it."""
PAYEES: Final = 20_000
BUCKETS: Final = 64
LINES: Final = (50_000, 200_000)
CHANGED: Final = 100
"""One work in so many has new usage in the second settlement."""
_RECORDED: Final = "2026-01-01T00:00:00.000000Z"
_ALLOW: Final = {"training": {"default": "allow"}, "generation": {"default": "allow"}}


class World(NamedTuple):
    """Facts and registry of a month."""

    snapshot: Snapshot
    works: dict[int, list[WorkMonth]]
    parties: dict[str, Entity[Party]]


class Settled(NamedTuple):
    """A settlement's figures, and what the next one starts from."""

    cpu_seconds: float
    lines: int
    books: dict[int, list[bytes]]
    state: StateSink


def _entity(name: str, content: Any, first_day: str = "0001-01-01") -> Entity[Any]:
    return Entity(name, name, (Version(1, first_day, _RECORDED, name, content),))


def _work(number: int) -> WorkMonth:
    quantity, revenue = 310_000_000 * (1 + number % 97), 10**20 * (3 + number % 89)
    day = f"2026-10-{1 + number % 30:02d}"
    entry = UsageEntry(day, "output", "m", "stream", "SE", "EUR", 9, Nano(quantity), Zepto(revenue))
    key = f"work:w{number}"
    return WorkMonth(key, (AccrualRow(key, "usage#lab#2026-10-03#0000", "lab", "output:g", (entry,)),), (), ())


def world(lines: int, payees: int = PAYEES) -> World:
    """Half as many works as lines, each owned by two of the payees, under one open deal."""
    payout = {"currency": "EUR", "method": "sepa", "iban": PAYER.iban, "bic": PAYER.bic, "threshold": "1"}
    party = Party.model_validate({"name": "Musiker", "kind": "creator", "country": "SE", "payout": payout})
    parties = {name: _entity(name, party) for name in (f"p{number:06d}" for number in range(payees))}
    works, by_bucket = {}, {bucket: list[WorkMonth]() for bucket in range(BUCKETS)}
    for number in range(lines // 2):
        owners = (f"p{number % payees:06d}", f"p{(number * 7 + 1) % payees:06d}")
        shares = [{"party": owner, "share": share} for owner, share in zip(owners, ("0.6", "0.4"), strict=True)]
        content = {"title": f"Sång {number}", "kind": "recording", "shares": shares, "permissions": _ALLOW}
        works[f"w{number}"] = _entity(f"w{number}", Work.model_validate(content))
        by_bucket[spread(f"work:w{number}", BUCKETS)].append(_work(number))
    terms = [{"mechanism": "per_output", "revenue_share": "0.2"}]
    deal = Deal.model_validate({"licensee": "lab", "currency": "EUR", "from": "2026-01-01", "terms": terms})
    deals = {"open": _entity("open", deal, "2026-01-01")}
    snapshot = Snapshot(works=works, by_key={}, parties=parties, deals=deals, cutoff="2027-01-01")
    return World(snapshot, by_bucket, parties)


def settle(facts: World, settlement_id: str, before: Settled | None = None) -> Settled:
    """One settlement; after `before`, one work in a hundred has twice the usage and only those are computed."""
    started = time.process_time()
    prices = Pricing(Resolver(facts.snapshot), last_day="2026-10-31")
    sets = {bucket: Part(prices, _changed(works) if before else works) for bucket, works in facts.works.items()}
    opening = MonthOpening(prices, Month("2026-10", "2026-10-31", "2026-10", {}, {}))
    sums = rounds.merged(part.measured() for part in sets.values())
    totals = rounds.opened({"2026-10": opening}, {"2026-10": sums}, StandingResidue({}))["2026-10"]
    parts, kept, count = [], {}, 0
    for bucket, part in sets.items():
        result = rounds.together(part.entitled(totals))
        old = before.books[bucket] if before else ()
        touched = {work.key for work in part.works} if before else None
        settled_by, columns = "2026-10" if before else "", result.columns
        posted = books.post(settlement_id, result.postings, result.titles, old, touched=touched, settled_by=settled_by, columns=columns)
        kept[bucket] = posted.book
        count += len(posted.lines)
        parts.append(list(part_file.encode({}, [], posted.lines)))
    sink = _emit(facts, settlement_id, parts, before)
    return Settled(time.process_time() - started, count, kept, sink)


def _changed(works: Iterable[WorkMonth]) -> list[WorkMonth]:
    def doubled(work: WorkMonth) -> WorkMonth:
        row = work.usage[0]
        return work._replace(usage=(row, row._replace(partition="usage#lab#2026-10-04#0000")))

    return [doubled(work) for work in works if int(work.key[6:]) % CHANGED == 0]


def _emit(facts: World, settlement_id: str, parts: list[list[bytes]], before: Settled | None) -> StateSink:
    entries = merged(part_file.decode(iter(part)).blocks for part in parts)
    state = before.state.kept.contents if before else {}
    sink = StateSink()
    emit(
        Inputs(
            Head(settlement_id, settlement_id, "2026-12-05T00:00:00.000000Z"),
            entries,
            lambda ids: {name: facts.parties[name] for name in ids if name in facts.parties},
            balances=state.get("state/balances.ndjson", b"").splitlines(),
            suspense=state.get("state/suspense.ndjson", b"").splitlines(),
            trial=state.get("trial_balance.csv", b""),
            payers=Payers(PAYER),
        ),
        sink,
    )
    return sink


def run() -> dict[str, object]:
    """CPU seconds by lines, their ratio, and what a second settlement with 1% changed costs beside the first."""
    before = gc.get_threshold()
    gc.set_threshold(*first_version.COLLECTED_AFTER_TODAY)
    try:
        small = settle(world(LINES[0]), "2026-10")
        facts = world(LINES[1])
        large = settle(facts, "2026-10")
        second = settle(facts, "2026-11", large)
    finally:
        gc.set_threshold(*before)
    turns = [(first_version.cpu_seconds_today(LINES[1], PAYEES), first_version.cpu_seconds(LINES[1], PAYEES)) for _ in range(RUNS)]
    today, first = min(now for now, _ in turns), min(then or 0.0 for _, then in turns)
    return {
        "lines": [small.lines, large.lines],
        "payees": PAYEES,
        "lines_200k.cpu_seconds": round(today * 200_000 / LINES[1], 2),
        "vs_first_version": round(first / today, 2) if first else None,
        "first_version.cpu_seconds": round(first, 2) if first else None,
        "cpu_seconds": [round(small.cpu_seconds, 2), round(large.cpu_seconds, 2)],
        "ratio_cpu": round(large.cpu_seconds / small.cpu_seconds, 2),
        "ratio_lines": LINES[1] / LINES[0],
        "second_lines": second.lines,
        "second_cpu_seconds": round(second.cpu_seconds, 2),
        "second_over_first": round(second.cpu_seconds / large.cpu_seconds, 4),
    }
