"""What pools could not divide: less than one pico a line, or the whole where nobody has a claim.

The remainder of a division stays with the deal as residue; a pool without any basis waits in suspense until
somebody's share is covered, and then the next settlement moves it.
"""

from collections.abc import Mapping

from overtone import lines
from overtone.errors import InvariantBroken
from overtone.lines import LineKey, Posting
from overtone.mechanisms.shape import Term, Totals

_TERM_NAME_PARTS = 3
"""A pool's name begins with that of its term: deal, mechanism, ordinal."""


def undivided(month: str, totals: Totals, pools_paid: Mapping[str, int], terms: Mapping[str, Term]) -> dict[LineKey, Posting]:
    """The residue and suspense postings of a month's pools. `terms` are those that opened them, by name.

    Raises `InvariantBroken` where more was paid from a pool than it holds.
    """
    found: dict[LineKey, Posting] = {}
    for name, pool in sorted(totals.pools.items()):
        left = pool.amount - pools_paid.get(name, 0)
        if left < 0:
            invariant = "conserved"
            raise InvariantBroken(invariant, f"pool {name} of {month} paid {-left} pico more than it holds")
        if left == 0:
            continue
        divided = totals[pool.basis] > 0
        term = terms["|".join(name.split("|")[:_TERM_NAME_PARTS])]
        key = LineKey(
            usage_month=month,
            deal_id=term.deal_id,
            mechanism=term.terms.mechanism,
            licensee=term.licensee,
            model="",
            work_key="",
            work_id="",
            side="",
            account=lines.RESIDUE if divided else lines.SUSPENSE,
            party_id="",
            member_id="",
            reason="" if divided else "unattributed",
            currency=pool.currency,
        )
        before = found.get(key, lines.NOTHING)
        found[key] = Posting(0, before.amount + left, 0)
    return found
