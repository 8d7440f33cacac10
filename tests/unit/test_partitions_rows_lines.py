import csv
import hashlib
import io
from functools import partial
from typing import get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overtone.api.answers import settlements
from overtone.facts.intake import partitioned
from overtone.facts.usage import Records
from overtone.formats import settlement_csv, statement_lines
from overtone.lines import NOTHING, PARTY, Line, LineKey, line_id
from overtone.partitions import Partition, bucket_of, spread
from overtone.payout import runs
from overtone.payout.files import csv_row
from overtone.payout.runs import TABLE_LINES, LineTable, TablePart, runs_of, tables
from overtone.settlement.books import BookEntry
from overtone.settlement.entries import entry_of
from tests.line_rows import row_of
from tests.unit.settled import owned, posted

SLUGS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._~-]{0,20}", fullmatch=True)
BIG = st.integers(-(10**40), 10**40)
TEXT = st.text(max_size=10)


@given(st.sampled_from(["usage", "training", "attribution"]), SLUGS, SLUGS, st.integers(0, 9999))
def test_a_partitions_id_reads_back(kind: str, reporter: str, scope: str, shard: int) -> None:
    partition = Partition(kind, reporter, scope, shard)
    assert Partition.parse(str(partition)) == partition


@given(st.text(), st.integers(1, 1024))
def test_a_bucket_is_one_of_the_buckets_and_always_the_same(text: str, ways: int) -> None:
    assert spread(text, ways) == spread(text, ways) < ways


def test_a_bucket_is_the_same_on_every_machine_and_forever() -> None:
    digest = hashlib.sha256(b"isrc:SEABC2600001").digest()
    assert spread("isrc:SEABC2600001", 64) == int.from_bytes(digest[:8], "big") % 64 == 23


def test_keys_are_spread_evenly() -> None:
    counts = [0] * 64
    for n in range(64_000):
        counts[spread(f"work:{n}", 64)] += 1
    assert min(counts) > 850
    assert max(counts) < 1_150


def test_works_are_spread_evenly_and_the_same_way_forever() -> None:
    counts = [0] * 256
    for n in range(256_000):
        counts[bucket_of(f"isrc:SEABC26{n:05d}", 256)] += 1
    assert min(counts) > 850
    assert max(counts) < 1_150
    assert bucket_of("isrc:SEABC2600001", 256) == 182


DAYS = st.sampled_from(["2026-10-01", "2026-10-02"])
NAMED = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 6), DAYS), min_size=1, max_size=60)


@given(NAMED, st.integers(1, 8))
def test_all_that_is_known_of_a_subject_on_a_day_is_in_one_partition(named: list[tuple[int, int, str]], ways: int) -> None:
    """Whatever its records are called: only so can one worker tell duplicates, and price the subject once."""
    rows = len(named)
    records = Records(
        record_id=[f"r-{number}" for number, _, _ in named],
        revision=[0] * rows,
        subject=[f"output:gen-{subject}" for _, subject, _ in named],
        use=["stream"] * rows,
        used_on=[day for _, _, day in named],
        quantity=[1] * rows,
        revenue=[""] * rows,
        currency=[""] * rows,
        territory=["SE"] * rows,
    )
    found = partitioned(records, "fox", lambda day: ways if day == "2026-10-01" else 1)
    where: dict[tuple[str, str], set[Partition]] = {}
    for partition, part in found.items():
        assert set(part.used_on) == {partition.scope}
        assert partition.shard < (ways if partition.scope == "2026-10-01" else 1)
        for subject in part.subject:
            where.setdefault((partition.scope, subject), set()).add(partition)
    assert all(len(partitions) == 1 for partitions in where.values())
    assert sorted(row for part in found.values() for row in zip(part.record_id, part.subject, part.used_on, strict=True)) == sorted(
        zip(records.record_id, records.subject, records.used_on, strict=True)
    )


KEYS = st.lists(st.text(max_size=4), min_size=13, max_size=13).flatmap(
    lambda fields: st.sampled_from([(*fields, "", "", ""), (*fields, "SE", "stream", ""), (*fields, "", "stream", "")])
)


@given(KEYS, KEYS)
def test_a_lines_id_tells_keys_apart(one: tuple[str, ...], other: tuple[str, ...]) -> None:
    ids = {line_id("s-1", LineKey._make(one)), line_id("s-1", LineKey._make(other)), line_id("s-2", LineKey._make(one))}
    clean = not any("\x1f" in part for part in one + other)
    assert len(ids) == (2 if one == other else 3) or not clean


def test_a_line_without_a_detail_is_called_and_kept_as_before_there_was_one() -> None:
    """What a book, a part and `lines.csv` of before say is read as ever: same id, same bytes, empty columns."""
    old = b'["work:song","2026-10","d","per_output","fox","m","work:song","s","recording","party","ann","ann","","USD","5","7","0","s-1"]\n'
    entry = BookEntry.decode(old)
    assert entry.encode() == old
    assert line_id("s-1", entry.key) == "4102846ebbe9b539433d"
    apart = entry._replace(key=entry.key._replace(territory="SE"))
    assert BookEntry.decode(apart.encode()) == apart
    assert line_id("s-1", apart.key) != line_id("s-1", entry.key)
    written = row_of(Line("id", apart.key, "Song", apart.posting, ""))
    assert settlement_csv.line_of(written)["territory"] == "SE"
    assert settlement_csv.line_of(written[:19]) | {"territory": "SE"} == settlement_csv.line_of(written)


CELLS = st.sampled_from(["", "a", 'say "a"', "a,b", "=1+1", "-", "a\nb", "a\rb", "Sång", "\t", "'"])


@given(st.lists(st.tuples(st.lists(CELLS, min_size=19, max_size=19), st.tuples(BIG, BIG, BIG)), max_size=4))
def test_rows_of_lines_in_one_go_are_what_the_csv_module_writes(rows: list[tuple[list[str], tuple[int, int, int]]]) -> None:
    """Whatever stands in whichever cell: quotes, commas, line ends, formulas."""
    lines = [Line(cells[0], LineKey.of(cells[1:17]), cells[17], posted(*figures), cells[18]) for cells, figures in rows]
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows(map(row_of, lines))
    assert "".join(map(settlement_csv.rows_of, tables(owned(*lines)))) == written.getvalue()


def test_lines_under_a_member_stand_in_lines_csv_once_under_their_payee() -> None:
    keys = [
        LineKey("2026-10", "d", "levy", "fox", "m", "w", "w", "recording", PARTY, "stim", member, "", "EUR") for member in ("ann", "bo")
    ]
    lines = [Line(f"{number}", key, "Song, again", posted(1, 2, 0), "") for number, key in enumerate(keys)]
    (table,) = tables([entry_of("ann", lines[0]), *map(partial(entry_of, "stim"), lines)])
    assert [(owner, len(part.entries)) for owner, part in table.by_owner()] == [("ann", 1), ("stim", 2)]
    assert settlement_csv.rows_of(table.under_payees) == "".join(map(csv_row, map(row_of, lines)))
    (alone,) = tables([entry_of("ann", lines[0])])
    assert settlement_csv.rows_of(alone.under_payees) == ""


@pytest.mark.parametrize("more", [-1, 0, 1])
def test_what_statements_show_of_a_payee_is_kept_for_so_many_lines(monkeypatch: pytest.MonkeyPatch, more: int) -> None:
    assert runs.SHOWN_LINES_MAX == 10_000
    monkeypatch.setattr(runs, "SHOWN_LINES_MAX", 9)
    monkeypatch.setattr(runs, "TABLE_LINES", 4)
    key = LineKey("2026-10", "d", "per_output", "fox", "m", "w", "w", "recording", PARTY, "ann", "", "", "EUR")
    lines = [Line(f"{number}", key, "Song", posted(number, -number, 3), "") for number in range(9 + more)]
    (run,) = TablePart.together(part for table in tables(owned(*lines)) for _, part in statement_lines.with_texts(table).by_owner()).runs
    whole = statement_lines.with_texts(LineTable.of(owned(*lines)))
    assert (run.lines, list(run.figures)) == (lines, list(whole.figures))
    assert whole.texts is not None
    assert (run.texts and list(map(list, run.texts))) == (None if more > 0 else list(map(list, whole.texts)))


def test_a_run_is_of_lines_that_are_alike_and_a_stream_is_read_by_tables() -> None:
    def numbered(number: int, deal: str, adjusts: str = "") -> Line:
        key = LineKey("2026-10", deal, "per_output", "fox", "m", f"work:{number}", f"{number}", "recording", PARTY, "ann", "", "", "EUR")
        return Line(f"{number}", key, "Song", posted(number, -number, 3), adjusts)

    lines = [numbered(number, "d1") for number in range(TABLE_LINES)] + [
        numbered(1, "d1"),
        numbered(2, "d1", "s0"),
        numbered(3, "d2", "s0"),
    ]
    whole = [(run.deal_id, run.adjusts, len(run.lines)) for run in runs_of(owned(*lines))]
    assert whole == [("d1", "", TABLE_LINES + 1), ("d1", "s0", 1), ("d2", "s0", 1)]
    parts = [part for table in tables(iter(owned(*lines))) for _, part in table.by_owner()]
    apart = [run for part in parts for run in part.runs]
    together = TablePart.together(parts).runs
    assert [(run.deal_id, run.adjusts, len(run.lines)) for run in together] == whole
    assert [cell for run in together for cell in run.figures[0]] == [cell for run in apart for cell in run.figures[0]]
    assert [len(run.lines) for run in apart] == [TABLE_LINES, 1, 1, 1]
    assert [line for run in apart for line in run.lines] == lines
    (last,) = runs_of(owned(lines[-1]))
    assert (last.quantities, last.amounts, last.figures) == ((3,), (-3,), (["0.000000003"], ["-0.000000000003"], ["0.000000000003"]))
    assert runs_of([]) == []


@given(st.tuples(BIG, BIG, BIG), st.tuples(BIG, BIG, BIG))
def test_what_is_posted_makes_the_old_the_new(old: tuple[int, int, int], new: tuple[int, int, int]) -> None:
    difference = posted(*new).minus(posted(*old))
    assert posted(*old).plus(difference) == posted(*new)
    assert posted(*old).minus(posted(*old)) == NOTHING


@pytest.mark.parametrize("text", ["", "a#b", "a#b#c", "a#b#c#d#e", "a#b#c#x"])
def test_what_is_no_partition_is_a_mistake(text: str) -> None:
    with pytest.raises(ValueError):
        Partition.parse(text)


@pytest.mark.parametrize("answer", [settlements.AccruedLine, settlements.SettledLine])
def test_what_is_told_of_a_line_is_described_by_every_field_of_its_key(answer: type) -> None:
    assert set(LineKey._fields) - set(get_type_hints(answer)) <= {"work_id", "usage_month"}
