from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overtone import identifiers
from overtone.errors import Rejected

NINE_DIGITS = st.text("0123456789", min_size=9, max_size=9)


@pytest.mark.parametrize(
    ("written", "normal"),
    [("T-034.524.680-1", "T0345246801"), ("t0345246801", "T0345246801"), ("T 911053629 3", "T9110536293")],
)
def test_an_iswc_loses_its_separators(written: str, normal: str) -> None:
    assert identifiers.iswc(written) == normal


@given(NINE_DIGITS)
def test_an_iswc_has_one_right_check_digit(digits: str) -> None:
    due = identifiers.iswc_check_digit(digits)
    for last in "0123456789":
        number = f"T{digits}{last}"
        if last == due:
            assert identifiers.iswc(number) == number
        else:
            with pytest.raises(Rejected):
                identifiers.iswc(number)


@given(NINE_DIGITS, st.integers(0, 8), st.integers(1, 9))
def test_one_wrong_digit_in_an_iswc_is_seen(digits: str, place: int, off: int) -> None:
    wrong = digits[:place] + str((int(digits[place]) + off) % 10) + digits[place + 1 :]
    weight = place + 1
    if weight * (int(wrong[place]) - int(digits[place])) % 10:
        assert identifiers.iswc_check_digit(wrong) != identifiers.iswc_check_digit(digits)


@pytest.mark.parametrize("number", ["00130046332", "00418430181", "00069406754", "00244969234"])
def test_ipi_name_numbers_in_use_are_right(number: str) -> None:
    assert identifiers.ipi(number) == number
    assert identifiers.ipi(number.lstrip("0")) == number


@given(NINE_DIGITS, st.integers(0, 99))
def test_an_ipi_has_one_right_pair_of_check_digits(digits: str, last: int) -> None:
    number = f"{digits}{last:02d}"
    if number[9:] == identifiers.ipi_check_digits(digits):
        assert identifiers.ipi(number) == number
    else:
        with pytest.raises(Rejected):
            identifiers.ipi(number)


@given(NINE_DIGITS, st.integers(0, 8), st.integers(1, 9))
def test_one_wrong_digit_in_an_ipi_is_seen_unless_two_remainders_share_00(digits: str, place: int, off: int) -> None:
    wrong = digits[:place] + str((int(digits[place]) + off) % 10) + digits[place + 1 :]
    if identifiers.ipi_check_digits(digits) != "00":
        assert identifiers.ipi_check_digits(wrong) != identifiers.ipi_check_digits(digits)


@pytest.mark.parametrize("parse", [identifiers.isrc, identifiers.isni, identifiers.iswc, identifiers.ipi])
@given(st.text(max_size=20))
def test_any_text_is_an_identifier_or_refused(parse: object, text: str) -> None:
    assert callable(parse)
    try:
        normal = parse(text)
    except Rejected:
        return
    assert parse(normal) == normal


def test_isrc_and_isni_are_normalised() -> None:
    assert identifiers.isrc("se-abc-26-00001") == "SEABC2600001"
    assert identifiers.isni("0000 0001 2103 2683") == "0000000121032683"


@pytest.mark.parametrize(
    ("written", "normal"),
    [("isrc:se-abc-26-00001", "isrc:SEABC2600001"), ("ISWC:T-034.524.680-1", "iswc:T0345246801"), ("work:my_song.1", "work:my_song.1")],
)
def test_a_work_key_has_one_normal_form(written: str, normal: str) -> None:
    assert identifiers.work_key(written) == normal
    assert identifiers.work_key(normal) == normal


@pytest.mark.parametrize(
    "key",
    [
        "",
        "SEABC2600001",
        "upc:123",
        "isni:0000000121032684",
        "work:",
        "work:a#b",
        "work:a/b",
        "work:" + "a" * 129,
        "isrc:XX",
        "unattributed",
        None,
        5,
        "work:a\n",
    ],
)
def test_what_names_no_work_is_refused(key: object) -> None:
    with pytest.raises(Rejected):
        identifiers.work_key(key)


def test_an_id_may_be_as_long_as_the_limit_and_no_longer() -> None:
    longest = "a" * identifiers.ID_LENGTH_MAX
    assert identifiers.slug(longest) == longest
    assert identifiers.work_key(f"work:{longest}") == f"work:{longest}"
    with pytest.raises(Rejected):
        identifiers.slug(longest + "a")


@pytest.mark.parametrize(
    ("text", "like"),
    [("v1|rc2", "v1-rc2"), (" a / b ", "a-b"), ("=1+1", "1-1"), ("é", ""), ("", ""), ("a" * (identifiers.ID_LENGTH_MAX + 1), ""), (7, "")],
)
def test_what_is_no_id_is_told_of_one_that_is_like_it(text: object, like: str) -> None:
    """A lab whose model is called `v1|rc2` reads what to call it here."""
    with pytest.raises(Rejected) as refused:
        identifiers.slug(text)
    assert refused.value.detail.partition("letter or digit")[2] == (f"; {like} would be one" if like else "")
    assert not like or identifiers.slug(like) == like


@pytest.mark.parametrize("text", ["", ".", "-a", "..", "a b", "a/b", "a#b", "a%2Fb", "ä", "a\n", None, 1, ["a"]])
def test_an_id_cannot_leave_its_place_in_a_key_or_a_path(text: object) -> None:
    with pytest.raises(Rejected):
        identifiers.slug(text)


@pytest.mark.parametrize(
    ("key", "normal"),
    [("ISNI:0000 0001 2103 2683", "isni:0000000121032683"), ("isrc:se-abc-26-00001", "isrc:SEABC2600001"), ("work:a", "work:a")],
)
def test_a_work_is_named_by_a_scheme_in_normal_form(key: str, normal: str) -> None:
    assert identifiers.work_key(key) == normal


@pytest.mark.parametrize("parse", [identifiers.isrc, identifiers.isni, identifiers.iswc, identifiers.ipi])
@pytest.mark.parametrize("three", ["\u0663", "\u0969", "\u0e53", "\U0001d7db", "\uff13"])
def test_no_normal_form_has_digits_of_other_scripts(parse: Callable[[str], str], three: str) -> None:
    """One ISNI written with two kinds of digits was two, so that two parties, or two voices, could have it."""
    for text in ("USRC1760783{}", "000000012103268{}", "T034524680{}", "0013004633{}"):
        with suppress(Rejected):
            assert parse(text.format(three)).isascii()
