"""Whatever bytes come, a reader answers with records or with an error that says what to mend; `make thorough` looks further."""

import contextlib
import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overtone.errors import OvertoneError
from overtone.facts import sheets
from overtone.facts.mapping import Mapping
from overtone.formats import usage_body
from tests.unit.dsr_files import head, row, summary
from tests.unit.test_tabular import HEADER, dropped
from tests.unit.usage_strategies import records

PIECES = st.sampled_from(
    [
        *(
            b"\n",
            b"\r",
            b"\r\n",
            b"\t",
            b",",
            b'"',
            b"|",
            b"\xef\xbb\xbf",
            b"\xff\xfe",
            b"\0",
            b"\xe9",
            b"{",
            b"}",
            b"[]",
            b"null",
            b"1e999",
        ),
        HEADER.encode(),
        b"r-1,output:a,stream,2026-10-01,1,SE,,",
        b'{"record_id":"r","subject":"output:a","use":"stream","used_on":"2026-10-01","quantity":1,"territory":"SE"}',
        *(
            line.encode()
            for line in (head("UgcProfile", "1.2"), summary("SY02.02", usages=3, revenue=1), "FOOT\t4\t4\t1\t1\t1", "#SU02\tA")
        ),
        row("AS01", BlockId=1, ResourceReference="R", DspResourceId="D", ISRC="SEABC2600001").encode(),
        row("SU03.02", BlockId=1, SummaryRecordId=1, DspResourceId="D", Usages=3).encode(),
        row("SR02.02", SummaryRecordId=1, DspResourceId="D", Usages="9" * 30).encode(),
    ]
)
ANYTHING = st.one_of(st.binary(max_size=200), st.lists(PIECES | st.binary(max_size=3), max_size=25).map(b"".join))


@pytest.mark.parametrize("form", ["csv", "tsv", "ndjson", "dsr.tsv"])
@given(ANYTHING)
def test_any_file_ends_in_records_or_in_an_error_with_a_remedy(form: str, raw: bytes) -> None:
    with contextlib.suppress(OvertoneError):
        for part in dropped(raw, form):
            assert part.received - part.accepted == len({fault.index for fault in part.faults})


@pytest.mark.parametrize("media_type", usage_body.MEDIA_TYPES)
@given(ANYTHING)
def test_any_body_ends_in_records_or_in_an_error_with_a_remedy(media_type: str, raw: bytes) -> None:
    with contextlib.suppress(OvertoneError):
        sent = usage_body.read(media_type, raw, {"batch_id": "b"}, Mapping)
        checked = sheets.check(sent.sheet, "fox", "2026-10-03")
        assert checked.received - checked.accepted == len({fault.index for fault in checked.faults})
        assert sent.sheet.digest()


@given(st.lists(records(), min_size=1, max_size=10), st.sampled_from(["\n", "\r\n", "\r", "\n\n"]), st.randoms(use_true_random=False))
def test_every_line_of_ndjson_is_kept_and_a_broken_one_takes_no_other_with_it(rows: list[Any], end: str, rng: random.Random) -> None:
    lines = [json.dumps(row | {"record_id": f"r-{number}"}) for number, row in enumerate(rows)]
    raw = ("\ufeff" if rng.random() < 0.5 else "") + end.join(lines) + (end if rng.random() < 0.5 else "")
    assert sum(part.accepted for part in dropped(raw.encode(), "ndjson")) == len(rows)
    broken = rng.randrange(len(lines))
    lines[broken] = lines[broken][: rng.randrange(1, len(lines[broken]))]
    parts = dropped(end.join(lines).encode(), "ndjson")
    assert sum(part.accepted for part in parts) == len(rows) - 1
    assert [fault.index for part in parts for fault in part.faults][:1] == [broken]
