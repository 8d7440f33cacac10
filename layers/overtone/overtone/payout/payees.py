"""From what a party was credited to what it is paid: one pure step for each payee, in the order of a contract.

1. Credited: the settlement's lines, by currency; what finance adjusts. Payments that did not arrive are credited again, with the
   tax that was withheld on them.
2. Recouped: earnings under a deal pay back its advances, in the deal's currency.
3. Collected: what deals that pay on receipt earned waits until the licensee's money lets it go (`receivables`).
4. Reserve: a rate of what is left of positive earnings that may be paid is held back, none on negative ones; older
   reserves are let go by their schedule.
5. Converted: every other currency that may be paid becomes the payout currency, once, at the posted rate; without one it stays as it is.
6. Paid: what is free, rounded down to the minor unit, if the party may be paid, its period has ended and the threshold is reached.
   Tax at the party's rate is withheld of that, rounded half-even to the minor unit, and the rest is the payment.

For every currency: opening + credited - recouped - withheld - paid = closing.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from overtone.money import NANO, round_half_even
from overtone.payout.accounts import (
    BELOW_THRESHOLD,
    CONVERTED,
    HELD,
    NOT_DUE,
    Account,
    Lot,
    PartyState,
)
from overtone.payout.advances import Advance, AdvanceEvent
from overtone.payout.collecting import Came, Corrections, bill, collected, corrected
from overtone.payout.fx import Conversion, Rates
from overtone.payout.movements import BankDetails, Earned, Movements, PayoutRules, PaysOn, Recouped, Settled
from overtone.payout.payment import obstacle, pay
from overtone.payout.recoupment import Period, recoup_group, release
from overtone.payout.year import YearSums, YearToDate
from overtone.rights.registry import Party
from overtone.scales import ZERO_PICO, Pico


def settle(state: PartyState, movements: Movements, party: Party | None, terms: PayoutRules, bank: BankDetails = BankDetails()) -> Settled:  # noqa: B008 - immutable
    """Credit, recoup, collect, reserve, convert and pay one payee. `state` becomes the next settlement's."""
    _open_advances(state, movements, terms.period)
    recouped = _recoup(state, movements, terms)
    came = collected(state, terms.receivables)
    corrections = corrected(state, movements, recouped, terms)
    billed = bill(state, movements, recouped, corrections, terms)
    for sent_back in sorted(movements.returns, key=lambda one: one.paid):  # what was paid after all first
        if sent_back.names_the_account and sent_back.account:
            state.refused[sent_back.account] = sent_back.reason
        if sent_back.paid < 0:
            state.refused.pop(sent_back.account, None)
    accounts = _credited(state, movements, recouped, (came, corrections), party)
    for opening in movements.openings:
        if opening.reserve:
            state.lots.append(Lot(opening.opening_id, terms.period.through, opening.currency, opening.reserve, opening.periods))
    new_reserves = _reserved(movements, recouped, came.released, party, terms.pays_on)
    conversions = _convert(state, accounts, new_reserves, party, terms.rates)
    for account in accounts.values():
        _reserve(state, account, new_reserves.get(account.currency, ZERO_PICO), party, terms.period)
    for account in accounts.values():
        pay(account, party, terms, obstacle(party, state, bank))
    _close(state, accounts)
    state.year = _year(state.year, accounts, terms)
    return Settled([accounts[currency] for currency in sorted(accounts)], recouped, conversions, state, billed, corrections.moves)


def _open_advances(state: PartyState, movements: Movements, period: Period) -> None:
    """Advances that another system had not recouped: earnings pay them back as if they had been paid here."""
    for opening in movements.openings:
        if opening.unrecouped:
            advance = state.advances.setdefault(
                (opening.deal_id, opening.currency), Advance(opening.deal_id, opening.licensee, opening.currency)
            )
            advance.advanced += opening.unrecouped
            advance.note(AdvanceEvent(opening.opening_id, period.through, opening.unrecouped, ZERO_PICO))


def _recoup(state: PartyState, movements: Movements, terms: PayoutRules) -> list[Recouped]:
    """Deals recoup each by itself, or with those of their group that the same licensee signed in the same currency."""
    if not state.advances and not any(deal.advanced for deal in movements.deals.values()):
        return []
    together: dict[tuple[str, ...], dict[str, Earned]] = {}
    for (deal_id, currency), deal in sorted(movements.deals.items()):
        if deal.advanced and (deal_id, currency) not in state.advances:
            state.advances[deal_id, currency] = Advance(deal_id, deal.licensee, currency, month=deal.month)
        together.setdefault(_recoups_with(deal_id, deal.licensee, currency, terms), {})[deal_id] = deal
    balances: dict[tuple[str, ...], list[Advance]] = {}
    for advance in state.advances.values():
        balances.setdefault(_recoups_with(advance.deal_id, advance.licensee, advance.currency, terms), []).append(advance)
    entries: list[Recouped] = []
    for name, deals in together.items():
        if of_group := balances.get(name):
            changes = recoup_group(
                of_group,
                advanced={deal_id: deal.advanced for deal_id, deal in deals.items()},
                earned=sum((deal.net for deal in deals.values()), ZERO_PICO),
                period=terms.period,
            )
            entries += _recouped(deals, changes, of_group[0])
    return sorted(entries, key=lambda entry: (entry.deal_id, entry.currency, entry.advance))


def _recoups_with(deal_id: str, licensee: str, currency: str, terms: PayoutRules) -> tuple[str, ...]:
    group = terms.recoup_groups.get(deal_id)
    return ("group", group, licensee, currency) if group else ("deal", deal_id, currency)


def _recouped(deals: Mapping[str, Earned], changes: Mapping[str, Pico], of: Advance) -> Iterator[Recouped]:
    """Whose earnings paid back which advance, both in order; what no earnings moved (an advance taken back) is its own deal's."""
    left = sum(changes.values(), ZERO_PICO)
    sign, left = (-1 if left < 0 else 1), abs(left)
    earned = {deal_id: max(ZERO_PICO, Pico(sign * deal.net)) for deal_id, deal in sorted(deals.items())}
    parts: defaultdict[tuple[str, str], Pico] = defaultdict(lambda: ZERO_PICO)
    for advance, change in changes.items():
        due = min(left, max(ZERO_PICO, Pico(sign * change)))
        left -= due
        for deal_id, amount in earned.items():
            part = min(due, amount)
            earned[deal_id] -= part
            parts[deal_id, advance] += part
            due -= part
        parts[advance, advance] += due
    for (deal_id, advance), part in parts.items():
        if part:
            yield Recouped(deal_id, deals[deal_id].licensee if deal_id in deals else of.licensee, of.currency, Pico(sign * part), advance)


def _opened(state: PartyState, name: str, currency: str) -> Account:
    return Account(state.party_id, name, currency, state.balances.get(currency, ZERO_PICO), reserve_before=state.reserved(currency))


def _credited(
    state: PartyState, movements: Movements, recouped: Sequence[Recouped], losses: tuple[Came, Corrections], party: Party | None
) -> dict[str, Account]:
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
    for change in movements.adjustments:
        account(change.currency).credited += change.amount
        account(change.currency).adjusted += change.amount
    for currency, lost, restored in _given_up(*losses):
        own = account(currency)
        own.credited += restored - lost
        own.written_off += lost - restored
        own.restored += restored
    for entry in recouped:
        account(entry.currency).recouped += entry.amount
    for own in accounts.values():
        own.uncollected = state.outstanding(own.currency)
    return accounts


def _given_up(came: Came, corrections: Corrections) -> Iterator[tuple[str, Pico, Pico]]:
    """By currency, what is lost and what is restored; a currency may come twice."""
    for currency, lost in came.lost.items():
        yield currency, lost, came.restored.get(currency, ZERO_PICO)
    for debtor, restored in corrections.restored.items():
        if restored:
            yield debtor.currency, ZERO_PICO, restored


def _reserved(
    movements: Movements, recouped: Sequence[Recouped], released: Mapping[str, Pico], party: Party | None, pays_on: PaysOn
) -> dict[str, Pico]:
    """What to hold back by currency: the rate of positive earnings that may be paid, after recoupment, never more than was earned."""
    if party is None or party.reserve is None:
        return {}
    positive: defaultdict[str, Pico] = defaultdict(lambda: ZERO_PICO)
    net: defaultdict[str, Pico] = defaultdict(lambda: ZERO_PICO)
    for (deal_id, currency), deal in movements.deals.items():
        if not pays_on.waits(deal_id):
            positive[currency] += deal.positive
            net[currency] += deal.net
        else:
            net[currency] += min(0, deal.net)
    for entry in recouped:
        if not pays_on.waits(entry.deal_id):
            positive[entry.currency] -= max(0, entry.amount)
            net[entry.currency] -= entry.amount
    for currency, amount in released.items():
        positive[currency] += amount
        net[currency] += amount
    rate = party.reserve.rate
    return {c: max(ZERO_PICO, min(Pico(round_half_even(positive[c] * rate, NANO)), net[c])) for c in sorted(positive)}


def _convert(
    state: PartyState, accounts: dict[str, Account], new_reserves: dict[str, Pico], party: Party | None, rates: Rates
) -> list[Conversion]:
    """Move every balance into the payout currency; a party without one keeps what it has."""
    if party is None or party.payout is None:
        return []
    target, conversions = party.payout.currency, []
    into = accounts.get(target) or _opened(state, party.name, target)
    for currency in sorted(accounts):
        account = accounts[currency]
        if currency == target:
            continue
        if not rates.has(currency, target):
            if free := account.closing - account.uncollected:
                rates.leave(free, currency, target)
            continue
        if held := new_reserves.pop(currency, ZERO_PICO):
            new_reserves[target] = new_reserves.get(target, ZERO_PICO) + rates.convert(held, currency, target).result
        if not (free := account.closing - account.uncollected):
            continue
        conversion = rates.convert(free, currency, target)
        conversions.append(conversion)
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
    return conversions


def _reserve(state: PartyState, account: Account, held: Pico, party: Party | None, period: Period) -> None:
    for lot in state.lots:
        if lot.currency == account.currency:
            account.reserve_released += release(lot, period.through)
    if held and party is not None and party.reserve is not None:
        state.lots.append(Lot(period.settlement_id, period.through, account.currency, held, party.reserve.periods))
        account.reserve_held = held
    account.reserve = state.reserved(account.currency)


def _close(state: PartyState, accounts: Mapping[str, Account]) -> None:
    state.balances = {currency: account.closing for currency, account in accounts.items() if account.closing}
    state.lots = [lot for lot in state.lots if lot.released < lot.amount]
    _keep(state, accounts)
    kept = HELD | {BELOW_THRESHOLD, NOT_DUE}
    state.waiting = bool(state.lots or state.uncollected) or any(accounts[currency].status in kept for currency in state.balances)


def _keep(state: PartyState, accounts: Mapping[str, Account]) -> None:
    """What was let go is the payee's for good once its account was paid, or nothing free is left in the currency."""
    for entry in state.uncollected:
        account = accounts.get(entry.currency)
        if account is None or account.paid or account.closing - account.reserve <= state.outstanding(entry.currency):
            entry.kept = entry.released
    state.uncollected = [entry for entry in state.uncollected if entry.kept < entry.amount]
    state.losses.keep(frozenset((entry.settlement_id, entry.licensee, entry.currency) for entry in state.uncollected))


def _year(before: YearToDate | None, accounts: Mapping[str, Account], terms: PayoutRules) -> YearToDate | None:
    """The year of the cut-off with this settlement in it: another year's sums end, and nothing is kept where nothing moved."""
    year = terms.day[:4]
    now = before if before is not None and before.year == year else YearToDate(year, terms.period.settlement_id)
    for account in accounts.values():
        paid, withheld = account.paid - account.returned, account.withheld - account.returned_tax
        now.add(account.currency, YearSums(account.earned, paid, withheld))
    return now if now.sums else None
