"""Money that came from licensees, as finance posts it or as the bank's statement tells it; and what finance gives up."""

from collections.abc import Collection
from typing import Any, Final

from overtone import clock
from overtone.errors import Conflict, Fault, NotFound, Rejected
from overtone.fields import validated
from overtone.formats.bank import camt053
from overtone.formats.bank.camt053 import BankReceipt
from overtone.money import format_amount, round_down_to_minor, stored_amount
from overtone.payout.acknowledgements import RETURNED, BankDocument, PaymentOutcome
from overtone.payout.receipts import CollectionRequest, WriteOffRequest
from overtone.payout.receivables import Receivables
from overtone.steps import acknowledgements
from overtone.stores import bank_answers, finance_facts, proposals, receivables, registry
from overtone.stores import collections as collection_store
from overtone.stores import settlements as settlement_store
from overtone.stores.collections import SameMoney
from overtone.stores.entities import PARTIES
from overtone.stores.finance_facts import FinanceFact
from overtone.stores.proposals import Person

SETTLEMENTS_SEARCHED_MAX: Final = 48
"""Settlements, the newest first, in which the payments of a bank statement are looked for: four years of months."""


def post(request: CollectionRequest, by: str) -> tuple[dict[str, Any], bool]:
    """Keep a collection; its form, and whether it was there before. Raises `Rejected` for a licensee or invoice that is none."""
    if registry.find(PARTIES, request.licensee) is None and not _is_billed(request.licensee):
        _refuse("licensee", f"{request.licensee!r} is not registered, and no invoice is its own")
    if request.received_on > clock.today():
        _refuse("received_on", f"{request.received_on} lies ahead; send the day on which the money came")
    if request.invoices:
        _check_invoices(request, receivables.now())
    try:
        fact, known = collection_store.keep(_content(request), by, separate=request.separate)
    except SameMoney as error:
        message = f"collection {error.collection_id!r} is of the same licensee, amount and day"
        raise Conflict(f"{message}; where this is other money, send it again with separate: true") from error
    return fact.shown(), known


def _is_billed(name: str) -> bool:
    """Whether somebody without a record owes or owed something, as who deposits a levy may."""
    return any(invoice.licensee == name for invoice in receivables.now().invoices())


def _content(request: CollectionRequest) -> dict[str, Any]:
    return request.model_dump(mode="json", exclude={"separate"})


def _check_invoices(request: CollectionRequest, accounts: Receivables) -> None:
    for index, number in enumerate(request.invoices):
        found = accounts.find(int(number))
        if found is None or (found.licensee, found.currency) != (request.licensee, request.currency):
            message = f"{number} is no invoice of {request.licensee} in {request.currency}; GET /v1/invoices lists them"
            raise Rejected(f"invoices.{index}: {message}", [Fault(message, field="invoices", index=index)])


def _refuse(field: str, message: str) -> None:
    raise Rejected.at(field, message)


def post_statement(body: bytes, by: str) -> dict[str, Any]:
    """Take a bank statement in: receipts that name an invoice become collections, payments of ours are executed or come back."""
    statement = camt053.read(body, clock.timestamp())
    accounts = receivables.now()
    posted, unmatched = [], []
    heard = set[str]()
    for receipt in statement.receipts:
        fact, known, same_as = _taken(receipt, accounts, by, heard)
        heard.add(fact.fact_id if fact else receipt.collection_id)
        posted += [fact.shown() | {"known": known}] if fact else []
        if fact is None:
            told = {"same_as": same_as} if same_as else {}
            shown = {name: value for name, value in receipt._asdict().items() if name != "known_as"}
            unmatched.append(shown | {"amount": format_amount(receipt.amount)} | told)
    answered, unknown = _answered(statement.outcomes, statement.said_at, bank_answers.digest_of(body), by)
    return {"collections": posted, "unmatched": unmatched, "payments": answered, "unknown_payments": unknown}


def _taken(receipt: BankReceipt, accounts: Receivables, by: str, heard: Collection[str]) -> tuple[FinanceFact | None, bool, str]:
    """A receipt as a collection, and whether it was there; or which one has its reference, if that is of other money or was `heard`.

    What was taken before is that, whichever invoices its texts name by now.
    """
    if stands := finance_facts.find(finance_facts.COLLECTION, receipt.collection_id):
        is_it = _is_same(receipt, stands) and receipt.collection_id not in heard
        return (stands, True, "") if is_it else (None, False, receipt.collection_id)
    if receipt.known_as and receipt.known_as not in heard:
        before = finance_facts.find(finance_facts.COLLECTION, receipt.known_as)
        if before and _is_same(receipt, before) and {*before.content["invoices"]} <= {*receipt.numbers}:
            return before, True, ""
    request = _matched(receipt, accounts)
    return _kept_of_statement(request, by) if request else (None, False, "")


def _is_same(receipt: BankReceipt, stands: FinanceFact) -> bool:
    """Whether a collection is of a receipt's money and day."""
    content = stands.content
    figures = content["currency"], stored_amount(content["amount"]), content["received_on"]
    return figures == (receipt.currency, receipt.amount, receipt.received_on)


def _kept_of_statement(request: CollectionRequest, by: str) -> tuple[FinanceFact | None, bool, str]:
    """A receipt as a collection, and whether it was there; or the collection posted by hand that is of the same money.

    What the bank lists twice with references of its own came twice.
    """
    try:
        return *collection_store.keep(_content(request), by), ""
    except SameMoney as error:
        if not error.collection_id.startswith(camt053.COLLECTION):
            return None, False, error.collection_id
    return *collection_store.keep(_content(request), by, separate=True), ""


def _matched(receipt: BankReceipt, accounts: Receivables) -> CollectionRequest | None:
    """A receipt as a collection of the licensee whose invoices it names; none where it names none, or two licensees', or is no money."""
    invoices = [found for number in receipt.numbers if (found := accounts.find(int(number))) and found.currency == receipt.currency]
    if len({found.licensee for found in invoices}) != 1:
        return None
    if receipt.amount == 0 or receipt.amount != round_down_to_minor(receipt.amount, receipt.currency):
        return None
    content = {
        "collection_id": receipt.collection_id,
        "licensee": invoices[0].licensee,
        "currency": receipt.currency,
        "amount": format_amount(receipt.amount),
        "received_on": receipt.received_on,
        "invoices": [found.name for found in invoices],
    }
    return validated(CollectionRequest, content, "the statement's entry")


def _answered(outcomes: tuple[PaymentOutcome, ...], said_at: str, digest: str, by: str) -> tuple[list[dict[str, Any]], list[str]]:
    """What the statement says of payments, settlement by settlement; and the payments of no settlement.

    What left and came back came back, in whichever order the bank lists its entries.
    """
    left = {outcome.payment_id: outcome for outcome in sorted(outcomes, key=lambda outcome: outcome.status == RETURNED)}
    answers = []
    records = (record for record in settlement_store.all_records() if record["status"] == settlement_store.SEALED)
    sealed = [record for record in records if bank_answers.is_answerable(record)]
    for record in sorted(sealed, key=lambda record: record["sealed_at"], reverse=True)[:SETTLEMENTS_SEARCHED_MAX]:
        if not left:
            break
        payments = bank_answers.sent_payments(record, lambda payment: payment.payment_id in left)
        if own := [left.pop(payment_id) for payment_id in sorted(payments)]:
            answers.append(acknowledgements.take(record["settlement_id"], payments, BankDocument(said_at, tuple(own)), digest, by))
    return answers, sorted(left)


def propose_write_off(request: WriteOffRequest, by: Person) -> tuple[dict[str, Any], bool]:
    """Propose to give up what is open of an invoice; raises `Rejected` where nothing is open."""
    content = request.model_dump(mode="json")
    if not proposals.repeated(finance_facts.WRITE_OFF, request.write_off_id, content):
        _require_open(request.invoice)
    return proposals.propose(finance_facts.WRITE_OFF, request.write_off_id, content, by)


def _require_open(number: str) -> None:
    try:
        found = receivables.invoice(number)
    except NotFound as error:
        raise Rejected.at("invoice", error.detail) from error
    if found.is_closed:
        _refuse("invoice", f"nothing is open of {number}")
