"""Taking back what was stated whole: attribution reports, training runs, revenue, levies.

The receipt stays, with when it was withdrawn; where it is forgotten, runs, revenue and levies go by what the ledger keeps of them. A
report of attributions is taken out where its outputs are indexed: the worker that does so then has everything that used them accrued again.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from overtone import clock
from overtone.aws import keys, tables
from overtone.aws.attributes import Item
from overtone.aws.tables import ABSENT
from overtone.aws.transactions import Put, Write
from overtone.config import settings
from overtone.errors import Conflict, Forbidden, NotFound
from overtone.facts.intake import ATTRIBUTION, LEVY, REVENUE, TRAINING, shown_id, stored_id, whole_id, withdrawal_of
from overtone.facts.reports import TrainingRun
from overtone.stores import facts as fact_store
from overtone.stores import kept_reports
from overtone.stores.facts import StoredFact
from overtone.stores.kept_reports import KnownRun

_REVISED: Final = re.compile(r"(?P<id>.+)(?P<revision>~r\d{1,16})\Z", re.ASCII)
"""A report's id with its revision behind it, so that the whole may be longer than an id."""
_WORDS: Final = {ATTRIBUTION: "attribution report", TRAINING: "training run", REVENUE: "revenue report", LEVY: "levy"}


def find(kind: str, party: str, report_id: str) -> Item:
    """The stored receipt of a report, of a training run that of the revision that counts unless another one is named; raises `NotFound`."""
    named = _REVISED.match(report_id)
    name = stored_id(named["id"]) + named["revision"] if named else stored_id(report_id)
    return _run(party, name) if kind == TRAINING else _stored(kind, party, name)


def _run(licensee: str, name: str) -> Item:
    """The receipt of a run by the name of a revision, or by its id: of the highest that was not taken back, or of the highest."""
    known = [run for run in kept_reports.runs(licensee) if name in {run.name, run.run_id}]
    if not known:
        return _stored(TRAINING, licensee, name)
    run = max(known, key=lambda run: (run.run_id == name, not run.withdrawn_at, run.revision))
    receipt = fact_store.find_receipt(TRAINING, licensee, run.name)
    return {**(receipt or run.item), "withdrawn_at": run.withdrawn_at}


def _stored(kind: str, party: str, report: str) -> Item:
    """A report's receipt, or what is kept longer; raises `NotFound`."""
    if item := fact_store.find_receipt(kind, party, report):
        return item
    if kind in {REVENUE, LEVY} and (kept := kept_reports.find(kind, party, whole_id(kind, report))):
        return kept
    raise NotFound(f"{party} has no {_WORDS.get(kind, kind)} {shown_id(report)!r}{_of_older() if kind == ATTRIBUTION else ''}")


def _of_older() -> str:
    """What to do about a report of attributions that is forgotten."""
    return (
        f"; one is forgotten {settings().usage_retention_days} days after it came, and what it says of its outputs counts on: disclose "
        f"them again with a higher revision, without shares where they owe to nobody"
    )


def _whole(kind: str, party: str, report: str) -> str:
    """The id that all revisions of a report share."""
    first = whole_id(kind, report)
    return first if first != report and fact_store.find_receipt(kind, party, first) else report


def shown(kind: str, party: str, report_id: str) -> dict[str, Any]:
    """A report's receipt, of the revision that counts unless another one is named, and whether it still counts."""
    found = find(kind, party, report_id)
    item = _highest(kind, party, found)
    at = found.get("withdrawn_at") or withdrawn_at(kind, party, _whole(kind, party, item["batch"]))
    receipt: dict[str, Any] = item["receipt"]
    return receipt | ({"status": "withdrawn", "withdrawn_at": at} if at else {})


def _highest(kind: str, party: str, first: Item) -> Item:
    """The receipt of the highest revision of what is known of a month as a whole, where its first one is asked for."""
    if kind not in {REVENUE, LEVY} or whole_id(kind, first["batch"]) != first["batch"]:
        return first
    said = first["receipt"]
    whose = [party, said["currency"]] if kind == REVENUE else []
    fact = keys.month_fact(said["month"], kind.upper(), *whose, first["batch"])
    revised = [int(item["revision"]) for item in tables.ledger().query(fact.pk, prefix=f"{fact.sk}#r")]
    return (fact_store.find_receipt(kind, party, f"{first['batch']}~r{max(revised)}") if revised else None) or first


def withdrawn_at(kind: str, party: str, report: str) -> str:
    """When a report, by its stored id, was withdrawn; "" where it stands."""
    gone = fact_store.find_receipt(withdrawal_of(kind), party, report)
    return str(gone["accepted_at"]) if gone else ""


def check_stands(kind: str, party: str, report: str) -> None:
    """Raise `Conflict` where a report that is sent again, or revised, was withdrawn."""
    whole = _whole(kind, party, report)
    kept = None if fact_store.find_receipt(kind, party, whole) or kind not in {REVENUE, LEVY} else kept_reports.find(kind, party, whole)
    if withdrawn_at(kind, party, whole) or (kept and kept["withdrawn_at"]):
        raise Conflict(
            f"{_WORDS[kind]} {shown_id(report)!r} was withdrawn, so it counts no more; to have it counted send it under a new id"
        )


def withdraw(kind: str, party: str, report_id: str) -> tuple[Mapping[str, Any], bool]:
    """Let a report count no more, in any of its revisions; of a training run the one that counts or is named. Raises `NotFound`."""
    item = find(kind, party, report_id)
    if kind != TRAINING and (whole := _whole(kind, party, item["batch"])) != item["batch"]:
        item = _stored(kind, party, whole)
    if known := fact_store.find_receipt(withdrawal_of(kind), party, item["batch"]):
        return known["receipt"], True
    accepted_at = item.get("withdrawn_at") or clock.timestamp()  # then, where the ledger says so: an earlier version left no receipt
    answer = _highest(kind, party, item)["receipt"] | {"status": "withdrawn", "withdrawn_at": accepted_at}
    if kind == ATTRIBUTION:
        fact = StoredFact(
            withdrawal_of(kind), party, item["batch"], item["digest"], accepted_at, answer, marks=fact_store.partitions_of(item)
        )
    else:
        marks = marks_of(kind, party, item["receipt"], accepted_at)
        marks += _lower_revisions(party, item["batch"], accepted_at) if kind == TRAINING else []
        fact = StoredFact(withdrawal_of(kind), party, item["batch"], item["digest"], accepted_at, answer, with_it=marks)
    return fact_store.commit(fact)


def check_sent(caller: str, licensee: str, report_id: str) -> None:
    """Raise `Forbidden` unless the caller sent the licensee's report of attributions; the same where there is no such report."""
    refusal = Forbidden(
        f"{caller!r} sent no report {report_id!r} of {licensee}; who sent one, or {licensee}, reads and withdraws it{_of_older()}"
    )
    try:
        sender = find(ATTRIBUTION, licensee, report_id)["receipt"].get("sender")
    except NotFound as error:
        raise refusal from error
    if sender != caller:
        raise refusal


def marks_of(kind: str, party: str, receipt: Mapping[str, Any], accepted_at: str) -> list[Write]:
    """What says in the ledger that a report counts no more, so that settlements look at its month again; nothing where it says so."""
    if kind == TRAINING:
        day, run_id = receipt["trained_on"], receipt["run_id"]
        named = [keys.withdrawn_run(day, party, run_id), keys.month_fact(day[:7], "WITHDRAWN", "RUN", party, run_id)]
    elif kind == REVENUE:
        named = [keys.month_fact(receipt["month"], "WITHDRAWN", "REVENUE", party, receipt["report_id"])]
    else:
        named = [keys.month_fact(receipt["month"], "WITHDRAWN", "LEVY", receipt["levy_id"])]
    ledger = tables.ledger()
    said = ledger.batch_get(named)
    return [Put(ledger, {**key._asdict(), "accepted_at": accepted_at}, ABSENT) for key in named if key not in said]


def displaced(sent: TrainingRun, licensee: str, receipt: Mapping[str, Any], indexed: Iterable[Item] | None = None) -> list[Write]:
    """What makes the lower revisions of a run count no more, and the run itself, by its receipt, where a higher one is here already.

    Of two that come at the same moment neither sees the other: whoever reads runs takes the higher one, too. `indexed` is the index of
    runs, where it was read just now.
    """
    standing = _standing(kept_reports.runs(licensee, indexed), sent.run_id)
    if any(run.revision > sent.revision for run in standing):
        return _taken_back(licensee, sent.name, receipt, receipt["accepted_at"])
    return _all_taken_back(licensee, [run for run in standing if run.revision < sent.revision], receipt["accepted_at"])


def _lower_revisions(licensee: str, name: str, at: str) -> list[Write]:
    """What makes the revisions below one that is withdrawn count no more, where they came at its moment, and it did not do so."""
    runs = kept_reports.runs(licensee)
    mine = next(run for run in runs if run.name == name)
    return _all_taken_back(licensee, [run for run in _standing(runs, mine.run_id) if run.revision < mine.revision], at)


def _standing(runs: Iterable[KnownRun], run_id: str) -> list[KnownRun]:
    return [run for run in runs if run.run_id == run_id and not run.withdrawn_at]


def _all_taken_back(licensee: str, runs: Sequence[KnownRun], at: str) -> list[Write]:
    receipts = fact_store.find_receipts(TRAINING, licensee, (run.name for run in runs))
    told = {run.name: receipts.get(run.name, run.item)["receipt"] for run in runs}
    return [write for name in sorted(told) for write in _taken_back(licensee, name, told[name], at)]


def _taken_back(licensee: str, name: str, told: Mapping[str, Any], at: str) -> list[Write]:
    answer, marks = {**told, "status": "withdrawn", "withdrawn_at": at}, marks_of(TRAINING, licensee, told, at)
    return fact_store.writes(StoredFact(withdrawal_of(TRAINING), licensee, name, told.get("digest", ""), at, answer, with_it=marks))
