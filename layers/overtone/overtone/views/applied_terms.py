"""The terms behind a line, as their deals' versions have them: those that its uses fell under, and those that its pools were opened by."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from overtone.mechanisms import SettledTerm, SettledTerms
from overtone.mechanisms.shape import PoolPart, Raised
from overtone.mechanisms.totals import TermKey, Totals
from overtone.money import format_amount
from overtone.scales import Pico
from overtone.settlement.entitlement import DealTerm
from overtone.settlement.pool_shares import opener
from overtone.settlement.tally import Priced


def openers(steps: Sequence[Priced], totals: Totals, opened: Mapping[TermKey, DealTerm]) -> list[DealTerm]:
    """The terms by which pools of a line were opened, where none of its own uses fell under them; `opened` are the month's."""
    known = {key: term for key, (term, _) in opened.items()}
    shared = {(step.earned.basis_name, step.term.key): step.term for step in steps if isinstance(step.earned, PoolPart)}
    used = ((opener(term, pool, known), term) for (basis, _), term in shared.items() for pool, _ in totals.parts(basis, 0))
    others = {by.key for by, term in used if by != term}
    own = {(step.term.key, step.covered.version) for step in steps}
    return [opened[key] for key in sorted(others) if (key, opened[key].version) not in own]


def applied(steps: Iterable[Priced], others: Iterable[DealTerm]) -> list[dict[str, Any]]:
    """The terms that were applied, as their deal's version has them, and what an MFN group raised in them."""
    found: dict[tuple[TermKey, int, tuple[Raised, ...]], dict[str, Any]] = {}
    for term, version in [*((priced.term, priced.covered.version) for priced in steps), *others]:
        about = {"deal_id": term.deal_id, "version": version, "licensee": term.licensee, "currency": term.currency}
        stated = {"terms": _stated(_own(term)), "raised": _raised(term)} if term.raised else {"terms": _stated(term.terms)}
        found.setdefault((term.key, version, term.raised), about | stated)
    return [found[name] for name in sorted(found)]


def _own(term: SettledTerm) -> SettledTerms:
    """The terms as the deal's own version has them."""
    return term.terms.model_copy(update={one.field: one.own for one in term.raised})


def _stated(terms: SettledTerms) -> dict[str, Any]:
    content = terms.model_dump(mode="json", exclude_none=True)
    return {name: format_amount(Pico(value)) if name == "amount" and isinstance(value, int) else value for name, value in content.items()}


def _raised(term: SettledTerm) -> list[dict[str, Any]]:
    """What a most-favoured-nation clause raised, and in which version of which deal the figure that applies stands."""
    applied, own = _stated(term.terms), _stated(_own(term))
    return [
        {"field": one.field, "own": own[one.field], "applied": applied[one.field], "deal_id": one.deal_id, "version": one.version}
        for one in term.raised
    ]
