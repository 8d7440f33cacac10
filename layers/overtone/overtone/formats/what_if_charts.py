"""The drawings of a what-if as SVG paths and places: pure arithmetic, so that the page's template only says what is a line and what a text.

Drawings have no scripts and no fonts of their own; whoever cannot see them has the table behind each. Places are floats: nothing
of a drawing is money.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, NamedTuple

SIDE: Final = 320
"""Width and height of the square that a Lorenz curve is drawn in."""
SLOPES_MAX: Final = 20
"""Payees of the slope chart: those whose amounts move most."""
SLOPE_HEIGHT: Final = 420
BAR: Final = 30
BARS_HEIGHT: Final = 180
_GAP: Final = 13
"""Height of a line of text: labels nearer than that are pushed apart."""


class Slope(NamedTuple):
    """One payee: where its line begins and ends, where its label stands."""

    label: str
    before: str
    after: str
    y1: float
    y2: float
    label_y: float
    kind: str


class Bar(NamedTuple):
    """One column of the histogram."""

    label: str
    payees: int
    x: float
    y: float
    height: float
    kind: str


def curve(shares: Sequence[str]) -> str:
    """A Lorenz curve from its points (decimal shares): the path's `d`."""
    step = SIDE / (len(shares) - 1)
    return "M" + "L".join(f"{number * step:.1f} {SIDE - float(share) * SIDE:.1f}" for number, share in enumerate(shares))


def slopes(payees: Sequence[Mapping[str, str]]) -> list[Slope]:
    """The payees whose amounts move most, each a line from before to after on one scale of square roots, which shows small ones too."""
    chosen = [row for row in payees if row["difference"] != "0"][:SLOPES_MAX]
    sizes = [max(Decimal(row[world]), Decimal(0)).sqrt() for row in chosen for world in ("before", "after")]
    top = max(sizes, default=Decimal(0)) or Decimal(1)
    places = [float(SLOPE_HEIGHT - SLOPE_HEIGHT * size / top) for size in sizes]
    found = []
    for number, row in enumerate(chosen):
        y1, y2 = places[2 * number], places[2 * number + 1]
        kind = "loses" if row["difference"].startswith("-") else "gains"
        found.append(Slope(row["name"] or row["payee"], row["before"], row["after"], y1, y2, y2, kind))
    return _apart(sorted(found, key=lambda slope: (slope.y2, slope.label)))


def _apart(ordered: Sequence[Slope]) -> list[Slope]:
    found: list[Slope] = []
    for slope in ordered:
        least = found[-1].label_y + _GAP if found else slope.y2
        found.append(slope._replace(label_y=max(slope.y2, least)))
    return found


def bars(differences: Sequence[Mapping[str, Any]]) -> list[Bar]:
    """The histogram: how many payees lose or gain how much."""
    most = max((int(one["payees"]) for one in differences), default=0) or 1
    found = []
    for number, one in enumerate(differences):
        height = BARS_HEIGHT * int(one["payees"]) / most
        label = "stays" if one["sign"] == "stays" else f"{one['sign']} {one['size']}"
        found.append(Bar(label, int(one["payees"]), number * BAR, BARS_HEIGHT - height, height, one["sign"]))
    return found
