"""Who is in the story, and what they agreed. Every name is invented; every check digit is right."""

from typing import Any, Final

from stdnum.iban import calc_check_digits

from overtone.identifiers import ipi_check_digits

Json = dict[str, Any]

FROM: Final = "2026-10-01"
AI_USES: Final = ["training", "generation", "output"]
HALVES: Final = {"recording": "0.5", "composition": "0.5"}


def ipi(number: int) -> str:
    """An IPI name number with its check digits."""
    digits = f"{number:09d}"
    return digits + ipi_check_digits(digits)


def iban(country: str, account: str) -> str:
    """An IBAN with its check digits."""
    return f"{country}{calc_check_digits(f'{country}00{account}')}{account}"


MANDATE: Final[Json] = {"society": "nordton", "rights": ["composition"], "uses": AI_USES}
"""What members of Nordton let it license and collect; what it keeps, it says itself."""
TARIFF: Final[Json] = {
    "rates": [
        {"rights": ["composition"], "members": ["publisher"], "admin_fee": "0.1"},
        {"rights": ["composition"], "admin_fee": "0.08", "cultural_deduction": "0.05"},
    ]
}
"""What Nordton keeps: of a writer's money a part for culture too."""


COLLECTED: Final = (
    ("brightloom", "USD", "8134.70", "00000001"),
    ("fjordcast", "EUR", "2.36", "00000002"),
    ("kestrel", "USD", "374.45", "00000003"),
    ("levy-office", "USD", "8000", "00000004"),
    ("tremolo", "EUR", "5000", "00000005"),
)
"""What licensees paid of their invoices of October by the end of November."""
ROUTING: Final = "987654320"
"""A routing number with a right check digit that no bank has."""


def _ach(account: str, threshold: str = "10") -> Json:
    about = {"routing_number": ROUTING, "account_number": account, "account_type": "checking"}
    return {"currency": "USD", "method": "ach", **about, "threshold": threshold}


def parties() -> dict[str, Json]:
    """Everybody, societies before their members."""
    return {
        "nordton": {
            "name": "Nordton",
            "kind": "society",
            "country": "SE",
            "ipi": ipi(900_411_207),
            "payout": {"currency": "SEK", "method": "sepa", "iban": iban("SE", "50000000058398257466"), "threshold": "100"},
        },
        "june-calloway": {
            "name": "June Calloway",
            "kind": "creator",
            "country": "US",
            "ipi": ipi(900_512_338),
            "payout": _ach("441007"),
            "mandates": [MANDATE],
        },
        "delia-voss": {"name": "Delia Voss", "kind": "creator", "country": "US", "ipi": ipi(900_512_401), "payout": _ach("441014")},
        "hollis-tate": {"name": "Hollis Tate", "kind": "creator", "country": "US", "ipi": ipi(900_512_766), "payout": _ach("441021", "50")},
        "elin-sandmark": {
            "name": "Elin Sandmark",
            "kind": "creator",
            "country": "SE",
            "ipi": ipi(900_513_020),
            "payout": {"currency": "SEK", "method": "sepa", "iban": iban("SE", "80000810340009783242"), "threshold": "50"},
            "mandates": [MANDATE],
        },
        "axel-nyhem": {
            "name": "Axel Nyhem",
            "kind": "creator",
            "country": "SE",
            "ipi": ipi(900_513_288),
            "payout": {"currency": "SEK", "method": "none"},
            "mandates": [MANDATE],
        },
        "odile-marchand": {
            "name": "Odile Marchand",
            "kind": "creator",
            "country": "FR",
            "ipi": ipi(900_514_115),
            "payout": {"currency": "EUR", "method": "sepa", "iban": iban("FR", "20041010050500013M02606"), "threshold": "5"},
            "withholding_rate": "0.1",
        },
        "marsh-pryor": {
            "name": "Marsh Pryor",
            "kind": "creator",
            "country": "US",
            "ipi": ipi(900_514_640),
            "payout": _ach("441028"),
            "on_hold": True,
        },
        "lantern-loom": {
            "name": "Lantern & Loom Recordings",
            "kind": "label",
            "country": "US",
            "payout": _ach("441035", "25"),
            "reserve": {"rate": "0.1", "periods": 2},
        },
        "ninth-paper": {
            "name": "Ninth Paper Songs",
            "kind": "publisher",
            "country": "US",
            "ipi": ipi(900_611_902),
            "payout": _ach("441042", "25"),
            "mandates": [MANDATE],
        },
        "players-fund": {"name": "Session Players' Fund", "kind": "administrator", "country": "US", "payout": _ach("441049")},
        "levy-office": {"name": "Training Levy Office", "kind": "administrator", "country": "US"},
        "tracewell": {"name": "Tracewell Attribution", "kind": "attribution_provider", "country": "GB"},
        "brightloom": {"name": "Brightloom Audio", "kind": "licensee", "country": "US", "completeness": "required"},
        "tremolo": {"name": "Tremolo Maskiner", "kind": "licensee", "country": "SE", "attribution_providers": ["tracewell"]},
        "kestrel": {"name": "Kestrel Streaming", "kind": "licensee", "country": "US"},
        "fjordcast": {"name": "Fjordcast", "kind": "licensee", "country": "NO"},
    }


def _deal(licensee: str, licensor: str | None, currency: str, terms: list[Json], **more: object) -> Json:
    agreed = {"licensee": licensee, "licensor": licensor, "currency": currency, "from": FROM, "sides": HALVES, "terms": terms}
    return agreed | more


def _outputs(share: str, *uses: str, **more: object) -> Json:
    return {"mechanism": "per_output", "revenue_share": share, "uses": list(uses), **more}


def deals() -> dict[str, Json]:
    """What the labs and the platforms agreed, with whom. Without a licensor a deal is a statutory licence for all others."""
    reliable = {"min": "0.6", "fallback": "training"}
    return {
        "brightloom-calloway": _deal(
            *("brightloom", "june-calloway", "USD"),
            [
                {"mechanism": "advance", "amount": "1500"},
                {"mechanism": "training_run", "fee": "400", "split": "equal"},
                {"mechanism": "micro_royalty", "rate": "0.06", "uses": ["generation"]},
                _outputs("0.1", "generation", "download"),
            ],
            mfn_group="brightloom-2026",
        ),
        "brightloom-lantern": _deal(
            *("brightloom", "lantern-loom", "USD"),
            [{"mechanism": "micro_royalty", "rate": "0.08", "uses": ["generation"]}, _outputs("0.1", "generation", "download")],
            mfn_group="brightloom-2026",
        ),
        "brightloom-lantern-training": _deal(
            *("brightloom", "lantern-loom", "USD"), [{"mechanism": "training_run", "fee": "6000", "split": "weight"}]
        ),
        "brightloom-statutory": _deal(
            *("brightloom", None, "USD"),
            [
                {"mechanism": "training_run", "fee_per_work": "35"},
                _outputs("0.08", "generation", "download", confidence=reliable, unattributed=True),
            ],
        ),
        "tremolo-nordton": _deal(
            *("tremolo", "nordton", "EUR"),
            [
                {"mechanism": "training_run", "fee": "2400", "split": "equal"},
                {"mechanism": "revenue_pool", "share": "0.04", "minimum_per_subscriber": "0.02", "basis": "influence"},
            ],
        ),
        "tremolo-lantern": _deal(
            *("tremolo", "lantern-loom", "EUR"),
            [
                {"mechanism": "training_run", "fee": "3000", "split": "weight"},
                _outputs("0.12", "generation"),
                {"mechanism": "minimum_guarantee", "amount": "3500", "period": "month"},
            ],
        ),
        "tremolo-statutory": _deal(
            *("tremolo", None, "EUR"),
            [{"mechanism": "training_run", "fee_per_work": "25"}, _outputs("0.08", "generation", confidence=reliable, blend=True)],
        ),
        "kestrel-calloway-buyout": _deal(
            "kestrel", "june-calloway", "USD", [{"mechanism": "buyout", "amount": "350", "covers": ["direct_play"]}]
        ),
        "kestrel-statutory": _deal(
            *("kestrel", None, "USD"),
            [
                {"mechanism": "direct_play", "rate": "0.0042"},
                _outputs("0.15", "stream", rate="0.0008", combine="greater_of", confidence=reliable),
            ],
            sides={"recording": "0.6", "composition": "0.4"},
        ),
        "fjordcast-nordton": _deal("fjordcast", "nordton", "EUR", [_outputs("0.15", "stream")]),
        "fjordcast-statutory": _deal("fjordcast", None, "EUR", [_outputs("0.15", "stream")]),
    }


def levy() -> Json:
    """A deposit of the month's training levy: two thirds for recordings, one third for compositions."""
    recordings = [
        {"fraction": "1/20", "party": "players-fund", "label": "Players without a credit"},
        {"fraction": "19/20", "formula": "training", "side": "recording", "label": "Recordings that models were trained on"},
    ]
    compositions = [
        {"fraction": "1/2", "formula": "sqrt_influence", "side": "composition", "label": "By influence, dampened"},
        {"fraction": "1/2", "formula": "equal_per_party", "side": "composition", "label": "Each writer alike"},
    ]
    return {
        "levy_id": "training-levy-2026-10",
        "administrator": "levy-office",
        "month": "2026-10",
        "currency": "USD",
        "amount": "8000",
        "distribution": {"children": [{"fraction": "2/3", "children": recordings}, {"fraction": "1/3", "children": compositions}]},
    }


def rates() -> Json:
    """Exchange rates that finance posts for a settlement; the figures are invented like everything here."""
    pairs = [
        *(("EUR", "USD", "1.16"), ("USD", "EUR", "0.862069"), ("EUR", "SEK", "11.05")),
        *(("SEK", "EUR", "0.090498"), ("USD", "SEK", "9.525862"), ("SEK", "USD", "0.104977")),
    ]
    return {"rates": [{"from": source, "to": target, "rate": rate, "source": "Invented fixing"} for source, target, rate in pairs]}
