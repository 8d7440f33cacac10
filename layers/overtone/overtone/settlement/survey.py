"""What the whole of a licensee's usage comes to, whoever has a claim on it: for terms that owe a deal's own part of all."""

from collections.abc import Iterable

from overtone.identifiers import UNATTRIBUTED
from overtone.mechanisms import MECHANISMS
from overtone.mechanisms.shape import PART, Use, survey_nothing
from overtone.mechanisms.totals import Totals
from overtone.money import NANO
from overtone.settlement.claims import Resolver
from overtone.settlement.deals import Deal, factor_of_split
from overtone.settlement.snapshot import ActiveDeal
from overtone.settlement.work_month import WorkMonth, model_uses, native_uses


class Survey:
    """Shows each use of a licensee to its deals that look at all of them, as the last versions of the month say.

    A use is within a deal as the version of its day says: the part of all that a deal covers is covered day by day, too.
    """

    def __init__(self, resolver: Resolver, deals: Iterable[ActiveDeal]) -> None:
        self.resolver, self.snapshot = resolver, resolver.snapshot
        self._asking = [
            (active, term, active.last_day)
            for active in deals
            for term in active.terms
            if MECHANISMS[term.terms.mechanism].survey is not survey_nothing
        ]
        self._standing: dict[tuple[int, str], Deal | None] = {}

    @property
    def asks(self) -> bool:
        """Whether any deal looks at all uses."""
        return bool(self._asking)

    def count(self, work: WorkMonth, totals: Totals) -> None:
        """Add what a work's uses come to; the first of them in a deal's scope is marked."""
        for active, term, day in self._asking:
            mechanism = MECHANISMS[term.terms.mechanism]
            mine = (use for use, _ in native_uses(work) if use.licensee == term.licensee and use.kind in {"output", "play"})
            standing = ((use, self._of_day(active.deal_id, use)) for use in mine if not self.resolver.voids(work.key, use))
            within = ((use, deal) for use, deal in standing if deal and self.snapshot.fits(deal, use))
            for number, (use, deal) in enumerate(within):
                part = NANO * (factor_of_split(use.split, deal) if use.split else NANO)
                mechanism.survey(term, use._replace(first=not number), part, totals)
            for use in model_uses(work, term.licensee, day) if work.key != UNATTRIBUTED else ():
                as_output = use._replace(kind="output", service=term.scope.services_asked[0])
                if self.snapshot.fits(active.deal, as_output) and not self.resolver.voids(work.key, use):
                    mechanism.survey(term, use, PART, totals)

    def _of_day(self, deal_id: str, use: Use) -> Deal | None:
        """The version of a deal that is in force on the day of a use."""
        deals = self.snapshot.deals_in_force(use.licensee, use.day)
        name = id(deals), deal_id
        if name not in self._standing:
            self._standing[name] = next((active.deal for active in deals if active.deal_id == deal_id), None)
        return self._standing[name]
