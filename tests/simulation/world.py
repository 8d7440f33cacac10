"""Whom and what the actors are and talk about: few names, so that they meet often."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from random import Random

LABS: Final = ("fox", "lyre")
REPORTERS: Final = ("fox", "lyre", "wave")
"""Labs report the uses of their outputs; `wave` is a platform that plays recordings and outputs of others."""
HOLDERS: Final = ("ann", "bob", "cid", "mono", "quill")
SOCIETIES: Final = ("stim", "koda")
ADMINISTRATOR: Final = "fund"
PROVIDER: Final = "sure"
"""Attributes outputs for the labs that name it."""
OUTPUTS: Final = tuple(f"gen-{number}" for number in range(8))
MODELS: Final = ("m-1", "m-2")
TERRITORIES: Final = ("SE", "US", "NO")
USES: Final = ("stream", "generation", "download")
CURRENCIES: Final = ("EUR", "EUR", "EUR", "USD")
COUNTRIES: Final = ("SE", "SE", "US", "NO")
DAYS: Final = ("2026-01-01", "2026-09-10", "2026-10-01", "2026-10-17", "2026-11-01", "2026-11-20", "2026-12-05")
MONTHS: Final = tuple(f"{2026 + number // 12}-{number % 12 + 1:02d}" for number in range(18))
"""All that a run can come to."""
RECORDINGS: Final = {f"rec-{number}": f"isrc:SEABC26{number:05d}" for number in range(5)}


LIKENESSES: Final = {"voice-0": "isni:0000000121032683"}


def _iswc(number: int) -> str:
    digits = f"{number:09d}"
    total = 1 + sum(place * int(digit) for place, digit in enumerate(digits, start=1))
    return f"iswc:T{digits}{-total % 10}"


COMPOSITIONS: Final = {f"song-{number}": _iswc(34524680 + number) for number in range(3)}
WORKS: Final = RECORDINGS | COMPOSITIONS | LIKENESSES
KEYS: Final = (*WORKS.values(), "isrc:SEABC2699999", "work:rec-1", "work:song-1")
"""What disclosures name: registered, not yet registered, never registered, and by our own id."""
KINDS: Final = (
    dict.fromkeys(REPORTERS, "licensee")
    | dict.fromkeys(HOLDERS, "creator")
    | dict.fromkeys(SOCIETIES, "society")
    | {ADMINISTRATOR: "administrator", PROVIDER: "attribution_provider"}
)
SIDES: Final = (
    {"recording": "0.5", "composition": "0.5"},
    {"recording": "0.6", "composition": "0.3"},
    {"recording": "0.4", "composition": "0", "likeness": "0.25"},
)
TAX_RATES: Final = ("0", "0.15", "0.3", "0.05")
IBANS: Final = ("SE4550000000058398257466", "DE89370400440532013000")


def shares(dice: Random, names: tuple[str, ...], most: int = 100) -> dict[str, str]:
    """A few of the names with decimal shares that sum to at most `most` percent; often exactly."""
    chosen = dice.sample(names, dice.randint(1, min(3, len(names))))
    left, found = most * 10**7, {}
    for name in chosen:
        part = dice.choice([left, left // 2, left // 3, dice.randint(0, left)])
        left -= part
        found[name] = f"{part / 10**9:.9f}"
    return found


def party(dice: Random, name: str) -> dict[str, Any]:
    """A party's record; holders get mandates, accounts and the like."""
    record: dict[str, Any] = {"name": name.title(), "kind": KINDS[name], "country": dice.choice(COUNTRIES)}
    if KINDS[name] == "licensee":
        return record | _reporting(dice)
    if KINDS[name] not in {"creator", "society"}:
        return record
    if dice.random() < 0.9:
        account = {"method": "sepa", "iban": dice.choice(IBANS)} if dice.random() < 0.9 else {"method": "none"}
        often = {"period": dice.choice(["month", "month", "month", "quarter", "half_year", "year"])}
        record["payout"] = {"currency": dice.choice(CURRENCIES), "threshold": dice.choice(["0", "0", "1", "50"])} | often | account
    if dice.random() < 0.3:
        until = {"treaty_until": dice.choice([None, *DAYS[-2:]])}
        record["tax"] = until | {
            "treaty": dice.random() < 0.5,
            "self_billing": dice.random() < 0.5,
            "vat_rate": dice.choice([None, "0.25"]),
        }
    record["withholding_rate"] = dice.choice(["0", "0", "0.15", None])
    record["language"] = dice.choice([None, "en", "sv", "de", "es"])
    if dice.random() < 0.3:
        record["address"] = {"lines": ["Storgatan 1"], "city": "Malmö", "postal_code": "211 34", "country": dice.choice([None, "SE"])}
    record["on_hold"] = dice.random() < 0.05
    if dice.random() < 0.1:
        record["reserve"] = {"rate": dice.choice(["0.2", "0.333333333", "1"]), "periods": dice.choice([1, 2, 3])}
    if name in HOLDERS and dice.random() < 0.6:
        record["mandates"] = [mandate(dice, society) for society in dice.sample(SOCIETIES, dice.randint(1, 2))]
    elif name == "koda" and dice.random() < 0.3:
        record["mandates"] = [mandate(dice, "stim")]
    return record


def _reporting(dice: Random) -> dict[str, Any]:
    """What a licensee's record says of how it pays and reports."""
    waits = {"completeness": dice.choice([*["optional"] * 5, "required", "own"])}
    ids = {"record_ids": dice.choice([None, "unique", "repeated"])}
    provided = {"attribution_providers": dice.choice([[], [PROVIDER]])}
    return {"due_days": dice.choice([0, 14, 30]), "shards": dice.choice([1, 1, 2, 5])} | waits | ids | provided


def mandate(dice: Random, society: str) -> dict[str, Any]:
    """What a society may collect for who gives it."""
    uses = ["training", "generation", "output", "play", "levy"]
    return {
        "society": society,
        "rights": dice.choice([["composition"], ["recording"], ["composition", "recording"]]),
        "uses": sorted(dice.sample(uses, dice.randint(1, 5))),
        "territories": dice.choice([["*"], ["SE"], ["SE", "NO"]]),
        "admin_fee": dice.choice(["0", "0.1"]),
        "cultural_deduction": dice.choice(["0", "0.05"]),
    }


def work(dice: Random, name: str) -> dict[str, Any]:
    """A work, sometimes overclaimed, disputed, or closed to some."""
    kind = "recording" if name in RECORDINGS else "composition" if name in COMPOSITIONS else "likeness"
    most = dice.choice([100, 100, 100, 90, 120])
    permission: list[dict[str, Any]] = [
        {"default": "allow"},
        {"default": "allow"},
        {"default": "deny"},
        {"default": "limit", "max_share": "0.3"},
    ]
    permission.append({"default": "allow", "licensees": {dice.choice(LABS): "deny"}})
    record: dict[str, Any] = {
        "title": name.title(),
        "kind": kind,
        "identifiers": [WORKS[name]] if dice.random() < 0.9 else [],
        "shares": [{"party": holder, "share": share} for holder, share in shares(dice, HOLDERS, min(most, 100)).items()],
        "permissions": {use: dice.choice(permission) for use in ("training", "generation")},
        "disputed": dice.random() < 0.1,
    }
    if most > 100:
        record["shares"] = [{"party": holder, "share": "0.6"} for holder in dice.sample(HOLDERS, 2)]
    if kind == "recording" and dice.random() < 0.7:
        record["composition"] = dice.choice(sorted(COMPOSITIONS))
    return record


def deal(dice: Random, licensor: str | None, licensee: str, *, pooled: bool = True) -> dict[str, Any]:
    """A deal of one to three terms of any mechanism that its licensor can have."""
    first = dice.choice(DAYS[:4])
    body: dict[str, Any] = {
        "licensee": licensee,
        "licensor": licensor,
        "currency": "EUR" if dice.random() < 0.9 else "USD",
        "from": first,
        "to": dice.choice([None, None, None, *(day for day in DAYS if day > first)]),
        "territories": dice.choice([["*"], ["*"], ["SE", "NO"]]),
        "models": dice.choice([[], [], [], ["m-1"]]),
        "terms": [dice.choice(_terms(dice, owned=licensor is not None, pooled=pooled)) for _ in range(dice.randint(1, 3))],
    }
    if dice.random() < 0.6:
        body["sides"] = dice.choice(SIDES)
    if dice.random() < 0.15:
        body["mfn_group"] = f"mfn-{body['currency'].lower()}"
    if licensor in SOCIETIES and dice.random() < 0.3:
        body["extended"] = True
    if dice.random() < 0.4:
        body["pays"] = dice.choice(["on_accrual", "on_receipt", "on_receipt"])
    if dice.random() < 0.15:
        body["late_interest"] = "0.08"
    return body


def _terms(dice: Random, *, owned: bool, pooled: bool) -> list[dict[str, Any]]:
    rate = dice.choice(["0.003", "0.0071", "0.013"])
    confidence = {"min": dice.choice(["0.5", "0.9"]), "fallback": dice.choice(["training", "suspense"])}
    confidence |= {"basis": "weight"} if confidence["fallback"] == "training" and dice.random() < 0.5 else {}
    found: list[dict[str, Any]] = [
        {"mechanism": "per_output", "rate": rate},
        {"mechanism": "per_output", "revenue_share": "0.21", "rate": rate, "combine": dice.choice(["greater_of", "sum"])},
        {"mechanism": "per_output", "rate": rate, "confidence": confidence, "unattributed": dice.random() < 0.5},
        {"mechanism": "per_output", "revenue_share": "0.3", "confidence": confidence, "blend": True},
        {"mechanism": "per_output", "rate": rate, "uses": ["stream"]},
        {"mechanism": "micro_royalty", "rate": rate},
        {"mechanism": "training_run", "fee": "100", "split": dice.choice(["equal", "weight"])},
        {"mechanism": "training_run", "fee_per_work": "0.7"},
        {"mechanism": "revenue_pool", "share": "0.07", "basis": dice.choice(["influence", "usage", "training", "equal"])},
        {"mechanism": "revenue_pool", "minimum_per_subscriber": "0.11", "basis": dice.choice(["influence", "training"])},
        {"mechanism": "direct_play", "rate": rate},
        {"mechanism": "direct_play", "revenue_share": "0.5"},
    ]
    if owned:
        covered = dice.sample(["training_run", "per_output", "micro_royalty", "revenue_pool", "direct_play"], 2)
        found += [
            {"mechanism": "buyout", "amount": "333.33", "split": dice.choice(["equal", "weight"]), "covers": covered},
            {"mechanism": "advance", "amount": "40"} | dice.choice([{}, {"recoup_group": "together"}]),
            {"mechanism": "minimum_guarantee", "amount": "77", "period": dice.choice(["month", "quarter", "year"])},
        ]
    return found if pooled else [terms for terms in found if not ties_works(terms)]


def ties_works(terms: dict[str, Any]) -> bool:
    """Whether what one work earns can depend on others."""
    shared = terms["mechanism"] in {"training_run", "revenue_pool", "buyout", "minimum_guarantee", "licence_fee"}
    return (
        shared
        or bool({"cap", "tiers"} & terms.keys())
        or terms.get("combine") == "greater_of"
        or terms.get("confidence", {}).get("fallback") == "training"
    )


def distribution(dice: Random) -> dict[str, Any]:
    """A levy's tree."""
    formula = dice.choice(["equal", "equal_per_party", "influence", "training", "sqrt_influence"])
    leaf: dict[str, Any] = {"fraction": "2/3", "formula": formula} | dice.choice([{}, {"side": "composition"}])
    return {"children": [leaf, {"fraction": "1/3", "party": dice.choice(HOLDERS)}]}
