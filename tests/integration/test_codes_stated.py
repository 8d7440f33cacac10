"""A territory that is none is refused with the right one wherever it is stated; a report whose every line is refused claims nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.dropping import drop
from tests.unit.dsr_files import ISRCS, one, row, sale

if TYPE_CHECKING:
    from local.stack import Stack

TERMS = [{"mechanism": "direct_play", "rate": "1"}]
STATED: list[tuple[str, str, dict[str, Any], str]] = [
    ("PUT", "parties/ann", {"name": "Ann", "kind": "creator", "country": "UK"}, "country"),
    (
        "PUT",
        "deals/d-1",
        {"licensee": "fox", "licensor": None, "currency": "EUR", "from": "2026-01-01", "territories": ["UK"], "terms": TERMS},
        "territories.0",
    ),
    (
        "PUT",
        "works/w-1",
        {"title": "T", "kind": "recording", "shares": [{"party": "fox", "share": "1", "territories": ["UK"]}]},
        "shares.0.territories.0",
    ),
    (
        "POST",
        "revenue",
        {
            "report_id": "r",
            "licensee": "fox",
            "month": "2026-10",
            "currency": "EUR",
            "net_revenue": "1",
            "subscribers": 1,
            "territory": "UK",
        },
        "territory",
    ),
]


@pytest.mark.parametrize(("method", "path", "body", "field"), STATED)
def test_a_territory_that_is_none_is_refused_with_the_nearest_right_one(
    fox: Stack, method: str, path: str, body: dict[str, Any], field: str
) -> None:
    refused = fox.http(method, f"/v1/{path}", scope="admin", json=body)
    assert refused.status == 422
    assert [fault["field"] for fault in refused.json()["errors"]] == [field]
    assert "'UK' is not an ISO 3166-1 alpha-2 territory; send GB" in refused.json()["detail"]


def test_a_sales_report_whose_every_line_is_refused_is_rejected_and_claims_nothing(fox: Stack) -> None:
    fox.at("2026-11-05T00:00:00Z")
    several = row("AS02.04", BlockId=1, ResourceReference="R1", ISRC=f"{ISRCS[0]}|{ISRCS[1]}")
    given = drop(fox, "oct.dsr.tsv", one(sale(), several))
    assert (given["status"], given["received"], given["accepted"], len(given["rejected"])) == ("rejected", 1, 0, 1)
    assert drop(fox, "oct.dsr.tsv", one(sale()))["accepted"] == 1
