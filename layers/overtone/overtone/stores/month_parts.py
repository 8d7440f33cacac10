"""A month of a plan as its rounds need it: what was reported of it and the deals are read once, its parts one by one.

What a reporter reported whose money waits is passed over, and so are its deals. A deal that had another licensee before or after is
read for that one alone: nobody but who waits stands still. A plan with a change looks at all of it through a lens.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace

from overtone.months import last_day
from overtone.rights.versions import Entity, in_force
from overtone.scenarios.lens import Lens
from overtone.settlement.deals import Deal
from overtone.settlement.plan import DEALS_PART, Plan
from overtone.settlement.rounds import MonthOpening, Part
from overtone.stores import month_facts, repertoires
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
        self.deals = {name: deal for name, deal in every.items() if self._licensee(deal) not in waiting}
        """Those of licensees who do not wait in this month."""
        read = {name: owing for name, deal in every.items() if (owing := _without(deal, waiting))}
        found = month_facts.month_facts(month, plan.cutoff)
        self.facts = found._replace(levies=self.lens.levies(month, found.levies)) if self.lens else found
        self.pricing = month_facts.pricing(month, self.facts, month_facts.deals_only(read, plan))
        """Prices for questions about the deals alone."""

    def _licensee(self, deal: Entity[Deal]) -> str:
        found = in_force(deal.versions, last_day(self.month), self.plan.cutoff) or deal.latest
        return found.content.licensee

    def opening(self) -> MonthOpening:
        """The month as its pools are opened and cleared."""
        return MonthOpening(self.pricing, month_facts.month_of(self.plan, self.month, self.facts))

    def part(self, name: str) -> Part:
        """One part, ready to be priced: a bucket of works, or the deals as such."""
        if name == DEALS_PART:
            return self._deals_as_such()
        works = month_facts.work_months(self.plan, self.month, name, models=self.pricing.has_pools, anew=self.anew, held=self._held())
        snapshot = month_facts.snapshot_for((work.key for work in works), self.pricing.resolver.snapshot, self.plan, self.lens)
        return Part(month_facts.pricing(self.month, self.facts, snapshot), works)

    def _deals_as_such(self) -> Part:
        found = repertoires.of_deals(self.plan, self.pricing.repertoire_deals())
        keys = repertoires.keys_leading_to(self.pricing.counted_works(found), self.plan)
        works = month_facts.used_months(self.plan, self.month, keys, anew=self.anew, held=self._held())
        ids = {f"work:{work.work_id}" for of_deal in found.values() for work in of_deal} | {work.key for work in works}
        snapshot = month_facts.snapshot_for(sorted(ids), self.pricing.resolver.snapshot, self.plan, self.lens)
        pricing = month_facts.pricing(self.month, self.facts, snapshot)
        return Part(pricing, repertoires=pricing.eligible_works(found, works))

    def _held(self) -> frozenset[str]:
        """The subjects that holds name, whose uses stand by themselves."""
        return frozenset(hold.subject for hold in self.facts.holds if hold.subject)


def _without(deal: Entity[Deal], waiting: Collection[str]) -> Entity[Deal] | None:
    """The deal as far as it is one of licensees who do not wait: the versions of the others stand, and owe nothing."""
    waits = [version.content.licensee in waiting for version in deal.versions]
    if all(waits):
        return None
    if not any(waits):
        return deal
    versions = (
        replace(version, content=version.content.model_copy(update={"terms": ()})) if still else version
        for version, still in zip(deal.versions, waits, strict=True)
    )
    return replace(deal, versions=tuple(versions))
