"""Money of a licensee and its payees, kept a second time, slowly: what was billed, came, and may be paid of it."""

from __future__ import annotations

import math
from collections import defaultdict
from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from overtone.lines import SUSPENSE
from overtone.money import PICO, parse_amount
from overtone.payout.accounts import PartyState
from overtone.payout.money_in import Collection, Refund, Reversal, WriteOff
from tests.model.collecting import Debt, Paper
from tests.unit.slow_corrections import Corrections

if TYPE_CHECKING:
    from tests.unit.settled import Settlement


LICENSEES = ("fox", "owl")

RATES = {"fox": Fraction(8, 100), "owl": Fraction(0)}
"""What delay costs by the licensee's deal."""


class Slow:
    """The slow model beside the product: it is told what was billed and what came, and says what is let go."""

    def __init__(self) -> None:
        self.debts = {licensee: Debt() for licensee in LICENSEES}
        self.amounts: dict[tuple[str, str, str], int] = {}
        self.released: dict[tuple[str, str, str], int] = {}
        self.kept: defaultdict[tuple[str, str, str], int] = defaultdict(int)
        self.corrections = Corrections(self.debts)

    def hear(self, facts: list[Any], today: date) -> None:
        for fact in facts:
            if isinstance(fact, Collection):
                self.debts[fact.licensee].pay(Fraction(fact.amount, PICO), fact.invoices, date.fromisoformat(fact.received_on))
            elif isinstance(fact, Reversal):
                self.debts[fact.licensee].take_back(Fraction(fact.amount, PICO), fact.invoices, date.fromisoformat(fact.day))
            elif isinstance(fact, Refund):
                self.debts[fact.licensee].refund(Fraction(fact.amount, PICO), today)
            elif isinstance(fact, WriteOff):
                for debt in self.debts.values():
                    for paper in debt.papers:
                        if paper.number == fact.invoice:
                            paper.change(today, paper.lacks(), "given_up")

    def compare(self, settlement: Settlement, today: date) -> None:
        """What each payee still waits for is what the model says, to the pico; then bill what the settlement owes."""
        name = settlement.head.settlement_id
        states = [PartyState.decode(text.encode()) for text in settlement.text("state/balances.ndjson").splitlines()]
        now = {(s.party_id, u.settlement_id, u.licensee): u for s in states for u in s.uncollected}
        lost = self._mourn()
        lines = self._corrections(settlement, lost)
        told = {row["party_id"]: pico for row in settlement.rows("payments.csv") if (pico := parse_amount(row["written_off"]))}
        assert {party: pico for party, pico in lost.items() if pico} == told
        for key, amount in self.amounts.items():
            free = int(self.debts[key[2]].lets_go(key[1], Fraction(amount, PICO)) * PICO)
            self.released[key] = max(self.kept[key], free)
            waits = amount - self.released[key]
            assert waits == (now[key].amount - now[key].released if key in now else 0), key
        new = {key: entry.amount for key, entry in now.items() if key[1] == name}
        self.amounts |= new
        for party, licensee in lines:
            if party:
                self.corrections.credit(name, party, licensee, new.get((party, name, licensee), 0))
        self._keep(settlement, states)
        owed: defaultdict[str, int] = defaultdict(int)
        for row in settlement.rows("receivables.csv"):
            owed[row["licensee"]] += parse_amount(row["amount"]) if row["mechanism"] != "late_interest" else 0
        placeless: defaultdict[str, int] = defaultdict(int)
        for row in settlement.rows("lines.csv"):
            if row["account"] == SUSPENSE:
                placeless[row["licensee"]] += parse_amount(row["amount"])
        costs = {licensee: debt.delays(today) for licensee, debt in self.debts.items()}
        due = today + timedelta(days=30)
        for row in settlement.rows("invoices.csv"):
            licensee, zero = row["licensee"], Fraction(0)
            positive = max(0, placeless[licensee]) + sum(amount for key, amount in new.items() if key[2] == licensee)
            paper = Paper(name, int(row["number"]), zero, Fraction(positive, PICO), due, RATES[licensee])
            exact = Fraction(owed[licensee], PICO)
            if row["kind"]:
                exact, paper = costs.pop(licensee), Paper(name, int(row["number"]), zero, zero, due, for_delay=True)
            else:
                self.corrections.credit(name, "", licensee, max(0, placeless[licensee]))
                paper.idle = self.corrections.idle(name, licensee)
            self.debts[licensee].bill(paper, exact, today)
            assert paper.asks * PICO == parse_amount(row["total"])
        assert not any(costs.values())
        self.corrections.forget({key for key in now if now[key].kept < now[key].amount})

    def _mourn(self) -> defaultdict[str, int]:
        """Take off each payee its part of what was given up since the settlement before, but nothing that it was paid: by payee."""
        lost: defaultdict[str, int] = defaultdict(int)
        self.corrections.reckon()
        for key in list(self.amounts):
            gone, back = self.corrections.never_came(key, self.amounts[key] - self.kept[key])
            lost[key[0]] += gone - back
            self.amounts[key] -= gone
        for licensee, debt in self.debts.items():
            for paper in debt.papers:
                given_up, whole = paper.given_up - paper.mourned, paper.hopes()
                for key in [key for key in self.amounts if key[1:] == (paper.settlement, licensee) and given_up and not paper.for_delay]:
                    left = max(self.kept[key], math.floor(self.amounts[key] * max(Fraction(0), 1 - given_up / whole)) if whole > 0 else 0)
                    gone = self.amounts[key] - left
                    lost[key[0]] += gone - self.corrections.mourn(key, "", self.amounts[key], gone)
                    self.amounts[key] = left
        for paper in (paper for debt in self.debts.values() for paper in debt.papers):
            paper.mourned = paper.given_up
        self.corrections.remember()
        return lost

    def _corrections(self, settlement: Settlement, lost: defaultdict[str, int]) -> dict[tuple[str, str], list[Any]]:
        """The lines that correct others, by payee and licensee; what they give back comes off what is lost."""
        name = settlement.head.settlement_id
        found: defaultdict[tuple[str, str], list[Any]] = defaultdict(list)
        for row in settlement.rows("lines.csv"):
            if row["adjusts"]:
                found[row["party_id"], row["licensee"]].append((row["usage_month"], row["adjusts"], parse_amount(row["amount"])))
        back: defaultdict[tuple[str, str], int] = defaultdict(int)
        for row in settlement.rows("journal.csv"):
            if row["memo"].startswith("recouped advance") and row["account"].startswith("payable:") and row["credit"]:
                back[row["account"].removeprefix("payable:"), row["memo"].rpartition("deal-")[2]] += parse_amount(row["credit"])
        for (party, licensee), lines in sorted(found.items()):
            waits = {sid for who, sid, whose in self.amounts if (who, whose) == (party, licensee) and self._waits((who, sid, whose))}
            lost[party] -= self.corrections.correct(name, party, licensee, lines, back[party, licensee], waits)
        return found

    def _waits(self, key: tuple[str, str, str]) -> bool:
        return self.kept[key] < self.amounts[key]

    def _keep(self, settlement: Settlement, states: list[PartyState]) -> None:
        """What was paid out, and what nothing stands for any more, stays with the payee."""
        rows = settlement.payments()
        standing = {state.party_id: state for state in states}
        for key in self.amounts:
            row, state = rows.get((key[0], "USD")), standing.get(key[0])
            free = state.balances.get("USD", 0) - state.reserved("USD") - state.outstanding("USD") if state else 0
            if free <= 0 or (row and row["paid"] != "0"):
                self.kept[key] = self.released.get(key, 0)
