"""Which works earn under a deal: those used often enough in the month, or made by people, where the deal asks for that.

A work that is left out earns nothing under the deal, is no breach, and counts in none of its pools: its part goes to the rest.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

from overtone.mechanisms.shape import Use
from overtone.money import NANO
from overtone.settlement.breach_search import ClaimedUse
from overtone.settlement.claims import Resolver
from overtone.settlement.coverage import Covered
from overtone.settlement.snapshot import ActiveDeal


class Eligible:
    """Answers for the deals of a month, as their last versions in it say."""

    def __init__(self, resolver: Resolver, deals: Iterable[ActiveDeal]) -> None:
        self.resolver = resolver
        self._rules = {active.deal_id: active.deal.eligibility for active in deals if active.deal.eligibility}

    def native(self, found: list[ClaimedUse]) -> list[ClaimedUse]:
        """A work's uses with their claims, those of deals that leave the work out without terms."""
        if not self._rules:
            return found
        used = self.used(found)
        return [one._replace(claims=tuple(self.chosen(covered, used, one.evidence.use) for covered in one.claims)) for one in found]

    def used(self, native: Iterable[ClaimedUse]) -> Mapping[str, int]:
        """How often (1e-9) the work was used, by deal."""
        used: Counter[str] = Counter()
        for (use, _), claims in native if self._rules else ():
            for deal_id in {covered.claim.deal_id for covered in claims if covered.terms or covered.ineligible} & self._rules.keys():
                used[deal_id] += use.quantity
        return used

    def chosen(self, covered: Covered, used: Mapping[str, int], use: Use) -> Covered:
        """The claim; where its deal leaves the work out, without terms."""
        rule = self._rules.get(covered.claim.deal_id) if covered.terms else None
        if rule is None:
            return covered
        often = used.get(covered.claim.deal_id, 0) >= rule.min_uses * NANO
        if often and not (rule.human_only and self.resolver.generated(covered.claim.work_id, use.day)):
            return covered
        return covered._replace(terms=(), ineligible=True)
