"""How far each payee's money moves when attribution is uncertain: each draw of noise is a what-if; `spread.csv` has the spread over all."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any, Final

from overtone import money
from overtone.fields import validated
from overtone.scales import Pico
from overtone.scenarios import sensitivity
from overtone.scenarios.sensitivity import Noise, PayeeSpread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

Scenario = dict[str, Any]
Amounts = dict[tuple[str, str], int]
COLUMNS: Final = ("payee", "currency", "disclosed", "low", "median", "high", "width")
ROWS: Final = 12


def amounts_of(payees: bytes) -> Amounts:
    """What everybody gets, of a what-if's `payees.csv`."""
    rows = csv.DictReader(io.StringIO(payees.decode()))
    return {(row["payee"], row["currency"]): money.parse_amount(row["after"]) for row in rows}


def spread(scenario: Scenario, ask: Callable[[str, Any], bytes]) -> list[PayeeSpread]:
    """The spread of every payee; `ask` asks a change under an id and answers `payees.csv`."""
    noise = validated(Noise, scenario["sensitivity"], "sensitivity")
    name = scenario["what_if_id"]
    disclosed = amounts_of(ask(f"{name}-disclosed", {}))
    found = [amounts_of(ask(f"{name}-{draw}", change)) for draw, change in enumerate(noise.changes(), start=1)]
    return sensitivity.spreads(disclosed, found)


def to_csv(spreads: Sequence[PayeeSpread]) -> bytes:
    """The table, amounts as exact decimals."""
    body = io.StringIO()
    writer = csv.writer(body, lineterminator="\n")
    writer.writerow(COLUMNS)
    for one in spreads:
        figures = (one.disclosed, one.low, one.median, one.high, one.width)
        writer.writerow((one.payee, one.currency, *(money.format_amount(Pico(pico)) for pico in figures)))
    return body.getvalue().encode()


def table(spreads: Sequence[PayeeSpread], short: Callable[[str], str]) -> Iterator[str]:
    """Whose money rests on it most, by currency."""
    for currency in sorted({one.currency for one in spreads}):
        rows = [one for one in spreads if one.currency == currency]
        yield f"{currency}: {sum(one.width > 0 for one in rows)} of {len(rows)} payees' money rests on attribution"
        yield f"  {'':<32} {'disclosed':>12} {'lowest':>12} {'median':>12} {'highest':>12}"
        for one in rows[:ROWS]:
            figures = " ".join(
                f"{short(money.format_amount(Pico(amount))):>12}" for amount in (one.disclosed, one.low, one.median, one.high)
            )
            yield f"  {one.payee[:32]:<32} {figures}"
