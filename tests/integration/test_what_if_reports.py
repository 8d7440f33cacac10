"""A party's what-if tells it nothing that a licensee has reported to the operator alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.integration.test_what_ifs import done, file_of, post

if TYPE_CHECKING:
    from local.stack import Stack

REVENUE = "1234.56"
POOL: dict[str, Any] = {"mechanism": "revenue_pool", "share": "1", "basis": "influence"}
REST: dict[str, Any] = {"mechanism": "per_output", "revenue_share": "1", "unattributed": True} | {
    "confidence": {"min": "0.1", "fallback": "suspense"}
}
"""All that the outputs brought which is nobody's."""
DEAL: dict[str, Any] = {"licensee": "fox", "licensor": "ann", "currency": "EUR", "from": "2026-01-01", "territories": ["*"]}


def test_a_licensor_cannot_read_a_licensee_s_revenue_by_asking_for_all_of_it(settled: Stack) -> None:
    """Whoever had a share in one work that was used could ask for 100% of the net revenue, and was told how much that is."""
    for change in (
        {"deals": [{"add": "new", "deal": DEAL | {"terms": [POOL]}}]},
        {"deals": [{"replace": "ann-direct", "patch": {"terms": [POOL]}}]},
        {"deals": [{"add": "new", "deal": DEAL | {"terms": [{"mechanism": "per_output", "rate": "1"}, POOL]}}]},
        {"deals": [{"add": "new", "deal": DEAL | {"terms": [REST]}}]},
    ):
        refused = post(settled, "all-of-it", change, "ann")
        if refused.status == 202:
            settled.drain()
            assert REVENUE not in file_of(settled, "all-of-it", "result.json", "ann").decode()
        assert refused.status == 403, refused.text
    result = done(settled, "mine", {"deals": [{"replace": "open", "patch": {"terms": [POOL]}}]}, "fox")
    assert result["currencies"][0]["totals"]["owed"]["after"].startswith("12"), "the licensee knows its own revenue"
