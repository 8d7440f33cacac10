"""The books month by month: which months are locked, and the trial balance of any span of them since the beginning."""

from typing import Any

from overtone.errors import Conflict
from overtone.formats import journal_csv
from overtone.money import format_amount
from overtone.payout import periods
from overtone.payout.chart import number_of
from overtone.payout.periods import Months
from overtone.stores import chain as chain_store
from overtone.stores import periods as store
from overtone.stores import sealed_state

FILE = "periods.csv"


def _months() -> Months:
    """What the last sealed settlement says of all months; nothing before the first, or where it told none."""
    body = sealed_state.read(sealed_state.of_chain(chain_store.head()), FILE)
    return journal_csv.read_periods(body) if body else {}


def listing() -> list[dict[str, Any]]:
    """Every month in which something was entered, and those that are locked, the newest first."""
    locks = store.locks()
    through = max(locks, default="")
    entered = {month for _, _, month in _months() if month != periods.BEFORE}
    rows = sorted(entered | locks.keys(), reverse=True)
    return [{"month": month, "status": "locked" if month <= through else "open"} | locks.get(month, {}) for month in rows]


def trial_balance(first: str, last: str) -> dict[str, Any]:
    """The trial balance of the months from `first` (the beginning, where it is empty) to `last`."""
    sealed = chain_store.head()["sealed_id"]
    if not sealed:
        raise Conflict("no settlement is sealed; the books begin with the first")
    items = [
        {
            "number": number_of(row.account),
            "account": row.account,
            "currency": row.currency,
            **{name: format_amount(getattr(row, name)) for name in ("opening", "debit", "credit", "closing")},
        }
        for row in periods.trial_balance(_months(), first, last)
    ]
    return {"first": first or None, "last": last, "settlement_id": sealed, "locked_through": store.locked_through() or None, "items": items}
