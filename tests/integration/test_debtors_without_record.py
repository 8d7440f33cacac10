"""What is owed by somebody without a party record, as a levy that an admin deposits, is collected like all other money."""

from typing import Any

import pytest

from local.stack import Stack
from tests.integration import scenario
from tests.integration.scenario import settle


@pytest.mark.parametrize(
    ("token", "said", "debtor"), [(None, {}, "admin"), ("root", {}, "root"), (None, {"administrator": "office"}, "office")]
)
def test_a_levy_s_deposit_is_recorded_whoever_made_it(stack: Stack, token: str | None, said: dict[str, str], debtor: str) -> None:
    """It was invoiced to whoever deposited it, and a collection of that money was refused: payees who wait for it waited for ever."""
    scenario.small_world(stack)
    levy: dict[str, Any] = {"levy_id": "l-1", "month": "2026-10", "currency": "EUR", "amount": "100", "distribution": {"party": "ann"}}
    assert stack.http("POST", "/v1/levies", party=token, scope="admin", json=levy | said).status == 201
    came = {"collection_id": "c-1", "licensee": debtor, "currency": "EUR", "amount": "100", "received_on": "2026-11-09"}
    office: dict[str, Any] = {"scope": "finance"}
    stack.at(scenario.SETTLED)
    assert stack.http("POST", "/v1/collections", json=came, **office).status == 422, "nothing is owed yet"
    assert settle(stack)["status"] == "sealed", stack.errors
    taken = stack.http("POST", "/v1/collections", json=came, **office)
    assert taken.status == 201, taken.text
    (invoice,) = stack.http("GET", "/v1/invoices", query={"licensee": debtor}, **office).json()["items"]
    assert (invoice["status"], invoice["collected"]) == ("paid", "100.00")
    assert stack.http("POST", "/v1/collections", json=came | {"collection_id": "c-2", "licensee": "ghost"}, **office).status == 422
