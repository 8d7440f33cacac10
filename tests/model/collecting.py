"""What licensees' money lets go, once more: plain fractions, everything from the beginning each time, no code shared with the product.

A document is the exact debt in whole cents, rounded up, less what earlier roundings were too much. Money goes to the documents that it
names, then to the oldest; negative documents and money that is left pay the oldest open ones. A payee's part of a document is whole when
the document is paid (and, where some of its amounts are negative, all documents before it are closed), else in proportion to the cash.
What is given up of a document its payees lose in proportion, as soon as it is told; what is left to them is whole when nothing is open.
Of a document that corrects others `void` is what its payees are credited with, and others had lost already; `idle` what it takes off
that was lost, and gives to nobody: neither is money. Money that goes back comes off what is spare, then off the documents that it had
named, then off the newest. Delay costs, for each day from the due day on, a 365th of the yearly rate on what is still open when that day
ends; documents for delay itself cost nothing and are not waited for.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction

CENT = Fraction(1, 100)


@dataclass
class Paper:
    """One document: what it asks, the sum of its positive amounts, what it got."""

    settlement: str
    number: int
    asks: Fraction
    positive: Fraction
    due: date = date.max
    rate: Fraction = Fraction(0)
    for_delay: bool = False
    told: list[tuple[date, Fraction]] = field(default_factory=list)
    charged: Fraction = Fraction(0)
    cash: Fraction = Fraction(0)
    credit: Fraction = Fraction(0)
    given_up: Fraction = Fraction(0)
    mourned: Fraction = Fraction(0)
    void: Fraction = Fraction(0)
    idle: Fraction = Fraction(0)

    def wants(self) -> Fraction:
        return self.asks + self.idle

    def hopes(self) -> Fraction:
        """What its payees wait for of it, in all."""
        return max(self.wants(), self.positive - self.void) - self.mourned

    def lacks(self) -> Fraction:
        return max(Fraction(0), self.wants() - self.cash - self.credit - self.given_up)

    def change(self, day: date, amount: Fraction, name: str = "cash") -> None:
        setattr(self, name, getattr(self, name) + amount)
        self.told.append((day, amount))

    def delay(self, until: date) -> Fraction:
        """What delay has cost, in whole units of 1e-12, a half to the even one."""
        cost, day = Fraction(0), self.due
        while day < until:
            paid = sum((amount for at, amount in self.told if at <= day), Fraction(0))
            cost += max(Fraction(0), self.wants() - paid) * self.rate / 365
            day += timedelta(days=1)
        return Fraction(round(cost * 10**12), 10**12)


@dataclass
class Debt:
    """One licensee's papers, and its money that no paper has used."""

    too_much: Fraction = Fraction(0)
    spare_cash: Fraction = Fraction(0)
    spare_credit: Fraction = Fraction(0)
    papers: list[Paper] = field(default_factory=list)

    def bill(self, paper: Paper, exact: Fraction, day: date) -> None:
        paper.asks = math.ceil((exact - self.too_much) / CENT) * CENT
        self.too_much += paper.asks - exact
        self.papers.append(paper)
        self.spare_credit += max(Fraction(0), -paper.wants())
        self.spend(day)

    def spend(self, day: date) -> None:
        """What is spare pays what is open."""
        for paper in self.papers:
            for spare, got in (("spare_credit", "credit"), ("spare_cash", "cash")):
                part = max(Fraction(0), min(paper.lacks(), getattr(self, spare)))
                setattr(self, spare, getattr(self, spare) - part)
                paper.change(day, part, got)

    def pay(self, amount: Fraction, named: tuple[int, ...], day: date) -> None:
        makes_up = min(amount, max(Fraction(0), -self.spare_cash))
        self.spare_cash += makes_up
        amount -= makes_up
        for paper in sorted(self.papers, key=lambda p: (p.number not in named, p.number)):
            part = min(paper.lacks(), amount)
            paper.change(day, part)
            amount -= part
        self.spare_cash += amount

    def take_back(self, amount: Fraction, named: tuple[int, ...], day: date) -> None:
        spare = min(amount, max(Fraction(0), self.spare_cash))
        self.spare_cash -= spare
        amount -= spare
        for paper in sorted(self.papers, key=lambda p: (p.number not in named, -p.number)):
            part = min(max(Fraction(0), paper.cash), amount)
            paper.change(day, -part)
            amount -= part
        self.spare_cash -= amount
        self.spend(day)

    def refund(self, amount: Fraction, day: date) -> None:
        of_notes = min(self.spare_credit, amount - min(amount, max(Fraction(0), self.spare_cash)))
        self.spare_credit -= of_notes
        self.spare_cash -= amount - of_notes
        self.spend(day)

    def delays(self, until: date) -> Fraction:
        """What delay has cost since the last time; charged from now on, where it comes to a cent."""
        new = [(paper, paper.delay(until) - paper.charged) for paper in self.papers]
        whole = sum((more for _, more in new), Fraction(0))
        if abs(whole) < CENT:
            return Fraction(0)
        for paper, more in new:
            paper.charged += more
        return whole

    def lets_go(self, settlement: str, amount: Fraction) -> Fraction:
        """What of a payee's amount, less what it lost, may be paid, in whole units of 1e-12."""
        royalties = [paper for paper in self.papers if not paper.for_delay]
        place = next(i for i, paper in enumerate(royalties) if paper.settlement == settlement)
        paper = royalties[place]
        nets = paper.positive - paper.void > max(Fraction(0), paper.wants())
        if not paper.lacks() and not (nets and any(p.lacks() for p in royalties[:place])):
            return amount
        if paper.wants() <= 0:
            return Fraction(0)
        if paper.hopes() <= 0:
            return amount if paper.cash > 0 else Fraction(0)
        part = amount * paper.cash / paper.hopes()
        return min(amount, Fraction(math.floor(part * 10**12), 10**12))
