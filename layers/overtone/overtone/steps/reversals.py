"""Money that went back: a collection that the bank recalled or that had never come, credit that is paid back."""

from typing import Any

from overtone import clock
from overtone.errors import NotFound, Rejected
from overtone.money import format_amount
from overtone.payout.money_in import Debtor
from overtone.payout.receipts import RefundRequest, ReversalRequest
from overtone.stores import finance_facts, proposals, receivables
from overtone.stores.finance_facts import FinanceFact
from overtone.stores.proposals import Person


def collection(collection_id: str) -> FinanceFact:
    """A collection by its id; raises `NotFound`."""
    found = finance_facts.find(finance_facts.COLLECTION, collection_id)
    if found is None:
        raise NotFound(f"there is no collection {collection_id!r}")
    return found


def reverse(collection_id: str, request: ReversalRequest, by: str) -> tuple[dict[str, Any], bool]:
    """Undo a collection, whole and once; the reversal, and whether it was there. Raises `NotFound`, `Rejected`, `Conflict`."""
    undone = collection(collection_id).content
    if not undone["received_on"] <= request.reversed_on <= clock.today():
        _refuse("reversed_on", f"send a day from {undone['received_on']}, when the money came, to today")
    content = {**undone, **request.model_dump(mode="json")}
    fact, known = finance_facts.append(finance_facts.REVERSAL, collection_id, content, by)
    return fact.shown(), known


def propose_refund(request: RefundRequest, by: Person) -> tuple[dict[str, Any], bool]:
    """Propose to pay credit back; raises `Rejected` where there is less of it."""
    content = request.model_dump(mode="json")
    if not proposals.repeated(finance_facts.REFUND, request.refund_id, content):
        _require_credit(request)
    return proposals.propose(finance_facts.REFUND, request.refund_id, content, by)


def _require_credit(request: RefundRequest) -> None:
    credit = receivables.now().account(Debtor(request.licensee, request.currency)).credit
    if request.amount > credit:
        _refuse("amount", f"the credit of {request.licensee} is {request.currency} {format_amount(credit)}; GET /v1/receivables lists it")


def _refuse(field: str, message: str) -> None:
    raise Rejected.at(field, message)
