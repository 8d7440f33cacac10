"""A year of a payee's account: what the settlements of that calendar year credited, withheld and paid, and the certificate of tax."""

from collections import defaultdict
from typing import Any, Final

import orjson

from overtone import clock
from overtone.aws import buckets
from overtone.errors import NotFound, Rejected
from overtone.formats.certificate_csv import CertificateRow, written
from overtone.money import format_amount, stored_amount
from overtone.rights.registry import Party
from overtone.rights.versions import Entity
from overtone.scales import Pico
from overtone.stores import registry, sealed_files
from overtone.stores import settlements as settlement_store
from overtone.stores.entities import PARTIES

_FIGURES: Final = ("credited", "recouped", "withheld", "paid", "returned", "returned_tax")


def year_of(text: str) -> str:
    """A year `YYYY`; raises `Rejected`."""
    if not (text.isascii() and text.isdigit() and len(text) == len("2026")):
        raise Rejected.at("year", f"{text!r} is not a year; write it as YYYY")
    return text


def sealed_in(year: str) -> list[settlement_store.Settlement]:
    """The settlements whose payments were made in the year: those of its cut-offs, in order."""
    sealed = [record for record in settlement_store.all_records() if record["status"] == settlement_store.SEALED]
    return sorted((record for record in sealed if record["cutoff"].startswith(year)), key=lambda record: str(record["cutoff"]))


def statement(year: str, party_id: str) -> dict[str, Any]:
    """The year's sums by currency, with the settlements that they are of; raises `NotFound` where there are none."""
    sums: dict[str, defaultdict[str, int]] = {}
    parts = []
    for record in sealed_in(year_of(year)):
        if key := sealed_files.named(record, f"statements/{party_id}.json"):
            told = orjson.loads(buckets.settlement().get(key))
            parts.append(record["settlement_id"])
            for balance in told["balances"]:
                own = sums.setdefault(balance["currency"], defaultdict(int))
                for name in _FIGURES:
                    own[name] += stored_amount(balance.get(name, "0"))
                own["payments"] += 1 if balance["payment_id"] else 0
    if not parts:
        raise NotFound(f"no settlement of {year} moved anything of {party_id!r}")
    items = [_shown(currency, own) for currency, own in sorted(sums.items())]
    return {"year": year, "party_id": party_id, "settlements": parts, "items": items}


def _shown(currency: str, sums: dict[str, int]) -> dict[str, Any]:
    """Paid and withheld are what stayed so: without what the bank sent back."""
    withheld = sums["withheld"] - sums["returned_tax"]
    paid = sums["paid"] - (sums["returned"] - sums["returned_tax"])
    figures = {"credited": sums["credited"], "recouped": sums["recouped"], "gross": paid + withheld, "withheld": withheld, "paid": paid}
    return {"currency": currency, "payments": sums["payments"]} | {name: format_amount(Pico(pico)) for name, pico in figures.items()}


def certified(entity: Entity[Party], year: str) -> Party:
    """A payee as its certificate of a year names it: as today, unless it is of another country now than the year left it in."""
    today, now = clock.today(), clock.timestamp()
    then, current = entity.in_force(min(f"{year}-12-31", today), now), entity.in_force(today, now)
    if then is not None and current is not None and then.content.country != current.content.country:
        return then.content
    return (current or entity.latest).content


def certificate(year: str, party_id: str) -> str:
    """What was withheld from a payee in the year, as its tax office wants to read it: a CSV with a row for each currency."""
    told = statement(year, party_id)
    entity = registry.find(PARTIES, party_id)
    about = CertificateRow.about(party_id, certified(entity, year) if entity else None)
    names = "currency", "gross", "withheld", "paid", "payments"
    return written(CertificateRow(year, *about, *(str(item[name]) for name in names)) for item in told["items"])
