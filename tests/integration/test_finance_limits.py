"""Each limit of the finance API, from both sides."""

from typing import Any

import pytest

from local.gateway import Response
from local.stack import Stack
from overtone.api.paging import PAGE_MAX
from overtone.steps import acknowledgements
from overtone.views import accruals as accruals_view
from overtone.views import settlements as settlement_view
from overtone.views import statements as statement_view
from overtone.views import suspense as suspense_view
from tests.integration import scenario
from tests.integration.scenario import files_of, settle


def get(stack: Stack, path: str, **query: Any) -> Response:
    return stack.http("GET", f"/v1/{path}", scope="finance", query=query)


def test_limits_that_hold_for_one_settlement(settled: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    _files_come_in_pages(settled, monkeypatch)
    _a_large_statement_is_handed_out_by_url(settled, monkeypatch)
    _a_page_of_suspense_reads_so_much(settled, monkeypatch)
    _faults_of_an_acknowledgement_are_listed_up_to_a_number(settled, monkeypatch)


def _files_come_in_pages(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    names = {entry["name"] for entry in get(stack, "settlements/2026-10").json()["files"]}
    monkeypatch.setattr(settlement_view, "FILES_LISTED_MAX", len(names))
    assert "next" not in get(stack, "settlements/2026-10").json()
    monkeypatch.setattr(settlement_view, "FILES_LISTED_MAX", len(names) - 1)
    first = get(stack, "settlements/2026-10").json()
    second = get(stack, "settlements/2026-10", after=first["next"]).json()
    assert (len(first["files"]), len(second["files"]), first["files_total"]) == (len(names) - 1, 1, len(names))
    assert {entry["name"] for entry in first["files"] + second["files"]} == names
    listed = [entry["name"] for entry in first["files"]]
    assert listed == sorted(listed, key=lambda name: ("/" in name, name))


def _a_large_statement_is_handed_out_by_url(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    size = len(files_of(stack)["statements/ann.json"])
    monkeypatch.setattr(statement_view, "ANSWERED_BYTES_MAX", size)
    assert get(stack, "statements/2026-10", party_id="ann").status == 200
    monkeypatch.setattr(statement_view, "ANSWERED_BYTES_MAX", size - 1)
    reply = get(stack, "statements/2026-10", party_id="ann")
    assert reply.status == 307
    assert stack.http("GET", reply.headers["location"]).body == files_of(stack)["statements/ann.json"]


def _a_page_of_suspense_reads_so_much(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = get(stack, "suspense").json()["items"]
    monkeypatch.setattr(suspense_view, "SCANNED_BYTES_MAX", 1)
    seen: list[dict[str, str]] = []
    cursor, pages = "", 0
    while pages == 0 or cursor:
        page = get(stack, "suspense", mechanism="training_run", cursor=cursor).json()
        seen, cursor, pages = seen + page["items"], page["next_cursor"], pages + 1
    assert seen == [row for row in whole if row["mechanism"] == "training_run"]
    assert pages >= len(whole)


def _faults_of_an_acknowledgement_are_listed_up_to_a_number(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    body = "payment_id,status,reason\n" + "".join(f"OT{number},executed,\n" for number in range(3))
    for limit, listed in ((3, 3), (2, 2)):
        monkeypatch.setattr(acknowledgements, "LISTED_MAX", limit)
        path = "/v1/settlements/2026-10/acknowledgements"
        told = stack.http("POST", path, scope="finance", body=body, headers={"content-type": "text/csv"}).json()
        assert (len(told["errors"]), told["faults_total"]) == (listed, 3)


def test_a_pdf_or_page_that_was_not_sealed_is_made_on_demand(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("overtone.steps.settlement.documents.PDF_STATEMENTS_MAX", 0)
    monkeypatch.setattr("overtone.steps.settlement.documents.HTML_STATEMENTS_MAX", 0)
    scenario.small_world(stack)
    stack.at(scenario.SETTLED)
    settle(stack)
    assert "statements/ann.pdf" not in files_of(stack)
    made = get(stack, "statements/2026-10", party_id="ann", format="pdf")
    assert (made.status, made.headers["content-type"], made.body[:5]) == (200, "application/pdf", b"%PDF-")
    assert get(stack, "statements/2026-10", party_id="ann", format="pdf").body == made.body
    page = get(stack, "statements/2026-10", party_id="ann", format="html")
    assert (page.status, page.headers["content-type"], "statements/ann.html" in files_of(stack)) == (200, "text/html; charset=utf-8", False)
    assert page.body.startswith(b"<!doctype html>")
    assert get(stack, "statements/2026-10", party_id="nobody", format="pdf").status == 404
    rows = 2
    monkeypatch.setattr(statement_view, "PDF_LINES_MAX", rows)
    assert get(stack, "statements/2026-10", party_id="ann", format="pdf").status == 200
    monkeypatch.setattr(statement_view, "PDF_LINES_MAX", rows - 1)
    assert get(stack, "statements/2026-10", party_id="ann", format="pdf").status == 413
    monkeypatch.setattr(statement_view, "PDF_LINES_MAX", rows)
    monkeypatch.setattr(statement_view, "ANSWERED_BYTES_MAX", len(made.body) - 1)
    assert get(stack, "statements/2026-10", party_id="ann", format="pdf").status == 413


def test_a_month_too_large_to_measure_is_priced_by_its_last_settlement(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    scenario.small_world(stack)
    stack.at(scenario.SETTLED)
    rows = 2  # the work's and what is unattributed
    monkeypatch.setattr(accruals_view, "MEASURED_WORKS_MAX", rows)
    measured = get(stack, "works/track/accruals", month="2026-10").json()
    assert measured["pools"] == "measured now"
    monkeypatch.setattr(accruals_view, "MEASURED_WORKS_MAX", rows - 1)
    without = get(stack, "works/track/accruals", month="2026-10").json()
    assert without["pools"].startswith("left out")
    assert {line["mechanism"] for line in without["lines"]} == {"per_output"}
    settle(stack)
    last = get(stack, "works/track/accruals", month="2026-10").json()
    assert (last["pools"], last["lines"]) == ("as of settlement 2026-10", measured["lines"])


def test_a_composition_is_priced_with_so_many_recordings(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    scenario.world(stack)
    with_recording = get(stack, "works/song/accruals", month="2026-10").json()["lines"]
    monkeypatch.setattr(accruals_view, "RECORDINGS_MAX", 0)
    alone = get(stack, "works/song/accruals", month="2026-10").json()["lines"]
    assert {line["work_key"] for line in with_recording} > {line["work_key"] for line in alone}


def test_the_listing_of_settlements_has_a_limit(stack: Stack) -> None:
    assert get(stack, "settlements", limit=PAGE_MAX).status == 200
    assert get(stack, "settlements", limit=PAGE_MAX + 1).status == 422
    assert get(stack, "suspense", limit=PAGE_MAX).status == 200
    assert get(stack, "suspense", limit=PAGE_MAX + 1).status == 422
