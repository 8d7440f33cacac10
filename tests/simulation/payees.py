"""What every payee was paid, and why not more: a slow model of the payees' accounts, from the lines and records alone.

What licensees have not paid yet, what the bank sent back and what was given up are taken as the files say; see `accounts` for those.
"""

from __future__ import annotations

import json
from collections import defaultdict
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from tests.simulation import pricing, world
from tests.simulation.actors import Broken
from tests.simulation.invariants import pico, table
from tests.simulation.reference import PICO

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.simulation.simulation import Simulation

CENT: Final = PICO // 100
MONTHS: Final = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
ELSEWHERE: Final = frozenset({"account_refused", "bank_details_changed"})
"""Reasons that banks give, and that a change of the account does: `Bank` and `Bookkeepers` look after those."""
PAID: Final = frozenset({"paid", "manual"})
GONE: Final = "erased"
"""What somebody is called who was forgotten, with the account: it is not known any more what was right then."""
Rows = dict[str, dict[str, str]]


class Period(NamedTuple):
    """A settlement as payees see it."""

    day: str
    cutoff: str
    through: str
    before: str


class Debt:
    """What deals that recoup together advanced, and what was earned under them since."""

    def __init__(self, deals: set[tuple[str, ...]]) -> None:
        self.deals, self.any = deals, False
        self.advanced = self.earned = self.recouped = 0

    def join(self, other: Debt) -> None:
        """They recoup together from now on."""
        self.deals, self.any = self.deals | other.deals, self.any or other.any
        self.advanced, self.earned = self.advanced + other.advanced, self.earned + other.earned
        self.recouped += other.recouped

    def take(self, advanced: int, earned: int) -> int:
        """What of the earnings pays back: all sums are running ones, and what was earned before an advance pays none of it."""
        self.any = self.any or bool(advanced)
        if not self.any:
            return 0
        if advanced:
            self.earned = min(self.earned, self.recouped)
        self.advanced, self.earned = self.advanced + advanced, self.earned + earned
        before, self.recouped = self.recouped, max(0, min(self.earned, self.advanced))
        return self.recouped - before


def agree(play: Simulation) -> None:
    """Every row of every `payments.csv`, settlement after settlement."""
    objects, said = play.stack.objects("SettlementBucket"), pricing.versions_of(play)
    brought = [balance for one in play.actors.items("/v1/opening-balances") for balance in one["balances"]]
    debts = Debts(said["deals"], {balance["party"] for balance in brought if balance["unrecouped"] != "0"})
    for name, period in _chain(play, objects):
        rows: dict[str, Rows] = defaultdict(dict)
        for row in table(objects, f"{name}/payments.csv"):
            rows[row["party_id"]][row["currency"]] = row
        lines = list(table(objects, f"{name}/lines.csv"))
        recouped = debts.recouped(lines, period)
        for party, of_party in sorted(rows.items()):
            if party not in debts.unknown:
                found = {currency: pico(row["recouped"]) for currency, row in of_party.items() if pico(row["recouped"])}
                expected = {currency: amount for (who, currency), amount in recouped.items() if who == party and amount}
                if found != expected:
                    raise Broken("paid", f"{name}: {party} paid back {found}, not {expected}")
            record = _in_force(said["parties"].get(party, []), period)
            if not record or record["name"] != GONE:
                for row in of_party.values():
                    _row(name, row, record, period)


def _chain(play: Simulation, objects: Mapping[str, bytes]) -> Iterator[tuple[str, Period]]:
    """The sealed settlements in their order."""
    names, name = [], play.sealed.last
    while name:
        names.append(name)
        name = (json.loads(objects[f"{name}/manifest.json"])["previous"] or {}).get("settlement_id", "")
    before = ""
    for name in reversed(names):
        record = play.actors.settlements[name]
        yield name, Period(record["cutoff"][:10], record["cutoff"], record["through"], before)
        before = record["through"]


def _in_force(versions: list[dict[str, Any]], period: Period, day: str = "") -> dict[str, Any] | None:
    """What was said last of those that began latest, as far as was known and agreed at the cut-off."""
    known = [
        one
        for one in versions
        if one.get("accepted_at", one["recorded_at"]) <= period.cutoff and one["effective_from"] <= (day or period.day)
    ]
    return dict(max(enumerate(known), key=lambda one: (one[1]["effective_from"], one[0]))[1]["content"]) if known else None


class Debts:
    """Of all payees, by payee, currency and deal. Who had deals that recouped together and do so no more is looked at no further."""

    def __init__(self, deals: Mapping[str, list[dict[str, Any]]], unknown: set[str]) -> None:
        self._deals, self.unknown = deals, unknown
        self._of: dict[tuple[str, ...], Debt] = {}

    def recouped(self, lines: list[dict[str, str]], period: Period) -> dict[tuple[str, str], int]:
        """By payee and currency what earnings paid back of advances in a settlement."""
        moved: dict[tuple[str, ...], list[int]] = defaultdict(lambda: [0, 0])
        for line in lines:
            if line["account"] == "party":
                key = tuple(line[name] for name in ("party_id", "currency", "deal_id", "licensee"))
                moved[key][line["mechanism"] != "advance"] += pico(line["amount"])
                self._of.setdefault(key, Debt({key}))
        self._regroup(period)
        sums: dict[int, tuple[Debt, list[int]]] = {}
        for key, amounts in moved.items():
            debt = self._of[key]
            _, so_far = sums.setdefault(id(debt), (debt, [0, 0]))
            so_far[:] = [a + b for a, b in zip(so_far, amounts, strict=True)]
        found: dict[tuple[str, str], int] = defaultdict(int)
        for debt, (advanced, earned) in sums.values():
            party, currency, *_ = min(debt.deals)
            found[party, currency] += debt.take(advanced, earned)
        return found

    def _regroup(self, period: Period) -> None:
        together: dict[tuple[str, ...], Debt] = {}
        for key, debt in sorted(self._of.items()):
            party, currency, deal, licensee = key
            says = _in_force(self._deals.get(deal, []), period, f"{period.through}-31") or {"terms": []}
            groups = [terms["recoup_group"] for terms in says["terms"] if terms["mechanism"] == "advance" and terms.get("recoup_group")]
            of: tuple[str, ...] = (party, currency, "group", groups[-1], licensee) if groups else (party, currency, "deal", deal)
            first = together.setdefault(of, debt)
            if first is not debt:
                first.join(debt)
                self._of.update(dict.fromkeys(debt.deals, first))
        for name, debt in together.items():
            if any(other is debt and name != another for another, other in together.items()):
                self.unknown.add(name[0])


def _row(name: str, row: dict[str, str], record: dict[str, Any] | None, period: Period) -> None:
    """One account: whether something is paid, how much, with how much tax; or why not."""
    figure = {column: pico(row[column]) for column in ("opening", "credited", "recouped", "withheld", "paid", "reserve", "uncollected")}
    free = figure["opening"] + figure["credited"] - figure["recouped"] - figure["reserve"] - figure["uncollected"]
    status, gross = row["status"], figure["paid"] + figure["withheld"]
    expected = _expected(row, record, free, free + figure["reserve"] + figure["uncollected"], period)
    if status in ELSEWHERE and expected in PAID | {"below_threshold", "not_due", "no_rate"}:
        expected = status
    if status != expected:
        raise Broken("paid", f"{name}: {row['party_id']} {row['currency']} is {status}, not {expected}; free {free}, {record}")
    whole = free // CENT * CENT if status in PAID else 0
    if gross != whole or figure["withheld"] not in _taxes(whole, record):
        raise Broken("paid", f"{name}: of {row['party_id']}'s {free} {row['currency']} {gross} left, tax {figure['withheld']}; {record}")


def _expected(row: dict[str, str], record: dict[str, Any] | None, free: int, closing: int, period: Period) -> str:
    """Of all that stands in the way the first."""
    payout = (record or {}).get("payout") or {}
    elsewhere = bool(payout) and payout["currency"] != row["currency"]
    waits = "not_collected" if pico(row["uncollected"]) else "nothing_due"
    in_the_way = {
        "converted": elsewhere and row["status"] == "converted",
        "on_hold": bool(record and record["on_hold"]),
        "negative": free <= 0 and closing < 0,
        waits: free <= 0,
        "no_party_record": record is None,
        "no_bank_details": payout.get("method", "none") == "none",
        "no_rate": elsewhere,
        "not_due": bool(payout) and not _is_due(payout["period"], period),
        "below_threshold": bool(payout) and free < max(pico(payout["threshold"]), CENT),
    }
    return next((status for status, stands in in_the_way.items() if stands), row["status"] if row["status"] in PAID else "paid")


def _taxes(gross: int, record: dict[str, Any] | None) -> set[int]:
    """To the cent: at the payee's own rate, or at one that finance may have kept by then."""
    own = (record or {}).get("withholding_rate")
    rates = [own] if own is not None else ["0", *world.TAX_RATES]
    return {int((gross * Decimal(rate) / CENT).quantize(Decimal(1), ROUND_HALF_EVEN)) * CENT for rate in rates}


def _is_due(period: str, of: Period) -> bool:
    """Whether the payee's period ends in a month that is settled for the first time, or with the month that is settled."""
    months = [month for month in world.MONTHS if min(of.before or of.through, of.through) <= month <= of.through]
    first_or_ended = [month for month in months if month != of.before or month == of.through]
    return any(int(month[5:]) % MONTHS[period] == 0 for month in first_or_ended)
