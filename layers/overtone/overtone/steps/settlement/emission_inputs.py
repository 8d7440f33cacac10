"""What the emission reads beside the parts: what the settlement before left, what finance recorded, the registry."""

from collections.abc import Iterable, Sequence
from functools import partial

from overtone.payout.acknowledgements import Return
from overtone.payout.fx import Rates
from overtone.payout.manifest import Head
from overtone.payout.receivables import Receivables
from overtone.settlement.breaches import Breach
from overtone.settlement.entries import Entry
from overtone.settlement.plan import Plan
from overtone.steps.settlement import backdrop, emission, finance
from overtone.steps.settlement.backdrop import PlanMonths
from overtone.stores import finance_facts, receivables, sealed_state
from overtone.stores import holds as hold_store
from overtone.stores import registry as registry_store
from overtone.stores import settlements as settlement_store


def inputs(
    plan: Plan,
    behind: PlanMonths,
    entries: Iterable[Entry],
    breaches: Iterable[Breach],
    returns: Sequence[Return] | None = None,
) -> emission.Inputs:
    """All that a settlement is written from; large states are read when they are asked for, and `returns` where they are not known."""
    state = partial(sealed_state.read, sealed_state.before(plan))
    before = Receivables.decode(state(receivables.STATE).splitlines())
    facts, chosen = finance.NewFacts.since(before.heard, _heard_until(plan)), finance.Chosen.of(plan)
    return emission.Inputs(
        head=head_of(plan),
        entries=entries,
        breaches=breaches,
        balances=sealed_state.lines(sealed_state.before(plan), "state/balances.ndjson"),
        suspense=sealed_state.lines(sealed_state.before(plan), "state/suspense.ndjson"),
        trial=state("trial_balance.csv"),
        periods=state("periods.csv"),
        parties=registry_store.parties,
        tariffs=registry_store.tariffs(),
        works=registry_store.works,
        wholes=backdrop.wholes_of(plan, behind),
        holds=partial(hold_store.standing, plan.cutoff),
        rates=Rates.parse({"rates": [dict(zip(("from", "to", "rate", "source"), rate, strict=True)) for rate in plan.rates]}),
        returns=facts.returns() if returns is None else returns,
        payers=finance.payers(chosen),
        finance=finance.gathered(plan, behind.deals, before, facts, chosen),
    )


def _heard_until(plan: Plan) -> int:
    """The number of the last of finance's facts that this attempt hears, fixed when it first asks."""
    settlement_store.save_json(plan, finance_facts.last_number(), "heard.json")
    return int(settlement_store.load_json(plan, "heard.json"))


def head_of(plan: Plan) -> Head:
    """What the manifest says of the settlement itself."""
    previous = sealed_state.before(plan)
    waiting = tuple({"month": month, "reporter": reporter} for month, reporter in plan.waiting)
    return Head(plan.settlement_id, plan.through, plan.cutoff, previous, tuple(plan.waivers), tuple(plan.quarantined), waiting)
