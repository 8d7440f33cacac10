"""A year of a payee's account: what the settlements of that calendar year credited, withheld and paid, and the certificate of tax."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, combinations
from typing import Any, Final, NamedTuple

import orjson

from overtone import clock
from overtone.aws import buckets
from overtone.errors import NotFound, Rejected
from overtone.formats.certificate_csv import CertificateRow, written
from overtone.money import format_amount, stored_amount
from overtone.payout.acknowledgements import REFUSED, RETURNED
from overtone.rights.registry import Party
from overtone.rights.versions import Entity
from overtone.scales import Pico
from overtone.stores import registry, sealed_files
from overtone.stores import settlements as settlement_store
from overtone.stores.entities import PARTIES
from overtone.stores.settlements import Settlement
from overtone.views import payments as payments_view

Balances = Sequence[Mapping[str, str]]
"""The accounts of a statement."""
AnnualSums = dict[str, defaultdict[str, int]]
"""By currency and figure; pico, and how many payments."""
_RETURNED: Final = ("returned", "returned_tax")
PAYMENTS_MAX: Final = 200
"""Payments of one payee in one settlement that are looked at: one for each currency."""
COMBINED_MAX: Final = 12
"""Payments, the latest first, of which some may have come back at once: there are 4,095 sets of them."""
_FIGURES: Final = ("credited", "recouped", "withheld", "paid", *_RETURNED)


def year_of(text: str) -> str:
    """A year `YYYY`; raises `Rejected`."""
    if not (text.isascii() and text.isdigit() and len(text) == len("2026")):
        raise Rejected.at("year", f"{text!r} is not a year; write it as YYYY")
    return text


def sealed_in(year: str) -> list[Settlement]:
    """The settlements whose payments were made in the year: those of its cut-offs, in order."""
    sealed = [record for record in settlement_store.all_records() if record["status"] == settlement_store.SEALED]
    return sorted((record for record in sealed if record["cutoff"].startswith(year)), key=lambda record: str(record["cutoff"]))


def statement(year: str, party_id: str) -> dict[str, Any]:
    """The year's sums by currency, with the settlements that they are of; raises `NotFound` where there are none."""
    told = list(_told(sealed_in(year_of(year)), party_id))
    if not told:
        raise NotFound(f"no settlement of {year} moved anything of {party_id!r}")
    (sums,) = _summed(party_id, told, lambda _: 0, 1)
    settlements = [settlement_id for settlement_id, _ in told]
    return {"year": year, "party_id": party_id, "settlements": settlements, "items": _items(sums)}


def _told(sealed: Iterable[Settlement], party_id: str) -> Iterator[tuple[str, Balances]]:
    """What a payee's statements say of its accounts, by settlement, in order."""
    for record in sealed:
        if key := sealed_files.named(record, f"statements/{party_id}.json"):
            yield record["settlement_id"], orjson.loads(buckets.settlement().get(key))["balances"]


def _summed(party_id: str, told: Iterable[tuple[str, Balances]], place: Callable[[str], int], places: int) -> list[AnnualSums]:
    """The sums of each of some places, by currency. What a bank sent back comes off where it had been paid, if that can be told."""
    found: list[AnnualSums] = [{} for _ in range(places)]
    payments = _Payments(party_id, [], [])

    def add(where: int, currency: str, **figures: int) -> None:
        own = found[where].setdefault(currency, defaultdict(int))
        for name, figure in figures.items():
            own[name] += figure

    for settlement_id, balances in told:
        here, new = place(settlement_id), list[_Payment]()
        for balance in balances:
            currency, figures = balance["currency"], {name: stored_amount(balance.get(name, "0")) for name in _FIGURES}
            whole, tax = (figures.pop(name) for name in _RETURNED)
            add(here, currency, **figures, payments=1 if balance["payment_id"] else 0)
            for where, back, tax_back in payments.moved(currency, whole, tax, here):
                add(where, currency, returned=back, returned_tax=tax_back)
            if balance["payment_id"]:
                new.append(_Payment(here, settlement_id, balance["payment_id"], currency, figures["paid"], figures["withheld"]))
        payments.sent.extend(new)
    return found


class _Payment(NamedTuple):
    """A payment, and the place in which it was taxed; pico."""

    place: int
    settlement_id: str
    payment_id: str
    currency: str
    paid: Pico
    withheld: Pico


class _Payments(NamedTuple):
    """The payments of a payee that stand, and those that a bank sent back."""

    party_id: str
    sent: list[_Payment]
    returned: list[_Payment]

    def moved(self, currency: str, whole: Pico, tax: Pico, otherwise: int) -> list[tuple[int, Pico, Pico]]:
        """Where what came back (`whole`, with its tax) had been paid, and how much in each place; negative: what was paid after all.

        That is told by the payments that come to exactly as much, in several places those that the bank names.
        """
        if not whole:
            return []
        sign, standing, other = (1, self.sent, self.returned) if whole > 0 else (-1, self.returned, self.sent)
        fitting = [one for one in standing[::-1] if one.currency == currency]
        if len({one.place for one in fitting}) > 1:
            fitting = [one for one in fitting if self._came_back(one) == (sign > 0)] or fitting
        found = _coming_to(fitting[:COMBINED_MAX], Pico(abs(whole) - abs(tax)), Pico(abs(tax)))
        for one in found:
            standing.remove(one)
            other.append(one)
        parts = [(one.place, Pico(sign * (one.paid + one.withheld)), Pico(sign * one.withheld)) for one in found]
        return parts or [(otherwise, whole, tax)]

    def _came_back(self, payment: _Payment) -> bool:
        """Whether the bank says so of this payment."""
        record = settlement_store.get(payment.settlement_id)
        rows, _ = payments_view.listing(record, {"party_id": self.party_id}, "", PAYMENTS_MAX)
        return any(row["payment_id"] == payment.payment_id and row["state"] in {REFUSED, RETURNED} for row in rows)


def _coming_to(payments: Sequence[_Payment], paid: Pico, withheld: Pico) -> tuple[_Payment, ...]:
    """The fewest of some payments that come to these sums, of as few the first; none where they do not."""
    sets = chain.from_iterable(combinations(payments, size) for size in range(1, len(payments) + 1))
    return next((some for some in sets if (sum(p.paid for p in some), sum(p.withheld for p in some)) == (paid, withheld)), ())


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
    for home, sums in zip(homes, _summed(party_id, _told(sealed, party_id), number.__getitem__, len(homes)), strict=True):
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
