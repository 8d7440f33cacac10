"""What finance does by hand: adjustments that two persons agree on, opening balances, the confirmation of changed bank details."""

from typing import Any

from overtone import clock
from overtone.errors import Conflict, Rejected
from overtone.money import format_amount
from overtone.payout.adjustments import AdjustmentRequest, OpeningRequest
from overtone.stores import chain as chain_store
from overtone.stores import finance_facts, opened_suspense, proposals, registry
from overtone.stores.entities import PARTIES
from overtone.stores.proposals import Person


def propose_adjustment(request: AdjustmentRequest, by: Person) -> tuple[dict[str, Any], bool]:
    """Propose an adjustment; raises `Rejected` for a party that is none."""
    content = request.model_dump(mode="json", exclude_none=True)
    if not proposals.repeated(finance_facts.ADJUSTMENT, request.adjustment_id, content):
        _require_parties({request.party}, "party")
        _require_waiting(request)
    return proposals.propose(finance_facts.ADJUSTMENT, request.adjustment_id, content, by)


def accept_adjustment(adjustment_id: str, by: Person) -> dict[str, Any]:
    """Accept another person's adjustment; raises `Rejected` where what it comes out of was given to somebody else meanwhile."""
    return proposals.accept(finance_facts.ADJUSTMENT, adjustment_id, by, _require_still_waiting)[0]


def _require_still_waiting(content: dict[str, Any]) -> None:
    _require_waiting(AdjustmentRequest.model_validate(content))


def _require_waiting(request: AdjustmentRequest) -> None:
    """Raise `Rejected` where less waits than is to come out of suspense."""
    if request.suspense is None:
        return
    waits = opened_suspense.standing(request.suspense.key(request.currency))
    if waits < request.amount:
        raise Rejected.at(
            "suspense", f"{request.currency} {format_amount(waits)} waits there; GET /v1/suspense?mechanism=opening lists what was opened"
        )


def _require_parties(names: set[str], field: str) -> None:
    if missing := sorted(names - registry.parties(names).keys()):
        raise Rejected.at(field, f"{missing[0]!r} is not registered; put /v1/parties/{missing[0]} first")


def propose_opening(request: OpeningRequest, by: Person) -> tuple[dict[str, Any], bool]:
    """Propose the balances of another system; raises `Conflict` once a settlement is sealed."""
    content = request.model_dump(mode="json")
    if not proposals.repeated(finance_facts.OPENING, request.opening_id, content):
        _require_first()
        _require_parties({row.party for row in request.balances if row.party}, "balances")
    return proposals.propose(finance_facts.OPENING, request.opening_id, content, by)


def accept_opening(opening_id: str, by: Person) -> dict[str, Any]:
    """Accept another person's opening balances; raises `Conflict` once a settlement is sealed."""
    if proposals.get(finance_facts.OPENING, opening_id)["status"] == proposals.PROPOSED:
        _require_first()
    return proposals.accept(finance_facts.OPENING, opening_id, by)[0]


def _require_first() -> None:
    if sealed := chain_store.head()["sealed_id"]:
        raise Conflict(f"settlement {sealed} is sealed: balances are opened before the first one; post an adjustment")


def confirm_bank_details(party_id: str, by: Person) -> dict[str, Any]:
    """Confirm the account that a party's record names now; raises `Rejected` where it has none, or for who recorded it."""
    entity = registry.find(PARTIES, party_id)
    version = entity.in_force(clock.today(), clock.timestamp()) if entity else None
    account = version.content.payout.fingerprint if version and version.content.payout else ""
    if version is None or not account:
        raise Rejected.at("party_id", f"{party_id!r} has no bank details that could be confirmed")
    content = {"party": party_id, "account": account, "version": version.number}
    fact, _ = finance_facts.append(finance_facts.CONFIRMATION, f"{party_id}.{account}.{version.number}", content, by.name)
    return fact.shown()
