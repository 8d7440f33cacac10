"""What is asked when what it needs has expired: it is told so, and nobody is woken for it; what can be computed anew is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from overtone.stores import sealed_files
from overtone.views import accruals as accruals_view
from tests.integration import scenario
from tests.integration.scenario import FINANCE, ISRC, lines_of
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


def test_usage_that_has_expired_is_not_said_to_come_to_something_else(settled: Stack) -> None:
    """A settlement's workings outlive the usage behind it by weeks, or by years for old days: each row was said to have changed."""
    settled.at("2029-10-20T00:00:00Z")
    settled.expire()
    for line in (one for one in lines_of(settled) if one["mechanism"] == "per_output"):
        reply = settled.http("GET", f"/v1/explain/2026-10/{line['line_id']}", scope=FINANCE)
        told = reply.json()
        assert (reply.status, told["verified"], bool(told["accruals"])) == (200, True, True), reply.text
        assert {row["accrues_to_the_same_now"] for row in told["accruals"]} == {None}
        assert told["partitions_not_read"] == len(told["accruals"])


def test_a_correction_of_an_old_settlement_is_explained_when_what_stood_before_is_kept_no_more(settled: Stack) -> None:
    """The books that it replaced are older than what is kept, so a lifecycle rule takes them the day after: its lines were not found."""
    settled.at(LONG_AFTER)
    settled.expire()
    work = {"title": "Track", "kind": "recording", "identifiers": [ISRC], "composition": "song", "permissions": scenario.ALLOWED}
    owner = {"shares": [{"party": "ann", "share": "1"}], "effective_from": "2026-01-01"}
    assert settled.http("PUT", "/v1/works/track", scope="admin", json=work | owner).status == 200
    assert scenario.settle(settled, "2029-11", "2029-11")["status"] == "sealed"
    lines = lines_of(settled, "2029-11")
    told = {line["line_id"]: explained(settled, line) for line in lines}
    assert replaced(settled)
    for line in lines:
        now, before = explained(settled, line), told[line["line_id"]]
        assert (now["verified"], now["before"], now["after"]) == (True, before["before"], before["after"])
        assert (len(now["notes"]), len(before["notes"])) == (2, 1)


def explained(stack: Stack, line: dict[str, str]) -> dict[str, Any]:
    reply = stack.http("GET", f"/v1/explain/2029-11/{line['line_id']}", scope=FINANCE)
    assert reply.status == 200, reply.text
    return dict(reply.json())


def replaced(stack: Stack) -> int:
    """How many books later ones replaced, which the bucket takes by their age."""
    s3, name = stack.aws("s3"), stack.name("SettlementBucket")
    tags = {key: s3.get_object_tagging(Bucket=name, Key=key)["TagSet"] for key in stack.objects("SettlementBucket")}
    gone = [key for key, borne in tags.items() if {"Key": "superseded", "Value": "true"} in borne]
    for key in gone:
        s3.delete_object(Bucket=name, Key=key)
    return len(gone)


def test_a_large_month_of_long_ago_is_priced_without_its_pools(aged: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accruals_view, "MEASURED_WORKS_MAX", 0)
    told = aged.http("GET", "/v1/works/track/accruals?month=2026-10", party="ann", scope="statements.read")
    assert (told.status, told.json().get("pools", "").startswith("left out")) == (200, True), told.text


def test_a_preview_that_expired_is_told_so_and_can_be_asked_for_again(settled: Stack) -> None:
    """It was not found any more, under the name of an object of ours, though lists had it; and its files' links led nowhere."""
    asked = {"settlement_id": "look", "through": "2026-11", "preview": True, "early": True}

    def preview() -> str:
        assert settled.http("POST", "/v1/settlements", scope=FINANCE, json=asked).status == 202
        settled.drain()
        line: str = settled.http("GET", "/v1/settlements/look/lines", scope=FINANCE).json()["items"][0]["line_id"]
        return line

    scenario.usage(settled, "b-11", ("output:gen-1", "2026-11-03", 4))
    scenario.accrue(settled, "2026-11-10T08:15:00Z")
    line = preview()
    for key in [key for key in settled.objects("SettlementBucket") if key.startswith("previews/")]:
        settled.aws("s3").delete_object(Bucket=settled.name("SettlementBucket"), Key=key)
    told = settled.http("GET", "/v1/settlements/look", scope=FINANCE)
    assert (told.status, told.json()["status"], told.json()["files"]) == (200, "previewed", []), told.text
    for path in ("settlements/look/lines", "settlements/look/files/lines.csv", f"explain/look/{line}"):
        gone = settled.http("GET", f"/v1/{path}", scope=FINANCE)
        assert (gone.status, "ask for it again" in gone.json().get("detail", "")) == (410, True), (path, gone.text)
    assert preview() == line
    assert not settled.errors


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
        assert (gone.status, "kept no more" in gone.text) == (410, True), gone.text
    assert scenario.settle(settled, "look", preview=True)["status"] == "previewed"
    assert get(settled, "/v1/settlements/look/files/lines.csv").status == 307
    assert not settled.errors
