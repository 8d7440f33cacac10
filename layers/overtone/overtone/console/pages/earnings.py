"""What a rights holder earned: by source, by work, over time; and what waits."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from overtone.console.routing import Pages, View, Visit
from overtone.money import format_amount, parse_amount
from overtone.payout.words import shown, source, suspended
from overtone.scales import ZERO_PICO, Pico

pages = Pages()
STATEMENTS_MAX: Final = 12
"""Statements that a plot over time goes back."""
WORKS_MAX: Final = 1_000
"""Works of one currency that are listed, those that earned most; of the others their sum."""

Json = Mapping[str, Any]


@pages.get("/console/earnings")
def earnings(visit: Visit) -> View:
    """The last statements added up."""
    listed = visit.api.get("finance", "statements", limit=str(STATEMENTS_MAX))["items"]
    answers = [visit.api.get("finance", "statements", entry["settlement_id"]) for entry in listed]
    statements = [answer for answer in answers if isinstance(answer, Mapping)]  # a very large one is a file of its own
    currencies = sorted({balance["currency"] for statement in statements for balance in statement["balances"]})
    return View("earnings.html", {"parts_by_currency": [_part(currency, statements) for currency in currencies], "count": len(statements)})


def _part(currency: str, statements: Sequence[Json]) -> dict[str, Any]:
    sources: dict[str, Pico] = {}
    works: dict[tuple[str, str], Pico] = {}
    for statement in statements:
        for one in statement["sources"]:
            if one["currency"] == currency:
                _add(sources, one["heading"], one["amount"])
                for work in one["works"]:
                    _add(works, (work["title"] or "no single work", work["work_id"]), work["amount"])
        for change in statement["adjustments"]:
            if change["currency"] == currency:
                _add(sources, change["heading"], change["amount"])
                _add(works, (change["title"] or "no single work", ""), change["amount"])
    over_time = [
        (statement["settlement_id"], balance["earned"], shown(balance["earned"], currency))
        for statement in reversed(statements)
        for balance in statement["balances"]
        if balance["currency"] == currency
    ]
    ranked = sorted(works.items(), key=lambda pair: (-pair[1], pair[0]))
    return {
        "currency": currency,
        "earned": format_amount(sum(sources.values(), ZERO_PICO)),
        "sources": _ranked(sources.items(), currency),
        "works": [(*key, format_amount(amount)) for key, amount in ranked[:WORKS_MAX]],
        "others": len(ranked[WORKS_MAX:]),
        "of_others": format_amount(sum((amount for _, amount in ranked[WORKS_MAX:]), ZERO_PICO)),
        "over_time": over_time,
    }


def _add(sums: dict[Any, Pico], key: object, amount: str) -> None:
    sums[key] = sums.get(key, ZERO_PICO) + parse_amount(amount)


def _ranked(sums: Iterable[tuple[str, Pico]], currency: str) -> list[tuple[str, str, str]]:
    ranked = sorted(sums, key=lambda pair: (-pair[1], pair[0]))
    return [(name, format_amount(amount), shown(format_amount(amount), currency)) for name, amount in ranked]


@pages.get("/console/waiting")
def waiting(visit: Visit) -> View:
    """What is the party's and not paid, each with its reason and what would free it."""
    api = visit.api
    suspense = api.get("finance", "suspense", cursor=visit.query.get("cursor"))
    listed = api.get("finance", "statements", limit="1")["items"]
    latest = api.get("finance", "statements", listed[0]["settlement_id"]) if listed else None
    rows = [row | _about(row) for row in suspense["items"]]
    shown_rows = {"suspense": rows, "next": suspense["next_cursor"], "latest": latest if isinstance(latest, Mapping) else None}
    breaches = api.get("finance", "breaches")["items"]
    return View("waiting.html", shown_rows | {"breaches": breaches})


def _about(row: Json) -> dict[str, str]:
    """Where the money comes from, and what lets it go."""
    _, remedy = suspended(row["reason"])
    return {"from": source(row["mechanism"], row["licensee"], row["model"]), "remedy": remedy}
