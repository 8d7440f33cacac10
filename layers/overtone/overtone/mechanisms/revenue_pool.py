"""A share of the licensee's reported net revenue of the month, with a floor per subscriber or per use.

As GEMA proposes for generative AI: a share of the net income of the licensee, not less than
an amount per subscriber, paid into a pool. `basis` says what a work's part of the pool follows. A pool takes the reports that are
within the deal's territories, models and services; a report that is not broken down so far owes nothing until it is.
`whole: all` pays only the deal's own part: what it covers, of all that the licensee used.
"""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Annotated, ClassVar, Final, Literal, Self

from pydantic import Field, model_validator

from overtone import money
from overtone.fields import Amount, Share, Slug
from overtone.lines import UNATTRIBUTED
from overtone.mechanisms import attribution, tier_prices
from overtone.mechanisms.attribution import BANDS, Attributed
from overtone.mechanisms.periods import first_month
from overtone.mechanisms.proportion import no_proportion
from overtone.mechanisms.scope import Revenue
from overtone.mechanisms.shape import Claim, Month, PoolPart, Term, Use, UseKind, Words, Yield, always
from overtone.mechanisms.steps import PriceStep
from overtone.mechanisms.tier_prices import Tiered
from overtone.mechanisms.totals import SHARED_REVENUE, Pool, TotalKey, Totals
from overtone.money import NANO, round_half_even
from overtone.rights.registry import MandateUse
from overtone.scales import ZERO_NANO, ZERO_PICO, Pico

words: Final = Words("Your part of the revenue of {licensee}", part="Your share of the {whole} of revenue that is shared: {share}.")
mandate_uses: Final[tuple[MandateUse, ...]] = ("output", "generation", "play", "training")
favoured: Final[tuple[str, ...]] = ("share", "minimum_per_subscriber", "minimum_per_use")
needs_licensor: Final = False
spareable: Final[frozenset[UseKind]] = frozenset({"output", "play", "training"})
SERVICES_MAX: Final = 100
IN_SCOPE: Final = "in_scope"
FLOOR: Final = "floor"
BEFORE: Final = "revenue_before"
"""Kinds of notes for explanations: the reports that a pool takes, the floor owed in place of their share, what tiers counted before."""
WEAK_BEFORE: Final = "weak"
"""The kind of a sum over days of any basis, as settlements kept it that are explained still."""
UNSCOPED: Final = "unscoped"
"""The kind of a note that a report lacks a dimension that the deal is limited in."""


class Terms(Tiered, Attributed):
    """The greatest of `share` of net revenue, `minimum_per_subscriber` and `minimum_per_use`, both in the deal's currency.

    Tiers of revenue shares may stand for `share`; they count net revenue, month by month, in the deal's currency.
    `minimum_per_subscriber` may be a map by service. `confidence` and its like say what weak attribution earns, as for outputs.
    """

    replaced: ClassVar[str] = "share"

    mechanism: Literal["revenue_pool"]
    share: Share = ZERO_NANO
    minimum_per_subscriber: Amount | Annotated[dict[Slug, Amount], Field(min_length=1, max_length=SERVICES_MAX)] = ZERO_PICO
    minimum_per_use: Amount = ZERO_PICO
    basis: Literal["influence", "usage", "training", "equal"]
    whole: Literal["covered", "all"] = "covered"

    @property
    def services_named(self) -> frozenset[str]:
        """The services that it has a floor of their own for."""
        return frozenset(self.minimum_per_subscriber) if isinstance(self.minimum_per_subscriber, dict) else frozenset()

    @model_validator(mode="after")
    def _owes_something(self) -> Self:
        if not (self.share or self.tiers or self.minimum_per_subscriber or self.minimum_per_use):
            raise ValueError("a revenue_pool needs share or minimum_per_subscriber or minimum_per_use above 0, or tiers")
        if self.tiers and (self.share or self.tiers[0].revenue_share is None):
            raise ValueError("tiers of a revenue_pool are revenue shares, in place of share")
        attribution.require_fallback(self)
        if self.confidence and self.basis in {"training", "equal"}:
            raise ValueError(f"confidence goes with a basis that attribution decides: influence or usage, not {self.basis}")
        return self


pooled = always
proportion = no_proportion


def covers(terms: Terms, use: Use) -> bool:
    """Uses of outputs always; training where the pool follows it; plays where it follows usage."""
    if use.kind == "training":
        return terms.basis == "training"
    plays = use.kind == "play" and terms.basis in {"usage", "equal"}
    return (use.attributed or terms.unattributed) and (use.kind == "output" or plays)


def asks(terms: Terms) -> frozenset[UseKind]:
    """The latest training runs, where the pool or its fallback follows training."""
    return frozenset({"model"} if terms.basis == "training" or attribution.follows_training(terms) else ())


def _name(term: Term[Terms]) -> TotalKey:
    """The basis by its kind: a pool is shared by what its last terms say, over the days that counted the same."""
    return term.name("basis" if term.terms.confidence is None else "basis_in_tenths", of=term.terms.basis)


def _scale(terms: Terms) -> int:
    return 1 if terms.confidence is None else BANDS


def _size(terms: Terms, use: Use) -> int:
    """What a use counts in the pool, before anybody's part of it: a quantity, or presence."""
    if terms.basis == "training":
        return 1 if use.kind == "model" and use.reporter == use.licensee else 0
    if use.kind not in {"output", "play"}:
        return 0
    if terms.basis == "equal":
        return 1 if use.first else 0
    return use.quantity


def survey(term: Term[Terms], use: Use, part: int, totals: Totals) -> None:
    """Count all uses, for the floor, and the whole that the deal's part is a part of."""
    terms = term.terms
    if terms.minimum_per_use and use.kind in {"output", "play"} and use.counts_once:
        totals.add(term.name("uses"), use.quantity)
    counted = use.attributed or terms.basis == "usage" or terms.unattributed
    if terms.whole == "all" and counted and (use.kind != "play" or terms.basis in {"usage", "equal"}):
        totals.add(term.name("whole", of=terms.basis), part * _size(terms, use))


def measure(term: Term[Terms], use: Use, claim: Claim, totals: Totals) -> None:
    """Count the basis of the pool, and what of it attribution is too weak for, by model."""
    terms = term.terms
    if use.kind == "model" and attribution.follows_training(terms):
        totals.add(_fallback(term, use.model), attribution.presence(terms, use, claim))
        return
    if basis := _size(terms, use) * claim.part:
        direct = attribution.direct_tenths(terms, use) if attribution.follows_training(terms) else _scale(terms)
        totals.add(_name(term), basis * (direct if terms.confidence else 1))
        if weak := basis * (_scale(terms) - direct):
            totals.add(term.name(_weak_kind(terms), of=use.model), weak)


def _fallback(term: Term[Terms], model: str) -> TotalKey:
    return term.name("fallback_basis", of=model)


def pools(term: Term[Terms], month: Month, totals: Totals) -> Iterator[Pool]:
    """The share of each reported currency; or the floor, where it is greater than all of them together."""
    reports = _in_scope(term, month, totals)
    shares = _owed(term, month, reports, totals)
    weak = _weak(term, totals)
    counted = {_name(term): totals[_name(term)], **weak}
    for currency, pico in sorted(shares.items()):
        owed = _own_part(term, pico, sum(counted.values()), totals)
        if not owed:
            continue
        parts = money.split(owed, counted) if weak else {_name(term): owed}
        for name, part in parts.items():
            model = name.of if name in weak else ""
            kind = "pool" if model or name not in weak else "pool_of_no_model"
            yield Pool(term.name(kind, of=model, currency=currency), currency, Pico(part), _fallback(term, model) if name in weak else name)


def _weak_kind(terms: Terms) -> str:
    """As the basis itself: days on which the pool followed something else do not count in it."""
    return f"weak_{terms.basis}"


def _weak(term: Term[Terms], totals: Totals) -> dict[TotalKey, int]:
    """What attribution is too weak for, by model, where the month's last terms let it follow training, as an earlier version may have."""
    kinds = (_weak_kind(term.terms), WEAK_BEFORE) if attribution.follows_training(term.terms) else ()
    return {name: size for kind in kinds for name, size in totals.sums_of(term.key, kind)}


def _in_scope(term: Term[Terms], month: Month, totals: Totals) -> list[Revenue]:
    """The reports within the deal; one that is not broken down as far as the deal is limited is noted, and owes nothing."""
    found = []
    for report in month.revenue.get(term.licensee, ()):
        if lacks := term.scope.lacks(report):
            totals.notes[term.name(UNSCOPED, party=report.report_id, of=" ".join(lacks), currency=report.currency)] = report.net_revenue
        elif term.scope.holds(report):
            totals.notes[term.name(IN_SCOPE, party=report.report_id, currency=report.currency)] = report.net_revenue
            found.append(report)
    return found


def _owed(term: Term[Terms], month: Month, reports: list[Revenue], totals: Totals) -> dict[str, int]:
    terms, net = term.terms, _net(reports)
    shares = {currency: round_half_even(pico * terms.share, NANO) for currency, pico in net.items()}
    if terms.tiers:
        before = _net_before(term, month.month, totals) if net else {}
        tier_prices.note_rates(term, (currency for of in (before, net) for currency, pico in of.items() if pico), month, totals)
        shares = tier_prices.shares_of_revenue(term, before, net, totals)
        totals.notes.update({term.name(BEFORE, currency=currency): before.get(currency, 0) for currency in {*before, *net}})
    if not reports and month.revenue.get(term.licensee):
        return {}
    by_use = round_half_even(terms.minimum_per_use * totals[term.name("uses")], NANO)
    by_subscriber = sum(_per_subscriber(terms, report) * report.subscribers for report in reports)
    floor = max(by_use, by_subscriber)
    worth = sum((pico * month.rate(currency, term.currency) for currency, pico in shares.items()), start=Fraction(0)) if floor else 0
    if not floor or floor <= worth:
        return shares
    totals.notes[term.name(FLOOR, of="uses" if by_use > by_subscriber else "subscribers", currency=term.currency)] = floor
    return {term.currency: floor}


def _net(reports: list[Revenue]) -> dict[str, int]:
    net: dict[str, int] = {}
    for report in reports:
        net[report.currency] = net.get(report.currency, 0) + report.net_revenue
    return net


def _by_currency(notes: Iterable[tuple[TotalKey, int]], kind: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for name, pico in notes:
        if name.kind == kind:
            found[name.currency] = found.get(name.currency, 0) + pico
    return found


def count_reports(term: Term[Terms], month: Month, totals: Totals) -> None:
    """Let other months know the revenue that the tiers of the pool's share count."""
    for currency, pico in _net(_in_scope(term, month, totals)).items() if term.terms.tiers else ():
        totals.add(term.name(SHARED_REVENUE, of=month.month, currency=currency), pico)


def _net_before(term: Term[Terms], month: str, totals: Totals) -> dict[str, int]:
    """The revenue of the period's earlier months, by currency."""
    found: dict[str, int] = {}
    for name, pico in totals.sums_of(term.key, SHARED_REVENUE):
        if first_month(term.terms.tier_period or "month", month) <= name.of < month:
            found[name.currency] = found.get(name.currency, 0) + pico
    return found


def _per_subscriber(terms: Terms, report: Revenue) -> int:
    minimum = terms.minimum_per_subscriber
    return minimum.get(report.service, 0) if isinstance(minimum, dict) else minimum


def _own_part(term: Term[Terms], pico: int, covered: int, totals: Totals) -> int:
    """What of the whole the deal's works owe: all of it, or in proportion to what they are of all that was used.

    It is never more than all, whatever counts for whom.
    """
    if term.terms.whole == "covered":
        return pico
    whole = totals[term.name("whole", of=term.terms.basis)] * _scale(term.terms)
    return pico * min(covered, whole) // whole if whole else 0


def steps(term: Term[Terms], pool: Pool, totals: Totals) -> Iterator[PriceStep]:
    """The reports in scope and those that are not broken down so far, the share or the floor, and the deal's own part of the whole."""
    every = [(name, pico) for name, pico in sorted(totals.notes.items()) if name.term == term.key]
    notes = [(name, pico) for name, pico in every if name.currency == pool.currency]
    for name, pico in notes:
        if name.kind == IN_SCOPE:
            yield PriceStep.of(f"net revenue of the report {name.party}", pico)
        elif name.kind == UNSCOPED:
            yield PriceStep(f"the report {name.party} does not say its {name.of}, so it owes nothing until it does")
    floor = next(((name.of, pico) for name, pico in notes if name.kind == FLOOR), None)
    net = sum(pico for name, pico in notes if name.kind == IN_SCOPE)
    if floor:
        yield PriceStep.of(f"the floor by {floor[0]}, which is more than the share", floor[1])
    elif term.terms.tiers:
        before, now = (_by_currency(every, kind) for kind in (BEFORE, IN_SCOPE))
        yield from tier_prices.steps_of_revenue(term, pool.currency, before, now, totals)
    elif net:
        words = f"{money.format_share(term.terms.share)} of {money.format_amount(Pico(net))}"
        yield PriceStep.of(words, round_half_even(net * term.terms.share, NANO))
    if term.terms.whole == "all" and (whole := totals[term.name("whole", of=term.terms.basis)]):
        covered = totals[_name(term)] + sum(_weak(term, totals).values())
        scaled = whole * _scale(term.terms)
        yield PriceStep(f"the deal's own part: {min(covered, scaled)} of {scaled} that was used in all")
    if weak := _weak(term, totals):
        model = pool.name.of if pool.basis != _name(term) else None
        size = totals[_name(term)] if model is None else sum(size for name, size in weak.items() if name.of == model)
        words = "what attribution decides" if model is None else "what attribution is too weak for, by training"
        yield PriceStep.of(f"{words}: {size} of {totals[_name(term)] + sum(weak.values())}", pool.amount)


def entitle(term: Term[Terms], use: Use, claim: Claim, totals: Totals) -> Yield:
    """The claim's part of the pools; a use that counts nothing, because an earlier one did, is of the line's quantity."""
    terms = term.terms
    if use.kind == "model" and attribution.follows_training(terms):
        yield PoolPart(_fallback(term, use.model), attribution.presence(terms, use, claim))
        return
    basis = _size(terms, use) * claim.part
    if not basis and (terms.basis != "equal" or use.kind == "model"):
        return
    direct = attribution.direct_tenths(terms, use) if terms.confidence else 1
    if direct or not terms.confidence:
        yield PoolPart(_name(term), basis * direct)
    if direct < _scale(terms) and not attribution.follows_training(terms):
        yield PoolPart(_name(term), basis * (_scale(terms) - direct), reason=UNATTRIBUTED)
