"""Sums under line keys, and pools: exact until a line is asked for."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.model.exact import ZERO, half_even
from tests.model.terms import first_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from fractions import Fraction

    from tests.model.holding import Claim

Name = tuple[Any, ...]
Purse = tuple[str, str, int, str]
"""What residue is kept under: deal, mechanism, ordinal, currency."""


class Key(NamedTuple):
    """What makes two amounts the same claim of the same payee: the columns of `lines.csv`."""

    usage_month: str
    deal_id: str
    mechanism: str
    licensee: str
    model: str
    work_key: str
    work_id: str
    side: str
    account: str
    party_id: str
    member_id: str
    reason: str
    currency: str
    territory: str = ""
    use: str = ""
    service: str = ""

    def plain(self) -> Key:
        """Without what a deal keeps its lines apart by."""
        return self._replace(territory="", use="", service="")


class Line(NamedTuple):
    """What stands under a key, in pico; `shadow` is what a buyout spares the licensee."""

    amount: int
    shadow: int


def key_of(month: str, claim: Claim, mechanism: str, licensee: str, model: str, work: str, *, fallen: bool = False) -> Key:
    """The key of what a claim earns by a mechanism, its currency still open; `fallen`: it waits as unattributed."""
    assert claim.deal
    reason = first_of(claim.reason, "fraud_hold" if claim.held else "", "unattributed" if fallen else "")
    return Key(
        month,
        claim.deal.deal_id,
        mechanism,
        licensee,
        model,
        work,
        claim.work_id,
        claim.side,
        "suspense" if reason else "party",
        "" if reason else claim.party,
        "" if reason else claim.member,
        reason,
        "",
    )


class Pool:
    """Amounts (pico, by currency) that are owed as a whole, and what they are shared over."""

    def __init__(self, deal_id: str, mechanism: str, licensee: str) -> None:
        self.deal_id, self.mechanism, self.licensee = deal_id, mechanism, licensee
        self.amounts: dict[str, int] = {}
        self.joined: dict[str, int] = defaultdict(int)
        self.basis: dict[tuple[Key, bool], Fraction] = defaultdict(lambda: ZERO)

    def parts(self) -> list[tuple[Key, bool, int]]:
        """Each line's part of the amount and of what joined it, rounded down."""
        whole = sum(self.basis.values())
        return [
            (key._replace(currency=currency), spared, (amount + self.joined[currency]) * basis // whole)
            for currency, amount in self.amounts.items()
            for (key, spared), basis in self.basis.items()
            if whole
        ]

    def left(self) -> dict[str, int]:
        """What the parts leave of each amount; what joined it was left by another month, and is taken from there."""
        left = dict(self.amounts)
        for key, _, part in self.parts():
            left[key.currency] -= part
        return left

    def rest_key(self, month: str, currency: str) -> Key:
        """Where the rest stands: residue of a division, or waiting for somebody to share in it."""
        nobody = not sum(self.basis.values())
        account, reason = ("suspense", "unattributed") if nobody else ("residue", "")
        return Key(month, self.deal_id, self.mechanism, self.licensee, "", "", "", "", account, "", "", reason, currency)


class Ledger:
    """What a month comes to."""

    def __init__(self, month: str) -> None:
        self.month = month
        self.exact: dict[tuple[Key, bool, Name], Fraction] = defaultdict(lambda: ZERO)
        self.caps: dict[Name, dict[str, Any]] = {}
        self.allowed: dict[tuple[Name, str], Pool] = {}
        self.pools: dict[Name, Pool] = {}

    def earn(self, key: Key, currency: str, amount: Fraction, *, spared: bool = False, term: Name = ()) -> None:
        """`term`: of a term that has a cap, which looks at what its lines come to by themselves."""
        self.exact[key._replace(currency=currency), spared, () if spared else self.capped(term)] += amount

    def capped(self, name: Name) -> Name:
        """The term of a pool or an amount, if it has a cap."""
        return name[:3] if name[:3] in self.caps else ()

    def pool(self, name: Name, licensee: str) -> Pool:
        """A pool by name; a name begins with deal and mechanism."""
        return self.pools.setdefault(name, Pool(name[0], name[1], licensee))

    def join(self, standing: Mapping[Purse, int]) -> dict[Purse, int]:
        """Let standing residue join the first pool of its purse that has a basis; what joined."""
        joined: dict[Purse, int] = {}
        for name in sorted(self.pools):
            pool = self.pools[name]
            for currency, amount in pool.amounts.items():
                purse = (name[0], name[1], name[2], currency)
                joining = max(standing.get(purse, 0), -amount)
                if joining and sum(pool.basis.values(), ZERO) and purse not in joined:
                    joined[purse] = pool.joined[currency] = joining
        return joined

    def left(self) -> dict[Purse, int]:
        """What division leaves, by purse."""
        left: dict[Purse, int] = defaultdict(int)
        for name, pool in self.every_pool():
            for currency, pico in pool.left().items() if sum(pool.basis.values()) else ():
                left[name[0], name[1], name[2], currency] += pico
        return left

    def every_pool(self) -> list[tuple[Name, Pool]]:
        """Also those that a cap shares out."""
        return [*self.pools.items(), *(((*term, "cap"), pool) for (term, _), pool in self.allowed.items())]

    def owed(self) -> dict[tuple[Name, Key], int]:
        """What the terms with a cap come to by line, before it."""
        found: dict[tuple[Name, Key], int] = defaultdict(int)
        for (key, spared, capped), amount in self.exact.items():
            if capped and not spared:
                found[capped, key] += half_even(amount)
        for name, pool in self.pools.items():
            for key, spared, part in pool.parts() if self.capped(name) else ():
                if not spared:
                    found[self.capped(name), key] += part
        return found

    def lines(self) -> dict[Key, Line]:
        """Every line of the month: exact sums rounded once, and parts of pools."""
        found: dict[Key, list[int]] = defaultdict(lambda: [0, 0])
        for (key, spared, capped), exact in self.exact.items():
            found[key][spared] += 0 if capped else half_even(exact)
        for name, pool in self.pools.items():
            for key, spared, part in pool.parts():
                found[key][spared] += part if spared or not self.capped(name) else 0
        for (term, key), amount in self.owed().items():
            cap = self.allowed.get((term, key.currency))
            found[key][0] += next((part for of, _, part in cap.parts() if of == key), 0) if cap else amount
        for _, pool in self.every_pool():
            for currency, left in pool.left().items():
                found[pool.rest_key(self.month, currency)][0] += left
        return {key: Line(*amounts) for key, amounts in found.items() if any(amounts)}
