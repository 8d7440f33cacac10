"""Exact numbers: amounts, shares, quantities, and the only roundings there are.

Amounts are integers of 1e-12 of a currency's major unit (*pico*), shares and attributed
quantities integers of 1e-9 (*nano*). Decimal strings at the door, integers within, never a float.
"""

import re
from collections.abc import Callable, Hashable, Mapping
from functools import lru_cache
from typing import Final, TypeVar, cast

from overtone import currencies
from overtone.errors import InvariantBroken, Rejected
from overtone.scales import Fine, Nano, Pico

PICO: Final = 10**12
"""Parts of a currency's major unit that an amount counts."""
NANO: Final = 10**9
"""Parts of one whole that a share, or of one play that a quantity, counts."""
FINE: Final = 10**37
"""Fine units (1e-49) in one pico: rates, revenue, shares, factors and confidences multiply exactly."""
AMOUNT_DIGITS_MAX: Final = 18
"""Digits before the decimal point of any amount below the largest."""
AMOUNT_MAX: Final = 10**AMOUNT_DIGITS_MAX * PICO
"""The largest amount that anybody may send, either way: 10^18 major units. Sums of amounts are as long as they are."""

_Key = TypeVar("_Key", bound=Hashable)
_Scale = TypeVar("_Scale", bound=int)
AMOUNTS_REMEMBERED: Final = 2_048
"""Amounts that are remembered as texts: what one payee earned, is paid and is left with stands in half a dozen files."""
UNSIGNED: Final = rf"(?:0|[1-9]\d{{0,{AMOUNT_DIGITS_MAX - 1}}})(?:\.\d{{1,12}})?"
"""The form of an amount that is not below zero, as anybody may send it."""
_AMOUNT = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d{1,12})?\Z", re.ASCII)
_AMOUNT_LENGTH_MAX: Final = len("-") + AMOUNT_DIGITS_MAX + 1 + len(".") + 12
_SHARE = re.compile(r"(?:0(?:\.\d{1,9})?|1(?:\.0{1,9})?)\Z", re.ASCII)


def _scaled(text: str, places: int) -> int:
    whole, _, fraction = text.partition(".")
    return int(whole + fraction.ljust(places, "0"))


def parse_amount(text: object) -> Pico:
    """A decimal string as pico: `parse_amount("0.0132")` is 13_200_000_000.

    Raises `Rejected` for anything but a string of at most 12 decimals, and beyond `AMOUNT_MAX`.
    """
    if isinstance(text, str) and len(text) <= _AMOUNT_LENGTH_MAX and _AMOUNT.match(text) and abs(pico := _scaled(text, 12)) <= AMOUNT_MAX:
        return Pico(pico)
    raise Rejected(f'{text!r:.80} is no amount; write the amount as a decimal string such as "12.34", at most 10^18 and 12 decimals')


def stored_amount(text: str) -> Pico:
    """The pico of an amount that was written here: a sum can be larger than what anybody may send."""
    if not _AMOUNT.match(text):
        raise InvariantBroken("conserved", f"{text!r:.80} was stored as an amount and is none")
    return Pico(_scaled(text, 12))


def parse_share(text: object) -> Nano:
    """A decimal string from "0" to "1" as nano; raises `Rejected` for more than nine decimals."""
    if not isinstance(text, str) or not _SHARE.match(text):
        raise Rejected(f'{text!r:.80} is no share; write the share as a decimal string from "0" to "1", at most 9 decimals')
    return Nano(_scaled(text, 9))


def amount_text(pico: Pico) -> str:
    """As `format_amount`, of amounts that hardly come twice, as those of lines: they would drive out what is remembered."""
    if not pico:
        return "0"
    digits = str(abs(pico)).zfill(13)
    fraction = digits[-12:].rstrip("0")
    text = f"{digits[:-12]}.{fraction}" if fraction else digits[:-12]
    return text if pico > 0 else f"-{text}"


format_amount: Final[Callable[[Pico], str]] = lru_cache(AMOUNTS_REMEMBERED)(amount_text)
"""Pico as the shortest exact decimal string: 13_200_000_000 is "0.0132"."""


def format_share(nano: Nano) -> str:
    """Nano (a share or an attributed quantity) as the shortest exact decimal string."""
    if not nano:
        return "0"
    digits = str(abs(nano)).zfill(10)
    fraction = digits[-9:].rstrip("0")
    text = f"{digits[:-9]}.{fraction}" if fraction else digits[:-9]
    return text if nano > 0 else f"-{text}"


def round_half_even(numerator: int, denominator: int) -> int:
    """The integer nearest to the fraction; a tie goes to the even one. `denominator` > 0."""
    quotient, remainder = divmod(numerator, denominator)
    twice = 2 * remainder
    return quotient + int(twice > denominator or (twice == denominator and quotient % 2 == 1))


def to_fine(pico: Pico) -> Fine:
    """Pico in fine units."""
    return Fine(pico * FINE)


def to_pico(fine: Fine) -> Pico:
    """Fine units rounded once, half-even, to pico."""
    return Pico(round_half_even(fine, FINE))


def split(whole: _Scale, weights: Mapping[_Key, int]) -> dict[_Key, _Scale]:
    """Split `whole`, on its scale, in proportion to non-negative `weights` by largest remainder.

    The parts sum to the whole. Ties go to the larger weight, then to the smaller key, so the
    result depends on nothing but the arguments. A negative whole is split as its positive and
    negated. Raises `ValueError` where no weight is positive.
    """
    total = sum(weights.values())
    if total <= 0 or min(weights.values()) < 0:
        raise ValueError("a split needs non-negative weights and a positive one among them")
    size, sign = abs(whole), (-1 if whole < 0 else 1)
    parts = {key: size * weight // total for key, weight in weights.items()}
    left = size - sum(parts.values())
    order = sorted(weights, key=lambda key: (-(size * weights[key] % total), -weights[key], key))
    for key in order[:left]:
        parts[key] += 1
    return cast("dict[_Key, _Scale]", {key: sign * part for key, part in parts.items()})


def minor_digits(currency: str) -> int:
    """Decimals of a currency's minor unit (ISO 4217): 2 for USD, 0 for JPY.

    Raises `Rejected` for a code that is unknown or names no money (XAU, XXX). One that was money once is known for ever.
    """
    exponent = currencies.minor_digits(currency)
    if exponent is None:
        raise Rejected(f"{currency!r} is not an ISO 4217 currency; send a code such as USD")
    return exponent


def round_down_to_minor(pico: Pico, currency: str) -> Pico:
    """What of a non-negative amount a bank can pay: down to the currency's minor unit."""
    unit = PICO // 10 ** minor_digits(currency)
    return Pico(pico // unit * unit)


def rounded_to_minor(numerator: int, denominator: int, currency: str) -> Pico:
    """A fraction of pico rounded half-even to the currency's minor unit."""
    unit: int = PICO // 10 ** minor_digits(currency)
    return Pico(round_half_even(numerator, denominator * unit) * unit)


def format_minor(pico: Pico, currency: str) -> str:
    """A payable amount with exactly the currency's decimals; raises `ValueError` below that unit."""
    digits = minor_digits(currency)
    value, below = divmod(pico, PICO // 10**digits)
    if below:
        raise ValueError(f"{format_amount(pico)} {currency} is finer than the minor unit")
    text = str(abs(value)).rjust(digits + 1, "0")
    whole = f"{text[:-digits]}.{text[-digits:]}" if digits else text
    return f"-{whole}" if value < 0 else whole
