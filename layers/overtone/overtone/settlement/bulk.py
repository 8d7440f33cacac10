"""Prices works by the thousand: claims and prices are resolved once for works that are alike, and applied to the sums of each.

That is possible where nothing but the size of a use decides what it earns (`proportion` of its mechanism), no owner's word is broken, and
nothing looks at the lines afterwards. All other works are left to `Pricing.entitled`, whose lines these equal to the byte.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from functools import partial
from typing import Final, NamedTuple, cast

from overtone.facts.rows import UsageEntry
from overtone.identifiers import UNATTRIBUTED
from overtone.lines import PARTY, LineKey, Posting
from overtone.mechanisms import MECHANISMS
from overtone.mechanisms.proportion import Proportion
from overtone.mechanisms.shape import PART, Earning, Use
from overtone.mechanisms.totals import TermKey, Totals
from overtone.money import FINE, round_half_even
from overtone.scales import ZERO_FINE, ZERO_PICO
from overtone.settlement.claims import Resolver
from overtone.settlement.coverage import Covered
from overtone.settlement.equivalence import Alike, Ownership, holders_of
from overtone.settlement.pricing_facts import Entitled
from overtone.settlement.tally import Tally
from overtone.settlement.work_month import WorkMonth, priced_use, usage_entries

_WORK: Final = LineKey._fields.index("work_key")
_WHOSE: Final = LineKey._fields.index("party_id")
_line: Final = cast("Callable[[tuple[str, ...]], LineKey]", partial(tuple.__new__, LineKey))
_posting: Final = cast("Callable[[tuple[int, int, int]], Posting]", partial(tuple.__new__, Posting))
"""As `_make`, whose look at the length the fields of a template do not need."""


class Template(NamedTuple):
    """What a use of any work of a shape adds to a line: the line is `head`, the work, `middle`, whose it is, and `tail`.

    `whose` is empty where it is the holder's. `part` in 1e-18; the factors are those of `Proportion`.
    """

    side: int
    holder: int
    head: tuple[str, ...]
    middle: tuple[str, ...]
    whose: tuple[str, ...]
    tail: tuple[str, ...]
    part: int
    per_quantity: int
    per_revenue: int


class Bulk:
    """Prices the works of one month. `excepted` are deals, and `capped` terms, whose lines something looks at later.

    `follows`: whether some pool asks for presence in the latest runs.
    """

    def __init__(
        self, resolver: Resolver, last_day: str, totals: Totals, *, excepted: Iterable[str], capped: frozenset[TermKey], follows: bool
    ) -> None:
        self._resolver, self._month, self._totals = resolver, last_day[:7], totals
        self._alike = Alike(resolver.snapshot, last_day)
        self._excepted, self._capped, self._follows = frozenset(excepted), capped, follows
        self._uses: dict[Hashable, tuple[Use | None, Hashable]] = {}
        self._templates: dict[Hashable, Sequence[Template] | None] = {}

    def entitled(self, works: Iterable[WorkMonth]) -> tuple[Entitled, list[WorkMonth]]:
        """What those works come to that can be priced so, and the others."""
        postings, titles, left = dict[LineKey, Posting](), dict[LineKey, str](), list[WorkMonth]()
        for work in works:
            if not self._priced(work, postings, titles):
                left.append(work)
        return Entitled(postings, titles, {}, []), left

    def _priced(self, work: WorkMonth, postings: dict[LineKey, Posting], titles: dict[LineKey, str]) -> bool:
        if work.runs or (work.latest and self._follows) or work.key == UNATTRIBUTED:
            return False
        if (owned := self._alike.ownership(work.key)) is None:
            return False
        found = []
        shape, known = owned.shape, self._templates
        for name, (quantity, revenue) in self._sums(work, owned).items():
            templates = known[shape, name] if (shape, name) in known else self._templates_of(name, work.key, owned)
            if templates is None:
                return False
            found.append((templates, quantity, revenue))
        sums: dict[LineKey, tuple[int, int]] = {}
        for templates, quantity, revenue in found:
            for side, number, head, middle, whose, tail, part, per_quantity, per_revenue in templates:
                work_id, title, holders = owned.sides[side]
                holder = holders[number]
                line = _line((*head, work.key, work_id, *middle, *(whose or (holder, holder)), *tail))
                more = quantity * part, (quantity * per_quantity + revenue * per_revenue) * part
                if line in sums:
                    counted, fine = sums[line]
                    more = counted + more[0], fine + more[1]
                sums[line] = more
                titles[line] = title
        for line, (counted, fine) in sums.items():
            of_work, amount = round_half_even(counted, PART), round_half_even(fine, FINE)
            if of_work or amount:
                postings[line] = _posting((of_work, amount, ZERO_PICO))
        return True

    def _sums(self, work: WorkMonth, owned: Ownership) -> dict[Hashable, tuple[int, int]]:
        """Quantity and revenue of the work's uses, by what its claims and prices depend on."""
        sums, uses, by_day = dict[Hashable, tuple[int, int]](), self._uses, owned.by_day
        for row in work.usage:
            reporter = row.reporter
            for entry in usage_entries(row):
                *dimensions, quantity, revenue = entry
                exact = (reporter, revenue != 0, *dimensions)
                use, name = uses.get(exact) or self._named(exact, reporter, entry)
                if use is None or not (quantity or revenue):
                    continue
                about = exact if by_day else name
                if about in sums:
                    before = sums[about]
                    sums[about] = before[0] + quantity, before[1] + revenue
                else:
                    sums[about] = quantity, revenue
        return sums

    def _named(self, exact: Hashable, reporter: str, entry: UsageEntry) -> tuple[Use | None, Hashable]:
        """A use like an entry, if it has a price, and the name of all that are like it on days with the same deals."""
        use = priced_use(reporter, entry, attributed=True)
        deals = self._resolver.snapshot.deals_in_force(reporter, entry.day)
        name: Hashable = (id(deals), reporter, *entry[1:-2], entry.revenue != 0)
        _, name = self._uses.setdefault(name, (use, name))
        self._uses[exact] = use, name
        return use, name

    def _templates_of(self, name: Hashable, key: str, owned: Ownership) -> Sequence[Template] | None:
        asked = (owned.shape, name)
        if asked not in self._templates:
            use, _ = self._uses[name]
            claims = self._resolver.claims(key, use) if use else ()
            places = {(owned.sides[side].work_id, holder): (side, number) for side, number, holder in holders_of(owned)}
            made = [self._of_claim(use, covered, places) for covered in claims if use]
            whole = [templates for templates in made if templates is not None]
            self._templates[asked] = [one for templates in whole for one in templates] if len(whole) == len(made) else None
        return self._templates[asked]

    def _of_claim(self, use: Use, covered: Covered, places: Mapping[tuple[str, str], tuple[int, int]]) -> list[Template] | None:
        """What a claim comes to, line by line; `None` where it takes more than its size to tell."""
        claim, place = covered.claim, places.get((covered.claim.work_id, covered.claim.holder))
        if place is None or not covered.terms or covered.standing.denied or claim.spared or claim.held or claim.deal_id in self._excepted:
            return None
        tally, sums = Tally(self._month, self._totals), dict[LineKey, Proportion]()
        for term in covered.terms:
            earned = MECHANISMS[term.terms.mechanism].proportion(term, use, self._totals)
            if earned is None or term.key in self._capped:
                return None
            for currency, per_quantity, per_revenue in earned:
                key = tally.key_of(use, claim, term, Earning(currency, ZERO_FINE))
                before = sums.get(key, Proportion(currency, 0, 0))
                sums[key] = Proportion(currency, before.per_quantity + per_quantity, before.per_revenue + per_revenue)
        theirs = claim.account == PARTY and claim.party_id == claim.holder
        return [_template(place, theirs, key, claim.part, factor) for key, factor in sums.items()]


def _template(place: tuple[int, int], theirs: bool, key: LineKey, part: int, factor: Proportion) -> Template:  # noqa: FBT001 - a field
    head, middle, whose, tail = key[:_WORK], key[_WORK + 2 : _WHOSE], key[_WHOSE : _WHOSE + 2], key[_WHOSE + 2 :]
    return Template(*place, head, middle, () if theirs else whose, tail, part, factor.per_quantity, factor.per_revenue)
