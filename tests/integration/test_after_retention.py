"""What is asked when what it needs has expired: it is told so, and nobody is woken for it; what can be computed anew is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from overtone.stores import sealed_files
from overtone.views import accruals as accruals_view
from tests.integration import scenario
from tests.integration.scenario import FINANCE, lines_of
from tests.integration.test_what_ifs import done, get, post

if TYPE_CHECKING:
    from local.stack import Stack

LONG_AFTER = "2029-12-20T00:00:00Z"
"""What a settlement of November 2026 worked with is kept for 1,095 days."""
EXPIRED = ("work/", "what-ifs/", "previews/")


@pytest.fixture
def aged(settled: Stack) -> Stack:
    """A month that was settled, and a what-if that was shared, three years ago; what has expired is taken."""
    done(settled, "once", {})
    assert settled.http("POST", "/v1/what-ifs/once:share", scope=FINANCE).status == 200
    settled.at(LONG_AFTER)
    settled.expire()
    for key in settled.objects("SettlementBucket"):
        if key.startswith(EXPIRED):
            settled.aws("s3").delete_object(Bucket=settled.name("SettlementBucket"), Key=key)
    return settled


def test_a_line_is_explained_no_more_and_nobody_is_woken(aged: Stack) -> None:
    """Its plan was missed as if it had been lost: an invariant was broken, and an alarm rang for each line that somebody asked about."""
    line = next(line["line_id"] for line in lines_of(aged) if line["party_id"] == "ann")
    told = aged.http("GET", f"/v1/explain/2026-10/{line}", party="ann", scope="statements.read")
    assert (told.status, "kept no longer" in told.json()["detail"]) == (410, True), told.text


def test_a_large_month_of_long_ago_is_priced_without_its_pools(aged: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accruals_view, "MEASURED_WORKS_MAX", 0)
    told = aged.http("GET", "/v1/works/track/accruals?month=2026-10", party="ann", scope="statements.read")
    assert (told.status, told.json().get("pools", "").startswith("left out")) == (200, True), told.text


def test_a_what_if_that_expired_is_told_so_and_can_be_asked_anew(aged: Stack) -> None:
    """It was done for ever: its links led nowhere, its page was an error for every payee, and it could not be asked again."""
    assert get(aged, "/v1/what-ifs/once/files/result.json").status == 410
    assert get(aged, "/v1/shared-what-ifs", "ann").json()["items"] == []
    assert get(aged, "/v1/shared-what-ifs/once", "ann").status == 404
    refused = post(aged, "compared", {}, compare="once")
    assert (refused.status, refused.json()["errors"][0]["field"]) == (422, "compare")
    assert done(aged, "once", {})["basis"]["settlement_id"] == "2026-10"
    assert not get(aged, "/v1/what-ifs/once").json().get("shared_at"), "finance shares the new answer, or does not"
    scenario.settle(aged, "2029-11", "2029-11")
    assert not aged.errors


def test_a_preview_of_long_ago_says_that_its_files_are_kept_no_longer(settled: Stack) -> None:
    """It was listed, and asked for by its id it was not there: an object of ours was missed by its key."""
    assert scenario.settle(settled, "look", preview=True)["status"] == "previewed"
    settled.at(LONG_AFTER)
    for key in settled.objects("SettlementBucket"):
        if key.startswith("previews/"):
            settled.aws("s3").delete_object(Bucket=settled.name("SettlementBucket"), Key=key)
    sealed_files._manifest.cache_clear()
    told = get(settled, "/v1/settlements/look")
    assert (told.status, told.json()["status"], told.json()["files"]) == (200, "previewed", [])
    for path in ("files/lines.csv", "files/manifest.json", "lines"):
        gone = get(settled, f"/v1/settlements/look/{path}")
        assert (gone.status, "kept no longer" in gone.text) == (410, True), gone.text
    assert scenario.settle(settled, "look", preview=True)["status"] == "previewed"
    assert get(settled, "/v1/settlements/look/files/lines.csv").status == 307
    assert not settled.errors
