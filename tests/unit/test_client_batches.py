"""The client cuts files at records, and nowhere else."""

from __future__ import annotations

import csv
import gzip
import io
from typing import TYPE_CHECKING

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overtone_client import Client, batches, post_file
from overtone_client.batches import Unsendable, cuts, digest_of

if TYPE_CHECKING:
    from pathlib import Path

CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=6)
ROWS = st.lists(st.tuples(st.text("abc1", min_size=1, max_size=3), CELLS, CELLS), min_size=1, max_size=12)


def written(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return path


def pieces(path: Path, most: int, **more: int) -> list[batches.Cut]:
    return list(cuts(path, digest_of(path), most=most, **more))


@settings(max_examples=40)
@given(rows=ROWS, most=st.integers(1, 5))
def test_the_batches_of_a_table_have_its_rows(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]], most: int) -> None:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([("record_id", "a", "b"), *rows])
    path = written(tmp_path_factory.mktemp("cut"), "o.csv", text.getvalue().encode())
    found: list[tuple[str, ...]] = []
    for cut in pieces(path, most):
        header, *records = csv.reader(io.StringIO(cut.body.decode(), newline=""))
        assert header == ["record_id", "a", "b"]
        assert (len(records), cut.first) == (len(cut.rows), len(found))
        assert len(records) <= most
        found += [tuple(row) for row in records]
    assert found == rows


def test_ids_follow_from_name_and_content(tmp_path: Path) -> None:
    first = written(tmp_path, "Oktober plays (2).csv.gz", b"\xef\xbb\xbfh\r\n1\r\n\r\n2\r\n3")
    one, two = pieces(first, 2)
    assert one.batch_id == f"Oktober-plays-2-{digest_of(first)[:12]}-00001"
    assert two.batch_id.endswith("-00002")
    assert (one.body, two.body) == (b"h\r\n1\r\n2\r\n", b"h\r\n3\n")
    assert [half.body for half in one.halves()] == [b"h\r\n1\r\n", b"h\r\n2\r\n"]
    assert [(half.batch_id[-6:], half.first) for half in one.halves()] == [("00001a", 0), ("00001b", 1)]
    other = written(tmp_path, "Oktober plays (3).csv", b"h\n4\n")
    assert pieces(other, 2)[0].batch_id != one.batch_id


def test_lines_of_json_have_no_header_and_a_table_may_have_more_than_one(tmp_path: Path) -> None:
    lines = written(tmp_path, "o.ndjson", b'{"a": "\\""}\n\n{"b": 1}\n')
    assert [cut.body for cut in pieces(lines, 1)] == [b'{"a": "\\""}\n', b'{"b": 1}\n']
    table = written(tmp_path, "o.tsv", b'export of "10\nid\tn\n1\t2\n')
    assert [(cut.header, cut.rows) for cut in pieces(table, 5, header_lines=2)] == [(b'export of "10\nid\tn\n', (b"1\t2\n",))]


@pytest.mark.parametrize("over", [0, 1])
def test_a_batch_holds_bytes_up_to_its_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, over: int) -> None:
    monkeypatch.setattr(batches, "CUT_BYTES_MAX", 8)
    path = written(tmp_path, "o.ndjson", b"123\n" + b"4" * (3 + over) + b"\n")
    assert len(pieces(path, 100)) == 1 + over


@pytest.mark.parametrize("over", [0, 1])
def test_a_record_ends_within_its_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, over: int) -> None:
    monkeypatch.setattr(batches, "RECORD_BYTES_MAX", 12)
    path = written(tmp_path, "o.csv", b'h\n"' + b"\n" * (8 + over) + b'"\r\n')
    if over:
        with pytest.raises(Unsendable, match="quotation mark"):
            pieces(path, 100)
    else:
        assert len(pieces(path, 100)) == 1


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("o.csv", b'h\n1,"2\n', "not closed"),
        ("o.csv", "h\n1\n".encode("utf-16"), "UTF-16"),
        ("o.dsr.tsv", b"", "overtone drop o.dsr.tsv"),
        ("o.xlsx", b"", "cannot be posted"),
    ],
)
def test_what_cannot_be_cut_is_said(tmp_path: Path, name: str, content: bytes, why: str) -> None:
    with pytest.raises(Unsendable, match=why):
        pieces(written(tmp_path, name, content), 10)


@pytest.mark.parametrize("what", ["plain", "cut", "damaged", "begun"])
def test_a_file_that_is_no_gzip_or_is_cut_short_is_said(tmp_path: Path, what: str) -> None:
    whole = gzip.compress(b"h\n1\n" * 999, mtime=0)
    contents = {"plain": b"h\n1\n", "cut": whole[:-20], "damaged": whole[:-8] + b"\0" * 8, "begun": whole[:3]}
    (tmp_path / "o.csv.gz").write_bytes(contents[what])
    with pytest.raises(Unsendable, match=r"o\.csv\.gz is no gzip file"):
        digest_of(tmp_path / "o.csv.gz")


@pytest.mark.parametrize(
    ("name", "content", "rows"),
    [
        ("o.csv", b'h\r1\r\r"2\r3"\r4', [b"1\r\n", b'"2\r3"\r\n', b"4\n"]),
        ("o.tsv", b"h\r1\r2\n3\r\n", [b"1\r\n", b"2\n", b"3\r\n"]),
        ("o.ndjson", b"{}\r{}\r\n{}", [b"{}\r\n", b"{}\r\n", b"{}\n"]),
    ],
)
@pytest.mark.parametrize("block", [1, 4, 1024])
def test_lines_end_as_they_do_for_the_service(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, content: bytes, rows: list[bytes], block: int
) -> None:
    """Where every line ended in CR the whole table was its header: nothing was sent, and the command ended well."""
    monkeypatch.setattr(batches, "_BLOCK_BYTES", block)
    (cut,) = pieces(written(tmp_path, name, content), 10)
    assert list(cut.rows) == rows


def test_a_mark_within_a_value_opens_no_quotation(tmp_path: Path) -> None:
    """Two records with a mark in each were one, so later ones were named by the place of others; with one mark the file was refused."""
    path = written(tmp_path, "o.csv", b'h,t\n1,12" mix\n2,b\n3,7" mix\n4,"a, ""b""\nc"\n5,6" mix\n')
    assert [(cut.first, cut.rows) for cut in pieces(path, 2)] == [
        (0, (b'1,12" mix\n', b"2,b\n")),
        (2, (b'3,7" mix\n', b'4,"a, ""b""\nc"\n')),
        (4, (b'5,6" mix\n',)),
    ]


def test_a_batch_that_is_too_large_and_there_in_another_size_is_not_sent_in_halves(tmp_path: Path) -> None:
    """The door says how large a body is before anybody looks at its id: rows that the batch holds already were sent under other ids."""
    path = written(tmp_path, "plays.csv", b"h\n1\n2\n3\n")
    known, refused = {"batch_id": "", "status": "committed", "received": 2, "accepted": 2, "rejected": []}, {"detail": "too large"}

    def service(request: httpx.Request) -> httpx.Response:
        asked.append((request.method, request.url.path[-2:]))
        is_large = request.method == "POST" and request.content.count(b"\n") > 3
        return httpx.Response(413, json=refused) if is_large else httpx.Response(404 if request.url.path.endswith("a") else 200, json=known)

    asked: list[tuple[str, str]] = []
    with Client("https://api.example", transport=httpx.MockTransport(service)) as client, pytest.raises(Unsendable, match="another size"):
        post_file(client, path)
    assert [method for method, _ in asked].count("POST") == 1, asked
