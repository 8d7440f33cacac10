"""A year of a payee's account: what the settlements of that calendar year credited, withheld and paid, and the certificate of tax."""

from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import takewhile
from typing import Any, Final, NamedTuple

import orjson

from overtone import clock
from overtone.aws import buckets
from overtone.errors import NotFound, Rejected
from overtone.formats.certificate_csv import CertificateRow, written
from overtone.money import format_amount, stored_amount
from overtone.payout.acknowledgements import NamedPayments, Payment, Return, payments_of
from overtone.rights.registry import Party
from overtone.rights.versions import Entity
from overtone.scales import Pico
from overtone.stores import bank_answers, finance_facts, receivables, registry, sealed_files
from overtone.stores import settlements as settlement_store
from overtone.stores.entities import PARTIES
from overtone.stores.settlements import Settlement
from overtone.views import payments

Balances = Sequence[Mapping[str, str]]
"""The accounts of a statement."""
AnnualSums = dict[str, defaultdict[str, int]]
"""By currency and figure; pico, and how many payments."""
_RETURNED: Final = ("returned", "returned_tax")
_FIGURES: Final = ("credited", "recouped", "withheld", "paid", *_RETURNED)


def year_of(text: str) -> str:
    """A year `YYYY`; raises `Rejected`."""
    if not (text.isascii() and text.isdigit() and len(text) == len("2026")):
        raise Rejected.at("year", f"{text!r} is not a year; write it as YYYY")
    return text


def sealed_in(year: str) -> list[Settlement]:
    """The settlements whose payments were made in the year: those of its cut-offs, in order."""
    return [record for record in _sealed() if record["cutoff"].startswith(year)]


def _sealed() -> list[Settlement]:
    """Every sealed settlement, in order."""
    sealed = (record for record in settlement_store.all_records() if record["status"] == settlement_store.SEALED)
    return sorted(sealed, key=lambda record: str(record["cutoff"]))


def statement(year: str, party_id: str) -> dict[str, Any]:
    """The year's sums by currency, with the settlements that they are of; raises `NotFound` where there are none."""
    told = list(_told(sealed_in(year_of(year)), party_id))
    if not told:
        raise NotFound(f"no settlement of {year} moved anything of {party_id!r}")
    (sums,) = _summed(told, {settlement_id: 0 for settlement_id, _ in told}, 1, lambda _: ())
    settlements = [settlement_id for settlement_id, _ in told]
    return {"year": year, "party_id": party_id, "settlements": settlements, "items": _items(sums)}


def _told(sealed: Iterable[Settlement], party_id: str) -> Iterator[tuple[str, Balances]]:
    """What a payee's statements say of its accounts, by settlement, in order."""
    for record in sealed:
        if key := sealed_files.named(record, f"statements/{party_id}.json"):
            yield record["settlement_id"], orjson.loads(buckets.settlement().get(key))["balances"]


def _summed(
    told: Iterable[tuple[str, Balances]], place: Mapping[str, int], places: int, back: Callable[[str], Iterable[Return]]
) -> list[AnnualSums]:
    """The sums of each of some places, by currency; `place` is that of each of the year's settlements.

    What the bank sent back stands in the statement of the settlement that heard of it, and comes off where it had been paid. `back`
    are the payments of the year of which that one heard; what is not among them stays, and what an early version stated without its tax.
    """
    found: list[AnnualSums] = [{} for _ in range(places)]
    for settlement_id, balances in told:
        here = place[settlement_id]
        for balance in balances:
            own = found[here].setdefault(balance["currency"], defaultdict(int))
            for name in _FIGURES:
                own[name] += stored_amount(balance.get(name, "0"))
            own["payments"] += 1 if balance["payment_id"] else 0
        if any(stored_amount(balance["returned"]) for balance in balances if "returned_tax" in balance):
            _move(found, here, place, back(settlement_id))
    return found


def _move(found: Sequence[AnnualSums], here: int, place: Mapping[str, int], back: Iterable[Return]) -> None:
    """Take payments that came back off where they had been paid, and not where that was heard."""
    for payment in back:
        was = found[place.get(payment.settlement_id, here)].setdefault(payment.currency, defaultdict(int))
        heard = found[here][payment.currency]
        for name, amount in zip(_RETURNED, (payment.paid + payment.withheld, payment.withheld), strict=True):
            heard[name] -= amount
            was[name] += amount


def _sent_back(party_id: str, year: Container[str], settlement_id: str) -> list[Return]:
    """A payee's payments by settlements of a year of which one of these heard that they had come back, or after all had not."""
    sealed = _sealed()
    number = [record["settlement_id"] for record in sealed].index(settlement_id)
    before = receivables.heard_by(sealed[number - 1]) if number else 0

    def sent(record: Settlement, back: NamedPayments) -> Mapping[str, Payment]:
        if record["settlement_id"] not in year:
            return {}
        rows = takewhile(lambda row: row["party_id"] == party_id, payments.rows_from(record, party_id))
        return payments_of(rows, record["settlement_id"], back.has)

    return bank_answers.returns(finance_facts.between(before, receivables.heard_by(sealed[number])), sent)


def _items(sums: AnnualSums) -> list[dict[str, Any]]:
    return [_shown(currency, own) for currency, own in sorted(sums.items())]


def _shown(currency: str, sums: Mapping[str, int]) -> dict[str, Any]:
    """Paid and withheld are what stayed so: without what the bank sent back."""
    withheld = sums["withheld"] - sums["returned_tax"]
    paid = sums["paid"] - (sums["returned"] - sums["returned_tax"])
    figures = {"credited": sums["credited"], "recouped": sums["recouped"], "gross": paid + withheld, "withheld": withheld, "paid": paid}
    return {"currency": currency, "payments": sums["payments"]} | {name: format_amount(Pico(pico)) for name, pico in figures.items()}


class Residence(NamedTuple):
    """A payee as its certificate names it, and the settlements that paid and taxed it there."""

    party: Party | None
    settlements: frozenset[str]


def residences(entity: Entity[Party] | None, sealed: Iterable[Settlement]) -> list[Residence]:
    """Where a payee was taxed in a year, one country after the other. As it is called today, if that is its country today."""
    found: dict[str, Residence] = {}
    for record in sealed:
        party = _certified(entity, record["cutoff"]) if entity else None
        country = party.country if party else ""
        before = found[country].settlements if country in found else frozenset[str]()
        found[country] = Residence(party, before | {record["settlement_id"]})
    return list(found.values())


def _certified(entity: Entity[Party], cutoff: str) -> Party:
    """A payee as of today, unless it was of another country when a settlement taxed it."""
    then, current = entity.in_force(cutoff[:10], cutoff), entity.in_force(clock.today(), clock.timestamp())
    if then is not None and current is not None and then.content.country != current.content.country:
        return then.content
    return (current or entity.latest).content


def certified(
    year: str, party_id: str, homes: Sequence[Residence], sealed: Iterable[Settlement]
) -> Iterator[tuple[Party | None, CertificateRow]]:
    """The rows of a payee that was taxed in several countries, each with its record there: of each in which something was paid."""
    number = {settlement_id: place for place, home in enumerate(homes) for settlement_id in home.settlements}
    told, back = _told(sealed, party_id), partial(_sent_back, party_id, number)
    for home, sums in zip(homes, _summed(told, number, len(homes), back), strict=True):
        rows = _rows(year, party_id, home.party, _items(sums))
        yield from ((home.party, row) for row in rows if (row.paid, row.withheld) != ("0", "0"))


def _rows(year: str, party_id: str, party: Party | None, items: Iterable[Mapping[str, Any]]) -> Iterator[CertificateRow]:
    names = "currency", "gross", "withheld", "paid", "payments"
    about = CertificateRow.about(party_id, party)
    return (CertificateRow(year, *about, *(str(item[name]) for name in names)) for item in items)


def certificate(year: str, party_id: str) -> str:
    """What was withheld from a payee in the year, as its tax office wants to read it: a CSV with a row for each country and currency."""
    told, sealed = statement(year, party_id), sealed_in(year)
    homes = residences(registry.find(PARTIES, party_id), sealed)
    if len(homes) > 1:
        return written(row for _, row in certified(year, party_id, homes, sealed))
    return written(_rows(year, party_id, homes[0].party, told["items"]))
