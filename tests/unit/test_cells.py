"""Whatever way a reporter writes a value, it is read exactly or refused by name."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overtone.errors import Rejected
from overtone.facts import cells
from overtone.facts.cells import Unread
from overtone.money import parse_amount

DAYS = st.dates(date(2000, 1, 1), date(2099, 12, 31))


@given(DAYS, st.sampled_from(["%d.%m.%Y DD.MM.YYYY", "%m/%d/%y MM/DD/YY", "%Y%m%d YYYYMMDD", "%d-%b-%Y DD-MMM-YYYY"]))
def test_a_day_is_read_in_the_form_that_is_named(day: date, forms: str) -> None:
    written, form = forms.rsplit(" ", 1)
    assert cells.day(day.strftime(written), form) == day.isoformat()


@given(DAYS, st.sampled_from(["%Y-%m YYYY-MM", "%m/%y MM/YY", "%b %Y MMM YYYY", "%Y%m YYYYMM"]))
def test_a_month_is_its_last_day(day: date, forms: str) -> None:
    written, form = forms.split(" ", maxsplit=1)[0], forms.split(" ")[1]
    if forms.startswith("%b"):
        written, form = "%b %Y", "MMM YYYY"
    read = date.fromisoformat(cells.day(day.strftime(written), form))
    assert (read.year, read.month, (read + timedelta(days=1)).day) == (day.year, day.month, 1)


@pytest.mark.parametrize("text", ["31.02.2026", "2026-01-01", "1.1.2026", "00.01.2026", "01.13.2026", "", "01.01.0000"])
def test_what_is_no_such_day_says_so(text: str) -> None:
    read = cells.day(text, "DD.MM.YYYY")
    assert isinstance(read, Unread)
    assert "DD.MM.YYYY" in read.reason
    assert read == text


@pytest.mark.parametrize("form", ["", "YYYY", "DD.MM", "DD.MM.YYYY.YY", "day", "MM.MM.YYYY"])
def test_a_form_of_days_names_year_and_month_once(form: str) -> None:
    with pytest.raises(Rejected):
        cells.day_pattern(form)


@given(st.decimals(-1000, 1000, places=12, allow_nan=False), st.sampled_from(["", "0", "000"]), st.sampled_from(["", "+"]))
def test_an_amount_written_otherwise_is_the_same_amount(value: Decimal, zeros: str, plus: str) -> None:
    text = format(value, "f")
    written = (text + zeros).replace("0.", ".") if text.startswith("0.") else text + zeros
    written = f"{plus}{written}" if value >= 0 else written
    assert parse_amount(cells.canonical(written)) == int(value * 10**12)


@pytest.mark.parametrize("text", ["", ".", "+", "1,5", "0x1", "1e", "--1", "1e100", "NaN", "Infinity", "1 2"])
def test_what_is_no_decimal_stays_as_it_is(text: str) -> None:
    assert cells.number(text) is None
    assert cells.canonical(text) == text


@given(st.decimals(0, 10, places=20, allow_nan=False), st.integers(0, 12))
def test_rounding_is_half_even_and_its_difference_is_exact(sent: Decimal, decimals: int) -> None:
    kept = cells.rounded(sent, decimals)
    assert cells.difference(kept, sent) + sent == kept
    assert abs(kept - sent) * 2 <= Decimal(1).scaleb(-decimals)
    assert cells.plain(cells.rounded(Decimal("0.125"), 2)) == "0.12"
    assert cells.plain(cells.rounded(Decimal("0.135"), 2)) == "0.14"


@given(st.integers(0, 10**9), st.integers(0, 99), st.sampled_from([(",", "."), (".", ","), (",", " "), (".", "'"), (",", "\u202f")]))
def test_marks_of_decimals_and_thousands(number: int, cents: int, marks: tuple[str, str]) -> None:
    decimal_mark, thousands = marks
    written = f"{number:,}".replace(",", thousands) + f"{decimal_mark}{cents:02d}"
    assert cells.ungrouped(decimal_mark, thousands)(written) == f"{number}.{cents:02d}"


@pytest.mark.parametrize(("mark", "thousands", "text"), [(",", ".", "1.23"), (",", ".", "1.234.56"), (",", "", "1.5"), (".", ",", "1,5")])
def test_a_number_that_may_mean_two_things_is_refused(mark: str, thousands: str, text: str) -> None:
    assert isinstance(cells.ungrouped(mark, thousands)(text), Unread)


@pytest.mark.parametrize(
    ("text", "count"), [("12", 12), ("012", 12), ("+3", 3), ("3.0", 3), ("3.00", 3), ("1.000", None), ("3.5", None), ("", None)]
)
def test_counts_as_tables_write_them(text: str, count: int | None) -> None:
    assert cells.whole(text) == count
