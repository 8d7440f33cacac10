"""A statement's CSV, whose rows are joined by hand, is what the `csv` module makes of the same cells."""

from __future__ import annotations

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from overtone.formats import statement_csv
from overtone.payout.statement import Statement
from tests.unit.settled import Settlement, line, party


@given(
    title=st.text(st.characters(blacklist_categories=["Cs", "Cc"]) | st.sampled_from('",=@é'), max_size=5),
    work=st.sampled_from(("isrc:SEABC2600001", "iswc:T0000000010", "work:w1")),
)
def test_a_row_of_income_is_what_the_csv_module_writes(title: str, work: str) -> None:
    entry = line("asa", 3 * 10**12)
    settled = Settlement([entry._replace(title=title, key=entry.key._replace(work_key=work))], {"asa": party()})
    told = Statement.parse(settled.files["statements/asa.json"])
    content, rows = statement_csv.render(told)
    read = list(csv.reader(io.StringIO(content.decode(), newline="")))
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows(read)
    assert written.getvalue().encode() == content
    assert len(read) == rows + 1
    (income,) = (dict(zip(read[0], row, strict=True)) for row in read if row[0] == "income")
    source = told.sources[0]
    shown = source.works[0].lines[0]
    assert income["title"] == (f"'{title}" if title[:1] in set("=@") else title) or title[:1] in set("+-")
    assert [income[name] for name in ("usage_month", "side", "quantity", "amount", "shadow", "line_id")] == [
        *(shown.usage_month, shown.side, shown.quantity, shown.amount, shown.shadow, shown.line_id)
    ]
    assert (income["item"], income["detail"], income["currency"]) == (source.heading, shown.words, "USD")
    names = work.partition(":")
    assert (income["isrc"], income["iswc"]) == (names[2] if names[0] == "isrc" else "", names[2] if names[0] == "iswc" else "")
