"""What a cell of a DSR holds: counts and amounts of any number of decimals, flags, several values; and a usage line as a whole."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final, NamedTuple

from overtone import money
from overtone.errors import Fault, Rejected
from overtone.facts import cells as values
from overtone.facts.cells import DECIMALS_MAX
from overtone.money import PICO
from overtone.scales import Pico

_SEVERAL: Final = "|"
_TRUE: Final = frozenset({"true", "1", "yes"})
_FALSE: Final = frozenset({"false", "0", "no"})
_COUNT_MAX: Final = 10**15


def refusal(where: str, name: str, message: str) -> Rejected:
    """That a cell cannot be read: where it stands, what it is called, and what to do."""
    detail = f"{where}: {name} {message}"
    return Rejected(detail, [Fault(detail, name)])


def place_of(cells: Mapping[str, str]) -> str:
    """Where a usage record stands, for whoever mends it: its block and, where it has one, its own id."""
    return " ".join(filter(None, ("block", *cells["BlockId"].split("\t"), cells.get("SalesTransactionId", ""))))


class UsageLine(NamedTuple):
    """A usage line: usages less returns, revenue in pico (`None` where it states none) and the decimals in which it was written."""

    usages: int
    returns: int
    revenue: Pico | None
    decimals: int
    bearing: bool
    rounded: int
    """What rounding to whole usages and to 1e-12 changed: 1 where it did."""


def count(cells: Mapping[str, str], name: str, where: str) -> tuple[int, bool]:
    """A count, half-even where a report has fractions of usages, and whether it was rounded; 0 where it is left out. Raises `Rejected`."""
    text = cells.get(name) or "0"
    found = values.number(text)
    if found is None or found < 0 or found > _COUNT_MAX:
        raise refusal(where, name, f"{text!r:.80} is no number of zero or more; send how often, 0 where it was not")
    near = values.rounded(found, 0)
    return int(near), near != found


def amount(cells: Mapping[str, str], name: str, where: str) -> tuple[Pico | None, int, bool]:
    """An amount in pico (`None` where it is left out), the decimals as written, and whether it was rounded; raises `Rejected`."""
    text = cells.get(name)
    if not text:
        return None, 0, False
    found = values.number(text)
    if found is None:
        raise refusal(where, name, f"{text!r:.80} is no decimal number; write it as 12.34")
    if found < 0:
        raise refusal(where, name, f"{text:.80} is negative; state adjusted figures in a message created later with the same ids")
    near = values.rounded(found, DECIMALS_MAX)
    try:
        money.parse_amount(values.plain(near))
    except Rejected as error:
        raise refusal(where, name, f"{text!r:.80}: {error.detail}") from error
    return Pico(int(near * PICO)), min(DECIMALS_MAX, _decimals(found)), near != found


def _decimals(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def flag(cells: Mapping[str, str], name: str, where: str) -> bool:
    """A flag, true where it is left out; raises `Rejected`."""
    text = (cells.get(name) or "true").casefold()
    if text not in _TRUE | _FALSE:
        raise refusal(where, name, f"{cells.get(name)!r:.80} is no flag; write true or false")
    return text in _TRUE


def several(text: str) -> list[str]:
    """The values of a cell, each once."""
    return list(dict.fromkeys(value.strip() for value in text.split(_SEVERAL) if value.strip()))


def pairs(first: str, second: str, where: str) -> list[tuple[str, str]]:
    """The values of two cells that belong together in their order; raises `Rejected` where their numbers differ."""
    left, right = ([value.strip() for value in text.split(_SEVERAL)] for text in (first, second))
    if len(left) != len(right):
        raise Rejected(
            f"{where}: {first!r:.80} has {len(left)} values and {second!r:.80} has {len(right)}; send one of each kind for the other"
        )
    return list(zip(left, right, strict=True))


def line_of(cells: Mapping[str, str], where: str) -> UsageLine:
    """A usage record's figures; raises `Rejected` naming block, cell and value.

    A part of one use that has revenue counts as one, for money of no usage would be nobody's.
    """
    if not cells.get("Usages"):
        raise refusal(where, "Usages", "is missing: the line ends before it, or the cell is empty; send 0 where there were none")
    usages, used_rounded = count(cells, "Usages", where)
    returns, returned_rounded = count(cells, "Returns", where)
    if returns > usages:
        more = f"{returns} exceed Usages {usages}; state adjusted figures in a message created later with the same ids"
        raise refusal(where, "Returns", more)
    revenue, decimals, paid_rounded = amount(cells, "NetRevenue", where)
    bearing = flag(cells, "IsRoyaltyBearing", where)
    if revenue and used_rounded and not usages:
        usages = 1
    if revenue and usages == returns:
        unused = f"{cells['NetRevenue']:.80} belongs to no usage: Usages less Returns is 0; state how often it was used, or no revenue"
        raise refusal(where, "NetRevenue", unused)
    return UsageLine(usages - returns, returns, revenue, decimals, bearing, int(used_rounded or returned_rounded or paid_rounded))
