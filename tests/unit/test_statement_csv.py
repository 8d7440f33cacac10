"""A statement's JSON and CSV, which are joined by hand, are what `orjson` and the `csv` module make of the same values."""

from __future__ import annotations

import csv
import io

import orjson
from hypothesis import given
from hypothesis import strategies as st

from overtone.formats import statement_csv
from overtone.payout.statement import Apart, IncomeLine, Source, Statement, WorkIncome
from tests.unit.drafts import csv_of, sealed

CELLS = st.text(st.characters(blacklist_categories=["Cs", "Cc"]) | st.sampled_from('",=@é'), max_size=5)


def _statement(heading: str, title: str, work_key: str, words: str) -> Statement:
    entry = IncomeLine("0123456789abcdef0123", "2026-10", "recording", "1.5", "0.003", "0", words)
    work = WorkIncome("w1", work_key, title, "0.003", [entry])
    source = Source(heading, "per_output", "fox", "v1", "d1", "EUR", "0.003", [work])
    about = "2026-10", "2026-10", "2026-11-05T00:00:00.000000Z", "asa", "Åsa"
    return Statement(*about, [], [source], [], [], [], [], "ask")


@given(heading=CELLS, title=CELLS, words=CELLS, key=st.sampled_from(("isrc:SEABC2600001", "iswc:T0000000010", "work:w1")))
def test_a_row_of_income_is_what_the_csv_module_writes(heading: str, title: str, words: str, key: str) -> None:
    content, rows = csv_of(_statement(heading, title, key, words))
    scheme, _, number = key.partition(":")
    names = number if scheme == "isrc" else "", number if scheme == "iswc" else ""
    safely = [f"'{text}" if text[:1] in {"=", "+", "-", "@"} else text for text in (heading, title)]
    written = io.StringIO()
    out = csv.writer(written, lineterminator="\n")
    out.writerow(statement_csv.COLUMNS)
    figures = "recording", "1.5", "0.003", "0", "EUR", "0123456789abcdef0123", "", words
    out.writerow(("income", safely[0], "2026-10", "w1", safely[1], *figures, *names))
    assert (content.decode(), rows) == (written.getvalue(), 1)


TEXTS = st.text(st.characters(blacklist_categories=["Cs"]) | st.sampled_from('"\\\n\r,=@é\u2028'), max_size=5)
APART = st.none() | st.builds(Apart, TEXTS, TEXTS, TEXTS)
LINE = st.builds(IncomeLine, st.just("0123456789abcdef0123"), *map(st.just, ("2026-10", "recording", "1.5", "-0.003", "0")), TEXTS, APART)
LINES = st.lists(LINE, min_size=1, max_size=3)
NAMES = st.lists(TEXTS.map(lambda text: f"iswc:{text.replace(' ', '')}"), max_size=3)
"""Identifiers beside a work's key: none has a space."""
WORK = st.builds(WorkIncome, TEXTS, TEXTS, TEXTS, st.just("0.003"), LINES, NAMES)
SOURCE = st.builds(
    Source, *([TEXTS] * 6), st.just("7"), st.lists(WORK, max_size=3), TEXTS, st.sampled_from(("", "12.5")), st.integers(0, 2**31)
)


@given(st.lists(SOURCE, max_size=3), st.text(st.characters(blacklist_categories=["Cs"])))
def test_a_statement_is_written_as_canonical_json_of_its_fields_and_read_back(sources: list[Source], name: str) -> None:
    about = "2026-10", "2026-10", "2026-11-05T00:00:00.000000Z", "asa", name
    statement = Statement(*about, [], sources, [], [], [], [], "ask")
    written = sealed(statement)
    assert written == orjson.dumps(statement, option=orjson.OPT_SORT_KEYS)
    assert Statement.parse(written) == statement
