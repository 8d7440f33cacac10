"""What is listed of money at a quiet moment, page by page, against the files of all that was sealed."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from tests.simulation.actors import Broken
from tests.simulation.invariants import difference, pico, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tests.simulation.simulation import Simulation

Sums = Counter[tuple[str, ...]]
"""Pico by what a figure is of."""
INVOICED: Final = ("settlement_id", "licensee", "currency")
BILLED: Final = ("deal_id", "mechanism", "usage_month")
"""What an invoice is of, and each of its lines; what is recouped of an advance is a line of the invoice alone."""
INTEREST: Final = "late_interest"
"""The kind of an invoice that asks for interest, and the mechanism of its rows."""


def agree(play: Simulation) -> None:
    """Invoices, balances, payments, suspense, years and batches are what the files and receipts say."""
    sealed = sorted(name for name, record in play.actors.settlements.items() if record["status"] == "sealed")
    objects, last = play.stack.objects("SettlementBucket"), play.sealed.last
    billed = [row | {"settlement_id": name} for name in sealed for row in table(objects, f"{name}/receivables.csv")]
    invoices = play.actors.items("/v1/invoices")
    same("invoices", sums(invoices, "exact", *INVOICED), sums(billed, "amount", *INVOICED))
    for invoice in invoices:
        mine = [row for row in billed if all(row[name] == invoice[name] for name in INVOICED)]
        if invoice["kind"] == INTEREST:
            asked = [row for row in mine if row["mechanism"] == INTEREST]
            same(f"interest of invoice {invoice['number']}", sums([invoice], "exact"), sums(asked, "amount"))
            continue
        lines = play.actors.items(f"/v1/invoices/{invoice['number']}/lines")
        owed = [row for row in mine if row["mechanism"] not in {INTEREST, "recoupment"}]
        same(f"lines of invoice {invoice['number']}", sums(lines, "amount", *BILLED), sums(owed, "amount", *BILLED))
    same(
        "receivables",
        sums(play.actors.items("/v1/receivables"), "open", "licensee", "currency"),
        sums(invoices, "open", "licensee", "currency"),
    )
    closing = ("closing", "account", "currency")
    same(
        "trial balance",
        sums(play.actors.items("/v1/trial-balance"), *closing),
        sums(table(objects, f"{last}/trial_balance.csv"), *closing),
    )
    waiting, listed = list(table(objects, f"{last}/suspense.csv")), play.actors.items("/v1/suspense")
    if _without("holds", listed) != _without("change", waiting):
        raise Broken("listed", f"suspense as listed is not suspense.csv of {last}")
    payments = {name: list(table(objects, f"{name}/payments.csv")) for name in sealed}
    for name, of_one in payments.items():
        paid = play.actors.items("/v1/payments", settlement_id=name)
        same(f"payments of {name}", sums(paid, "paid", "party_id", "currency"), sums(of_one, "paid", "party_id", "currency"))
    _by_hand(play, [row for of_one in payments.values() for row in of_one])
    for year in sorted({_year(play, name) for name in sealed}):
        _payees(play, year, [row for name, of_one in payments.items() if _year(play, name) == year for row in of_one])
    _batches(play)


def _by_hand(play: Simulation, rows: list[dict[str, str]]) -> None:
    """What two of finance agreed on stands on the payees' accounts, once."""
    agreed = [one for one in play.actors.items("/v1/adjustments") if one["status"] == "accepted"]
    opened = [one for one in play.actors.items("/v1/opening-balances") if one["status"] == "accepted"]
    brought = [balance for one in opened for balance in one["balances"] if balance["party"]]
    expected = sums([*agreed, *({"amount": one["balance"]} | one for one in brought)], "amount", "party", "currency")
    same("what was agreed on", sums(rows, "adjusted", "party_id", "currency"), expected)


def _without(column: str, rows: Iterable[Mapping[str, str]]) -> list[dict[str, str]]:
    return [{name: text for name, text in row.items() if name != column} for row in rows]


def _year(play: Simulation, settlement: str) -> str:
    return str(play.actors.settlements[settlement]["cutoff"])[:4]


def _payees(play: Simulation, year: str, rows: list[dict[str, str]]) -> None:
    """What was credited to each payee in a year, and what of it stayed with it or with the tax office."""
    for party in sorted({row["party_id"] for row in rows}):
        items = play.actors.told(f"/v1/statements/annual/{year}", party_id=party)["items"]
        mine = [row for row in rows if row["party_id"] == party]
        for figure in ("credited", "recouped"):
            same(f"{figure} of {party} in {year}", sums(items, figure, "currency"), sums(mine, figure, "currency"))
        stayed = sums(mine, "paid", "currency") + sums(mine, "withheld", "currency")
        stayed.subtract(sums(mine, "returned", "currency"))
        same(f"gross of {party} in {year}", sums(items, "gross", "currency"), stayed)


def _batches(play: Simulation) -> None:
    for reporter in sorted({name for name, _ in play.actors.reference.batches}):
        listed = play.actors.items("/v1/batches", reporter, "usage.write")
        found = {str(item["batch_id"]): item["status"] == "withdrawn" for item in listed}
        reference = play.actors.reference
        known = {batch: one.withdrawn for (name, batch), one in (reference.batches | reference.voids).items() if name == reporter}
        if wrong := difference(found, known):
            raise Broken("listed", f"batches of {reporter} as listed, and whether withdrawn, against the receipts: {wrong}")


def sums(rows: Iterable[Mapping[str, Any]], figure: str, *names: str) -> Sums:
    """A figure's sums by what rows say under the names."""
    found: Sums = Counter()
    for row in rows:
        found[tuple(str(row[name]) for name in names)] += pico(row[figure])
    return found


def same(what: str, found: Sums, expected: Sums) -> None:
    """Broken, unless both say the same but for what is nothing."""
    found, expected = (Counter({name: amount for name, amount in both.items() if amount}) for both in (found, expected))
    if wrong := difference(found, expected):
        raise Broken("listed", f"{what} against the files: {wrong}")
