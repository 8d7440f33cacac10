"""What was given up, and whose it turns out to have been: who lost how much, and what corrections took from where.

A line that corrects an earlier settlement takes something off the invoice of that one. Of what was given up of that invoice
- the payee who is corrected had lost its part already: that comes back to it (`Losses.give_back`);
- the payees whom the correction credits are credited what never came: they lose as much (`MonthMoves.lost`), in proportion;
- what a correction takes away from everybody was never paid by the licensee: it is no credit of the licensee's (`MonthMoves.idle`).

A correction changes hands within a debtor's month: of what is taken in a month, as much moved as the same month's corrections credit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final, NamedTuple

from overtone.scales import ZERO_PICO, Pico

WHOLE: Final = ""
"""The month of a loss that is in proportion to all that an invoice has for a payee."""


class Corrected(NamedTuple):
    """What lines correct: a debtor's month, and the settlement of which they correct it. `waits`: their deals pay on receipt."""

    licensee: str
    currency: str
    usage_month: str
    settlement_id: str
    waits: bool = False


@dataclass(slots=True)
class MonthMoves:
    """What the corrections of one settlement do to a debtor's month; pico.

    `taken` off the invoices of earlier settlements, by these, and what of it was given up when that was billed (`gone`); `moved` to
    payees and suspense by the same month's corrections. `now` is what is known to be given up of all that was taken, `known` what the
    settlement before knew of that when it took it off payees.
    """

    taken: dict[str, Pico] = field(default_factory=dict)
    gone: dict[str, Pico] = field(default_factory=dict)
    moved: Pico = ZERO_PICO
    known: Pico = ZERO_PICO
    now: Pico = ZERO_PICO

    def take(self, settlement_id: str, amount: Pico, gone: Pico) -> None:
        """Note what was taken off an invoice, and what of that had been given up."""
        self.taken[settlement_id] = self.taken.get(settlement_id, ZERO_PICO) + amount
        self.gone[settlement_id] = self.gone.get(settlement_id, ZERO_PICO) + gone

    def add(self, other: "MonthMoves") -> None:
        """Take in those of another payee."""
        for settlement_id, amount in other.taken.items():
            self.take(settlement_id, amount, other.gone[settlement_id])
        self.moved += other.moved

    def reckon(self, parts: Mapping[str, Fraction]) -> None:
        """Find what is given up now: by settlement, the part of what it billed that will never come, unless more was gone before."""
        self.now = Pico(sum(max(self.gone[name], int(amount * parts.get(name, 0))) for name, amount in self.taken.items()))

    @property
    def whole(self) -> Pico:
        """All that was taken, or what was credited where that is more."""
        return max(sum(self.taken.values(), ZERO_PICO), self.moved)

    @property
    def passed_on(self) -> Fraction:
        """Which part of what was taken moved to others; the rest was taken away from everybody."""
        return Fraction(self.moved, self.whole) if self.whole else Fraction(0)

    def lost(self, amount: Pico, gone: Pico) -> Pico:
        """What of a credited amount never came, where so much of what was taken is gone; rounded up."""
        return Pico(-(-amount * gone // self.whole)) if self.whole else ZERO_PICO

    def newly_lost(self, amount: Pico) -> Pico:
        """What of a credited amount is lost since the settlement before."""
        return self.lost(amount, self.now) - self.lost(amount, self.known)

    @property
    def idle(self) -> Pico:
        """What of the credit the licensee had not paid when it was billed, and nobody was credited with."""
        gone = sum(self.gone.values(), ZERO_PICO)
        return Pico(gone - self.lost(self.moved, gone))

    def encode(self) -> list[object]:
        """Plain values, amounts as decimal strings of pico."""
        taken = {name: [str(self.taken[name]), str(self.gone[name])] for name in sorted(self.taken)}
        return [taken, str(self.moved), str(self.known)]

    @classmethod
    def decode(cls, stored: Sequence[Any]) -> "MonthMoves":
        """The inverse of `encode`."""
        taken, moved, known = stored
        amounts = {name: Pico(int(amount)) for name, (amount, _) in taken.items()}
        return cls(amounts, {name: Pico(int(gone)) for name, (_, gone) in taken.items()}, Pico(int(moved)), Pico(int(known)))


Moves = Mapping[str, MonthMoves]
"""By usage month."""


@dataclass(slots=True)
class Lost:
    """What a payee lost of an `amount` that a settlement billed for it, and has not got back; pico.

    `usage_month`: of what corrections of that month credited, else all of it. `also`: later settlements and months that have taken a
    part of it away, and credited nothing instead: what corrects these takes from here.
    """

    settlement_id: str
    licensee: str
    currency: str
    usage_month: str
    amount: Pico
    lost: Pico
    also: list[tuple[str, str]] = field(default_factory=list)

    def covers(self, of: Corrected) -> bool:
        """Whether it is of what is corrected."""
        mine = self.licensee == of.licensee and self.currency == of.currency and self.usage_month in (WHOLE, of.usage_month)
        return mine and (self.settlement_id == of.settlement_id or (of.settlement_id, of.usage_month) in self.also)


class MonthSum(NamedTuple):
    """What a settlement billed or took in a debtor's month, of one payee's money that still waits; `of`: the settlement it takes from."""

    settlement_id: str
    licensee: str
    currency: str
    usage_month: str
    amount: Pico
    of: str = ""


@dataclass(slots=True)
class Losses:
    """A payee's: what it lost; what corrections credited it, and took from it, of invoices that are not settled with it yet."""

    lost: list[Lost] = field(default_factory=list)
    credited: list[MonthSum] = field(default_factory=list)
    taken: list[MonthSum] = field(default_factory=list)

    def note(self, of: Corrected, amount: Pico, lost: Pico) -> None:
        """Remember what was lost of an amount; `of` an invoice whose amounts may have lost before."""
        if not lost:
            return
        for entry in self.lost:
            if (entry.settlement_id, entry.licensee, entry.currency, entry.usage_month) == (of.settlement_id, *of[:3]):
                entry.lost += lost
                return
        self.lost.append(Lost(of.settlement_id, *of[:3], amount, lost))

    def give_back(self, of: Corrected, amount: Pico) -> Pico:
        """What comes back of what was lost, where an amount is taken off: by the fraction that was lost of it, rounded down."""
        found = ZERO_PICO
        for entry in sorted(filter(lambda one: one.covers(of), self.lost), key=lambda one: not one.usage_month):
            part = min(amount, entry.amount)
            back = Pico(entry.lost * part // entry.amount) if part else ZERO_PICO
            entry.amount -= part
            entry.lost -= back
            found += back
            amount -= back if entry.usage_month else part
        self.lost = [entry for entry in self.lost if entry.lost]
        return found

    def takes_from(self, of: Corrected, settlement_id: str) -> None:
        """Let what corrects a settlement later take from what it takes from now: it credited the payee nothing in the month."""
        for entry in self.lost:
            if entry.covers(of) and (settlement_id, of.usage_month) not in entry.also:
                entry.also.append((settlement_id, of.usage_month))

    def keep(self, standing: frozenset[tuple[str, str, str]]) -> None:
        """Forget what was credited or taken of invoices that are settled with the payee."""
        self.credited = [one for one in self.credited if one[:3] in standing]
        self.taken = [one for one in self.taken if (one.of, one.licensee, one.currency) in standing]

    def encode(self) -> dict[str, object]:
        """Keys of a state, amounts as decimal strings of pico; none where there is nothing."""
        found: dict[str, object] = {}
        if self.lost:
            found["lost"] = [[*_names(one), str(one.amount), str(one.lost), one.also] for one in self.lost]
        for name, sums in (("credited", self.credited), ("taken", self.taken)):
            if sums:
                found[name] = [[*_names(one), str(one.amount), one.of] for one in sums]
        return found

    @classmethod
    def decode(cls, record: Mapping[str, Any]) -> "Losses":
        """The inverse of `encode`; nothing of a state that earlier versions wrote."""
        lost = [
            Lost(sid, who, currency, month, Pico(int(amount)), Pico(int(gone)), [(later, in_month) for later, in_month in also])
            for sid, who, currency, month, amount, gone, also in record.get("lost", ())
        ]
        sums = (
            [MonthSum(sid, who, currency, month, Pico(int(pico)), of) for sid, who, currency, month, pico, of in record.get(key, ())]
            for key in ("credited", "taken")
        )
        return cls(lost, *sums)


def _names(one: Lost | MonthSum) -> list[str]:
    return [one.settlement_id, one.licensee, one.currency, one.usage_month]
