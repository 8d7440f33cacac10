"""Exchange rates that finance posts for a settlement, until it computes."""

from collections.abc import Iterable
from typing import Any

import orjson

from overtone import clock
from overtone.aws import keys, tables
from overtone.errors import Conflict, NotFound
from overtone.months import month_after
from overtone.payout.fx import RateSheet
from overtone.settlement.requests import is_of_whole
from overtone.stores import settlements as settlement_store


def put(settlement_id: str, sheet: RateSheet, by: str) -> dict[str, Any]:
    """Post the rates of a settlement, in place of those before; raises `Conflict` once it computes."""
    record = settlement_store.find(settlement_id)
    if record and record["status"] in {settlement_store.SEALED, settlement_store.COMPUTING}:
        raise Conflict(f"settlement {settlement_id} is {record['status']}; its rates are fixed, post them for the next one")
    rates = sorted(sheet.model_dump(mode="json", by_alias=True)["rates"], key=lambda rate: (rate["from"], rate["to"]))
    about = {"rates": orjson.dumps(rates).decode(), "posted_at": clock.timestamp(), "posted_by": by}
    tables.ledger().put({**keys.rates(settlement_id)._asdict(), **about})
    return get(settlement_id)


def get(settlement_id: str) -> dict[str, Any]:
    """The rates as posted; raises `NotFound`."""
    item = tables.ledger().get(keys.rates(settlement_id))
    if item is None:
        raise NotFound(f"no rates are posted for settlement {settlement_id!r}")
    rates = orjson.loads(item["rates"])
    return {"settlement_id": settlement_id, "rates": rates, "posted_at": item["posted_at"], "posted_by": item["posted_by"]}


def for_plan(settlement_id: str, through: str, *, preview: bool) -> list[list[str]]:
    """The rates of a settlement; a preview without its own takes those of the month's settlement, which it looks ahead to.

    So does the schedule's settlement that could not be called as the month: nobody knows its name before.
    """
    return posted(settlement_id) or (posted(through) if preview or is_of_whole(settlement_id, through) else [])


def posted(settlement_id: str) -> list[list[str]]:
    """The rates as a plan holds them, `[from, to, rate, source]`; none before any are posted."""
    item = tables.ledger().get(keys.rates(settlement_id)) if settlement_id else None
    found = orjson.loads(item["rates"]) if item else []
    return [[rate["from"], rate["to"], rate["rate"], rate["source"]] for rate in found]


def of_months(settled: Iterable[tuple[str, str]], last: str, through: str) -> tuple[list[list[str]], bool]:
    """The rates that months were settled at, by `(month, settlement)`, each pair as the last of them has it; and whether each was at these.

    A month that is not settled is at those of the settlement called like it. A pair that none of them had is as it is posted for the month
    behind `through`, where it still may be, or as the `last` settlement had it.
    """
    own = [posted(settlement_id or month) for month, settlement_id in settled]
    coming = posted(month_after(through)) if through else []
    rates = {(rate[0], rate[1]): rate for sheet in (posted(last), coming, *own) for rate in sheet}
    return [rate for _, rate in sorted(rates.items())], all(rate == rates[rate[0], rate[1]] for sheet in own for rate in sheet)
