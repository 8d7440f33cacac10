"""What one month comes to, mechanism by mechanism, before guarantees and liquidations."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tests.model.clauses import (
    by_tier,
    days_of,
    direct_part,
    last_day,
    pool_name,
)
from tests.model.exact import ONE, ZERO, half_even, number
from tests.model.following import fall_back
from tests.model.holding import Claim, Deal
from tests.model.ledger import Key, Ledger, Pool, key_of
from tests.model.levies import deposit
from tests.model.pooling import owe_revenue
from tests.model.repertoires import repertoire, weight_of, works_of
from tests.model.terms import Term
from tests.model.tiering import count_units, owe_by_tier, price_by_tier
from tests.model.usage import Facts, Use, latest_runs, runs_of, trained, used

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from fractions import Fraction

    from tests.model.register import Register

Priced = tuple[Use, Claim, Term]


def _order(use: Use) -> tuple[str, ...]:
    return use.kind, use.model, use.licensee, use.split, use.day, use.use, use.territory, use.service


class Month:
    """One month, priced from the facts."""

    def __init__(self, facts: Facts, month: str, register: Register) -> None:
        self.facts, self.month, self.register = facts, month, register
        self.ledger = Ledger(month)
        self.uses = [*used(facts, month), *trained(runs_of(facts, month))]
        self.latest = trained(latest_runs(facts, last_day(month)))
        self.stated: dict[tuple[str, str, int], Deal] = {}
        self.terms, self.deals = self._as_a_whole()
        self.greater: dict[tuple[str, str, int], str] = {}
        self.used: dict[tuple[str, str], Fraction] | None = None
        self.units: dict[tuple[tuple[str, str, int], str], dict[str, Fraction]] = defaultdict(lambda: defaultdict(lambda: ZERO))
        self.fees: dict[tuple[Any, ...], dict[tuple[Key, bool], Fraction]] = defaultdict(lambda: defaultdict(lambda: ZERO))
        self.nobodys: dict[tuple[str, str, int], dict[str, int]] = {}
        self.earlier: Sequence[Month] = ()
        self.net: dict[tuple[str, str, int], dict[str, Fraction]] = {}
        self.weak: dict[tuple[Any, ...], dict[str, Fraction]] = defaultdict(lambda: defaultdict(lambda: ZERO))

    def _as_a_whole(self) -> tuple[dict[tuple[str, str, int], Term], dict[str, tuple[Deal, str]]]:
        """The month's terms in their last version, and each deal with its last day in force."""
        terms: dict[tuple[str, str, int], Term] = {}
        deals: dict[str, tuple[Deal, str]] = {}
        licensees = {version["content"]["licensee"] for versions in self.facts["deals"].values() for version in versions}
        for day in days_of(self.month):
            for deal in (deal for licensee in licensees for deal in self.register.deals(licensee, day)):
                terms |= {term.name: term for term in deal.terms}
                self.stated |= {term.name: deal for term in deal.terms}
                deals[deal.deal_id] = (deal, day)
        return terms, deals

    def deal_of(self, term: Term) -> Deal:
        return self.deals[term.deal_id][0]

    def currency_of(self, term: Term) -> str:
        """In which a term states its figures: that of the version that has it, for nobody agreed to them in another."""
        return str(self.stated[term.name].says["currency"])

    def price(self, earlier: Sequence[Month] = ()) -> Ledger:
        """The ledger of the month's first round; `earlier` are the months that were priced before it, for tiers that go on."""
        priced = [
            (use, claim, term)
            for use in self.uses
            for claim in self.register.claims(use)
            if self.is_eligible(claim, use)
            for term in self.register.terms_for(claim, use)
        ]
        self.ledger.caps = {term.name: term.says["cap"] for term in self.terms.values() if term.says.get("cap")}
        count_units(self, priced)
        self._compare(priced)
        for use, held, term in priced:
            self._price(use, held, term)
        self._count_once([one for one in priced if one[2].mechanism in {"revenue_pool", "licence_fee"} and one[2].says["basis"] == "equal"])
        self.earlier = earlier
        for term in self.terms.values():
            self._owe_as_a_whole(term)
        owe_by_tier(self, earlier)
        fall_back(self, priced)
        for levy in self.facts["levies"]:
            if levy["month"] == self.month:
                deposit(self.ledger, self.register, levy, works_of(self), last_day(self.month))
        return self.ledger

    def is_eligible(self, held: Claim, use: Use) -> bool:
        """Whether the deal lets the work earn: used often enough in the month, and by hand if it asks for that."""
        rule = self.deals[held.deal.deal_id][0].says.get("eligibility") if held.deal else None
        if not rule or not held.deal:
            return True
        found = self.register.work(held.work_id, use.day)
        if rule.get("human_only") and found and "generated" in (found[1].get("ai") or {}).values():
            return False
        return bool(self._used()[use.work, held.deal.deal_id] >= rule.get("min_uses", 0))

    def _used(self) -> dict[tuple[str, str], Fraction]:
        """How often each work was used under each deal."""
        if self.used is None:
            self.used = defaultdict(lambda: ZERO)
            for use in self.uses:
                for deal_id in {claim.deal.deal_id for claim in self.register.claims(use) if claim.deal} if use.kind != "training" else ():
                    self.used[use.work, deal_id] += use.quantity
        return self.used

    # --- prices of single uses

    def _compare(self, priced: list[Priced]) -> None:
        """Which of rate and revenue share is greater, for each term that asks for the greater one."""
        sums: dict[Any, Fraction] = defaultdict(lambda: ZERO)
        asked: set[tuple[str, str, int]] = set()
        for use, held, term in priced:
            if term.says.get("combine") == "greater_of" and term.mechanism not in held.spared and held.deal:
                asked.add(term.name)
                rate, share = (term.rate("rate") or ZERO, term.rate("revenue_share") or ZERO)
                sums[term.name, "rate", held.deal.says["currency"]] += rate * use.quantity * held.part
                sums[term.name, "revenue_share", use.currency] += share * use.revenue * held.part
        for name in asked:
            total = {"rate": ZERO, "revenue_share": ZERO}
            for (of, price, currency), amount in sums.items():
                if of == name and amount:
                    total[price] += amount * self.rate_of_exchange(currency, self.currency_of(self.terms[name]))
            self.greater[name] = "rate" if total["rate"] > total["revenue_share"] else "revenue_share"

    def rate_of_exchange(self, source: str, target: str) -> Fraction:
        return ONE if source == target else self.facts["rates"][source, target]

    def _prices(self, use: Use, held: Claim, term: Term) -> Iterator[tuple[str, Fraction]]:
        """What a use costs by rate and by revenue share: (currency, amount)."""
        assert held.deal
        chosen = {"rate", "revenue_share"}
        if term.says.get("combine") == "greater_of":
            chosen = {self.greater.get(term.name, "revenue_share")}
        if "rate" in chosen and (rate := term.rate("rate")) is not None:
            yield held.deal.says["currency"], rate * use.quantity * held.part
        if "revenue_share" in chosen and (share := term.rate("revenue_share")) is not None and use.revenue:
            yield use.currency, share * use.revenue * held.part

    def _price(self, use: Use, held: Claim, term: Term) -> None:
        assert held.deal
        key = self.line_key(held, term, use)
        spared = term.mechanism in held.spared
        if by_tier(term):
            price_by_tier(self, use, held, term, key)
        if by_tier(term) and term.mechanism != "training_run":
            return
        if term.mechanism in {"micro_royalty", "direct_play"}:
            for currency, amount in self._prices(use, held, term):
                self.ledger.earn(key, currency, amount, spared=spared, term=term.name)
        elif term.mechanism == "per_output":
            self._price_output(use, held, term)
        elif term.mechanism == "training_run":
            self._price_run(use, held, term, key, spared=spared)
        elif term.mechanism == "licence_fee":
            self._count_for_fee(use, held, term, key, spared=spared)
        elif term.mechanism == "revenue_pool":
            self._count_in_pool(use, held, term, key, spared=spared)

    def _price_run(self, use: Use, held: Claim, term: Term, key: Key, *, spared: bool) -> None:
        assert held.deal
        fee = self.ledger.pool((*term.name, "fee", use.run_id), use.licensee)
        if term.rate("fee"):
            fee.amounts[held.deal.says["currency"]] = half_even(term.rate("fee") or ZERO)
        fee.basis[key, spared] += held.part * (use.weight if term.says.get("split") == "weight" else 1)
        if each := term.rate("fee_per_work"):
            self.ledger.earn(key, held.deal.says["currency"], each * held.part, spared=spared, term=term.name)

    def line_key(self, held: Claim, term: Term, use: Use, *, fallen: bool = False) -> Key:
        """The line of a claim on a use, kept apart by what the deal asks for."""
        key = key_of(self.month, held, term.mechanism, use.licensee, use.model, use.work, fallen=fallen)
        detail = held.deal.says.get("detail", ()) if held.deal and use.kind in {"output", "play"} else ()
        return key._replace(**{name: getattr(use, name) for name in detail})

    def _count_for_fee(self, use: Use, held: Claim, term: Term, key: Key, *, spared: bool) -> None:
        counted = {"influence": {"output"}, "usage": {"output", "play"}}.get(term.says["basis"], set())
        if use.kind in counted:
            self.fees[term.name, term.says["basis"], term.says["fee"]["per"]][key, spared] += use.quantity * held.part

    def _count_in_pool(self, use: Use, held: Claim, term: Term, key: Key, *, spared: bool) -> None:
        if use.kind not in {"influence": {"output"}, "usage": {"output", "play"}}.get(term.says["basis"], set()):
            return
        direct = ONE if use.kind == "play" else direct_part(term, use)
        counted = use.quantity * held.part
        basis = self.ledger.pool(pool_name(term), use.licensee).basis
        basis[key, spared] += counted * direct
        if (term.says.get("confidence") or {}).get("fallback", "training") == "suspense":
            fallen = self.line_key(held, term, use, fallen=True)
            basis[fallen, spared] += counted * (1 - direct)
        else:
            self.weak[*term.name, term.says["basis"]][use.model] += counted * (1 - direct)

    def _price_output(self, use: Use, held: Claim, term: Term) -> None:
        direct = direct_part(term, use)
        fallback = (term.says.get("confidence") or {}).get("fallback", "training")
        spared = term.mechanism in held.spared
        for currency, amount in self._prices(use, held, term):
            key = self.line_key(held, term, use)
            self.ledger.earn(key, currency, amount * direct, spared=spared, term=term.name)
            if fallback == "suspense":
                fallen = self.line_key(held, term, use, fallen=True)
                self.ledger.earn(fallen, currency, amount * (1 - direct), spared=spared, term=term.name)

    def _count_once(self, priced: list[Priced]) -> None:
        """`equal`: a side of a work counts once under a term, by its first use: of one day, the first by the use's name and territory.

        Who holds a part of it only later counts as far as the holders before leave something of it.
        """
        together: dict[tuple[Any, ...], list[Priced]] = defaultdict(list)
        for use, held, term in sorted(priced, key=lambda one: _order(one[0])):
            if use.kind != "training":
                together[id(use), use.work, term.name, held.side].append((use, held, term))
        free = {(*of, held.holder) for (_, *of), ones in together.items() for _, held, _ in ones if not held.held}
        counted: dict[tuple[Any, ...], dict[str, Fraction]] = defaultdict(lambda: defaultdict(lambda: ZERO))
        for (_, *of), ones in together.items():
            before = counted[tuple(of)]
            new = [(use, held, term) for use, held, term in ones if held.holder not in before]
            if sum(before.values()) + sum(held.part for _, held, _ in new) > sum(held.part for _, held, _ in ones):
                continue
            for use, held, term in new:
                before[held.holder] += held.part
                key = self.line_key(replace(held, held=held.held and (*of, held.holder) not in free), term, use)
                basis = self.fees[term.name, "equal", term.says["fee"]["per"]] if "fee" in term.says else self._pool_of(term, use).basis
                basis[key, term.mechanism in held.spared] += held.part

    def _pool_of(self, term: Term, use: Use) -> Pool:
        return self.ledger.pool(pool_name(term), use.licensee)

    # --- what is owed as a whole

    def _owe_as_a_whole(self, term: Term) -> None:
        if term.mechanism == "revenue_pool":
            owe_revenue(self, term, self.deal_of(term))
        deal = self.stated[term.name]
        begins = deal.says["from"][:7] == self.month
        if term.mechanism == "advance":
            party = term.says.get("party") or deal.says["licensor"]
            held = Claim(deal, ONE, "", "", party, party, "")
            key = key_of(self.month, held, "advance", deal.says["licensee"], "", "")
            for due in term.says.get("instalments") or [{"on": deal.says["from"], "amount": term.says["amount"]}]:
                if due["on"][:7] == self.month:
                    self.ledger.earn(key, self.currency_of(term), number(due["amount"]), term=term.name)
        elif term.mechanism == "buyout" and begins:
            pool = self.ledger.pool((*term.name, "amount"), deal.says["licensee"])
            pool.amounts[self.currency_of(term)] = half_even(number(term.says["amount"]))
            weighed = term.says.get("split") == "weight"
            for work_id, held in repertoire(self, deal, deal.says["from"]):
                key = key_of(self.month, held, "buyout", deal.says["licensee"], "", f"work:{work_id}")
                weight = weight_of(self, work_id, deal.says["licensee"], deal.says["from"]) if weighed else 1
                pool.basis[key, False] += held.part * weight

    # --- repertoires and works


__all__ = ["Key", "Month", "days_of", "last_day"]
