"""What finance knows and does beside the lines of a settlement: money that came, hands that corrected, rules by which it pays.

Finance's facts stand in one numbered list; a settlement takes in those that the one before had not heard.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from overtone.payout.adjustments import Adjustment, AgreedOpening, OpenedSuspense
from overtone.payout.money_in import Receipt
from overtone.payout.movements import PaysOn
from overtone.payout.receivables import Receivables
from overtone.payout.tax import TaxTable

__all__ = ["HOLD_DAYS", "Adjustment", "AgreedOpening", "Fact", "Finance", "OpenedSuspense"]

HOLD_DAYS: Final = 7

Fact = Receipt | Adjustment | AgreedOpening | OpenedSuspense


@dataclass(frozen=True, slots=True)
class Finance:
    """`receivables` as the settlement before left them, and `facts` that came since, up to number `heard`.

    `confirmed`: (party, account fingerprint) of changed bank details that finance confirmed; others wait `hold_days`.
    `recoup_groups` names, by deal, those whose deals recoup each other's advances.
    `late_rates` are, by deal, the yearly rates of interest on late payment (nano).
    `locked_through` is the last month of the books that takes no entry.
    `issuer` is the party whose invoices these are; `issuer_name` stands where none is registered.
    """

    receivables: Receivables = field(default_factory=Receivables)
    facts: Sequence[Fact] = ()
    heard: int = 0
    pays_on: PaysOn = field(default_factory=PaysOn)
    recoup_groups: Mapping[str, str] = field(default_factory=dict)
    taxes: TaxTable = field(default_factory=TaxTable)
    previous_through: str = ""
    hold_days: int = HOLD_DAYS
    confirmed: frozenset[tuple[str, str]] = frozenset()
    late_rates: Mapping[str, int] = field(default_factory=dict)
    locked_through: str = ""
    issuer: str = ""
    issuer_name: str = ""
