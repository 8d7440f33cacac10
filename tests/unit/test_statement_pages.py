"""A statement on paper: headings stay with their tables, a work's name with what follows it, and each page names its columns."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from fpdf.line_break import TotalPagesSubstitutionFragment

from overtone.formats import statement_layout, statement_pdf
from overtone.payout.statement import Statement
from tests.unit.settled import Settlement, line, party, usd

if TYPE_CHECKING:
    from overtone.formats.statement_shapes import Row


class Drawn(NamedTuple):
    """What was drawn: a heading, a table's head or a row, and where it began and ended."""

    kind: str
    text: str
    first: int
    last: int


def statement(works: int) -> Statement:
    lines = [
        line("asa", usd("1"), work=f"w{n:03d}", title=f"Spår {n:03d}", mechanism=mechanism)
        for n in range(works)
        for mechanism in ("per_output", "direct_play", "micro_royalty")
    ]
    settlement = Settlement(lines, {"asa": party(payout={"method": "none"})})
    return Statement.parse(settlement.files["statements/asa.json"])


def drawn(told: Statement, monkeypatch: pytest.MonkeyPatch) -> list[Drawn]:
    """What the PDF has, in order."""
    found: list[Drawn] = []
    headings = {section.heading for section in statement_layout.sections(told)}
    write, put = statement_pdf._write, statement_pdf._Table._put

    def writes(page: Any, text: str, size: int, *, bold: bool = False) -> None:
        before = page.page_no()
        write(page, text, size, bold=bold)
        if text in headings:
            found.append(Drawn("heading", text, before, page.page_no()))

    def puts(table: Any, pieces: list[list[str]], row: Row) -> None:
        before = table.page.page_no()
        put(table, pieces, row)
        kind = "head" if row is table.labels else "strong" if row.strong else "row"
        found.append(Drawn(kind, row.cells[0], before, table.page.page_no()))

    with monkeypatch.context() as patched:
        patched.setattr(statement_pdf, "_write", writes)
        patched.setattr(statement_pdf._Table, "_put", puts)
        statement_pdf.render(told)
    return found


@pytest.mark.slow
def test_headings_stay_with_their_tables_wherever_a_page_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    ends, heads = set(), 0
    for works in range(2, 24, 3):
        found = drawn(statement(works), monkeypatch)
        assert all(one.first == one.last for one in found), "a row is torn in two"
        for one, after in pairwise(found):
            if one.kind == "heading" and after.kind != "heading":
                assert after.first == one.last, one
            if one.kind == "head":
                assert after.kind != "heading"
                assert after.first == one.last, one
            if one.kind == "strong" and one.text.startswith("Spår"):
                assert (after.kind, after.first) == ("row", one.last), one
            if after.first > one.last:
                ends.add(one.kind)
                heads += after.kind == "head"
                assert after.kind in {"head", "heading"}, "a page begins with a row whose columns nobody names"
    assert ends >= {"row"}
    assert heads > 3, "no table goes on over a page's end"


@pytest.mark.parametrize("title", ["Take {nb} home", "\u0141uk {nb}"])
def test_a_title_is_never_taken_for_the_number_of_pages(title: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """`{nb}` stands for it in the library, wherever it is written."""
    replaced: list[str] = []
    keep = TotalPagesSubstitutionFragment.__init__

    def noted(fragment: TotalPagesSubstitutionFragment, characters: list[str], *rest: Any, **more: Any) -> None:
        replaced.append("".join(characters))
        keep(fragment, characters, *rest, **more)

    monkeypatch.setattr(TotalPagesSubstitutionFragment, "__init__", noted)
    settlement = Settlement([line("asa", usd("1"), title=title)], {"asa": party(payout={"method": "none"})})
    assert settlement.files["statements/asa.pdf"].startswith(b"%PDF-")
    assert replaced
    assert set(replaced) == {statement_pdf.PAGES}


@pytest.mark.parametrize(("remembered", "again"), [(statement_pdf.WIDTHS_REMEMBERED, False), (10, True)])
def test_what_rows_have_in_common_is_measured_once(remembered: int, again: bool, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001
    """Each row was measured anew, at 10 ms in Thai: a PDF of 5,000 lines took longer than a request may."""
    told, asked, measured = statement(20), list[str](), list[tuple[str, float, str]]()
    measure, width = statement_pdf._Page.get_string_width, statement_pdf._Page.width

    def wide(page: statement_pdf._Page, text: str) -> float:
        asked[:] = [text]
        return width(page, text)

    def noted(page: statement_pdf._Page, text: str) -> float:
        if asked == [text]:  # the library measures what it draws once more
            measured.append((page.font_style, page.font_size_pt, text))
        asked.clear()
        return measure(page, text)

    monkeypatch.setattr(statement_pdf, "WIDTHS_REMEMBERED", remembered)
    monkeypatch.setattr(statement_pdf._Page, "width", wide)
    monkeypatch.setattr(statement_pdf._Page, "get_string_width", noted)
    statement_pdf.render(told)
    assert measured
    assert (len(set(measured)) < len(measured)) is again
