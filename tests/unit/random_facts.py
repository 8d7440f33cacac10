"""Random small worlds in which every mechanism meets every other: works, owners, societies, deals, usage, runs, levies.

Drawn from any `random.Random`: Hypothesis passes one that it can shrink, the simulation a seeded one.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from tests.unit.scenarios import Facts, no_facts, version

if TYPE_CHECKING:
    from random import Random

LATE = "2027-01-15T00:00:00.000000Z"
MONTHS = ("2026-10", "2026-11", "2026-12")
CREATORS = ("ann", "bo", "cy")
SOCIETIES = ("soc", "pro")
LICENSEES = ("fox", "gnu")
MODELS = {"fox": ("fox-1", "fox-2"), "gnu": ("gnu-1",)}
USES = ("stream", "download", "generation", "sync", "other")
CURRENCIES = ("USD", "USD", "EUR", "JPY")
RECORDINGS = {f"rec{n}": f"isrc:SEABC260000{n}" for n in range(1, 5)}
COMPOSITIONS = {"com1": "iswc:T0345246801", "com2": "iswc:T0000000010"}
UNKNOWN = ("isrc:SEABC2600009", "iswc:T0000000021", "work:nothing")
RATES = {
    (source, target): Fraction(rate)
    for source, target, rate in (
        ("USD", "EUR", "0.91"),
        ("EUR", "USD", "1.0987"),
        ("USD", "JPY", "151.3"),
        ("JPY", "USD", "0.006607"),
        ("EUR", "JPY", "166.21"),
        ("JPY", "EUR", "0.0060165"),
    )
}


class World:
    """Draws facts; a `still` world has one version of everything, in force on every day."""

    def __init__(self, rng: Random, *, still: bool = False) -> None:
        self.rng, self.still = rng, still
        self.busy = rng.choice([MONTHS, MONTHS, MONTHS[:1]])

    def recorded(self) -> str:
        """When a later version became known: before or after the first of two settlements."""
        return self.pick("2026-11-01T00:00:00.000000Z", LATE)

    def some(self, options: Any, least: int = 0) -> list[Any]:
        chosen = [option for option in options if self.rng.random() < 0.5]
        return chosen if len(chosen) >= least else [self.rng.choice(list(options))]

    def maybe(self, chance: float) -> bool:
        return self.rng.random() < chance

    def pick(self, *options: Any) -> Any:
        return self.rng.choice(options)

    def day(self, month: str | None = None) -> str:
        return f"{month or self.rng.choice(self.busy)}-{self.rng.randint(1, 30):02d}"

    def decimal(self, most: int, places: int) -> str:
        """A decimal string from just above 0 to `most`."""
        scaled = self.rng.randint(1, most * 10**places)
        whole, part = divmod(scaled, 10**places)
        return f"{whole}.{part:0{places}d}".rstrip("0").rstrip(".")

    def shares(self, names: Any, whole: int = 1000) -> dict[str, str]:
        """Decimal shares, mostly within the whole."""
        left, found = whole, {}
        for name in names:
            part = self.rng.choice([left, self.rng.randint(0, left), left // 2, left // 3])
            found[name] = f"0.{part:03d}" if part < 1000 else "1"
            left -= part
        return found

    # --- the register

    def facts(self) -> Facts:
        facts = no_facts() | {"rates": dict(RATES)}
        for name in (*CREATORS, *SOCIETIES):
            versions = [version(self.party(name))]
            if self.maybe(0.2) and not self.still:
                versions.append(version(self.party(name), self.day(), self.recorded()))
            facts["parties"][name] = versions
        facts["parties"] |= {name: [version({"name": name, "kind": "licensee", "country": "SE"})] for name in (*LICENSEES, "tax")}
        for name in (*RECORDINGS, *COMPOSITIONS):
            if self.maybe(0.85):
                versions = [version(self.work(name), self.pick("0001-01-01", "0001-01-01", self.day()) if not self.still else "0001-01-01")]
                if self.maybe(0.4) and not self.still:
                    versions.append(version(self.work(name), self.day(), self.recorded()))
                facts["works"][name] = versions
        for number in range(self.rng.randint(1, 5)):
            self.put_deal(facts, f"deal{number}")
        facts["disclosures"] = [self.disclosure(f"out{n}") for n in range(4) if self.maybe(0.9)]
        facts["usage"] = [self.record(n) for n in range(self.rng.choice([0, 4, 14, 30]))]
        facts["runs"] = [self.run(n) for n in range(self.rng.randint(0, 4))]
        for licensee in LICENSEES:
            for month in self.some(MONTHS):
                facts["revenue"] += [self.report(licensee, month, currency) for currency in self.some(("USD", "EUR"))]
        facts["levies"] = [self.levy(n) for n in range(self.rng.choice([0, 0, 1, 2]))]
        for deal_id, versions in facts["deals"].items():
            facts["liquidations"] += [
                {"deal_id": deal_id, "month": month, "licensee": versions[0]["content"]["licensee"]} for month in MONTHS if self.maybe(0.1)
            ]
        return facts

    def party(self, name: str) -> dict[str, Any]:
        societies = [society for society in SOCIETIES if society > name or name in CREATORS]
        return {
            "name": name,
            "kind": "society" if name in SOCIETIES else "creator",
            "country": "SE",
            "mandates": [
                {
                    "society": society,
                    "rights": self.some(("recording", "composition"), 1),
                    "uses": self.some(("training", "generation", "output", "play", "levy"), 1),
                    "territories": self.pick(["*"], ["SE"], ["US", "SE"]),
                    "admin_fee": "0.1",
                }
                for society in self.some(societies)
                if self.maybe(0.7)
            ],
        }

    def work(self, name: str) -> dict[str, Any]:
        kind = "recording" if name in RECORDINGS else "composition"
        shares = self.shares(self.some((*CREATORS, "soc")))
        if self.maybe(0.1):
            shares |= {"bo": "0.9", "cy": "0.333333333"}
        says: dict[str, Any] = {
            "title": name,
            "kind": kind,
            "identifiers": [(RECORDINGS | COMPOSITIONS)[name]],
            "shares": [{"party": party, "share": share} for party, share in shares.items()],
            "permissions": {"training": self.permission(), "generation": self.permission()},
            "disputed": self.maybe(0.1),
        }
        if kind == "recording" and self.maybe(0.6):
            says["composition"] = self.pick(*COMPOSITIONS)
        return says

    def permission(self) -> dict[str, Any]:
        default = self.pick("allow", "allow", "allow", "limit", "deny")
        says: dict[str, Any] = {"default": default}
        if default == "limit":
            says["max_share"] = self.pick("0.1", "0.5")
        if self.maybe(0.2):
            says["licensees"] = {self.pick(*LICENSEES): self.pick("allow", "deny")}
        return says

    # --- deals

    def put_deal(self, facts: Facts, deal_id: str) -> None:
        first = self.deal()
        versions = [version(first, effective_from=first["from"])]
        if self.maybe(0.3) and not self.still:
            kept = {name: first[name] for name in ("licensee", "from", "currency")}
            changed = self.deal(licensor=first["licensor"]) | kept
            day = max(first["from"], self.day())
            if (changed.get("to") or "9999") >= day:
                versions.append(version(changed, day, self.recorded()))
        facts["deals"][deal_id] = versions

    def deal(self, licensor: str | None = "?") -> dict[str, Any]:
        if licensor == "?":
            licensor = self.pick(None, *CREATORS, *SOCIETIES, "soc")
        sole = licensor is not None
        says: dict[str, Any] = {
            "licensee": self.pick(*LICENSEES, "fox"),
            "licensor": licensor,
            "extended": sole and self.maybe(0.2),
            "currency": self.pick("USD", "EUR") if self.maybe(0.3) else "USD",
            "from": self.pick("2025-01-01", "2025-01-01", self.day()) if not self.still else "2025-01-01",
            "territories": self.pick(["*"], ["*"], ["SE"], ["US", "SE"]),
            "models": self.pick([], [], ["fox-1"], ["fox-1", "gnu-1"]),
            "terms": [self.terms(sole=sole) for _ in range(self.rng.randint(1, 3))],
        }
        if self.maybe(0.2) and not self.still:
            says["to"] = self.pick("2026-10-20", "2026-11-15", "2027-01-31")
            says["from"] = min(says["from"], says["to"])
        if self.maybe(0.5):
            recording, composition = self.pick(("0.5", "0.5"), ("0.7", "0.3"), ("1", "0"), ("0.2", "0.333333333"))
            says["sides"] = {"recording": recording, "composition": composition}
        if self.maybe(0.3):
            says["mfn_group"] = "best"
            says["currency"] = "USD"
        return says

    def terms(self, *, sole: bool) -> dict[str, Any]:
        """Terms of any mechanism that a deal with or without a licensor can hold."""
        makers = {
            "training_run": self.training_run,
            "per_output": lambda: self.price() | self.confidence(),
            "micro_royalty": self.micro_royalty,
            "revenue_pool": self.revenue_pool,
            "direct_play": self.price,
        }
        if sole:
            makers |= {"buyout": self.buyout, "advance": self.advance, "minimum_guarantee": self.guarantee}
        name = self.pick("per_output", *makers)
        return {"mechanism": name} | makers[name]()

    def training_run(self) -> dict[str, Any]:
        says = {"fee": self.decimal(1000, 3), "split": self.pick("equal", "weight")}
        return says | ({"fee_per_work": self.decimal(3, 12)} if self.maybe(0.5) else {})

    def micro_royalty(self) -> dict[str, Any]:
        return {"rate": self.decimal(1, 12)} | ({"uses": self.some(USES, 1)} if self.maybe(0.5) else {})

    def revenue_pool(self) -> dict[str, Any]:
        says = {"basis": self.pick("influence", "usage", "training", "equal"), "share": self.pick("0.3", "0.123456789", "0.001")}
        return says | ({"minimum_per_subscriber": self.decimal(2, 12)} if self.maybe(0.4) else {})

    def buyout(self) -> dict[str, Any]:
        covered = self.some(("training_run", "per_output", "micro_royalty", "revenue_pool", "direct_play"), 1)
        return {"amount": self.decimal(1000, 2), "split": self.pick("equal", "weight"), "covers": covered}

    def advance(self) -> dict[str, Any]:
        return {"amount": self.decimal(1000, 2)} | ({"party": self.pick(*CREATORS)} if self.maybe(0.3) else {})

    def guarantee(self) -> dict[str, Any]:
        return {"amount": self.pick("0.01", "100", self.decimal(2000, 6)), "period": self.pick("month", "quarter", "year")}

    def price(self) -> dict[str, Any]:
        named = self.pick(("rate",), ("revenue_share",), ("rate", "revenue_share"))
        says: dict[str, Any] = {}
        if "rate" in named:
            says["rate"] = self.decimal(1, 12)
        if "revenue_share" in named:
            says["revenue_share"] = self.pick("0.5", "0.077777777", "1")
        if len(named) > 1:
            says["combine"] = self.pick("greater_of", "sum")
        return says

    def confidence(self) -> dict[str, Any]:
        says: dict[str, Any] = {}
        if self.maybe(0.4):
            says["uses"] = self.some(USES, 1)
        if self.maybe(0.6):
            says["confidence"] = {
                "min": self.pick("0", "0.6", "0.55", "0.9"),
                "fallback": self.pick("training", "training", "suspense"),
                "basis": self.pick("presence", "weight"),
            }
            says |= {"blend": self.maybe(0.4), "unattributed": self.maybe(0.5)}
        return says

    # --- what happens

    def disclosure(self, output: str) -> dict[str, Any]:
        works = self.some((*RECORDINGS.values(), *COMPOSITIONS.values(), *UNKNOWN, "work:rec1"))
        shares = {work: share for work, share in self.shares(works, 997).items() if Fraction(share) > 0}
        return {
            "output_id": output,
            "revision": 0,
            "model": self.pick("fox-1", "fox-2", "gnu-1"),
            "confidence": self.pick("0.92", "0.6", "0.599999999", "1", "0"),
            "shares": shares,
        }

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
        if self.maybe(0.6):
            says |= {"revenue": self.decimal(50, 12), "currency": self.pick(*CURRENCIES)}
        return says

    def run(self, number: int) -> dict[str, Any]:
        licensee = self.pick(*LICENSEES)
        works = self.some((*RECORDINGS.values(), *COMPOSITIONS.values(), *UNKNOWN, "work:rec2"))
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
            "subscribers": self.pick(0, 10, 5000),
            "revision": 0,
        }

    def levy(self, number: int) -> dict[str, Any]:
        return {
            "levy_id": f"levy{number}",
            "month": self.pick(*MONTHS),
            "currency": self.pick(*CURRENCIES),
            "amount": self.decimal(1000, 12),
            "distribution": self.node(2),
            "administrator": "tax",
        }

    def node(self, depth: int) -> dict[str, Any]:
        if depth and self.maybe(0.7):
            fractions = self.pick(("2/3", "1/3"), ("0.4", "0.35", "0.25"), ("1/7", "2/7", "4/7"), ("1",))
            return {"children": [self.node(depth - 1) | {"fraction": fraction} for fraction in fractions]}
        if self.maybe(0.25):
            return {"party": self.pick(*CREATORS, "soc")}
        formula = self.pick("equal", "equal_per_party", "influence", "training", "sqrt_influence", "capped_influence")
        says: dict[str, Any] = {"formula": formula}
        if formula == "capped_influence":
            says["cap"] = self.pick("10", "1000.5")
        if self.maybe(0.5):
            says["side"] = self.pick("recording", "composition")
        return says
