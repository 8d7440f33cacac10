"""Declarations of completeness, and what is here of each reporter's month."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from overtone import clock
from overtone.aws import keys, tables
from overtone.aws.attributes import Item
from overtone.errors import Fault
from overtone.facts import reports
from overtone.facts.completeness import Declaration, Received, missing, surplus
from overtone.facts.intake import USAGE, WITHDRAWAL
from overtone.fields import stored
from overtone.money import format_amount, stored_amount
from overtone.months import last_day
from overtone.partitions import Partition
from overtone.rights.registry import Party
from overtone.rights.versions import Entity
from overtone.scales import ZERO_PICO, Pico
from overtone.settlement.deals import Deal
from overtone.settlement.snapshot import Snapshot
from overtone.stores import accruals as accrual_store
from overtone.stores import facts as fact_store
from overtone.stores import pending_usage
from overtone.stores import registry as registry_store
from overtone.stores.quarantine import Aside

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
        item["reporter"]: stored(Declaration, _said(item) | {"month": month}) for item in tables.ledger().query(prefix.pk, prefix=prefix.sk)
    }


def _said(item: Item) -> dict[str, Any]:
    return {"batches": item["batches"], "records": item["records"], "revenue": orjson.loads(item["revenue"])}


def _revenue(month: str) -> dict[str, dict[str, Pico]]:
    """What was reported of each reporter's month, as far as it was accrued."""
    found: dict[str, dict[str, Pico]] = {}
    for item in accrual_store.summaries(month):
        partition = Partition.parse(item["sk"])
        if partition.kind != USAGE:
            continue
        revenue = found.setdefault(partition.reporter, {})
        for currency, amount in item["revenue"].items():
            revenue[currency] = revenue.get(currency, ZERO_PICO) + stored_amount(amount)
    return found


def _here(month: str, reporters: Collection[str]) -> dict[str, Received]:
    """What is here of these reporters' month."""
    revenue = _revenue(month) if reporters else {}
    return {name: _received(name, month, revenue.get(name, {})) for name in sorted(reporters)}


def _received(reporter: str, month: str, revenue: dict[str, Pico]) -> Received:
    """The month's batches, without the voids that came with corrections."""
    items = list(tables.usage().query(keys.received(reporter, month, "").pk))
    sent = {item["batch"]: int(item["records"]) for item in items if item["kind"] == USAGE}
    gone = [sent[item["batch"]] for item in items if item["kind"] == WITHDRAWAL and item["batch"] in sent]
    return Received(len(sent), sum(sent.values()), revenue, len(gone), sum(gone))


def state(month: str) -> list[dict[str, Any]]:
    """For each reporter that declared or sent something: declared, received, missing."""
    declared, revenue = declarations(month), _revenue(month)
    names = sorted(declared.keys() | revenue.keys())  # what came, though nothing of it is accrued
    return [_state(name, declared.get(name), _received(name, month, revenue.get(name, {}))) for name in names]


def with_pending(month: str) -> list[dict[str, Any]]:
    """The same with what is accepted and not counted yet (`pending`), of reporters of whom nothing is counted as well."""
    states = {one["reporter"]: one for one in state(month)}
    waits = pending_usage.of_month(month)
    for name in waits.keys() - states.keys():
        states[name] = _state(name, None, Received(0, 0, {}))
    return [states[name] | {"pending": waits.get(name, pending_usage.NOTHING_PENDING)._asdict()} for name in sorted(states)]


class GateFacts(NamedTuple):
    """What the gate asks of every month alike, read once: the deals, the parties that are licensees in them, and what is set aside."""

    known: Snapshot
    parties: Mapping[str, Entity[Party]]
    aside: Collection[Aside]

    @classmethod
    def of(cls, deals: Mapping[str, Entity[Deal]], aside: Collection[Aside]) -> "GateFacts":
        """With what the parties' records say now."""
        known = Snapshot(works={}, by_key={}, parties={}, deals=deals, cutoff=clock.timestamp())
        return cls(known, registry_store.parties(sorted(known.licensees())), aside)

    def licensees(self, month: str) -> set[str]:
        """Licensees with a deal in force in the month, as its versions have it and were accepted by now; its tail is part of it."""
        return {licensee for licensee in self.known.licensees() if self.known.deals_of_month(licensee, last_day(month))}

    def asked(self, month: str, licensees: Collection[str]) -> dict[str, str]:
        """What the records of these licensees say of declaring, as they have it on the month's last day."""
        now, day = self.known.cutoff, last_day(month)
        versions = {name: entity.in_force(day, now) for name, entity in self.parties.items() if name in licensees}
        return {name: version.content.completeness for name, version in versions.items() if version}

    def not_counted(self, month: str) -> set[str]:
        """Reporters of whose usage of a month something cannot be accrued."""
        partitions = (Partition.parse(one.partition) for one in self.aside if one.month == month)
        return {partition.reporter for partition in partitions if partition.kind == USAGE}


class MonthGate(NamedTuple):
    """What stops the settlement of a month, by reporter, and the reporters whose record says that only their own money waits for it."""

    faults: Sequence[tuple[str, Fault]]
    own: Collection[str]

    def waiting(self, month: str, waived: Collection[tuple[str, str]]) -> set[str]:
        """Reporters whose month is not complete, and whose own money alone waits for it."""
        return {reporter for reporter, _ in self.faults if reporter in self.own and (reporter, month) not in waived}

    def stopping(self, month: str, waived: Collection[tuple[str, str]]) -> list[Fault]:
        """What stops everybody's settlement: that of reporters of whom neither finance nor their own record says otherwise."""
        return [fault for reporter, fault in self.faults if (reporter, month) not in waived and reporter not in self.own]


def gate(month: str, facts: GateFacts) -> MonthGate:
    """What stops the settlement of a month.

    Nobody is waited for who has no deal in force in the month, because what it lacks moves nobody's money; who declared nothing only
    where its party record says so; and for no revenue of whom something is set aside, which is here and not counted.
    """
    if not (licensees := facts.licensees(month)):
        return MonthGate([], [])
    declared = {name: said for name, said in declarations(month).items() if name in licensees}
    found, aside = list[tuple[str, Fault]](), facts.not_counted(month)
    for reporter, here in _here(month, declared).items():
        item = _state(reporter, declared[reporter], here)
        for name, words in (("missing", "declared and not here"), ("surplus", "here and not declared")):
            amounts = {field: value for field, value in item[name].items() if field != "revenue" or reporter not in aside}
            if amounts:
                left = ", ".join(f"{field} {value}" for field, value in amounts.items())
                found.append((reporter, Fault(f"{words}: {left}", field=f"{reporter}/{month}")))
    asked = facts.asked(month, licensees)
    message = "has to declare the month and has not: POST /v1/completeness"
    found += [
        (reporter, Fault(message, field=f"{reporter}/{month}"))
        for reporter, asks in asked.items()
        if asks in {"required", "own"} and reporter not in declared
    ]
    return MonthGate(sorted(found, key=lambda pair: pair[0]), [reporter for reporter, asks in asked.items() if asks == "own"])


def _state(reporter: str, declared: Declaration | None, here: Received) -> dict[str, Any]:
    revenue = {currency: format_amount(amount) for currency, amount in sorted(here.revenue.items())}
    seen: dict[str, Any] = {"batches": here.batches, "records": here.records, "revenue": revenue}
    if here.withdrawn_batches:
        seen["withdrawn"] = {"batches": here.withdrawn_batches, "records": here.withdrawn_records}
    lacking, more = (missing(declared, here), surplus(declared, here)) if declared else ({}, {})
    said = declared.model_dump(mode="json", include={"batches", "records", "revenue"}) if declared else None
    stated = {"reporter": reporter, "declared": said, "received": seen, "missing": lacking, "surplus": more}
    return {**stated, "complete": not lacking and not more}
