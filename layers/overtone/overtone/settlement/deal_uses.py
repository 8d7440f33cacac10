"""What a month's deals owe as such, whatever was used: advances, buyouts, guarantees without lines, levies to parties.

An advance or a buyout that a version states is due on that version's own days, so versions that begin in the month are looked at
one by one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from overtone.mechanisms import asking
from overtone.mechanisms.shape import Use
from overtone.settlement.claims import Resolver
from overtone.settlement.coverage import Covered, to_party
from overtone.settlement.pricing_facts import LevyLeaf, Repertoires
from overtone.settlement.snapshot import ActiveDeal


@dataclass(frozen=True, slots=True)
class DealUses:
    """The uses that stand for the deals of a month themselves. `line_deals`: the ids of those that look at their own lines."""

    resolver: Resolver
    last_day: str
    deals: Sequence[ActiveDeal]
    line_deals: frozenset[str]
    leaves: Sequence[LevyLeaf]

    def with_repertoire(self) -> list[ActiveDeal]:
        """The deals whose repertoire is asked for; a version by itself where an earlier one begins in the month."""
        return [version for active in self.deals for version, _, _ in self._repertoires_asked(active)]

    def uses(self, repertoires: Repertoires) -> Iterator[tuple[Use, Covered]]:
        """All of them: to parties, over repertoires, and the leaves of levies that name a party."""
        for active in self.deals:
            for version in active.by_version():
                yield from self._due(version)
        for active in self.deals:
            for version, day, first in self._repertoires_asked(active):
                terms = tuple(asking(version.terms, "repertoire"))
                for work_id, weight in repertoires.get((version.deal_id, version.version), ()):
                    if self._leaves_out(active, work_id, day):
                        continue
                    use = Use("repertoire", version.deal.licensee, day, weight=weight, first=first)
                    for covered in self.resolver.repertoire(work_id, use, version):
                        yield use, covered._replace(terms=terms)
        for leaf in self.leaves:
            if not leaf.term.terms.formula:
                use = Use("deal", leaf.term.licensee, self.last_day)
                yield use, Covered(to_party(leaf.term.deal_id, leaf.party), (leaf.term,), 0)

    def _leaves_out(self, active: ActiveDeal, work_id: str, day: str) -> bool:
        """Whether a deal is for what people made alone, as its last version of the month says, and the work is not."""
        rule = active.deal.eligibility
        return rule is not None and rule.human_only and self.resolver.generated(work_id, day)

    def _due(self, version: ActiveDeal) -> Iterator[tuple[Use, Covered]]:
        """What a version of a deal owes in the month to a party as such, day by day."""
        for term in asking(version.terms, "deal"):
            party = getattr(term.terms, "party", None) or version.deal.licensor or ""
            for day in term.terms.due_days(version.deal.from_):
                if day[:7] == self.last_day[:7]:
                    use = Use("deal", version.deal.licensee, day, first=True)
                    yield use, Covered(to_party(version.deal_id, party), (term,), version.version)

    def _repertoires_asked(self, active: ActiveDeal) -> Iterator[tuple[ActiveDeal, str, bool]]:
        """With a deal's lines and where a fee recurs over the repertoire on the month's last day, and on the first day of each version."""
        terms = list(asking(active.terms, "repertoire"))
        begun = [version for version in active.by_version() if version.deal.from_[:7] == self.last_day[:7]]
        if terms and (begun or active.deal_id in self.line_deals or any(term.terms.recurs for term in terms)):
            yield active, active.last_day, False
        yield from ((version, version.deal.from_, True) for version in begun if any(asking(version.terms, "repertoire")))
