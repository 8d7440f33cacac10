"""A body without an id is called by what it says: whoever sends it again on the same day gets the same."""

from typing import Any

import pytest

from local.gateway import Response
from local.stack import Stack
from tests.integration import scenario


@pytest.fixture
def world(stack: Stack) -> Stack:
    for name in ("ann", "bob"):
        scenario.party(stack, name, "creator", payout=scenario.BANK)
    scenario.work(stack, "song", "ann", {"ann": "0.8", "bob": "0.2"}, identifiers=[scenario.ISRC])
    return stack


def contest(stack: Stack, **more: Any) -> Response:
    body = {"work": "song", "party": "ann", "reason": "mine"} | more
    return stack.http("POST", "/v1/disputes", party="bob", scope="registry.write", json=body)


def test_a_dispute_and_an_adjustment_need_no_id(world: Stack) -> None:
    first, again = contest(world), contest(world)
    assert (first.status, again.status, again.json()) == (201, 200, first.json())
    assert contest(world, share="0.2").json()["dispute_id"] != first.json()["dispute_id"]
    dispute = f"/v1/disputes/{first.json()['dispute_id']}"
    assert world.http("GET", dispute, party="ann", scope="registry.write").json() == first.json()
    assert world.http("POST", f"{dispute}:withdraw", party="bob", scope="registry.write").status == 200
    world.at(world.now.replace(day=world.now.day + 1))
    assert contest(world).json()["dispute_id"] != first.json()["dispute_id"]

    body = {"party": "ann", "amount": "5", "currency": "EUR", "reason": "r", "evidence": "e"}
    alice, bill = (world.token(None, "finance", sub=name) for name in ("alice", "bill"))
    proposed = [world.http("POST", "/v1/adjustments", token=token, json=body) for token in (alice, alice, bill)]
    assert [reply.status for reply in proposed] == [201, 200, 201], "what two persons propose is two adjustments"
    name = proposed[0].json()["adjustment_id"]
    assert name == proposed[1].json()["adjustment_id"] != proposed[2].json()["adjustment_id"]
    accepted = world.http("POST", f"/v1/adjustments/{name}:accept", token=bill)
    assert (accepted.status, accepted.json()["status"]) == (200, "accepted")
