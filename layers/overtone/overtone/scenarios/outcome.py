"""What a what-if comes to, as one document: by currency what is owed and by whom, who gains and who loses, how even it is.

Amounts are exact decimal strings, before and after and their difference. Rows are in the order of what they move, the most first; of
payees and works the document holds the first `SHOWN_MAX`, and says of how many.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from heapq import nsmallest
from itertools import islice, pairwise
from typing import Any, Final, NamedTuple

from overtone.errors import InvariantBroken
from overtone.money import PICO, format_amount
from overtone.scales import ZERO_PICO, Pico
from overtone.scenarios import inequality
from overtone.scenarios.comparison import AFTER, BEFORE, ComparedSums, Comparison

SHOWN_MAX: Final = 1_000
FORMAT: Final = 1
"""Of the document."""
THRESHOLDS: Final = (1, 10, 100, 1_000, 10_000, 100_000, 1_000_000)
"""In the currency's major unit: how many payees get as much, and the classes by size of what they got before."""
_THRESHOLDS_PICO: Final = tuple(threshold * PICO for threshold in THRESHOLDS)

OutcomeDocument = dict[str, Any]
PayeeNames = Callable[[Iterable[str]], Mapping[str, str]]
"""Names of payees, by id."""


class BeforeAfter(NamedTuple):
    """One payee, work, source, … with what it comes to in both worlds."""

    name: tuple[str, ...]
    before: Pico
    after: Pico

    @property
    def difference(self) -> Pico:
        """What the change gives it, or takes."""
        return self.after - self.before

    def figures(self) -> dict[str, str]:
        """As written."""
        figures = {"before": self.before, "after": self.after, "difference": self.difference}
        return {name: format_amount(pico) for name, pico in figures.items()}


def rows_of(sums: ComparedSums, currency: str) -> list[BeforeAfter]:
    """The rows of a dimension in one currency, what moves most first."""
    rows = [(-abs(after - before), -after, name[1:], before) for name, (before, after) in sums.items() if name[0] == currency]
    return [BeforeAfter(name, before, -after) for _, after, name, before in sorted(rows) if before or after]


def first_rows(sums: ComparedSums, currency: str, most: int) -> tuple[list[BeforeAfter], int]:
    """The first of `rows_of`, and how many there are."""
    rows = [
        (-abs(after - before), -after, name[1:], before)
        for name, (before, after) in sums.items()
        if name[0] == currency and (before or after)
    ]
    return [BeforeAfter(name, before, Pico(-after)) for _, after, name, before in nsmallest(most, rows)], len(rows)


def document(about: Mapping[str, Any], compared: Comparison, names: PayeeNames) -> OutcomeDocument:
    """The whole answer; `about` is what was asked, and of which facts."""
    currencies = sorted({name[0] for sums in compared.sums.values() for name in sums})
    return {**about, "format": FORMAT, "currencies": [_of_currency(compared, currency, names) for currency in currencies]}


def _of_currency(compared: Comparison, currency: str, names: PayeeNames) -> OutcomeDocument:
    rows = {name: rows_of(sums, currency) for name, sums in compared.sums.items() if name != "works"}
    works, works_total = first_rows(compared.sums["works"], currency, SHOWN_MAX)
    _require_conserved(currency, rows["owed"], rows["accounts"])
    payees = rows["payees"]
    amounts = [[row.before for row in payees], [row.after for row in payees]]
    return {
        "currency": currency,
        "totals": _totals(rows),
        "moved": moved(payees),
        "inequality": _inequality(amounts),
        "lorenz": {name: list(map(inequality.written, inequality.lorenz(_positive(of)))) for name, of in _worlds(amounts)},
        "payees_above": _above(amounts),
        "size_classes": _listed(size_classes(payees), ("size_class",)),
        "licensees": _listed(rows["owed"], ("licensee", "deal_id", "mechanism")),
        "spared": _listed(rows["spared"], ("licensee", "deal_id", "mechanism")),
        "buyouts": buyouts(rows["owed"], rows["spared"]),
        "sources": _listed(rows["sources"], ("licensee", "mechanism", "model")),
        "suspense": _listed([BeforeAfter(row.name[1:], *row[1:]) for row in rows["accounts"] if row.name[0] == "suspense"], ("reason",)),
        "territories": _listed(rows["territories"], ("territory",)),
        "payees_total": len(payees),
        "payees": list(_payees(payees, compared, names)),
        "works_total": works_total,
        "works": _listed(works, ("work_key", "work_id")),
        "differences": histogram(payees),
    }


def _require_conserved(currency: str, owed: Iterable[BeforeAfter], accounts: Iterable[BeforeAfter]) -> None:
    """What licensees owe goes to parties, suspense and residue, to the pico, in both worlds."""
    sums = [
        (sum((row.before for row in rows), ZERO_PICO), sum((row.after for row in rows), ZERO_PICO)) for rows in (list(owed), list(accounts))
    ]
    if sums[0] != sums[1]:
        raise InvariantBroken("conserved", f"a what-if owes {sums[0]} pico {currency} and gives {sums[1]}")


def _totals(rows: Mapping[str, list[BeforeAfter]]) -> OutcomeDocument:
    owed = _sum("owed", rows["owed"])
    accounts = [_sum(account, [row for row in rows["accounts"] if row.name[0] == account]) for account in ("party", "suspense", "residue")]
    return {one.name[0].replace("party", "parties"): one.figures() for one in (owed, *accounts)}


def _sum(name: str, rows: list[BeforeAfter]) -> BeforeAfter:
    return BeforeAfter((name,), sum((row.before for row in rows), ZERO_PICO), sum((row.after for row in rows), ZERO_PICO))


def moved(payees: Iterable[BeforeAfter]) -> dict[str, Any]:
    """Who gains and who loses, and how much."""
    differences = [row.difference for row in payees]
    gained, lost = sum((one for one in differences if one > 0), ZERO_PICO), -sum((one for one in differences if one < 0), ZERO_PICO)
    counts = {"gain": sum((one > 0 for one in differences), ZERO_PICO), "lose": sum((one < 0 for one in differences), ZERO_PICO)}
    counts["stay"] = len(differences) - counts["gain"] - counts["lose"]
    return {"gained": format_amount(gained), "lost": format_amount(lost), "payees": counts}


def _positive(amounts: Iterable[Pico]) -> list[Pico]:
    return [max(ZERO_PICO, amount) for amount in amounts]


def _worlds(amounts: list[list[Pico]]) -> Iterator[tuple[str, list[Pico]]]:
    return zip(("before", "after"), amounts, strict=True)


def _inequality(amounts: list[list[Pico]]) -> OutcomeDocument:
    spreads = [inequality.spread(_positive(of)) for of in amounts]
    return {
        name: {"before": inequality.written(figures[BEFORE]), "after": inequality.written(figures[AFTER])}
        for name, figures in zip(inequality.Spread._fields, zip(*spreads, strict=True), strict=True)
    }


def _above(amounts: list[list[Pico]]) -> list[dict[str, Any]]:
    """How many payees get at least each threshold, in both worlds."""
    before, after = ([len(of) - bisect_left(of, threshold) for threshold in _THRESHOLDS_PICO] for of in map(sorted, amounts))
    return [
        {"threshold": str(threshold), "before": was, "after": becomes}
        for threshold, was, becomes in zip(THRESHOLDS, before, after, strict=True)
    ]


_CLASSES: Final = (
    f"under {THRESHOLDS[0]}",
    *(f"{low} to {high}" for low, high in pairwise(THRESHOLDS)),
    f"{THRESHOLDS[-1]} and more",
)


def size_class(pico: int) -> str:
    """Of a payee, by what it got before."""
    return _CLASSES[bisect_right(_THRESHOLDS_PICO, pico)] if pico > 0 else "nothing"


def size_classes(payees: Iterable[BeforeAfter]) -> list[BeforeAfter]:
    """What each class of payees gets, from the largest class on."""
    found: dict[str, list[Pico]] = {}
    for row in sorted(payees, key=lambda row: -row.before):
        both = found.setdefault(size_class(row.before), [ZERO_PICO, ZERO_PICO])
        both[BEFORE] += row.before
        both[AFTER] += row.after
    return [BeforeAfter((name,), *both) for name, both in found.items()]


def buyouts(owed: Iterable[BeforeAfter], spared: Iterable[BeforeAfter]) -> list[OutcomeDocument]:
    """What each licensee pays for buyouts, what they spare it, and so the price from which on it pays more than without them."""
    paid, spares = dict[str, list[Pico]](), dict[str, list[Pico]]()
    for rows, into in ((owed, paid), (spared, spares)):
        for row in rows:
            if into is spares or row.name[2] == "buyout":
                both = into.setdefault(row.name[0], [ZERO_PICO, ZERO_PICO])
                both[BEFORE] += row.before
                both[AFTER] += row.after
    return [
        {
            "licensee": licensee,
            "paid": BeforeAfter((), *paid.get(licensee, (0, 0))).figures(),
            "spared": BeforeAfter((), *spares.get(licensee, (0, 0))).figures(),
            "break_even": format_amount(spares.get(licensee, [ZERO_PICO, ZERO_PICO])[AFTER]),
        }
        for licensee in sorted({*paid, *spares})
    ]


def histogram(payees: Iterable[BeforeAfter]) -> list[dict[str, Any]]:
    """How many payees lose or gain how much, by powers of ten of the major unit."""
    counts: dict[tuple[int, str], int] = {}
    for row in payees:
        name = size_class(abs(row.difference))
        sign = (row.difference > 0) - (row.difference < 0)
        counts[sign, name] = counts.get((sign, name), 0) + 1
    sizes = [size_class(pico) for pico in (1, *_THRESHOLDS_PICO)]
    ordered = [*((-1, name) for name in reversed(sizes)), (0, "nothing"), *((1, name) for name in sizes)]
    words = {-1: "loses", 0: "stays", 1: "gains"}
    return [{"sign": words[sign], "size": size, "payees": counts.get((sign, size), 0)} for sign, size in ordered]


def _listed(rows: Iterable[BeforeAfter], names: tuple[str, ...]) -> list[dict[str, str]]:
    return [dict(zip(names, row.name, strict=True)) | row.figures() for row in rows]


def _payees(rows: list[BeforeAfter], compared: Comparison, names: PayeeNames) -> Iterator[dict[str, str]]:
    shown = compared.viewer.shown(row.name[0] for row in rows)
    first = list(islice(rows, SHOWN_MAX))
    known = names([row.name[0] for row in first if compared.viewer.knows(row.name[0])])
    for row in first:
        payee = row.name[0]
        yield {"payee": shown[payee], "name": known.get(payee, ""), "size_class": size_class(row.before)} | row.figures()
