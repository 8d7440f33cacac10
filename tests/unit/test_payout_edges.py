"""What small changes of the code of payment found no test for: the words of findings, a work's sum, what an invoice remembers."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, NamedTuple

import pytest

from overtone.money import PICO
from overtone.payout.audit import audit
from overtone.payout.invoice_balance import NO_RATE, Invoice, LateRate
from overtone.payout.statement import Statement
from overtone.scales import ZERO_PICO, Pico
from tests.unit.emitted import stored
from tests.unit.settled import Settlement, line, party, usd

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TEN = Pico(10 * PICO)
EIGHT_PERCENT = LateRate(80_000_000 * PICO, PICO)
PAYEES = ["p1", "p2", "p3", "p4", "p5", "p6", "p7"]
SUM = "opening + credited - recouped - withheld - paid = closing in every payment row"
STANDING = "paid + held + waiting = what each payee had and was credited, each with its reason"
BILLED = "the lines of each invoice sum to it, and what rounding leaves is carried"


@pytest.fixture(scope="module")
def paid() -> Settlement:
    """Seven payees, each paid what a licensee of its own owes."""
    parties = {one: party() for one in PAYEES} | {f"by-{one}": party(kind="licensee") for one in PAYEES}
    return Settlement([line(one, TEN, licensee=f"by-{one}", deal=f"d-{one}") for one in PAYEES], parties)


def spoil(path: Path, count: int, column: str) -> None:
    """Another figure in that column of the first rows of a CSV."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows[:count]:
        assert row[column] != "7"
        row[column] = "7"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


class Check(NamedTuple):
    """What a figure in a column belongs to, and how a finding names the rows of payees in which it is wrong."""

    file: str
    column: str
    text: str
    names: Callable[[list[str]], str]


CHECKS = {
    "sum": Check("payments.csv", "opening", SUM, lambda wrong: ", ".join(f"{one} USD" for one in wrong)),
    "standing": Check("payments.csv", "closing", STANDING, lambda wrong: ", ".join(f"{one} USD (paid)" for one in wrong)),
    "billed": Check("invoices.csv", "total", BILLED, lambda wrong: str([f"by-{one}-USD" for one in wrong])),
}


@pytest.mark.parametrize("count", [0, 1, 5, 6])
@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_a_finding_names_what_is_wrong_and_of_many_the_first_five(paid: Settlement, tmp_path: Path, check: Check, count: int) -> None:
    folder = stored(paid, tmp_path)
    spoil(folder.path / check.file, count, check.column)
    (found,) = [finding for finding in audit(folder) if finding.text.startswith(check.text)]
    assert found == (count == 0, check.text + (f": not {check.names(PAYEES[: min(count, 5)])}" if count else ""))


def test_a_work_brings_what_all_its_lines_bring() -> None:
    ways = [
        line("asa", usd("6"), month="2026-09", work="two", title="Vals"),
        line("asa", usd("3"), work="two", title="Vals"),
        line("asa", usd("4"), work="one", title="Polka"),
    ]
    settlement = Settlement(ways, {"asa": party()})
    (source,) = Statement.parse(settlement.files["statements/asa.json"]).sources
    told = [(work.title, work.amount, [entry.amount for entry in work.lines]) for work in source.works]
    assert told == [("Vals", "9", ["6", "3"]), ("Polka", "4", ["4"])]


@pytest.mark.parametrize(("late", "charged"), [(NO_RATE, ZERO_PICO), (EIGHT_PERCENT, TEN), (EIGHT_PERCENT, ZERO_PICO)])
def test_an_account_remembers_what_delay_was_charged_and_where_no_rate_is_that_nothing_was(late: LateRate, charged: Pico) -> None:
    invoice = Invoice(7, "fox", "EUR", "2026-10", "2026-11-10", "2026-12-10", TEN, TEN, ZERO_PICO, TEN, late=late, charged=charged)
    invoice.take(TEN, "2026-12-20")
    assert Invoice.decode("fox", "EUR", invoice.encode()) == invoice
