"""Settles one payee: what its lines and balance come to. The same wherever it is asked: for the books, and for its own documents."""

from overtone.payout.accounts import PartyState
from overtone.payout.directory import Directory
from overtone.payout.finance import Finance
from overtone.payout.fx import Rates
from overtone.payout.manifest import Head
from overtone.payout.movements import BankDetails, Movements, PayoutRules, Settled
from overtone.payout.payees import settle
from overtone.payout.recoupment import Period
from overtone.steps.settlement.bank_files import Payers
from overtone.steps.settlement.concerns import Concern


def payout_rules(head: Head, payers: Payers, rates: Rates, finance: Finance) -> PayoutRules:
    """What is the same for every payee of a settlement."""
    return PayoutRules(
        period=Period(head.settlement_id, head.through),
        rates=rates,
        methods=payers.methods,
        taxes=finance.taxes,
        pays_on=finance.pays_on,
        recoup_groups=finance.recoup_groups,
        receivables=finance.receivables,
        previous_through=finance.previous_through,
        day=head.cutoff[:10],
    )


def settled_of(concern: Concern, known: Directory, rules: PayoutRules, finance: Finance) -> tuple[Settled, Movements]:
    """What becomes of one payee, and the movements that it comes from."""
    movements = Movements(returns=concern.returns, adjustments=concern.adjustments, openings=concern.openings)
    movements.take(concern.runs)
    state = PartyState.decode(concern.before) if concern.before else PartyState(concern.party_id)
    changed = known.bank_change_waits(concern.party_id, finance.hold_days, finance.confirmed)
    return settle(state, movements, known.party(concern.party_id), rules, BankDetails(waits=changed)), movements


def is_told(concern: Concern, settled: Settled) -> bool:
    """Whether the party gets a statement: something moved, or it has something to be told."""
    return bool(concern.own or concern.collected or concern.tells) or any(account.moved for account in settled.accounts)
