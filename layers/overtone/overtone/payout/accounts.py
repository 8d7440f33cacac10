"""A payee's account: its row in one settlement, and what it remembers from one settlement to the next.

The state is the sub-ledger behind the journal's `payable` and `reserve` accounts. It is written as
one JSON line per party, sorted by party, so the next settlement reads it as a stream and copies what
it does not touch, byte for byte.
"""

from dataclasses import dataclass, field
from typing import Final, Literal, get_args

import orjson

from overtone.errors import InvariantBroken
from overtone.payout.advances import Advance
from overtone.payout.given_up import Losses
from overtone.payout.last_statement import LastStatement
from overtone.payout.year import YearToDate
from overtone.scales import ZERO_NANO, ZERO_PICO, Nano, Pico

_PREFIX: Final = b'{"party":"'
FORMAT: Final = 4
"""Of a state's line: 4 has the last statement's sums, 3 what of licensees' money is paid, 2 the year to date; the first has none."""

PAID: Final = "paid"
MANUAL: Final = "manual"
ON_HOLD: Final = "on_hold"
NO_BANK_DETAILS: Final = "no_bank_details"
NO_PARTY_RECORD: Final = "no_party_record"
BELOW_THRESHOLD: Final = "below_threshold"
NO_RATE: Final = "no_rate"
NEGATIVE: Final = "negative"
NOTHING_DUE: Final = "nothing_due"
CONVERTED: Final = "converted"
NOT_COLLECTED: Final = "not_collected"
NOT_DUE: Final = "not_due"
BANK_CHANGED: Final = "bank_details_changed"
ACCOUNT_REFUSED: Final = "account_refused"
HeldStatus = Literal["on_hold", "no_bank_details", "no_party_record", "no_rate", "bank_details_changed", "account_refused"]
PaymentStatus = (
    HeldStatus | Literal["paid", "manual", "below_threshold", "negative", "nothing_due", "converted", "not_collected", "not_due"]
)
HELD: Final[frozenset[PaymentStatus]] = frozenset(get_args(HeldStatus))
"""Statuses under which nothing is paid whatever the balance."""


@dataclass(slots=True)
class Account:
    """One row of `payments.csv`: a party's account in one currency over this settlement; pico.

    `credited` includes `returned` (sent back by the bank, tax included), `converted`, `adjusted` (by finance) and, taken off,
    `written_off`: what licensees will not pay, less what of earlier such losses is `restored`, since another bears it. `held` is what
    of `closing` may not be paid now: the reserve, what is `uncollected`, and everything while the party is on hold. `account` is the
    fingerprint of the details that were paid to. `pay_day`: the day on which the bank is asked to pay; empty where no bank file does.
    """

    party_id: str
    name: str
    currency: str
    opening: Pico
    credited: Pico = ZERO_PICO
    recouped: Pico = ZERO_PICO
    withheld: Pico = ZERO_PICO
    held: Pico = ZERO_PICO
    paid: Pico = ZERO_PICO
    status: PaymentStatus = NOTHING_DUE
    converted: Pico = ZERO_PICO
    returned: Pico = ZERO_PICO
    returned_tax: Pico = ZERO_PICO
    reserve_before: Pico = ZERO_PICO
    reserve: Pico = ZERO_PICO
    reserve_held: Pico = ZERO_PICO
    reserve_released: Pico = ZERO_PICO
    payment_id: str = ""
    adjusted: Pico = ZERO_PICO
    written_off: Pico = ZERO_PICO
    restored: Pico = ZERO_PICO
    uncollected: Pico = ZERO_PICO
    tax_rate: Nano = ZERO_NANO
    method: str = ""
    account: str = ""
    bank_file: str = ""
    pay_day: str = ""

    @property
    def closing(self) -> Pico:
        """What the party is owed after this settlement."""
        return self.opening + self.credited - self.recouped - self.withheld - self.paid

    @property
    def earned(self) -> Pico:
        """What the settlement's lines brought: credited, without conversions, returns, and what finance did."""
        return self.credited - self.converted - self.returned - self.returned_tax - self.adjusted + self.written_off

    @property
    def moved(self) -> bool:
        """Whether anything happened, even where it comes to nothing in all: what the bank sent back may be what a correction takes off."""
        return any(
            (
                self.earned,
                self.returned,
                self.returned_tax,
                self.written_off,
                self.restored,
                self.recouped,
                self.withheld,
                self.paid,
                self.converted,
                self.reserve_held,
                self.reserve_released,
                self.adjusted,
            )
        )


@dataclass(slots=True)
class Lot:
    """A reserve held back by one settlement. Amounts in pico; `released` of `amount` has been let go."""

    settlement_id: str
    through: str
    currency: str
    amount: Pico
    periods: int
    released: Pico = ZERO_PICO


@dataclass(slots=True)
class Uncollected:
    """What a settlement billed a licensee for this payee, less what was given up, and what of it money has let go; pico, `amount` > 0.

    `kept` of what was let go was paid to the payee: it stays, whatever becomes of the licensee's money.
    """

    settlement_id: str
    licensee: str
    currency: str
    amount: Pico
    released: Pico = ZERO_PICO
    kept: Pico = ZERO_PICO


@dataclass(slots=True)
class PartyState:
    """Everything the next settlement needs to know of a payee.

    `balances`: what the party is owed by currency, reserves included, negative where it owes.
    `uncollected`: what may be paid when licensees have paid. `refused`: accounts that a bank named closed or wrong, with its reason.
    `year`: the calendar year so far, where anything has moved in it. `self_billed`: how many invoices were written in its name.
    `last`: what its statement before said, for the next one to be compared with. `losses`: what was given up of what it was billed for.
    `waiting`: money stands here that a change of the party's record, a licensee's money, or time, may release.
    """

    party_id: str
    balances: dict[str, Pico] = field(default_factory=dict)
    lots: list[Lot] = field(default_factory=list)
    advances: dict[tuple[str, str], Advance] = field(default_factory=dict)
    waiting: bool = False
    uncollected: list[Uncollected] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    year: YearToDate | None = None
    self_billed: int = 0
    last: LastStatement | None = None
    losses: Losses = field(default_factory=Losses)

    def outstanding(self, currency: str) -> Pico:
        """What of the balance licensees have not paid yet."""
        return sum([entry.amount - entry.released for entry in self.uncollected if entry.currency == currency], ZERO_PICO)

    def reserved(self, currency: str) -> Pico:
        """What of the balance is still held in reserve."""
        return sum([lot.amount - lot.released for lot in self.lots if lot.currency == currency], ZERO_PICO)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to remember."""
        kept = self.balances, self.lots, self.advances, self.uncollected, self.refused, self.year, self.self_billed
        return not any(kept) and not self.losses.lost and not (self.last and (self.last.sources or self.last.sums))

    def encode(self) -> bytes:
        """One JSON line, amounts as decimal strings of pico: they outgrow 64 bits."""
        record: dict[str, object] = {
            "party": self.party_id,
            "waiting": self.waiting,
            "balances": {currency: str(self.balances[currency]) for currency in sorted(self.balances)},
            "format": FORMAT,
        }
        if self.lots:
            record["reserves"] = [
                [lot.settlement_id, lot.through, lot.currency, str(lot.amount), lot.periods, str(lot.released)] for lot in self.lots
            ]
        if self.advances:
            record["advances"] = [self.advances[key].encode() for key in sorted(self.advances)]
        if self.uncollected:
            record["uncollected"] = [_encode_uncollected(entry) for entry in self.uncollected]
        if self.refused:
            record["refused"] = {account: self.refused[account] for account in sorted(self.refused)}
        if self.year:
            record["year"] = self.year.encode()
        if self.self_billed:
            record["self_billed"] = self.self_billed
        if self.last:
            record["last"] = self.last.encode()
        return orjson.dumps(record | self.losses.encode())

    @classmethod
    def decode(cls, line: bytes) -> "PartyState":
        """The inverse of `encode`, for this format and those before; raises `InvariantBroken` for one that is not known."""
        record = orjson.loads(line)
        if record.get("format", 1) not in {1, 2, 3, FORMAT}:
            raise InvariantBroken(
                "conserved", f"the balance of {record['party']} has format {record['format']}; this version reads up to {FORMAT}"
            )
        lots = [
            Lot(sid, through, ccy, Pico(int(amount)), periods, Pico(int(done)))
            for sid, through, ccy, amount, periods, done in record.get("reserves", ())
        ]
        advances = [Advance.decode(entry) for entry in record.get("advances", ())]
        return cls(
            party_id=record["party"],
            balances={currency: Pico(int(pico)) for currency, pico in record["balances"].items()},
            lots=lots,
            advances={(advance.deal_id, advance.currency): advance for advance in advances},
            waiting=record["waiting"],
            uncollected=[Uncollected(*entry[:3], *map(int, entry[3:])) for entry in record.get("uncollected", ())],
            refused=dict(record.get("refused", {})),
            year=YearToDate.decode(record["year"]) if "year" in record else None,
            self_billed=record.get("self_billed", 0),
            last=LastStatement.decode(record["last"]) if "last" in record else None,
            losses=Losses.decode(record),
        )


def party_of(line: bytes) -> str:
    """The party of an encoded state, without decoding the rest."""
    return line[len(_PREFIX) : line.index(b'"', len(_PREFIX))].decode()


def is_waiting(line: bytes) -> bool:
    """Whether an encoded state waits for something, without decoding the rest."""
    return line.startswith(b'","waiting":true', line.index(b'"', len(_PREFIX)))


def _encode_uncollected(entry: Uncollected) -> list[object]:
    kept = [str(entry.kept)] if entry.kept else []
    return [entry.settlement_id, entry.licensee, entry.currency, str(entry.amount), str(entry.released), *kept]
