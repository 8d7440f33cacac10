"""What licensees' money lets go, once more: plain fractions, everything from the beginning each time, no code shared with the product.

A document is the exact debt in whole cents, rounded up, less what earlier roundings were too much. Money goes to the documents that it
names, then to the oldest; negative documents and money that is left pay the oldest open ones. A payee's part of a document is whole when
the document is paid (and, where some of its amounts are negative, all documents before it are closed), else in proportion to the cash.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction

CENT = Fraction(1, 100)


@dataclass
class Paper:
    """One document: what it asks, the sum of its positive amounts, what it got."""

    settlement: str
    number: int
    asks: Fraction
    positive: Fraction
    cash: Fraction = Fraction(0)
    credit: Fraction = Fraction(0)
    given_up: Fraction = Fraction(0)

    def lacks(self) -> Fraction:
        return max(Fraction(0), self.asks - self.cash - self.credit - self.given_up)


@dataclass
class Debt:
    """One licensee's papers, and its money that no paper has used."""

    too_much: Fraction = Fraction(0)
    spare_cash: Fraction = Fraction(0)
    spare_credit: Fraction = Fraction(0)
    papers: list[Paper] = field(default_factory=list)

    def bill(self, settlement: str, number: int, exact: Fraction, positive: Fraction) -> None:
        asks = math.ceil((exact - self.too_much) / CENT) * CENT
        self.too_much += asks - exact
        self.papers.append(Paper(settlement, number, asks, positive))
        self.spare_credit += max(Fraction(0), -asks)
        for paper in self.papers:
            for spare, got in (("spare_credit", "credit"), ("spare_cash", "cash")):
                part = min(paper.lacks(), getattr(self, spare))
                setattr(self, spare, getattr(self, spare) - part)
                setattr(paper, got, getattr(paper, got) + part)

    def pay(self, amount: Fraction, named: tuple[int, ...]) -> None:
        for paper in sorted(self.papers, key=lambda p: (p.number not in named, p.number)):
            part = min(paper.lacks(), amount)
            paper.cash += part
            amount -= part
        self.spare_cash += amount

    def lets_go(self, settlement: str, amount: Fraction) -> Fraction:
        """What of a payee's amount may be paid, in whole units of 1e-12."""
        place = next(i for i, paper in enumerate(self.papers) if paper.settlement == settlement)
        paper = self.papers[place]
        paid = paper.cash + paper.credit >= paper.asks
        nets = paper.positive > max(Fraction(0), paper.asks)
        if paid and not (nets and any(p.lacks() for p in self.papers[:place])):
            return amount
        if paper.asks <= 0:
            return Fraction(0)
        part = amount * paper.cash / max(paper.asks, paper.positive)
        return min(amount, Fraction(math.floor(part * 10**12), 10**12))
