"""Figures and mechanisms in the words of a royalty statement: for a musician, not for an accountant.

Amounts are shown rounded for reading; the exact ones stand in the statement's CSV and JSON.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import Final, NamedTuple

from overtone.mechanisms import MECHANISMS
from overtone.mechanisms.shape import Words
from overtone.money import NANO, PICO, minor_digits
from overtone.scales import Nano, Pico

EXTRA_DIGITS: Final = 2
"""Decimals shown beyond the minor unit: most single lines are worth less than a cent."""
RATES_REMEMBERED: Final = 4_096
"""Prices of one use that are remembered in words, as far as they are told: they have few digits."""
COUNTS_REMEMBERED: Final = 4_096
"""Quantities that are remembered in words, per mechanism: most lines of a month are a price times a small count. Few enough to stay at
hand: looked up in a large memory, a text takes as long as made anew."""
MECHANISMS_REMEMBERED: Final = 100
"""More than there are: a line may be of one that is no longer there."""
RATE_DIGITS: Final = 3
"""Significant digits of a rate that is told with `about`."""

_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
MODELS: Final = "AI models"
EACH: Final = "{counted}, about {rate} each"
_ABOUT, _EACH = EACH.removeprefix("{counted}").split("{rate}")
IN_ALL: Final = "{n} {unit} credited in all, about {rate} each."
TINY: Final = "less than 0.001"
MORE: Final = "{n} more {unit} credited"
FEWER: Final = "{n} fewer {unit} credited"
REPRICED: Final = "price, revenue or share corrected"
NEWLY: Final = "newly counted in it"
NO_LONGER: Final = "no longer counted in it as before"
SHARED_ANEW: Final = "the whole was shared anew"
HELD_BY: Final = "hold {hold}, placed by finance on {day}"
PLACE: Final = "in {territory}"
WORLDWIDE: Final = "worldwide"
HOW_TO_ASK: Final = (
    "Name settlement {settlement}, party {party} and the line's id to whoever sent you this statement. "
    "Each line can be explained down to the outputs, shares and the terms behind it."
)
SENTENCES: Final = (
    *(MODELS, EACH, IN_ALL, TINY, MORE, FEWER, REPRICED, NEWLY, NO_LONGER, SHARED_ANEW, HELD_BY, PLACE, WORLDWIDE),
    HOW_TO_ASK,
)
"""What a statement says beside a mechanism's own words and `STATUS`; each is translated."""
_RATE_PLACES: Final = 12
_HALVES: Final = tuple(10**places // 2 for places in range(_RATE_PLACES + 1))
"""What rounding half up adds before it drops so many digits."""
_CUTS: Final = (*([0] * RATE_DIGITS), *range(_RATE_PLACES + 1), _RATE_PLACES)
"""How many digits are rounded away of a rate of so many."""
_TENS: Final = tuple(10**places for places in range(RATE_DIGITS + _RATE_PLACES + 1))
_THOUSANDTH: Final = NANO // 1000
_HALF_THOUSANDTH: Final = _THOUSANDTH // 2
STATUS: Final = {
    "paid": "paid by bank transfer",
    "manual": "paid, outside the bank file",
    "on_hold": "on hold: credited to you, and paid when the hold ends",
    "no_bank_details": "waiting: we have no bank details of yours",
    "no_party_record": "waiting: you are not registered yet",
    "no_rate": "waiting: no exchange rate into your currency was posted",
    "below_threshold": "carried forward: below the amount from which you are paid",
    "negative": "carried forward: corrections exceed what you earned",
    "nothing_due": "nothing due",
    "converted": "converted to your payout currency",
    "not_collected": "waiting: the licensee has not paid yet",
    "not_due": "carried forward: your payout period has not ended",
    "bank_details_changed": "waiting: your bank details changed, and we make sure that it was you",
    "account_refused": "waiting: your bank could not book to the account that we have; please give us another",
}
_SUSPENDED: Final = {
    "disputed": (
        "who owns what of it is disputed",
        "agree with the others on the shares: it is paid once all concerned have said the same, or it was decided on evidence",
    ),
    "denied_use": (
        "used although that was denied",
        "allow the use, or accept a deal with whoever used it, and it is paid; until then it goes to nobody else",
    ),
    "fraud_hold": (
        "whether these uses were real is being looked into",
        "nothing is needed from you: it is paid when finance releases it, and you can ask for the reason",
    ),
}


SUSPENDED_OTHERWISE: Final = "ask whoever sent you this statement"
SUSPENDED_SENTENCES: Final = (*(sentence for pair in _SUSPENDED.values() for sentence in pair), SUSPENDED_OTHERWISE)
"""Why money waits and what lets it go, for the catalogues."""


def about(mechanism: str) -> Words:
    """What a mechanism says of itself; a line may be of one that is no longer there."""
    known = MECHANISMS.get(mechanism)
    return known.words if known else Words(mechanism.replace("_", " ") + ", {licensee}")


def source(mechanism: str, licensee: str, model: str) -> str:
    """Where money comes from, as a heading."""
    return about(mechanism).source.format(licensee=licensee, model=model or MODELS)


def suspended(reason: str) -> tuple[str, str]:
    """Why a party's money waits in suspense, and what lets it go."""
    return _SUSPENDED.get(reason, (reason.replace("_", " "), SUSPENDED_OTHERWISE))


def month(text: str) -> str:
    """`2026-10` as `October 2026`."""
    return f"{_MONTHS[int(text[5:7]) - 1]} {text[:4]}" if text else ""


def day(text: str) -> str:
    """`2026-10-05` as `5 October 2026`."""
    return f"{int(text[8:10])} {month(text)}" if text else ""


def identifier(key: str) -> str:
    """A work's id or key as labels write it: `isrc:USLL12610000` is `ISRC USLL12610000`, `iswc:T0345246801` is `ISWC T-034.524.680-1`."""
    scheme, _, value = key.partition(":")
    if scheme == "iswc":
        return f"ISWC {value[0]}-{value[1:4]}.{value[4:7]}.{value[7:10]}-{value[10:]}"
    return f"ISRC {value}" if scheme == "isrc" else key


def months(first: str, last: str) -> str:
    """From the first to the last month; open where no first is known."""
    if first == last:
        return month(last)
    return f"{month(first)} to {month(last)}" if first else f"everything until {month(last)}"


def short_month(text: str) -> str:
    """`2026-10` as `Oct 2026`, for tables."""
    return f"{_MONTHS[int(text[5:7]) - 1][:3]} {text[:4]}" if text else ""


def _grouped(digits: str) -> str:
    return f"{int(digits):,}"


def shown(amount: str, currency: str) -> str:
    """An exact decimal string for reading: `shown("1234.5678912", "USD")` is `1,234.5679`.

    Two decimals beyond the minor unit where there are any; what would vanish keeps two significant digits.
    """
    digits = minor_digits(currency)
    sign, plain = ("-", amount[1:]) if amount.startswith("-") else ("", amount)
    whole, _, fraction = plain.partition(".")
    if len(fraction) <= digits:
        fraction = fraction.ljust(digits, "0")
        return f"{sign}{_grouped(whole)}{'.' + fraction if fraction else ''}"
    places = digits + EXTRA_DIGITS
    if whole == "0" and not fraction[:places].strip("0"):
        places = len(fraction) - len(fraction.lstrip("0")) + 2
    if len(fraction) > places:
        scaled = int(whole + fraction.ljust(12, "0")[:12])
        unit = 10 ** (12 - min(places, 12))
        quotient, rest = divmod(scaled, unit)
        quotient += 2 * rest > unit or (2 * rest == unit and quotient % 2)
        text = str(quotient).rjust(min(places, 12) + 1, "0")
        whole, fraction = text[: -min(places, 12)], text[-min(places, 12) :]
    return f"{sign}{_grouped(whole)}.{fraction.rstrip('0').ljust(digits, '0')}".rstrip(".")


def quantity(nano: Nano) -> str:
    """An attributed quantity for reading, at most three decimals: `1,204.5`."""
    thousandths = (abs(nano) + _HALF_THOUSANDTH) // _THOUSANDTH
    whole, rest = divmod(thousandths, 1000)
    if not thousandths and nano:
        return TINY
    text = f"{whole:,}.{rest:03d}".rstrip("0") if rest else f"{whole:,}"
    return f"-{text}" if nano < 0 else text


def rate(amount: Pico, nano: Nano) -> str:
    """What one unit was worth on average, three significant digits or whole units: pico and 1e-9 in, `0.00312` out."""
    return _rate(abs(amount) * NANO // abs(nano))


def _rate(each: int) -> str:
    cut = _CUTS[bisect_right(_TENS, each)]
    unit = _TENS[cut]
    return _written((each + _HALVES[cut]) // unit * unit)


@lru_cache(RATES_REMEMBERED)
def _written(pico: int) -> str:
    """A rate that was rounded."""
    whole, fraction = divmod(pico, PICO)
    return f"{whole:,}.{fraction:012d}".rstrip("0").rstrip(".")


def lines(mechanism: str, quantities: Sequence[Nano], amounts: Sequence[Pico], currency: str) -> list[str]:
    """Quantity and rate of each of a mechanism's lines in words, empty where the source's heading says it all."""
    counting = _counting(mechanism)
    if counting is None:
        return [""] * len(quantities)
    counted = list(map(counting.words, quantities))
    if not counting.priced:
        return counted
    about = f"{_ABOUT}{currency} "
    return [
        f"{text}{about}{_rate(amount * NANO // nano)}{_EACH}" if text and amount and (amount > 0) == (nano > 0) else text
        for text, nano, amount in zip(counted, quantities, amounts, strict=True)
    ]


class _Counting(NamedTuple):
    """A quantity with what it counts, and whether each has a price."""

    words: Callable[[Nano], str]
    priced: bool


@lru_cache(MECHANISMS_REMEMBERED)
def _counting(mechanism: str) -> _Counting | None:
    """How a mechanism's lines are counted; `None` where a quantity says nothing."""
    told = about(mechanism)
    if told.unit is None:
        return None
    (one, _, of_one), (many, _, of_many) = (unit.partition("{n}") for unit in told.unit)
    return _Counting(lru_cache(COUNTS_REMEMBERED)(partial(_counted, (one, of_one), (many, of_many))), bool(told.counted))


def _counted(one: tuple[str, str], many: tuple[str, str], nano: Nano) -> str:
    """A quantity between what stands around it, of one and of many."""
    if not nano:
        return ""
    before, after = many if nano != NANO else one
    return f"{before}{quantity(nano)}{after}"


def change(mechanism: str, nano: Nano, amount: Pico) -> str:
    """Why a line corrects an earlier one, as far as its quantity and amount tell."""
    unit = about(mechanism).counted
    if unit and nano:
        size = abs(nano)
        return (MORE if nano > 0 else FEWER).format(n=quantity(size), unit=unit[size != NANO])
    if unit:
        return REPRICED
    if nano and (nano > 0) == (amount > 0):
        return NEWLY if nano > 0 else NO_LONGER
    return SHARED_ANEW


def percent(nano: Nano) -> str:
    """A share as a percentage: 150_000_000 is `15%`."""
    if not nano:
        return "0%"
    text = f"{nano // 10**7}.{nano % 10**7:07d}".rstrip("0").rstrip(".")
    return f"{text}%"


def detailed(text: str, territory: str, use: str, service: str) -> str:
    """A line's words, with what its deal keeps it apart by: `120 uses (stream in SE)`."""
    if not (territory or use or service):
        return text
    place = PLACE.format(territory=territory) if territory not in {"", "*"} else WORLDWIDE if territory else ""
    apart = " ".join(part for part in (use, place, service) if part)
    return f"{text} ({apart})".lstrip() if apart else text
