"""From what a party was credited to what it is paid: one pure step a payee, in the order of a contract.

1. Credited: the settlement's lines, by currency. Payments that the bank sent back are credited again,
   with the tax that was withheld on them.
2. Recouped: earnings under a deal pay back its advances, in the deal's currency.
3. Reserve: a rate of what is left of positive earnings is held back, none on negative ones; older
   reserves are let go by their schedule.
4. Converted: every other currency becomes the payout currency, once, at the posted rate; without one it stays as it is.
5. Paid: what is free, if the party may be paid and the threshold is reached. Tax is withheld at the
   party's rate of payment + tax, so on what is paid out and on nothing else; the payment is rounded
   down to the minor unit and the rest stays.

For every currency: opening + credited - recouped - withheld - paid = closing.
"""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from overtone.lines import LineKey, Posting
from overtone.money import NANO, PICO, minor_digits, round_down_to_minor, round_half_even
from overtone.payout.accounts import (
    BELOW_THRESHOLD,
    CONVERTED,
    HELD,
    MANUAL,
    NEGATIVE,
    NO_BANK_DETAILS,
    NO_PARTY_RECORD,
    NO_RATE,
    NOTHING_DUE,
    ON_HOLD,
    PAID,
    Account,
    Advance,
    Lot,
    PartyState,
)
from overtone.payout.acknowledgements import Return
from overtone.payout.fx import Conversion, Rates
from overtone.payout.recoupment import Period, recoup, release
from overtone.rights.registry import Party

ADVANCE: Final = "advance"
"""The mechanism whose lines are recouped by later ones of the same deal."""
BANK_PAYMENT_MAX: Final = 999_999_999 * PICO + 99 * PICO // 100
"""The largest payment that a SEPA credit transfer takes (EPC125-05); what is more is paid by hand."""
BANK_FILE_DIGITS: Final = 2
"""Decimals of the currencies that bank files are written for (EUR, SEK, USD, …); others are paid by hand."""


@dataclass(slots=True)
class Earned:
    """What lines say of one deal in one currency: everything earned, and the positive part of it."""

    licensee: str
    net: int = 0
    positive: int = 0
    advanced: int = 0


@dataclass(slots=True)
class Movements:
    """The lines of one payee in this settlement, summed as far as money needs them."""

    deals: dict[tuple[str, str], Earned] = field(default_factory=dict)
    receivable: defaultdict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    returns: Sequence[Return] = ()

    def add(self, key: LineKey, posting: Posting) -> None:
        """Count one line of the payee's."""
        amount = posting.amount
        if not amount:
            return
        self.receivable[key.licensee, key.currency] += amount
        deal = self.deals.get((key.deal_id, key.currency))
        if deal is None:
            deal = self.deals[key.deal_id, key.currency] = Earned(key.licensee)
        if key.mechanism == ADVANCE:
            deal.advanced += amount
            return
        deal.net += amount
        if amount > 0:
            deal.positive += amount


class Recouped(NamedTuple):
    """What earnings under a deal paid back in this settlement; pico, negative where it was given back."""

    deal_id: str
    licensee: str
    currency: str
    amount: int


@dataclass(slots=True)
class Settled:
    """All that happened to one payee."""

    accounts: list[Account]
    recouped: list[Recouped]
    conversions: list[Conversion]
    state: PartyState


@dataclass(frozen=True, slots=True)
class Terms:
    """What is the same for every payee of a settlement. `withholding`: nano by country, where a party has no rate."""

    period: Period
    rates: Rates
    has_payer: bool
    withholding: Mapping[str, int] = field(default_factory=dict)


def payment_id(settlement_id: str, party_id: str, currency: str) -> str:
    """The end-to-end id of a payment: at most 35 characters, the same for the same payment."""
    return "OT" + hashlib.sha256(f"{settlement_id}\x1f{party_id}\x1f{currency}".encode()).hexdigest()[:30].upper()


def settle(state: PartyState, movements: Movements, party: Party | None, terms: Terms) -> Settled:
    """Credit, recoup, reserve, convert and pay one payee. `state` becomes the next settlement's."""
    recouped = _recoup(state, movements, terms.period)
    accounts = _credited(state, movements, recouped, party)
    new_reserves = _reserved(movements, recouped, party)
    conversions = _convert(state, accounts, new_reserves, party, terms.rates)
    for account in accounts.values():
        _reserve(state, account, new_reserves.get(account.currency, 0), party, terms.period)
    for account in accounts.values():
        _pay(account, party, terms)
    _close(state, accounts)
    return Settled([accounts[currency] for currency in sorted(accounts)], recouped, conversions, state)


def _recoup(state: PartyState, movements: Movements, period: Period) -> list[Recouped]:
    done = []
    for (deal_id, currency), deal in sorted(movements.deals.items()):
        balance = state.advances.get((deal_id, currency))
        if balance is None:
            if not deal.advanced:
                continue
            balance = state.advances[deal_id, currency] = Advance(deal_id, deal.licensee, currency)
        if amount := recoup(balance, advanced=deal.advanced, earned=deal.net, period=period):
            done.append(Recouped(deal_id, deal.licensee, currency, amount))
    return done


def _opened(state: PartyState, name: str, currency: str) -> Account:
    return Account(state.party_id, name, currency, state.balances.get(currency, 0), reserve_before=state.reserved(currency))


def _credited(state: PartyState, movements: Movements, recouped: Sequence[Recouped], party: Party | None) -> dict[str, Account]:
    name = party.name if party else state.party_id
    accounts: dict[str, Account] = {}

    def account(currency: str) -> Account:
        if currency not in accounts:
            accounts[currency] = _opened(state, name, currency)
        return accounts[currency]

    for currency in (*state.balances, *(lot.currency for lot in state.lots)):
        account(currency)
    for (_, currency), amount in movements.receivable.items():
        account(currency).credited += amount
    for sent_back in movements.returns:
        own = account(sent_back.currency)
        own.credited += sent_back.paid + sent_back.withheld
        own.returned += sent_back.paid
        own.returned_tax += sent_back.withheld
    for entry in recouped:
        account(entry.currency).recouped += entry.amount
    return accounts


def _reserved(movements: Movements, recouped: Sequence[Recouped], party: Party | None) -> dict[str, int]:
    """What to hold back by currency: the rate of positive earnings after recoupment, never more than was earned."""
    if party is None or party.reserve is None:
        return {}
    positive: defaultdict[str, int] = defaultdict(int)
    net: defaultdict[str, int] = defaultdict(int)
    for (_, currency), deal in movements.deals.items():
        positive[currency] += deal.positive
        net[currency] += deal.net
    for entry in recouped:
        positive[entry.currency] -= max(0, entry.amount)
        net[entry.currency] -= entry.amount
    rate = party.reserve.rate
    return {c: max(0, min(round_half_even(positive[c] * rate, NANO), net[c])) for c in sorted(positive)}


def _convert(
    state: PartyState, accounts: dict[str, Account], new_reserves: dict[str, int], party: Party | None, rates: Rates
) -> list[Conversion]:
    """Move every balance into the payout currency; a party without one keeps what it has."""
    if party is None or party.payout is None:
        return []
    target, done = party.payout.currency, []
    into = accounts.get(target) or _opened(state, party.name, target)
    for currency in sorted(accounts):
        account = accounts[currency]
        if currency == target:
            continue
        if not rates.has(currency, target):
            if account.closing:
                rates.leave(account.closing, currency, target)
            continue
        if held := new_reserves.pop(currency, 0):
            new_reserves[target] = new_reserves.get(target, 0) + rates.convert(held, currency, target).result
        if not account.closing:
            continue
        conversion = rates.convert(account.closing, currency, target)
        done.append(conversion)
        account.credited -= conversion.amount
        account.converted -= conversion.amount
        account.status = CONVERTED
        into.credited += conversion.result
        into.converted += conversion.result
    for lot in state.lots:
        if lot.currency != target and rates.has(lot.currency, target):
            lot.amount = rates.convert(lot.amount, lot.currency, target).result
            lot.released = rates.convert(lot.released, lot.currency, target).result
            lot.currency = target
    accounts[target] = into
    return done


def _reserve(state: PartyState, account: Account, held: int, party: Party | None, period: Period) -> None:
    for lot in state.lots:
        if lot.currency == account.currency:
            account.reserve_released += release(lot, period.through)
    if held and party is not None and party.reserve is not None:
        state.lots.append(Lot(period.settlement_id, period.through, account.currency, held, party.reserve.periods))
        account.reserve_held = held
    account.reserve = state.reserved(account.currency)


def _pay(account: Account, party: Party | None, terms: Terms) -> None:
    if account.status == CONVERTED:
        return
    free = account.closing - account.reserve
    account.status = _standing(account, party, free)
    if account.status == PAID and party is not None and party.payout is not None and account.currency != party.payout.currency:
        account.status = NO_RATE
    account.held = account.reserve + (max(0, free) if account.status in HELD else 0)
    if account.status != PAID or party is None or party.payout is None:
        return
    rate = _withholding(party, terms)
    amount = round_down_to_minor(free * (NANO - rate) // NANO, account.currency)
    if free < party.payout.threshold or amount <= 0:
        account.status = BELOW_THRESHOLD
        return
    by_file = terms.has_payer and minor_digits(account.currency) == BANK_FILE_DIGITS and amount <= BANK_PAYMENT_MAX
    if party.payout.method != "sepa" or not by_file:
        account.status = MANUAL
    account.paid = amount
    account.withheld = round_half_even(amount * rate, NANO - rate)
    account.payment_id = payment_id(terms.period.settlement_id, account.party_id, account.currency)


def _standing(account: Account, party: Party | None, free: int) -> str:
    """Whether the party may be paid, and if not, why."""
    if party is not None and party.on_hold:
        return ON_HOLD
    if free <= 0:
        return NEGATIVE if account.closing < 0 else NOTHING_DUE
    if party is None:
        return NO_PARTY_RECORD
    if party.payout is None or party.payout.method == "none":
        return NO_BANK_DETAILS
    if party.payout.method == "sepa" and not party.payout.iban:
        return NO_BANK_DETAILS
    return PAID


def _withholding(party: Party, terms: Terms) -> int:
    own: int | None = party.withholding_rate
    return terms.withholding.get(party.country, 0) if own is None else own


def _close(state: PartyState, accounts: Mapping[str, Account]) -> None:
    state.balances = {currency: account.closing for currency, account in accounts.items() if account.closing}
    state.lots = [lot for lot in state.lots if lot.released < lot.amount]
    state.waiting = bool(state.lots) or any(a.status in HELD or a.status == BELOW_THRESHOLD for a in accounts.values() if a.closing)
