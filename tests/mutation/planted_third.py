"""What a third calculator found, which was written by what is promised alone: a rule that code and slow model had both read otherwise."""

from __future__ import annotations

from typing import Final

from tests.mutation.bug import Bug, bug

THIRD: Final[tuple[Bug, ...]] = (
    bug(
        "a group raises a use only among deals that price the very same uses",
        "settlement/covering.py",
        "    return tuple(raised_for(active.deal, term, in_force, use.day, use.use) for term in found)\n",
        "    return found\n",
        "unit/test_mechanisms_prices",
    ),
    bug(
        "a deal that prices one use raises a group's prices of others",
        "settlement/favours.py",
        'return bool({use, "*"} & _uses(peer)) if use else',
        "return True if use else",
        "unit/test_mechanisms_prices",
    ),
    bug(
        "who keeps a recording from its price is not named where another holder of the composition is licensed",
        "settlement/claims.py",
        "                if (side.side, holder.party) in shown:\n",
        "                if side.side in {one for one, _ in shown} or any(one.claim.side == side.side for one in found):\n",
        "unit/test_golden_terms_sides",
    ),
    bug(
        "a fee that nobody shares in is owed beside the whole of a guarantee",
        "settlement/rounds.py",
        "        guarantees.count_undivided(pricings, found, again)\n",
        "",
        "unit/test_golden_terms",
    ),
    bug(
        "what a guarantee is paid back is more than its period's lines",
        "mechanisms/minimum_guarantee.py",
        "max(0, surplus), totals[lines])",
        "max(0, surplus))",
        "unit/test_golden_terms",
    ),
    bug(
        "what a decision voided has its part of a pool that follows training all the same",
        "settlement/claims.py",
        "next(filter(None, found), []) if not self.voids(key, use, one.claim.work_id)]",
        "next(filter(None, found), [])]",
        "unit/test_holds",
    ),
    bug(
        "what a decision voided is counted in the whole that a deal's part is a part of",
        "settlement/survey.py",
        "self.snapshot.fits(active.deal, as_output) and not self.resolver.voids(work.key, use):",
        "self.snapshot.fits(active.deal, as_output):",
        "unit/test_holds",
    ),
    bug(
        "what a decision voided has its part of a levy",
        "settlement/claims.py",
        ' or self.voids(key, use, side.found.work_id if side.found else "")',
        "",
        "unit/test_holds",
    ),
    bug(
        "what a decision voided has its part of what is shared over a repertoire",
        "settlement/claims.py",
        "if found is None or self._named_by(of_work, key, use, work_id):",
        "if found is None:",
        "unit/test_holds",
    ),
    bug(
        "a fee over the repertoire is owed for what a buyout had bought",
        "settlement/claims.py",
        "yield Covered(claim._replace(spared=spared), active.terms, active.version)",
        "yield Covered(claim, active.terms, active.version)",
        "unit/test_golden_terms",
    ),
    bug(
        "a buyout of one right spares a fee that is for both",
        "settlement/covering.py",
        " if set(owing.rights or RIGHTS) <= set(active.deal.rights or RIGHTS))",
        ")",
        "unit/test_golden_terms",
    ),
    bug(
        "a work that was used too seldom has its part of what is shared over a repertoire",
        "settlement/eligibility.py",
        "for work in works if used[name[0], work.work_id] >= self._least(name[0])]",
        "for work in works]",
        "unit/test_golden_repertoires",
    ),
    bug(
        "uses of a work that another deal has are counted for one that prices uses itself",
        "settlement/eligibility.py",
        "return any(MECHANISMS[term.terms.mechanism].spareable for term in active.terms)",
        "return False",
        "unit/test_golden_repertoires",
    ),
    bug(
        "a composition's part of a repertoire does not know of its recordings' uses",
        "stores/repertoires.py",
        "    every = works | registry_store.works(sorted(recordings - set(works)))\n",
        "    every = works\n",
        "integration/test_repertoire_uses",
    ),
    bug(
        "a member whose mandate is for no territory of a deal has its part of what the society's repertoire shares",
        "settlement/mandates.py",
        "led = societies(snapshot, party, side, use._replace(territory=territory))",
        "led = societies(snapshot, party, side, use)",
        "unit/test_golden_repertoires",
    ),
    bug(
        "a mandate for levies alone puts a member's works into what its society licenses",
        "settlement/mandates.py",
        '"repertoire": ("training", "generation", "output", "play"),',
        '"repertoire": ("training", "generation", "output", "play", "levy"),',
        "unit/test_golden_repertoires",
    ),
)
