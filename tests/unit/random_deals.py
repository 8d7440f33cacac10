"""Random deals: any terms, alone and together, with everything that a deal may say beside them."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

LATE = "2027-01-15T00:00:00.000000Z"
MONTHS = ("2026-10", "2026-11", "2026-12")
CREATORS = ("ann", "bo", "cy")
SOCIETIES = ("soc", "pro")
LICENSEES = ("fox", "gnu")
MODELS = {"fox": ("fox-1", "fox-2"), "gnu": ("gnu-1",)}
USES = ("stream", "download", "generation", "sync", "other", "remix")
CURRENCIES = ("USD", "USD", "EUR", "JPY")
RECORDINGS = {f"rec{n}": f"isrc:SEABC260000{n}" for n in range(1, 5)}
COMPOSITIONS = {"com1": "iswc:T0345246801", "com2": "iswc:T0000000010"}
LIKENESSES = {"voi1": "isni:0000000121032683"}
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


def in_scope(deal: dict[str, Any]) -> dict[str, Any]:
    """Without floors for services that the deal leaves out, which are refused."""
    named = deal.get("services") or ["*"]
    for terms in deal["terms"]:
        floors = terms.get("minimum_per_subscriber")
        if isinstance(floors, dict) and "*" not in named:
            terms["minimum_per_subscriber"] = {name: amount for name, amount in floors.items() if name in named}
    return deal


def shared_over_works(terms: dict[str, Any]) -> bool:
    """Whether a licensor's works may share in what terms owe, as such."""
    return terms["mechanism"] in {"buyout", "minimum_guarantee"} or terms.get("basis") == "presence"


def within(deal: dict[str, Any]) -> None:
    """Let instalments be due within the deal."""
    for terms in deal["terms"]:
        if "instalments" in terms:
            days = {min(max(part["on"], deal["from"]), deal.get("to") or "9999-12-31") for part in terms["instalments"]}
            terms["instalments"] = [{"on": day, "amount": "12.5"} for day in sorted(days)]


class Deals:
    """Draws deals; a `still` world has one version of everything, in force on every day."""

    creators, society, licensees, models = CREATORS, "soc", LICENSEES, ("fox-1", "gnu-1")
    """Whom deals and levies name, whom permissions, and what reports of revenue."""

    def __init__(self, rng: Random, *, still: bool = False) -> None:
        self.rng, self.still = rng, still
        self.busy = rng.choice([MONTHS, MONTHS, MONTHS[:1]])

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
            "models": self.pick([], ["*"], ["fox-1"], ["fox-1", "gnu-1"]),
            "terms": [self.terms(sole=sole) for _ in range(self.rng.randint(1, 3))],
        }
        if self.maybe(0.2) and not self.still:
            says["to"] = self.pick("2026-10-20", "2026-11-15", "2027-01-31")
            says["from"] = min(says["from"], says["to"])
            for terms in says["terms"]:
                if "instalments" in terms:
                    terms["instalments"] = [{"on": says["to"], "amount": "5"}]
        if self.maybe(0.5):
            recording, composition = self.pick(("0.5", "0.5"), ("0.7", "0.3"), ("1", "0"), ("0.2", "0.333333333"))
            says["sides"] = {"recording": recording, "composition": composition}
            if recording == "0.2" and self.maybe(0.5):
                says["sides"]["likeness"] = "0.25"
        if self.maybe(0.4):
            says["consent"] = self.pick("opt_in", "mandate", "opt_out", "none")
        if self.maybe(0.3):
            says["mfn_group"] = "best"
            says["currency"] = "USD"
        says |= self.clauses(ends="to" in says)
        if any(shared_over_works(terms) for terms in says["terms"]) and self.maybe(0.4):
            says["eligibility"] = {"min_uses": self.pick(1, 1, 10_000, 50_000), "human_only": self.maybe(0.1)}
        return in_scope(says)

    def clauses(self, *, ends: bool) -> dict[str, Any]:
        """What a deal may say beside its terms."""
        says: dict[str, Any] = {}
        if self.maybe(0.15):
            shares = self.pick(("0.05",), ("0.025", "0.025"), ("0.333333333", "0.5"))
            says["off_the_top"] = [{"party": party, "share": share} for party, share in zip(self.creators, shares, strict=False)]
        if self.maybe(0.15):
            says["eligibility"] = {"min_uses": self.pick(0, 1, 20_000), "human_only": self.maybe(0.5)}
        if ends and self.maybe(0.6):
            says["tail"] = self.pick({"months": 1}, {"months": 2}, *[True])
        if self.maybe(0.1):
            says["requires"] = "both_sides"
        if self.maybe(0.15):
            says["rights"] = self.pick(["performance"], ["mechanical"], ["mechanical", "performance"])
        if self.maybe(0.2):
            says["detail"] = self.some(("territory", "use", "service"), 1)
        if self.maybe(0.15):
            says["services"] = self.pick(["*"], ["free"], ["paid"], ["free", "paid"])
        return says

    def terms(self, *, sole: bool) -> dict[str, Any]:
        """Terms of any mechanism that a deal with or without a licensor can hold."""
        makers: dict[str, Callable[[], dict[str, Any]]] = {
            "training_run": self.training_run,
            "per_output": self.per_output,
            "micro_royalty": self.micro_royalty,
            "revenue_pool": self.revenue_pool,
            "direct_play": self.price,
            "licence_fee": lambda: self.licence_fee(sole=sole),
        }
        if sole:
            makers |= {"buyout": self.buyout, "advance": self.advance, "minimum_guarantee": self.guarantee}
        name = self.pick("per_output", *makers)
        says = {"mechanism": name} | makers[name]()
        if self.maybe(0.12):
            says["cap"] = {"amount": self.pick("0", "1", "500", "20000"), "per": self.pick("month", "quarter", "year", "deal")}
        return says

    def training_run(self) -> dict[str, Any]:
        says = {"fee": self.decimal(1000, 3), "split": self.pick("equal", "weight")}
        if self.maybe(0.15):
            return says | self.tiers("rate")
        return says | ({"fee_per_work": self.decimal(3, 12)} if self.maybe(0.5) else {})

    def per_output(self) -> dict[str, Any]:
        price, confidence = self.price(), self.confidence()
        return price | {name: value for name, value in confidence.items() if name == "uses" or "tiers" not in price}

    def micro_royalty(self) -> dict[str, Any]:
        if self.maybe(0.15):
            return self.tiers("rate")
        return {"rate": self.decimal(1, 12)} | ({"uses": self.some(USES, 1)} if self.maybe(0.5) else {})

    def revenue_pool(self) -> dict[str, Any]:
        says = {"basis": self.pick("influence", "usage", "training", "equal"), "share": self.pick("0.3", "0.123456789", "0.001")}
        if self.maybe(0.4):
            says["minimum_per_subscriber"] = self.pick(self.decimal(2, 12), {"free": self.decimal(2, 12), "paid": self.decimal(9, 2)})
        if self.maybe(0.2):
            says = {name: value for name, value in says.items() if name != "share"} | self.tiers("revenue_share")
        if self.maybe(0.2):
            says["minimum_per_use"] = self.decimal(1, 12)
        if self.maybe(0.3):
            says["whole"] = "all"
        if says["basis"] in {"influence", "usage"} and self.maybe(0.4):
            says |= {name: value for name, value in self.confidence().items() if name != "uses"}
        return says

    def buyout(self) -> dict[str, Any]:
        covered = self.some(("training_run", "per_output", "micro_royalty", "revenue_pool", "direct_play"), 1)
        return {"amount": self.decimal(1000, 2), "split": self.pick("equal", "weight"), "covers": covered}

    def advance(self) -> dict[str, Any]:
        if self.maybe(0.3):
            return {"instalments": [{"on": f"{month}-30", "amount": self.decimal(100, 2)} for month in self.some(MONTHS[1:], 1)]}
        return {"amount": self.decimal(1000, 2)} | ({"party": self.pick(*self.creators)} if self.maybe(0.3) else {})

    def guarantee(self) -> dict[str, Any]:
        says = {"amount": self.pick("0.01", "100", self.decimal(2000, 6)), "period": self.pick("month", "month", "quarter", "year")}
        return says | ({"recoupable": True} if self.maybe(0.3) else {})

    def licence_fee(self, *, sole: bool) -> dict[str, Any]:
        fee = {"amount": self.decimal(1000, 3), "per": self.pick("month", "quarter", "year")}
        return {"fee": fee, "basis": self.pick("usage", "influence", "training", "equal", *(["presence"] if sole else []))}

    def tiers(self, *prices: str) -> dict[str, Any]:
        price = self.pick(*prices)
        starts = sorted({"0": 0, "10": 10, "1000.5": 1000, "50000": 50000}.items(), key=lambda one: one[1])
        chosen = [text for text, start in starts if not start or self.maybe(0.6)]
        most = {"rate": "1", "revenue_share": "0.9"}
        stated = [{"from": start, price: self.pick("0.1", "0.033333333", most[price])} for start in chosen]
        return {"tiers": stated, "tier_period": self.pick("month", "quarter", "year", "deal")}

    def price(self) -> dict[str, Any]:
        if self.maybe(0.15):
            return self.tiers("rate", "revenue_share")
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
