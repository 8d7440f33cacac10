"""Which tests run on a bad day of AWS, and how bad it is: the same suites, and every figure in them must come out all the same.

`WEATHER=7 make test` runs all tests of the stack on the bad day of seed 7; `WEATHER=0` none. Without it, as in the gate, every second
test of some suites does, each suite always in the same weather. A test marked `fair` counts calls or breaks one by itself, and stays
out of it.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final
from zlib import crc32

if TYPE_CHECKING:
    import pytest

BAD_DAY: Final = {"conflicts": 0.04, "throttles": 0.04, "errors": 0.03, "lost": 0.04}
"""Shares of the writes of handlers: one in seven does not go through at once."""
IN_THE_GATE: Final = {
    **dict.fromkeys(("accrual", "corrections", "deals", "settlement_chain", "settlement_adjustments", "withdrawals"), 1),
    **dict.fromkeys(("usage_api", "usage_drop", "usage_drop_dsr", "report_drop"), 1),
    **dict.fromkeys(("clearances", "disputes", "finance_money", "holds", "in_between", "missing_rates", "money_in_and_out"), 2),
    **dict.fromkeys(("poison_registry", "retention", "societies", "transfers", "works_drop", "works_import"), 3),
}
"""Suites of which every second test has bad weather in the gate, and the seed of it."""


def weather_of(item: pytest.Item) -> dict[str, float] | None:
    """The arguments of `Stack.weather` for a test; `None` for a fair day."""
    asked = os.environ.get("WEATHER", "")
    if asked == "0" or item.get_closest_marker("fair"):
        return None
    module = item.nodeid.partition("::")[0].rpartition("/")[2].removeprefix("test_").removesuffix(".py")
    dice = crc32(f"{asked or IN_THE_GATE.get(module)}:{item.nodeid}".encode())
    if not asked and (module not in IN_THE_GATE or dice % 2):
        return None
    return {**BAD_DAY, "seed": dice}
