"""What the bank answered to a settlement's payments: kept in order, and told what it changed; the next settlement reopens balances."""

import contextlib
from collections.abc import Iterable
from typing import Any, Final

from overtone import clock
from overtone.errors import Fault, Gone, Retryable, Unsupported
from overtone.facts import events
from overtone.facts.events import OFFICE, PartyEvent
from overtone.formats.bank import answers_csv, pain002
from overtone.money import format_amount
from overtone.payout.acknowledgements import (
    EXECUTED,
    IGNORED,
    KNOWN,
    NEW,
    BankDocument,
    Ledger,
    NamedPayments,
    OutcomeEffect,
    Payment,
    about,
)
from overtone.stores import bank_answers, sealed_files
from overtone.stores import settlements as settlement_store

XML: Final = frozenset({"application/xml", "text/xml"})
CSV: Final = frozenset({"text/csv"})
BANK_FILE: Final = "pain001-"
LISTED_MAX: Final = 1_000
"""Payments and faults that one answer lists of each kind; the totals stand beside them."""
ATTEMPTS_MAX: Final = 5
"""How often an answer looks for its place among others that arrive at the same moment."""


def accept(record: settlement_store.Settlement, media_type: str, body: bytes, by: str) -> dict[str, Any]:
    """Read an acknowledgement and keep it; the same document again keeps nothing new. Raises `Gone` where payments are soon forgotten."""
    if not bank_answers.is_answerable(record):
        raise Gone(
            f"answers to the payments of {record['settlement_id']} were taken until {bank_answers.answered_until(record)}: those payments "
            f"are forgotten soon; enter what came back since by POST /v1/adjustments"
        )
    answer = _read(record, media_type, body)
    payments = bank_answers.sent_payments(record, NamedPayments.of([answer]).has)
    return take(record["settlement_id"], payments, answer, bank_answers.digest_of(body), by)


def take(settlement_id: str, payments: dict[str, Payment], answer: BankDocument, digest: str, by: str) -> dict[str, Any]:
    """Keep what a document says of a settlement's payments, of which those that it names are given, and tell what it changed."""
    for _ in range(ATTEMPTS_MAX - 1):
        with contextlib.suppress(Retryable):
            return _answer(settlement_id, *_kept(settlement_id, payments, answer, digest, by))
    return _answer(settlement_id, *_kept(settlement_id, payments, answer, digest, by))


def _kept(
    settlement_id: str, payments: dict[str, Payment], answer: BankDocument, digest: str, by: str
) -> tuple[list[OutcomeEffect], list[Fault]]:
    ledger, known = Ledger(payments), list[str]()
    for entry in bank_answers.of(settlement_id):
        ledger.hear(about(entry.answer, payments))
        known.append(entry.digest)
    if digest in known:
        effects, faults = ledger.hear(answer._replace(said_at=""))
        return [
            entry if entry.effect == KNOWN else entry._replace(effect=IGNORED, why="this document was sent before") for entry in effects
        ], faults
    effects, faults = ledger.hear(answer)
    if effects:
        bank_answers.keep(settlement_id, len(known) + 1, digest, answer, by, _news(effects))
    return effects, faults


def _news(effects: Iterable[OutcomeEffect]) -> list[PartyEvent]:
    """A payee, and finance, is told of each payment that newly came back or was refused."""
    now, news = clock.timestamp(), list[PartyEvent]()
    for entry in effects:
        if entry.effect == NEW and entry.state.reopens:
            payment = entry.payment
            named = {"payment_id": payment.payment_id, "settlement_id": payment.settlement_id, "party_id": payment.party_id}
            said = {"currency": payment.currency, "paid": format_amount(payment.paid), "reason": entry.state.reason}
            parties = (OFFICE, payment.party_id)
            news += events.events_for("payment.returned", now, parties, **named, **said, status=entry.state.status)
    return news


def _read(record: settlement_store.Settlement, media_type: str, body: bytes) -> BankDocument:
    if media_type in CSV:
        return BankDocument(clock.timestamp(), tuple(answers_csv.read(body)))
    if media_type in XML:
        names = [entry["name"] for entry in sealed_files.manifest_of(record)["files"]]
        labels = [name[len(BANK_FILE) : -len(".xml")] for name in names if name.startswith(BANK_FILE)]
        return pain002.read(body, record["settlement_id"], labels, clock.timestamp())
    raise Unsupported(f"{media_type} is not read here; send pain.002 as {' or '.join(sorted(XML))}, or text/csv")


def _answer(settlement_id: str, effects: list[OutcomeEffect], faults: list[Fault]) -> dict[str, Any]:
    """Counts are those of payments. `returned` are payments owed again, `ignored` statements that change nothing, and why."""
    returned = [entry for entry in effects if entry.state.reopens and entry.effect != IGNORED]
    ignored = [entry for entry in effects if entry.effect == IGNORED]
    return {
        "settlement_id": settlement_id,
        "payments": len({entry.payment.payment_id for entry in effects}),
        "executed": sum(1 for entry in effects if entry.outcome.status == entry.state.status == EXECUTED),
        "returned_total": len(returned),
        "returned": [_shown(entry) for entry in returned[:LISTED_MAX]],
        "ignored_total": len(ignored),
        "ignored": [_shown(entry) | {"why": entry.why} for entry in ignored[:LISTED_MAX]],
        "faults_total": len(faults),
        "errors": [fault.to_json() for fault in faults[:LISTED_MAX]],
    }


def _shown(entry: OutcomeEffect) -> dict[str, Any]:
    payment = entry.payment
    named = {
        "payment_id": payment.payment_id,
        "settlement_id": payment.settlement_id,
        "party_id": payment.party_id,
        "currency": payment.currency,
    }
    figures = {"paid": format_amount(payment.paid), "withheld": format_amount(payment.withheld)}
    return named | figures | {"status": entry.state.status, "reason": entry.outcome.reason, "known": entry.effect == KNOWN}
