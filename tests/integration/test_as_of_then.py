"""What is asked about a settled month or a past year is told as things stood then, whatever is registered from a later day on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from local.stack import Stack


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
