"""Declarations of completeness, and what is here of each reporter's month."""

from typing import Any

import orjson

from overtone import clock
from overtone.aws import keys, tables
from overtone.errors import Fault
from overtone.facts import reports
from overtone.facts.completeness import Declaration, Received, missing
from overtone.money import format_amount, stored_amount
from overtone.partitions import Partition
from overtone.stores import accruals as accrual_store
from overtone.stores import facts as fact_store
from overtone.stores import registry as registry_store

_KIND = "COMPLETENESS"


def declare(reporter: str, declared: Declaration) -> dict[str, Any]:
    """Keep what a reporter says; a later declaration of the same month replaces it."""
    fact_store.party_of(reporter, "reporter")
    reports.check_month(declared.month, clock.today())
    content = declared.model_dump(mode="json", exclude={"reporter"})
    at = clock.timestamp()
    accrual_store.list_month(declared.month)
    fact = {
        "reporter": reporter,
        "batches": declared.batches,
        "records": declared.records,
        "revenue": orjson.dumps(content["revenue"], option=orjson.OPT_SORT_KEYS).decode(),
        "accepted_at": at,
    }
    tables.ledger().put({**keys.month_fact(declared.month, _KIND, reporter)._asdict(), **fact})
    return {"reporter": reporter, **content, "accepted_at": at}


def declarations(month: str) -> dict[str, Declaration]:
    """What each reporter declared for a month."""
    prefix = keys.month_fact(month, _KIND, "")
    return {
        item["reporter"]: Declaration(month=month, batches=item["batches"], records=item["records"], revenue=orjson.loads(item["revenue"]))
        for item in tables.ledger().query(prefix.pk, prefix=prefix.sk)
    }


def received(month: str) -> dict[str, Received]:
    """What is here of each reporter's month, as far as it was accrued."""
    found: dict[str, tuple[int, dict[str, int]]] = {}
    for item in accrual_store.summaries(month):
        partition = Partition.parse(item["sk"])
        if partition.kind != "usage":
            continue
        records, revenue = found.get(partition.reporter, (0, {}))
        for currency, amount in item["revenue"].items():
            revenue[currency] = revenue.get(currency, 0) + stored_amount(amount)
        found[partition.reporter] = (records + item["records"], revenue)
    return {name: Received(_batches(name, month), records, revenue) for name, (records, revenue) in found.items()}


def _batches(reporter: str, month: str) -> int:
    return sum(1 for _ in tables.usage().query(keys.received(reporter, month, "").pk))


def state(month: str) -> list[dict[str, Any]]:
    """For each reporter that declared or sent something: declared, received, missing."""
    declared, here = declarations(month), received(month)
    return [_state(name, declared.get(name), here.get(name, Received(0, 0, {}))) for name in sorted(declared.keys() | here.keys())]


def lacking(month: str) -> list[tuple[str, Fault]]:
    """What stops the settlement of a month: `(reporter, fault)` for each that is not complete.

    A reporter that declared nothing is waited for only where its party record says so, and while it has a deal in force.
    """
    found = []
    states = {item["reporter"]: item for item in state(month)}
    for reporter, item in states.items():
        if not item["complete"]:
            left = ", ".join(f"{name} {value}" for name, value in item["missing"].items())
            found.append((reporter, Fault(f"declared and not here: {left}", field=f"{reporter}/{month}")))
    for reporter in _required(month):
        if not states.get(reporter, {}).get("declared"):
            message = "has to declare the month and has not: POST /v1/completeness"
            found.append((reporter, Fault(message, field=f"{reporter}/{month}")))
    return sorted(found, key=lambda pair: pair[0])


def _required(month: str) -> list[str]:
    """Licensees with a deal in force in the month whose party record requires a declaration."""
    now, day = clock.timestamp(), f"{month}-01"
    deals = [entity.latest.content for entity in registry_store.deals().values()]
    licensees = {deal.licensee for deal in deals if deal.from_[:7] <= month and (deal.to or day) >= day}
    records = registry_store.parties(sorted(licensees))
    versions = {name: entity.in_force(day, now) for name, entity in records.items()}
    return sorted(name for name, version in versions.items() if version and version.content.completeness == "required")


def _state(reporter: str, declared: Declaration | None, here: Received) -> dict[str, Any]:
    revenue = {currency: format_amount(amount) for currency, amount in sorted(here.revenue.items())}
    seen = {"batches": here.batches, "records": here.records, "revenue": revenue}
    lacking = missing(declared, here) if declared else {}
    said = declared.model_dump(mode="json", include={"batches", "records", "revenue"}) if declared else None
    return {"reporter": reporter, "declared": said, "received": seen, "missing": lacking, "complete": not lacking}
