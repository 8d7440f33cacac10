"""Which works earn under a deal: those used often enough in the month, or made by people, where the deal asks for that.

A work that is left out earns nothing under the deal, is no breach, and counts in none of its pools: its part goes to the rest.

What a work earns by its uses asks how often its key was used. What a repertoire shares asks that of the registered work: all keys that
name it together, and for a composition those of its recordings.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from overtone.identifiers import UNATTRIBUTED
from overtone.mechanisms import MECHANISMS
from overtone.mechanisms.shape import Use
from overtone.money import NANO
from overtone.settlement.breach_search import ClaimedUse
from overtone.settlement.claims import Resolver
from overtone.settlement.coverage import Covered
from overtone.settlement.pricing_facts import Repertoire, Repertoires
from overtone.settlement.snapshot import ActiveDeal
from overtone.settlement.work_month import WorkMonth, native_uses


class Eligible:
    """Answers for the deals of a month, as their last versions in it say."""

    def __init__(self, resolver: Resolver, deals: Iterable[ActiveDeal]) -> None:
        self.resolver = resolver
        ruled = {active.deal_id: active for active in deals if active.deal.eligibility}
        self._rules = {deal_id: active.deal.eligibility for deal_id, active in ruled.items() if active.deal.eligibility}
        self._unpriced = frozenset(deal_id for deal_id, active in ruled.items() if not _prices_uses(active))
        """The deals that price no use (a buyout, a guarantee alone): whoever's share a use of theirs is, it is within them."""

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

    # --- repertoires

    def counted(self, repertoires: Repertoires) -> frozenset[str]:
        """The works of those repertoires that ask how often a work was used."""
        return frozenset(work.work_id for (deal_id, _), works in repertoires.items() if self._least(deal_id) for work in works)

    def within(self, repertoires: Repertoires, months: Iterable[WorkMonth]) -> dict[tuple[str, int], list[Repertoire]]:
        """The repertoires without works that were used too seldom; `months` are those of all keys that lead to works that are `counted`."""
        used = self._used_of_works(months) if any(self._least(deal_id) for deal_id, _ in repertoires) else Counter[tuple[str, str]]()
        return {
            name: [work for work in works if used[name[0], work.work_id] >= self._least(name[0])] for name, works in repertoires.items()
        }

    def _least(self, deal_id: str) -> int:
        """How often (1e-9) a deal wants its works used."""
        rule = self._rules.get(deal_id)
        return rule.min_uses * NANO if rule else 0

    def _used_of_works(self, months: Iterable[WorkMonth]) -> Counter[tuple[str, str]]:
        """How often (1e-9) each registered work was used, by deal and work."""
        used: Counter[tuple[str, str]] = Counter()
        for month in months:
            for use, _ in native_uses(month) if month.key != UNATTRIBUTED else ():
                for name in set(self._counting(month.key, use)) if use.quantity else ():
                    used[name] += use.quantity
        return used

    def _counting(self, key: str, use: Use) -> Iterator[tuple[str, str]]:
        """The deals, each with a work, for which a use counts: those with a claim on it, and of those that price none all it is within."""
        for covered in self.resolver.claims(key, use):
            if covered.terms:
                yield covered.claim.deal_id, covered.claim.work_id
        snapshot = self.resolver.snapshot
        in_force = snapshot.deals_in_force(use.licensee, use.day) if self._unpriced else ()
        if reaching := [one.deal_id for one in in_force if one.deal_id in self._unpriced and snapshot.fits(one.deal, use)]:
            yield from ((deal_id, work_id) for work_id in self.resolver.works_used(key, use) for deal_id in reaching)


def _prices_uses(active: ActiveDeal) -> bool:
    return any(MECHANISMS[term.terms.mechanism].spareable for term in active.terms)
