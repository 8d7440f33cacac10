"""Liquidations as finance posts them: facts of the months, all in one transaction, each once."""

from collections.abc import Mapping
from typing import Any

from overtone import clock
from overtone.aws import keys, tables
from overtone.aws.tables import ABSENT, ConditionFailed
from overtone.aws.transactions import Put, transact
from overtone.config import settings
from overtone.errors import Conflict, Fault, InvariantBroken, Rejected
from overtone.settlement.requests import LiquidationRequest, first_day_to_liquidate
from overtone.stores import registry as registry_store
from overtone.stores.entities import DEALS

_CONTENT = ("liquidation_id", "deal_id", "months", "reason")


def post(request: LiquidationRequest, by: str) -> tuple[dict[str, Any], bool]:
    """Post a liquidation; its form, and whether it was there already. Raises `Conflict`, `Rejected` before the claim window closes."""
    asked = request.model_dump(mode="json") | {"months": sorted(request.months)}
    if known := tables.ledger().get(keys.liquidation(request.liquidation_id)):
        return _same(known, asked), True
    deal = registry_store.find(DEALS, request.deal_id)
    if deal is None:
        raise Rejected.at("deal_id", f"there is no deal {request.deal_id!r}")
    _refuse_early(asked["months"])
    about = {"accepted_at": clock.timestamp(), "posted_by": by, "licensee": deal.latest.content.licensee}
    ledger, header = tables.ledger(), {**keys.liquidation(request.liquidation_id)._asdict(), **asked, **about}
    months = [{**keys.month_fact(month, "LIQUIDATION", request.liquidation_id)._asdict(), **asked, **about} for month in asked["months"]]
    try:
        transact([Put(ledger, item, ABSENT) for item in (header, *months)])
    except ConditionFailed as error:
        if (known := ledger.get(keys.liquidation(request.liquidation_id))) is None:
            raise InvariantBroken("committed_once", f"liquidation {request.liquidation_id} is half there") from error
        return _same(known, asked), True
    return _shown(header), False


def _refuse_early(months: list[str]) -> None:
    today, window = clock.today(), settings().claim_window_months
    faults = []
    for index, month in enumerate(months):
        first = first_day_to_liquidate(month, window)
        if today < first:
            message = f"owners may claim what {month} earned for {window} months; it may be liquidated from {first} on"
            faults.append(Fault(message, field="months", index=index))
    if faults:
        raise Rejected(faults[0].message, faults)


def _same(known: Mapping[str, Any], asked: Mapping[str, Any]) -> dict[str, Any]:
    if any(known[name] != asked[name] for name in _CONTENT):
        raise Conflict(f"liquidation {asked['liquidation_id']!r} was posted before with other content; use a new id")
    return _shown(known)


def _shown(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: item[name] for name in (*_CONTENT, "licensee", "accepted_at", "posted_by")}
