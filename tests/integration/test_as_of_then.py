"""What is asked about a settled month or a past year is told as things stood then, whatever is registered from a later day on."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from tests.integration import scenario
from tests.integration.scenario import FINANCE, settle

if TYPE_CHECKING:
    from local.stack import Stack


def rows(stack: Stack, path: str, **query: str) -> list[dict[str, str]]:
    reply = stack.http("GET", f"/v1/{path}", scope=FINANCE, query=query)
    assert reply.status == 200, reply.text
    return list(csv.DictReader(io.StringIO(reply.text)))


def test_who_moves_next_year_has_this_year_s_certificate_for_this_year_s_authority(stack: Stack) -> None:
    """It went by the version recorded last: who had registered its move ahead was reported to the office of its new country alone."""
    scenario.small_world(stack)
    table = {"rates": [{"country": "SE", "from": "2026-01-01", "rate": "0.3"}]}
    assert stack.http("PUT", "/v1/tax-rates", scope=FINANCE, json=table).status == 200
    stack.at(scenario.SETTLED)
    assert settle(stack)["status"] == "sealed"
    before = rows(stack, "statements/annual/2026/certificates")
    moved = {"country": "NO", "name": "Ann Hansen", "effective_from": "2027-01-01"}
    assert stack.http("PATCH", "/v1/parties/ann", party="ann", scope="registry.write", json=moved).status == 200
    for now in (scenario.SETTLED, "2027-02-01T06:00:00Z"):
        stack.at(now)
        assert rows(stack, "statements/annual/2026/certificates") == before
        assert rows(stack, "statements/annual/2026/certificates", authority="SE") == before
        assert rows(stack, "statements/annual/2026", party_id="ann", format="csv") == before
    assert [(row["authority"], row["name"]) for row in before] == [("SE", "Ann")]


def test_claims_are_by_the_shares_that_were_settled(settled: Stack) -> None:
    """They were by those registered last: amounts of three quarters under a claim of a half, and another message each time one asked."""

    def claims() -> list[list[str]]:
        reply = settled.http("GET", "/v1/settlements/2026-10/claims/fox", party="fox", scope="statements.read")
        return [line.split("\t")[1:] for line in reply.text.splitlines() if line.startswith("CD01.01")]

    before = claims()
    halves: dict[str, Any] = {"shares": [{"party": party, "share": "0.5"} for party in ("ann", "bob")], "effective_from": "2026-11-01"}
    assert settled.http("PATCH", "/v1/works/track", party="ann", scope="registry.write", json=halves).status == 200
    assert claims() == before
    corrected = halves | {"effective_from": "2026-10-01"}
    assert settled.http("PATCH", "/v1/works/track", party="ann", scope="registry.write", json=corrected).status == 200
    assert claims() == before, "the next settlement posts the difference, under claims of its own"
