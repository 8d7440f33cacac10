"""The table of tax rates that finance keeps."""

from typing import Any

import orjson

from overtone import clock
from overtone.aws import finance_keys, tables
from overtone.payout.tax import TaxTable


def put(table: TaxTable, by: str) -> dict[str, Any]:
    """Keep the table in place of the one before. Its rows say from when they count."""
    text = orjson.dumps(table.model_dump(mode="json", by_alias=True, exclude_none=True)).decode()
    tables.ledger().put({**finance_keys.TAX_RATES._asdict(), "table": text, "posted_at": clock.timestamp(), "posted_by": by})
    return shown()


def get() -> TaxTable:
    """The table; empty before finance has posted one."""
    item = tables.ledger().get(finance_keys.TAX_RATES)
    return TaxTable.model_validate(orjson.loads(item["table"])) if item else TaxTable()


def shown() -> dict[str, Any]:
    """The table as it is answered."""
    item = tables.ledger().get(finance_keys.TAX_RATES)
    about = {"posted_at": item["posted_at"], "posted_by": item["posted_by"]} if item else {}
    return get().model_dump(mode="json", by_alias=True, exclude_none=True) | about
