"""A settlement that somebody touched is found out, whatever they touched."""

import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from overtone.payout.personal import names_people
from overtone.verify import main
from tests.unit.settled import ACH, Settlement, line, party, usd


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two chained settlements, side by side."""
    top = tmp_path_factory.mktemp("sealed")
    known = {"asa": party(), "bo": party(payout={"threshold": "50"}), "stim": party("STIM", kind="society"), "cy": party(payout=ACH)}
    first = Settlement([line("asa", usd("10.005")), line("bo", usd("20"))], known)
    lines = [
        line("asa", usd("3"), settlement_id="s2", mechanism="advance"),
        line("asa", usd("1"), settlement_id="s2"),
        line("bo", usd("40"), settlement_id="s2"),
        line("stim", usd("5"), settlement_id="s2", member="asa"),
        line("cy", usd("4"), settlement_id="s2", deal="deal-2", licensee="ottofy"),
        line("", usd("2"), settlement_id="s2", account="suspense", reason="disputed"),
    ]
    second = Settlement(lines, known, settlement_id="s2", through="2026-11", before=first)
    for settlement in (first, second):
        for name, content in (settlement.files | {"manifest.json": settlement.manifest}).items():
            path = top / settlement.head.settlement_id / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    return top


@pytest.fixture
def folder(untouched: Path, tmp_path: Path) -> Path:
    """The folder of the second settlement, beside the first one's, to be forged."""
    shutil.copytree(untouched, tmp_path, dirs_exist_ok=True)
    return tmp_path / "s2"


def test_an_untouched_settlement_holds(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(folder)]) == 0
    told = capsys.readouterr().out
    assert "FAULT" not in told
    assert "chained to the manifest of s1 by its SHA-256" in told
    assert main([str(folder.parent / "s1")]) == 0


def test_no_settlement_is_told_apart_from_a_bad_one(tmp_path: Path) -> None:
    assert main([str(tmp_path)]) == 2


def test_the_previous_one_may_be_elsewhere(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    moved = folder.parent / "archive"
    (folder.parent / "s1").rename(moved)
    assert main([str(folder)]) == 0
    assert "which is not here" in capsys.readouterr().out
    assert main([str(folder), "--previous", str(moved)]) == 0


def test_when_the_time_of_what_names_people_is_over_the_rest_holds(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gone = [path for path in folder.rglob("*") if path.is_file() and names_people(path.relative_to(folder).as_posix())]
    assert {path.name for path in gone} >= {"payments.csv", "asa.json", "pain001-USD.xml", "ach-USD.txt"}
    for path in gone:
        path.unlink()
    assert main([str(folder)]) == 1
    assert main([str(folder), "--without-people"]) == 0
    assert f"{len(gone)} that name people are not looked at" in capsys.readouterr().out
    (folder / "lines.csv").write_bytes((folder / "lines.csv").read_bytes() + b"\n")
    assert main([str(folder), "--without-people"]) == 1


def test_a_hash_a_missing_and_an_extra_file_are_found(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "statements/asa.html").unlink()
    (folder / "lines.csv").write_bytes((folder / "lines.csv").read_bytes() + b"\n")
    (folder / "extra.csv").write_text("x")
    assert main([str(folder)]) == 1
    told = capsys.readouterr().out
    assert "not lines.csv, statements/asa.html (2 in all)" in told
    assert "manifest does not name: extra.csv" in told


def resealed(folder: Path) -> None:
    """Make the hashes agree again, as a forger would."""
    manifest = json.loads((folder / "manifest.json").read_bytes())
    for entry in manifest["files"]:
        content = (folder / entry["name"]).read_bytes()
        entry.update(sha256=hashlib.sha256(content).hexdigest(), bytes=len(content))
    (folder / "manifest.json").write_text(json.dumps(manifest))


@pytest.mark.parametrize(
    ("name", "old", "new", "fault"),
    [
        ("lines.csv", ",40,0,USD", ",41,0,USD", "lines to party sum"),
        ("lines.csv", ",recording,", ",composition,", "which says again what it is about"),
        ("state/suspense.ndjson", "isrc:w1", "isrc:w2", "what waits is kept as suspense.csv has it"),
        ("receivables.csv", "per_output,2026-10,48,", "per_output,2026-10,47,", "receivables are the lines"),
        ("receivables.csv", "-1,USD", "-2,USD", "recoupment in receivables"),
        ("payments.csv", "bo,Åsa,USD,20,40", "bo,Åsa,USD,20,41", "opening + credited"),
        ("payments.csv", ",60,0,paid,", ",59,1,paid,", "payments' paid sum"),
        ("payments.csv", ",60,0,paid,", ",60,0,below_threshold,", "paid + held + waiting"),
        ("statements/bo.json", '"paid":"60"', '"paid":"61"', "has the accounts of payments.csv: not bo USD"),
        ("statements/bo.json", '"status":"paid"', '"status":"manual"', "has the accounts of payments.csv: not bo USD"),
        ("statements/bo.json", '"currency":"USD"', '"currency":"SEK"', "has the accounts of payments.csv: not bo SEK, bo USD"),
        ("statements/stim.json", '"amount":"5"', '"amount":"6"', "earned as it says: not stim USD"),
        ("periods.csv", "bank:USD,USD,2026-11,", "bank:USD,USD,2026-10,", "what the months moved"),
        ("journal_entries.csv", "s2-000001,", "s2-100001,", "each entry has its day"),
        ("pain001-USD.xml", ">60.00</InstdAmt>", ">61.00</InstdAmt>", "payments of pain001-USD.xml"),
        ("pain001-USD.xml", "<CtrlSum>", "<CtrlSum>1", "its control sum"),
        ("journal.csv", "payable:bo,,40,", "payable:bo,,41,", "every journal entry"),
        ("trial_balance.csv", "suspense:disputed,USD,0,", "suspense:disputed,USD,1,", "the trial balance closes"),
        ("suspense.csv", ",2,USD,s2", ",3,USD,s2", "suspense.csv is what"),
        ("state/balances.ndjson", '"USD":"', '"USD":"1', "balances sum"),
        ("invoices.csv", ",songfox,USD,s2,", ",songfox,EUR,s2,", "invoices are the receivables"),
        ("invoices/songfox-USD.json", '"amount":"', '"amount":"1', "the lines of each invoice"),
        ("state/receivables.ndjson", '[2,"s2"', '[3,"s2"', "without a gap"),
        ("state/receivables.ndjson", ',"0","0","0"]', ',"5","0","0"]', "collected + open = invoiced"),
        ("chart_of_accounts.csv", ",suspense,", ",suspended,", "every account of the trial balance"),
        ("erp_journal.csv", ",-", ",-1", "exported to other ledgers"),
        ("ach-USD.txt", "0000000400", "0000000500", "payments of ach-USD.txt"),
        ("societies/stim.csv", ",5,0,0,5,USD", ",5,0,1,5,USD", "fee, cultural deduction and net"),
        ("societies/stim.csv", "asa,w1", "bo,w1", "members have what the lines say"),
    ],
)
def test_a_forged_figure_is_found_although_the_hashes_agree(
    folder: Path, capsys: pytest.CaptureFixture[str], name: str, old: str, new: str, fault: str
) -> None:
    path = folder / name
    before = path.read_text()
    assert old in before
    path.write_text(before.replace(old, new, 1))
    resealed(folder)
    assert main([str(folder)]) == 1
    told = capsys.readouterr().out
    assert re.search(rf"FAULT .*{re.escape(fault)}", told), told


@pytest.mark.parametrize(
    ("name", "broken"),
    [
        ("lines.csv", b"line_id\nx\n"),
        ("payments.csv", b"\xff"),
        ("statements/bo.json", b"{"),
        ("receivables.csv", b"licensee,deal_id,mechanism,usage_month,amount,currency\nfox,d,per_output,2026-11,much,USD\n"),
        ("trial_balance.csv", b"account,currency\npayable,USD\n"),
        ("state/balances.ndjson", b"{"),
        ("state/receivables.ndjson", b"[]\n[]\n"),
        ("invoices/songfox-USD.json", b"{"),
        ("pain001-USD.xml", b"<Document>"),
        ("ach-USD.txt", b"6\n9\n"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_and_stops_no_other_check(
    folder: Path, capsys: pytest.CaptureFixture[str], name: str, broken: bytes
) -> None:
    """A download that broke off ended in a traceback, and nothing at all was said: not even whose hash is another."""
    (folder / name).write_bytes(broken)
    assert main([str(folder)]) == 1
    told = capsys.readouterr().out
    assert f"FAULT {len(list(folder.rglob('*.*'))) - 1} files" in told
    assert f"not {name} (1 in all)" in told
    assert re.search(r"FAULT .* can be read: \w+: ", told), told
    assert told.count("\nok ") > 20, "the others"
    assert re.search(r"settlement s2: \d+ of \d+ checks failed", told)


@pytest.mark.parametrize(("settlement", "broken"), [("s2", b"{"), ("s2", b"[]"), ("s2", b"{}"), ("s1", b"\xff")])
def test_a_manifest_that_cannot_be_read_is_said(folder: Path, capsys: pytest.CaptureFixture[str], settlement: str, broken: bytes) -> None:
    (folder.parent / settlement / "manifest.json").write_bytes(broken)
    assert main([str(folder)]) == 1
    assert "FAULT manifest.json can be read" in capsys.readouterr().out


def test_a_forged_past_breaks_the_chain(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    resealed(folder.parent / "s1")
    assert main([str(folder)]) == 1
    assert "FAULT chained to the manifest of s1" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["trial_balance.csv", "periods.csv", "state/balances.ndjson"])
def test_what_it_is_compared_with_is_held_to_the_manifest_that_it_chains_to(
    folder: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """Whoever forged the last settlement's opening, and what the one before closed with, passed: the chain holds the manifest alone."""
    before = folder.parent / "s1"
    (before / name).write_text((before / name).read_text() + "\n")
    assert main([str(folder)]) == 1
    told = capsys.readouterr().out
    assert "ok    chained to the manifest of s1" in told
    assert f"FAULT what it starts from is what that manifest says: not {name}" in told
    for path in [path for path in before.rglob("*") if path.is_file() and path.name != "manifest.json"]:
        path.unlink()
    assert main([str(folder)]) == 0, "its manifest alone shows the chain"


SHA256SUM = shutil.which("sha256sum") or ""


@pytest.mark.skipif(not SHA256SUM, reason="GNU coreutils are not here")
def test_the_documented_way_without_this_program(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_bytes())
    listing = "".join(f"{entry['sha256']}  {entry['name']}\n" for entry in manifest["files"])
    # The listing is our own.
    done = subprocess.run(  # noqa: S603
        [SHA256SUM, "--check", "--quiet"], input=listing, text=True, cwd=folder, capture_output=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")
