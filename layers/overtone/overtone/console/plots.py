"""Small plots as inline SVG: geometry in whole numbers, looks in the stylesheet. A table with the figures always stands beside a plot."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from overtone.money import parse_amount

SPAN: Final = 10_000
"""The length of a plot in its own units."""
BARS_MAX: Final = 14


class PlotBar(NamedTuple):
    """A bar: its label, the figure beside it, where it starts and how long it is (of `SPAN`), its share of what is positive."""

    label: str
    figure: str
    start: int
    length: int
    share: str


def bars(items: Sequence[tuple[str, str, str]]) -> list[PlotBar]:
    """Bars in proportion for (label, exact amount, figure as shown); negative amounts run to the left of the zero line."""
    amounts = [parse_amount(amount) for _, amount, _ in items[:BARS_MAX]]
    low, high = min([0, *amounts]), max([0, *amounts])
    span = (high - low) or 1
    whole = sum(amount for amount in amounts if amount > 0) or 1
    made = []
    for (label, _, figure), amount in zip(items, amounts, strict=False):
        start, length = (min(amount, 0) - low) * SPAN // span, abs(amount) * SPAN // span
        made.append(PlotBar(label, figure, start, length, percent(amount, whole)))
    return made


def columns(items: Sequence[tuple[str, str, str]]) -> list[PlotBar]:
    """The same upright, one behind the other in time: `start` is counted from the top."""
    return [bar._replace(start=SPAN - bar.start - bar.length) for bar in bars(items)]


def percent(amount: int, whole: int) -> str:
    """A share with one decimal, nothing for what is not positive."""
    tenths = (amount * 2000 // whole + 1) // 2
    return f"{tenths // 10}.{tenths % 10}%" if amount > 0 else ""
