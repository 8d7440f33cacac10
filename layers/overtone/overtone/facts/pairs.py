"""Fields of a usage record that must agree with each other: money with its currency, a void with no money, a currency with its day."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Final

from overtone import currencies, money
from overtone.errors import Rejected
from overtone.facts import usage

Columns = Mapping[str, Sequence[Any]]
PAIRED: Final = ("revenue", "currency")
"""Fields that go together."""


def has_gaps(column: Sequence[Any]) -> bool:
    """Whether a value is absent. Types are compared faster than values."""
    return type(None) in set(map(type, column))


def is_absent(column: Sequence[Any]) -> bool:
    """Whether every value is absent."""
    return column.count(None) == len(column)


def wrong_rows(columns: Columns, wrong: set[int], gaps: AbstractSet[str]) -> set[int]:
    """Rows whose fields do not agree, among those that are not wrong already; `gaps` are the columns of which a value is absent."""
    found = set(_unpaired(columns["revenue"], columns["currency"])) if gaps else set()
    found.update(_paid_voids(columns["quantity"], columns["revenue"], wrong))
    found.update(_outdated(columns["currency"], columns["used_on"], wrong))
    return found


def _unpaired(revenue: Sequence[Any], currency: Sequence[Any]) -> list[int]:
    return [row for row, (amount, code) in enumerate(zip(revenue, currency, strict=True)) if (amount is None) != (code is None)]


def _paid_voids(quantity: Sequence[Any], revenue: Sequence[Any], wrong: set[int]) -> list[int]:
    """Rows of quantity 0 with money: what counts nothing earned nothing."""
    if 0 not in quantity:
        return []
    return [row for row, count in enumerate(quantity) if row not in wrong and not count and _is_money(revenue[row])]


def _is_money(revenue: object) -> bool:
    return revenue is not None and money.parse_amount(usage.revenue(revenue)) != 0


def _outdated(currency: Sequence[Any], used_on: Sequence[Any], wrong: set[int]) -> list[int]:
    """Rows whose currency was money no more on their day."""
    try:
        codes = set(currency)
    except TypeError:  # a list or an object stands in for one somewhere
        codes = {code for code in currency if isinstance(code, str)}
    ended = {code for code in codes if isinstance(code, str) and currencies.has_ended(code)}
    if not ended:
        return []
    return [row for row, code in enumerate(currency) if row not in wrong and code in ended and not _was_money(code, used_on[row])]


def _was_money(code: str, day: str) -> bool:
    try:
        currencies.check_day(code, day)
    except Rejected:
        return False
    return True


def faults(record: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """What does not agree in a record whose fields are each good: the field to mend, and how."""
    if (record["revenue"] is None) != (record["currency"] is None):
        yield ("currency" if record["currency"] is None else "revenue"), "revenue and currency go together; send both or none"
    elif not record["quantity"] and _is_money(record["revenue"]):
        message = f"quantity 0 voids a record, and this one has revenue {record['revenue']}; send the quantity, or no revenue"
        yield "quantity", message
    if record["currency"] is not None:
        try:
            currencies.check_day(record["currency"], record["used_on"])
        except Rejected as error:
            yield "currency", error.detail
