"""A statement's CSV, whose rows are joined by hand, is what the `csv` module makes of the same cells."""

from __future__ import annotations

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from overtone.formats import statement_csv
from overtone.payout.statement import IncomeLine, Source, Statement, WorkIncome

CELLS = st.text(st.characters(blacklist_categories=["Cs", "Cc"]) | st.sampled_from('",=@é'), max_size=5)


def _statement(heading: str, title: str, work_key: str, words: str) -> Statement:
    entry = IncomeLine("0123456789abcdef0123", "2026-10", "recording", "1.5", "0.003", "0", words)
    work = WorkIncome("w1", work_key, title, "0.003", [entry])
    source = Source(heading, "per_output", "fox", "v1", "d1", "EUR", "0.003", [work])
    about = "2026-10", "2026-10", "2026-11-05T00:00:00.000000Z", "asa", "Åsa"
    return Statement(*about, [], [source], [], [], [], [], "ask")


@given(heading=CELLS, title=CELLS, words=CELLS, key=st.sampled_from(("isrc:SEABC2600001", "iswc:T0000000010", "work:w1")))
def test_a_row_of_income_is_what_the_csv_module_writes(heading: str, title: str, words: str, key: str) -> None:
    content, rows = statement_csv.render(_statement(heading, title, key, words))
    scheme, _, number = key.partition(":")
    names = number if scheme == "isrc" else "", number if scheme == "iswc" else ""
    safely = [f"'{text}" if text[:1] in {"=", "+", "-", "@"} else text for text in (heading, title)]
    written = io.StringIO()
    out = csv.writer(written, lineterminator="\n")
    out.writerow(statement_csv.COLUMNS)
    figures = "recording", "1.5", "0.003", "0", "EUR", "0123456789abcdef0123", "", words
    out.writerow(("income", safely[0], "2026-10", "w1", safely[1], *figures, *names))
    assert (content.decode(), rows) == (written.getvalue(), 1)
