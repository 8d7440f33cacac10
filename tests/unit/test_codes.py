"""Currencies and territories: what was valid when, and what is sent instead."""

import iso4217
import pytest

from overtone import currencies, fields, territories
from overtone.errors import Rejected


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("SE", "SE"),
        ("*", "*"),
        ("Worldwide", "*"),
        ("WORLDWIDE", "*"),
        ("2WL", "*"),
        ("2136", "*"),
        ("752", "SE"),
        ("0752", "SE"),
        ("4", "AF"),
    ],
)
def test_territories_as_the_trade_names_them(text: str, code: str) -> None:
    assert fields.territory(text) == code


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("UK", "send GB"),
        ("EL", "send GR"),
        ("se", "send SE"),
        ("SWE", "send SE"),
        ("Sweden", "send SE"),
        ("Grmany", "send DE"),
        ("ZZ", "send *"),
        ("2120", "Europe, a group"),
        ("AN", "withdrawn from ISO 3166-1 on 2010-12-15; send CW, SX or BQ"),
        ("530", "send CW, SX or BQ"),
        ("891", "send RS or ME"),
        ("9999", "a code such as SE"),
        ("", "a code such as SE"),
        (7, "code such as SE"),
    ],
)
def test_others_are_refused_with_the_nearest_right_one(text: object, remedy: str) -> None:
    with pytest.raises(Rejected) as refused:
        fields.territory(text)
    assert remedy in refused.value.detail


def test_a_withdrawn_territory_was_one_up_to_its_day() -> None:
    assert territories.canonical("AN", "2010-12-15") == "AN"
    with pytest.raises(Rejected):
        territories.canonical("AN", "2010-12-16")


def test_a_currency_counts_on_days_on_which_it_was_one() -> None:
    assert fields.currency("BGN", "2025-12-30") == "BGN"
    assert fields.currency("EUR", "2030-01-01") == "EUR"
    with pytest.raises(Rejected) as refused:
        fields.currency("BGN", "2026-02-01")
    assert "until 2026-01-31; for later days send EUR" in refused.value.detail
    for unknown in ("XAU", "XXX", "BTC", "usd", ""):
        with pytest.raises(Rejected):
            fields.currency(unknown)


def test_what_is_stored_outlives_the_library_s_list(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {currency.code: currency.exponent for currency in iso4217.Currency}
    currencies.minor_digits.cache_clear()
    monkeypatch.delattr(iso4217, "Currency")
    assert {code: currencies.minor_digits(code) for code, digits in known.items() if digits is not None} == {
        code: digits for code, digits in known.items() if digits is not None
    }
    assert currencies.minor_digits("HRK") == 2
    currencies.minor_digits.cache_clear()


def test_ended_currencies_have_a_successor_that_is_one() -> None:
    for code, ended in currencies._ENDED.items():
        assert currencies.minor_digits(code) == ended.digits
        assert fields.currency(ended.successor, "2026-11-01")
        assert fields.day(ended.last_day) == ended.last_day
