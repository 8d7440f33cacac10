"""Totals are named by fields: any name of a model stays whole, and what the first version stored is still read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overtone.errors import InvariantBroken
from overtone.lines import PARTY, SUSPENSE, Line, LineKey
from overtone.mechanisms import older_totals
from overtone.mechanisms.totals import CARRIED, NO_TERM, Pool, Purse, TotalKey, Totals
from overtone.settlement import entries, part_file, rounds
from overtone.settlement.entries import Entry, line_of
from overtone.settlement.line_columns import PostedLines
from overtone.stores import books as book_store
from tests.unit.settled import posted
from tests.unit.stories import Story

SAMPLES = Path(__file__).parent.parent / "samples" / "format-1"
TEXT = st.text(max_size=12)
KEYS = st.builds(TotalKey, TEXT, TEXT, st.integers(0, 20), TEXT, TEXT, TEXT, TEXT)
NUMBERS = st.dictionaries(KEYS, st.integers(-(10**40), 10**40), max_size=6)


def sample(name: str) -> Any:
    return json.loads((SAMPLES / name).read_text(encoding="utf-8"))


@given(NUMBERS, NUMBERS, st.lists(st.builds(Pool, KEYS, TEXT, st.integers(0, 10**30), KEYS, TEXT), max_size=4))
def test_totals_come_back_as_they_were_whatever_they_are_called(sums: Any, notes: Any, pools: list[Pool]) -> None:
    totals = Totals()
    totals.sums, totals.notes = sums, notes
    for pool in pools:
        totals.open_pool(pool)
    again = Totals.from_json(json.loads(json.dumps(totals.to_json())))
    assert (again.sums, again.notes, again.pools) == (sums, notes, totals.pools)


@pytest.mark.parametrize("model", ["v1|rc2", "v1|basis", "|", "a|owed|USD", "fee"])
def test_a_model_may_be_called_anything(model: str) -> None:
    weak = {"min": "0.6", "fallback": "training"}
    story = Story().party("ann").work("song", {"ann": "1"})
    story.deal("d", "ann", {"mechanism": "per_output", "rate": "2", "confidence": weak, "unattributed": True})
    story.trained("run", {"song": "1"}, model).output("o", {"song": "0.5"}, "0.9", model).used("o", 10)
    assert story.settled().paid() == {("ann", "song"): "20"}


def test_sums_are_listed_by_term_and_kind() -> None:
    totals = Totals()
    mine, others = TotalKey("d", "m", 0, "k", of="b"), TotalKey("d", "m", 1, "k", of="a")
    totals.add(mine, 1)
    assert list(totals.sums_of(mine.term, "k")) == [(mine, 1)]
    totals.add(mine._replace(of="a"), 2)
    totals.add(others, 3)
    totals.add(mine._replace(kind="other"), 4)
    assert list(totals.sums_of(mine.term, "k")) == [(mine._replace(of="a"), 2), (mine, 1)]


# --- what the first version stored


def test_totals_of_format_1_are_read() -> None:
    totals = older_totals.totals(sample("totals.json"))
    read = {(str(key), key.of, key.currency, key.party): value for key, value in totals.sums.items() if key.kind.startswith("fallback")}
    assert read[("deal per_output 0 fallback_basis m1|rc", "m1|rc", "", "")] == 5 * 10**17
    assert read[("deal per_output 0 fallback_by_rate m1|rc USD", "m1|rc", "USD", "")] == 7
    (pool,) = (pool for name, pool in totals.pools.items() if name.mechanism == "per_output")
    assert (pool.currency, pool.amount, totals[pool.basis]) == ("USD", 1_000_000_000_003, 5 * 10**17)
    assert [(found.name.mechanism, part) for found, part in totals.parts(pool.basis, 10**17)] == [("per_output", 200_000_000_000)]
    by_party = TotalKey("levy:tax", "levy", 2, "party", "unregistered:isrc:SEABC2600009")
    assert [found.name for found, _ in totals.parts(by_party, 1)] == [by_party._replace(kind="pool")]
    assert {name.kind for name, _ in totals.sums_of(NO_TERM, "read")} == {"read"}
    assert totals.sums[TotalKey(*NO_TERM, "limit_training", "fox", "run1")] == 3
    assert totals.notes[Purse("deal", "revenue_pool", 0, "EUR").joined] == 2
    assert {pool.month for pool in totals.pools.values()} == {"", "2026-12"}
    rounds.require_conserved("2026-10", totals, {"USD": 12})
    assert older_totals.purse("deal|revenue_pool|0|EUR").joined == TotalKey("deal", "revenue_pool", 0, CARRIED, currency="EUR")


def test_the_fee_of_a_run_is_shared_under_its_currency_whenever_it_was_measured() -> None:
    totals = older_totals.with_currencies(older_totals.totals(sample("totals.json")))
    (pool,) = (pool for name, pool in totals.pools.items() if name.mechanism == "training_run")
    assert (pool.basis.kind, pool.basis.currency, totals[pool.basis] > 0) == ("fee_basis", pool.currency, True)
    assert [name for name, _ in totals.sums_of(pool.basis.term, "fee_basis")] == [pool.basis]
    assert [part for _, part in totals.parts(pool.basis, totals[pool.basis])] == [pool.amount]
    assert older_totals.with_currencies(totals).to_json() == totals.to_json()


def test_books_of_format_1_are_read_and_stand_for_the_same_residue() -> None:
    standing = book_store.standing(sample("books.json"))
    purse = Purse("deal", "revenue_pool", 0, "EUR")
    assert dict(standing.of("2026-10")) == {}
    assert dict(standing.of("2026-11")) == {purse: 2}
    assert dict(standing.of("2026-12")) == {purse: 1, Purse("deal", "training_run", 1, "USD"): 5}


def test_a_line_of_a_part_of_format_1_is_found() -> None:
    texts = (SAMPLES / "part.ndjson").read_bytes().splitlines(keepends=True)
    line = part_file.find("0123456789abcdef0123", iter(texts))
    key = LineKey("2026-10", "deal", "per_output", "fox", "m1|rc", "work:song", "song", "recording", PARTY, "ann", "ann", "", "USD")
    assert line == Line("0123456789abcdef0123", key, "Song", posted(10**9, 2_000_000_000_000, 0), "")
    assert part_file.find("f" * 20, iter(texts)) is None


# --- parts of formats 2 to 4


WORDS = st.text(max_size=5)
PARTIES = st.sampled_from(["", "ann", "bo", "stim"])
LINE_KEYS = st.builds(LineKey, *[WORDS] * 8, st.sampled_from([PARTY, SUSPENSE]), PARTIES, PARTIES, *[WORDS] * 5)
POSTINGS = st.tuples(*[st.integers(-(10**40), 10**40)] * 3).map(lambda figures: posted(*figures))
PART_LINES = st.lists(st.builds(Line, WORDS, LINE_KEYS, WORDS, POSTINGS, WORDS), max_size=12, unique_by=lambda line: line.key)


def read(texts: list[bytes]) -> list[tuple[str, Line]]:
    return [owned(entry) for block in part_file.decode(iter(texts)).blocks for entry in block]


def owned(entry: Entry) -> tuple[str, Line]:
    return entry[0], line_of(entry)


@given(PART_LINES, st.integers(1, 5), st.integers(1, 4), st.integers(1, 4))
def test_parts_come_back_and_are_merged_in_order_whatever_is_in_them(lines: list[Line], size: int, count: int, read_on: int) -> None:
    """Blocks of any size, parts of any number: what is merged is what one sort of all entries says."""
    every = [(line.key.party_id, line) for line in lines]
    collected = (line for line in lines if line.key.account == PARTY and line.key.member_id not in {"", line.key.party_id})
    every += [(line.key.member_id, line) for line in collected]
    expected = sorted(every, key=lambda entry: (entry[0], entry[1].key))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(part_file, "BLOCK_LINES", size)
        parts = [list(part_file.encode({}, [], PostedLines.of(lines[number::count]))) for number in range(count)]
    assert sorted((entry for part in parts for entry in read(part)), key=lambda entry: (entry[0], entry[1].key)) == expected
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(entries, "READ_ON", read_on)
        assert list(map(owned, entries.merged(part_file.decode(iter(part)).blocks for part in parts))) == expected


def test_a_part_of_format_2_is_read_line_by_line() -> None:
    texts = (SAMPLES.parent / "format-2" / "part.ndjson").read_bytes().splitlines(keepends=True)
    part = part_file.decode(iter(texts))
    assert part.pools_paid == {TotalKey("deal", "per_output", 0, "fallback", of="m1|rc", currency="USD"): 3}
    assert [(breach.kind, breach.quantity, breach.amount) for breach in part.breaches] == [("denied", 5, 9)]
    assert [(owner, line.key.reason, line.posting) for owner, line in map(owned, entries.merged([part.blocks]))] == [
        ("", "unclaimed_share", posted(3, -7, 0)),
        ("ann", "", posted(10**9, 2 * 10**12, 0)),
        ("bo", "", posted(2 * 10**9, 10**30, 5)),
        ("stim", "", posted(2 * 10**9, 10**30, 5)),
    ]
    lines = [line for _, line in read(texts)]
    again = list(part_file.encode(part.pools_paid, part.breaches, PostedLines.of(dict.fromkeys(lines))))
    assert read(again) == read(texts)
    assert [part_file.find(line.line_id, iter(of)) for of in (texts, again) for line in lines] == lines * 2


def test_names_of_works_stand_beside_their_lines() -> None:
    """In format 3 they stood at the head of the part."""
    key = LineKey("2026-10", "deal", "per_output", "fox", "m1", "isrc:a", "a", "recording", PARTY, "ann", "ann", "", "USD")
    lines = [Line(f"{work * 20:20.20}", key._replace(work_id=work), "Song", posted(1, 2, 3), "") for work in "abc"]
    called = {"a": ["isrc:a", "iswc:a"], "c": ["isrc:c"]}
    texts = list(part_file.encode({}, [], PostedLines.of(lines), called))
    head, block = texts[0].replace(b'"format":4', b'"format":3'), json.loads(texts[1])[:-1]
    of_format_3 = [head.replace(b"}", b"," + json.dumps({"names": called}).encode()[1:-1] + b"}"), json.dumps(block).encode() + b"\n"]
    for part in (texts, of_format_3):
        rows = list(entries.merged([part_file.decode(iter(part)).blocks]))
        assert {row[entries.WORK_ID]: entries.names_in(row[entries.CALLED]) for row in rows} == {"b": [], **called}


def test_a_part_of_a_format_that_nobody_knows_is_refused() -> None:
    with pytest.raises(InvariantBroken, match="format 5"):
        part_file.decode(iter([b'{"format":5,"pools_paid":[],"breaches":[]}\n']))


def test_a_row_has_a_line_s_fields_where_it_says() -> None:
    key = LineKey("2026-10", "deal", "per_output", "fox", "m1", "isrc:a", "a", "recording", PARTY, "ann", "bo", "", "USD", "SE", "u", "svc")
    line = Line("0123456789abcdef0123", key, "Song", posted(1, 2, 3), "s0")
    row = entries.entry_of("bo", line, "isrc:a iswc:t")
    told = dict(zip(entries.FIELDS, row, strict=True))
    places = ("USAGE_MONTH", "WORK_ID", "PARTY_ID", "LINE_ID", "TITLE", "QUANTITY", "AMOUNT", "SHADOW", "ADJUSTS", "CALLED")
    assert {name: row[getattr(entries, name)] for name in places} == {name: told[name.lower()] for name in places}
    assert (row[0], line_of(row)) == ("bo", line)
    assert entries.whose(row) == ("fox", "ann", "bo")
