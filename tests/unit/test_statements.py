"""Statements in every form: what they say, that they agree, for one line and for fifty thousand, in every script."""

import csv
import html
import io
import os
import time
from html.parser import HTMLParser
from typing import Any

import orjson
import pytest
from fontTools.ttLib import TTFont

from overtone.formats import statement_html, statement_income, statement_pdf, statement_text, tongue, typefaces
from overtone.formats.statement_shapes import Column, Row, aligned
from overtone.payout.fx import Rates
from overtone.payout.statement import Statement
from tests.unit.drafts import csv_of
from tests.unit.settled import Settlement, line, party, usd

SCRIPTS = (
    "Åsa Öberg",
    "Лев Толстой",
    "Γιώργος",
    "عمر الشريف",
    "שירה",
    "हिन्दी गीत",
    "เพลงไทย",
    "ქართული",
    "李雷",
    "さくら",
    "노래",
    "வணக்கம்",
    "🎵 Beat",
)
LINES, SECONDS_MAX = (50_000, 20.0) if os.environ.get("THOROUGH") else (10_000, 8.0)  # a PDF has 2,000 of them


class Text(HTMLParser):
    """The words of a page, and the tags that it has."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.tags.update(name for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def told(settlement: Settlement, who: str = "asa") -> Statement:
    return Statement.parse(settlement.files[f"statements/{who}.json"])


def full() -> Settlement:
    """One statement with every part."""
    mandate = {"society": "stim", "rights": ["recording"], "uses": ["output"], "admin_fee": "0.1", "cultural_deduction": "0.05"}
    asa = party(payout={"currency": "EUR"}, withholding_rate="0.3", reserve={"rate": "0.2", "periods": 2}, mandates=[mandate])
    lines = [
        line("asa", usd("50"), mechanism="advance", work="", title=""),
        line("asa", usd("120"), title="Midnattssol", quantity=1_204_500_000_000),
        line("asa", usd("3"), title="Midnattssol", side="composition"),
        line("asa", usd("-1.5"), month="2026-09", adjusts="2026-09", title="Midnattssol"),
        line("asa", 0, shadow=usd("4"), work="w2", deal="deal-2", title="Vinter"),
        line("stim", usd("100"), member="asa", work="w3", title="Vår"),
    ]
    rates = Rates.parse({"rates": [{"from": "USD", "to": "EUR", "rate": "0.9", "source": "ECB 2026-10-30"}]})
    known = {"asa": asa, "stim": party("STIM", kind="society"), "songfox": party("Songfox Inc", kind="licensee")}
    return Settlement(lines, known, rates=rates)


def test_a_statement_tells_everything_in_words() -> None:
    page = Text()
    page.feed(statement_html.render(told(full())))
    text = " ".join(page.words)
    for words in (
        "Royalty statement to October 2026",
        "is paid by bank transfer",
        "Music made with v1 by Songfox Inc",
        "1,204.5 uses credited to this work",
        "Kept to pay back advances",
        "Advance from Songfox Inc",
        "newly held in reserve",
        "Tax withheld (30%)",
        "Corrections of settlement 2026-09, September 2026",
        "USD -1.50 in all",
        "Music made with v1 by Songfox Inc (recording)",
        "Collected for you by STIM, in USD",
        "ECB 2026-10-30",
        "Bought-out uses",
        "STIM",
        "How to ask",
    ):
        assert words in text, words


def test_every_form_shows_the_same_closing_and_every_line_stands_in_the_csv() -> None:
    statement = told(full())
    rows = list(csv.DictReader(io.StringIO(csv_of(statement)[0].decode())))
    balance = statement.balances[0]
    assert next(row["amount"] for row in rows if row["item"] == "closing") == balance.closing
    ids = {entry.line_id for source in statement.sources for work in source.works for entry in work.lines}
    ids |= {change.line_id for change in statement.adjustments}
    assert {row["line_id"] for row in rows} - {""} == ids
    assert len(ids) == 5
    sections = {"account", "income", "year_to_date", "adjustment", "advance", "conversion", "collected_by_society"}
    assert {row["section"] for row in rows} == sections


def test_a_statement_read_back_draws_the_same() -> None:
    settlement = full()
    statement = told(settlement)
    assert orjson.dumps(statement, option=orjson.OPT_SORT_KEYS) == settlement.files["statements/asa.json"]
    assert statement_html.render(statement).encode() == settlement.files["statements/asa.html"]
    assert statement_pdf.render(statement) == settlement.files["statements/asa.pdf"]
    assert csv_of(statement)[0] == settlement.files["statements/asa.csv"]


def test_a_page_is_self_contained_and_no_text_of_others_becomes_markup() -> None:
    evil = '<script>alert("x")</script><img src=//evil>'
    page = statement_html.render(told(Settlement([line("asa", usd("1"), title=evil)], {"asa": party(evil[:200])})))
    parsed = Text()
    parsed.feed(page)
    assert "script" not in parsed.tags
    assert not {"img", "src", "href", "link", "onload"} & parsed.tags
    assert evil in "".join(parsed.words)
    assert html.escape(evil) in page


@pytest.mark.slow
@pytest.mark.parametrize("name", SCRIPTS)
def test_letters_of_every_script_are_shown(name: str) -> None:
    settlement = Settlement([line("asa", usd("1"), title=name)], {"asa": party(name)})
    assert name in html.unescape(settlement.text("statements/asa.html"))
    assert name in settlement.text("statements/asa.csv")
    assert settlement.files["statements/asa.pdf"].startswith(b"%PDF-")
    assert name in statement_text.render(told(settlement))


@pytest.mark.slow
def test_the_pdf_has_every_script_and_says_where_it_lacks_a_letter(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    written: list[str] = []
    draw = statement_pdf._Page.cell

    def noted(page: statement_pdf._Page, width: float, height: float, text: str = "", **rest: Any) -> object:
        written.append(text)
        return draw(page, width, height, text, **rest)

    monkeypatch.setattr(statement_pdf._Page, "cell", noted)
    monkeypatch.setattr(statement_pdf, "_write", lambda _, text, *__, **___: written.append(text))
    for some, lacking in ((SCRIPTS, False), (("李雷", "音楽"), False), (("\U00012000",), True)):
        written.clear()
        lines = [line("asa", usd("1"), work=f"w{n}", title=name) for n, name in enumerate(some)]
        statement = told(Settlement(lines, {"asa": party("Bo", payout={"method": "none"})}))
        assert statement_pdf.render(statement) == statement_pdf.render(statement)
        assert (statement_pdf.NOTE in written) is lacking
        together = " ".join(written)
        assert all(word in together for name in some for word in name.split()) is not lacking
    assert "missing the following glyphs" not in caplog.text


@pytest.mark.parametrize(("letters", "face"), [("李雷", 2), ("李さ", 0), ("노래", 1), ("노さ", 0)])
def test_han_is_drawn_as_the_other_letters_of_the_document_tell(letters: str, face: int) -> None:
    assert typefaces._language(list(letters)) == face


@pytest.mark.slow
def test_a_font_of_the_letters_in_use_has_those_alone_and_the_same_bytes() -> None:
    made = typefaces._drawn(["雷", "李"], 400)
    assert made == typefaces._drawn(["雷", "李"], 400)
    assert made != typefaces._drawn(["雷", "李"], 700)
    with TTFont(io.BytesIO(made)) as font:
        assert set(font.getBestCmap()) == {ord("李"), ord("雷")}
    assert len(made) < 10_000


@pytest.mark.slow
def test_one_line_and_tens_of_thousands() -> None:
    many = [line("asa", 10**9 + n, work=f"w{n:05d}", title=f"Spår {n}", quantity=10**9 * n) for n in range(LINES)]
    started = time.process_time()
    settlement = Settlement(many, {"asa": party()})
    assert time.process_time() - started < SECONDS_MAX
    statement = told(settlement)
    assert statement.rows == LINES
    rows = csv.DictReader(io.StringIO(settlement.text("statements/asa.csv")))
    assert sum(row["section"] == "income" for row in rows) == LINES
    assert settlement.text("statements/asa.html").count("<tr>") > LINES
    assert len(settlement.files["statements/asa.pdf"]) < 2_000_000


@pytest.mark.parametrize(("count", "left"), [(1, 0), (2, 0), (3, 1)])
def test_a_pdf_s_table_is_limited(monkeypatch: pytest.MonkeyPatch, count: int, left: int) -> None:
    assert statement_pdf.ROWS_MAX == 2_000
    monkeypatch.setattr(statement_pdf, "ROWS_MAX", 2)
    sizes = []
    monkeypatch.setattr(statement_pdf, "_write", lambda _, text, *__, **___: sizes.append(text))
    lines = [line("asa", usd("1"), work=f"w{n}", title=f"Spår {n}") for n in range(count)]
    settlement = Settlement(lines, {"asa": party(payout={"method": "none"})})
    statement_pdf.render(told(settlement))
    assert (f"{left} more rows are in the CSV of this statement." in sizes) == bool(left)


@pytest.mark.parametrize("letter", ["x", "ก"])
def test_a_word_longer_than_its_column_is_cut_not_lost_and_looked_at_a_few_times(monkeypatch: pytest.MonkeyPatch, letter: str) -> None:
    """Thai and Chinese have no spaces: to look for each place to cut letter by letter took a minute for one title."""
    written, measured, draw, measure = list[str](), list[int](), statement_pdf._Page.cell, statement_pdf._Page.get_string_width

    def drawn(page: statement_pdf._Page, width: float, height: float, text: str = "", **rest: Any) -> object:
        written.append(text)
        return draw(page, width, height, text, **rest)

    def wide(page: statement_pdf._Page, text: str) -> float:
        measured.append(len(text))
        return measure(page, text)

    monkeypatch.setattr(statement_pdf._Page, "cell", drawn)
    monkeypatch.setattr(statement_pdf._Page, "get_string_width", wide)
    Settlement([line("asa", usd("1"), title=letter * 500)], {"asa": party("Bo")})
    pieces = [text.count(letter) for text in written if letter * 2 in text]
    assert (sum(pieces), len(set(pieces[:-1]))) == (500, 1)
    assert sum(measured) < 50_000


def test_a_member_without_money_of_its_own_reads_that_nothing_was_paid_directly() -> None:
    known = {"asa": party(), "stim": party("STIM", kind="society")}
    text = statement_text.render(told(Settlement([line("stim", usd("1"), member="asa")], known)))
    assert "Nothing was paid or owed to you directly" in text


def test_columns_line_up_for_wide_and_combining_letters() -> None:
    assert statement_text.cells("李雷") == 4
    assert statement_text.cells("e\u0301") == 1
    settlement = Settlement([line("asa", usd("1"), title="李雷"), line("asa", usd("1"), work="w2", title="ab")], {"asa": party()})
    ends = {statement_text.cells(text.rstrip()) for text in statement_text.render(told(settlement)).splitlines() if text.endswith("1.00")}
    assert len(ends) == 1


def test_the_income_is_told_by_source_with_shares_of_the_whole_and_then_by_work_with_all_its_ways_together() -> None:
    lines = [
        line("asa", usd("6"), work="rec", title="Vals", mechanism="direct_play"),
        line("asa", usd("3"), work="comp", title="Vals", mechanism="per_output"),
        line("asa", usd("1"), work="other", title="Polka", mechanism="per_output"),
    ]
    statement = told(Settlement(lines, {"asa": party()}))
    by_source, by_work = list(statement_income.sections(statement, tongue.of("en")))
    shares = [(row.cells[1], row.cells[2]) for row in by_source.rows]
    assert sorted(shares) == [("", "10.00"), ("40.0%", "4.00"), ("60.0%", "6.00")]
    assert sorted(part for _, part in by_source.bars) == [400, 600]
    rows = [(row.cells[0].partition(":")[0], row.cells[4], row.strong) for row in by_work.rows]
    assert rows[0] == ("Vals", "9.00", True)
    assert [amount for _, amount, _ in rows] == ["9.00", "6.00", "3.00", "1.00"]
    assert rows[3][0] == "Polka"
    page = statement_html.render(statement)
    assert page.count("<rect ") == 2
    assert "<script" not in page


def test_decimal_points_stand_above_each_other_and_no_figure_is_added() -> None:
    rows = [Row(("a", cell)) for cell in ("1,204.5", "0.000012", "12", "-3.25", "", "USD 4.00")]
    columns = (Column("", 50), Column("Amount", 50, numeric=True))
    lines = [row.cells[1].rjust(20) for row in aligned(rows, columns, "_", ".")]
    places = {text.rstrip("_").find(".") if "." in text else 0 for text in lines if text.strip()}
    assert len(places) == 1
    assert [row.cells[1].rstrip("_.").strip() for row in aligned(rows, columns, "_", ".")] == [row.cells[1] for row in rows]
    assert aligned([], columns, "_", ".") == []
    assert [row.cells[1] for row in aligned([Row(("a", "90.5%")), Row(("b", "below 0.1%"))], columns, "_", ".")] == ["90.5%", "below 0.1%"]


def test_amounts_of_a_statement_line_up_in_the_text_and_on_the_page() -> None:
    lines = [line("asa", usd(amount), work=f"w{n}", title=f"T{n}") for n, amount in enumerate(("1200", "0.125", "3.0625"))]
    statement = told(Settlement(lines, {"asa": party()}))
    works = statement_text.render(statement).partition("By work")[2].partition("How to ask")[0].splitlines()
    amounts = {text.rindex(".") for text in works if text.startswith("T")}
    assert len(amounts) == 1
    assert "1,200.00\u2007\u2007</td>" in statement_html.render(statement)


def test_works_are_named_by_isrc_and_iswc_and_every_line_by_its_id() -> None:
    one = line("asa", usd("3"), work="comp", title="Vals", side="composition")
    lines = [
        one._replace(key=one.key._replace(work_key="iswc:T0345246801")),
        line("asa", usd("2"), work="USRC17607839", title="Vals"),
        line("asa", usd("-1"), month="2026-09", adjusts="2026-09", title="Vals"),
    ]
    settlement = Settlement(lines, {"asa": party()})
    text = " ".join(statement_text.render(told(settlement)).split())
    page = settlement.text("statements/asa.html")
    for name in ("ISWC T-034.524.680-1", "ISRC USRC17607839"):
        assert name in page
        assert all(word in text for word in name.split())
    for one in lines:
        assert one.line_id in text
        assert one.line_id in page
