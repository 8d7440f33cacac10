"""What of a licensee's money reaches one payee: what was let go, what was given up, and what corrections change of either."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from overtone.payout.accounts import PartyState, Uncollected
from overtone.payout.given_up import WHOLE, Corrected, MonthMoves, MonthSum
from overtone.payout.money_in import Debtor
from overtone.payout.movements import CorrectedBy, Movements, OwedSums, PayoutRules, PaysOn, Recouped
from overtone.payout.receivables import Receivables
from overtone.scales import ZERO_PICO, Pico

MonthsMoved = dict[Debtor, dict[str, MonthMoves]]
"""By debtor and usage month."""


@dataclass(slots=True)
class Came:
    """By currency, pico: what is newly let go, what will never be paid, and what of older losses was another's to lose."""

    released: dict[str, Pico] = field(default_factory=lambda: defaultdict(lambda: ZERO_PICO))
    lost: dict[str, Pico] = field(default_factory=lambda: defaultdict(lambda: ZERO_PICO))
    restored: dict[str, Pico] = field(default_factory=lambda: defaultdict(lambda: ZERO_PICO))


@dataclass(slots=True)
class Corrections:
    """What corrections take and credit by debtor and month, and what comes back of earlier losses by debtor (pico).

    `credited` is what they credit by licensee, currency, whether it waits, and month.
    """

    moves: MonthsMoved = field(default_factory=lambda: defaultdict(lambda: defaultdict(MonthMoves)))
    restored: dict[Debtor, Pico] = field(default_factory=lambda: defaultdict(lambda: ZERO_PICO))
    credited: dict[tuple[str, str, bool], dict[str, Pico]] = field(default_factory=dict)


def collected(state: PartyState, receivables: Receivables) -> Came:
    """Let go what licensees have paid since; what of it is new, what will never be paid, and what others lose in its place.

    Money that went back to a licensee takes with it what was let go and not paid: of that the payee waits again.
    """
    came = Came()
    for entry in state.uncollected:
        for month, amount, lost in _never_came(state, entry, receivables):
            came.lost[entry.currency] += lost
            came.restored[entry.currency] += _mourned(state, entry, (month, amount, lost), receivables)
            entry.amount -= lost
        so_far, gone = receivables.lets_go(entry.settlement_id, Debtor(entry.licensee, entry.currency), entry.amount)
        now, left = max(entry.kept, so_far), max(entry.kept, Pico(entry.amount - gone))
        came.released[entry.currency] += now - entry.released
        if gone:
            came.lost[entry.currency] += entry.amount - left
            came.restored[entry.currency] += _mourned(state, entry, (WHOLE, entry.amount, Pico(entry.amount - left)), receivables)
        entry.released, entry.amount = now, left
    return came


def _never_came(state: PartyState, entry: Uncollected, receivables: Receivables) -> Iterator[tuple[str, Pico, Pico]]:
    """By month, what corrections credited, and what of it is known since the settlement before to have been given up."""
    for credited in state.losses.credited:
        if credited[:3] == (entry.settlement_id, entry.licensee, entry.currency):
            moves = _moves(credited, receivables)
            if moves and (lost := min(moves.newly_lost(credited.amount), Pico(entry.amount - entry.kept))):
                yield credited.usage_month, credited.amount, lost


def _moves(one: MonthSum, receivables: Receivables) -> MonthMoves | None:
    invoice = receivables.billed_by(one.settlement_id, Debtor(one.licensee, one.currency))
    return invoice.moves.get(one.usage_month) if invoice else None


def _mourned(state: PartyState, entry: Uncollected, loss: tuple[str, Pico, Pico], receivables: Receivables) -> Pico:
    """Remember a loss (of a month or all of it, of which amount, how much); what comes back of it, since others were credited before.

    What was taken off the amount by corrections before it was lost is lost by whom these credited.
    """
    (month, amount, lost), back, passed_on = loss, ZERO_PICO, ZERO_PICO
    losses, of_entry, rest = state.losses, (entry.settlement_id, entry.licensee, entry.currency), list[MonthSum]()
    for taken in losses.taken:
        mine = (taken.of, taken.licensee, taken.currency) == of_entry and month in {WHOLE, taken.usage_month}
        moves = _moves(taken, receivables) if mine else None
        if moves:
            part = Pico(int(taken.amount * moves.passed_on))
            passed_on += part
            back += Pico(lost * part // amount)
        rest.append(taken._replace(amount=Pico(taken.amount - lost * taken.amount // amount)) if mine else taken)
    back = min(back, lost)
    own = max(Pico(lost - back), Pico(amount - passed_on))
    losses.note(Corrected(entry.licensee, entry.currency, month, entry.settlement_id), own, Pico(lost - back))
    for taken in losses.taken:
        if (taken.of, taken.licensee, taken.currency) == of_entry and not any(one[:4] == taken[:4] for one in losses.credited):
            losses.takes_from(Corrected(*taken[1:4], taken.of), taken.settlement_id)
    losses.taken = rest
    return back


def corrected(state: PartyState, movements: Movements, recouped: Sequence[Recouped], terms: PayoutRules) -> Corrections:
    """What the payee's corrections take off earlier invoices, and what comes back of what it had lost of these."""
    found = Corrections()
    if not movements.corrected:
        return found
    taken_of, found.credited = netted(movements.corrected, terms.pays_on)
    given_back: dict[Debtor, Pico] = {}
    for entry in recouped:
        debtor = Debtor(entry.licensee, entry.currency)
        given_back[debtor] = given_back.get(debtor, ZERO_PICO) + max(ZERO_PICO, Pico(-entry.amount))
    credits_in = {of[:3] for of, (_, credited) in movements.corrected.items() if credited}
    for of, taken in sorted(taken_of.items()):
        debtor = Debtor(of.licensee, of.currency)
        back = state.losses.give_back(of, taken) if of.waits else ZERO_PICO
        by_advances = min(taken, given_back.get(debtor, ZERO_PICO))
        given_back[debtor] = given_back.get(debtor, ZERO_PICO) - by_advances
        left = Pico(taken - by_advances)
        found.restored[debtor] += back
        found.moves[debtor][of.usage_month].take(of.settlement_id, left, min(left, max(back, _gone(of, left, terms.receivables))))
        if of.waits and of[:3] not in credits_in:
            state.losses.takes_from(of, terms.period.settlement_id)
        if of.waits and any((one.settlement_id, one.licensee) == (of.settlement_id, of.licensee) for one in state.uncollected):
            state.losses.taken.append(MonthSum(terms.period.settlement_id, *of[:3], Pico(taken - back), of.settlement_id))
    return found


def _gone(of: Corrected, amount: Pico, receivables: Receivables) -> Pico:
    """What of an amount that a settlement billed is given up by now."""
    invoice = receivables.billed_by(of.settlement_id, Debtor(of.licensee, of.currency))
    return Pico(int(amount * invoice.gone(of.usage_month))) if invoice else ZERO_PICO


def unplaced(corrected: Mapping[CorrectedBy, OwedSums], positive: Mapping[Debtor, Pico], receivables: Receivables) -> MonthsMoved:
    """What corrections of money that waits in suspense take and credit; `positive` is what invoices have for it, by debtor."""
    found: MonthsMoved = defaultdict(lambda: defaultdict(MonthMoves))
    taken_of, credited = netted(corrected, PaysOn())
    for of, taken in taken_of.items():
        found[Debtor(of.licensee, of.currency)][of.usage_month].take(of.settlement_id, taken, _gone(of, taken, receivables))
    for debtor, amount in positive.items():
        for month, part in _credited_of(credited, (*debtor, False), amount):
            found[debtor][month].moved += part
    return found


def netted(
    corrected: Mapping[CorrectedBy, OwedSums], pays_on: PaysOn
) -> tuple[dict[Corrected, Pico], dict[tuple[str, str, bool], dict[str, Pico]]]:
    """What corrections take, by what they take it from, and what they credit, by licensee, currency, whether it waits, and month.

    What changes within one payee's month, from work to work, does neither.
    """
    taken: defaultdict[Corrected, Pico] = defaultdict(lambda: ZERO_PICO)
    credited: dict[tuple[str, str, bool], dict[str, Pico]] = {}
    for (licensee, currency, month, adjusts, deal_id), (down, up) in corrected.items():
        waits = pays_on.waits(deal_id)
        taken[Corrected(licensee, currency, month, adjusts, waits)] += down
        months = credited.setdefault((licensee, currency, waits), {})
        months[month] = months.get(month, ZERO_PICO) + up
    for of in sorted(taken):
        months = credited[of.licensee, of.currency, of.waits]
        both = min(taken[of], months[of.usage_month])
        taken[of] -= both
        months[of.usage_month] -= both
    return {of: amount for of, amount in taken.items() if amount}, credited


def bill(
    state: PartyState, movements: Movements, recouped: Sequence[Recouped], corrections: Corrections, terms: PayoutRules
) -> dict[Debtor, Pico]:
    """Note what waits for a licensee's money; the positive amounts that invoices have for this payee."""
    own: dict[tuple[str, str, bool], Pico] = {}
    for (licensee, deal_id, _, _, currency, _), (amount, _) in movements.owed.items():
        name = licensee, currency, terms.pays_on.waits(deal_id)
        own[name] = own.get(name, ZERO_PICO) + amount
    for entry in recouped:
        name = entry.licensee, entry.currency, terms.pays_on.waits(entry.deal_id)
        own[name] = own.get(name, ZERO_PICO) - entry.amount
    for debtor, back in corrections.restored.items():
        own[*debtor, True] = own.get((*debtor, True), ZERO_PICO) + back
    billed: dict[Debtor, Pico] = {}
    for (licensee, currency, waits), amount in sorted(own.items()):
        if amount > 0:
            debtor, own_id = Debtor(licensee, currency), terms.period.settlement_id
            billed[debtor] = billed.get(debtor, ZERO_PICO) + amount
            credited = list(_credited_of(corrections.credited, (licensee, currency, waits), amount))
            for month, part in credited:
                corrections.moves[debtor][month].moved += part
            if waits:
                state.uncollected.append(Uncollected(own_id, licensee, currency, amount))
                state.losses.credited += [MonthSum(own_id, licensee, currency, month, part) for month, part in credited]
    return billed


def _credited_of(
    credited: Mapping[tuple[str, str, bool], Mapping[str, Pico]], of: tuple[str, str, bool], amount: Pico
) -> Iterator[tuple[str, Pico]]:
    """What corrections of each month credit of an amount that is billed: never more than that, in all."""
    for month, up in sorted(credited.get(of, {}).items()):
        if part := min(amount, up):
            yield month, part
            amount -= part
