"""Exchange rates that finance posts for a settlement, until it computes."""

from collections.abc import Iterable
from typing import Any

import orjson

from overtone import clock
from overtone.aws import keys, tables
from overtone.errors import Conflict, NotFound
from overtone.payout.fx import RateSheet
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
    """The rates of a settlement; a preview without its own takes those of the month's settlement, which it looks ahead to."""
    return posted(settlement_id) or (posted(through) if preview else [])


def posted(settlement_id: str) -> list[list[str]]:
    """The rates as a plan holds them, `[from, to, rate, source]`; none before any are posted."""
    item = tables.ledger().get(keys.rates(settlement_id)) if settlement_id else None
    found = orjson.loads(item["rates"]) if item else []
    return [[rate["from"], rate["to"], rate["rate"], rate["source"]] for rate in found]


def together(sheets: Iterable[list[list[str]]]) -> list[list[str]]:
    """The rates of several settlements, each pair as the last of them has it."""
    return [found for _, found in sorted({(rate[0], rate[1]): rate for sheet in sheets for rate in sheet}.items())]
