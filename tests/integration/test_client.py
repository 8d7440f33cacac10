"""The command line against the local stack, over a real port: from nothing to a verified settlement, as each user would."""

from __future__ import annotations

import asyncio
import csv
import hashlib
import json
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from typer.testing import CliRunner

from overtone_client import AsyncClient, Client, LocalToken, Mismatch, Problem, download, post_file
from overtone_client.commands.app import app
from overtone_client.posting import Journal
from tests.integration.scenario import accrue

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from typer.testing import Result

    from local.stack import Stack

PARTY_SCOPES = ["disclosures.write", "registry.write", "statements.read", "usage.write"]
COLUMNS = ("record_id", "subject", "use", "used_on", "quantity", "territory")
Run: TypeAlias = "Callable[..., Result]"


def table(path: Path, *rows: tuple[str, str, int]) -> Path:
    """A file of plays: (record, day, quantity)."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(COLUMNS)
        writer.writerows((name, "isrc:SEABC2600001", "stream", day, quantity, "SE") for name, day, quantity in rows)
    return path


@pytest.fixture
def run(api: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`overtone …`, signed in as an admin by default and as parties by name."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OVERTONE_HOME", str(tmp_path / "home"))

    def overtone(*words: str, code: int = 0, stdin: str = "") -> Result:
        done = CliRunner().invoke(app, words, input=stdin)
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert done.exit_code == code, f"{words}: {done.output}"
        return done

    overtone("sign-in", "--api", api)
    overtone("sign-in", "--api", api, "--as", "kestrel", "--party", "kestrel")
    overtone("sign-in", "--api", api, "--as", "asa", "--party", "asa")
    return overtone


def said(done: Result) -> Any:
    return json.loads(done.stdout)


def registered(run: Run) -> None:
    """A platform, a musician, her recording, and their deal."""
    deal = {"licensee": "kestrel", "licensor": "asa", "currency": "USD", "from": "2026-10-01", "territories": ["*"]}
    work = {"title": "Half a Harbour", "kind": "recording", "identifiers": ["isrc:SEABC2600001"], "owner": "asa"}
    generation = {"permissions": {"generation": {"default": "allow"}}, "shares": [{"party": "asa", "share": "1"}]}
    for path, body in {
        "parties/kestrel": {"name": "Kestrel Streaming", "kind": "licensee", "country": "US"},
        "parties/asa": {"name": "Åsa Lind", "kind": "creator", "country": "SE"},
        "works/harbour": work | generation,
        "deals/asa-kestrel": deal | {"terms": [{"mechanism": "direct_play", "rate": "0.005"}]},
    }.items():
        run("call", "PUT", f"/v1/{path}", json.dumps(body))


def test_from_nothing_to_a_verified_settlement(run: Run, stack: Stack, tmp_path: Path) -> None:
    registered(run)
    plays = table(tmp_path / "plays.csv", ("r-1", "2026-10-01", 700), ("r-2", "2026-10-02", 500), ("r-3", "2026-13-01", 1))
    sent = run("post", "plays.csv", "--as", "kestrel", "--records", "2", code=1)
    assert "1 refused" in sent.stdout
    assert "r-3" in sent.stdout
    again = said(run("post", "plays.csv", "--as", "kestrel", "--records", "2", "--json", code=1))["files"][0]
    assert (again["resumed"], again["received"], again["accepted"], again["rejected"][0]["index"]) == (1, 3, 2, 2)
    plays.write_text(plays.read_text(encoding="utf-8").replace("2026-13-01", "2026-10-02"), encoding="utf-8")
    mended = said(run("post", "plays.csv", "--as", "kestrel", "--json"))["files"][0]
    assert (mended["resumed"], mended["accepted"]) == (0, 3)
    assert "5 records" in run("declare", "2026-10", "--batches", "2", "--records", "5", "--as", "kestrel").stdout
    accrue(stack, "2026-11-02T08:00:00Z")
    assert "sealed" in run("settle", "2026-10", "--watch").stdout
    fetched = said(run("download", "2026-10", "--json"))
    assert "lines.csv" in fetched["fetched"]
    (line,) = csv.DictReader((tmp_path / "2026-10/lines.csv").read_text(encoding="utf-8").splitlines())
    assert (line["party_id"], line["amount"]) == ("asa", "6.005")
    assert (tmp_path / "2026-10/manifest.json").exists()
    statement = run("statement", "2026-10", "--as", "asa").stdout
    assert "Half a Harbour" in statement
    assert line["line_id"] in statement
    assert "0.005" in run("explain", "2026-10", line["line_id"], "--as", "asa").stdout
    assert said(run("explain", "2026-10", line["line_id"], "--as", "asa", "--json"))["verified"] is True
    run("statement", "2026-10", "--as", "asa", "--format", "html", "--out", "asa.html")
    assert "<html" in (tmp_path / "asa.html").read_text(encoding="utf-8")
    assert "statement.ready" in run("listen", "--once", "--as", "asa").stdout
    assert run("listen", "--once", "--as", "asa").stdout == ""
    assert stack.errors == []


def test_a_download_mends_what_is_wrong_and_leaves_what_is_right(run: Run, stack: Stack, api: str, tmp_path: Path) -> None:
    registered(run)
    run(
        "call",
        "POST",
        "/v1/revenue",
        json.dumps({"report_id": "r", "month": "2026-10", "currency": "USD", "net_revenue": "1", "licensee": "kestrel"}),
    )
    accrue(stack, "2026-11-02T08:00:00Z")
    run("settle", "2026-10", "--watch", "--json")
    first = said(run("download", "2026-10", "--json"))
    (tmp_path / "2026-10/lines.csv").write_text("forged", encoding="utf-8")
    second = said(run("download", "2026-10", "--json"))
    assert (second["fetched"], len(second["kept"])) == (["lines.csv"], len(first["fetched"]) - 1)
    assert second["manifest_sha256"] == hashlib.sha256((tmp_path / "2026-10/manifest.json").read_bytes()).hexdigest()
    stack.put_object("SettlementBucket", "2026-10/lines.csv", b"forged in the bucket")
    (tmp_path / "2026-10/lines.csv").unlink()
    with Client(api, LocalToken(api, "", ["finance"])) as finance:
        with pytest.raises(Mismatch, match=r"lines\.csv"):
            download(finance, "2026-10", tmp_path / "2026-10")
        assert not list((tmp_path / "2026-10").glob("lines.csv*"))
        stack.put_object("SettlementBucket", "2026-10/manifest.json", b'{"files": []}')
        with pytest.raises(Mismatch, match="its record says"):
            download(finance, "2026-10", tmp_path / "other")


def test_a_batch_over_a_limit_goes_in_halves_and_a_file_goes_on_where_it_stopped(run: Run, stack: Stack, api: str, tmp_path: Path) -> None:
    registered(run)
    days = [f"2026-{month:02}-{day:02}" for month in (6, 7, 8) for day in range(1, 31)] + ["2026-09-01"]
    path = table(tmp_path / "days.csv", *((f"r-{number}", day, 1) for number, day in enumerate(days)))
    with Client(api, LocalToken(api, "kestrel", ["usage.write"])) as kestrel:
        receipt = post_file(kestrel, path)
        assert [batch.batch_id[-6:] for batch in receipt.batches] == ["00001a", "00001b"]
        assert (receipt.received, receipt.accepted) == (91, 91)
        path = table(tmp_path / "more.csv", *((f"s-{number}", day, 1) for number, day in enumerate(days)))
        journal, done = Journal(tmp_path / "posted.ndjson"), list[int]()

        def stop(size: int) -> None:
            done.append(size)
            if len(done) == 3:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            post_file(kestrel, path, journal=journal, sent=stop, cut_records=20, parallel=1)
        with (tmp_path / "posted.ndjson").open("a", encoding="utf-8") as stream:
            stream.write('{"cut": "torn')
        resumed = post_file(kestrel, path, journal=journal, cut_records=20)
        assert (resumed.resumed, len(resumed.batches), resumed.accepted) == (3, 5, 91)
    assert stack.errors == []


def test_a_batch_that_was_refused_whole_is_sent_again(run: Run, tmp_path: Path) -> None:
    """What stood in its way was no fault of the file: here the words that the platform uses, which its mapping tells."""
    registered(run)
    path = table(tmp_path / "plays.csv", ("r-1", "2026-10-01", 700), ("r-2", "2026-10-02", 500))
    path.write_text(path.read_text(encoding="utf-8").replace("stream", "Streaming"), encoding="utf-8")
    refused = said(run("post", "plays.csv", "--as", "kestrel", "--json", code=1))["files"][0]
    assert (refused["received"], refused["accepted"]) == (2, 0)
    mapping = {"columns": {"use": {"column": "use", "values": {"Streaming": "stream"}}}}
    run("call", "PUT", "/v1/parties/kestrel/mapping", json.dumps(mapping), "--as", "kestrel")
    sent = said(run("post", "plays.csv", "--as", "kestrel", "--json"))["files"][0]
    assert (sent["resumed"], sent["accepted"], sent["rejected"]) == (0, 2, [])
    again = said(run("post", "plays.csv", "--as", "kestrel", "--json"))["files"][0]
    assert (again["resumed"], again["accepted"]) == (1, 2)


def test_what_one_party_sent_another_has_not_sent(
    run: Run, stack: Stack, api: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tokens that others fetched, and people who sign in, do not say in the profile for whom they act."""
    registered(run)
    run("call", "PUT", "/v1/parties/robin", json.dumps({"name": "Robin", "kind": "licensee", "country": "US"}))
    table(tmp_path / "plays.csv", ("r-1", "2026-10-01", 700))
    monkeypatch.setenv("OVERTONE_API", api)
    for party, resumed in (("kestrel", 0), ("robin", 0), ("kestrel", 1)):
        monkeypatch.setenv("OVERTONE_TOKEN", stack.token(party, "usage.write"))
        assert said(run("post", "plays.csv", "--json"))["files"][0]["resumed"] == resumed
    batches = stack.http("GET", "/v1/batches", party="robin", scope="usage.write").json()["items"]
    assert [batch["accepted"] for batch in batches] == [1]


def test_a_declaration_says_what_of_it_is_not_so(run: Run, stack: Stack, tmp_path: Path) -> None:
    registered(run)
    run("post", str(table(tmp_path / "a.csv", ("p-1", "2026-10-01", 10), ("p-2", "2026-10-01", 5))), "--as", "kestrel")
    declared = ("declare", "2026-10", "--as", "kestrel", "--batches")
    assert "2 of its records are still being counted" in run(*declared, "1", "--records", "2").output
    accrue(stack, "2026-10-02T05:15:00Z")
    assert run(*declared, "1", "--records", "2").output.strip() == "kestrel sent 2 records for 2026-10"
    run("post", str(table(tmp_path / "b.csv", ("p-1", "2026-10-01", 10), ("p-3", "2026-10-01", 1))), "--as", "kestrel")
    accrue(stack, "2026-10-02T05:30:00Z")
    told = run(*declared, "2", "--records", "3").output
    assert "here and not declared: records 1" in told
    assert "is sent again in another batch" in told
    assert "declared and not here: batches 1, records 6" in run(*declared, "3", "--records", "10").output
    said(run(*declared, "2", "--records", "4", "--json"))


def test_a_lab_asks_before_it_trains(run: Run) -> None:
    registered(run)
    asked = run(
        "clear",
        "c-1",
        "-",
        "--use",
        "training",
        "--day",
        "2026-10-01",
        "--as",
        "kestrel",
        code=1,
        stdin="isrc:SEABC2600001\nisrc:SEABC2600099\n",
    )
    assert "unregistered" in asked.stdout
    answer = said(run("clear", "c-1", "isrc:SEABC2600001", "isrc:SEABC2600099", "--day", "2026-10-01", "--as", "kestrel", "--json", code=1))
    assert {work["work"]: work["standing"] for work in answer["works"]}["isrc:SEABC2600099"] == "unregistered"


def test_a_dropped_file_has_its_receipt(run: Run, stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    registered(run)
    table(tmp_path / "drop.csv", ("r-1", "2026-10-01", 700))
    assert "receipts/kestrel/drop.csv.json" in run("drop", "drop.csv", "--as", "kestrel").stdout
    monkeypatch.setattr("overtone_client.commands.sending.time.sleep", lambda _seconds: stack.drain())
    told = said(run("drop", "drop.csv", "--as", "kestrel", "--wait-seconds", "9", "--json"))
    assert told["receipts"]["drop.csv"]["accepted"] == 1
    assert "acts for no party" in run("drop", "drop.csv", code=3).stderr
    assert "cannot be dropped" in run("drop", "drop.csv", "--kind", "deals", code=2).stderr


def test_a_receipt_that_lay_there_before_is_not_a_new_file_s(
    run: Run, stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registered(run)
    dropped = ("drop", "drop.csv", "--as", "kestrel", "--wait-seconds", "9", "--json")
    monkeypatch.setattr("overtone_client.commands.sending.time.sleep", lambda _seconds: stack.drain())
    table(tmp_path / "drop.csv", ("r-1", "2026-10-01", 700))
    assert said(run(*dropped))["receipts"]["drop.csv"]["status"] == "committed"
    table(tmp_path / "drop.csv", ("r-1", "2026-13-01", 700))
    assert said(run(*dropped, code=1))["receipts"]["drop.csv"]["status"] == "rejected"


def test_a_receipt_of_a_file_that_is_still_read_is_not_its_last(
    run: Run, stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registered(run)
    key = "receipts/kestrel/drop.csv.json"
    left = iter([lambda: stack.put_object("DropBucket", key, b'{"status": "committing", "accepted": 1}'), stack.drain])
    monkeypatch.setattr("overtone_client.commands.sending.time.sleep", lambda _seconds: next(left)())
    table(tmp_path / "drop.csv", ("r-1", "2026-10-01", 700), ("r-2", "2026-10-01", 700))
    assert "committed, 2 accepted" in run("drop", "drop.csv", "--as", "kestrel", "--wait-seconds", "9").stdout


def test_whoami_and_what_is_refused(run: Run, api: str) -> None:
    assert said(run("whoami", "--as", "kestrel", "--json"))["party_id"] == "kestrel"
    assert said(run("whoami", "--as", "kestrel", "--json"))["scopes"] == PARTY_SCOPES
    run("sign-in", "--api", api, "--as", "asa", "--party", "asa", "--scope", "finance", "--scope", "statements.read")
    assert "party   asa" in run("whoami", "--as", "asa").stdout
    assert "nobody is signed in as 'else'" in run("whoami", "--as", "else", code=4).stderr
    problem = said(run("settle", "2026-10", "--as", "asa", "--preview", "--json", code=3))
    assert (problem["status"], problem["errors"] != []) == (422, True)
    assert "404" in run("statement", "2026-09", "--as", "asa", code=3).stderr
    assert said(run("sign-out", "--as", "asa", "--json")) == {"profile": "asa", "was_signed_in": True}
    run("whoami", "--as", "asa", code=4)

    async def story() -> None:
        async with AsyncClient(api, LocalToken(api, "asa", ["statements.read"])) as asa:
            assert (await asa.whoami())["scopes"] == ["statements.read"]
            assert [event async for event in asa.events()] == []
            with pytest.raises(Problem, match="usage"):
                await asa.post_usage("b", [])

    asyncio.run(story())
