"""How far each payee's money moves when attribution is uncertain: disclosures said again with noise, each draw a what-if of nothing.

Only on the local stack: a draw is a later revision of every disclosure, so it changes what the stack knows. The spread is left in
`spread.csv`.
"""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from overtone import money
from overtone.facts import disclosure
from overtone.fields import validated
from overtone.scales import Pico
from overtone.scenarios import sensitivity
from overtone.scenarios.sensitivity import Noise, PayeeSpread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from local.stack import Stack

Report = dict[str, Any]
Amounts = dict[tuple[str, str], int]
ATTRIBUTIONS: Final = "/v1/attributions"
ACCRUE_WITHIN: Final = timedelta(minutes=15)
COLUMNS: Final = ("payee", "currency", "disclosed", "low", "median", "high", "width")
ROWS: Final = 12
SURE: Final = Noise.model_validate({"shares": "0", "confidence": "0", "draws": 1, "seed": 0})


class Undisclosed(Exception):
    """A draw was not taken as a disclosure."""


def reports_of(story: Path) -> list[tuple[str, Report]]:
    """Every report of attributions that the story sends, with its sender."""
    steps = json.loads((story / "story.json").read_bytes())["steps"]
    sent = [request for step in steps for request in step["requests"] if request.get("path") == ATTRIBUTIONS]
    return [(request["party"], json.loads((story / request["body"]).read_bytes())) for request in sent]


class Draws:
    """Says disclosures again; revisions go up from one draw to the next, whatever is drawn."""

    def __init__(self, stack: Stack, reports: Sequence[tuple[str, Report]]) -> None:
        self.stack = stack
        self.reports = reports
        self._has_drawn = False
        self._said = max((record.get("revision", 0) for _, report in reports for record in report["records"]), default=0)

    def take_back(self) -> None:
        """Have the stack know again what was disclosed; nothing to do before the first draw."""
        if self._has_drawn:
            self.say(SURE, 0)

    def say(self, noise: Noise, draw: int) -> None:
        """Send every report as it might have been, and have it accrued."""
        self._said += 1
        self._has_drawn = True
        for party, report in self.reports:
            body = drawn(report, noise, draw, self._said)
            answer = self.stack.http("POST", ATTRIBUTIONS, party=party, scope="disclosures.write", json=body)
            if answer.status != 201 or answer.json()["rejected"]:
                raise Undisclosed(f"{answer.status} {answer.text}")
        self.stack.tick(self.stack.now + ACCRUE_WITHIN)
        if self.stack.errors:
            raise Undisclosed(f"{self.stack.errors[0]}")


def drawn(report: Report, noise: Noise, draw: int, revision: int) -> Report:
    """A report as it might have been."""
    checked = disclosure.check(report["records"])
    said = [sensitivity.disclosed_again(record, noise, draw, revision) for record in checked.records]
    return report | {"report_id": f"{report['report_id']}-draw-{revision}", "records": [record.to_json() for record in said]}


def amounts_of(payees: bytes) -> Amounts:
    """What everybody gets, of a what-if's `payees.csv`."""
    rows = csv.DictReader(io.StringIO(payees.decode()))
    return {(row["payee"], row["currency"]): money.parse_amount(row["after"]) for row in rows}


def spread(scenario: Report, draws: Draws, ask: Callable[[str], bytes]) -> list[PayeeSpread]:
    """The spread of every payee; `ask` computes the month as the stack knows it and answers `payees.csv`."""
    noise = validated(Noise, scenario["sensitivity"], "sensitivity")
    name = scenario["what_if_id"]
    draws.take_back()
    disclosed = amounts_of(ask(f"{name}-disclosed"))
    found = []
    for draw in range(1, noise.draws + 1):
        draws.say(noise, draw)
        found.append(amounts_of(ask(f"{name}-{draw}")))
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
