"""What bounds a reader's memory: as much as is taken, and one more."""

from __future__ import annotations

import json

import pytest

from overtone.api.caller import Caller
from overtone.api.request import Request
from overtone.errors import Malformed, Rejected, TooLarge
from overtone.facts.limits import DROP_BLOCK_LINES_MAX
from overtone.facts.mapping import Mapping
from overtone.facts.sheets import FIELDS
from overtone.formats import blocks, cdd, dsr, members_csv, ndjson, opening_csv, usage_body
from overtone.formats.jsonbody import CONTAINERS_MAX, DEPTH_MAX, VALUES_FREE, VALUES_PER_CONTAINER_MAX, parse_json
from overtone.formats.works import table
from overtone.payout.adjustments import OPENINGS_MAX
from overtone.rights.members import MEMBERS_MAX
from tests.readers.seeds import RECORD, SEEDS
from tests.unit.dsr_files import head, row, summary


@pytest.mark.slow
def test_lists_and_objects_of_a_body_are_counted_before_they_are_made() -> None:
    assert len(parse_json(b"[" + b"[]," * (CONTAINERS_MAX - 2) + b"[]]")) == CONTAINERS_MAX - 1
    with pytest.raises(TooLarge, match="send it in parts"):
        parse_json(b"[" + b"[]," * (CONTAINERS_MAX - 1) + b"[]]")


@pytest.mark.slow
def test_values_of_a_body_are_counted_before_they_are_made() -> None:
    most = VALUES_FREE + VALUES_PER_CONTAINER_MAX
    assert len(parse_json(b"[" + b"1," * most + b"1]")) == most + 1
    assert len(parse_json(b"[[]," + b"1," * (most + VALUES_PER_CONTAINER_MAX - 1) + b"1]")) == most + VALUES_PER_CONTAINER_MAX + 1
    with pytest.raises(TooLarge, match=f"{most + 1} values in 1 lists and objects"):
        parse_json(b"[" + b"1," * (most + 1) + b"1]")


def test_a_block_has_so_many_lines_wherever_it_begins() -> None:
    """The blocks depend on the content from their first byte on, so a delivery that goes on cuts as the one before."""
    raw = b"{}\n" * (2 * DROP_BLOCK_LINES_MAX + 5)
    cut = list(blocks.blocks([raw], quoted=False))
    assert [part.count(b"\n") for part in cut] == [DROP_BLOCK_LINES_MAX, DROP_BLOCK_LINES_MAX, 5]
    assert list(blocks.blocks([raw[len(cut[0]) :]], quoted=True)) == cut[1:]
    exact = raw[: 3 * DROP_BLOCK_LINES_MAX]
    assert list(blocks.blocks([exact], quoted=False)) == [exact]


@pytest.mark.slow
def test_a_block_of_a_dsr_has_so_many_records() -> None:
    line = row("SU02.03", BlockId=1, SummaryRecordId=1, SalesTransactionId="S", TransactedResource="R", Usages=1)
    lines = [head("BasicAudioProfile", "1.4"), summary("SY02.04", usages=dsr.BLOCK_RECORDS_MAX, revenue=1)]
    with pytest.raises(TooLarge, match="send it in several blocks"):
        dsr.scan(["\n".join([*lines, *[line] * (dsr.BLOCK_RECORDS_MAX + 1)]).encode()])
    with pytest.raises(Rejected, match="there is no FOOT"):
        dsr.scan(["\n".join([*lines, *[line] * dsr.BLOCK_RECORDS_MAX]).encode()])


def test_a_notification_has_so_many_lines() -> None:
    with pytest.raises(TooLarge, match="lines at most"):
        cdd.read(b"#\n" * (cdd.LINES_MAX + 1))
    with pytest.raises(Rejected, match="begins with one CDMH record"):
        cdd.read(b"#\n" * cdd.LINES_MAX)


def test_members_are_read_up_to_one_too_many() -> None:
    assert len(members_csv.read(b"party\n" + b"a\n" * MEMBERS_MAX)) == MEMBERS_MAX
    assert len(members_csv.read(b"party\n" + b"a\n" * (3 * MEMBERS_MAX))) == MEMBERS_MAX + 1


def test_opening_balances_are_read_up_to_one_too_many() -> None:
    assert len(opening_csv.read(b"currency\n" + b"EUR\n" * OPENINGS_MAX)) == OPENINGS_MAX
    assert len(opening_csv.read(b"currency\n" + b"EUR\n" * (3 * OPENINGS_MAX))) == OPENINGS_MAX + 1
    many = "9" * 5_000  # which is more than Python makes a number of
    assert [row["periods"] for row in opening_csv.read(f"currency,periods\nEUR,3\nEUR,{many}\n".encode())] == [3, many]


@pytest.mark.parametrize("end", [b"\n", b"\r"])
def test_a_header_of_works_has_so_many_bytes(end: bytes) -> None:
    rows = b"work_id,title" + end + (b"w,T" + end) * table.ROWS_MAX
    assert len(table.read(rows)) == table.ROWS_MAX
    with pytest.raises(TooLarge):
        table.read(rows + b"w,T" + end)
    with pytest.raises(Rejected, match="the header exceeds"):
        table.read(b"work_id,title" + b" " * table.HEADER_BYTES_MAX + end + b"w,T")


def sent(media_type: str, raw: bytes) -> int:
    """How many records a body holds."""
    return usage_body.read(media_type, raw, {"batch_id": "b"}, Mapping).sheet.received


@pytest.mark.parametrize("line_end", [b"\n", b"\r", b"\r\n"])
def test_a_body_of_far_more_lines_than_a_batch_may_have_is_refused_before_it_is_read(
    monkeypatch: pytest.MonkeyPatch, line_end: bytes
) -> None:
    monkeypatch.setattr(usage_body, "BATCH_RECORDS_MAX", 3)
    line = json.dumps(RECORD).encode() + line_end
    assert sent("application/x-ndjson", line * 6) == 6
    header, row = SEEDS["usage.csv"].split(b"\n")[:2]
    assert sent("text/csv", (header + line_end) + (row + line_end) * 5) == 5
    for media_type, raw in (("application/x-ndjson", line * 7), ("text/csv", (header + line_end) + (row + line_end) * 6)):
        with pytest.raises(TooLarge, match="7 lines are far more than 3 records have"):
            sent(media_type, raw)


def test_a_json_body_of_far_more_fields_than_a_batch_may_have_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = json.dumps({"batch_id": "b", "records": [RECORD]}).encode()
    marks = raw.count(b",") + raw.count(b":")
    monkeypatch.setattr(usage_body, "MARKS_PER_RECORD_MAX", marks)
    monkeypatch.setattr(usage_body, "BATCH_RECORDS_MAX", 1)
    assert sent("application/json", raw) == 1
    monkeypatch.setattr(usage_body, "MARKS_PER_RECORD_MAX", marks - 1)
    with pytest.raises(TooLarge, match="the fields are more than 1 records have"):
        sent("application/json", raw)


def test_a_batch_of_as_many_records_as_there_may_be_with_every_field_is_within_both() -> None:
    assert 2 * len(FIELDS) + MARKS_IN_TEXTS <= usage_body.MARKS_PER_RECORD_MAX
    assert usage_body.LINES_PER_RECORD_MAX > 1


MARKS_IN_TEXTS = 4
"""Of a record: a subject has one (`isrc:…`), an id may have some."""


@pytest.mark.parametrize("more", [0, 1, 40])
def test_what_is_nested_deeper_than_can_be_written_is_refused_at_the_door(more: int) -> None:
    """It is read up to 1,024 levels, and could not be hashed or kept then: whoever sent it got a 500, however often."""
    deep = b'{"a":[' * (DEPTH_MAX // 2) + b"[" * more + b"]" * more + b"]}" * (DEPTH_MAX // 2)
    record = json.dumps(RECORD).encode()
    sheet = ndjson.read(b"\n".join((record, deep, record)))
    assert (list(sheet.places), list(sheet.misfits)) == ([0, 2], [1])
    assert isinstance(sheet.misfits[1], str) is bool(more)
    assert len(sheet.digest()) == 64
    if more:
        with pytest.raises(Malformed, match=f"more than {DEPTH_MAX} levels"):
            parse_json(deep)
    else:
        assert len(Request(Caller("lab", frozenset()), raw=deep).named("dispute_id")["dispute_id"]) == 32


def test_brackets_within_texts_are_no_levels() -> None:
    said = {"a": "[" * 2 * DEPTH_MAX, "b": ["]}"]}
    assert parse_json(json.dumps(said).encode()) == said
    assert ndjson.values(json.dumps(said).encode()) == [said]
