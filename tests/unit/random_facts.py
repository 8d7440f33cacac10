"""Random small worlds in which every mechanism meets every other: works, owners, societies, deals, usage, runs, levies.

Drawn from any `random.Random`: Hypothesis passes one that it can shrink, tests of many worlds a seeded one.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from overtone.rights.shares import OwnerShare
from tests.unit.random_deals import (
    COMPOSITIONS,
    CREATORS,
    CURRENCIES,
    LATE,
    LICENSEES,
    LIKENESSES,
    MODELS,
    MONTHS,
    RATES,
    RECORDINGS,
    SOCIETIES,
    UNKNOWN,
    USES,
    within,
)
from tests.unit.random_levies import Levies
from tests.unit.scenarios import Facts, no_facts, version

NEVER = "9999"
VERSIONS_MAX = 3


class World(Levies):
    """Draws facts; a `still` world has one version of everything, in force on every day."""

    def recorded(self) -> str:
        """When a later version became known: before or after the first of two settlements."""
        return str(self.pick("2026-11-01T00:00:00.000000Z", LATE))

    def shares(self, names: Any, whole: int = 1000) -> dict[str, str]:
        """Decimal shares, mostly within the whole."""
        left, found = whole, {}
        for name in names:
            part = self.rng.choice([left, self.rng.randint(0, left), left // 2, left // 3])
            found[name] = f"0.{part:03d}" if part < 1000 else "1"
            left -= part
        return found

    # --- the register

    def put_deal(self, facts: Facts, deal_id: str) -> None:
        first = self.deal()
        versions = [version(first, effective_from=first["from"])]
        if self.maybe(0.3) and not self.still:
            kept = {name: first[name] for name in ("licensee", "from")}
            changed = self.deal(licensor=first["licensor"]) | kept
            day = max(first["from"], self.day())
            if (changed.get("to") or "9999") >= day:
                begins = {"from": day} if self.maybe(0.3) else {}
                versions.append(version(changed | begins, day, self.recorded()))
        for stated in versions:
            within(stated["content"])
            if self.maybe(0.2):
                stated["accepted_at"] = max(stated["recorded_at"], self.pick(self.recorded(), NEVER))
        facts["deals"][deal_id] = versions

    def facts(self) -> Facts:
        facts = no_facts() | {"rates": dict(RATES)}
        for name in (*CREATORS, *SOCIETIES):
            versions = [self.member(name)]
            while self.maybe(0.25) and not self.still and len(versions) < VERSIONS_MAX:
                versions.append(self.member(name, versions[-1]))
            facts["parties"][name] = versions
        facts["parties"] |= {name: [version({"name": name, "kind": "licensee", "country": "SE"})] for name in (*LICENSEES, "tax")}
        for name in (*RECORDINGS, *COMPOSITIONS, *LIKENESSES):
            if self.maybe(0.85):
                versions = [version(self.work(name), self.pick("0001-01-01", "0001-01-01", self.day()) if not self.still else "0001-01-01")]
                if self.maybe(0.4) and not self.still:
                    versions.append(version(self.work(name), self.day(), self.recorded()))
                facts["works"][name] = versions
        for number in range(self.rng.randint(1, 5)):
            self.put_deal(facts, f"deal{number}")
        facts["disclosures"] = [self.disclosure(f"out{n}") for n in range(4) if self.maybe(0.9)]
        facts["usage"] = _told_once([self.record(n) for n in range(self.rng.choice([0, 4, 14, 30]))])
        facts["runs"] = [self.run(n) for n in range(self.rng.randint(0, 4))]
        facts["revenue"] = [report for licensee in LICENSEES for month in self.some(MONTHS) for report in self.reports(licensee, month)]
        facts["reported"] = [self.reported(licensee, self.pick(*MONTHS)) for licensee in LICENSEES for _ in range(self.pick(0, 0, 3))]
        facts["levies"] = [self.levy(n) for n in range(self.rng.choice([0, 0, 1, 2]))]
        for deal_id, versions in facts["deals"].items():
            facts["liquidations"] += [
                {"deal_id": deal_id, "month": month, "licensee": versions[0]["content"]["licensee"]} for month in MONTHS if self.maybe(0.1)
            ]
        facts["holds"] = [self.hold() for _ in range(self.rng.choice([0, 0, 0, 1, 2]))]
        return facts

    def hold(self) -> dict[str, Any]:
        """A hold of some of what it may name, perhaps posted or released between two settlements."""
        named = {
            "licensee": self.pick(*LICENSEES),
            "reporter": self.pick(*LICENSEES),
            "work": self.pick(*RECORDINGS, *COMPOSITIONS, *LIKENESSES),
            "subject": self.pick(*(f"output:out{number}" for number in range(4)), *RECORDINGS.values()),
        }
        released: dict[str, Any] = {"released_at": LATE} | ({"void": True} if self.maybe(0.5) else {}) if self.maybe(0.4) else {}
        about = {"months": self.some(MONTHS, 1), "recorded_at": "2026-11-01T00:00:00.000000Z" if released else self.recorded()}
        return {name: named[name] for name in self.some(named, 1)} | about | released

    def member(self, name: str, before: Facts | None = None) -> Facts:
        """A version of a party, its mandates partly those of the one before; its societies said yes to new ones then, later or never."""
        content = self.party(name)
        if before:
            kept = [mandate for mandate in before["content"]["mandates"] if self.maybe(0.6)]
            content["mandates"] = [*kept, *(mandate for mandate in content["mandates"] if mandate not in kept)]
        stated = version(content, self.day(), self.recorded()) if before else version(content)
        if before:
            stated["recorded_at"] = max(stated["recorded_at"], before["recorded_at"])
        if self.maybe(0.3):
            times = (stated["recorded_at"], LATE, NEVER)
            stated["mandates_at"] = [max(stated["recorded_at"], self.pick(*times)) for _ in content["mandates"]]
        if self.maybe(0.2) and not self.still:
            old = before["content"]["mandates"] if before else []
            ends = [self.day(), max(stated["recorded_at"], self.recorded())]
            stated["ends"] = [None if mandate in old or self.maybe(0.5) else ends for mandate in content["mandates"]]
        return stated

    def party(self, name: str) -> dict[str, Any]:
        societies = [society for society in SOCIETIES if society > name or name in CREATORS]
        return {
            "name": name,
            "kind": "society" if name in SOCIETIES else "creator",
            "country": "SE",
            "mandates": [
                {
                    "society": society,
                    "rights": self.some(("recording", "composition", "likeness"), 1),
                    "uses": self.some(("training", "generation", "output", "play", "levy"), 1),
                    "territories": self.pick(["*"], ["SE"], ["US", "SE"], ["US"]),
                    "admin_fee": "0.1",
                }
                for society in self.some(societies)
                if self.maybe(0.7)
            ],
        }

    def work(self, name: str) -> dict[str, Any]:
        kind = "recording" if name in RECORDINGS else "composition" if name in COMPOSITIONS else "likeness"
        shares = self.shares(self.some((*CREATORS, "soc")))
        if self.maybe(0.1):
            shares |= {"bo": "0.9", "cy": "0.333333333"}
        says: dict[str, Any] = {
            "title": name,
            "kind": kind,
            "identifiers": [(RECORDINGS | COMPOSITIONS | LIKENESSES)[name]],
            "shares": [{"party": party, "share": share} for party, share in shares.items()],
            "permissions": {"training": self.permission(), "generation": self.permission()}
            | ({"likeness": self.permission()} if kind == "likeness" else {}),
            "disputed": self.maybe(0.1),
        }
        if self.maybe(0.3) and not self.still:  # presence counts once, with the shares of the territory where it was seen first
            says["shares"] = self.limited(says["shares"])
        if self.maybe(0.2):
            says["ai"] = {self.pick("vocals", "lyrics"): self.pick("none", "assisted", "generated")}
        if self.maybe(0.15) and says["shares"]:
            says["contested"] = [{"party": self.pick(*says["shares"])["party"], "share": self.pick("0.1", "0.5", "1")}]
        if kind == "recording" and self.maybe(0.6):
            says["composition"] = self.pick(*COMPOSITIONS)
        return says

    def limited(self, shares: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Shares of single territories and rights, sometimes several of one party, among those for the world."""
        found: dict[str, dict[str, Any]] = {}
        for share in (*shares, *shares):
            where = self.pick({}, {}, {"territories": ["SE"]}, {"territories": ["US", "SE"]}, {"not_in": ["SE"]}, {"territories": ["*"]})
            right = self.pick({}, {}, {"rights": ["performance"]}, {"rights": ["mechanical"]}, {"rights": ["performance", "mechanical"]})
            one = share | where | right
            found.setdefault(str(OwnerShare.model_validate(one).model_copy(update={"share": 0})), one)
        return list(found.values())

    def permission(self) -> dict[str, Any]:
        default = self.pick("allow", "allow", "limit", "deny", None, None)
        says: dict[str, Any] = {"default": default} if default else {}
        if default == "limit":
            says["max_share"] = self.pick("0.1", "0.5")
        if self.maybe(0.2):
            says["licensees"] = {self.pick(*self.licensees): self.pick("allow", "deny")}
        return says

    # --- what happens

    def disclosure(self, output: str) -> dict[str, Any]:
        works = self.some((*RECORDINGS.values(), *COMPOSITIONS.values(), *LIKENESSES.values(), *UNKNOWN, "work:rec1"))
        shares = {work: share for work, share in self.shares(works, 997).items() if Fraction(share) > 0}
        return {
            "output_id": output,
            "revision": 0,
            "model": self.pick("fox-1", "fox-2", "gnu-1"),
            "confidence": self.pick("0.92", "0.6", "0.599999999", "1", "0"),
            "shares": shares,
        } | (self.grounds(shares) if self.maybe(0.25) else {})

    def grounds(self, shares: dict[str, str]) -> dict[str, Any]:
        """Split by side, or with confidences of single shares."""
        own = {work: self.pick("0.95", "0.55", "0") for work in shares if self.maybe(0.4)}
        sides = {work: self.pick("recording", "recording", "composition", "likeness") for work in shares if work.startswith("work:")}
        return {"basis": self.pick("together", "by_side", "by_side"), "confidences": own, "sides": sides}

    def record(self, number: int) -> dict[str, Any]:
        subject = self.pick(*(f"output:out{n}" for n in range(4)), *RECORDINGS.values(), UNKNOWN[0])
        says: dict[str, Any] = {
            "reporter": self.pick(*LICENSEES, "fox"),
            "used_on": self.day(),
            "subject": subject,
            "record_id": f"r{self.rng.randint(0, 9) if self.maybe(0.1) else number}",
            "revision": self.pick(0, 0, 1),
            "use": self.pick(*USES) if subject.startswith("output") else self.pick("stream", "download"),
            "quantity": self.pick(0, 1, 2, self.rng.randint(1, 100_000)),
            "territory": self.pick("SE", "US", "JP", "*"),
        }
        says["record_id"] += f"-{says['used_on']}-{subject[-3:]}"
        if self.maybe(0.1):
            says["royalty_bearing"] = False
        if self.maybe(0.4):
            says["service"] = self.pick("free", "paid")
        if self.maybe(0.6) and says["quantity"]:
            says |= {"revenue": self.decimal(50, 12), "currency": self.pick(*CURRENCIES)}
        return says

    def run(self, number: int) -> dict[str, Any]:
        licensee = self.pick(*LICENSEES)
        works = self.some((*RECORDINGS.values(), *COMPOSITIONS.values(), *LIKENESSES.values(), *UNKNOWN, "work:rec2"))
        return {
            "licensee": licensee,
            "run_id": f"run{number}",
            "model": self.pick(*MODELS[licensee]),
            "trained_on": self.pick("2026-08-15", self.day(), self.day()),
            "works": {work: self.pick("1", "0", "3.5", "2.000000001") for work in works or UNKNOWN},
        }

    def report(self, licensee: str, month: str, currency: str) -> dict[str, Any]:
        return {
            "licensee": licensee,
            "month": month,
            "currency": currency,
            "net_revenue": self.decimal(100_000, 12),
            "subscribers": self.pick(0, 0, 0, 10, 5000),
            "revision": 0,
        }

    def reported(self, licensee: str, month: str) -> dict[str, Any]:
        """What a usage report states of subscribers."""
        record = self.pick("SY03", "SY04", "SY04")
        said = {
            "service": self.pick("free", "paid"),
            "territory": self.pick("SE", "US", "*"),
            "commercial_model": self.pick("", "Subscription"),
        }
        of_type = {"subscriber_type": self.pick("Student", "Family")} if record == "SY04" else {}
        return {"licensee": licensee, "month": month, "record": record, "subscribers": self.pick(0, 7, 1200)} | said | of_type

    def reports(self, licensee: str, month: str) -> list[dict[str, Any]]:
        found = [self.report(licensee, month, currency) for currency in self.some(("USD", "EUR"))]
        scopes = {str(scope): scope for scope in (self.scope() for _ in range(2)) if scope and self.maybe(0.3)}
        return found + [self.report(licensee, month, "USD") | scope for scope in scopes.values()]

    def scope(self) -> dict[str, str]:
        """What a report may be broken down by."""
        said = {"territory": self.pick("SE", "US"), "model": self.pick(*self.models), "service": self.pick("free", "paid")}
        return {name: said[name] for name in self.some(said)}


def _told_once(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One record of each identity and revision: of several the first stands, and facts that are cut into batches have no first."""
    names = ("reporter", "used_on", "subject", "record_id", "revision")
    return list({tuple(record[name] for name in names): record for record in reversed(records)}.values())[::-1]
