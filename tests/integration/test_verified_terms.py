"""A settlement with services, likenesses, tiers, caps, a guarantee that is paid back, parts off the top and a held output: `verify` walks
it, every line explains itself, and what is forged of it is found."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from local.stack import Stack
from overtone.verify import main
from tests.integration import scenario

VOICE = "isni:0000000121032683"
TIERS = [{"from": "0", "rate": "1"}, {"from": "10", "rate": "0.5"}]
SETTLED = ("2026-10", "2026-11")


def _told(stack: Stack) -> None:
    stack.at("2026-09-01T08:00:00Z")
    for name in ("ann", "bob", "vox", "fund"):
        scenario.party(stack, name, "creator", payout=scenario.BANK)
    scenario.party(stack, "fox", "licensee")
    scenario.work(stack, "song", "bob", {"bob": "1"}, "composition", identifiers=["iswc:T0345246801"])
    scenario.work(stack, "track", "ann", {"ann": "1"}, identifiers=[scenario.ISRC], composition="song")
    scenario.work(stack, "other", "ann", {"ann": "0.6", "bob": "0.4"}, identifiers=[scenario.OTHER_ISRC])
    likeness = scenario.ALLOWED | {"likeness": {"default": "allow"}}
    scenario.work(stack, "voice", "vox", {"vox": "1"}, "likeness", identifiers=[VOICE], permissions=likeness)
    off = {"off_the_top": [{"party": "fund", "share": "0.05", "label": "musicians' fund"}]}
    apart = {"detail": ["service", "use", "territory"], "sides": {"recording": "0.6", "composition": "0.4"}}
    tiered = {"mechanism": "per_output", "tiers": TIERS, "tier_period": "year"}
    pool = {"mechanism": "revenue_pool", "share": "0.1", "basis": "influence", "whole": "all"}
    scenario.deal(stack, "paid", tiered, pool, services=["premium"], **apart, **off)
    capped = {"mechanism": "per_output", "rate": "0.1", "cap": {"amount": "2", "per": "quarter"}}
    scenario.deal(stack, "free", capped, services=["free"], detail=["service"])
    guarantee = {"mechanism": "minimum_guarantee", "amount": "20", "period": "month", "recoupable": True}
    voice = {"mechanism": "per_output", "rate": "2", "uses": ["voice_swap"]}
    scenario.deal(stack, "voices", voice, guarantee, licensor="vox")
    stack.at("2026-10-05T08:00:00Z")
    report = {"report_id": "rev", "month": "2026-10", "currency": "EUR", "net_revenue": "400", "subscribers": 0, "service": "premium"}
    scenario.sent(stack, "/v1/revenue", report)
    both = {scenario.ISRC: "0.5", scenario.OTHER_ISRC: "0.25"}
    scenario.disclose(stack, "rep", {"gen": both, "bot": {scenario.ISRC: "1"}, "sung": {scenario.ISRC: "0.5", VOICE: "0.5"}})
    for service in ("premium", "free"):
        played = [(f"output:{name}", f"2026-10-0{day}", count) for name, day, count in (("gen", 3, 9), ("bot", 3, 8), ("gen", 4, 15))]
        scenario.usage(stack, service, *played, service=service)
    scenario.usage(stack, "swaps", ("output:sung", "2026-10-04", 6), use="voice_swap", service="premium")
    scenario.accrue(stack, "2026-10-05T08:15:00Z")
    named = {"hold_id": "h", "subject": "output:bot", "licensee": "fox", "months": ["2026-10"], "reason": "one listener"}
    assert stack.http("POST", "/v1/holds", scope="finance", json=named).status == 201


@pytest.fixture(scope="module")
def settled(deployed_stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both settlements' files, side by side: the hold is released, and an output corrected, between them."""
    stack, top = deployed_stack, tmp_path_factory.mktemp("terms")
    stack.reset()
    stack.activate()
    _told(stack)
    stack.at("2026-11-10T06:00:00Z")
    scenario.settle(stack, "2026-10", "2026-10")
    told = _explained(stack, "2026-10")
    assert stack.http("DELETE", "/v1/holds/h", scope="finance").status == 200
    scenario.usage(stack, "again", ("output:gen", "2026-10-04", 5), record_id="premium-2", revision=1, service="premium")
    scenario.usage(stack, "swap", ("output:sung", "2026-11-04", 30), use="voice_swap", service="premium")
    stack.at("2026-12-10T06:00:00Z")
    scenario.settle(stack, "2026-11", "2026-11")
    for settlement in SETTLED:
        for name, content in scenario.files_of(stack, settlement).items():
            path = top / settlement / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    (top / "explained.json").write_text(json.dumps([*told, *_explained(stack, "2026-11")]))
    return top


def _explained(stack: Stack, settlement: str) -> list[dict[str, Any]]:
    asked = (f"/v1/explain/{settlement}/{line['line_id']}" for line in scenario.lines_of(stack, settlement))
    return [stack.http("GET", path, scope="finance").json() for path in asked]


def test_every_check_holds(settled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for settlement in SETTLED:
        assert main([str(settled / settlement)]) == 0, capsys.readouterr().out
    assert "chained to the manifest of 2026-10 by its SHA-256" in capsys.readouterr().out


def test_every_line_explains_itself_by_its_service_its_tiers_its_cap_and_its_hold(settled: Path) -> None:
    told: list[dict[str, Any]] = json.loads((settled / "explained.json").read_text())
    assert [(one["line_id"], one["notes"]) for one in told if not one["verified"]] == []
    keys = [one["key"] for one in told]
    assert {key["service"] for key in keys} == {"", "free", "premium"}
    assert {"likeness", "recording", "composition", "off_the_top"} <= {key["side"] for key in keys}
    assert {"per_output", "revenue_pool", "minimum_guarantee"} <= {key["mechanism"] for key in keys}
    held = [one for one in told if one["key"]["reason"] == "fraud_hold" and one["settlement_id"] == "2026-10"]
    assert {one["key"]["deal_id"] for one in held} == {"paid", "free"}
    assert all(any("hold h of output or recording output:bot" in note for note in one["notes"]) for one in held)
    said = json.dumps(told)
    assert "capped: of" in said
    assert "from 10" in said or "tier" in said


FORGERIES = [
    ("lines.csv", ",stream,premium", ",stream,free"),
    ("lines.csv", ",fraud_hold,", ",disputed,"),
    ("lines.csv", ",likeness,", ",recording,"),
    ("suspense.csv", "fraud_hold,2026-10", "disputed,2026-10"),
    ("state/suspense.ndjson", "fraud_hold", "disputed"),
]


@pytest.mark.parametrize(("name", "stated", "forged"), FORGERIES)
def test_what_is_forged_is_found_although_its_digest_is_written_anew(
    settled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, stated: str, forged: str
) -> None:
    folder = tmp_path / "2026-10"
    for path in (path for path in (settled / "2026-10").rglob("*") if path.is_file()):
        copied = folder / path.relative_to(settled / "2026-10")
        copied.parent.mkdir(parents=True, exist_ok=True)
        copied.write_bytes(path.read_bytes())
    text = (folder / name).read_text()
    assert stated in text
    (folder / name).write_text(text.replace(stated, forged, 1))
    manifest = json.loads((folder / "manifest.json").read_text())
    for entry in manifest["files"]:
        if entry["name"] == name:
            content = (folder / name).read_bytes()
            entry.update(sha256=hashlib.sha256(content).hexdigest(), bytes=len(content))
    (folder / "manifest.json").write_text(json.dumps(manifest, sort_keys=True, separators=(",", ":")) + "\n")
    assert main([str(folder)]) == 1, capsys.readouterr().out
