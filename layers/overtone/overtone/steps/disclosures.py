"""Accepting what labs and administrators report: each with its receipt, in one transaction."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

from overtone import clock, money
from overtone.aws import keys, tables
from overtone.aws.attributes import Item
from overtone.aws.keys import Key
from overtone.aws.tables import ABSENT
from overtone.aws.transactions import Put
from overtone.errors import Conflict, Fault, Forbidden, Rejected
from overtone.facts import disclosure, intake, reports, training
from overtone.facts.disclosure import CheckedReport, Method
from overtone.facts.intake import ATTRIBUTION, LEVIES, LEVY, REVENUE, TRAINING, IntakeOutcome, check_size, refuse_bad
from overtone.facts.limits import FAULTS_LISTED_MAX
from overtone.facts.outputs import foreign
from overtone.facts.reports import AttributionReport, LevyDeposit, RevenueReport, TrainingRun
from overtone.facts.training import RunIdentity
from overtone.mechanisms import levy
from overtone.scales import Nano
from overtone.steps import clearances, rejections, withdrawals
from overtone.stores import facts as fact_store
from overtone.stores import kept_reports, senders, training_runs
from overtone.stores import outputs as output_store
from overtone.stores import registry as registry_store
from overtone.stores.entities import PARTIES
from overtone.stores.facts import StoredFact

ReceiptAnswer = tuple[Mapping[str, Any], bool]
"""A receipt, and whether it was there already."""


def check_may_attribute(caller: str, licensee: str) -> None:
    """Raise `Forbidden` unless the licensee named the caller as an attribution provider."""
    found = registry_store.find(PARTIES, licensee)
    version = found.in_force(clock.today(), clock.timestamp()) if found else None
    if version is None or caller not in version.content.attribution_providers:
        raise Forbidden(f"the licensee {licensee!r} has not named {caller!r} in its attribution_providers; it must do so first")


def accept_attributions(report: AttributionReport, licensee: str, sender: str) -> ReceiptAnswer:
    """Store the good disclosures of a report."""
    method = Method(report.model, report.method, report.method_version)
    digest = disclosure.digest(method, report.records)
    if known := fact_store.replayed(ATTRIBUTION, licensee, report.report_id, digest):
        withdrawals.check_stands(ATTRIBUTION, licensee, report.report_id)
        return known, True
    check_size(len(report.records))
    fact_store.party_of(licensee, "licensee")
    checked = without_foreign(disclosure.check(report.records), report.records, licensee)
    try:
        refuse_bad(checked, atomic=report.atomic)
    except Rejected as error:
        rejections.batch(ATTRIBUTION, licensee, report.report_id, error)
        raise
    accepted_at = clock.timestamp()
    if sender != licensee:
        senders.note(sender, licensee)
    about = {"report_id": report.report_id, "licensee": licensee, "sender": sender}
    receipt = report_receipt(about, checked, digest, accepted_at)
    made = disclosure.paged(method, checked.records, licensee, report.report_id)
    return fact_store.commit(StoredFact(ATTRIBUTION, licensee, report.report_id, digest, accepted_at, receipt, made))


def without_foreign(checked: CheckedReport, rows: list[Any], licensee: str) -> CheckedReport:
    """The report without disclosures of outputs that another lab disclosed first, which become faults."""
    current = output_store.find_all({record.output_id for record in checked.records})  # of those that are indexed, which decides
    owners = {output: standing.claimed.licensee for output, standing in current.items()}
    taken = foreign(checked.records, owners, licensee)
    if not taken:
        return checked
    message = "this output was disclosed first by another lab, to which it belongs; use an id of your own"
    faults = [Fault(message, "output_id", output, index) for index, row in enumerate(rows) if (output := disclosure.named(row)) in taken]
    merged = sorted([*checked.faults, *faults], key=lambda fault: fault.index or 0)
    kept = [record for record in checked.records if record.output_id not in taken]
    return CheckedReport(kept, checked.received, merged[:FAULTS_LISTED_MAX])


def report_receipt(about: Mapping[str, object], checked: CheckedReport, digest: str, accepted_at: str) -> dict[str, Any]:
    """What a report is answered with."""
    return intake.receipt(about, IntakeOutcome(checked.received, checked.accepted, checked.faults), digest, accepted_at)


def accept_run(sent: TrainingRun, licensee: str) -> ReceiptAnswer:
    """Store a training run whole: its works' pages and its header."""
    run = RunIdentity(sent.name, sent.model, sent.trained_on)
    check_size(len(sent.works))
    part = training.check(sent.works)
    digest = training.digest(run, part)
    if known := fact_store.replayed(TRAINING, licensee, run.run_id, digest, lambda: training.dropped_digest(sent.works)):
        withdrawals.check_stands(TRAINING, licensee, run.run_id)
        check_same_run(known, run)
        return known, True
    fact_store.party_of(licensee, "licensee")
    reports.check_trained_on(run.trained_on, clock.today())
    accepted_at = clock.timestamp()
    named = cited(sent, licensee)
    header = run_header(sent, licensee, len(part.works), sum(part.weights), accepted_at, named)
    indexed = training_runs.indexed()
    receipt = run_receipt(run, licensee, len(part.works), digest, accepted_at) | named | standing_of(run, licensee, part.works, indexed)
    made = training.paged(run, part, licensee)
    with_it = [header, *withdrawals.displaced(sent, licensee, receipt, indexed)]
    return fact_store.commit(StoredFact(TRAINING, licensee, run.run_id, digest, accepted_at, receipt, made, with_it=with_it))


def check_same_run(known: Mapping[str, Any], run: RunIdentity) -> None:
    """Raise `Conflict` where a run's first receipt is of the same works and another model or day."""
    if (known["model"], known["trained_on"]) != (run.model, run.trained_on):
        about = f"{known['model']}, trained on {known['trained_on']}"
        raise Conflict(f"the run {run.run_id!r} is of {about}; send what is otherwise under a new id, or a higher revision")


def cited(sent: TrainingRun, licensee: str) -> dict[str, str]:
    """The clearance that a run says it was cleared by; raises `Rejected` where the licensee has none such."""
    if sent.clearance_id is None:
        return {}
    return {"clearance_id": clearances.cited(licensee, sent.clearance_id)["clearance_id"]}


def standing_of(run: RunIdentity, licensee: str, works: Sequence[str], indexed: Iterable[Item] | None = None) -> dict[str, Any]:
    """How many of the run's works are denied, unregistered, limited …, as the registry stands when it is taken. `indexed` is the index
    of runs, where it was read before.
    """
    return {"standing": clearances.counts_of_run(works, licensee, run.model, run.trained_on, indexed)} if works else {}


def run_header(sent: TrainingRun, licensee: str, works: int, weight: int, accepted_at: str, named: Mapping[str, str]) -> Put:
    """The header by which settlements find the run; `named` is the clearance that it cites."""
    header = {
        **keys.run_index(sent.trained_on, licensee, sent.name)._asdict(),
        "model": sent.model,
        "works": works,
        "weight": money.format_share(Nano(weight)),
        "shards": training.shards(works),
        "accepted_at": accepted_at,
        **({"revision": sent.revision} if sent.revision else {}),
        **named,
    }
    return Put(tables.ledger(), header, ABSENT)


def run_receipt(run: RunIdentity, licensee: str, works: int, digest: str, accepted_at: str) -> dict[str, Any]:
    """What a run is answered with."""
    about = {"run_id": run.run_id, "licensee": licensee, "model": run.model, "trained_on": run.trained_on}
    return intake.receipt(about, IntakeOutcome(works, works), digest, accepted_at)


def _month_fact(
    kind: str, party: str, report_id: str, content: RevenueReport | LevyDeposit, key: Key, fact: Mapping[str, Any]
) -> ReceiptAnswer:
    """Store what is known of a month as a whole, and list the month: it is settled although nothing was used in it."""
    digest = reports.digest(content)
    report = _name(kind, party, report_id, content, digest)
    if report != report_id:
        withdrawals.check_stands(kind, party, report_id)
    if known := fact_store.replayed(kind, party, report, digest):
        withdrawals.check_stands(kind, party, report)
        return known, True
    if report != report_id:
        key = key._replace(sk=f"{key.sk}#r{content.revision}")
    reports.check_month(content.month, clock.today())
    reports.check_currency(content.currency, content.month)
    accepted_at = clock.timestamp()
    about = content.model_dump(mode="json", exclude={"licensee", "administrator"})
    receipt = {**about, "status": "committed", "digest": digest, "accepted_at": accepted_at}
    item = {**key._asdict(), **fact, "accepted_at": accepted_at}
    with_it = [Put(tables.ledger(), item, ABSENT), Put(tables.ledger(), {"pk": keys.MONTHS, "sk": content.month})]
    return fact_store.commit(StoredFact(kind, party, report, digest, accepted_at, receipt, with_it=with_it))


def _name(kind: str, party: str, report_id: str, content: RevenueReport | LevyDeposit, digest: str) -> str:
    """What a report is called: its id, or, where that was used for a lower revision of the same whole, its id with the revision.

    Raises `Conflict` where it was used for another month, currency or scope: of these a revision replaces nothing, it would add up.
    """
    first, revised = fact_store.find_receipt(kind, party, report_id), f"{report_id}~r{content.revision}"
    if first is None and fact_store.find_receipt(kind, party, revised):  # the first one's receipt is forgotten, its revision's is not
        return revised
    if first is None and content.revision:
        first = kept_reports.find(kind, party, report_id)
    if first is None or first["digest"] == digest or content.revision <= int(first["receipt"].get("revision", 0)):
        return report_id
    said = first["receipt"]
    if (said["month"], said["currency"]) != (content.month, content.currency):
        raise Conflict(
            f"{report_id} is of {said['month']} in {said['currency']}; to move it withdraw it (DELETE) and send it under a new id"
        )
    if moved := [name for name in reports.SCOPE if said.get(name) != getattr(content, name, None)]:
        was = ", ".join(f"{name} {said.get(name) or 'all'}" for name in moved)
        raise Conflict(f"{report_id} is of {was}; to move it withdraw it (DELETE) and send it under a new id")
    return revised


def accept_revenue(report: RevenueReport, licensee: str) -> ReceiptAnswer:
    """Store a licensee's revenue of a month."""
    fact_store.party_of(licensee, "licensee")
    key = keys.month_fact(report.month, "REVENUE", licensee, report.currency, report.report_id)
    fact = {
        "licensee": licensee,
        "currency": report.currency,
        "report_id": report.report_id,
        "net_revenue": money.format_amount(report.net_revenue),
        "subscribers": report.subscribers,
        "revision": report.revision,
        **{name: said for name in reports.SCOPE if (said := getattr(report, name)) is not None},
    }
    return _month_fact(REVENUE, licensee, report.report_id, report, key, fact)


def accept_levy(deposit: LevyDeposit, administrator: str) -> ReceiptAnswer:
    """Store a levy deposit with its distribution."""
    levy.distribution(deposit.distribution)
    fact = {
        "levy_id": deposit.levy_id,
        "currency": deposit.currency,
        "amount": money.format_amount(deposit.amount),
        "distribution": orjson.dumps(deposit.distribution, option=orjson.OPT_SORT_KEYS).decode(),
        "administrator": administrator,
        "revision": deposit.revision,
    }
    key = keys.month_fact(deposit.month, "LEVY", deposit.levy_id)
    return _month_fact(LEVY, LEVIES, deposit.levy_id, deposit, key, fact)
