"""Replays of one party's webhooks are few enough that everybody else's deliveries go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from overtone.facts.webhooks import REPLAYS_PER_HOUR_MAX
from tests.integration.test_webhooks import call, made
from tests.receiver import receiving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.gateway import Response
    from local.stack import Stack

pytestmark = pytest.mark.fair
SINCE = {"since": "2026-10-01"}


@pytest.fixture
def url(stack: Stack) -> Iterator[str]:
    """A receiver, and the stack at ten minutes and five seconds past an hour."""
    stack.at("2026-10-01T08:10:05Z")
    with receiving() as server:
        yield server.url


def replays(stack: Stack, number: int, name: str = "w", party: str = "ann") -> list[Response]:
    return [call(stack, "POST", f"/{name}:replay", SINCE, party=party) for _ in range(number)]


def test_a_party_replays_so_often_in_an_hour_and_is_told_when_it_may_again(stack: Stack, url: str) -> None:
    """Any number was taken, each with every event, and the deliveries of all others waited behind them."""
    made(stack, url)
    made(stack, url, "other")
    assert {reply.status for reply in replays(stack, REPLAYS_PER_HOUR_MAX - 1)} == {202}
    (last,), (refused,) = replays(stack, 1, "other"), replays(stack, 1)
    assert (last.status, refused.status, refused.headers["retry-after"]) == (202, 429, "2995"), "an hour ends at 09:00:00"
    assert "more than 10 replays of ann's webhooks in this hour" in refused.json()["detail"]
    assert refused.json()["type"] == "urn:overtone:problem:too-often"
    assert len(stack.messages("WebhookQueue")) == REPLAYS_PER_HOUR_MAX
    stack.at("2026-10-01T08:59:59Z")
    assert [reply.headers["retry-after"] for reply in replays(stack, 1)] == ["1"]
    stack.at("2026-10-01T09:00:00Z")
    assert [reply.status for reply in replays(stack, 1)] == [202]


def test_what_one_party_replays_is_not_counted_of_others_nor_of_what_is_not_there(stack: Stack, url: str) -> None:
    made(stack, url)
    assert call(stack, "PUT", "/w", {"url": url}, party="bob").status == 201
    assert {reply.status for reply in replays(stack, REPLAYS_PER_HOUR_MAX + 1, "none")} == {404}
    assert [reply.status for reply in replays(stack, REPLAYS_PER_HOUR_MAX + 1)] == [202] * REPLAYS_PER_HOUR_MAX + [429]
    assert [reply.status for reply in replays(stack, 1, party="bob")] == [202]


def test_a_replay_is_sent_where_nobody_can_count(stack: Stack, url: str) -> None:
    made(stack, url)
    replays(stack, REPLAYS_PER_HOUR_MAX)
    stack.weather(throttles=1.0)
    assert [reply.status for reply in replays(stack, 1)] == [202]
    stack.weather()
    assert [reply.status for reply in replays(stack, 1)] == [429]
