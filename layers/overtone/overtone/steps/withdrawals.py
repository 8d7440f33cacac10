"""Taking back what was stated whole: attribution reports, training runs, revenue, levies.

The receipt stays, with when it was withdrawn. A report of attributions is taken out where its outputs are indexed: the worker that does so
then has everything that used them accrued again.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from overtone import clock
from overtone.aws import keys, tables
from overtone.aws.attributes import Item
from overtone.aws.tables import ABSENT
from overtone.aws.transactions import Put, Write
from overtone.errors import Conflict, Forbidden, NotFound
from overtone.facts.intake import ATTRIBUTION, LEVY, REVENUE, TRAINING, shown_id, stored_id, whole_id, withdrawal_of
from overtone.facts.reports import RUN_REVISION_MAX, TrainingRun, run_name
from overtone.stores import facts as fact_store
from overtone.stores.facts import StoredFact

_REVISED: Final = re.compile(r"(?P<id>.+)(?P<revision>~r\d{1,16})\Z", re.ASCII)
"""A report's id with its revision behind it, so that the whole may be longer than an id."""
_WORDS: Final = {ATTRIBUTION: "attribution report", TRAINING: "training run", REVENUE: "revenue report", LEVY: "levy"}


def find(kind: str, party: str, report_id: str) -> Item:
    """The stored receipt of a report, of a training run that of the revision that counts unless another one is named; raises `NotFound`."""
    named = _REVISED.match(report_id)
    if kind == TRAINING and not named and (run := _counting(party, stored_id(report_id))):
        return run
    return _stored(kind, party, stored_id(named["id"]) + named["revision"] if named else stored_id(report_id))


def _counting(licensee: str, run_id: str) -> Item | None:
    """The receipt of a run's highest revision that was not taken back, or of its highest."""
    known, gone = _revisions(licensee, run_id)
    numbers = {run_name(run_id, number): number for number in range(RUN_REVISION_MAX + 1)}
    return known[max(known, key=lambda name: (name not in gone, numbers[name]))] if known else None


def _revisions(licensee: str, run_id: str) -> tuple[dict[str, Item], dict[str, Item]]:
    """The receipts of all revisions of a run by name, and those of withdrawals among them."""
    known = fact_store.find_receipts(TRAINING, licensee, (run_name(run_id, number) for number in range(RUN_REVISION_MAX + 1)))
    return known, fact_store.find_receipts(withdrawal_of(TRAINING), licensee, known)


def _stored(kind: str, party: str, report: str) -> Item:
    item = fact_store.find_receipt(kind, party, report)
    if item is None:
        raise NotFound(f"{party} has no {_WORDS.get(kind, kind)} {shown_id(report)!r}")
    return item


def _whole(kind: str, party: str, report: str) -> str:
    """The id that all revisions of a report share."""
    first = whole_id(kind, report)
    return first if first != report and fact_store.find_receipt(kind, party, first) else report


def shown(kind: str, party: str, report_id: str) -> dict[str, Any]:
    """A report's receipt, of the revision that counts unless another one is named, and whether it still counts."""
    item = _highest(kind, party, find(kind, party, report_id))
    gone = fact_store.find_receipt(withdrawal_of(kind), party, _whole(kind, party, item["batch"]))
    receipt: dict[str, Any] = item["receipt"]
    return receipt | ({"status": "withdrawn", "withdrawn_at": gone["accepted_at"]} if gone else {})


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
    """Raise `Conflict` where a report that is sent again was withdrawn."""
    if fact_store.find_receipt(withdrawal_of(kind), party, _whole(kind, party, report)) is not None:
        raise Conflict(
            f"{_WORDS[kind]} {shown_id(report)!r} was withdrawn, so it counts no more; to have it counted send it under a new id"
        )


def withdraw(kind: str, party: str, report_id: str) -> tuple[Mapping[str, Any], bool]:
    """Let a report count no more, in any of its revisions; of a training run the one that counts or is named. Raises `NotFound`."""
    item = _stored(kind, party, _whole(kind, party, find(kind, party, report_id)["batch"]))
    if known := fact_store.replayed(withdrawal_of(kind), party, item["batch"], item["digest"]):
        return known, True
    accepted_at = clock.timestamp()
    answer = _highest(kind, party, item)["receipt"] | {"status": "withdrawn", "withdrawn_at": accepted_at}
    if kind == ATTRIBUTION:
        fact = StoredFact(
            withdrawal_of(kind), party, item["batch"], item["digest"], accepted_at, answer, marks=fact_store.partitions_of(item)
        )
    else:
        marks = marks_of(kind, party, item["receipt"], accepted_at)
        fact = StoredFact(withdrawal_of(kind), party, item["batch"], item["digest"], accepted_at, answer, with_it=marks)
    return fact_store.commit(fact)


def check_sent(caller: str, licensee: str, report_id: str) -> None:
    """Raise `Forbidden` unless the caller sent the licensee's report of attributions; the same where there is no such report."""
    refusal = Forbidden(f"{caller!r} sent no report {report_id!r} of {licensee}; who sent one, or {licensee}, reads and withdraws it")
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


def displaced(sent: TrainingRun, licensee: str, receipt: Mapping[str, Any]) -> list[Write]:
    """What makes the lower revisions of a run count no more, and the run itself, by its receipt, where a higher one is here already.

    Of two that come at the same moment neither sees the other: whoever reads runs takes the higher one, too.
    """
    numbers = {run_name(sent.run_id, number): number for number in range(RUN_REVISION_MAX + 1)}
    known, gone = _revisions(licensee, sent.run_id)
    standing = {name: item for name, item in known.items() if name not in gone}
    over = {name: item["receipt"] for name, item in standing.items()}
    if any(numbers[name] > sent.revision for name in standing):
        over = {sent.name: receipt}
    made: list[Write] = []
    for name, told in sorted(over.items()):
        at, digest = receipt["accepted_at"], told["digest"]
        answer = {**told, "status": "withdrawn", "withdrawn_at": at}
        marks = marks_of(TRAINING, licensee, told, at)
        made += fact_store.writes(StoredFact(withdrawal_of(TRAINING), licensee, name, digest, at, answer, with_it=marks))
    return made
