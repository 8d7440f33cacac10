"""What pools could not divide: less than one pico per line, or the whole where nobody has a claim.

The remainder of a division stays with the deal as residue and joins the deal's next pool: the first month that
is settled after it starts with it, and keeps it however often that month is settled again. A pool without
any basis waits in suspense until somebody's share is covered, and then the next settlement moves it.
"""

from collections.abc import Collection, Mapping
from typing import Final, NamedTuple

from overtone import lines
from overtone.errors import InvariantBroken
from overtone.lines import LineKey, Posting
from overtone.mechanisms import SettledTerm
from overtone.mechanisms.totals import CARRIED, Pool, Purse, TermKey, TotalKey, Totals
from overtone.scales import ZERO_NANO, ZERO_PICO, Pico


class SettledResidue(NamedTuple):
    """What the books keep of a settled month's pools, by purse: what joined them, and what they left over net of that."""

    carried: Mapping[Purse, Pico]
    residue: Mapping[Purse, Pico]


NO_RESIDUE: Final = SettledResidue({}, {})


class StandingResidue:
    """What pools left over up to the last sealed settlement (pico by purse), to join the next pools."""

    def __init__(self, kept: Mapping[str, SettledResidue]) -> None:
        """`kept` holds every month that was ever settled."""
        self._kept = kept
        self._free: dict[Purse, Pico] = {}
        for month in kept.values():
            for name, pico in month.residue.items():
                self._free[name] = self._free.get(name, ZERO_PICO) + pico

    def of(self, month: str) -> Mapping[Purse, Pico]:
        """What joins a month's pools: what joined them when it was first settled, or what is free."""
        return self._kept[month].carried if month in self._kept else self._free

    def of_others(self, month: str, but: Collection[str]) -> SettledResidue:
        """What the books keep of the month's pools of all deals but these."""
        found = self._kept.get(month, NO_RESIDUE)
        picos = ({purse: pico for purse, pico in part.items() if purse.deal_id not in but} for part in found)
        return SettledResidue(*picos)

    def take(self, month: str, joined: Mapping[Purse, Pico]) -> None:
        """What joined a new month's pools is no longer free."""
        for name in joined if month not in self._kept else ():
            self._free.pop(name, None)


def agree(months: Mapping[str, Totals]) -> None:
    """Let every month share a pool that spans several as the last that opened it knows it, which is where it is owed.

    Also a month whose last terms know nothing of it any more: its earlier days counted in it.
    """
    spanning: dict[TotalKey, Pool] = {}
    for month in sorted(months):
        for name, pool in months[month].pools.items():
            if pool.month == month or (pool.month and name not in spanning):
                spanning[name] = pool
    for totals in months.values():
        for name in sorted(spanning):
            totals.open_pool(spanning[name])


def carry_in(totals: Totals, standing: Mapping[Purse, Pico]) -> None:
    """Let standing residue (by purse) join the month's pools, each purse the first pool that has a basis."""
    for pool in sorted(totals.pools.values()):
        amount = max(standing.get(pool.purse, ZERO_PICO), -pool.amount)
        noted = pool.purse.joined
        if amount and totals[pool.basis] and not pool.month and noted not in totals.notes:
            totals.notes[noted] = amount
            totals.open_pool(pool._replace(amount=pool.amount + amount))


def joined(pool: Pool, totals: Totals) -> Pico:
    """What joined a pool out of its purse (pico): the first of the month's own pools of that purse that has a basis took it."""
    if not (amount := totals.notes.get(pool.purse.joined, 0)):
        return ZERO_PICO
    own = (one for one in sorted(totals.pools.values()) if one.purse == pool.purse and not one.month and totals[one.basis])
    taker = next((one.name for one in own if amount > 0 or one.amount), None)
    return Pico(amount) if taker == pool.name else ZERO_PICO


def carried(totals: Totals) -> dict[Purse, Pico]:
    """What joined the month's pools, by purse."""
    return {Purse(*name.term, name.currency): Pico(pico) for name, pico in totals.notes.items() if name.kind == CARRIED}


def undivided(
    month: str, totals: Totals, pools_paid: Mapping[TotalKey, Pico], terms: Mapping[TermKey, SettledTerm]
) -> dict[LineKey, Posting]:
    """The residue and suspense postings of the pools owed in a month.

    `pools_paid` covers all months that they were spread over; `terms` are those that opened them, by name.
    Raises `InvariantBroken` where more was paid from a pool than it holds.
    """
    joined = carried(totals)
    found: dict[LineKey, Posting] = {}
    for name, pool in sorted(owed_in(month, totals).items()):
        left = pool.amount - pools_paid.get(name, ZERO_PICO)
        if left < 0:
            raise InvariantBroken("conserved", f"pool {name} of {month} paid {-left} pico more than it holds")
        left -= joined.pop(pool.purse, ZERO_PICO) if totals[pool.basis] else 0
        key = _key(month, pool, terms[pool.name.term], divided=totals[pool.basis] > 0)
        found[key] = Posting(ZERO_NANO, found.get(key, lines.NOTHING).amount + left, ZERO_PICO)
    return {key: posting for key, posting in found.items() if posting.amount}


def owed_in(month: str, totals: Totals) -> dict[TotalKey, Pool]:
    """The pools that a month owes; it knows those that are shared over several months, too."""
    return {name: pool for name, pool in totals.pools.items() if pool.month in {"", month}}


def _key(month: str, pool: Pool, term: SettledTerm, *, divided: bool) -> LineKey:
    return LineKey(
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
        reason="" if divided else lines.UNATTRIBUTED,
        currency=pool.currency,
    )


def standing(month: str, totals: Totals, pools_paid: Mapping[TotalKey, Pico]) -> dict[Purse, Pico]:
    """What a month adds to the standing residue, by purse: left over, less what had joined it."""
    added: dict[Purse, Pico] = {}
    for name, pool in owed_in(month, totals).items():
        if totals[pool.basis]:
            added[pool.purse] = added.get(pool.purse, ZERO_PICO) + pool.amount - pools_paid.get(name, ZERO_PICO)
    for purse, pico in carried(totals).items():
        added[purse] -= pico
    return {purse: pico for purse, pico in sorted(added.items()) if pico}
