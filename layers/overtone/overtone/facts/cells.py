"""How a reporter writes a value: days, months and decimals of anybody's table, read into the one form that is kept.

A value that cannot be read stays what it is, as `Unread`, with the reason; the check of the sheet then refuses its record by name.
"""

import calendar
import re
from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import lru_cache
from typing import Final

from overtone.errors import Rejected

DECIMALS_MAX: Final = 12
"""Decimals of an amount that are kept."""
_DIGITS_READ_MAX: Final = 60
_DIGITS: Final = re.compile(r"\d{1,18}\Z", re.ASCII)
_EXACT: Final = Context(prec=2 * _DIGITS_READ_MAX + 20)
_PLAIN: Final = re.compile(rf"[+-]?(?=\.?\d)\d{{0,{_DIGITS_READ_MAX}}}(?:\.\d{{0,{_DIGITS_READ_MAX}}})?\Z", re.ASCII)
_WHOLE: Final = re.compile(r"\+?0*(?P<number>\d{1,18})(?:\.0{1,2})?\Z", re.ASCII)
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_TOKENS: Final = {
    "YYYY": r"(?P<year>\d{4})",
    "YY": r"(?P<short>\d{2})",
    "MMM": rf"(?P<name>{'|'.join(_MONTHS)})[a-z]*\.?",
    "MM": r"(?P<month>\d{2})",
    "DD": r"(?P<day>\d{2})",
    "M": r"(?P<month>\d{1,2})",
    "D": r"(?P<day>\d{1,2})",
}
_TOKEN: Final = re.compile("|".join(_TOKENS))
_CENTURY: Final = 2000


class Unread(str):
    """A value that the reporter's mapping cannot read, and why. Its type tells it from a text."""

    __slots__ = ("reason",)
    reason: str

    @classmethod
    def of(cls, text: str, reason: str) -> "Unread":
        """The value as it was sent, with what is wrong with it."""
        found = cls(text)
        found.reason = reason
        return found


def number(text: str) -> Decimal | None:
    """Any xs:decimal, also `.01` and `+0.01`; `None` for what is none, an exponent included."""
    return Decimal(text) if _PLAIN.match(text) else None


def plain(value: Decimal) -> str:
    """A decimal as `12.34`: no sign of plus, no exponent, no zeros that say nothing."""
    text = format(value, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in {"-0", ""} else text


def canonical(text: str) -> str:
    """An amount in its shortest form where it is an xs:decimal, else the text itself: `+0.010` is `0.01`."""
    found = number(text)
    return text if found is None else plain(found)


def rounded(value: Decimal, decimals: int) -> Decimal:
    """Half-even to so many decimals."""
    return value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_EVEN, _EXACT)


def difference(kept: Decimal, sent: Decimal) -> Decimal:
    """Exactly what rounding added."""
    return _EXACT.subtract(kept, sent)


def total(differences: list[Decimal]) -> Decimal:
    """Their exact sum."""
    whole = Decimal(0)
    for one in differences:
        whole = _EXACT.add(whole, one)
    return whole


def digits(text: str) -> int | None:
    """A number of plain digits; `None` for what is none, or has more of them than anything here counts."""
    return int(text) if _DIGITS.match(text) else None


def whole(text: str) -> int | None:
    """A count as tables write it (`12`, `012`, `+12`, `12.0`), `None` for what is none. `1.000` may be a thousand: it is none."""
    found = _WHOLE.match(text)
    return int(found["number"]) if found else None


@lru_cache(maxsize=64)
def day_pattern(form: str) -> re.Pattern[str]:
    """A form such as `DD.MM.YYYY`, `M/D/YY`, `MMM YYYY` or `YYYYMM`, as a pattern; raises `Rejected` where it names no year and month."""
    found = _TOKEN.findall(form)
    kinds = sorted({token[0] for token in found})
    if kinds not in (["D", "M", "Y"], ["M", "Y"]) or len(found) != len(kinds):
        raise Rejected(f"{form!r} is no form of days; write YYYY or YY, MM, M or MMM, and DD or D (none for months), each once")
    parts = re.split(f"({_TOKEN.pattern})", form)
    return re.compile("".join(_TOKENS.get(part) or re.escape(part) for part in parts) + r"\Z", re.ASCII | re.IGNORECASE)


def day(text: str, form: str) -> str:
    """A day as YYYY-MM-DD; a month becomes its last day, because what it counts had happened by then."""
    found = day_pattern(form).match(text.strip())
    if not found:
        return Unread.of(text, f"{text!r:.80} is not of the form {form} that your mapping names")
    parts = found.groupdict()
    year = int(parts["year"]) if parts.get("year") else _CENTURY + int(parts["short"])
    month = _MONTHS.index(parts["name"].lower()) + 1 if parts.get("name") else int(parts["month"])
    if not (1 <= month <= len(_MONTHS) and year):
        return Unread.of(text, f"{text!r:.80} is no day of the calendar as {form}")
    last = calendar.monthrange(year, month)[1]
    date = int(parts["day"]) if parts.get("day") else last
    if not 1 <= date <= last:
        return Unread.of(text, f"{text!r:.80} is no day of the calendar as {form}")
    return f"{year:04d}-{month:02d}-{date:02d}"


def ungrouped(mark: str, thousands: str) -> Callable[[str], str]:
    """What turns `1.234,50` into `1234.50`, for a decimal mark and a sign of thousands ("" for none)."""
    group = re.compile(rf"[+-]?\d{{1,3}}(?:{re.escape(thousands)}\d{{3}})+(?:{re.escape(mark)}\d*)?\Z", re.ASCII) if thousands else None

    def read(text: str) -> str:
        bare = text.strip()
        if group and thousands in bare:
            if not group.match(bare):
                return Unread.of(text, f"{text!r:.80} is no number with {thousands!r} between thousands and {mark!r} before decimals")
            bare = bare.replace(thousands, "")
        if mark != "." and "." in bare:
            return Unread.of(text, f"{text!r:.80} has a point, and your mapping says that {mark!r} stands before decimals")
        return bare.replace(mark, ".")

    return read
