"""Money that follows training: where no output was attributed, or by the deal's own word."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tests.model.clauses import (
    direct_part,
    services_asked,
)
from tests.model.exact import ZERO, half_even
from tests.model.ledger import key_of
from tests.model.register import claim, factor_of
from tests.model.terms import OUTPUT_USES, Term, first_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from fractions import Fraction

    from tests.model.holding import Claim, Deal
    from tests.model.pricing import Month, Priced
    from tests.model.usage import Use


def fall_back(month: Month, priced: list[Priced]) -> None:
    """The pools of `per_output`, by model: what attribution cannot tell follows training."""
    owed: dict[tuple[Term, str, str], Fraction] = defaultdict(lambda: ZERO)
    names: dict[tuple[str, str, int], Term] = {}
    for use, held, term in priced:
        confidence = term.says.get("confidence")
        if term.mechanism == "per_output" and confidence and confidence.get("fallback", "training") == "training":
            names[term.name] = term
            for currency, amount in month._prices(use, held, term):
                owed[term.name, use.model, currency] += amount * (1 - direct_part(term, use))  # type: ignore[index]
    for (name, model, currency), amount in owed.items():
        if amount:
            deal = month.deals[name[0]][0]  # type: ignore[index]
            pool = month.ledger.pool((*name, model), deal.says["licensee"])  # type: ignore[misc]
            pool.amounts[currency] = half_even(amount)
    for term in month.terms.values():
        confidence = term.says.get("confidence")
        if term.mechanism == "per_output" and confidence and confidence.get("fallback", "training") == "training":
            for model in {use.model for use in month.latest}:
                present = [use for use in month.latest if use.model == model]
                weighed = confidence.get("basis") == "weight"
                follow_training(month, term, month.deal_of(term), present, (*term.name, model), weighed=weighed)


def follow_training(month: Month, term: Term, deal: Deal, present: list[Use], name: tuple[Any, ...], *, weighed: bool) -> None:
    licensee, day = deal.says["licensee"], month.deals[deal.deal_id][1]
    basis = month.ledger.pool(name, licensee).basis
    for use in present:
        for covered in trained_claims(month, term, replace(use, licensee=licensee, day=day), deal):
            gone = month.register.void(use.work, covered.work_id, (licensee, use.licensee, ""), day)
            if gone or not month.is_eligible(covered, replace(use, day=day)):
                continue
            found = month.register.work(covered.work_id, day)
            held = replace(covered, held=month.register.held(use.work, found, (licensee, use.licensee, ""), day))
            key = key_of(month.month, held, term.mechanism, licensee, use.model, use.work)
            basis[key, term.mechanism in held.spared] += held.part * (use.weight if weighed else 1)


def trained_claims(month: Month, term: Term, use: Use, deal: Deal) -> Iterator[Claim]:
    """Shares for which the deal is the one that covers an output of the model, for one of the term's uses."""
    uses = term.uses() if term.mechanism == "per_output" else OUTPUT_USES
    every = [*OUTPUT_USES, *(name for name in uses if name not in {*OUTPUT_USES, "*"})]
    named = [name for name in every if name in uses or "*" in uses]
    probes = [replace(use, kind="output", use=name, service=of) for name in named for of in services_asked(month.stated[term.name].says)]
    if deal.says.get("requires") == "both_sides":
        probes = [probe for probe in probes if month.register.cleared(use, probe)]
    for side, found, reached in month.register.sides(use.work, use.day):
        for holder in month.register.holders(found, use.territory):
            for probe in probes:
                parts = month.register.parts(side, holder, probe)
                mine = [one for one in parts if one[0] and one[0].deal_id == deal.deal_id and factor_of(one[0], side, reached)]
                for covering, payee, spared, share in mine:
                    why = "denied_use" if month.register.denies(found, holder.party, side, probe, covering, "training") else ""
                    of_share = (holder.party, share * factor_of(covering, side, reached), first_of(holder.reason, why))
                    yield replace(claim(side, found, of_share, covering, payee), spared=spared)
                if mine:
                    break
