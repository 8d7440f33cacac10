"""What a licensor can license, and what a month knows of works."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from tests.model.exact import ZERO
from tests.model.holding import RIGHTS
from tests.model.register import claim
from tests.model.terms import PRICED_KINDS, bought_out
from tests.model.usage import Use, latest_runs, trained

if TYPE_CHECKING:
    from collections.abc import Iterator
    from fractions import Fraction

    from tests.model.holding import Claim, Deal
    from tests.model.pricing import Month


def repertoire(month: Month, deal: Deal, day: str) -> Iterator[tuple[str, Claim]]:
    """What a licensor can license on a day: its own shares, and those whose mandates lead to it; of all works, or those people made."""
    licensor = deal.says["licensor"]
    rule = month.deals[deal.deal_id][0].says.get("eligibility") or {}
    used = uses_by_work(month, deal.deal_id) if rule.get("min_uses") else {}
    for work_id in sorted(month.facts["works"]):
        found = month.register.work(work_id, day)
        if found is None or (rule.get("human_only") and "generated" in (found[1].get("ai") or {}).values()):
            continue
        if used.get(work_id, ZERO) < rule.get("min_uses", 0):
            continue
        if month.register.void(f"work:{work_id}", work_id, (deal.says["licensee"], "", ""), day, by_work=True):
            continue
        side = found[1]["kind"]
        for holder in month.register.holders(found):
            party, share, reason = holder.party, holder.under(deal), holder.reason
            led = _led(month, deal, party, side, day)
            if party and share and (party == licensor or licensor in led):
                payee = party if party == licensor else led[licensor]
                waits = month.register.held(f"work:{work_id}", found, (deal.says["licensee"], "", ""), day)
                spared = _spared(month, deal, {party, *led}, day)
                yield work_id, replace(claim(side, found, (party, share, reason), deal, payee), held=waits, spared=spared)


def uses_by_work(month: Month, deal_id: str) -> dict[str, Fraction]:
    """How often each registered work was used in the month: under the deal, or, where that prices no use, within it."""
    prices = any(term.deal_id == deal_id and term.mechanism in PRICED_KINDS for term in month.terms.values())
    counted = _claimed if prices else _within
    found: dict[str, Fraction] = defaultdict(lambda: ZERO)
    for use in month.uses:
        for work_id in counted(month, deal_id, use) - {""} if use.attributed and use.kind != "training" else ():
            found[work_id] += use.quantity
    return found


def _claimed(month: Month, deal_id: str, use: Use) -> set[str]:
    return {one.work_id for one in month.register.claims(use) if one.deal and one.deal.deal_id == deal_id}


def _within(month: Month, deal_id: str, use: Use) -> set[str]:
    register = month.register
    if not any(deal.deal_id == deal_id and register.fits(deal, use) for deal in register.deals(use.licensee, use.day)):
        return set()
    named = register.find(use.work, use.day)
    reached = [of_side for _, of_side, _ in register.sides(use.work, use.day)]
    if use.split:
        reached = [named if named and named[1]["kind"] == use.split else None]
    return {found[0] for found in reached if found and not register.voided(use, found[0])}


def _led(month: Month, deal: Deal, party: str, side: str, day: str) -> dict[str, str]:
    """The societies that lead from a party for anything that deals license, in one of the deal's territories: first stated, first asked."""
    kinds = {"training", "generation", "output", "play"}
    found: dict[str, str] = {}
    for territory in deal.says.get("territories", ["*"]):
        for society, own in month.register.societies(party, side, kinds, territory, day).items():
            found.setdefault(society, own)
    return found


def _spared(month: Month, deal: Deal, owners: set[str], day: str) -> frozenset[str]:
    """The mechanisms that buyouts of an owner or its societies spare what it holds as such."""
    use = Use("", "repertoire", deal.says["licensee"], day)
    rights = set(deal.says.get("rights", RIGHTS))
    buying = [
        other
        for other in month.register.deals(use.licensee, day)
        if other.says.get("licensor") in owners and month.register.fits(other, use) and rights <= set(other.says.get("rights", RIGHTS))
    ]
    terms = [term for other in buying for term in other.terms]
    return frozenset(name for term in terms for name in bought_out(term) if use.kind in PRICED_KINDS[name])


def weight_of(month: Month, work_id: str, licensee: str, day: str) -> Fraction:
    """A work's weight in the licensee's latest runs, under whatever key it ever had."""
    keys = {f"work:{work_id}"} | {identifier for identifier, named in month.register.identified.items() if named == work_id}
    runs = [run for run in latest_runs(month.facts, day) if run["licensee"] == licensee]
    return sum((use.weight for use in trained(runs) if use.work in keys), ZERO)


def works_of(month: Month) -> dict[str, tuple[list[Use], int]]:
    """Every key that the month knows of: what was done with it, and in how many latest runs it is."""
    found: dict[str, tuple[list[Use], int]] = {}
    for use in (*month.uses, *month.latest):
        if use.attributed:
            found.setdefault(use.work, ([], 0))
    for use in month.uses:
        if use.attributed:
            found[use.work][0].append(use)
    for use in month.latest:
        uses, runs = found[use.work]
        found[use.work] = (uses, runs + 1)
    return found
