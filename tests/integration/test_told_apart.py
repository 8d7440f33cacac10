"""A settlement of many payees: the documents of all but the first are written by functions of their own, and found as ever."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from overtone.payout import manifest
from overtone.payout.audit import audit
from overtone.payout.audit_folder import Folder
from overtone.steps import archive
from overtone.steps.settlement import documents, later
from overtone.views import settlements as settlement_view
from overtone_client import Client, LocalToken, Mismatch, download
from tests.integration import scenario

if TYPE_CHECKING:
    from pathlib import Path

    from local.stack import Stack


@pytest.fixture
def apart(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Stack:
    """Ranges of one payee behind the first."""
    monkeypatch.setattr(later, "WITH_BOOKS_MAX", 1)
    monkeypatch.setattr(later, "RANGE_PAYEES", 1)
    monkeypatch.setattr(documents, "PDF_STATEMENTS_MAX", 0)
    scenario.world(stack)
    stack.at(scenario.SETTLED)
    return stack


def sealed(stack: Stack) -> tuple[dict[str, Any], dict[str, bytes], list[str]]:
    """The manifest, every file, and the names that the manifest and its indexes list."""
    files = scenario.files_of(stack)
    told = json.loads(files.pop(manifest.NAME))
    return told, files, [entry["name"] for entry in manifest.entries(told, files.__getitem__)]


def test_documents_of_later_payees_are_found_as_ever(apart: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    assert scenario.settle(apart)["status"] == "sealed"
    told, files, listed = sealed(apart)
    assert len(told["indexes"]) >= 2
    assert sorted(listed) == sorted(files)
    payees = sorted(name.split("/")[1].removesuffix(".json") for name in files if name.startswith("statements/") and name.endswith(".json"))
    assert [index["first"] for index in told["indexes"]] == payees[1:]
    written = {name.rpartition(".")[0]: set[str]() for name in files if name.startswith("statements/")}
    for name in (name for name in files if name.startswith("statements/")):
        written[name.rpartition(".")[0]].add(name.rpartition(".")[2])
    assert {party: written[f"statements/{party}"] for party in payees} == {  # pages are drawn for whoever asks, data always lies there
        party: {"json", "csv", *(["html"] if party == payees[0] else [])} for party in payees
    }
    for party in payees:
        asked: dict[str, Any] = {"party": party, "scope": "statements.read"}
        page = apart.http("GET", "/v1/statements/2026-10", **asked, query={"format": "html"})
        page = apart.http("GET", page.headers["location"]) if party == payees[0] else page
        assert b"<html" in page.body[:200]
        assert apart.http("GET", "/v1/statements/2026-10", **asked).json()["party_id"] == party
        assert apart.http("GET", "/v1/statements/2026-10", **asked, query={"format": "pdf"}).body[:5] == b"%PDF-"
        (ready,) = apart.http("GET", "/v1/events", **asked, query={"type": "statement.ready"}).json()["items"]
        assert ready["settlement_id"] == "2026-10"
    assert apart.http("GET", "/v1/statements/2026-10", party="zoe", scope="statements.read").status == 404
    monkeypatch.setattr(settlement_view, "FILES_LISTED_MAX", 3)
    names, after = list[str](), ""
    while page := apart.http("GET", "/v1/settlements/2026-10", scope=scenario.FINANCE, query={"after": after} if after else {}).json():
        names += [file["name"] for file in page["files"]]
        if not (after := page.get("next", "")):
            break
    assert (sorted(names), page["files_total"]) == (sorted(files), len(files))


def test_they_are_packed_downloaded_and_audited(api: str, apart: Stack, tmp_path: Path) -> None:
    scenario.settle(apart)
    _, files, _ = sealed(apart)
    url = apart.http("GET", "/v1/settlements/2026-10/zip", scope=scenario.FINANCE).headers["location"]
    packed = zipfile.ZipFile(io.BytesIO(apart.http("GET", url).body)).namelist()
    assert sorted(packed) == sorted(f"2026-10/{name}" for name in (*files, manifest.NAME))
    assert len(files) <= archive.FILES_AT_ONCE_MAX
    with Client(api, LocalToken(api, "", ["finance"])) as finance:
        found = download(finance, "2026-10", tmp_path / "2026-10")
        assert sorted(found.fetched) == sorted(files)
        assert [text for holds, text in audit(Folder(tmp_path / "2026-10")) if not holds] == []
        first, *_ = files["index/00001.ndjson"].splitlines(keepends=True)
        apart.put_object("SettlementBucket", "2026-10/index/00001.ndjson", first)
        with pytest.raises(Mismatch, match="index/00001"):
            download(finance, "2026-10", tmp_path / "other")


def test_a_range_that_is_told_twice_and_a_month_that_follows(apart: Stack) -> None:
    scenario.settle(apart)
    before = scenario.files_of(apart)
    for number in range(1, len(json.loads(before[manifest.NAME])["indexes"]) + 1):
        scenario.step(apart, "tell", range=number)
    assert scenario.files_of(apart) == before
    assert scenario.settle(apart, "early", "2026-11", early=True)["status"] == "sealed"
    assert scenario.settle(apart, "again", "2026-11", preview=True, early=True)["status"] == "previewed"
