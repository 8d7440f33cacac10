"""What everybody is entitled to for a month: passes over its works, exact, in any order.

`measure` sums what pools and comparisons need; the sums of all parts are merged and the pools
opened (`open_pools`); `entitled` prices each work by itself. Where a term looks at the lines of
others (a guarantee, a liquidation), `measure_lines` is a second round of the same. The same code
explains a line: run for one work, with a trace.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Final, Literal, NamedTuple

from overtone.identifiers import UNATTRIBUTED
from overtone.lines import LineKey, Posting, Side
from overtone.mechanisms import MECHANISMS, SettledTerm, asking, asks, caps, levy, liquidation
from overtone.mechanisms.periods import first_month
from overtone.mechanisms.shape import Month, Term, Use
from overtone.mechanisms.totals import TermKey, Totals
from overtone.scales import ZERO_PICO
from overtone.settlement import adjustments, breach_search, tiers
from overtone.settlement.breach_search import ClaimedUse
from overtone.settlement.bulk import Bulk
from overtone.settlement.claims import Resolver
from overtone.settlement.coverage import Covered, FirstUses, claim_of_line
from overtone.settlement.deal_uses import DealUses
from overtone.settlement.eligibility import Eligible
from overtone.settlement.equivalence import Alike
from overtone.settlement.missing_rates import Lack, opened_of
from overtone.settlement.pricing_facts import Entitled, LevyLeaf, Repertoires
from overtone.settlement.snapshot import ActiveDeal
from overtone.settlement.survey import Survey
from overtone.settlement.tally import Priced, Tally
from overtone.settlement.work_month import UsageName, WorkMonth, limit_sizes, model_uses, month_use, native_uses, usage_sums

Trace = Callable[[Priced], None]
Round = Literal["uses", "caps", "lines", "line_caps"]
"""What is measured: uses; what terms with a cap came to; lines, for terms that look at them; what those with a cap came to."""

CAPS: Final[tuple[Round, ...]] = ("caps", "line_caps")


class DealTerm(NamedTuple):
    """A term, and the version of its deal that says so."""

    term: SettledTerm
    version: int


class Pricing:
    """Prices one month against one snapshot of the registry.

    `leaves` are those of the month's levies; `liquidated` holds terms, by deal, that finance posted.
    """

    def __init__(
        self,
        resolver: Resolver,
        *,
        last_day: str,
        leaves: Sequence[LevyLeaf] = (),
        liquidated: Mapping[str, Term[liquidation.Terms]] | None = None,
    ) -> None:
        self.resolver = resolver
        self.last_day = last_day
        self.month = last_day[:7]
        self.leaves = tuple(leaves)
        self._formulas: dict[tuple[str, Side | None], tuple[Term[levy.Terms], ...]] = {}
        for leaf in leaves:
            if leaf.term.terms.formula:
                name = (leaf.term.deal_id, leaf.side)
                self._formulas[name] = (*self._formulas.get(name, ()), leaf.term)
        snapshot = resolver.snapshot
        self.deals = {active.deal_id: active for licensee in snapshot.licensees() for active in snapshot.deals_of_month(licensee, last_day)}
        self._cuts = {deal_id: active.deal.off_the_top for deal_id, active in self.deals.items() if active.deal.off_the_top}
        self._eligible = Eligible(resolver, self.deals.values())
        self._model_terms = [(term, active.last_day) for active in self.deals.values() for term in asking(active.terms, "model")]
        self._capping = frozenset(term.key for kind in CAPS for term in self.capped(kind))
        self._survey = Survey(resolver, self.deals.values())
        self._line_terms: dict[str, tuple[SettledTerm, ...]] = {
            deal_id: terms for deal_id, active in self.deals.items() if (terms := tuple(asking(active.terms, "line")))
        }
        owes = {deal_id: active.deal.licensee for deal_id, active in self.deals.items()}  # in a what-if not who owed when it was posted
        self._liquidated = {deal_id: one._replace(licensee=owes.get(deal_id, one.licensee)) for deal_id, one in (liquidated or {}).items()}
        for deal_id, term in self._liquidated.items():
            self._line_terms[deal_id] = (*self._line_terms.get(deal_id, ()), term)
        self._as_such = DealUses(resolver, last_day, list(self.deals.values()), frozenset(self._line_terms), self.leaves)

    @property
    def needs_lines(self) -> bool:
        """Whether a second round is due."""
        return bool(self._line_terms)

    @property
    def recurs(self) -> bool:
        """Whether something is owed when a period has ended, whatever was used, or lines are looked at."""
        return self.needs_lines or any(term.terms.recurs for active in self.deals.values() for term in active.terms)

    @property
    def has_pools(self) -> bool:
        """Whether one work's change can change what others get."""
        stated = (terms for deal_id in self.deals for terms in self.resolver.snapshot.terms_ever(deal_id))
        return bool(self.leaves or self._line_terms) or any(terms.cap or MECHANISMS[terms.mechanism].pooled(terms) for terms in stated)

    @property
    def has_tails(self) -> bool:
        """Whether a model's training runs say what is covered of what its outputs earn, whenever that is."""
        versions = (version for deal_id in self.deals for version in self.resolver.snapshot.deals[deal_id].versions)
        return any(version.content.tail for version in versions)

    @property
    def counts_from(self) -> str:
        """From which month on others are counted together with this one, in the first round; "" where it is a deal's whole life."""
        terms = (term.terms.model_copy(update={"cap": None}) for active in self.deals.values() for term in active.terms)
        asked = {period for one in terms if "line" not in MECHANISMS[one.mechanism].asks(one) for period in one.periods()}
        return min((first_month(period, self.month) for period in asked), default=self.month)

    def terms(self, *, of_lines: bool) -> Iterator[SettledTerm]:
        """The terms whose pools are opened after the first round, or (`of_lines`) after the second."""
        for active in self.deals.values():
            for term in active.terms:
                if asks(term, "line") == of_lines:
                    yield term
        if of_lines:
            yield from self._liquidated.values()
        else:
            yield from (leaf.term for leaf in self.leaves)

    def terms_by_key(self) -> dict[TermKey, SettledTerm]:
        """Every term that can open a pool, by its key."""
        both = (*self.terms(of_lines=False), *self.terms(of_lines=True))
        return {term.key: term for term in both}

    def terms_with_versions(self) -> dict[TermKey, DealTerm]:
        """The deals' terms by key, each as the month's last version that has it."""
        versions = (version for active in self.deals.values() for version in active.by_version())
        return {term.key: DealTerm(term, version.version) for version in versions for term in version.terms}

    def capped(self, kind: Round) -> list[SettledTerm]:
        """The terms that owe no more than so much; those that look at lines are asked in a round of their own."""
        of_lines = kind == "line_caps"
        every = (term for active in self.deals.values() for term in active.terms if term.terms.cap)
        return [term for term in every if asks(term, "line") == of_lines]

    def open_pools(self, totals: Totals, month: Month, kind: Round) -> list[Lack]:
        """Turn merged sums into pools, in place; answers the rates that are not there, and which deals lack them."""
        if kind in CAPS:
            opened = [opened_of(caps.pools, term, month, totals) for term in self.capped(kind)]
        else:
            terms = self.terms(of_lines=kind == "lines")
            opened = [opened_of(MECHANISMS[term.terms.mechanism].pools, term, month, totals) for term in terms]
        opened += tiers.opened(self.resolver.snapshot, self.deals, month, totals) if kind == "uses" else ()
        for pool in [pool for pools, _ in opened for pool in pools]:
            totals.open_pool(pool)
        return [lack for _, lacks in opened for lack in lacks]

    @cached_property
    def _alike(self) -> Alike:
        return Alike(self.resolver.snapshot, self.last_day)

    # --- works

    def measure(self, works: Sequence[WorkMonth], usage: Mapping[UsageName, tuple[int, int]] | None = None) -> Totals:
        """First round: the sums over these works. Without pools only what limits are measured against. `usage`: their `usage_sums`."""
        totals, pooled = Totals(), self.has_pools
        for work in works if pooled or self._survey.asks else ():
            for use, covered in self._uses(self._native(work), work) if pooled else ():
                _measure(use, covered, totals)
            self._survey.count(work, totals)
        for name, size in limit_sizes(works, usage_sums(works) if usage is None else usage):
            totals.add(name, size)
        return totals

    def entitled(self, work: WorkMonth, totals: Totals, trace: Trace | None = None) -> Entitled:
        """What the work's month comes to, given all totals with their pools open."""
        tally = Tally(self.month, totals, trace, self._capping)
        native = self._native(work)
        for use, covered in self._uses(native, work):
            tally.add(use, covered)
        entitled = self._with_companions(tally, totals, trace)
        amounts = tally.denied_amounts(entitled.postings)
        return entitled._replace(breaches=breach_search.breaches_of(self.resolver, native, totals, self.month, amounts))

    def _native(self, work: WorkMonth) -> list[ClaimedUse]:
        return self._eligible.native([ClaimedUse(one, self.resolver.claims(work.key, one.use)) for one in native_uses(work)])

    def _uses(self, native: Sequence[ClaimedUse], work: WorkMonth) -> Iterator[tuple[Use, Covered]]:
        """Every use of the work with everybody's claims on it."""
        firsts = FirstUses(((use, claims) for (use, _), claims in native) if self.resolver.holds else ())
        for (use, _), claims in native:
            for covered in firsts.marked(use, claims):
                yield use, covered
        if work.key != UNATTRIBUTED and (native or work.latest):  # what bears no royalty makes no work a part of anything
            used = self._eligible.used(native)
            for use, covered in self._pool_uses(work, [use for (use, _), _ in native]):
                yield use, self._eligible.chosen(covered, used, use)

    def _pool_uses(self, work: WorkMonth, native: Sequence[Use]) -> Iterator[tuple[Use, Covered]]:
        """What only pools and levies ask for: presence in the latest runs, the work's month as a whole, without what a hold voided."""
        for term, day in self._model_terms:
            for use in model_uses(work, term.licensee, day):
                yield from ((use, covered) for covered in self.resolver.followed(work.key, use, term))
        for (_, side), terms in self._formulas.items():
            whole = month_use(work, native, terms[0].licensee, self.last_day)
            for covered in self.resolver.levied(work.key, whole, terms[0], side):
                counted = [use for use in native if not self.resolver.voids(work.key, use, covered.claim.work_id)]
                if counted or work.latest:
                    yield month_use(work, counted, whole.licensee, self.last_day), covered._replace(terms=terms)

    def bulk(self, totals: Totals) -> Bulk | None:
        """Prices works that are alike at once; `None` in months whose works are all looked at one by one, for holds or for levies."""
        if self.resolver.holds or self._formulas:
            return None
        excepted = {*self._line_terms, *self._cuts, *(name for name, active in self.deals.items() if active.deal.eligibility)}
        return Bulk(self.resolver, self._alike, totals, excepted=excepted, capped=self._capping, follows=bool(self._model_terms))

    # --- deals as a whole: advances, buyouts, guarantees without lines, levies to parties

    def measure_deals(self, repertoires: Repertoires) -> Totals:
        """First round over what belongs to no work's month."""
        totals = Totals()
        for use, covered in self._as_such.uses(repertoires):
            _measure(use, covered, totals)
        return totals

    def entitled_deals(self, repertoires: Repertoires, totals: Totals, trace: Trace | None = None) -> Entitled:
        """What the deals as such come to."""
        tally = Tally(self.month, totals, trace, self._capping)
        for use, covered in self._as_such.uses(repertoires):
            tally.add(use, covered)
        return self._with_companions(tally, totals, trace)

    def repertoire_deals(self) -> list[ActiveDeal]:
        """The deals whose repertoire the month asks for; a version by itself where an earlier one begins in it."""
        return self._as_such.with_repertoire()

    def counted_works(self, repertoires: Repertoires) -> frozenset[str]:
        """The works of repertoires that are asked how often they were used in the month."""
        return self._eligible.counted(repertoires)

    def eligible_works(self, repertoires: Repertoires, months: Iterable[WorkMonth]) -> Repertoires:
        """The repertoires without what was used too seldom; `months`: those of all keys that lead to `counted_works`, or of more."""
        return self._eligible.within(repertoires, months)

    # --- the second round

    def measure_lines(self, entitled: Iterable[Entitled]) -> Totals:
        """Second round: the sums over the lines of the first."""
        totals = Totals()
        for result in entitled:
            for use, covered in self._line_uses(result.postings if result.priced is None else result.priced, result.titles):
                _measure(use, covered, totals)
        return totals

    def _line_uses(self, postings: Mapping[LineKey, Posting], titles: Mapping[LineKey, str]) -> Iterator[tuple[Use, Covered]]:
        for key, posting in postings.items():
            terms = self._line_terms.get(key.deal_id, ())
            added = {term.terms.mechanism for term in terms}
            if terms and posting.amount > 0 and key.work_key and key.mechanism not in added:
                use = Use(
                    "line",
                    key.licensee,
                    self.last_day,
                    model=key.model,
                    currency=key.currency,
                    amount=posting.amount,
                )
                yield use, Covered(claim_of_line(key, titles.get(key, "")), terms, 0)

    def _with_companions(self, tally: Tally, totals: Totals, trace: Trace | None) -> Entitled:
        postings = tally.postings()
        companions = Tally(self.month, totals, trace, self._capping)
        for use, covered in self._line_uses(postings, tally.titles):
            companions.add(use, covered)
        added = companions.postings()
        paid = dict(tally.pools_paid)
        for name, pico in companions.pools_paid.items():
            paid[name] = paid.get(name, ZERO_PICO) + pico
        titles = {**tally.titles, **companions.titles}
        owed = {**tally.owed, **companions.owed}
        result = Entitled({**postings, **added}, titles, paid, [], {**tally.adjustments, **companions.adjustments}, owed=owed)
        if not self._cuts:
            return result
        adjusted = adjustments.off_the_top(result.postings, self._cuts)
        changes = {key: [*result.adjustments.get(key, ()), *changed] for key, changed in adjusted.adjustments.items()}
        return result._replace(postings=adjusted.postings, adjustments={**result.adjustments, **changes}, priced=postings)


def _measure(use: Use, covered: Covered, totals: Totals) -> None:
    for term in covered.terms:
        MECHANISMS[term.terms.mechanism].measure(term, covered.seen(use, term), covered.claim, totals)
