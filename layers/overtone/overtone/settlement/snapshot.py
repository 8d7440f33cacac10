"""The registry as a settlement sees it: every entity up to a cut-off, asked by day.

Pure and in memory: the stores load what a part of the work needs, and from there on the same
facts give the same answers.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import cached_property, lru_cache
from typing import Final, NamedTuple

from overtone.fields import DAY_MIN
from overtone.mechanisms import AnyTerms
from overtone.mechanisms.shape import Term, Use
from overtone.rights import mandates
from overtone.rights.registry import Party, Work
from overtone.rights.versions import Entity, Version, in_force
from overtone.settlement.deals import Deal
from overtone.settlement.favours import best_figures, prices

KNOWN_MAX: Final = 8
"""So many sets of deals are kept with what was asked of them."""


class ActiveDeal(NamedTuple):
    """A deal as in force on a day, with its terms ready to price; of a month's deals `last_day` is the last in it that has one in force.

    `earlier` are the month's other versions with those of the terms that only they had.
    """

    deal_id: str
    version: int
    deal: Deal
    terms: tuple[Term[AnyTerms], ...]
    last_day: str = ""
    earlier: tuple["ActiveDeal", ...] = ()

    def by_version(self) -> Iterator["ActiveDeal"]:
        """The versions of a month, each with the terms that are its own: what begins with a version begins on that version's day."""
        of_others = {term.key for version in self.earlier for term in version.terms}
        yield self._replace(terms=tuple(term for term in self.terms if term.key not in of_others), earlier=())
        yield from self.earlier

    def in_tail(self, day: str) -> bool:
        """Whether a day lies after the deal's last one."""
        return self.deal.to is not None and day > self.deal.to


class FoundWork(NamedTuple):
    """A registered work as in force on a day."""

    work_id: str
    version: int
    work: Work


class KnownDeals:
    """The deals that were accepted by a cut-off, and what was asked of them."""

    def __init__(self, deals: Mapping[str, Entity[Deal]], cutoff: str) -> None:
        self.deals = {name: agreed for name, deal in sorted(deals.items()) if (agreed := deal.agreed(cutoff))}
        self.active: dict[tuple[str, str], tuple[ActiveDeal, ...]] = {}
        self.distinct: dict[tuple[tuple[str, int, bool], ...], tuple[ActiveDeal, ...]] = {}
        self.of_month: dict[tuple[str, str], tuple[ActiveDeal, ...]] = {}
        self.by_licensee: dict[str, list[Entity[Deal]]] = {}
        for entity in self.deals.values():
            for licensee in {version.content.licensee for version in entity.versions}:
                self.by_licensee.setdefault(licensee, []).append(entity)


class _SameRecords:
    """Deals that are the same where they are the very same records, which is quickly told. It holds them: none takes their place."""

    def __init__(self, deals: Mapping[str, Entity[Deal]]) -> None:
        self.deals = dict(sorted(deals.items()))
        self._names = tuple((deal_id, id(deal)) for deal_id, deal in self.deals.items())

    def __hash__(self) -> int:
        return hash(self._names)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _SameRecords) and self._names == other._names


@lru_cache(maxsize=KNOWN_MAX)
def _known(records: _SameRecords, cutoff: str) -> KnownDeals:
    """A warm worker prices part after part of one settlement against the same deals."""
    return KnownDeals(records.deals, cutoff)


class Snapshot:
    """Works, parties and deals by id, and works by key, all as recorded up to `cutoff`; of deals, what was accepted by then."""

    def __init__(
        self,
        *,
        works: Mapping[str, Entity[Work]],
        by_key: Mapping[str, str],
        parties: Mapping[str, Entity[Party]],
        deals: "Mapping[str, Entity[Deal]] | Snapshot",
        cutoff: str,
        trained: Mapping[tuple[str, str], tuple[str, ...]] | None = None,
    ) -> None:
        """`trained` holds the days of the runs of each licensee's model.

        `deals` may be those of another snapshot at the same cut-off: what one was asked of them, the other need not ask again.
        """
        self.cutoff = cutoff
        self._trained = trained or {}
        self.works, self._by_key = works, by_key
        self._parties = parties
        self.known: KnownDeals = deals.known if isinstance(deals, Snapshot) else _known(_SameRecords(deals), cutoff)
        self.deals = self.known.deals
        self._by_licensee = self.known.by_licensee
        self._agreed: dict[str, Entity[Party] | None] = {}
        self._party: dict[tuple[str, str], Party | None] = {}

    def work(self, work_id: str, day: str) -> FoundWork | None:
        """A work by its id."""
        entity = self.works.get(work_id)
        version = in_force(entity.versions, day, self.cutoff) if entity else None
        return FoundWork(work_id, version.number, version.content) if version else None

    def work_by_key(self, key: str, day: str) -> FoundWork | None:
        """The work that a disclosed key names on this day."""
        return self.work(self._named(key), day)

    def _named(self, key: str) -> str:
        scheme, _, number = key.partition(":")
        return number if scheme == "work" else self._by_key.get(key, "")

    def title(self, work_id: str, day: str) -> str:
        """What a work is called on a day, "" before it was registered."""
        found = self.work(work_id, day)
        return found.work.title if found else ""

    def identifiers(self, work_id: str, day: str) -> tuple[str, ...]:
        """A work's own identifiers and, of a recording, those of the composition that it is of."""
        found = self.work(work_id, day)
        written = self.work(found.work.composition, day) if found and found.work.composition else None
        return (*(found.work.identifiers if found else ()), *(written.work.identifiers if written else ()))

    def entity(self, work_id: str) -> Entity[Work] | None:
        """A work by its id, with all its versions."""
        return self.works.get(work_id)

    def entity_by_key(self, key: str) -> Entity[Work] | None:
        """The work that a disclosed key names, with all its versions."""
        return self.works.get(self._named(key))

    @cached_property
    def mandating(self) -> frozenset[str]:
        """The parties of which some version gives a mandate."""
        versions = ((party_id, version) for party_id, entity in self._parties.items() for version in entity.versions)
        return frozenset(party_id for party_id, version in versions if version.content.mandates)

    def sets_limits(self) -> bool:
        """Whether some version of some work allows a use only up to a share."""
        return any(
            permission.limits()
            for entity in self.works.values()
            for version in entity.versions
            for _, permission in version.content.permissions
        )

    def party(self, party_id: str, day: str) -> Party | None:
        """A party as it was on a day."""
        if (party_id, day) not in self._party:
            entity = self._counting(party_id)
            version = in_force(entity.versions, day, self.cutoff) if entity else None
            self._party[party_id, day] = version.content if version else None
        return self._party[party_id, day]

    def _counting(self, party_id: str) -> Entity[Party] | None:
        """The party with those mandates alone that its societies had accepted."""
        if party_id not in self._agreed:
            entity = self._parties.get(party_id)
            self._agreed[party_id] = mandates.counting(entity, self.cutoff) if entity else None
        return self._agreed[party_id]

    def licensees(self) -> Sequence[str]:
        """Everybody who ever owed under a deal."""
        return sorted(self._by_licensee)

    def deals_in_force(self, licensee: str, day: str) -> tuple[ActiveDeal, ...]:
        """A licensee's deals on a day, newest first, then by id: the order in which they are asked.

        Days with the same deals get the same tuple, so that answers can be remembered by it.
        """
        known = self.known
        if (licensee, day) not in known.active:
            active = self._activate(licensee, day)
            same = tuple((found.deal_id, found.version, found.in_tail(day)) for found in active)
            known.active[licensee, day] = known.distinct.setdefault(same, active)
        return known.active[licensee, day]

    def deals_of_month(self, licensee: str, last_day: str) -> tuple[ActiveDeal, ...]:
        """A licensee's deals that were in force in a month, each as on its last day in it.

        Terms that only an earlier version in the month had are kept beside, as on their own last day: what they counted is owed too.
        """
        if (licensee, last_day) not in self.known.of_month:
            self.known.of_month[licensee, last_day] = self._in_month(licensee, last_day)
        return self.known.of_month[licensee, last_day]

    def _in_month(self, licensee: str, last_day: str) -> tuple[ActiveDeal, ...]:
        first_day = last_day[:8] + "01"
        found: dict[str, ActiveDeal] = {}
        for entity in self._by_licensee.get(licensee, ()):
            changes = {v.effective_from for v in entity.versions} | {v.content.from_ for v in entity.versions}
            days = {first_day, last_day} | changes | {_day_before(change) for change in changes}
            days |= {day for v in entity.versions if v.content.to for day in (v.content.to, v.content.term.until)}
            for day in sorted(day for day in days if first_day <= day <= last_day):
                for active in self.deals_in_force(licensee, day):
                    if active.deal_id == entity.id:
                        found[entity.id] = _with_earlier(active, found.get(entity.id))._replace(last_day=day)
        return tuple(found[deal_id] for deal_id in sorted(found))

    def fits(self, deal: Deal, use: Use) -> bool:
        """Whether a use is within a deal."""
        return deal.fits(use, self._trained.get((use.licensee, use.model), ()) if deal.tail else ())

    def terms_ever(self, deal_id: str) -> Iterator[AnyTerms]:
        """The terms that a deal had in any version."""
        for version in self.deals[deal_id].versions:
            yield from version.content.terms

    def _activate(self, licensee: str, day: str) -> tuple[ActiveDeal, ...]:
        current: list[tuple[str, Version[Deal]]] = []
        for entity in self._by_licensee.get(licensee, ()):
            version = in_force(entity.versions, day, self.cutoff)
            if version and version.content.licensee == licensee and _runs(version.content, day):
                current.append((entity.id, version))
        current.sort(key=lambda pair: pair[0])
        current.sort(key=lambda pair: pair[1].content.from_, reverse=True)
        return tuple(
            ActiveDeal(deal_id, version.number, version.content, _terms(deal_id, version, current, day)) for deal_id, version in current
        )


def _day_before(day: str) -> str:
    """The last day of what ended with a change; a group's other deals may have raised it since it began."""
    return (date.fromisoformat(day) - timedelta(days=1)).isoformat() if day > DAY_MIN else day


def _runs(deal: Deal, day: str) -> bool:
    return deal.from_ <= day <= deal.term.until if deal.tail else deal.from_ <= day and (deal.to is None or day <= deal.to)


def _terms(deal_id: str, version: Version[Deal], in_force: Sequence[tuple[str, Version[Deal]]], day: str) -> tuple[Term[AnyTerms], ...]:
    deal, counts, made = version.content, dict[str, int](), []
    for terms in deal.terms:
        ordinal = counts.get(terms.mechanism, 0)
        counts[terms.mechanism] = ordinal + 1
        if not prices(deal, terms, day):
            continue
        raised = (
            tuple(best_figures(deal, terms, ((name, one.number, one.content) for name, one in in_force), day)) if deal.mfn_group else ()
        )
        favoured = terms.model_copy(update={one.field: one.figure for one in raised}) if raised else terms
        made.append(Term(deal_id, ordinal, deal.licensee, deal.currency, favoured, raised, deal.scope, deal.detail))
    return tuple(made)


def _with_earlier(active: ActiveDeal, earlier: ActiveDeal | None) -> ActiveDeal:
    known = {term.key for term in active.terms}
    versions = [
        version._replace(terms=tuple(term for term in version.terms if term.key not in known))
        for version in (earlier.by_version() if earlier else ())
    ]
    kept = tuple(version for version in versions if version.terms)
    return active._replace(terms=(*active.terms, *(term for version in kept for term in version.terms)), earlier=kept)
