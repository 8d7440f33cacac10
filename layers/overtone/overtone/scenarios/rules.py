"""Who may ask what: a party only for its own deals, so that no answer tells it what stands in somebody else's.

A pool tells what its licensee reports of itself, and so do terms that owe for what no work is named for: a licensor asks for these as
far as it has agreed on them, and for the months in which that agreement holds.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple, Self

from overtone.errors import Fault, Forbidden
from overtone.mechanisms import revenue_pool
from overtone.mechanisms.attribution import Attributed
from overtone.mechanisms.scope import Scope
from overtone.months import last_day
from overtone.rights.versions import Entity
from overtone.scenarios.change import Steps
from overtone.settlement.deals import Deal

_ALWAYS: Final = "9999"
"""Later than whatever was recorded."""


def sides(deal: Deal) -> frozenset[str]:
    """Who agreed on a deal."""
    return frozenset({deal.licensee, deal.licensor or ""} - {""})


def own_deals(deals: Mapping[str, Entity[Deal]], party: str) -> frozenset[str]:
    """The deals of which a party is, or was, a side."""
    return frozenset(name for name, deal in deals.items() if any(party in sides(version.content) for version in deal.versions))


def require_own(steps: Steps, party: str, deals: Mapping[str, Entity[Deal]]) -> None:
    """Raise `Forbidden` for a change of anything but the party's own deals."""
    _refuse(_not_own(steps, own_deals(deals, party)))


def require_within(
    steps: Steps, party: str, deals: Mapping[str, Entity[Deal]], changed: Mapping[str, Entity[Deal]], months: Iterable[str]
) -> None:
    """Raise `Forbidden` for a deal that a party could not put; `changed` are the deals as the scenario leaves them in the months asked."""
    mine = {name: changed[name] for name in sorted((own_deals(deals, party) | _added(steps)) & changed.keys())}
    contents = [(name, version.content) for name, entity in mine.items() for version in entity.versions]
    beyond = (fault for name, deal in contents for fault in _beyond(name, deal, party, deals.get(name)))
    _refuse([*beyond, *(fault for month in months for fault in _leaks(mine, party, deals, month))])


def _refuse(found: Iterable[Fault]) -> None:
    if faults := list(found):
        raise Forbidden(f"{faults[0].field}: {faults[0].message}", faults)


def _added(steps: Steps) -> frozenset[str]:
    return frozenset(one.add for step in steps for one in step.deals if one.add)


def _not_own(steps: Steps, own: frozenset[str]) -> Iterator[Fault]:
    mine = own | _added(steps)
    for number, step in enumerate(steps):
        if step.names_all_of_it:
            yield Fault("a party asks for its own deals, by their ids; levies, registry and permissions are finance's", f"change.{number}")
        for place, one in enumerate(step.deals):
            named = one.replace or one.end
            if named and named not in mine:
                yield Fault(f"there is no deal {named!r} of yours", f"change.{number}.deals.{place}")
        entries = [("consent", place, one.deals) for place, one in enumerate(step.consent)]
        entries += [("eligibility", place, rule.deals) for place, rule in enumerate(step.eligibility)]
        entries += [("attribution", place, other.deals) for place, other in enumerate(step.attribution)]
        for kind, place, listed in entries:
            if not mine.issuperset(listed):
                yield Fault("these are not all deals of yours", f"change.{number}.{kind}.{place}.deals")


def _beyond(name: str, deal: Deal, party: str, before: Entity[Deal] | None) -> Iterator[Fault]:
    """What a party cannot put into a deal: other sides, everybody's repertoire, a group whose rates are not its own."""
    known = [version.content for version in before.versions] if before else []
    if party not in sides(deal) or (known and sides(deal) not in {sides(one) for one in known}):
        yield Fault("the sides of a deal stay as they are, and you are one of a new deal's", f"change: deal {name}")
    if deal.is_open and not any(one.is_open for one in known):
        yield Fault("an open or extended deal is not yours to make", f"change: deal {name}")
    if deal.consent == "none" and not any(one.consent == "none" for one in known):
        yield Fault("only a law asks no owner", f"change: deal {name}")
    if deal.mfn_group and deal.mfn_group not in {one.mfn_group for one in known}:
        yield Fault("its rates would be those of others' deals; leave mfn_group as it is", f"change: deal {name}")


class Reported(NamedTuple):
    """What terms tell of a licensee beside the uses of works: its net revenue, subscribers, all of its uses, what is nobody's."""

    scope: Scope
    revenue: bool
    subscribers: bool
    uses: bool
    unattributed: bool

    @classmethod
    def by(cls, deal: Deal) -> Iterator[Self]:
        """By each of a deal's terms that tells any of it."""
        for terms in deal.terms:
            unattributed = isinstance(terms, Attributed) and terms.unattributed
            if isinstance(terms, revenue_pool.Terms):
                uses = bool(terms.minimum_per_use) or terms.whole == "all"
                yield cls(deal.scope, bool(terms.share or terms.tiers), bool(terms.minimum_per_subscriber), uses, unattributed)
            elif unattributed:
                yield cls(deal.scope, revenue=False, subscribers=False, uses=False, unattributed=True)

    def within(self, other: Self) -> bool:
        """Whether the other one tells as much."""
        less = self.revenue <= other.revenue and self.subscribers <= other.subscribers
        less = less and self.uses <= other.uses and self.unattributed <= other.unattributed
        limits = zip(self.scope, other.scope, strict=True)
        return less and all(not most or "*" in most or (bool(asked) and {*asked} <= {*most}) for asked, most in limits)


def _leaks(mine: Mapping[str, Entity[Deal]], party: str, deals: Mapping[str, Entity[Deal]], month: str) -> Iterator[Fault]:
    """What a licensor would learn of its licensees that no deal between them tells it in a month."""
    agreed = [(sides(deal), told) for entity in deals.values() for deal in _of_month(entity, month) for told in Reported.by(deal)]
    for name, entity in mine.items():
        for deal in _of_month(entity, month):
            known = [told for between, told in agreed if between == sides(deal)]
            if party != deal.licensee and not all(any(asked.within(told) for told in known) for asked in Reported.by(deal)):
                message = "a revenue_pool, or what is unattributed, would tell you what its licensee reports"
                yield Fault(f"{message}; ask for terms as you have agreed on for {month}", f"change: deal {name}")


def _of_month(entity: Entity[Deal], month: str) -> list[Deal]:
    """What a deal says on the days of a month, its tail included: the version of each of the days on which that may change."""
    changes = {day for version in entity.versions for day in (version.effective_from, version.content.from_)}
    days = {f"{month}-01", last_day(month), *(day for day in changes if day[:7] == month)}
    found = {version.number: version.content for day in days if (version := entity.in_force(day, _ALWAYS)) and _runs(version.content, day)}
    return [found[number] for number in sorted(found)]


def _runs(deal: Deal, day: str) -> bool:
    return deal.from_ <= day <= deal.term.until
