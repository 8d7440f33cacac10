"""Words of titles, as they are looked for."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overtone.rights import titles

STYLES = {
    "bold": {chr(ord("A") + n): chr(0x1D400 + n) for n in range(26)} | {chr(ord("a") + n): chr(0x1D41A + n) for n in range(26)},
    "wide": {chr(n): chr(n + 0xFEE0) for n in range(ord("!"), ord("~") + 1)},
    "circled": {chr(ord("A") + n): chr(0x24B6 + n) for n in range(26)} | {chr(ord("a") + n): chr(0x24D0 + n) for n in range(26)},
}


def styled(text: str, style: str) -> str:
    return "".join(STYLES[style].get(letter, letter) for letter in text)


@pytest.mark.parametrize("style", ["bold", "wide", "circled"])
@pytest.mark.parametrize("title", ["Half a Harbour", "HALF A HARBOUR", "half a harbour"])
def test_styled_letters_are_the_plain_ones(style: str, title: str) -> None:
    assert styled(title, style) != title
    assert titles.words(styled(title, style)) == titles.words("half a harbour")


def test_ligatures_and_signs_are_the_letters_that_they_stand_for() -> None:
    assert titles.words("ﬁsh & ﬀ № 7 \N{BLACK-LETTER CAPITAL H}arbour ǅ Straße ẞ") == titles.words("FISH ff No 7 harbour dž STRASSE ss")


@given(st.text(max_size=40))
def test_a_title_is_found_by_any_form_and_case_of_it(title: str) -> None:
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert titles.words(unicodedata.normalize(form, title)) == titles.words(title)
    assert titles.words(title.casefold()) == titles.words(title)


@pytest.mark.parametrize("kept", ["harbour", "Harbour", "HARBOUR", "HarBour"])
def test_words_that_an_earlier_version_kept_are_looked_for_too(kept: str) -> None:
    """Styled capitals were kept as plain capitals, and found by who wrote them in the same style."""
    assert kept in titles.kept_as(f"a {styled(kept, 'bold')}")
    assert (kept in titles.kept_as("a harbour")) == (kept != "HarBour")
    assert titles.kept_as("!") == []
