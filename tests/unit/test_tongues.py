"""Statements in other languages: every sentence is translated, nothing is left in English, and figures read as the language writes them."""

import html
import io
import re
from decimal import Decimal
from gettext import NullTranslations
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from hypothesis import given
from hypothesis import strategies as st

from local import messages
from overtone.formats import statement_html, statement_pdf, statement_text, tongue
from overtone.formats.statement_layout import headlines, sections, title, who
from overtone.money import format_amount
from overtone.payout.statement import Statement
from overtone.scales import Pico
from tests.unit import everything
from tests.unit.settled import Settlement, line, party, usd
from tests.unit.test_statements import full

PLACEHOLDER = re.compile(r"\{\w+\}")
LAYER = Path(__file__).parents[2] / "layers" / "deps" / "Makefile"
NUMBER = "#,##0.00########"


def told(settlement: Settlement, language: str, who: str = "asa") -> Statement:
    statement = Statement.parse(settlement.files[f"statements/{who}.json"])
    statement.language = language
    return statement


@pytest.mark.parametrize("language", messages.TRANSLATED)
def test_every_sentence_is_translated_with_the_same_placeholders_and_none_is_left_over(language: str) -> None:
    content = messages.place(language).read_bytes()
    assert content == messages.source(messages.renewed(language)), "run python -m local.messages"
    assert messages.place(language).with_suffix(".mo").read_bytes() == messages.compiled(content, language), "run python -m local.messages"
    catalog = read_po(io.BytesIO(content), locale=language)
    for sentence in messages.sentences():
        asked = (sentence,) if isinstance(sentence, str) else sentence
        found = catalog[asked[0]].string or ""
        answers = (found,) if isinstance(found, str) else tuple(found)
        assert len(answers) == len(asked)
        assert all(answers), f"{sentence!r} has no translation"
        for ours, theirs in zip(asked, answers, strict=True):
            assert sorted(PLACEHOLDER.findall(ours)) == sorted(PLACEHOLDER.findall(theirs)), (ours, theirs)


class Marked(NullTranslations):
    """A language in which every sentence is marked."""

    def gettext(self, message: str) -> str:
        return f"\u27e6{message}\u27e7"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"\u27e6{msgid1 if n == 1 else msgid2}\u27e7"


def test_no_sentence_of_a_statement_escapes_its_translators(monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands outside the marks are names, titles, ids and figures."""
    monkeypatch.setattr(tongue, "of", lambda _: tongue.Tongue("sv", Marked()))
    statement = told(everything.settled(), "sv")
    given_names = (
        "Skrivfel",
        "Vals",
        "Midnattssol",
        "Vinter",
        "Vår",
        "Songfox Inc",
        "Overtone AB",
        "STIM",
        "Åsa Öberg",
        "ECB 2026-10-30",
        "USD",
        "EUR",
        "deal-1",
        "deal-2",
    )
    texts = [title(statement), who(statement), *headlines(statement)]
    for section in sections(statement):
        texts += [section.heading, section.note, *(column.label for column in section.columns)]
        ids = {place for place, column in enumerate(section.columns) if column.ids}
        rows = list(section.rows)
        texts += [cell for row in rows for place, cell in enumerate(row.cells) if place not in ids]
        texts += [row.note for row in rows]
    for text in texts:
        rest = text
        while (inner := re.sub(r"\u27e6[^\u27e6\u27e7]*\u27e7", "", rest)) != rest:
            rest = inner
        for name in given_names:
            rest = rest.replace(name, "")
        rest = re.sub(r"isrc:|ISRC \w*|ISWC|\bw\d\b|asa|okt\. 2026|sep\. 2026|\d november 2026|(september|oktober) 2026", "", rest)
        assert not re.search(r"[^\W\d_]{3,}", rest), (rest, text)


@pytest.mark.parametrize(
    ("language", "phrases"),
    [
        ("sv", ("Royaltyavräkning till och med oktober 2026", "Förskott från Songfox Inc", "1\u00a0204,5 användningar tillskrivna verket")),
        ("de", ("Tantiemenabrechnung bis Oktober 2026", "Vorschuss von Songfox Inc", "1.204,5 Nutzungen diesem Werk zugerechnet")),
        ("es", ("Liquidación de regalías hasta octubre de 2026", "Anticipo de Songfox Inc", "1.204,5 usos atribuidos a esta obra")),
    ],
)
def test_a_statement_is_drawn_in_the_language_of_its_reader(language: str, phrases: tuple[str, ...]) -> None:
    asa = party(language=language)
    known = {"asa": asa, "songfox": party("Songfox Inc", kind="licensee")}
    lines = [line("asa", usd("50"), mechanism="advance", work="", title=""), line("asa", usd("120"), quantity=1_204_500_000_000)]
    settlement = Settlement(lines, known)
    page = settlement.text("statements/asa.html")
    text = statement_text.render(Statement.parse(settlement.files["statements/asa.json"]))
    assert f'<html lang="{language}">' in page
    for phrase in phrases:
        assert phrase in page
        assert all(word in text for word in phrase.split(" ")), phrase
    english = Settlement(lines, known | {"asa": party()})
    assert settlement.text("statements/asa.csv") == english.text("statements/asa.csv")
    assert settlement.files["statements/asa.json"].replace(f'"{language}"'.encode(), b'"en"') == english.files["statements/asa.json"]
    assert settlement.files["statements/asa.pdf"] != english.files["statements/asa.pdf"]


def fragments(sentence: str) -> list[str]:
    """What of a sentence is not filled in and is long enough to be told from names and ids: two words, or one of eight letters."""
    pieces = [piece.strip(" ,.:;()") for piece in re.split(r"\{\w+\}", sentence)]
    return [piece for piece in pieces if (" " in piece and len(piece) > 6) or len(piece) > 7]


@pytest.mark.parametrize("language", messages.TRANSLATED)
def test_a_statement_with_every_part_holds_no_english_sentence(language: str) -> None:
    settlement = everything.settled(language)
    page = html.unescape(re.sub(r"<style>.*?</style>", "", settlement.text("statements/asa.html"), flags=re.DOTALL))
    english = html.unescape(everything.settled().text("statements/asa.html"))
    catalog = read_po(io.BytesIO(messages.place(language).read_bytes()), locale=language)
    shown = 0
    for sentence in messages.sentences():
        asked = (sentence,) if isinstance(sentence, str) else sentence
        found = catalog[asked[0]].string or ""
        theirs = " ".join((found,) if isinstance(found, str) else found)
        for piece in (piece for one in asked for piece in fragments(one) if piece not in theirs):
            shown += piece in english
            assert piece not in page, (sentence, piece)
    assert shown > 80, "the statement in English does not say what this test looks for"


def test_every_part_of_a_statement_can_be_drawn_in_every_language() -> None:
    settlement = everything.settled()
    pages = {language: statement_html.render(told(settlement, language)) for language in tongue.LANGUAGES}
    assert pages["en"] == settlement.text("statements/asa.html")
    counts = {page.count("<tr") for page in pages.values()}
    assert len(counts) == 1
    assert len(set(pages.values())) == len(tongue.LANGUAGES)
    assert statement_pdf.render(told(settlement, "sv")).startswith(b"%PDF-")


def test_a_party_without_a_language_or_of_another_version_reads_english() -> None:
    assert tongue.of("xx").language == "en"
    old = told(full(), "sv")
    for source in old.sources:
        source.licensee_name = ""
    assert "Music made with v1 by Songfox Inc" in statement_html.render(old)


@given(st.integers(min_value=-(10**18), max_value=10**18), st.sampled_from(tongue.LANGUAGES))
def test_amounts_have_the_signs_of_their_language(millionths: int, language: str) -> None:
    exact = format_amount(Pico(millionths * 10**8))  # four decimals, so that nothing is rounded
    locale = "en_001" if language == "en" else language
    assert tongue.of(language).amount(exact, "USD") == format_decimal(Decimal(exact), format=NUMBER, locale=locale)


@pytest.mark.parametrize(
    ("language", "money", "share", "day", "months"),
    [
        ("en", "USD 1,234.50", "12.5%", "5 October 2026", "October 2026 to November 2026"),
        ("sv", "1\u00a0234,50\u00a0USD", "12,5\u00a0%", "5 oktober 2026", "oktober 2026 till november 2026"),
        ("de", "1.234,50\u00a0USD", "12,5\u00a0%", "5. Oktober 2026", "Oktober 2026 bis November 2026"),
        ("es", "1.234,50\u00a0USD", "12,5\u00a0%", "5 de octubre de 2026", "octubre de 2026 a noviembre de 2026"),
    ],
)
def test_money_shares_and_dates_read_as_the_language_writes_them(language: str, money: str, share: str, day: str, months: str) -> None:
    ours = tongue.of(language)
    assert ours.money("1234.5", "USD") == money
    assert ours.percent("12.5") == share
    assert ours.day("2026-10-05") == day
    assert ours.months("2026-10", "2026-11") == months


def test_the_layer_keeps_what_babel_knows_of_every_language_that_statements_have() -> None:
    kept = set(re.findall(r"! -name (\w+)\.dat", LAYER.read_text()))
    assert kept == {"root", "en_001", *tongue.LANGUAGES}
