"""An invoice as an account remembers it: what it asks for, what of it was paid, when, and the interest that delay costs.

Interest is simple: the rate of the year, by actual days over 365, on what was open from the due day on. A document of several deals
has the mean of their rates, weighted by what each bills, as an exact fraction. What is owed to a day is rounded once, and what was
charged before comes off, so that money posted late, with the day on which it came, takes interest back.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from itertools import pairwise
from typing import Any, Final, Literal, NamedTuple

from overtone.money import NANO, round_half_even
from overtone.payout.given_up import MonthMoves
from overtone.scales import ZERO_PICO, Nano, Pico

NUMBER_DIGITS: Final = 8
YEAR_DAYS: Final = 365
INTEREST: Final = "late_interest"
"""The kind of a document that asks for interest, and what its lines are for."""
InvoiceStatus = Literal["open", "part_paid", "paid", "written_off", "credit_note"]
InvoiceKind = Literal["", "late_interest"]
_FIGURES: Final = ("exact", "net", "tax", "positive", "cash", "credited", "written_off")


class LateRate(NamedTuple):
    """A yearly rate as a fraction: `weighted` (pico x nano) over `base` (pico); none where `weighted` is 0."""

    weighted: int = 0
    base: int = 1

    @property
    def nano(self) -> Nano:
        """As people read it."""
        return Nano(round_half_even(self.weighted, self.base))


class Dated(NamedTuple):
    """A change of what is open: paid, credited or given up (pico) from a day on; negative where money went back."""

    day: str
    amount: Pico


class Delay(NamedTuple):
    """A stretch of days on which an amount was open (pico)."""

    since: str
    until: str
    open: Pico

    @property
    def days(self) -> int:
        """How many."""
        return (date.fromisoformat(self.until) - date.fromisoformat(self.since)).days


NO_RATE: Final = LateRate()


@dataclass(slots=True)
class Invoice:
    """A document; amounts in pico. `net` + `tax` is what is billed, negative for a credit note.

    `positive`: the sum of its positive amounts, above `net` where it corrects others. `cash` was collected, `credited` came from
    credit notes, `written_off` will not come; `known_lost` is what of that the settlement before knew. `kind` is empty, or `INTEREST`.
    `charged` is the interest that was billed for its delay; `changes` are kept where a rate makes their days count.
    `moves` is what it corrects of earlier ones, by month; `void` what of its positive amounts never came, since it was given up where they
    were billed before. `forgone` (net and tax) is what it takes off that was given up before, and nobody is credited with: no credit.
    """

    number: int
    licensee: str
    currency: str
    settlement_id: str
    issued_on: str
    due_on: str
    exact: Pico
    net: Pico
    tax: Pico
    positive: Pico
    cash: Pico = ZERO_PICO
    credited: Pico = ZERO_PICO
    written_off: Pico = ZERO_PICO
    kind: InvoiceKind = ""
    late: LateRate = NO_RATE
    charged: Pico = ZERO_PICO
    changes: list[Dated] = field(default_factory=list)
    known_lost: Pico = ZERO_PICO
    moves: dict[str, MonthMoves] = field(default_factory=dict)
    void: Pico = ZERO_PICO
    forgone: tuple[Pico, Pico] = (ZERO_PICO, ZERO_PICO)

    @property
    def name(self) -> str:
        """The number as it is printed."""
        return f"{self.number:0{NUMBER_DIGITS}d}"

    @property
    def file(self) -> str:
        """Where its document is kept among the settlement's files, without the ending."""
        return f"invoices/{self.licensee}-{self.currency}{'-interest' if self.kind else ''}"

    @property
    def gross(self) -> Pico:
        """What is billed."""
        return self.net + self.tax

    @property
    def due(self) -> Pico:
        """What is to be paid of it, or, where that is negative, what it gives as credit."""
        return Pico(self.gross + sum(self.forgone))

    @property
    def due_net(self) -> Pico:
        """The same without tax."""
        return self.net + self.forgone[0]

    @property
    def shared(self) -> Pico:
        """What its positive amounts come to, of what may ever come."""
        return max(self.due_net, Pico(self.positive - self.void))

    @property
    def open(self) -> Pico:
        """What is still to be paid."""
        return max(ZERO_PICO, self.due - self.cash - self.credited - self.written_off)

    @property
    def is_closed(self) -> bool:
        """Whether nothing more is expected."""
        return self.open == 0

    @property
    def is_settled(self) -> bool:
        """Whether all of it was paid, by money or by credit."""
        return self.cash + self.credited >= self.due

    @property
    def corrects(self) -> bool:
        """Whether some of its amounts are negative: money that was billed before changes hands."""
        return self.positive - self.void > max(ZERO_PICO, self.due_net)

    def take(self, amount: Pico, day: str, by: str = "cash") -> None:
        """Note what was paid from a day on: `cash`, `credited` or `written_off`; negative where money went back."""
        setattr(self, by, getattr(self, by) + amount)
        if amount and self.late.weighted:
            self.changes.append(Dated(day, amount))

    def loses(self, amount: Pico) -> Pico:
        """What of a payee's positive `amount`, less what it lost before, goes with what was given up since the settlement before."""
        if not (new := self.written_off - self.known_lost):
            return ZERO_PICO
        return min(amount, Pico(-(-amount * new * self.due_net // max(1, self._left(self.known_lost)))))

    def lets_go(self, amount: Pico, *, older_open: bool) -> Pico:
        """What of a payee's positive `amount`, less what it lost, may be paid."""
        if self.is_closed and not (self.corrects and older_open):
            return amount
        if self.due <= 0:
            return ZERO_PICO
        return min(amount, Pico(amount * self.cash * self.due_net // max(1, self._left(self.written_off))))

    def gone(self, usage_month: str) -> Fraction:
        """Which part of a positive amount of a month will never come."""
        moves = self.moves.get(usage_month)
        stays = 1 - Fraction(moves.now, moves.whole) if moves else Fraction(1)
        if self.written_off and self.due > 0:
            stays *= max(Fraction(0), 1 - Fraction(self.written_off * self.due_net, max(1, self.due * self.shared)))
        return 1 - stays

    def _left(self, lost: Pico) -> int:
        """What its positive amounts come to when so much of it is given up, times what is due."""
        return self.due * self.shared - lost * self.due_net

    def delays(self, day: str) -> Iterator[Delay]:
        """What was open behind the due day until another day, stretch by stretch; none where nothing was."""
        ordered = sorted(Dated(max(change.day, self.due_on), change.amount) for change in self.changes if change.day < day)
        left = self.due
        for before, after in pairwise((Dated(self.due_on, ZERO_PICO), *ordered, Dated(max(day, self.due_on), ZERO_PICO))):
            left -= before.amount
            stretch = Delay(before.day, after.day, max(ZERO_PICO, left))
            if stretch.open and stretch.days:
                yield stretch

    def interest(self, day: str) -> Pico:
        """What delay has cost until a day; pico, rounded half-even once."""
        if not self.late.weighted:
            return ZERO_PICO
        open_days = sum(stretch.open * stretch.days for stretch in self.delays(day))
        return Pico(round_half_even(open_days * self.late.weighted, self.late.base * NANO * YEAR_DAYS))

    def encode(self) -> list[object]:
        """Plain values, amounts as decimal strings of pico; what only some have stands at the end."""
        figures = [str(getattr(self, name)) for name in _FIGURES]
        more: dict[str, object] = {"kind": self.kind} if self.kind else {}
        if self.late.weighted:
            more |= {"late": [*map(str, self.late)], "charged": str(self.charged)}
            more |= {"changes": [[change.day, str(change.amount)] for change in self.changes]}
        if self.moves:
            more["moves"] = {month: self.moves[month].encode() for month in sorted(self.moves)}
        if any(self.forgone):
            more["forgone"] = [*map(str, self.forgone)]
        return [self.number, self.settlement_id, self.issued_on, self.due_on, *figures, *([more] if more else [])]

    @classmethod
    def decode(cls, licensee: str, currency: str, fields: Sequence[Any]) -> "Invoice":
        """The inverse of `encode`, and of what earlier versions wrote."""
        number, settlement_id, issued_on, due_on, *figures = fields
        more = figures.pop() if len(figures) > len(_FIGURES) else {}
        about = int(number), licensee, currency, settlement_id, issued_on, due_on
        found = cls(*about, exact=ZERO_PICO, net=ZERO_PICO, tax=ZERO_PICO, positive=ZERO_PICO)
        for name, figure in zip(_FIGURES, figures, strict=True):
            setattr(found, name, int(figure))
        found.known_lost = found.written_off
        found.kind, found.charged = more.get("kind", ""), Pico(int(more.get("charged", 0)))
        found.late = LateRate(*map(int, more.get("late", NO_RATE)))
        found.changes = [Dated(day, Pico(int(amount))) for day, amount in more.get("changes", ())]
        found.moves = {month: MonthMoves.decode(moves) for month, moves in more.get("moves", {}).items()}
        net, tax = more.get("forgone", (0, 0))
        found.forgone = Pico(int(net)), Pico(int(tax))
        return found
