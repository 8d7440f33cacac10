"""What finance recorded since the settlement before, as the emission takes it."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from overtone.config import Settings, settings
from overtone.formats.bank.ach import AchPayer
from overtone.formats.bank.pain001 import Payer
from overtone.mechanisms import advance
from overtone.months import last_day
from overtone.payout.acknowledgements import Return
from overtone.payout.finance import Fact, Finance
from overtone.payout.movements import PaysOn
from overtone.payout.receivables import Receivables
from overtone.payout.tax import TaxTable
from overtone.rights.versions import Entity
from overtone.settlement.deals import Deal
from overtone.settlement.plan import Plan
from overtone.steps.settlement.bank_files import Payers
from overtone.stores import bank_answers, finance_facts, periods, tax_rates
from overtone.stores import settlements as settlement_store
from overtone.stores.finance_facts import FinanceFact

_CHOSEN: Final = (
    *("bank_change_hold_days", "pays_on", "issuer_party", "payer_name", "payer_iban", "payer_bic"),
    *("payer_ach_routing", "payer_ach_company"),
)
"""The stack's parameters that say how payees are paid."""
_CHOSEN_NAME: Final = "chosen.json"


class Chosen(NamedTuple):
    """What the operator and finance chose, as one attempt of a settlement knows it throughout; and the last month that was locked."""

    settings: Settings
    taxes: TaxTable
    locked_through: str

    @classmethod
    def of(cls, plan: Plan) -> "Chosen":
        """As it was when the attempt first asked: payees are told apart, and a step that died is tried again."""
        settlement_store.save_json(plan, _chosen_now(), _CHOSEN_NAME)
        fixed = settlement_store.load_json(plan, _CHOSEN_NAME)
        locked = str(fixed["locked_through"]) if "locked_through" in fixed else periods.locked_through()  # an earlier version's
        return cls(settings().model_copy(update=fixed["settings"]), TaxTable.model_validate(fixed["taxes"]), locked)

    @staticmethod
    def moved(plan: Plan) -> bool:
        """Whether something else was chosen since the attempt asked: what stopped it may be mended by that."""
        return settlement_store.saved(plan, _CHOSEN_NAME) and settlement_store.load_json(plan, _CHOSEN_NAME) != _chosen_now()


def _chosen_now() -> dict[str, object]:
    said = {name: getattr(settings(), name) for name in _CHOSEN}
    taxes = tax_rates.get().model_dump(mode="json", by_alias=True, exclude_none=True)
    return {"settings": said, "taxes": taxes, "locked_through": periods.locked_through()}


class NewFacts(NamedTuple):
    """The facts with numbers above `before` up to `until`."""

    before: int
    until: int
    facts: Sequence[FinanceFact]

    @classmethod
    def since(cls, before: int, until: int) -> "NewFacts":
        """Read them."""
        return cls(before, until, list(finance_facts.between(before, until)))

    def returns(self) -> list[Return]:
        """Payments that the bank's answers among them reopen, of whichever settlement they were."""
        return bank_answers.returns(self.facts, lambda settlement, back: bank_answers.sent_payments(settlement, back.has))

    def entries(self) -> list[Fact]:
        """Money, what was given up, adjustments and opening balances, in their order."""
        return [entry for fact in self.facts for entry in finance_facts.entries_of(fact)]


def gathered(plan: Plan, deals: Mapping[str, Entity[Deal]], before: Receivables, facts: NewFacts, chosen: Chosen) -> Finance:
    """Everything that the emission wants of finance."""
    previous = settlement_store.get(plan.previous[0])["through"] if plan.previous else ""
    pays_on, recoup_groups, late_rates = _said(plan, deals, chosen)
    return Finance(
        receivables=before,
        facts=facts.entries(),
        heard=facts.until,
        pays_on=pays_on,
        recoup_groups=recoup_groups,
        late_rates=late_rates,
        taxes=chosen.taxes,
        previous_through=previous,
        hold_days=chosen.settings.bank_change_hold_days,
        confirmed=confirmed(facts.until),
        locked_through=chosen.locked_through,
        issuer=chosen.settings.issuer_party,
        issuer_name=chosen.settings.payer_name,
    )


def confirmed(until: int) -> frozenset[tuple[str, str]]:
    """The changed bank details that finance has confirmed, as (party, account)."""
    facts = (fact for fact in finance_facts.between(0, until) if fact.kind == finance_facts.CONFIRMATION)
    return frozenset((fact.content["party"], fact.content["account"]) for fact in facts)


def _said(plan: Plan, deals: Mapping[str, Entity[Deal]], chosen: Chosen) -> tuple[PaysOn, dict[str, str], dict[str, int]]:
    """What each deal says: when payees may be paid, with which it recoups, what delay costs. As of the last day that is settled, as far as
    was agreed at the cut-off.
    """
    own, groups, late = {}, {}, {}
    for deal_id, entity in deals.items():
        version = entity.in_force(last_day(plan.through), plan.cutoff)
        if version is None:
            continue
        if version.content.pays is not None:
            own[deal_id] = version.content.pays == "on_receipt"
        if version.content.late_interest:
            late[deal_id] = int(version.content.late_interest)
        for terms in version.content.terms:
            if isinstance(terms, advance.Terms) and terms.recoup_group:
                groups[deal_id] = terms.recoup_group
    return PaysOn(chosen.settings.pays_on == "receipt", own), groups, late


def payers(chosen: Chosen) -> Payers:
    """The accounts that the stack's parameters name."""
    said = chosen.settings
    transfers = Payer(said.payer_name, said.payer_iban, said.payer_bic).checked() if said.payer_iban else None
    ach = AchPayer(said.payer_name, said.payer_ach_routing, said.payer_ach_company).checked() if said.payer_ach_routing else None
    return Payers(transfers, ach)
