"""Whether a payee is paid, how much, how much tax is withheld of it, and under which id."""

import hashlib
from functools import lru_cache
from typing import Final, Literal

from overtone.money import NANO, PICO, round_down_to_minor, rounded_to_minor
from overtone.months import number_of
from overtone.payout.accounts import (
    ACCOUNT_REFUSED,
    BANK_CHANGED,
    BELOW_THRESHOLD,
    CONVERTED,
    HELD,
    MANUAL,
    NEGATIVE,
    NO_BANK_DETAILS,
    NO_PARTY_RECORD,
    NO_RATE,
    NOT_COLLECTED,
    NOT_DUE,
    NOTHING_DUE,
    ON_HOLD,
    PAID,
    Account,
    PartyState,
    PaymentStatus,
)
from overtone.payout.movements import BankDetails, PayoutRules
from overtone.rights.billing import PayoutPeriod
from overtone.rights.registry import Party

Obstacle = PaymentStatus | Literal[""]
"""What stands against any payment to a party; empty where nothing does."""
BANK_PAYMENT_MAX: Final = 999_999_999 * PICO + 99 * PICO // 100
"""The largest payment that a SEPA credit transfer takes (EPC125-05); what is more is paid by hand."""
ACH: Final = "ach"
ACH_PAYMENT_MAX: Final = 99_999_999 * PICO + 99 * PICO // 100
"""The largest payment that an ACH entry takes: ten digits of cents."""


def payment_id(settlement_id: str, party_id: str, currency: str) -> str:
    """The end-to-end id of a payment: at most 35 characters, the same for the same payment."""
    return "OT" + hashlib.sha256(f"{settlement_id}\x1f{party_id}\x1f{currency}".encode()).hexdigest()[:30].upper()


def pay(account: Account, party: Party | None, terms: PayoutRules, prevented: Obstacle) -> None:
    """Pay what is free of an account, or say why not; `prevented` is what stands against any payment to the party."""
    if account.status == CONVERTED and not account.uncollected:
        return
    free = account.closing - account.reserve - account.uncollected
    account.status = _standing(account, party, free, prevented)
    account.held = account.reserve + account.uncollected + (max(0, free) if account.status in HELD else 0)
    if account.status != PAID or party is None or party.payout is None:
        return
    if not is_due(party.payout.period, terms.previous_through, terms.period.through):
        account.status = NOT_DUE
        return
    gross = round_down_to_minor(free, account.currency)
    account.tax_rate = terms.taxes.rate(party, terms.day)
    tax = rounded_to_minor(gross * account.tax_rate, NANO, account.currency)
    if free < party.payout.threshold or gross <= tax:
        account.status = BELOW_THRESHOLD
        return
    most = ACH_PAYMENT_MAX if party.payout.method == ACH else BANK_PAYMENT_MAX
    by_file = party.payout.method in terms.methods and gross - tax <= most
    if not by_file or (party.payout.method == ACH and account.currency != "USD"):
        account.status = MANUAL
    account.paid, account.withheld = gross - tax, tax
    account.method, account.account = party.payout.method, party.payout.fingerprint
    account.payment_id = payment_id(terms.period.settlement_id, account.party_id, account.currency)


def _standing(account: Account, party: Party | None, free: int, prevented: Obstacle) -> PaymentStatus:
    """Whether the party may be paid, and if not, why."""
    if prevented == ON_HOLD:
        return ON_HOLD
    if free <= 0:
        waits: PaymentStatus = NOT_COLLECTED if account.uncollected else NOTHING_DUE
        return NEGATIVE if account.closing < 0 else waits
    if party is not None and party.payout is not None and account.currency != party.payout.currency:
        return prevented or NO_RATE
    return prevented or PAID


def obstacle(party: Party | None, state: PartyState, bank: BankDetails) -> Obstacle:
    """Why the party may not be paid whatever it is owed, or nothing."""
    if party is None:
        return NO_PARTY_RECORD
    if party.on_hold:
        return ON_HOLD
    if party.payout is None or not party.payout.is_payable:
        return NO_BANK_DETAILS
    if state.refused and party.payout.fingerprint in state.refused:
        return ACCOUNT_REFUSED
    return BANK_CHANGED if bank.waits else ""


_MONTHS: Final = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}


@lru_cache(maxsize=64)
def is_due(period: PayoutPeriod, previous_through: str, through: str) -> bool:
    """Whether a payee's period ended in a month that this settlement is the first to settle, or ends with its month."""
    first = min(previous_through or through, through)
    months = _MONTHS[period]
    return number_of(through) % months == 0 or number_of(through) // months > number_of(first) // months
