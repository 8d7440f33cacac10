"""What a settlement brings to one payee, the terms that it is settled on, and what came of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from overtone.payout.accounts import Account, PartyState
from overtone.payout.acknowledgements import Return
from overtone.payout.adjustments import Adjustment, AgreedOpening
from overtone.payout.fx import Conversion, Rates
from overtone.payout.given_up import Moves
from overtone.payout.money_in import Debtor
from overtone.payout.receivables import Receivables
from overtone.payout.recoupment import Period
from overtone.payout.runs import Run
from overtone.payout.tax import TaxTable
from overtone.scales import ZERO_PICO, Pico

ADVANCE: Final = "advance"
"""The mechanism whose lines are recouped by later ones of the same deal."""


@dataclass(slots=True)
class Earned:
    """What lines say of one deal in one currency: everything earned, the positive part of it, advances and the first month of these."""

    licensee: str
    net: Pico = ZERO_PICO
    positive: Pico = ZERO_PICO
    advanced: Pico = ZERO_PICO
    month: str = ""


OwedBy = tuple[str, str, str, str, str, str]
"""Licensee, deal, mechanism, month, currency, account."""
OwedSums = list[Pico]
"""What its lines come to, and the positive part of it."""
CorrectedBy = tuple[str, str, str, str, str]
"""Licensee, currency, month, the settlement that is corrected, deal."""


@dataclass(slots=True)
class Movements:
    """The lines of one payee in this settlement, summed as far as money needs them; `owed` are the sums of those that were taken.

    `corrected` are the sums of those that correct a settlement: what they take off it, and what they credit; neither is negative.
    """

    deals: dict[tuple[str, str], Earned] = field(default_factory=dict)
    receivable: dict[tuple[str, str], Pico] = field(default_factory=dict)
    returns: Sequence[Return] = ()
    adjustments: Sequence[Adjustment] = ()
    openings: Sequence[AgreedOpening] = ()
    owed: dict[OwedBy, OwedSums] = field(default_factory=dict)
    corrected: dict[CorrectedBy, OwedSums] = field(default_factory=dict)

    def take(self, runs: Iterable[Run]) -> None:
        """Count all lines of the payee's, once: summed by what owes them in one pass, and these sums by deal."""
        self.sum_up(runs)
        for (licensee, deal_id, mechanism, month, currency, _), (amount, positive) in self.owed.items():
            self.receivable[licensee, currency] = self.receivable.get((licensee, currency), ZERO_PICO) + amount
            deal = self.deals.get((deal_id, currency))
            if deal is None:
                deal = self.deals[deal_id, currency] = Earned(licensee)
            if mechanism == ADVANCE:
                deal.advanced += amount
                deal.month = min(deal.month or month, month)
            else:
                deal.net += amount
                deal.positive += positive

    def sum_up(self, runs: Iterable[Run]) -> None:
        """Sum lines by what owes them, and those that correct others by what they correct."""
        owed = self.owed
        for run in runs:
            amounts = run.amounts
            if any(amounts):
                name = run.licensee, run.deal_id, run.mechanism, run.usage_month, run.currency, run.account
                sums = owed.get(name)
                if sums is None:
                    sums = owed[name] = [ZERO_PICO, ZERO_PICO]
                total = sum(amounts, ZERO_PICO)
                positive = total if min(amounts) >= 0 else sum([amount for amount in amounts if amount > 0], ZERO_PICO)
                sums[0] += total
                sums[1] += positive
                if run.adjusts:
                    place = run.licensee, run.currency, run.usage_month, run.adjusts, run.deal_id
                    both = self.corrected.setdefault(place, [ZERO_PICO, ZERO_PICO])
                    both[0] += positive - total
                    both[1] += positive


class Recouped(NamedTuple):
    """What earnings under a deal paid back of an advance in this settlement; pico, negative where it was given back.

    `advance` is the deal of the advance: another one where they recoup together.
    """

    deal_id: str
    licensee: str
    currency: str
    amount: Pico
    advance: str


@dataclass(slots=True)
class Settled:
    """All that happened to one payee. `billed` are the positive amounts that its licensees' invoices have for it.

    `moves` is what its corrections take and credit, by debtor and month.
    """

    accounts: list[Account]
    recouped: list[Recouped]
    conversions: list[Conversion]
    state: PartyState
    billed: Mapping[Debtor, Pico] = field(default_factory=dict)
    moves: Mapping[Debtor, Moves] = field(default_factory=dict)


class PaysOn(NamedTuple):
    """When a deal's payees may be paid: `on_receipt` unless the deal says otherwise."""

    on_receipt: bool = False
    deals: Mapping[str, bool] = {}

    def waits(self, deal_id: str) -> bool:
        """Whether what the deal owes is paid when the licensee has paid."""
        return self.deals.get(deal_id, self.on_receipt)


class BankDetails(NamedTuple):
    """What is known of a party's account beside its record: whether a change of it still waits."""

    waits: bool = False


@dataclass(frozen=True, slots=True)
class PayoutRules:
    """What is the same for every payee of a settlement. `methods` are those that a bank file is written for.

    `recoup_groups` names, by deal, the group whose deals recoup each other's advances.
    """

    period: Period
    rates: Rates
    methods: frozenset[str] = frozenset()
    taxes: TaxTable = field(default_factory=TaxTable)
    pays_on: PaysOn = field(default_factory=PaysOn)
    receivables: Receivables = field(default_factory=Receivables)
    previous_through: str = ""
    day: str = "0001-01-01"
    recoup_groups: Mapping[str, str] = field(default_factory=dict)
