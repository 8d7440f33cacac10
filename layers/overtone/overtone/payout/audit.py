"""Checks a settlement from its files alone, as an auditor would who trusts none of the code that wrote them.

Each check yields findings: what was compared and what came out. Nothing is computed from anything but the files, and
nothing stops at the first fault.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring

from overtone.money import format_amount, stored_amount
from overtone.payout import audit_lines
from overtone.payout.audit_books import periods
from overtone.payout.audit_folder import MANIFEST, Finding, Folder, Sums, same
from overtone.payout.audit_money import collected_money, exports, invoices, wire_files
from overtone.payout.audit_payees import self_billed, standing, statements
from overtone.payout.personal import names_people
from overtone.scales import ZERO_PICO, Pico

_IDENTITY: Final = (("opening", 1), ("credited", 1), ("recouped", -1), ("withheld", -1), ("paid", -1), ("closing", -1))
_SUMMED: Final = ("recouped", "withheld", "paid", "held", "converted", "returned", "adjusted", "written_off")
_PIECE: Final = 1 << 20
_STARTED_FROM: Final = ("trial_balance.csv", "periods.csv", "state/balances.ndjson")
"""What a settlement before left that is compared with what this one opens with."""


def audit(folder: Folder, previous: Folder | None = None) -> Iterator[Finding]:
    """Every check that the files allow; `previous` is the folder of the settlement before, for the chain and the openings."""
    for what, findings in _checks(folder, previous):
        try:
            yield from findings
        except Exception as error:  # noqa: BLE001 - whatever a damaged file makes of a reader
            yield Finding(holds=False, text=f"what is said of {what} can be read: {type(error).__name__}: {error}")


def _checks(folder: Folder, previous: Folder | None) -> Iterator[tuple[str, Iterator[Finding]]]:
    yield "files", _files(folder)
    yield "the chain", _chain(folder, previous)
    yield "lines and receivables", _lines(folder)
    if not folder.without_people:
        yield "payments", _payments(folder)
        yield "payees", standing(folder)
        yield "statements", statements(folder)
        yield "self-billed invoices", self_billed(folder)
        yield "bank files", _bank_files(folder)
        yield "ACH files", wire_files(folder)
    yield "invoices", invoices(folder)
    yield "collected money", collected_money(folder)
    yield "exports", exports(folder)
    before = _before(previous)
    yield "the journal", _journal(folder, before)
    yield "periods", periods(folder, before)
    yield "balances", _balances(folder, before)
    yield "societies", _societies(folder)


def _files(folder: Folder) -> Iterator[Finding]:
    bad, size = [], 0
    left = [entry for entry in folder.entries if not (folder.without_people and names_people(entry["name"]))]
    for entry in left:
        path = folder.path / entry["name"]
        found = _digest(path) if path.is_file() else ("missing", 0)
        size += entry["bytes"]
        if found != (entry["sha256"], entry["bytes"]):
            bad.append(entry["name"])
    gone = f"; {len(folder.names) - len(left)} that name people are not looked at" if folder.without_people else ""
    what = f"{len(left)} files, {size:,} bytes, have the SHA-256 of the manifest{gone}"
    yield Finding(not bad, f"{what}: not {', '.join(bad[:5])} ({len(bad)} in all)" if bad else what)
    here = {path.relative_to(folder.path).as_posix() for path in folder.path.rglob("*") if path.is_file()}
    extra = sorted(here - {*folder.names, MANIFEST})
    yield Finding(not extra, f"no file lies here that the manifest does not name{': ' + ', '.join(extra[:5]) if extra else ''}")


def _digest(path: Path) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
            size += len(piece)
    return digest.hexdigest(), size


def _chain(folder: Folder, previous: Folder | None) -> Iterator[Finding]:
    link = folder.manifest["previous"]
    if previous is None:
        yield Finding(
            holds=True, text="the first of the chain" if link is None else f"chained to {link['settlement_id']}, which is not here"
        )
        return
    digest, _ = _digest(previous.path / MANIFEST)
    holds = link is not None and link["sha256"] == digest
    yield Finding(holds, f"chained to the manifest of {previous.manifest['settlement_id']} by its SHA-256")
    if (before := _before(previous)) is not None:
        left = [entry for entry in before.entries if entry["name"] in _STARTED_FROM]
        wrong = [entry["name"] for entry in left if _digest(before.path / entry["name"]) != (entry["sha256"], entry["bytes"])]
        yield Finding(not wrong, f"what it starts from is what that manifest says{': not ' + ', '.join(wrong) if wrong else ''}")


def _before(previous: Folder | None) -> Folder | None:
    """The settlement before, where what this one starts from is here and not its manifest alone."""
    if previous is None or any(name in _STARTED_FROM and not (previous.path / name).is_file() for name in previous.names):
        return None
    return previous


def _lines(folder: Folder) -> Iterator[Finding]:
    accounts: defaultdict[str, Sums] = defaultdict(lambda: defaultdict(lambda: ZERO_PICO))
    owed: dict[tuple[str, ...], Pico] = defaultdict(lambda: ZERO_PICO)
    for row in folder.rows("lines.csv"):
        amount = stored_amount(row["amount"])
        accounts[row["account"]][row["currency"]] += amount
        owed[row["licensee"], row["deal_id"], row["mechanism"], row["usage_month"], row["currency"]] += amount
    yield from audit_lines.about(folder)
    whole: Sums = defaultdict(lambda: ZERO_PICO)
    for account, name in (("party", "parties"), ("suspense", "suspense"), ("residue", "residue")):
        yield same(f"lines to {account} sum to the manifest's {name}", accounts[account], folder.total(name))
        for currency, pico in accounts[account].items():
            whole[currency] += pico
    yield same("and together to what is owed", whole, folder.total("owed"))
    billed: dict[tuple[str, ...], Pico] = {}
    recouped: Sums = defaultdict(lambda: ZERO_PICO)
    interest: dict[tuple[str, str], Pico] = defaultdict(lambda: ZERO_PICO)
    for row in folder.rows("receivables.csv"):
        if row["mechanism"] == "recoupment":
            recouped[row["currency"]] -= stored_amount(row["amount"])
        elif row["mechanism"] == "late_interest":
            interest[row["licensee"], row["currency"]] += stored_amount(row["amount"])
        else:
            key = row["licensee"], row["deal_id"], row["mechanism"], row["usage_month"], row["currency"]
            billed[key] = stored_amount(row["amount"])
    yield same("receivables are the lines by licensee, deal, mechanism and month", billed, owed)
    notes = [row for row in folder.rows("invoices.csv") if row.get("kind")]
    noted = {(row["licensee"], row["currency"]): stored_amount(row["exact"]) for row in notes}
    yield same("interest in receivables is what the invoices for it ask", interest, noted)
    yield same("recoupment in receivables is what payees' advances recouped", recouped, folder.total("recouped"))


def _payments(folder: Folder) -> Iterator[Finding]:
    sums: defaultdict[str, Sums] = defaultdict(lambda: defaultdict(lambda: ZERO_PICO))
    wrong = []
    for row in folder.rows("payments.csv"):
        if sum(sign * stored_amount(row[name]) for name, sign in _IDENTITY):
            wrong.append(f"{row['party_id']} {row['currency']}")
        for name in _SUMMED:
            sums[name][row["currency"]] += stored_amount(row[name])
    text = "opening + credited - recouped - withheld - paid = closing in every payment row"
    yield Finding(not wrong, text + (f": not {', '.join(wrong[:5])}" if wrong else ""))
    for name in _SUMMED:
        yield same(f"payments' {name} sum to the manifest's", sums[name], folder.total(name))


def _bank_files(folder: Folder) -> Iterator[Finding]:
    due: defaultdict[str, dict[str, Pico]] = defaultdict(dict)
    for row in folder.rows("payments.csv"):
        if row["status"] == "paid" and row["method"] != "ach":
            due[row["currency"]][row["payment_id"]] = stored_amount(row["paid"])
    for currency in sorted({*due, *(name[8:11] for name in folder.names if name.startswith("pain001-"))}):
        names = [name for name in sorted(folder.names) if name.startswith(f"pain001-{currency}") and (folder.path / name).is_file()]
        if not names:
            yield Finding(holds=False, text=f"payments in {currency} are in a bank file")
            continue
        together: dict[str, Pico] = {}
        for name in names:
            root = _document(folder.path / name)
            asked = {
                node.findtext(".//{*}EndToEndId") or "": stored_amount(node.findtext(".//{*}InstdAmt") or "0")
                for node in root.iter()
                if node.tag.endswith("}CdtTrfTxInf")
            }
            together |= asked
            stated = stored_amount(root.findtext(".//{*}GrpHdr/{*}CtrlSum") or "0")
            yield Finding(
                stated == sum(asked.values()) and min(asked.values()) > 0,
                f"{name}: its control sum {format_amount(stated)} is right, none is zero or below",
            )
        yield same(f"the {len(due[currency])} payments of {', '.join(names)} are those of payments.csv", together, due[currency])


def _document(path: Path) -> Element:
    root: Element = fromstring(path.read_bytes())
    return root


def _journal(folder: Folder, previous: Folder | None) -> Iterator[Finding]:
    entries: dict[tuple[str, str], Pico] = defaultdict(lambda: ZERO_PICO)
    debits: dict[tuple[str, str], Pico] = defaultdict(lambda: ZERO_PICO)
    credited: dict[tuple[str, str], Pico] = defaultdict(lambda: ZERO_PICO)
    for row in folder.rows("journal.csv"):
        debit, credit = stored_amount(row["debit"] or "0"), stored_amount(row["credit"] or "0")
        entries[row["entry_id"], row["currency"]] += debit - credit
        head = row["account"].partition(":")[0]
        name = head if head in {"payable", "reserve"} else row["account"]
        debits[name, row["currency"]] += debit
        credited[name, row["currency"]] += credit
    yield same("every journal entry has debits = credits in every currency", entries, {})
    trial = {(row["account"], row["currency"]): {n: stored_amount(row[n]) for n in _TRIAL} for row in folder.rows("trial_balance.csv")}
    yield same("the trial balance has the journal's debits", {key: row["debit"] for key, row in trial.items()}, debits)
    yield same("and its credits", {key: row["credit"] for key, row in trial.items()}, credited)
    sums: Sums = defaultdict(lambda: ZERO_PICO)
    for (_, currency), figures in trial.items():
        sums[currency] += figures["closing"]
    moved = {key: r["opening"] + r["debit"] - r["credit"] - r["closing"] for key, r in trial.items()}
    yield same("the trial balance closes as it opened and moved", moved, {})
    yield same("and ties in every currency", sums, {})
    if previous is not None:
        closed = {(row["account"], row["currency"]): stored_amount(row["closing"]) for row in previous.rows("trial_balance.csv")}
        yield same("it opens as the previous one closed", {key: row["opening"] for key, row in trial.items()}, closed)
    waiting: Sums = defaultdict(lambda: ZERO_PICO)
    for row in folder.rows("suspense.csv"):
        waiting[f"suspense:{row['reason']} {row['currency']}"] += stored_amount(row["amount"])
    stands = {f"{account} {currency}": -row["closing"] for (account, currency), row in trial.items() if account.startswith("suspense:")}
    yield same("suspense.csv is what the trial balance has in suspense", waiting, stands)
    yield from audit_lines.standing(folder)


_TRIAL: Final = ("opening", "debit", "credit", "closing")


def _balances(folder: Folder, previous: Folder | None) -> Iterator[Finding]:
    carried: Sums = defaultdict(lambda: ZERO_PICO)
    now: dict[tuple[str, str], Pico] = {}
    for record in folder.records("state/balances.ndjson"):
        for currency, amount in record["balances"].items():
            carried[currency] += Pico(int(amount))
            now[record["party"], currency] = Pico(int(amount))
    yield same("payees' balances sum to the manifest's carried", carried, folder.total("carried"))
    if folder.without_people:
        return
    rows = {(r["party_id"], r["currency"]): (stored_amount(r["opening"]), stored_amount(r["closing"])) for r in folder.rows("payments.csv")}
    yield same(
        "payments close with those balances",
        {key: closing for key, (_, closing) in rows.items()},
        {key: now.get(key, ZERO_PICO) for key in rows},
    )
    if previous is not None:
        before = {(r["party"], c): Pico(int(a)) for r in previous.records("state/balances.ndjson") for c, a in r["balances"].items()}
        opened = {key: opening for key, (opening, _) in rows.items()}
        yield same("and open with the previous settlement's", opened, {key: before.get(key, ZERO_PICO) for key in rows})
        untouched = {key: amount for key, amount in now.items() if key not in rows}
        yield same("whoever has no payment row has the balance of before", untouched, {k: v for k, v in before.items() if k not in rows})


def _societies(folder: Folder) -> Iterator[Finding]:
    files = [name for name in folder.names if name.startswith("societies/")]
    if not files:
        return
    gross: dict[tuple[str, str, str], Pico] = defaultdict(lambda: ZERO_PICO)
    parts: dict[tuple[str, str, str], Pico] = defaultdict(lambda: ZERO_PICO)
    for name in files:
        for row in folder.rows(name):
            key = Path(name).stem, row["member_id"], row["currency"]
            gross[key] += stored_amount(row["gross"])
            parts[key] += sum(stored_amount(row[part]) for part in ("admin_fee", "cultural_deduction", "net"))
    lines: dict[tuple[str, str, str], Pico] = defaultdict(lambda: ZERO_PICO)
    for row in folder.rows("lines.csv"):
        if row["account"] == "party" and row["member_id"] not in {"", row["party_id"]}:
            lines[row["party_id"], row["member_id"], row["currency"]] += stored_amount(row["amount"])
    yield same("societies' members have what the lines say", gross, lines)
    yield same("fee, cultural deduction and net make up the gross", parts, gross)
