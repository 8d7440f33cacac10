"""Accrual: exact, conserved, and the same however the facts arrived."""

from collections import Counter
from itertools import chain
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overtone.errors import InvariantBroken
from overtone.facts import accrual, sheets
from overtone.facts.accrual import Counts, Disclosure, PageOfUsage
from overtone.facts.rows import NO_CONFIDENCE, UsageEntry
from overtone.facts.usage import Records
from overtone.money import NANO, parse_amount
from overtone.partitions import Partition
from overtone.scales import Nano, Zepto
from tests.unit.usage_strategies import records

DAY = "2026-10-03"
PARTITION = Partition("usage", "fox", DAY, 0)
SHORT = st.sampled_from(["r-1", "r-2", "r-3"])


@st.composite
def disclosures(draw: st.DrawFn) -> dict[str, Disclosure]:
    found = {}
    for number in draw(st.sets(st.integers(0, 4))):
        works = draw(st.lists(st.sampled_from(["work:a", "work:b", "isrc:USRC17607839", "iswc:T0345246801"]), unique=True))
        left, shares = NANO, []
        for work in sorted(works):
            share = draw(st.integers(0, left))
            left -= share
            shares.append((work, share))
        found[f"gen-{number:06d}"] = Disclosure("m1", draw(st.integers(0, NANO)), shares)
    return found


def page(rows: list[dict[str, Any]], batch: str = "b", at: str = "2026-10-03T00:00:00Z") -> PageOfUsage:
    """A page of these rows, also where two of them could not have come in one batch."""
    read = [sheets.check(sheets.read_rows([row]), "fox", DAY).records for row in rows]
    return PageOfUsage(at, batch, 0, Records(*(list(chain(*columns)) for columns in zip(*read, strict=True))))


BATCHES = st.lists(st.lists(records(SHORT), min_size=1, max_size=8), min_size=1, max_size=5)


def pages_of(batches: list[list[dict[str, Any]]]) -> list[PageOfUsage]:
    return [page(rows, f"b-{number}", f"2026-10-03T00:00:{number:02d}Z") for number, rows in enumerate(batches)]


@given(BATCHES, disclosures(), st.randoms())
def test_the_order_of_arrival_and_replays_change_no_row(batches: list[Any], found: dict[str, Disclosure], rng: Any) -> None:
    read = pages_of(batches)
    once = accrual.accrue(PARTITION, read, [], found)
    shuffled = list(read)
    rng.shuffle(shuffled)
    assert accrual.accrue(PARTITION, shuffled, [], found) == once
    replay = [p._replace(batch=f"again-{p.batch}", accepted_at=f"2027{p.accepted_at}") for p in read]
    twice = accrual.accrue(PARTITION, [*shuffled, *replay], [], found)
    assert twice.rows == once.rows
    if not once.counts().conflicts:
        late = [p._replace(accepted_at=rng.choice("123")) for p in read]
        assert accrual.accrue(PARTITION, late, [], found).rows == once.rows


@given(BATCHES, disclosures())
def test_how_records_were_cut_into_batches_changes_no_row(batches: list[Any], found: dict[str, Disclosure]) -> None:
    single = [page([row], f"b-{n}-{m}") for n, rows in enumerate(batches) for m, row in enumerate(rows)]
    assert accrual.accrue(PARTITION, single, [], found).rows == accrual.accrue(PARTITION, pages_of(batches), [], found).rows


@given(BATCHES, disclosures())
def test_what_was_reported_is_attributed_or_unattributed(batches: list[Any], found: dict[str, Disclosure]) -> None:
    best: dict[tuple[str, str], tuple[Any, ...]] = {}
    for rows in batches:
        for row in rows:
            revenue = parse_amount(row["revenue"]) if "revenue" in row else 0
            content = (row["revision"], row["quantity"], row["use"], revenue, row.get("currency", ""), row["territory"])
            before = best.get((row["subject"], row["record_id"]))
            best[row["subject"], row["record_id"]] = content if before is None or content[0] > before[0] else before
    done = accrual.accrue(PARTITION, pages_of(batches), [], found)
    entries = [entry for row in done.rows for entry in row.entries if isinstance(entry, UsageEntry)]
    assert sum(entry.quantity for entry in entries) == NANO * sum(content[1] for content in best.values())
    reported: Counter[str] = Counter()
    for content in best.values():
        reported[content[4]] += content[3] if content[1] else 0
    assert {c: done.revenue.get(c, 0) for c in ("USD", "SEK")} == {c: reported[c] for c in ("USD", "SEK")}
    for currency in ("USD", "SEK"):
        assert sum(entry.revenue for entry in entries if entry.currency == currency) == NANO * reported[currency]
    assert done.counts().total() == sum(len(p.records.record_id) for p in pages_of(batches))
    assert done.counts().accrued + done.counts().waiting == len(best)


@given(BATCHES, disclosures())
def test_a_withdrawn_batch_counts_as_if_it_had_not_been_sent(batches: list[Any], found: dict[str, Disclosure]) -> None:
    read = pages_of(batches)
    without = accrual.accrue(PARTITION, read, ["b-0"], found)
    assert without.rows == accrual.accrue(PARTITION, read[1:], [], found).rows
    assert without.batches["b-0"].withdrawn == len(read[0].records.record_id)
    assert without.counts().total() == sum(len(p.records.record_id) for p in read)


@given(BATCHES, disclosures())
def test_shapley_s_axioms_hold(batches: list[Any], found: dict[str, Disclosure]) -> None:
    null = {output: d._replace(shares=[*d.shares, ("work:null", 0)]) for output, d in found.items()}
    done = accrual.accrue(PARTITION, pages_of(batches), [], null)
    assert "work:null" not in {row.work_key for row in done.rows}
    twins = {output: d._replace(shares=[("work:x", NANO // 2), ("work:y", NANO // 2)]) for output, d in found.items()}
    by_work = {row.work_key: row.entries for row in accrual.accrue(PARTITION, pages_of(batches), [], twins).rows}
    assert by_work.get("work:x") == by_work.get("work:y")


def one(**changed: object) -> dict[str, Any]:
    row = {"record_id": "r-1", "subject": "output:gen-1", "use": "stream", "used_on": DAY, "quantity": 3, "territory": "SE"}
    return row | {"revenue": "0.3", "currency": "USD"} | changed


def test_a_recording_played_itself_is_its_own_and_a_track_without_disclosure_is_nobody_s() -> None:
    done = accrual.accrue(PARTITION, [page([one(), one(subject="isrc:USRC17607839")])], [], {})
    assert {row.work_key: row.entries for row in done.rows} == {
        "isrc:USRC17607839": (UsageEntry(DAY, "play", "", "stream", "SE", "USD", NO_CONFIDENCE, Nano(3 * NANO), Zepto(3 * 10**20)),),
        "unattributed": (UsageEntry(DAY, "output", "", "stream", "SE", "USD", NO_CONFIDENCE, Nano(3 * NANO), Zepto(3 * 10**20)),),
    }
    assert (done.counts().accrued, done.counts().waiting, done.undisclosed) == (1, 1, {"output:gen-1"})


def test_confidence_is_floored_to_one_decimal() -> None:
    for confidence, band in ((0, 0), (99_999_999, 0), (100_000_000, 1), (NANO - 1, 9), (NANO, 10)):
        done = accrual.accrue(PARTITION, [page([one()])], [], {"gen-1": Disclosure("m", confidence, [("work:a", NANO)])})
        assert [entry.band for row in done.rows for entry in row.entries if isinstance(entry, UsageEntry)] == [band]


def test_a_higher_revision_replaces_and_quantity_zero_voids() -> None:
    done = accrual.accrue(PARTITION, [page([one(), one(revision=2, quantity=0, revenue="0"), one(revision=1, quantity=9)])], [], {})
    assert (done.rows, done.voided, done.counts().superseded) == ([], 1, 2)


def test_of_one_revision_the_first_stands_and_other_content_is_a_conflict() -> None:
    first, again = page([one(quantity=5)], "z", "2026-10-03T00:00:01Z"), page([one(quantity=9)], "a", "2026-10-03T00:00:02Z")
    same = page([one(quantity=5, revenue="0.30")], "b", "2026-10-03T00:00:03Z")
    done = accrual.accrue(PARTITION, [again, same, first], [], {})
    assert done.quantity == 5
    assert {batch: counts.encode() for batch, counts in done.batches.items()} == {
        "z": Counts(waiting=1).encode(),
        "a": Counts(conflicts=1).encode(),
        "b": Counts(duplicates=1).encode(),
    }
    later = page([one(quantity=2, revision=1)], "c", "2026-10-03T00:00:04Z")
    done = accrual.accrue(PARTITION, [later, again, same, first], [], {})
    kept = {batch: counts.encode() for batch, counts in done.batches.items()}
    standing = {"z": Counts(superseded=1), "a": Counts(conflicts=1), "b": Counts(duplicates=1), "c": Counts(waiting=1)}
    assert (done.quantity, kept) == (2, {batch: counts.encode() for batch, counts in standing.items()})
    assert Counts(*[1, 2, 3, 4, 5]).conflicts == 0  # as the first version kept them


def test_shares_beyond_one_whole_break_the_invariant_before_anything_is_written() -> None:
    with pytest.raises(InvariantBroken, match="conserved"):
        accrual.accrue(PARTITION, [page([one()])], [], {"gen-1": Disclosure("m", 0, [("work:a", NANO), ("work:b", 1)])})


def test_a_row_names_for_each_model_and_use_what_shows_it() -> None:
    played, key = "isrc:USRC17607839", "isrc:USRC17607839"
    found = {name: Disclosure(model, NANO, [(key, NANO)]) for name, model in (("a-1", "a"), ("b-2", "b"), ("b-1", "b"))}
    sent = [
        one(subject=played),
        *(one(subject=f"output:{name}") for name in found),
        one(record_id="r-2", subject="output:a-1", use="generation"),
    ]
    (row,) = accrual.accrue(PARTITION, [page(sent)], [], found).rows
    shown = {(entry.kind, entry.model, entry.use): row.evidence(entry) for entry in row.entries if isinstance(entry, UsageEntry)}
    assert shown == {
        ("play", "", "stream"): played,
        ("output", "a", "stream"): "output:a-1",
        ("output", "a", "generation"): "output:a-1",
        ("output", "b", "stream"): "output:b-1",
    }
