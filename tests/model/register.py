"""The registry on a day: who holds what, what deals say, and which deal reaches whom."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from tests.model.exact import NANO, ONE, ZERO, largest_remainder, number
from tests.model.holding import FOREVER, RIGHTS, Claim, Deal, Holder, agreed_mandates, end_of_tail, in_force, whole_of_right
from tests.model.terms import PRICED_KINDS, bought_out, covers, denied, first_of, for_use, mandated, regime, terms_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.model.terms import Term
    from tests.model.usage import Facts, Use


SOCIETIES_MAX = 4


class Register:
    """Answers by day, from plain facts."""

    def __init__(self, facts: Facts, cutoff: str) -> None:
        self.facts, self.cutoff = facts, cutoff
        self.identified = {
            identifier: work_id
            for work_id, versions in facts["works"].items()
            for version in versions
            if version["recorded_at"] <= cutoff
            for identifier in version["content"].get("identifiers", ())
        }
        self._said: dict[str, dict[str, dict[str, Any]]] = {}
        self._deals: dict[tuple[str, str], list[Deal]] = {}
        self._alike: dict[tuple[tuple[str, int, bool], ...], list[Deal]] = {}
        self._claims_on: dict[Use, list[Claim]] = {}
        self._covering: dict[tuple[str, ...], tuple[Deal | None, str, frozenset[str]]] = {}
        self._holders: dict[tuple[int, str], list[Holder]] = {}
        self._societies: dict[tuple[str, str, frozenset[str], str, str], dict[str, str]] = {}

    def work(self, work_id: str, day: str) -> tuple[str, dict[str, Any]] | None:
        says = in_force(self.facts["works"].get(work_id, ()), day, self.cutoff)
        return (work_id, says) if says else None

    def find(self, key: str, day: str) -> tuple[str, dict[str, Any]] | None:
        work_id = key.removeprefix("work:") if key.startswith("work:") else self.identified.get(key, "")
        return self.work(work_id, day)

    # --- deals

    def deals(self, licensee: str, day: str) -> list[Deal]:
        """A licensee's deals on a day, in the order in which they are asked."""
        if (licensee, day) not in self._deals:
            self._deals[licensee, day] = self._on(licensee, day)
        return self._deals[licensee, day]

    def _on(self, licensee: str, day: str) -> list[Deal]:
        if day not in self._said:
            found = {deal_id: in_force(versions, day, self.cutoff) for deal_id, versions in self.facts["deals"].items()}
            self._said[day] = {deal_id: says for deal_id, says in found.items() if says and says["from"] <= day <= end_of_tail(says)}
        current = {deal_id: says for deal_id, says in self._said[day].items() if says["licensee"] == licensee}
        # what a version says lives as long as the facts, and its terms are those of any other day before or behind its last
        alike = tuple((deal_id, id(says), day <= (says.get("to") or FOREVER)) for deal_id, says in current.items())
        if alike not in self._alike:
            order = sorted(sorted(current), key=lambda deal_id: current[deal_id]["from"], reverse=True)
            self._alike[alike] = [Deal(deal_id, current[deal_id], terms_of(deal_id, current, day)) for deal_id in order]
        return self._alike[alike]

    def terms_for(self, held: Claim, use: Use) -> list[Term]:
        """The terms that cover a claim on a use, as they price uses of its name on its day."""
        says = {deal.deal_id: deal.says for deal in self.deals(use.licensee, use.day)}
        return [for_use(term, says, use.day, use) for term in held.deal.terms if covers(term, use)] if held.deal else []

    def fits(self, deal: Deal, use: Use) -> bool:
        runs = [run["trained_on"] for run in self.facts["runs"] if (run["licensee"], run["model"]) == (use.licensee, use.model)]
        return deal.fits(use, runs)

    # --- works

    def sides(self, key: str, day: str) -> list[tuple[str, tuple[str, dict[str, Any]] | None, str]]:
        """(side, work, how it was reached): `alone`, `disclosed` or `linked`."""
        found = self.find(key, day)
        kind = found[1]["kind"] if found else {"iswc": "composition", "isni": "likeness"}.get(key.split(":", maxsplit=1)[0])
        if kind in {"composition", "likeness"}:
            return [(kind, found, "alone")]
        linked = found[1].get("composition") if found else None
        return [("recording", found, "disclosed"), ("composition", self.work(linked, day) if linked else None, "linked")]

    def holders(self, found: tuple[str, dict[str, Any]] | None, territory: str = "*") -> list[Holder]:
        """Who holds a side where a use was, and why it waits, whatever its owners allow; in each right they add up to the whole."""
        if found is None:
            return [Holder("", "unregistered", dict.fromkeys(RIGHTS, ONE), ONE)]
        name = id(found[1]), territory  # what a version says lives as long as the facts
        if name not in self._holders:
            self._holders[name] = self._holders_of(found, territory)
        return self._holders[name]

    @staticmethod
    def _holders_of(found: tuple[str, dict[str, Any]], territory: str) -> list[Holder]:
        wholes = {right: whole_of_right(found[1], territory, right) for right in RIGHTS}
        names = dict.fromkeys(name for whole in wholes.values() for name in whole)
        rights = {name: {right: wholes[right].get(name, ZERO) for right in RIGHTS} for name in names}
        means = largest_remainder(NANO, {name: sum(parts.values(), ZERO) for name, parts in rights.items()})
        return [Holder(*name, rights[name], Fraction(means[name], NANO)) for name in names]

    def held(self, key: str, found: tuple[str, dict[str, Any]] | None, who: tuple[str, str, str], day: str) -> bool:
        """Whether a hold that stands names this licensee, reporter, subject and work (the one disclosed, or that of the side)."""
        return self._named(key, found[0] if found else "", who, day, void=False)

    def voided(self, use: Use, work_id: str = "") -> bool:
        """Whether a decision took a use out of the bill."""
        return self._named(use.work, work_id, (use.licensee, use.licensee, use.subject), use.day, void=True)

    def void(self, key: str, work_id: str, who: tuple[str, str, str], day: str, *, by_work: bool = False) -> bool:
        """Whether a decision took out what these do in a month as a whole; `by_work`: one that names the work."""
        return self._named(key, work_id, who, day, void=True, by_work=by_work)

    def _named(self, key: str, work_id: str, who: tuple[str, str, str], day: str, *, void: bool, by_work: bool = False) -> bool:
        disclosed = self.find(key, day)
        names = {"licensee": {who[0]}, "reporter": {who[1]}, "subject": {who[2]}}
        names["work"] = {disclosed[0] if disclosed else "", work_id} - {""}
        standing = [
            hold
            for hold in self.facts.get("holds", ())
            if hold["recorded_at"] <= self.cutoff and day[:7] in hold["months"]
            if hold.get("work") or not by_work
            if (hold.get("released_at", FOREVER) <= self.cutoff) == void and (hold.get("void") or not void)
        ]
        return any(all(hold[name] in fitting for name, fitting in names.items() if hold.get(name)) for hold in standing)

    # --- mandates

    def societies(self, party: str, side: str, kinds: set[str], territory: str, day: str) -> dict[str, str]:
        """Every society that mandates lead to, with the party's own one that leads there; the first is the party's first."""
        name = party, side, frozenset(kinds), territory, day
        if name not in self._societies:
            self._societies[name] = self._led(*name)
        return self._societies[name]

    def _led(self, party: str, side: str, kinds: frozenset[str], territory: str, day: str) -> dict[str, str]:
        led: dict[str, str] = {}
        frontier = [(party, "")] if party else []
        for _ in range(SOCIETIES_MAX):
            found = []
            for member, own in frontier:
                for mandate in agreed_mandates(self.facts["parties"].get(member, ()), day, self.cutoff):
                    there = territory == "*" or {"*", territory} & set(mandate.get("territories", ["*"]))
                    society = mandate["society"]
                    fits = there and side in mandate["rights"] and kinds & set(mandate["uses"])
                    if fits and society != party and society not in led:
                        led[society] = own or society
                        found.append((society, led[society]))
            frontier = found
        return led

    def parts(self, side: str, holder: Holder, use: Use) -> list[tuple[Deal | None, str, frozenset[str], Fraction]]:
        """(deal, who is paid, what a buyout spares, the part that is priced) of a holder's share: by right where deals differ in it."""
        found: dict[tuple[str, str, frozenset[str]], tuple[Deal | None, list[str]]] = {}
        for right in RIGHTS:
            deal, payee, spared = self.covering(side, holder.party, use, right)
            found.setdefault((deal.deal_id if deal else "", payee, spared), (deal, []))[1].append(right)
        parts = [(deal, payee, spared, holder.under(deal, rights)) for (_, payee, spared), (deal, rights) in found.items()]
        return [one for one in parts if one[3]]

    def covering(self, side: str, party: str, use: Use, right: str) -> tuple[Deal | None, str, frozenset[str]]:
        """The deal that covers one right of a party's share, who is paid, and what a buyout spares."""
        name = (side, party, use.licensee, use.day, use.kind, use.use, use.territory, use.model, use.service, right)
        if name not in self._covering:
            self._covering[name] = self._cover(side, party, use, right)
        return self._covering[name]

    def _cover(self, side: str, party: str, use: Use, right: str) -> tuple[Deal | None, str, frozenset[str]]:
        led = self.societies(party, side, {mandated(use)}, use.territory, use.day)
        first = next(iter(led), party)
        spared: set[str] = set()
        chosen: dict[str, tuple[Deal, str]] = {}
        for deal in self.deals(use.licensee, use.day):
            if not self.fits(deal, use) or right not in deal.says.get("rights", RIGHTS):
                continue
            licensor = deal.says.get("licensor")
            if party and licensor == party:
                tier, payee = "1 direct", party
            elif licensor in led:
                tier, payee = "2 society", led[licensor]
            elif deal.is_open:
                tier, payee = "3 open", first
            else:
                continue
            if tier != "3 open":
                spared |= {name for term in deal.terms for name in bought_out(term) if use.kind in PRICED_KINDS[name]}
            if any(covers(term, use) for term in deal.terms):
                chosen.setdefault(tier, (deal, payee))
        if not chosen:
            return None, first, frozenset(spared)
        deal, payee = chosen[min(chosen)]
        return deal, payee, frozenset(spared)

    def denies(self, found: tuple[str, dict[str, Any]] | None, party: str, side: str, use: Use, deal: Deal | None, asked: str = "") -> bool:
        """Whether the owners' word (on this kind of use, else on another), or their silence under the deal that covers it, denies it."""
        if found is None:
            return False
        licensor = deal.says.get("licensor") if deal else None
        led = self.societies(party, side, {mandated(use)}, use.territory, use.day)
        signed = licensor is not None and bool(party) and licensor in {party, *led}
        return denied(found[1], asked or use.kind, use.licensee, deal.says if deal else None, signed=signed)

    def claims(self, use: Use) -> list[Claim]:
        """Who has a claim on a use, under which deal, unless it was taken out of the bill."""
        if use not in self._claims_on:
            self._claims_on[use] = [one for one in self._claims(use) if not self.voided(use, one.work_id)]
        return self._claims_on[use]

    def _claims(self, use: Use) -> list[Claim]:
        if not use.attributed:
            deals = [deal for deal in self.deals(use.licensee, use.day) if self.fits(deal, use)]
            found = next((deal for deal in deals if any(covers(term, use) for term in deal.terms)), None)
            part = factor_of(found, use.split, "disclosed") if use.split else ONE
            waits = self.held("", None, (use.licensee, use.licensee, use.subject), use.day)
            return [Claim(found, part, "", use.split, "", "", "unattributed", held=waits)] if found else []
        made: list[Claim] = []
        reachable = self.sides(use.work, use.day)
        if use.split:
            named = self.find(use.work, use.day)
            reachable = [(use.split, named if named and named[1]["kind"] == use.split else None, "disclosed")]
        for side, of_side, reached in reachable:
            made += self._claimed(use, side, of_side, reached)
        bound = [one for one in made if one.deal and one.deal.says.get("requires") == "both_sides"]
        if not bound or self.cleared(use, use):
            return made
        shown = {(one.side, one.holder) for one in made if one.deal is None}
        made = [replace(one, deal=None, refused=True) if one in bound else one for one in made]
        for side, of_side, _ in self.sides(use.work, use.day):
            for holder in self.holders(of_side, use.territory):
                share = sum((part for deal, _, _, part in self.parts(side, holder, use) if deal is None), ZERO)
                if (side, holder.party) not in shown and share:
                    denied_here = self.denies(of_side, holder.party, side, use, None)
                    why = first_of(holder.reason, "denied_use" if denied_here else "")
                    made.append(replace(claim(side, of_side, (holder.party, share, why), None, holder.party), denied=denied_here))
        return made

    def _claimed(self, use: Use, side: str, found: tuple[str, dict[str, Any]] | None, reached: str) -> Iterator[Claim]:
        for holder in self.holders(found, use.territory):
            for deal, payee, spared, share in self.parts(side, holder, use):
                if factor := factor_of(deal, side, reached):
                    denied_here = self.denies(found, holder.party, side, use, deal)
                    why = first_of(holder.reason, "denied_use" if denied_here else "")
                    made_of = claim(side, found, (holder.party, share * factor, why), deal, payee)
                    waits = self.held(use.work, found, (use.licensee, use.licensee, use.subject), use.day)
                    law = bool(deal and regime(deal.says) == "none")
                    yield replace(made_of, spared=spared, denied=denied_here, law=law, held=waits)

    def cleared(self, use: Use, probe: Use) -> bool:
        """Whether the whole of both sides that a recording reaches is covered by some deal; a composition alone has no other side."""
        return len(self.sides(use.work, use.day)) == 1 or all(
            deal is not None
            for side, found, _ in self.sides(use.work, use.day)
            for holder in self.holders(found, probe.territory)
            for deal, _, _, _ in self.parts(side, holder, probe)
        )


def claim(side: str, found: tuple[str, dict[str, Any]] | None, holder: tuple[str, Fraction, str], deal: Deal | None, payee: str) -> Claim:
    """A holder's claim on its share of a side; what waits in suspense names nobody."""
    party, share, reason = holder
    named = ("", "") if reason else (payee, party)
    return Claim(deal, share, found[0] if found else "", side, *named, reason, holder=party)


def factor_of(deal: Deal | None, side: str, reached: str) -> Fraction:
    """How much of the price belongs to the side."""
    sides = deal.says.get("sides") if deal else None
    if reached == "alone":
        return ONE
    if sides is None:
        return ONE if reached == "disclosed" else ZERO
    return number(sides.get(side, "0"))
