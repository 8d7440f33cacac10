"""Which tests run on a bad day of AWS, and how bad it is: the same suites, and every figure in them must come out all the same.

`WEATHER=7 make test` runs all tests of the stack on the bad day of seed 7; `WEATHER=0` none. Without it, as in the gate, every second
test of a few suites does, always in the same weather. A test marked `fair` counts calls or breaks one by itself, and stays out of it.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final
from zlib import crc32

if TYPE_CHECKING:
    import pytest

BAD_DAY: Final = {"conflicts": 0.04, "throttles": 0.04, "errors": 0.03, "lost": 0.04}
"""Shares of the writes of handlers: one in seven does not go through at once."""
IN_THE_GATE: Final = frozenset(
    {
        *("test_accrual", "test_corrections", "test_deals", "test_settlement_chain", "test_settlement_adjustments"),
        *("test_usage_api", "test_usage_drop", "test_usage_drop_dsr", "test_report_drop", "test_withdrawals"),
    }
)
GATE_SEED: Final = 1


def weather_of(item: pytest.Item) -> dict[str, float] | None:
    """The arguments of `Stack.weather` for a test; `None` for a fair day."""
    asked = os.environ.get("WEATHER", "")
    if asked == "0" or item.get_closest_marker("fair"):
        return None
    dice = crc32(f"{asked or GATE_SEED}:{item.nodeid}".encode())
    module = item.nodeid.partition("::")[0].rpartition("/")[2].removesuffix(".py")
    if not asked and (module not in IN_THE_GATE or dice % 2):
        return None
    return {**BAD_DAY, "seed": dice}
