"""On which days banks move money: a payment is asked for on a banking day of its own currency.

Euro follows TARGET, whose closing days are the European Central Bank's; the others follow the public holidays of the country
whose money it is. The calendar is computed (package `holidays`) where a bank file is written, and loaded nowhere else.
"""

from collections.abc import Callable
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

AHEAD_DAYS_MAX: Final = 30
"""No market that is known here closes for so long."""
_SATURDAY: Final = 5
_CALENDARS: Final = (
    "AUD:AU BRL:BR CAD:CA CHF:CH CNY:CN CZK:CZ DKK:DK GBP:GB HKD:HK HUF:HU IDR:ID ILS:IL INR:IN ISK:IS JPY:JP KRW:KR MXN:MX MYR:MY "
    "NOK:NO NZD:NZ PHP:PH PLN:PL RON:RO RSD:RS SEK:SE SGD:SG THB:TH TRY:TR TWD:TW UAH:UA USD:US VND:VN ZAR:ZA"
)
_COUNTRIES: Final = {pair[:3]: pair[4:] for pair in _CALENDARS.split()}
"""The country whose public holidays close a currency's banks."""
_CLOSING: Final = ("public", "bank", "de_facto")
"""The kinds of holidays on which banks are closed."""


@lru_cache(maxsize=64)
def _closed(currency: str) -> Callable[[date], bool]:
    import holidays  # noqa: PLC0415 - half a second that only the step which writes bank files pays

    if currency == "EUR":
        return holidays.financial_holidays("XECB").__contains__
    if country := _COUNTRIES.get(currency):
        kinds = set(_CLOSING) & set(getattr(holidays, country).supported_categories)
        return holidays.country_holidays(country, categories=kinds).__contains__
    return lambda _day: False


def is_banking_day(day: date, currency: str) -> bool:
    """Whether banks move this currency on that day. Where no calendar is known, weekends alone are closed."""
    return day.weekday() < _SATURDAY and not _closed(currency)(day)


def next_banking_day(after: str, currency: str) -> date:
    """The first banking day after a day (`YYYY-MM-DD` or a timestamp)."""
    day = date.fromisoformat(after[:10])
    for _ in range(AHEAD_DAYS_MAX):
        day += timedelta(days=1)
        if is_banking_day(day, currency):
            return day
    raise ValueError(f"no banking day of {currency} within {AHEAD_DAYS_MAX} days after {after}")
