"""ISO 4217: what was money when, and in what minor unit.

The standard's list moves on; what was stored under an older one must stay readable, so what was ever current here stands in this
module, and a library adds what came since. Ended ones are those of ISO's list three with the month in which each was withdrawn.
"""

from functools import lru_cache
from typing import Final, NamedTuple

import iso4217

from overtone.errors import Rejected

_CURRENT: Final = (
    "AED2 AFN2 ALL2 AMD2 AOA2 ARS2 AUD2 AWG2 AZN2 BAM2 BBD2 BDT2 BHD3 BIF0 BMD2 BND2 BOB2 BOV2 BRL2 BSD2 BTN2 BWP2 BYN2 BZD2 CAD2 CDF2 "
    "CHE2 CHF2 CHW2 CLF4 CLP0 CNY2 COP2 COU2 CRC2 CUP2 CVE2 CZK2 DJF0 DKK2 DOP2 DZD2 EGP2 ERN2 ETB2 EUR2 FJD2 FKP2 GBP2 GEL2 GHS2 GIP2 "
    "GMD2 GNF0 GTQ2 GYD2 HKD2 HNL2 HTG2 HUF2 IDR2 ILS2 INR2 IQD3 IRR2 ISK0 JMD2 JOD3 JPY0 KES2 KGS2 KHR2 KMF0 KPW2 KRW0 KWD3 KYD2 KZT2 "
    "LAK2 LBP2 LKR2 LRD2 LSL2 LYD3 MAD2 MDL2 MGA2 MKD2 MMK2 MNT2 MOP2 MRU2 MUR2 MVR2 MWK2 MXN2 MXV2 MYR2 MZN2 NAD2 NGN2 NIO2 NOK2 NPR2 "
    "NZD2 OMR3 PAB2 PEN2 PGK2 PHP2 PKR2 PLN2 PYG0 QAR2 RON2 RSD2 RUB2 RWF0 SAR2 SBD2 SCR2 SDG2 SEK2 SGD2 SHP2 SLE2 SOS2 SRD2 SSP2 STN2 "
    "SVC2 SYP2 SZL2 THB2 TJS2 TMT2 TND3 TOP2 TRY2 TTD2 TWD2 TZS2 UAH2 UGX0 USD2 USN2 UYI0 UYU2 UYW4 UZS2 VED2 VES2 VND0 VUV0 WST2 XAD2 "
    "XAF0 XCD2 XCG2 XOF0 XPF0 YER2 ZAR2 ZMW2 ZWG2"
)


class Ended(NamedTuple):
    """A currency that is money no more: decimals of its minor unit, the last day of the month of its withdrawal, what came after."""

    digits: int
    last_day: str
    successor: str


_ENDED: Final = {
    "SIT": Ended(2, "2007-01-31", "EUR"),
    "CYP": Ended(2, "2008-01-31", "EUR"),
    "MTL": Ended(2, "2008-01-31", "EUR"),
    "GHC": Ended(2, "2008-01-31", "GHS"),
    "VEB": Ended(2, "2008-01-31", "VES"),
    "SKK": Ended(2, "2009-01-31", "EUR"),
    "TMM": Ended(2, "2009-01-31", "TMT"),
    "EEK": Ended(2, "2011-01-31", "EUR"),
    "ZMK": Ended(2, "2013-01-31", "ZMW"),
    "LVL": Ended(2, "2014-01-31", "EUR"),
    "LTL": Ended(2, "2015-01-31", "EUR"),
    "BYR": Ended(0, "2017-01-31", "BYN"),
    "MRO": Ended(2, "2017-12-31", "MRU"),
    "STD": Ended(2, "2017-12-31", "STN"),
    "VEF": Ended(2, "2018-08-31", "VES"),
    "CUC": Ended(2, "2021-06-30", "CUP"),
    "HRK": Ended(2, "2023-01-31", "EUR"),
    "SLL": Ended(2, "2023-12-31", "SLE"),
    "ZWL": Ended(2, "2024-09-30", "ZWG"),
    "ANG": Ended(2, "2025-07-31", "XCG"),
    "BGN": Ended(2, "2026-01-31", "EUR"),
}
_DIGITS: Final = {entry[:3]: int(entry[3:]) for entry in _CURRENT.split()} | {code: ended.digits for code, ended in _ENDED.items()}


@lru_cache(maxsize=512)
def minor_digits(code: str) -> int | None:
    """Decimals of the minor unit of what is, or once was, a currency; `None` for a code that is unknown or names no money (XAU, XXX)."""
    if code in _DIGITS:
        return _DIGITS[code]
    try:
        return iso4217.Currency(code).exponent
    except ValueError:
        return None


def has_ended(code: object) -> bool:
    """Whether a code is that of a currency which is money no more."""
    return code in _ENDED


def check_day(code: str, day: str) -> None:
    """Raise `Rejected` for a known currency that was money no more on a day."""
    ended = _ENDED.get(code)
    if ended and day > ended.last_day:
        raise Rejected(f"{code} was a currency until {ended.last_day}; for later days send {ended.successor}")
