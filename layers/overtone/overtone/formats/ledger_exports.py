"""The journal for other systems: the chart of accounts, and the settlement's bookings in the form that Xero imports as manual journals.

`erp_journal.csv` has one journal for each currency and day: the columns with an asterisk are those that the import asks for; amounts are in
whole minor units, a debit positive, and sum to zero in each currency.
"""

from collections.abc import Iterable
from typing import Final

from overtone.money import format_minor
from overtone.payout.chart import CHART, Booking
from overtone.payout.files import Outbound

CHART_COLUMNS: Final = ("number", "account", "type", "holds")
ERP_COLUMNS: Final = ("*Narration", "*Date", "Description", "*AccountCode", "*TaxRate", "*Amount", "Currency", "Reference")
_NO_TAX: Final = "Tax Exempt (0%)"


def write_chart(out: Outbound) -> None:
    """Write `chart_of_accounts.csv`."""
    with out.csv("chart_of_accounts.csv", CHART_COLUMNS) as file:
        for row in CHART:
            file.row(row)


def write_bookings(out: Outbound, settlement_id: str, entries: Iterable[Booking]) -> None:
    """Write `erp_journal.csv`."""
    with out.csv("erp_journal.csv", ERP_COLUMNS) as file:
        for day, number, account, currency, amount in entries:
            narration = f"Settlement {settlement_id} {currency}"
            figures = number, _NO_TAX, format_minor(amount, currency)
            file.row((narration, day, account, *figures, currency, settlement_id))
