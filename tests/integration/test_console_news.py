"""What the front page tells of what happened: the latest, however much did."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from overtone.facts.events import events_for
from overtone.stores import events
from tests.integration.registering import register
from tests.integration.visitors import Visitor

if TYPE_CHECKING:
    from local.stack import Stack


@pytest.mark.parametrize(("count", "apart"), [(3, timedelta(days=90)), (250, timedelta(days=1)), (1_100, timedelta(minutes=1))])
def test_the_front_page_tells_the_latest_that_happened(stack: Stack, count: int, apart: timedelta) -> None:
    """Events are listed from the first on, and the page took the first two hundred of two years: for who has more it stood still."""
    stack.at("2026-11-10T06:00:00Z")
    register(stack, "ann")
    now = stack.now
    instants = [(now - apart * (count - number)).strftime("%Y-%m-%dT%H:%M:%S.%fZ") for number in range(count)]
    for number, at in enumerate(instants):
        events.put(events_for("statement.ready", at, ["ann"], settlement_id=f"s-{number:04d}"))
    person = Visitor(stack)
    page = person.sign_in("ann", "statements.read").text
    latest = [f"s-{number:04d}" for number in range(count)][-10:]
    assert [name for name in latest if name in page] == latest
    assert page.index(latest[-1]) < page.index(latest[0]), "the latest first"
