"""Adds up what uses earn into postings: exact sums first, one rounding per line at the end.

Pools are shared by a line's whole basis, not use by use, so that a line does not depend on how
its usage was cut into batches, days, shards or buckets. Until they are, its key names no currency: a pool pays in its own.
"""

from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple

from overtone import lines
from overtone.lines import FRAUD_HOLD, LineKey, LineSide, Posting
from overtone.mechanisms import MECHANISMS, SettledTerm, caps
from overtone.mechanisms.shape import PART, Claim, Earning, PoolPart, Use
from overtone.mechanisms.totals import TermKey, TotalKey, Totals
from overtone.money import NANO, format_amount, format_share, round_half_even, split, to_pico
from overtone.scales import ZERO_FINE, ZERO_PICO, Nano, Pico
from overtone.settlement.adjustments import LineDifference
from overtone.settlement.consent import first_reason
from overtone.settlement.coverage import Covered

_COUNTED_WHOLE = frozenset({"training", "repertoire"})
"""Kinds of use whose quantity is presence: one."""


class Priced(NamedTuple):
    """One term applied to one use for one claim: what the trace of an explanation shows."""

    key: LineKey
    use: Use
    covered: Covered
    term: SettledTerm
    earned: Earning | PoolPart


class Denied(NamedTuple):
    """Uses of one kind of a holder's share, denied."""

    use: str
    licensee: str
    model: str
    work_key: str
    work_id: str
    side: LineSide
    holder: str


DeniedAmounts = dict[Denied, dict[str, Pico]]
"""By currency."""


class Sum:
    """What has come together under one line key. `quantity` in 1e-27."""

    __slots__ = ("fine", "pico", "quantity", "shadow_fine", "shadow_pico")

    def __init__(self) -> None:
        self.quantity = 0
        self.fine = self.shadow_fine = ZERO_FINE
        self.pico = self.shadow_pico = ZERO_PICO

    def posting(self) -> Posting:
        """Rounded once, half-even."""
        return Posting(
            Nano(round_half_even(self.quantity, PART)),
            to_pico(self.fine) + self.pico,
            to_pico(self.shadow_fine) + self.shadow_pico,
        )


class Tally:
    """Collects the lines of one month; `trace` sees every step of the arithmetic."""

    def __init__(
        self, month: str, totals: Totals, trace: Callable[[Priced], None] | None = None, capping: frozenset[TermKey] = frozenset()
    ) -> None:
        """`capping`: the terms whose periods say at the month's end how much they may owe, whichever version priced a use."""
        self.month = month
        self.totals = totals
        self.trace = trace
        self.sums: dict[LineKey, Sum] = {}
        self.titles: dict[LineKey, str] = {}
        self.counts: dict[tuple[LineKey, frozenset[TotalKey], frozenset[str]], int] = {}
        self.bases: dict[tuple[LineKey, TotalKey, bool], int] = {}
        self.pools_paid: dict[TotalKey, Pico] = {}
        self.denied: dict[LineKey, dict[tuple[str, str], int]] = {}
        self.capped: dict[tuple[LineKey, TermKey], Sum] = {}
        self.owed: dict[tuple[LineKey, TermKey], Pico] = {}
        self.adjustments: dict[LineKey, list[LineDifference]] = {}
        self._capping = capping

    def add(self, use: Use, covered: Covered) -> None:
        """Price one use of one claim by every term of its deal."""
        claim, earning, sharing = covered.claim, set[LineKey](), dict[LineKey, set[TotalKey]]()
        for term in covered.terms:
            name = term.terms.mechanism
            for earned in MECHANISMS[name].entitle(term, covered.seen(use, term), claim, self.totals):
                waits = claim.held and not (term.key in covered.freed and isinstance(earned, PoolPart))
                key = self.key_of(use, claim if waits == claim.held else claim._replace(held=False), term, earned)
                self._earn(key, earned, term, spared=name in claim.spared)
                if isinstance(earned, PoolPart):
                    sharing.setdefault(key, set()).add(earned.basis_name)
                else:
                    earning.add(key)
                if covered.standing.denied:
                    self._deny(key, use, claim)
                if self.trace:
                    self.trace(Priced(key, use, covered, term, earned))
        if use.kind != "line":
            self._count((NANO if use.kind in _COUNTED_WHOLE else use.quantity) * claim.part, earning, sharing)

    def postings(self) -> dict[LineKey, Posting]:
        """What stands under each key, pools shared and everything rounded; keys without any of it left out."""
        self._share_pools()
        self._cap()
        rounded = {key: total.posting() for key, total in self.sums.items()}
        return {key: posting for key, posting in sorted(rounded.items()) if any(posting)}

    def denied_amounts(self, postings: Mapping[LineKey, Posting]) -> DeniedAmounts:
        """What denied uses wait with, by use and holder: each line's amount in proportion to what it counted of them."""
        found: DeniedAmounts = {}
        for key, posting in postings.items():
            weights = self.denied.get(key._replace(currency=""))
            if not weights or posting.amount <= 0:
                continue
            for (used, holder), pico in split(posting.amount, weights).items():
                named = Denied(used, key.licensee, key.model, key.work_key, key.work_id, key.side, holder)
                by_currency = found.setdefault(named, {})
                by_currency[key.currency] = by_currency.get(key.currency, ZERO_PICO) + pico
        return found

    def _deny(self, key: LineKey, use: Use, claim: Claim) -> None:
        """Count a denied use; presence that only a pool asks for was denied in the month of its training."""
        if use.kind not in {"output", "training"}:
            return
        weights = self.denied.setdefault(key._replace(currency=""), {})
        name = (use.named, claim.holder)
        weights[name] = weights.get(name, 0) + (use.quantity or NANO) * claim.part

    def _share_pools(self) -> None:
        for (key, basis_name, spared), basis in self.bases.items():
            for pool, part in self.totals.parts(basis_name, basis):
                self.pools_paid[pool.name] = self.pools_paid.get(pool.name, ZERO_PICO) + part
                of_currency = key._replace(currency=pool.currency)
                self.titles.setdefault(of_currency, self.titles[key])
                total = self.sums.setdefault(of_currency, Sum())
                if spared:
                    total.shadow_pico += part
                else:
                    self._counting(of_currency, basis_name.term).pico += part
        for (key, bases, counted), quantity in self.counts.items():
            for currency in {pool.currency for name in bases for pool, _ in self.totals.parts(name, 0)} - counted:
                self.sums[key._replace(currency=currency)].quantity += quantity
        self.bases.clear()
        self.counts.clear()

    def _counting(self, key: LineKey, term: TermKey) -> Sum:
        """Where a term's money under a key comes together: with that of others, or by itself where a cap is to look at it."""
        total = self.sums.setdefault(key, Sum())
        return self.capped.setdefault((key, term), Sum()) if term in self._capping else total

    def _cap(self) -> None:
        """Add what capped terms come to, as far as the totals say that their periods allow it."""
        for (key, term), total in self.capped.items():
            owed = self.owed[key, term] = total.posting().amount
            for pool, part in self.totals.parts(caps.owed_name(term, self.month, key.currency), owed):
                self.pools_paid[pool.name] = self.pools_paid.get(pool.name, ZERO_PICO) + part
                whole = Pico(self.totals[pool.basis])
                factor = f"{format_amount(pool.amount)} of {format_amount(whole)} may be owed, x {_factor(pool.amount, whole)}"
                allowed = f"of {format_amount(owed)} {key.currency} the period of {term.mechanism} still allowed {format_amount(part)}"
                words = f"capped: {allowed}; in the month {factor}"
                self.adjustments.setdefault(key, []).append(LineDifference(words, part - owed))
                owed = part
            self.sums[key].pico += owed

    def key_of(self, use: Use, claim: Claim, term: SettledTerm, earned: Earning | PoolPart) -> LineKey:
        """The line that an earning goes to; of a part of pools, without a currency."""
        suspended = first_reason((earned.reason, FRAUD_HOLD if claim.held else ""))
        key = LineKey(
            usage_month=self.month,
            deal_id=claim.deal_id,
            mechanism=term.terms.mechanism,
            licensee=term.licensee,
            model=use.model,
            work_key=claim.work_key,
            work_id=claim.work_id,
            side=claim.side,
            account=lines.SUSPENSE if suspended else claim.account,
            party_id="" if suspended else claim.party_id,
            member_id="" if suspended else claim.member_id,
            reason=first_reason((claim.reason, suspended)),
            currency=earned.currency if isinstance(earned, Earning) else "",
        )
        if term.detail and use.kind in {"output", "play"}:
            key = key._replace(**{name: getattr(use, name) for name in term.detail})
        self.titles.setdefault(key, claim.title)
        return key

    def _earn(self, key: LineKey, earned: Earning | PoolPart, term: SettledTerm, *, spared: bool) -> None:
        if isinstance(earned, PoolPart):
            name = (key, earned.basis_name, spared)
            self.bases[name] = self.bases.get(name, 0) + earned.basis
            return
        if spared:
            self.sums.setdefault(key, Sum()).shadow_fine += earned.fine
        else:
            total = self._counting(key, term.key)
            total.fine += earned.fine

    def _count(self, quantity: int, earning: Collection[LineKey], sharing: Mapping[LineKey, Collection[TotalKey]]) -> None:
        """Count a use once in each line that it earns something in; in those that share pools once these are known."""
        for key in earning:
            self.sums[key].quantity += quantity
        for key, bases in sharing.items():
            counted = frozenset(one.currency for one in earning if one._replace(currency="") == key)
            name = key, frozenset(bases), counted
            self.counts[name] = self.counts.get(name, 0) + quantity


def _factor(part: int, whole: int) -> str:
    """A part of a whole as a decimal, cut after nine places; of nothing it is nothing."""
    if not whole:
        return "0"
    cut = Nano(part * NANO // whole)
    return format_share(cut) if cut * whole == part * NANO else f"{format_share(cut)}…"
