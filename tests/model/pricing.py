"""What one month comes to, mechanism by mechanism, before guarantees and liquidations."""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from tests.model.exact import ONE, PICO, ZERO, half_even, largest_remainder, number
from tests.model.ledger import Key, Ledger, Pool, key_of
from tests.model.levies import deposit
from tests.model.register import Claim, Deal, Register, claim, factor_of
from tests.model.terms import OUTPUT_USES, Term, covers, first_of
from tests.model.usage import Facts, Use, latest_runs, runs_of, trained, used

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

TENTH: Final = Fraction(1, 10)
SCOPES: Final = {"territory": "territories", "model": "models", "service": "services"}
Priced = tuple[Use, Claim, Term]


def last_day(month: str) -> str:
    return f"{month}-{monthrange(int(month[:4]), int(month[5:]))[1]:02d}"


def days_of(month: str) -> list[str]:
    return [f"{month}-{day:02d}" for day in range(1, int(last_day(month)[8:]) + 1)]


def _order(use: Use) -> tuple[str, ...]:
    return use.kind, use.model, use.licensee, use.split, use.day, use.use, use.territory, use.service


def _claimed(use: Use, held: Claim) -> tuple[Any, ...]:
    return (use.work, held.deal.deal_id if held.deal else "", held.side, held.party, held.holder, held.reason, held.spared)


class Month:
    """One month, priced from the facts."""

    def __init__(self, facts: Facts, month: str, cutoff: str) -> None:
        self.facts, self.month = facts, month
        self.register = Register(facts, cutoff)
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
        self.weak: dict[tuple[str, str, int], dict[str, Fraction]] = defaultdict(lambda: defaultdict(lambda: ZERO))

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

    def price(self, earlier: Sequence[Month] = ()) -> Ledger:
        """The ledger of the month's first round; `earlier` are the months that were priced before it, for tiers that go on."""
        priced = [
            (use, claim, term)
            for use in self.uses
            for claim in self.register.claims(use)
            if self._eligible(claim, use)
            for term in _covering(claim, use)
        ]
        self.ledger.caps = {
            term.name: term.says["cap"] for term in [*self.terms.values(), *(one[2] for one in priced)] if term.says.get("cap")
        }
        self._count_units(priced)
        self._compare(priced)
        for use, held, term in priced:
            self._price(use, held, term)
        self._count_once([one for one in priced if one[2].mechanism in {"revenue_pool", "licence_fee"} and one[2].says["basis"] == "equal"])
        self.earlier = earlier
        for term in self.terms.values():
            self._owe_as_a_whole(term)
        self._owe_by_tier(earlier)
        self._fall_back(priced)
        for levy in self.facts["levies"]:
            if levy["month"] == self.month:
                deposit(self.ledger, self.register, levy, self._works(), last_day(self.month))
        return self.ledger

    def _eligible(self, held: Claim, use: Use) -> bool:
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
        asked: dict[tuple[str, str, int], Deal] = {}
        for use, held, term in priced:
            if term.says.get("combine") == "greater_of" and term.mechanism not in held.spared and held.deal:
                asked[term.name] = held.deal
                rate, share = (term.rate("rate") or ZERO, term.rate("revenue_share") or ZERO)
                sums[term.name, "rate", held.deal.says["currency"]] += rate * use.quantity * held.part
                sums[term.name, "revenue_share", use.currency] += share * use.revenue * held.part
        for name, deal in asked.items():
            total = {"rate": ZERO, "revenue_share": ZERO}
            for (of, price, currency), amount in sums.items():
                if of == name and amount:
                    total[price] += amount * self.rate_of_exchange(currency, deal.says["currency"])
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
        key = self._key(held, term, use)
        spared = term.mechanism in held.spared
        if by_tier(term):
            self._price_by_tier(use, held, term, key)
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
        fee = self.ledger.pool((*term.name, use.run_id), use.licensee)
        if term.rate("fee"):
            fee.amounts[held.deal.says["currency"]] = half_even(term.rate("fee") or ZERO)
        fee.basis[key, spared] += held.part * (use.weight if term.says.get("split") == "weight" else 1)
        if each := term.rate("fee_per_work"):
            self.ledger.earn(key, held.deal.says["currency"], each * held.part, spared=spared, term=term.name)

    def _key(self, held: Claim, term: Term, use: Use, *, fallen: bool = False) -> Key:
        """The line of a claim on a use, kept apart by what the deal asks for."""
        key = key_of(self.month, held, term.mechanism, use.licensee, use.model, use.work, fallen=fallen)
        detail = held.deal.says.get("detail", ()) if held.deal and use.kind in {"output", "play"} else ()
        return key._replace(**{name: getattr(use, name) for name in detail})

    def _count_units(self, priced: list[Priced]) -> None:
        """How many units each day has, by term and currency of the revenue that tiers share."""
        for use, held, term in priced:
            if by_tier(term):
                unit, currency = tiered_by(term, use)
                self.units[term.name, currency][use.day] += unit * held.part

    def _owe_by_tier(self, earlier: Sequence[Month]) -> None:
        """Each day's units pay the tiers of the terms of that day that they fall in, after all units of the period before."""
        for (name, currency), days in list(self.units.items()):
            licensee = self.deals[name[0]][0].says["licensee"]
            for day in sorted(days):
                deal = next(one for one in self.register.deals(licensee, day) if one.deal_id == name[0])
                says = next(term.says for term in deal.terms if term.name == name)
                start = "" if says["tier_period"] == "deal" else period_of(says["tier_period"], self.month)[0]
                past = [one.units[name, currency] for one in earlier if one.month >= start]
                before = sum((sum(units.values()) for units in past), ZERO) + sum((n for of, n in days.items() if of < day), ZERO)
                if days[day]:
                    pool = self.ledger.pool((*name, day, currency), licensee)
                    pool.amounts[currency or deal.says["currency"]] = half_even(tiered(says, before, days[day]))

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
            fallen = self._key(held, term, use, fallen=True)
            basis[fallen, spared] += counted * (1 - direct)
        else:
            self.weak[term.name][use.model] += counted * (1 - direct)

    def _price_by_tier(self, use: Use, held: Claim, term: Term, key: Key) -> None:
        unit, currency = tiered_by(term, use)
        if size := unit * held.part:
            self.ledger.pool((*term.name, use.day, currency), use.licensee).basis[key, term.mechanism in held.spared] += size

    def _price_output(self, use: Use, held: Claim, term: Term) -> None:
        direct = direct_part(term, use)
        fallback = (term.says.get("confidence") or {}).get("fallback", "training")
        spared = term.mechanism in held.spared
        for currency, amount in self._prices(use, held, term):
            key = self._key(held, term, use)
            self.ledger.earn(key, currency, amount * direct, spared=spared, term=term.name)
            if fallback == "suspense":
                fallen = self._key(held, term, use, fallen=True)
                self.ledger.earn(fallen, currency, amount * (1 - direct), spared=spared, term=term.name)

    def _count_once(self, priced: list[Priced]) -> None:
        """`equal`: a work counts once under each claim, by its first use: of one day, the first by the use's name and territory."""
        counted = set()
        free = {(term.name, _claimed(use, held)) for use, held, term in priced if use.kind != "training" and not held.held}
        for use, held, term in sorted(priced, key=lambda one: _order(one[0])):
            if use.kind != "training" and (name := (term.name, _claimed(use, held))) not in counted:
                counted.add(name)
                key = self._key(replace(held, held=held.held and name not in free), term, use)
                basis = self.fees[term.name, "equal", term.says["fee"]["per"]] if "fee" in term.says else self._pool_of(term, use).basis
                basis[key, term.mechanism in held.spared] += held.part

    def _pool_of(self, term: Term, use: Use) -> Pool:
        return self.ledger.pool(pool_name(term), use.licensee)

    def cap(self, earlier: Sequence[Month]) -> None:
        """Let no term with a cap owe more than its period still allows; `earlier` are the months before."""
        for term in self.terms.values():
            if not (cap := term.says.get("cap")):
                continue
            start = "" if cap["per"] == "deal" else period_of(cap["per"], self.month)[0]
            left, currency = number(cap["amount"]) * PICO, self.deal_of(term).says["currency"]
            for month in [*(one for one in earlier if one.month >= start), self]:
                owed: dict[str, int] = defaultdict(int)
                for (name, key), pico in month.ledger.owed().items():
                    if name == term.name:
                        owed[key.currency] += pico
                lines = dict(owed)
                for of, pico in month.undivided(term).items():
                    owed[of] += pico
                worth = sum((pico * self.rate_of_exchange(of, currency) for of, pico in owed.items()), ZERO)
                allowed = min(worth, left)
                left -= allowed
                if month is self and allowed < worth:
                    self._share_cap(term, {of: int(pico * allowed / worth) for of, pico in lines.items()})
                    self._shrink(term, allowed / worth)

    def undivided(self, term: Term) -> dict[str, int]:
        """What the term's pools come to that nobody has a part of, before its cap; by currency."""
        if term.name not in self.nobodys:
            found: dict[str, int] = defaultdict(int)
            for name, pool in self.ledger.pools.items():
                if name[:3] == term.name and not sum(pool.basis.values()):
                    for currency, pico in pool.amounts.items():
                        found[currency] += pico
            self.nobodys[term.name] = found
        return self.nobodys[term.name]

    def _shrink(self, term: Term, part: Fraction) -> None:
        for name, pool in self.ledger.pools.items():
            if name[:3] == term.name and not sum(pool.basis.values()):
                pool.amounts = {currency: int(pico * part) for currency, pico in pool.amounts.items()}

    def _share_cap(self, term: Term, allowed: dict[str, int]) -> None:
        for currency, pico in allowed.items():
            pool = Pool(term.deal_id, term.mechanism, self.deal_of(term).says["licensee"])
            pool.amounts[currency] = pico
            for (name, key), owed in self.ledger.owed().items():
                if name == term.name and key.currency == currency:
                    pool.basis[key, False] += Fraction(owed)
            self.ledger.allowed[term.name, currency] = pool

    # --- what is owed as a whole

    def _owe_as_a_whole(self, term: Term) -> None:
        deal = self.deal_of(term)
        begins = deal.says["from"][:7] == self.month
        if term.mechanism == "revenue_pool":
            self._owe_revenue(term, deal)
        elif term.mechanism == "advance":
            party = term.says.get("party") or deal.says["licensor"]
            held = Claim(deal, ONE, "", "", party, party, "")
            key = key_of(self.month, held, "advance", deal.says["licensee"], "", "")
            for due in term.says.get("instalments") or [{"on": deal.says["from"], "amount": term.says["amount"]}]:
                if due["on"][:7] == self.month:
                    self.ledger.earn(key, deal.says["currency"], number(due["amount"]), term=term.name)
        elif term.mechanism == "buyout" and begins:
            pool = self.ledger.pool((*term.name, "amount"), deal.says["licensee"])
            pool.amounts[deal.says["currency"]] = half_even(number(term.says["amount"]))
            weighed = term.says.get("split") == "weight"
            for work_id, held in self.repertoire(deal, deal.says["from"]):
                key = key_of(self.month, held, "buyout", deal.says["licensee"], "", f"work:{work_id}")
                weight = self._weight(work_id, deal.says["licensee"], deal.says["from"]) if weighed else 1
                pool.basis[key, False] += held.part * weight

    def _owe_revenue(self, term: Term, deal: Deal) -> None:
        licensee = deal.says["licensee"]
        pool = self.ledger.pool(pool_name(term), licensee)
        if term.says["basis"] == "training":
            own = [use for use in self.latest if use.licensee == licensee]
            self._follow_training(term, deal, own, pool_name(term), weighed=False)
        confidence = term.says.get("confidence") or {}
        follows = confidence and confidence.get("fallback", "training") == "training"
        weak = {model: size for model, size in self.weak[term.name].items() if size} if follows else {}
        counted = sum(pool.basis.values()) + sum(weak.values())
        for of, pico in self._owed_of_revenue(term, deal).items():
            if term.says.get("whole") == "all":
                whole = self._whole(term, deal)
                pico = int(pico * counted / whole) if whole else 0  # noqa: PLW2901 - what the deal's part of it is
            if not pico:
                continue
            parts = {"": pico}
            if weak:
                parts = largest_remainder(pico, {"": sum(pool.basis.values(), ZERO), **{f"m{model}": size for model, size in weak.items()}})
            pool.amounts[of] = parts.pop("")
            for name, part in parts.items():
                self.ledger.pool((*pool_name(term), name[1:]), licensee).amounts[of] = part
        if not follows:
            return
        for model in {use.model for use in self.latest}:
            present = [use for use in self.latest if use.model == model]
            self._follow_training(term, deal, present, (*pool_name(term), model), weighed=confidence.get("basis") == "weight")

    def _owed_of_revenue(self, term: Term, deal: Deal) -> dict[str, int]:
        """The share of the reports in scope, or the greater floor; pico by currency."""
        currency = deal.says["currency"]
        told = self._reports(deal.says["licensee"])
        reports = [report for report in told if in_scope(self.stated[term.name], report)]
        if told and not reports:
            return {}
        share = term.rate("share") or ZERO
        net: dict[str, Fraction] = defaultdict(lambda: ZERO)
        for report in reports:
            net[report["currency"]] += number(report["net_revenue"])
        owed = {of: half_even(share * amount) for of, amount in net.items()}
        if term.says.get("tiers"):
            start = "" if term.says["tier_period"] == "deal" else period_of(term.says["tier_period"], self.month)[0]
            past = [month.net.get(term.name, {}) for month in self.earlier if month.month >= start]
            self.net[term.name] = net
            owed = {of: half_even(tiered(term.says, sum((one.get(of, ZERO) for one in past), ZERO), amount)) for of, amount in net.items()}
        stated = term.says.get("minimum_per_subscriber", "0")
        each = [stated.get(report.get("service", "")) if isinstance(stated, dict) else stated for report in reports]
        by_subscriber = sum((number(amount) * report["subscribers"] for amount, report in zip(each, reports, strict=True)), ZERO)
        uses = sum((use.quantity for use in self._within(deal) if use.split in {"", "recording"}), ZERO)
        least = max(by_subscriber, (term.rate("minimum_per_use") or ZERO) * uses)
        if half_even(least) > sum(pico * self.rate_of_exchange(of, currency) for of, pico in owed.items()) and half_even(least):
            return {currency: half_even(least)}
        return owed

    def _within(self, deal: Deal) -> list[Use]:
        """Everything that the licensee reported within the deal, whether the deal covers it or not."""
        return [
            use
            for use in self.uses
            if use.kind != "training"
            and use.licensee == deal.says["licensee"]
            and use.day >= deal.says["from"]
            and self.register.fits(deal, use)
            and not self.register.voided(use)
        ]

    def _whole(self, term: Term, deal: Deal) -> Fraction:
        """All that the pool's basis could count."""
        basis, within = term.says["basis"], self._within(deal)
        if basis == "usage":
            return sum((use.quantity * split_part(deal, use) for use in within), ZERO)
        if basis == "influence":
            counted = [use for use in within if use.kind == "output" and (use.attributed or term.says.get("unattributed"))]
            return sum((use.quantity * split_part(deal, use) for use in counted), ZERO)
        if basis == "equal":
            first: dict[str, Use] = {}
            for use in sorted((one for one in within if one.attributed), key=lambda one: (one.kind, one.model, one.split, one.day)):
                first.setdefault(use.work, use)
            return sum((split_part(deal, use) for use in first.values()), ZERO)
        day = self.deals[deal.deal_id][1]
        own = [use for use in self.latest if use.licensee == deal.says["licensee"]]
        present = (replace(use, kind="output", day=day, service=services_asked(deal.says)[0]) for use in own)
        return ONE * sum(1 for use in present if self.register.fits(deal, use))

    def _reports(self, licensee: str) -> list[dict[str, Any]]:
        best: dict[tuple[str, ...], dict[str, Any]] = {}
        for report in self.facts["revenue"]:
            if (report["licensee"], report["month"]) == (licensee, self.month):
                name = (report["currency"], *(report.get(dimension, "") for dimension in SCOPES))
                if name not in best or report["revision"] > best[name]["revision"]:
                    best[name] = report
        told = list(best.values())
        return told if any(report["subscribers"] for report in told) else self._with_subscribers(licensee, told)

    def _with_subscribers(self, licensee: str, told: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Revenue reports that state no subscribers have those of usage reports, each in the narrowest report that holds it."""
        said = [fact for fact in self.facts.get("reported", ()) if (fact["licensee"], fact["month"]) == (licensee, self.month)]
        filled = [dict(report) for report in sorted(told, key=lambda one: (one["currency"], *(one.get(name, "") for name in SCOPES)))]
        for service, territory, commercial_model in {(one["service"], one["territory"], one["commercial_model"]) for one in said}:
            here = [
                one for one in said if (one["service"], one["territory"], one["commercial_model"]) == (service, territory, commercial_model)
            ]
            by_type = [one for one in here if one["record"] == "SY04"] or here
            types = {one.get("subscriber_type", "") for one in by_type}
            people = sum(max(one["subscribers"] for one in by_type if one.get("subscriber_type", "") == name) for name in types)
            holding = [
                report
                for report in filled
                if not report.get("model")
                and report.get("service", "") in {"", service}
                and report.get("territory", "") in {"", "*", territory}
            ]
            if holding:
                narrowest = max(bool(one.get("service")) + (one.get("territory", "") not in {"", "*"}) for one in holding)
                first = next(one for one in holding if bool(one.get("service")) + (one.get("territory", "") not in {"", "*"}) == narrowest)
                first["subscribers"] += people
        return filled

    def _fall_back(self, priced: list[Priced]) -> None:
        """The pools of `per_output`, by model: what attribution cannot tell follows training."""
        owed: dict[tuple[Term, str, str], Fraction] = defaultdict(lambda: ZERO)
        names: dict[tuple[str, str, int], Term] = {}
        for use, held, term in priced:
            confidence = term.says.get("confidence")
            if term.mechanism == "per_output" and confidence and confidence.get("fallback", "training") == "training":
                names[term.name] = term
                for currency, amount in self._prices(use, held, term):
                    owed[term.name, use.model, currency] += amount * (1 - direct_part(term, use))  # type: ignore[index]
        for (name, model, currency), amount in owed.items():
            if amount:
                deal = self.deals[name[0]][0]  # type: ignore[index]
                pool = self.ledger.pool((*name, model), deal.says["licensee"])  # type: ignore[misc]
                pool.amounts[currency] = half_even(amount)
        for term in self.terms.values():
            confidence = term.says.get("confidence")
            if term.mechanism == "per_output" and confidence and confidence.get("fallback", "training") == "training":
                for model in {use.model for use in self.latest}:
                    present = [use for use in self.latest if use.model == model]
                    weighed = confidence.get("basis") == "weight"
                    self._follow_training(term, self.deal_of(term), present, (*term.name, model), weighed=weighed)

    def _follow_training(self, term: Term, deal: Deal, present: list[Use], name: tuple[Any, ...], *, weighed: bool) -> None:
        licensee, day = deal.says["licensee"], self.deals[deal.deal_id][1]
        basis = self.ledger.pool(name, licensee).basis
        for use in present:
            for covered in self._trained_claims(term, replace(use, licensee=licensee, day=day), deal):
                if not self._eligible(covered, replace(use, day=day)):
                    continue
                found = self.register.work(covered.work_id, day)
                held = replace(covered, held=self.register.held(use.work, found, (licensee, use.licensee, ""), day))
                key = key_of(self.month, held, term.mechanism, licensee, use.model, use.work)
                basis[key, term.mechanism in held.spared] += held.part * (use.weight if weighed else 1)

    def _trained_claims(self, term: Term, use: Use, deal: Deal) -> Iterator[Claim]:
        """Shares for which the deal is the one that covers an output of the model, for one of the term's uses."""
        uses = term.uses() if term.mechanism == "per_output" else OUTPUT_USES
        every = [*OUTPUT_USES, *(name for name in uses if name not in {*OUTPUT_USES, "*"})]
        named = [name for name in every if name in uses or "*" in uses]
        probes = [replace(use, kind="output", use=name, service=of) for name in named for of in services_asked(self.stated[term.name].says)]
        if deal.says.get("requires") == "both_sides":
            probes = [probe for probe in probes if self.register.cleared(use, probe)]
        for side, found, reached in self.register.sides(use.work, use.day):
            for holder in self.register.holders(found, use.territory):
                for probe in probes:
                    parts = self.register.parts(side, holder, probe)
                    mine = [one for one in parts if one[0] and one[0].deal_id == deal.deal_id and factor_of(one[0], side, reached)]
                    for covering, payee, spared, share in mine:
                        why = "denied_use" if self.register.denies(found, holder.party, side, probe, covering, "training") else ""
                        of_share = (holder.party, share * factor_of(covering, side, reached), first_of(holder.reason, why))
                        yield replace(claim(side, found, of_share, covering, payee), spared=spared)
                    if mine:
                        break

    # --- repertoires and works

    def repertoire(self, deal: Deal, day: str) -> Iterator[tuple[str, Claim]]:
        """What a licensor can license on a day: its own shares, and those whose mandates lead to it."""
        licensor = deal.says["licensor"]
        kinds = {"training", "generation", "output", "play", "levy"}
        for work_id in sorted(self.facts["works"]):
            found = self.register.work(work_id, day)
            if found is None:
                continue
            side = found[1]["kind"]
            for holder in self.register.holders(found):
                party, share, reason = holder.party, holder.under(deal), holder.reason
                led = self.register.societies(party, side, kinds, "*", day)
                if party and share and (party == licensor or licensor in led):
                    payee = party if party == licensor else led[licensor]
                    waits = self.register.held(f"work:{work_id}", found, (deal.says["licensee"], "", ""), day)
                    yield work_id, replace(claim(side, found, (party, share, reason), deal, payee), held=waits)

    def _weight(self, work_id: str, licensee: str, day: str) -> Fraction:
        """A work's weight in the licensee's latest runs, under whatever key it ever had."""
        keys = {f"work:{work_id}"} | {identifier for identifier, named in self.register.identified.items() if named == work_id}
        runs = [run for run in latest_runs(self.facts, day) if run["licensee"] == licensee]
        return sum((use.weight for use in trained(runs) if use.work in keys), ZERO)

    def _works(self) -> dict[str, tuple[Fraction, int]]:
        """Every key that the month knows of: its influence on outputs, and in how many latest runs it is."""
        found: dict[str, tuple[Fraction, int]] = {}
        for use in (*self.uses, *self.latest):
            if use.attributed:
                found.setdefault(use.work, (ZERO, 0))
        for use in self.uses:
            if use.kind == "output" and use.attributed:
                influence, runs = found[use.work]
                found[use.work] = (influence + use.quantity, runs)
        for use in self.latest:
            influence, runs = found[use.work]
            found[use.work] = (influence, runs + 1)
        return found


def _covering(held: Claim, use: Use) -> list[Term]:
    return [term for term in held.deal.terms if covers(term, use)] if held.deal else []


def by_tier(term: Term) -> bool:
    """Whether tiers price each use; those of a pool's share count revenue instead."""
    return bool(term.says.get("tiers")) and term.mechanism != "revenue_pool"


def tiered(says: dict[str, Any], before: Fraction, units: Fraction) -> Fraction:
    """What units cost by the tiers that they fall in, after those before."""
    tiers = [(number(tier["from"]), number(tier.get("rate") or tier.get("revenue_share"))) for tier in says["tiers"]]
    after, cost = before + units, ZERO
    for (first, price), (last, _) in zip(tiers, [*tiers[1:], (after, ZERO)], strict=True):
        cost += max(ZERO, min(after, max(last, first)) - max(before, first)) * price
    return cost


def tiered_by(term: Term, use: Use) -> tuple[Fraction, str]:
    """What a use counts in tiers: itself, or its revenue in a currency."""
    return (use.revenue, use.currency) if "revenue_share" in term.says["tiers"][0] else (use.quantity, "")


def services_asked(says: dict[str, Any]) -> list[str]:
    """The services in which an output might be used under a deal: those that it names, else one that does not matter."""
    named = says.get("services") or ["*"]
    return [""] if "*" in named else named


def period_of(per: str, month: str) -> tuple[str, ...]:
    """The months of the calendar period that a month is in."""
    size, number_of_month = {"month": 1, "quarter": 3, "year": 12}[per], int(month[5:])
    first = (number_of_month - 1) // size * size + 1
    return tuple(f"{month[:4]}-{first + offset:02d}" for offset in range(size))


def pool_name(term: Term) -> tuple[Any, ...]:
    """A revenue pool is shared by what its last terms say, over the days whose terms counted alike."""
    return (*term.name, term.says["basis"], "by confidence" if term.says.get("confidence") else "")


def in_scope(deal: Deal, report: dict[str, Any]) -> bool:
    """Whether a report is of what the deal is limited to; one that does not say is not."""
    for dimension, limits in SCOPES.items():
        named = deal.says.get(limits) or ["*"]
        if "*" not in named and report.get(dimension) not in named:
            return False
    return True


def split_part(deal: Deal, use: Use) -> Fraction:
    """What a deal's sides leave of a use in the split of one side."""
    return factor_of(deal, use.split, "disclosed") if use.split else ONE


def direct_part(term: Term, use: Use) -> Fraction:
    """How much of the price goes by influence; the rest goes to the fallback."""
    confidence = term.says.get("confidence")
    if not confidence:
        return ONE
    if not use.attributed or use.band * TENTH < number(confidence.get("min")):
        return ZERO
    return use.band * TENTH if term.says.get("blend") else ONE


__all__ = ["Key", "Month", "days_of", "last_day"]
