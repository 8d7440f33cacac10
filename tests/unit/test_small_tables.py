"""Small tables and bodies, valid in any spelling and damaged: banks' lists, members, opening balances, works, batches as JSON."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overtone.errors import OvertoneError
from overtone.facts import sheets
from overtone.facts.mapping import Mapping
from overtone.formats import cloudevents, members_csv, opening_csv, usage_body
from overtone.formats.bank import answers_csv
from overtone.formats.works import files, table
from overtone.money import NANO, parse_share
from tests.unit.test_reader_properties import damaged, held
from tests.unit.usage_strategies import records

if TYPE_CHECKING:
    from collections.abc import Callable

    from overtone.formats.works.drafts import Draft

DAY = "2026-10-05"
ENDS = st.sampled_from(["\n", "\r\n", "\n\n"])
MARKS = st.sampled_from([b"", b"\xef\xbb\xbf"])
NAMES = st.from_regex(r"[a-z][a-z0-9]{0,9}", fullmatch=True)
WORDS = st.text("abc ÅÄÖ,019-_.", max_size=12).map(str.strip)


def written(header: list[str], rows: list[list[str]], end: str, mark: bytes = b"") -> bytes:
    lines = [header, *rows]
    return mark + end.join(",".join(f'"{cell}"' if "," in cell else cell for cell in line) for line in lines).encode() + end.encode()


# --- banks' lists


ANSWERED = st.lists(st.tuples(NAMES, st.sampled_from(["executed", "refused", "returned"]), WORDS), min_size=1, max_size=6)


@given(ANSWERED, ENDS, MARKS, st.sampled_from([str.lower, str.upper, str.title]), st.sampled_from(["", " "]))
def test_every_line_of_a_bank_s_list_is_an_outcome(rows: list[tuple[str, str, str]], end: str, mark: bytes, case: Any, blank: str) -> None:
    raw = written([*answers_csv.COLUMNS], [[blank + name + blank, case(status), reason] for name, status, reason in rows], end, mark)
    assert [(one.payment_id, one.status, one.reason) for one in answers_csv.read(raw)] == rows


@given(ANSWERED, st.data())
def test_a_damaged_list_is_refused_or_every_line_is_an_outcome(rows: list[tuple[str, str, str]], data: st.DataObject) -> None:
    raw = damaged(written([*answers_csv.COLUMNS], [list(row) for row in rows], "\n"), data)
    with contextlib.suppress(OvertoneError):
        found = answers_csv.read(raw)
        assert len(found) == sum(bool(line.replace(b",", b"").strip()) for line in raw.splitlines()) - 1 or b'"' in raw or not raw.isascii()


# --- members, and opening balances


@pytest.mark.parametrize(
    ("read", "raw"),
    [
        (opening_csv.read, b"party,currency,balance,balance\nann,EUR,10,1\n"),
        (members_csv.read, b"party,name,name\nann,Ann,Bo\n"),
        (table.read, b"work_id,title,title\nw,One,Two\n"),
    ],
)
def test_a_column_that_stands_twice_refuses_its_table(read: Callable[[bytes], object], raw: bytes) -> None:
    """Of two balances the last counted, without a word."""
    with pytest.raises(OvertoneError) as refused:
        read(raw)
    assert "this column stands twice; send it once" in [fault.message for fault in refused.value.faults]


@given(st.lists(st.tuples(NAMES, WORDS), max_size=6), st.permutations(["party", "name", "rights"]), ENDS, MARKS)
def test_every_row_is_a_member(rows: list[tuple[str, str]], order: list[str], end: str, mark: bytes) -> None:
    cells = [{"party": party, "name": name, "rights": "recording|composition"} for party, name in rows]
    raw = written(order, [[one[column] for column in order] for one in cells], end, mark)
    stated = [{"party": party, "rights": ["recording", "composition"]} | ({"name": name} if name else {}) for party, name in rows]
    assert members_csv.read(raw) == stated


@given(st.lists(st.tuples(NAMES, WORDS), max_size=6), st.data())
def test_damaged_members_are_refused_or_each_row_is_there(rows: list[tuple[str, str]], data: st.DataObject) -> None:
    raw = damaged(written(["party", "name"], [list(row) for row in rows], "\n"), data)
    with contextlib.suppress(OvertoneError):
        found = members_csv.read(raw)
        filled = sum(bool(line.replace(b",", b"")) for line in raw.splitlines()) - 1
        assert len(found) == filled or b'"' in raw or not raw.isascii() or b"\r" in raw or set(raw) & set(range(32))


@given(
    st.lists(st.tuples(NAMES, st.decimals(-(10**6), 10**6, places=2)), min_size=1, max_size=6),
    st.permutations(["party", "currency", "balance"]),
)
def test_every_opening_balance_is_read(rows: list[tuple[str, Any]], order: list[str]) -> None:
    cells = [{"party": party, "currency": "EUR", "balance": str(balance)} for party, balance in rows]
    assert opening_csv.read(written(order, [[one[column] for column in order] for one in cells], "\n")) == cells


@given(st.lists(st.tuples(NAMES, st.decimals(-(10**6), 10**6, places=2)), min_size=1, max_size=6), st.data())
def test_damaged_opening_balances_are_refused_or_all_there(rows: list[tuple[str, Any]], data: st.DataObject) -> None:
    raw = damaged(written([*["party", "currency", "balance"]], [[party, "EUR", str(balance)] for party, balance in rows], "\n"), data)
    with contextlib.suppress(OvertoneError):
        found = opening_csv.read(raw)
        filled = sum(bool(line) for line in raw.splitlines()) - 1
        assert len(found) == filled or b'"' in raw or not raw.isascii() or set(raw) & {*range(10), *range(11, 32)}


# --- works


@st.composite
def works(draw: st.DrawFn) -> tuple[bytes, list[tuple[str, int]]]:
    """A table of works in any order of columns, and each one's id and claimed shares."""
    named = draw(st.lists(NAMES, min_size=1, max_size=6, unique=True))
    order = draw(st.permutations(["work_id", "title", "kind", "shares", "disputed"]))
    rows, said = [], []
    for name in named:
        parts = draw(st.lists(st.integers(1, 1000), min_size=1, max_size=4))
        kind = draw(st.sampled_from(["recording", "composition"]))
        shares = "|".join(f"p-{n}:0.{part:04d}" for n, part in enumerate(parts))
        cells = {
            "work_id": name,
            "title": f"Song {name}",
            "kind": kind,
            "shares": shares,
            "disputed": draw(st.sampled_from(["", "no", "yes"])),
        }
        rows.append([cells[column] for column in order])
        said.append((name, sum(parts) * NANO // 10_000))
    return written(order, rows, draw(ENDS), draw(MARKS)), said


def claimed(drafts: list[Draft]) -> list[tuple[str, int]]:
    return sorted((draft.work_id, sum(parse_share(share["share"]) for share in draft.body["shares"])) for draft in drafts)


def by_drop(raw: bytes) -> list[Draft]:
    form = files.Csv()
    scan = form.scan([raw])
    return [entry for cut in form.cuts(lambda offset: iter([raw[offset:]]), scan, {}) for entry in cut.entries]  # type: ignore[misc]


@given(works())
def test_every_work_comes_in_with_its_shares_by_both_doors(made: tuple[bytes, list[tuple[str, int]]]) -> None:
    raw, said = made
    assert claimed(table.read(raw)) == claimed(by_drop(raw)) == sorted(said)


@given(works(), st.data())
def test_a_damaged_table_of_works_is_refused_or_has_the_same_works_by_both_doors(
    made: tuple[bytes, list[tuple[str, int]]], data: st.DataObject
) -> None:
    raw = damaged(made[0], data)
    posted: list[Draft] | None = None
    dropped: list[Draft] | None = None
    with contextlib.suppress(OvertoneError):
        posted = table.read(raw)
    with contextlib.suppress(OvertoneError):
        dropped = by_drop(raw)
    if posted is not None and dropped is not None and b"\r" not in raw:
        assert sorted((draft.line, draft.work_id, draft.is_refused) for draft in posted) == sorted(
            (draft.line, draft.work_id, draft.is_refused) for draft in dropped
        )


# --- batches as JSON, and a single event


BATCH = st.lists(records(), min_size=1, max_size=8)


def posted(raw: bytes) -> sheets.Checked:
    return sheets.check(usage_body.read("application/json", raw, {}, Mapping).sheet, "fox", DAY)


def batch(rows: list[dict[str, Any]]) -> bytes:
    return json.dumps({"batch_id": "b", "records": [row | {"record_id": f"r-{n}"} for n, row in enumerate(rows)]}).encode()


@given(BATCH, MARKS)
def test_every_record_of_a_batch_is_kept_and_their_totals_come_out(rows: list[dict[str, Any]], mark: bytes) -> None:
    checked = posted(mark + batch(rows))
    assert (checked.faults, checked.accepted) == ([], len(rows))
    assert sum(checked.records.quantity) == sum(row["quantity"] for row in rows)


@given(BATCH, st.data())
def test_a_damaged_batch_is_refused_or_each_record_is_kept_or_named(rows: list[dict[str, Any]], data: st.DataObject) -> None:
    held(posted, damaged(batch(rows), data))


@given(records(), st.data())
def test_a_single_event_is_a_record_and_a_damaged_one_is_refused_or_named(row: dict[str, Any], data: st.DataObject) -> None:
    fields = {name: value for name, value in row.items() if name != "record_id"}
    raw = json.dumps({"specversion": "1.0", "source": "fox", "type": "usage", "id": "e-1", "data": fields}).encode()

    def read(body: bytes) -> sheets.Checked:
        return sheets.check(cloudevents.read_whole(body, cloudevents.EVENT), "fox", DAY)

    assert read(raw).accepted == 1
    held(read, damaged(raw, data))
