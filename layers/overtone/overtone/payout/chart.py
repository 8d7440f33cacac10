"""The chart of accounts: each kind of account has a number that never changes, for whoever books our journal elsewhere.

| number | account | type | holds |
|---|---|---|---|
| 1000 | `bank:<currency>` | asset | money that came from licensees, less what was paid out |
| 1200 | `receivable:<licensee>` | asset | what a licensee owes |
| 2000 | `payable:<party>` | liability | what a party is owed, not held in reserve |
| 2100 | `reserve:<party>` | liability | what of it is held in reserve |
| 2200 | `suspense:<reason>` | liability | money that waits for its owner |
| 2300 | `residue` | liability | what no division could place |
| 2400 | `tax:withholding` | liability | tax withheld, owed to tax offices |
| 2410 | `tax:vat` | liability | tax billed to licensees |
| 3000 | `opening` | equity | the counterpart of balances of another system |
| 4000 | `interest` | income | interest that licensees are charged for paying late |
| 4900 | `fx` | clearing | the counterpart of conversions, so that each currency balances |
| 5000 | `adjustments` | expense | what finance changed by hand |
| 5100 | `written_off` | expense | what licensees will not pay, less what payees bear of it |
| 5900 | `rounding` | expense | what rounding to minor units leaves in an export |
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from overtone.errors import InvariantBroken
from overtone.money import rounded_to_minor
from overtone.payout.journal import Movement
from overtone.scales import ZERO_PICO, Pico


class ChartAccount(NamedTuple):
    """A row of the chart; `name` is the part before the colon, with `tax:` accounts apart."""

    number: str
    name: str
    type: str
    holds: str


def _rows() -> Iterator[ChartAccount]:
    for row in (__doc__ or "").splitlines():
        cells = [cell.strip() for cell in row.strip("| ").split("|")]
        if cells[0].isdigit():
            yield ChartAccount(cells[0], cells[1].strip("`").split("<")[0].rstrip(":"), cells[2], cells[3])


CHART: Final = tuple(_rows())
_NUMBERS: Final = {account.name: account.number for account in CHART}
ROUNDING: Final = "rounding"


def number_of(account: str) -> str:
    """The number of a journal's account; raises `InvariantBroken` for one that the chart lacks."""
    number = _NUMBERS.get(account) or _NUMBERS.get(account.partition(":")[0])
    if number is None:
        raise InvariantBroken("balanced", f"account {account!r} is not in the chart")
    return number


class Booking(NamedTuple):
    """What an export books on an account, on a day, in whole minor units; debit-positive pico."""

    day: str
    number: str
    account: str
    currency: str
    amount: Pico


def bookings(trial: Mapping[tuple[str, str], Movement], day: str, dated: Mapping[tuple[str, str, str], Pico]) -> list[Booking]:
    """This settlement's movements in minor units, so that what was ever exported is each account's balance, rounded once.

    What stands on days of its own (by day, account and currency: money, in whole minor units) is booked there, the rest on the
    settlement's day. Each is the difference of two rounded balances; what does not sum to zero is booked to rounding.
    """
    rows = [Booking(on, number_of(account), account, currency, pico) for (on, account, currency), pico in sorted(dated.items()) if pico]
    apart, left = defaultdict[tuple[str, str], Pico](lambda: ZERO_PICO), defaultdict[str, Pico](lambda: ZERO_PICO)
    for entry in rows:
        apart[entry.account, entry.currency] += entry.amount
    for (account, currency), row in sorted(trial.items()):
        amount = rounded_to_minor(row.closing, 1, currency) - rounded_to_minor(row.opening, 1, currency) - apart[account, currency]
        left[currency] += amount
        if amount:
            rows.append(Booking(day, number_of(account), account, currency, amount))
    rest = [Booking(day, number_of(ROUNDING), ROUNDING, currency, Pico(-amount)) for currency, amount in sorted(left.items()) if amount]
    return rows + rest
