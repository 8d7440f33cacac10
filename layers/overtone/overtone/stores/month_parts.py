"""A month of a plan as its rounds need it: what was reported of it and the deals are read once, its parts one by one.

What a reporter reported whose money waits is passed over, and so are its deals. A plan with a change looks at all of it through a lens.
"""

from collections.abc import Mapping

from overtone.rights.versions import Entity
from overtone.scenarios.lens import Lens
from overtone.settlement.deals import Deal
from overtone.settlement.plan import DEALS_PART, Plan
from overtone.settlement.rounds import MonthOpening, Part
from overtone.stores import month_facts
from overtone.stores import registry as registry_store


class MonthParts:
    """Reads the parts of one month, as of the plan's cut-off."""

    def __init__(self, plan: Plan, month: str, deals: Mapping[str, Entity[Deal]] | None = None) -> None:
        self.plan, self.month = plan, month
        waiting = plan.waiting_in(month)
        self.lens = Lens.of(plan.change) if plan.change else None
        self.anew = self.lens is not None and self.lens.measures_anew
        every = registry_store.deals() if deals is None else deals
        every = self.lens.deals(every) if self.lens else every
        self.deals = {name: deal for name, deal in every.items() if deal.latest.content.licensee not in waiting}
        found = month_facts.month_facts(month, plan.cutoff)
        self.facts = found._replace(levies=self.lens.levies(month, found.levies)) if self.lens else found
        self.pricing = month_facts.pricing(month, self.facts, month_facts.deals_only(self.deals, plan))
        """Prices for questions about the deals alone."""

    def opening(self) -> MonthOpening:
        """The month as its pools are opened and cleared."""
        return MonthOpening(self.pricing, month_facts.month_of(self.plan, self.month, self.facts))

    def part(self, name: str) -> Part:
        """One part, ready to be priced: a bucket of works, or the deals as such."""
        if name == DEALS_PART:
            repertoires = month_facts.repertoires(self.plan, self.pricing.repertoire_deals())
            snapshot = month_facts.repertoire_snapshot(repertoires, self.deals, self.plan, self.lens)
            return Part(month_facts.pricing(self.month, self.facts, snapshot), repertoires=repertoires)
        works = month_facts.work_months(self.plan, self.month, name, models=self.pricing.has_pools, anew=self.anew)
        snapshot = month_facts.snapshot_for((work.key for work in works), self.deals, self.plan, self.lens)
        return Part(month_facts.pricing(self.month, self.facts, snapshot), works)
