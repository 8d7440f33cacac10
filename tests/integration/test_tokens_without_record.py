"""Callers of finance and admins need no party record: whose token names a party without one acts for no party."""

from typing import Any

import pytest

from local.stack import Stack
from tests.integration import scenario
from tests.integration.scenario import ISRC

SONG: dict[str, Any] = {"title": "Song", "kind": "recording", "shares": []}


@pytest.mark.parametrize("party", [None, "root"])
def test_an_admin_registers_works_without_an_owner_whatever_its_token_names(stack: Stack, party: str | None) -> None:
    """It was told to register the party of its token first."""
    scenario.party(stack, "ann", "creator")
    admin: dict[str, Any] = {"party": party, "scope": "admin"}
    put = stack.http("PUT", "/v1/works/own", json=SONG | {"identifiers": [ISRC]}, **admin)
    assert (put.status, put.json()["owner"]) == (201, ""), put.text
    assert stack.http("PUT", "/v1/works/hers", json=SONG | {"owner": "ann"}, **admin).json()["owner"] == "ann"
    assert stack.http("PATCH", "/v1/works/own", json={"title": "Sung"}, **admin).json()["owner"] == ""
    for name, query, owner in (("listed", {}, ""), ("listed-hers", {"owner": "ann"}, "ann")):
        table, form = f"work_id,title,kind\n{name},Table,recording\n", {"content-type": "text/csv"}
        taken = stack.http("POST", "/v1/works:import", body=table, headers=form, query=query, **admin)
        assert (taken.status, taken.json()["refused"]) == (200, 0), taken.text
        assert stack.http("GET", f"/v1/works/{name}", **admin).json()["owner"] == owner


def test_an_admin_of_a_registered_party_registers_works_for_it(stack: Stack) -> None:
    scenario.party(stack, "lbl", "label")
    put = stack.http("PUT", "/v1/works/own", json=SONG, party="lbl", scope="admin")
    assert (put.status, put.json()["owner"]) == (201, "lbl"), put.text
