"""Where functions of their own write the documents of many payees."""

import json
from pathlib import Path

import pytest

from overtone.payout.audit import audit
from overtone.payout.audit_folder import Folder
from overtone.steps.settlement import documents, later
from tests.unit.emitted import faults
from tests.unit.settled import Settlement, line, party, usd


def test_documents_of_later_payees_are_written_by_ranges_and_listed_in_indexes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the limit all stand in the manifest; one more payee is a range of its own."""
    monkeypatch.setattr(documents, "PDF_STATEMENTS_MAX", 0)
    mandate = {"society": "stim", "rights": ["recording"], "uses": ["output"]}
    known = {"asa": party(mandates=[mandate]), "bo": party("Bo"), "stim": party("STIM", kind="society")}
    lines = [line("bo", usd("3")), line("stim", usd("5"), member="asa", work="w2")]
    monkeypatch.setattr(later, "WITH_BOOKS_MAX", 3)
    assert "indexes" not in json.loads(Settlement(lines, known).manifest)
    monkeypatch.setattr(later, "WITH_BOOKS_MAX", 1)
    for payees, firsts in ((2, ["bo"]), (1, ["bo", "stim"])):
        monkeypatch.setattr(later, "RANGE_PAYEES", payees)
        apart = Settlement(lines, known)
        assert [index["first"] for index in json.loads(apart.manifest)["indexes"]] == firsts
        assert '"societies/stim.csv"' in apart.text(f"index/{len(firsts):05d}.ndjson")
        assert faults(apart, tmp_path / str(payees)) == []
    (tmp_path / "1" / "s1" / "index" / "00002.ndjson").write_bytes(b"")
    found = [text for holds, text in audit(Folder(tmp_path / "1" / "s1")) if not holds]
    assert "index/00002.ndjson" in found[0]
