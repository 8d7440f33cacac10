"""A society's members as it may see them, and what it has to pass on to each of them by a settlement."""

import csv
from collections import defaultdict
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from overtone import clock
from overtone.aws import buckets
from overtone.errors import NotFound
from overtone.formats.blocks import blocks
from overtone.money import format_amount, stored_amount
from overtone.rights import mandates
from overtone.rights.agreement import Status
from overtone.rights.registry import Mandate, Party
from overtone.rights.versions import Entity, Version
from overtone.scales import ZERO_PICO, Pico
from overtone.stores import registry, sealed_files
from overtone.stores import settlements as settlement_store

ENDED: Final = "ended"
STATUSES: Final = (*Status, ENDED)
_READ: Final = 100
_SUMS: Final = ("gross", "admin_fee", "cultural_deduction", "net")


def of(society: str, status: str | None, after: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Members by id behind `after`, each with its place: those with a mandate of this status, or all that ever gave one."""
    while ids := registry.members(society, after, _READ):
        found = registry.parties(ids)
        for party_id in ids:
            member = _shown(society, found[party_id]) if party_id in found else None
            if member and (status is None or status in {one["status"] for one in member["mandates"]}):
                yield party_id, member
        after = ids[-1]


def _shown(society: str, entity: Entity[Party]) -> dict[str, Any] | None:
    """A member with its mandates to this society as they stand; `None` where it never gave any: its row was written ahead."""
    stands: dict[str, dict[str, Any]] = {}
    listed: dict[str, Mandate] = {}
    for version in _versions(entity, clock.today()):
        stands |= {stand["mandate"]: stand for stand in mandates.shown(entity, version.number, [society])}
        listed |= {mandates.name_of(mandate): mandate for mandate in version.content.mandates if mandate.society == society}
    given = [
        mandate.model_dump(mode="json") | {name: stands[of][name] for name in ("mandate", "status", "waits_for")}
        for of, mandate in listed.items()
        if of in stands
    ]
    if not given:
        last = next((version for version in reversed(entity.versions) if any(m.society == society for m in version.content.mandates)), None)
        if last is None:
            return None
        given = [{"society": society, "status": ENDED}]
    party = entity.stands(clock.today())
    about = {"party": entity.id, "name": party.name, "kind": party.kind, "country": party.country, "ipi": party.ipi}
    return {name: value for name, value in about.items() if value is not None} | {"mandates": given}


def _versions(entity: Entity[Party], day: str) -> list[Version[Party]]:
    """Those that stand on a day or on days to come, and the one recorded last, in order of number."""
    found = {version.number: version for version in (entity.latest, *map(entity.version_on, entity.standing(day)))}
    return [found[number] for number in sorted(found)]


def sums(record: settlement_store.Settlement, society: str) -> list[tuple[str, dict[str, Any]]]:
    """What a settlement brought each member in each currency, before and after deductions; each with its place, in order."""
    key = sealed_files.named(record, f"societies/{society}.csv")
    if key is None:
        raise NotFound(f"settlement {record['settlement_id']} collected nothing by {society!r}")
    found: defaultdict[tuple[str, str], list[Pico]] = defaultdict(lambda: [ZERO_PICO] * len(_SUMS))
    lines = (line for block in blocks(buckets.settlement().stream(key), quoted=False) for line in block.decode().splitlines())
    for row in csv.DictReader(lines):
        totals = found[row["member_id"], row["currency"]]
        for place, name in enumerate(_SUMS):
            totals[place] += stored_amount(row[name])
    return [
        (f"{member}#{currency}", {"member": member, "currency": currency} | dict(zip(_SUMS, map(format_amount, totals), strict=True)))
        for (member, currency), totals in sorted(found.items())
    ]


def page(places: Iterator[tuple[str, dict[str, Any]]], after: str, limit: int) -> list[tuple[str, dict[str, Any]]]:
    """One more than `limit` of the entries behind a place."""
    return list(islice((entry for entry in places if entry[0] > after), limit + 1))
