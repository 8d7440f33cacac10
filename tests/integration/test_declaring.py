"""Who has to declare a month: whoever's record says so on its last day."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.integration import scenario
from tests.integration.scenario import settle, small_world

if TYPE_CHECKING:
    from local.stack import Stack

DAYS = ("2026-10-01", "2026-10-20", "2026-10-31", "2026-11-01")


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize("asks", ["required", "own"])
@pytest.mark.parametrize("ends", [False, True])
def test_a_month_is_declared_where_its_last_day_asks_for_it(stack: Stack, day: str, asks: str, *, ends: bool) -> None:
    """The first day was asked: whoever had to declare from the middle of a month on was not waited for, and whoever had no more was."""
    small_world(stack)
    before, after = (asks, "optional") if ends else ("optional", asks)
    for said, since in ((before, "2026-09-01"), (after, day)):
        changed = stack.http("PATCH", "/v1/parties/fox", scope="admin", json={"completeness": said, "effective_from": since})
        assert changed.status == 200, changed.text
    stack.at(scenario.SETTLED)
    settled, waits = settle(stack), (day == "2026-11-01") == ends
    assert settled["status"] == ("refused" if waits and asks == "required" else "sealed"), settled
    if asks == "own":
        assert bool(json.loads(scenario.files_of(stack)["manifest.json"]).get("waiting")) == waits
