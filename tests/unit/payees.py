"""Payees for tests of what they are paid, by what they had and what they earned."""

from collections.abc import Sequence

from overtone.lines import Line
from overtone.payout.accounts import Account, PartyState
from overtone.payout.acknowledgements import Return
from overtone.payout.fx import Rates
from overtone.payout.movements import Movements, PayoutRules, PaysOn, Settled
from overtone.payout.payees import settle
from overtone.payout.receivables import Receivables
from overtone.payout.recoupment import Period
from overtone.payout.runs import runs_of
from overtone.payout.tax import TaxTable
from overtone.rights.registry import Party
from tests.unit.settled import owned


def one(settled: Settled, currency: str = "USD") -> Account:
    return next(account for account in settled.accounts if account.currency == currency)


def settled(
    *lines: Line,
    who: Party | None = None,
    state: PartyState | None = None,
    period: tuple[str, str] = ("s1", "2026-10"),
    rates: Rates | None = None,
    returns: Sequence[Return] = (),
    payer: bool = True,
    taxes: TaxTable | None = None,
    pays_on: PaysOn | None = None,
    receivables: Receivables | None = None,
    previous_through: str = "",
    ach: bool = True,
) -> Settled:
    movements = Movements(returns=returns)
    movements.take(runs_of(owned(*lines)))
    methods = frozenset((["sepa", "swift"] if payer else []) + (["ach"] if ach else []))
    about = taxes or TaxTable(), pays_on or PaysOn(), receivables or Receivables(), previous_through
    terms = PayoutRules(Period(*period), rates or Rates(), methods, *about, day="2026-11-05")
    return settle(state or PartyState("asa"), movements, who, terms)


def euro_rates(rate: str = "0.9") -> Rates:
    return Rates.parse({"rates": [{"from": "USD", "to": "EUR", "rate": rate, "source": "ECB 2026-10-30"}]})
