"""Rows that are named by their numbers: those of the file, whatever pieces of it are sent."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overtone.errors import Rejected
from overtone.facts.mapping import Mapping
from overtone.formats import tabular, usage_body
from overtone_client import batches

NUMBERED = Mapping(row_numbers=True)
HEADER = "subject,use,used_on,quantity,territory\n"
ROW = "output:a,stream,2026-10-01,{},SE\n"
KINDS = (ROW, ROW, '"output:a",stream,2026-10-01,{},"S\nE"\n', ",,,,\n", "\n", "  \n", '"",,,,\r\n', "a,b\n")
LINES = st.lists(st.sampled_from(KINDS), min_size=1)


def ids(path: Path, most: int) -> dict[str, int]:
    """What the service calls the rows of a file in cuts of this size, with the quantities that stand in them."""
    found: dict[str, int] = {}
    for cut in batches.cuts(path, batches.digest_of(path), most=most):
        sheet = tabular.read_whole(cut.body, ",", NUMBERED, cut.rows_of, cut.first + 1)
        rows = zip(sheet.columns["record_id"], sheet.columns["quantity"], strict=True)
        assert not found.keys() & set(sheet.columns["record_id"])
        found |= rows
    return found


@given(LINES, st.integers(1, 7), st.integers(1, 7))
def test_a_row_has_one_id_however_its_file_is_cut(lines: list[str], one: int, other: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "plays.csv")
        path.write_text(HEADER + "".join(line.format(number) for number, line in enumerate(lines, 1)), encoding="utf-8", newline="")
        assert ids(path, one) == ids(path, other)


def test_a_body_by_itself_numbers_the_rows_that_it_keeps() -> None:
    raw = (HEADER + ROW.format(1) + ",,,,\n" + ROW.format(2)).encode()
    alone = usage_body.read("text/csv", raw, {"batch_id": "b-1"}, lambda: NUMBERED).sheet
    assert alone.columns["record_id"] == ["b-1:1", "b-1:2"]
    piece = usage_body.read("text/csv", raw, {"batch_id": "b-1", "rows_of": "oct", "first_row": "11"}, lambda: NUMBERED).sheet
    assert (piece.columns["record_id"], list(piece.places)) == (["oct:11", "oct:13"], [0, 1])


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"rows_of": "oct"}, "first_row"),
        ({"first_row": "1"}, "rows_of"),
        ({"rows_of": "a b", "first_row": "1"}, "rows_of"),
        *(({"rows_of": "oct", "first_row": said}, "first_row") for said in ("0", "-1", "1.5", "", "x", "1000000000000", "\u0661")),
    ],
)
def test_rows_of_a_file_are_numbered_by_its_name_and_a_row_together(query: dict[str, str], field: str) -> None:
    with pytest.raises(Rejected) as refused:
        usage_body.read("text/csv", (HEADER + ROW.format(1)).encode(), {"batch_id": "b-1", **query}, lambda: NUMBERED)
    assert [fault.field for fault in refused.value.faults] == [field]
