"""The demo's story on the local stack: what June's statement must show, what came late, and that README prints the same."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import shlex
import subprocess
import sys
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from defusedxml import ElementTree

from events.catalogue import DENIED, FEATURED, LATE
from local import blocks, demo
from overtone.api.log import ring
from overtone.errors import InvariantBroken
from overtone.formats import statement_text
from overtone.money import parse_amount
from overtone.payout.statement import Statement
from tests.integration.test_readme import README, SHELL

if TYPE_CHECKING:
    from pathlib import Path

    from local.stack import Stack

FIRST, SECOND = demo.SETTLEMENTS
ENGINE = os.environ.get("ENGINE") or "memory"
ENVIRONMENT = os.environ | {"ENGINE": ENGINE, "PYTHONPATH": str(demo.ROOT / "layers" / "overtone"), "PYTHONIOENCODING": "utf-8"}
ISO20022 = {"p": "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"}
pytestmark = pytest.mark.slow


class Played:
    """The demo, played once: what it told and what it left."""

    def __init__(self, out: Path, told: str) -> None:
        self.out, self.told = out, told

    def statement(self, settlement_id: str) -> Statement:
        return demo.statement_of(self.out / settlement_id)

    def rows(self, settlement_id: str, name: str) -> list[dict[str, str]]:
        with (self.out / settlement_id / name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))


def every_way_of_getting_paid_meets_on_one_work(played: Played) -> None:
    statement = played.statement(FIRST)
    works = {f"rec-{FEATURED}", f"comp-{FEATURED}"}
    lines = [
        (source.mechanism, line) for source in statement.sources for work in source.works if work.work_id in works for line in work.lines
    ]
    earning = {mechanism for mechanism, line in lines if parse_amount(line.amount) > 0}
    assert {"training_run", "per_output", "micro_royalty", "buyout", "levy"} <= earning
    assert any(parse_amount(line.shadow) > 0 and line.amount == "0" for _, line in lines)
    collected = [item for item in statement.collected if item.work_id in works]
    assert {"training_run", "revenue_pool", "per_output"} <= {item.mechanism for item in collected}
    assert all(parse_amount(i.gross) == sum(map(parse_amount, (i.admin_fee, i.cultural_deduction, i.net))) for i in collected)
    (advance,) = statement.advances
    assert 0 < parse_amount(advance.recouped) < parse_amount(advance.advanced)


def the_figures_are_plausible(played: Played) -> None:
    billed, paid = (next(b for b in played.statement(s).balances if b.currency == "USD") for s in demo.SETTLEMENTS)
    assert (billed.status, billed.paid) == ("not_collected", "0")
    assert 1_500 < parse_amount(paid.paid) // 10**12 < 5_000


def musicians_are_paid_what_licensees_have_paid(played: Played) -> None:
    assert {"brightloom", "tremolo"} <= {entry.licensee for entry in played.statement(FIRST).waiting}
    (invoice,) = [row for row in played.rows(FIRST, "invoices.csv") if row["licensee"] == "tremolo"]
    left = [entry for entry in played.statement(SECOND).waiting if entry.settlement_id == FIRST]
    assert {(entry.licensee, entry.invoice) for entry in left} == {("tremolo", invoice["number"])}
    assert all(0 < parse_amount(entry.paid) < parse_amount(entry.amount) for entry in left)


def one_lab_asked_and_of_the_other_the_owner_reads(played: Played) -> None:
    section = played.told.split("Who asked, and who did not")[1].split("The month after")[0]
    assert "1 denied" in section
    assert "Tremolo did not ask. On the statement of " in section
    rows = [row for row in played.rows(FIRST, "breaches.csv") if row["work_id"] == f"rec-{DENIED}" and row["use"] == "training"]
    assert {row["licensee"] for row in rows} == {"tremolo"}
    assert all(row["party_id"] for row in rows)
    assert any(parse_amount(row["amount"]) > 0 and row["currency"] == "EUR" for row in rows)
    owners = {row["party_id"] for row in played.rows(FIRST, "breaches.csv") if row["kind"] == "denied_use"}
    waits = [one for owner in owners for one in Statement.parse((played.out / FIRST / f"statements/{owner}.json").read_bytes()).suspended]
    assert {(one.reason, *one.works) for one in waits} == {("denied_use", rows[0]["title"])}
    standing = [row for row in played.rows(FIRST, "suspense.csv") if row["reason"] == "denied_use" and row["work_id"]]
    for currency in ("EUR", "USD"):
        told = sum(parse_amount(one.amount) for one in waits if one.currency == currency)
        assert told == sum(parse_amount(row["amount"]) for row in standing if row["currency"] == currency) != 0


def what_cannot_be_paid_waits_with_a_reason(played: Played) -> None:
    waiting = {(row["reason"], row["work_id"]) for row in played.rows(FIRST, "suspense.csv")}
    assert ("unregistered", "") in waiting
    assert ("denied_use", f"rec-{DENIED}") in waiting
    assert "unclaimed_share" in {reason for reason, _ in waiting}
    breaches = {(row["kind"], row["licensee"], row["use"]) for row in played.rows(FIRST, "breaches.csv")}
    assert ("denied_use", "tremolo", "training") in breaches
    assert ("denied_use", "tremolo", "generation") in breaches


def what_came_late_is_corrected_and_nothing_sealed_changes(played: Played) -> None:
    statement = played.statement(SECOND)
    assert statement.adjustments
    assert {adjustment.corrects for adjustment in statement.adjustments} == {FIRST}
    assert any(adjustment.title.lower() == LATE and parse_amount(adjustment.amount) > 0 for adjustment in statement.adjustments)
    assert "unregistered" not in {row["reason"] for row in played.rows(SECOND, "suspense.csv") if parse_amount(row["amount"])}
    manifest = json.loads((played.out / FIRST / "manifest.json").read_bytes())
    for entry in manifest["files"]:
        assert hashlib.sha256((played.out / FIRST / entry["name"]).read_bytes()).hexdigest() == entry["sha256"]
    previous = json.loads((played.out / SECOND / "manifest.json").read_bytes())["previous"]
    assert previous == {"settlement_id": FIRST, "sha256": hashlib.sha256((played.out / FIRST / "manifest.json").read_bytes()).hexdigest()}


def it_tells_the_story(played: Played) -> None:
    assert all(f"settlement {settlement_id}: all " in played.told for settlement_id in demo.SETTLEMENTS)
    assert "nothing counts twice" in played.told
    assert "Line " in played.told
    assert "brightloom-calloway" in played.told


def the_documents_show_the_statement_that_the_demo_prints(played: Played) -> None:
    printed = statement_text.render(played.statement(FIRST))
    if os.environ.get("UPDATE"):
        blocks.STATEMENT.write_text(printed, encoding="utf-8")
    assert blocks.STATEMENT.read_text(encoding="utf-8") == printed, "run `UPDATE=1 make test`, then `make generate`"
    assert printed.strip() in played.told
    assert blocks.statement_excerpt() in README


def bank_files_hold_the_payments(played: Played) -> None:
    """Read back with the standard library alone: sums and counts are those of the payments, to the cent."""
    payments = [row for row in played.rows(SECOND, "payments.csv") if row["status"] == "paid"]
    assert {(row["currency"], row["method"]) for row in payments} == {("EUR", "sepa"), ("SEK", "sepa"), ("USD", "ach")}
    entries = [record for record in (played.out / SECOND / "ach-USD.txt").read_text(encoding="ascii").splitlines() if record[0] == "6"]
    assert sum(int(record[29:39]) for record in entries) == 100 * sum(Decimal(row["paid"]) for row in payments if row["currency"] == "USD")
    for currency in ("EUR", "SEK"):
        due = {row["payment_id"]: Decimal(row["paid"]) for row in payments if row["currency"] == currency}
        root: Any = ElementTree.parse(played.out / SECOND / f"pain001-{currency}.xml").getroot()
        sent = {
            str(transfer.findtext("p:PmtId/p:EndToEndId", namespaces=ISO20022)): transfer.find("p:Amt/p:InstdAmt", ISO20022)
            for transfer in root.iterfind(".//p:CdtTrfTxInf", ISO20022)
        }
        assert {name: (amount.get("Ccy"), Decimal(str(amount.text))) for name, amount in sent.items() if amount is not None} == {
            name: (currency, amount) for name, amount in due.items()
        }
        head = root.find(".//p:GrpHdr", ISO20022)
        assert head is not None
        assert head.findtext("p:NbOfTxs", namespaces=ISO20022) == str(len(due))
        assert Decimal(str(head.findtext("p:CtrlSum", namespaces=ISO20022))) == sum(due.values())


def readme_tells_how_to_verify(played: Played) -> None:
    (block,) = [block for block in SHELL if "sha256sum" in block]
    (played.out / "out").symlink_to(played.out, target_is_directory=True)
    verified = block.replace("make verify DIR=", f"{shlex.quote(sys.executable)} -m overtone.verify ")
    done = subprocess.run(["sh", "-euc", verified], cwd=played.out, env=ENVIRONMENT, capture_output=True, text=True, check=False)  # noqa: S603, S607
    assert done.returncode == 0, done.stderr
    assert "checks hold" in done.stdout


def files_that_do_not_add_up_end_the_demo(played: Played) -> None:
    folder = played.out / "tampered" / FIRST
    for path in list((played.out / FIRST).rglob("*")):
        if path.is_file():
            target = folder / path.relative_to(played.out / FIRST)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes().replace(b"2058", b"2059"))
    with pytest.raises(demo.Unexpected):
        demo.checked(folder)


CHECKS = (
    every_way_of_getting_paid_meets_on_one_work,
    the_figures_are_plausible,
    musicians_are_paid_what_licensees_have_paid,
    what_cannot_be_paid_waits_with_a_reason,
    one_lab_asked_and_of_the_other_the_owner_reads,
    what_came_late_is_corrected_and_nothing_sealed_changes,
    it_tells_the_story,
    the_documents_show_the_statement_that_the_demo_prints,
    bank_files_hold_the_payments,
    readme_tells_how_to_verify,
    files_that_do_not_add_up_end_the_demo,
)


@pytest.mark.usefixtures("deployed_stack")  # skipped where the environment's engine cannot be had
def test_the_demo_comes_to_what_its_story_tells(tmp_path: Path, subtests: pytest.Subtests) -> None:
    """Played once, as `make demo` does, but on four buckets instead of eight: every figure is the same. `make engines` plays it on moto."""
    command = [sys.executable, "-m", "local.demo", "--out", str(tmp_path), "--ledger-buckets", "4"]
    done = subprocess.run(command, cwd=demo.ROOT, env=ENVIRONMENT, capture_output=True, text=True, encoding="utf-8", check=False)  # noqa: S603
    assert done.returncode == 0, done.stderr
    played = Played(tmp_path, done.stdout)
    for check in CHECKS:
        with subtests.test(check.__name__.replace("_", " ")):
            check(played)


def test_an_error_in_the_log_ends_the_demo(stack: Stack, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "story.json").write_text(json.dumps({"steps": [{"at": "2026-10-01T00:00:00Z", "told": "nothing", "requests": []}]}))
    monkeypatch.setattr(demo, "STORY", tmp_path)
    demo.Player(stack, print).play()
    monkeypatch.setattr(stack, "tick", lambda _now: ring(InvariantBroken("conserved", "a pico is missing")))
    with pytest.raises(demo.Unexpected, match="invariant broken"):
        demo.Player(stack, print).play()


def test_a_step_that_ends_otherwise_ends_the_demo(stack: Stack, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    step: dict[str, Any] = {"at": "2026-10-01T00:00:00Z", "told": "nobody is registered yet", "requests": []}
    step["requests"] = [{"party": "kestrel", "scope": "usage.write", "method": "POST", "path": "/v1/usage", "body": "batch", "status": 201}]
    (tmp_path / "story.json").write_text(json.dumps({"steps": [step]}))
    (tmp_path / "batch").write_text('{"batch_id": "b", "records": []}')
    monkeypatch.setattr(demo, "STORY", tmp_path)
    with pytest.raises(demo.Unexpected, match="422"):
        demo.Player(stack, print).play()
