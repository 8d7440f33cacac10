"""What an auditor checks of money in and out: invoices, what was collected of them, ACH files."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, Final

from overtone.money import PICO, stored_amount
from overtone.payout.audit_folder import Finding, Folder, Sums, same
from overtone.scales import ZERO_PICO, Pico

_FIGURES: Final = ("exact", "net", "tax", "positive", "cash", "credited", "written_off")
_ACH: Final = "ach-USD"
_CENT: Final = PICO // 100


def invoices(folder: Folder) -> Iterator[Finding]:
    """Each invoice is what the receivables say, in whole minor units, with the rest carried; numbers are gapless."""
    owed: Sums = defaultdict(lambda: ZERO_PICO)
    for row in folder.rows("receivables.csv"):
        owed[f"{row['licensee']} {row['currency']}"] += stored_amount(row["amount"])
    exact: Sums = defaultdict(lambda: ZERO_PICO)
    wrong: list[str] = []
    numbers: list[int] = []
    for row in folder.rows("invoices.csv"):
        name = f"{row['licensee']}-{row['currency']}{'-interest' if row.get('kind') else ''}"
        exact[f"{row['licensee']} {row['currency']}"] += stored_amount(row["exact"])
        numbers.append(int(row["number"]))
        path = folder.path / f"invoices/{name}.json"
        document = json.loads(path.read_bytes()) if path.is_file() else {}
        lines = sum(stored_amount(line["amount"]) for line in document.get("lines", ()))
        carried = stored_amount(row["exact"]) + stored_amount(document.get("brought_forward", "0")) - stored_amount(row["net"])
        figures = [stored_amount(document.get(key, "0")) for key in ("net", "total", "carried_forward")]
        if figures != [stored_amount(row["net"]), stored_amount(row["total"]), carried] or lines != figures[0]:
            wrong.append(name)
    yield same("invoices are the receivables of each licensee and currency", exact, owed)
    yield Finding(
        not wrong, "the lines of each invoice sum to it, and what rounding leaves is carried" + (f": not {wrong[:5]}" if wrong else "")
    )
    gapless = sorted(numbers) == list(range(min(numbers, default=1), min(numbers, default=1) + len(numbers)))
    yield Finding(gapless, f"the numbers of its {len(numbers)} invoices are gapless")


def collected_money(folder: Folder) -> Iterator[Finding]:
    """Collected and open make up what was billed, and the trial balance has the same open."""
    stands: Sums = defaultdict(lambda: ZERO_PICO)
    numbers: list[int] = []
    over: list[int] = []
    head, *accounts = list[Any](folder.records("state/receivables.ndjson")) or [{"last_number": 0}]
    for licensee, currency, rest, cash, notes, documents in accounts:
        account = f"receivable:{licensee} {currency}"
        stands[account] -= Pico(int(rest) + int(cash) + int(notes))
        for number, _settlement, _issued, _due, *texts in documents:
            figures = dict(zip(_FIGURES, map(int, texts[: len(_FIGURES)]), strict=True))
            numbers.append(number)
            more = texts[len(_FIGURES)] if len(texts) > len(_FIGURES) else {}
            billed = figures["net"] + figures["tax"] + sum(map(int, more.get("forgone", ())))
            paid = figures["cash"] + figures["credited"] + figures["written_off"]
            if paid > max(0, billed):
                over.append(number)
            stands[account] += Pico(max(0, billed) - paid)
    trial: Sums = {}
    for row in folder.rows("trial_balance.csv"):
        if row["account"].startswith("receivable:"):
            trial[f"{row['account']} {row['currency']}"] = stored_amount(row["closing"])
    yield same("collected + open = invoiced, as the trial balance has it for each licensee", stands, trial)
    yield Finding(not over, "no invoice was paid more than it asks" + (f": not {over[:5]}" if over else ""))
    last = head["last_number"]
    yield Finding(sorted(numbers) == list(range(1, last + 1)), f"invoices are numbered from 1 to {last} without a gap")


def exports(folder: Folder) -> Iterator[Finding]:
    """Every account of the trial balance is in the chart, and what is exported sums to zero in each currency."""
    chart = {row["account"] for row in folder.rows("chart_of_accounts.csv")}
    accounts = {row["account"] for row in folder.rows("trial_balance.csv")}
    lacking = sorted(name for name in accounts if not {name, name.partition(":")[0]} & chart)
    yield Finding(
        not lacking, "every account of the trial balance is in the chart" + (f": not {', '.join(lacking[:5])}" if lacking else "")
    )
    sums: Sums = defaultdict(lambda: ZERO_PICO)
    for row in folder.rows("erp_journal.csv"):
        sums[row["Currency"]] += stored_amount(row["*Amount"])
    yield same("what is exported to other ledgers sums to zero in every currency", sums, {})


def wire_files(folder: Folder) -> Iterator[Finding]:
    """The entries of the ACH files are the payments of method ach, and their sums are right."""
    due: Sums = {}
    for row in folder.rows("payments.csv"):
        if row["status"] == "paid" and row["method"] == "ach":
            due[row["payment_id"][:15]] = stored_amount(row["paid"])
    names = [name for name in sorted(folder.names) if name.startswith(_ACH) and (folder.path / name).is_file()]
    files = {name: (folder.path / name).read_text(encoding="ascii").splitlines() for name in names}
    if due or files:
        sent = {name: amount for records in files.values() for name, amount in _entries(records).items()}
        called = ", ".join(files) or f"{_ACH}.txt"
        yield same(f"the {len(due)} payments of {called} are those of payments.csv", sent, due)
    for name, records in files.items():
        own = _entries(records)
        control = next((record for record in records if record.startswith("9") and record != "9" * len(record)), "0" * 94)
        hashed = sum(int(record[3:11]) for record in records if record.startswith("6")) % 10**10
        stated = int(control[13:21]), int(control[21:31]), int(control[43:55]) * _CENT
        yield Finding(stated == (len(own), hashed, sum(own.values())), f"the count, hash and sum of {name} are right")


def _entries(records: Iterable[str]) -> Sums:
    """The amounts of an ACH file's entries, by payment."""
    return {record[39:54].strip(): Pico(int(record[29:39]) * _CENT) for record in records if record.startswith("6")}
