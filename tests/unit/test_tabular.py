"""Tables as they come: any line end, mark, encoding, separator and spelling; nothing is lost without a word."""

import contextlib
import csv
import io
import json
import random
from collections.abc import Iterator
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overtone.errors import Malformed, OvertoneError, Rejected, TooLarge
from overtone.facts import sheets
from overtone.facts.limits import DROP_UNPACKED_BYTES_FREE, DROP_UNPACKED_TIMES_MAX
from overtone.facts.mapping import Mapping
from overtone.facts.sheets import Checked
from overtone.fields import validated
from overtone.formats import blocks, ndjson, tabular, text
from overtone.formats.usage_file import first_pass, format_of

DAY = "2026-10-03"
HEADER = "record_id,subject,use,used_on,quantity,territory,revenue,currency"
FIELDS = HEADER.split(",")
PLAIN = Mapping()


def mapping(**said: Any) -> Mapping:
    return validated(Mapping, said, "the mapping")


def checked(raw: bytes, names: Mapping = PLAIN, separator: str = ",") -> Checked:
    return sheets.check(tabular.read_whole(raw, separator, names, "batch"), "fox", DAY)


def dropped(raw: bytes, form: str = "csv", names: Mapping = PLAIN, *, size: int = 300, chunk: int = 7) -> list[Checked]:
    """What the two passes over a dropped file say, in small chunks and blocks, each block resumed from its offset."""

    def content(offset: int = 0) -> Iterator[bytes]:
        whole: Iterator[bytes] = (raw[at : at + chunk] for at in range(0, len(raw), chunk))
        if names.encoding != "utf-8":
            whole = text.recoded(whole, names.encoding)
        return blocks.skipped(text.even_ends(whole), offset)

    read = format_of(form, names, "oct")
    kept, old = [], blocks.blocks.__kwdefaults__
    blocks.blocks.__kwdefaults__ = {"size": size}
    try:
        _, scan = first_pass(read, content())
        offset, first = read.start(scan), 0
        while cut := next(read.cuts(content(offset), scan, None, first), None):
            kept.append(sheets.check(cut.sheet, "fox", DAY))
            offset, first = offset + cut.size, first + cut.sheet.received
    finally:
        blocks.blocks.__kwdefaults__ = old
    return kept


@st.composite
def tables(draw: st.DrawFn) -> tuple[bytes, list[int]]:
    """A valid table, and the quantities that it holds, in order."""
    counts = draw(st.lists(st.integers(1, 10**6), min_size=1, max_size=12))
    shown = draw(st.permutations([*FIELDS, "Title"]))
    titles = st.sampled_from(["Plain", "A, B", 'Say "hi"', "two\nlines", 'a "b", c\nd', "", "ÅÄÖ", '12" mix'])
    out, end = io.StringIO(newline=""), draw(st.sampled_from(["\n", "\r\n", "\r"]))
    quoting: Literal[0, 1] = csv.QUOTE_ALL if end == "\r" else draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    writer = csv.writer(out, lineterminator=end, quoting=quoting)
    writer.writerow(shown)
    for number, count in enumerate(counts):
        row = dict(zip(FIELDS, [f"r-{number}", "isrc:SEABC2600001", "stream", "2026-10-01", count, "SE", "0.10", "EUR"], strict=True))
        writer.writerow([(row | {"Title": draw(titles)})[name] for name in shown])
        if draw(st.booleans()):
            out.write(draw(st.sampled_from(["\n", "\r\n"])))  # a blank line
    body = out.getvalue()
    body = body.rstrip("\r\n") if draw(st.booleans()) else body
    return (b"\xef\xbb\xbf" if draw(st.booleans()) else b"") + body.encode(), counts


@given(tables())
def test_every_record_of_a_valid_table_is_kept_by_both_doors(made: tuple[bytes, list[int]]) -> None:
    raw, counts = made
    names = mapping(others="ignore")
    body = checked(raw, names)
    assert (list(body.records.quantity), body.faults) == (counts, [])
    parts = dropped(raw, "csv", names)
    assert [count for part in parts for count in part.records.quantity] == counts
    assert sum(part.received for part in parts) == len(counts)


@given(tables(), st.randoms(use_true_random=False))
def test_a_damaged_table_is_refused_or_names_what_it_loses(made: tuple[bytes, list[int]], rng: random.Random) -> None:
    raw, counts = made
    names = mapping(others="ignore")
    broken = bytearray(raw)
    for _ in range(rng.randint(1, 3)):
        place = rng.randrange(len(broken))
        action = rng.choice(["cut", "flip", "drop", "quote"])
        if action == "cut":
            del broken[place:]
        elif action == "flip":
            broken[place] = rng.randrange(256)
        elif action == "drop":
            del broken[place]
        else:
            broken.insert(place, ord('"'))
        if not broken:
            return
    with contextlib.suppress(OvertoneError):
        parts = dropped(bytes(broken), "csv", names)
        for part in parts:
            assert part.received - part.accepted == len({fault.index for fault in part.faults})
        assert sum(part.accepted for part in parts) <= len(counts) + 3


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("form", ["csv", "tsv", "ndjson"])
def test_any_line_end_and_a_last_line_without_one(end: str, form: str) -> None:
    rows = [
        ["r-1", "isrc:SEABC2600001", "stream", "2026-10-01", "1", "SE", "", ""],
        ["r-2", "output:a", "stream", "2026-10-01", "2", "SE", "", ""],
    ]
    if form == "ndjson":
        shared = {"subject": "output:a", "use": "stream", "used_on": "2026-10-01", "territory": "SE"}
        lines = [json.dumps(shared | {"record_id": f"r-{number}", "quantity": number}) for number in (1, 2)]
    else:
        lines = [separator.join(line) for separator in [{"csv": ",", "tsv": "\t"}[form]] for line in [FIELDS, *rows]]
    raw = ("\ufeff" + end.join([lines[0], "", *lines[1:]])).encode()
    assert [count for part in dropped(raw, form) for count in part.records.quantity] == [1, 2]
    whole = ndjson.read_whole(raw) if form == "ndjson" else tabular.read_whole(raw, {"csv": ",", "tsv": "\t"}[form], PLAIN)
    assert sheets.check(whole, "fox", DAY).accepted == 2


def test_a_distributor_s_table_is_read_by_its_mapping() -> None:
    names = mapping(
        columns={
            "ISRC": "subject",
            "Period": {"column": "used_on", "format": "MM/YYYY"},
            "Units": "quantity",
            "Net": {"column": "revenue", "decimals": 4},
            "Type": {"column": "use", "values": {"Streaming": "stream", "Download": "download"}},
            "Country": {"column": "territory", "values": {"United Kingdom": "GB"}},
        },
        constants={"currency": "EUR"},
        row_numbers=True,
        decimal_mark=",",
        thousands=".",
        separator=";",
        skip_lines=2,
        encoding="latin-1",
        others="ignore",
    )
    raw = "Bericht für Förlag\n\nISRC;Titel;Period;Units;Net;Type;Country\n"
    raw += "SEABC2600001;Älg;09/2026;1.234;1.000,123456;Streaming;United Kingdom\n"
    raw += "SE-ABC-26-00002;B;09/2026;1;0,00005;Download;SE\n"
    found = checked(raw.encode("latin-1"), names)
    assert found.faults == []
    assert found.records.to_json(0) == {
        "record_id": "batch:1",
        "revision": 0,
        "subject": "isrc:SEABC2600001",
        "use": "stream",
        "used_on": "2026-09-30",
        "quantity": 1234,
        "revenue": "1000.1235",
        "currency": "EUR",
        "territory": "GB",
    }
    assert found.rounded["EUR"][0] == 2
    assert str(found.rounded["EUR"][1]) == "-0.000006"
    assert found.records.to_json(1)["revenue"] == "0"
    (part,) = dropped(raw.encode("latin-1"), "csv", names)
    assert list(part.records.record_id) == ["oct:1", "oct:2"]


def test_values_that_the_mapping_cannot_read_are_refused_by_field_and_value() -> None:
    names = mapping(
        columns={"Day": {"column": "used_on", "format": "DD.MM.YYYY"}, "Net": "revenue"}, constants={"currency": "EUR"}, decimal_mark=","
    )
    raw = b"record_id,subject,use,Day,quantity,territory,Net\nr-1,output:a,stream,2026-10-01,1,SE,1.5\n"
    faults = {fault.field: fault.message for fault in checked(raw, names).faults}
    assert "'2026-10-01' is not of the form DD.MM.YYYY" in faults["used_on"]
    assert "'1.5' has a point" in faults["revenue"]


@pytest.mark.parametrize(
    "said",
    [
        {"columns": {"A": {"column": "quantity", "format": "MM/YYYY"}}},
        {"columns": {"A": {"column": "used_on", "format": "YYYY"}}},
        {"columns": {"A": {"column": "used_on", "decimals": 2}}},
        {"columns": {"A": {"column": "revenue", "decimals": 13}}},
        {"columns": {"A": {"column": "plays"}}},
        {"columns": {"A": "record_id"}, "row_numbers": True},
        {"decimal_mark": ",", "thousands": ","},
        {"encoding": "klingon"},
        {"skip_lines": 101},
    ],
)
def test_a_mapping_that_says_two_things_or_none_is_refused(said: dict[str, Any]) -> None:
    with pytest.raises(Rejected):
        mapping(**said)


def test_an_amount_is_kept_in_its_shortest_form_and_a_void_has_no_money() -> None:
    raw = f"{HEADER}\nr-1,output:a,stream,2026-10-01,1,752,+0.010000000000000,EUR\nr-2,output:a,stream,2026-10-01,0,SE,5.00,EUR\n"
    found = checked((raw + "r-3,output:a,stream,2026-10-01,0,SE,0.00,EUR\n").encode())
    assert [found.records.to_json(row).get("revenue") for row in range(2)] == ["0.01", "0.00"]
    assert list(found.records.territory) == ["SE", "SE"]
    assert [(fault.index, fault.field) for fault in found.faults] == [(1, "quantity")]


def test_money_of_a_day_on_which_it_was_none_is_refused() -> None:
    raw = f"{HEADER}\nr-1,output:a,stream,2025-12-30,1,SE,1,BGN\nr-2,output:a,stream,2026-10-01,1,SE,1,BGN\n"
    found = checked(raw.encode())
    assert list(found.records.record_id) == ["r-1"]
    assert [(fault.field, "EUR" in fault.message) for fault in found.faults] == [("currency", True)]


@pytest.mark.parametrize("day", ["1999-12-31", "0001-01-01", "2026-10-05"])
def test_days_outside_what_is_taken_name_the_first_and_the_last(day: str) -> None:
    (fault,) = checked(f"{HEADER}\nr-1,output:a,stream,{day},1,SE,,\n".encode()).faults
    assert "2000-01-01 to 2026-10-04" in fault.message
    for taken in ("2000-01-01", "2026-10-04"):
        assert checked(f"{HEADER}\nr-1,output:a,stream,{taken},1,SE,,\n".encode()).accepted == 1


def test_a_quotation_that_never_closes_is_refused_where_it_opens() -> None:
    raw = (
        f'{HEADER}\nr-1,output:a,stream,2026-10-01,1,SE,,\nr-2,"output:a,stream,2026-10-01,1,SE,,\nr-3,output:a,stream,2026-10-01,1,SE,,\n'
    )
    for read in (checked, dropped):
        with pytest.raises(Malformed) as refused:
            read(raw.encode())
        assert "line 2" in refused.value.detail


def test_a_mark_within_a_value_opens_no_quotation() -> None:
    names = mapping(others="ignore")
    raw = "Title," + HEADER + "\n" + "".join(f'{n}" mix,r-{n},output:a,stream,2026-10-01,1,SE,,\n' for n in range(21))
    assert sum(part.accepted for part in dropped(raw.encode(), "csv", names)) == 21


def test_padding_behind_gzip_is_no_member() -> None:
    import gzip  # noqa: PLC0415 - the module under test names its own

    packed = gzip.compress(b"a\n") + gzip.compress(b"b\n") + b"\0" * 4096
    assert b"".join(blocks.unzipped([packed[:30], packed[30:]])) == b"a\nb\n"
    with pytest.raises(Malformed):
        list(blocks.unzipped([packed + b"x"]))


@pytest.mark.parametrize("pieces", [1, 7])
def test_what_unpacks_to_far_more_than_its_size_is_refused_early(monkeypatch: pytest.MonkeyPatch, pieces: int) -> None:
    import gzip  # noqa: PLC0415 - the module under test names its own

    packed = gzip.compress(b"a" * 1_000_000, mtime=0)
    chunks = [packed[at : at + len(packed) // pieces + 1] for at in range(0, len(packed), len(packed) // pieces + 1)]
    needed = 1_000_000 - DROP_UNPACKED_TIMES_MAX * len(packed)
    assert needed > 0
    monkeypatch.setattr(blocks, "DROP_UNPACKED_BYTES_FREE", needed)
    assert sum(map(len, blocks.unzipped(chunks))) == 1_000_000
    monkeypatch.setattr(blocks, "DROP_UNPACKED_BYTES_FREE", needed - 1)
    with pytest.raises(TooLarge, match=rf"more than {DROP_UNPACKED_TIMES_MAX} times its size"):
        list(blocks.unzipped(chunks))


def test_a_packed_file_may_come_to_some_megabytes_whatever_its_size() -> None:
    import gzip  # noqa: PLC0415 - the module under test names its own

    assert sum(map(len, blocks.unzipped([gzip.compress(b"\0" * DROP_UNPACKED_BYTES_FREE)]))) == DROP_UNPACKED_BYTES_FREE
