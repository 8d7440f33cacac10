"""What the whole of a licensee's usage comes to, whoever has a claim on it: for terms that owe a deal's own part of all."""

from collections.abc import Iterable

from overtone.identifiers import UNATTRIBUTED
from overtone.mechanisms import MECHANISMS
from overtone.mechanisms.shape import PART, survey_nothing
from overtone.mechanisms.totals import Totals
from overtone.money import NANO
from overtone.settlement.claims import Resolver
from overtone.settlement.deals import factor_of_split
from overtone.settlement.snapshot import ActiveDeal
from overtone.settlement.work_month import WorkMonth, model_uses, native_uses


class Survey:
    """Shows each use of a licensee to its deals that look at all of them, as the last versions of the month say."""

    def __init__(self, resolver: Resolver, deals: Iterable[ActiveDeal]) -> None:
        self.resolver, self.snapshot = resolver, resolver.snapshot
        self._asking = [
            (active, term, active.last_day)
            for active in deals
            for term in active.terms
            if MECHANISMS[term.terms.mechanism].survey is not survey_nothing
        ]

    @property
    def asks(self) -> bool:
        """Whether any deal looks at all uses."""
        return bool(self._asking)

    def count(self, work: WorkMonth, totals: Totals) -> None:
        """Add what a work's uses come to; the first of them in a deal's scope is marked."""
        for active, term, day in self._asking:
            mechanism = MECHANISMS[term.terms.mechanism]
            mine = (use for use, _ in native_uses(work) if use.licensee == term.licensee and use.kind in {"output", "play"})
            within = (use for use in mine if self.snapshot.fits(active.deal, use) and not self.resolver.voids(work.key, use))
            for number, use in enumerate(within):
                part = NANO * (factor_of_split(use.split, active.deal) if use.split else NANO)
                mechanism.survey(term, use._replace(first=not number), part, totals)
            for use in model_uses(work, term.licensee, day) if work.key != UNATTRIBUTED else ():
                if self.snapshot.fits(active.deal, use._replace(kind="output", service=term.scope.services_asked[0])):
                    mechanism.survey(term, use, PART, totals)
