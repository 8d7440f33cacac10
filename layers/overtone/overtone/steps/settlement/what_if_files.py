"""The files of a what-if: both worlds read part by part, added up, and written as JSON, CSV and one page."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

import orjson

from overtone.aws import object_keys
from overtone.formats import what_if_csv, what_if_page
from overtone.mechanisms.totals import TotalKey, picos_from_json
from overtone.months import last_day
from overtone.rights.versions import Entity
from overtone.scales import Pico
from overtone.scenarios import comparison, outcome
from overtone.scenarios.comparison import AFTER, BEFORE, Comparison, Places, Scopes
from overtone.scenarios.lens import Lens
from overtone.scenarios.requests import SEALED
from overtone.scenarios.viewer import Viewer
from overtone.settlement import rounds
from overtone.settlement.deals import Deal
from overtone.settlement.plan import RESIDUE_PART, MonthPlan, Plan
from overtone.stores import attempted_files, line_objects, what_ifs
from overtone.stores import books as book_store
from overtone.stores import registry as registry_store
from overtone.stores import settlements as settlement_store
from overtone.territories import WORLD

BOOKS: Final = "books"
COMPUTED: Final = "computed"
RESULT: Final = "result.json"
PAGE: Final = "page.html"
MOVERS_MAX: Final = 10
"""Payees of each currency that stand in the record itself, which is one item of a table; all are in the files."""
MOVING_CURRENCIES_MAX: Final = 20
_TYPES: Final = {"json": "application/json", "csv": "text/csv; charset=utf-8", "html": "text/html; charset=utf-8"}


class Basis(NamedTuple):
    """What a what-if is compared with: the books, a world computed beside it, or (`source` its path, `number` its try) another what-if.

    `read_at` is when it began to read the accruals of `months`.
    """

    source: str
    number: int
    read_at: str
    months: list[str]
    viewer: Viewer

    def to_json(self) -> dict[str, Any]:
        """As kept between steps."""
        return self._asdict() | {"viewer": [self.viewer.party, sorted(self.viewer.deals)]}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Basis":
        """The inverse of `to_json`."""
        party, deals = kept["viewer"]
        return cls(**{**kept, "viewer": Viewer(party, frozenset(deals))})


def pools_paid(plan: Plan, month: MonthPlan) -> dict[TotalKey, Pico]:
    """What the parts of a month paid out of pools."""
    paid: dict[TotalKey, Pico] = {}
    for part in plan.parts_of(month):
        head = next(line_objects.lines_of(book_store.part_key(plan, month.month, part)))
        rounds.add_paid(paid, picos_from_json(orjson.loads(head)))
    return paid


def write(record: what_ifs.WhatIf, plan: Plan, before: Plan | None, basis: Basis) -> dict[str, Any]:
    """Write all files; answers them and the totals. `before` is the world to compare with, where that is not the books."""
    compared, deals = Comparison(basis.viewer), registry_store.deals()
    worlds = deals if before is None else Lens.of(before.change).deals(deals), Lens.of(plan.change).deals(deals)
    for month in (one for one in plan.months if one.month in basis.months):
        compared.scopes = _scopes(worlds[BEFORE], plan, month.month), _scopes(worlds[AFTER], plan, month.month)
        for part in (*plan.parts_of(month), RESIDUE_PART):
            compared.places = _places(plan, month.month, part)
            known = of_books(month, part) if before is None else _of_part(before, month.month, part)
            compared.add(comparison.of_books(known, _of_part(plan, month.month, part)))
    question: dict[str, Any] = what_ifs.question_of(record)
    about = {name: question.get(name, "") for name in ("what_if_id", "title", "about", "source", "months", "change")}
    about |= {"compare": question.get("compare", SEALED), "party": record["asker"], "basis": _basis(plan, basis)}
    document = outcome.document(about, compared, _names)
    files = [_put(record, RESULT, orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS), 1)]
    files.append(_put(record, PAGE, what_if_page.render(document), 1))
    files += [_put(record, name, body, rows) for name, body, rows in what_if_csv.tables(compared, _names)]
    totals = [
        {
            "currency": money["currency"],
            "moved": money["moved"],
            "movers": _movers(money) if place < MOVING_CURRENCIES_MAX else [],
            **money["totals"],
        }
        for place, money in enumerate(document["currencies"])
    ]
    return {"files": files, "totals": totals}


def _movers(money: Mapping[str, Any]) -> list[dict[str, str]]:
    return [row for row in money["payees"][:MOVERS_MAX] if row["difference"] != "0"]


def _basis(plan: Plan, basis: Basis) -> dict[str, Any]:
    source = {BOOKS: "what is sealed", COMPUTED: "computed from the same facts"}.get(basis.source, "another what-if")
    return {"settlement_id": plan.previous[0] if plan.previous else "", "cutoff": plan.cutoff, "before": source}


def _scopes(deals: Mapping[str, Entity[Deal]], plan: Plan, month: str) -> Scopes:
    """The territories of deals that are limited to some, as they were in force in a month: in the course of it, of several versions."""
    named = {}
    for name, deal in deals.items():
        days = {f"{month}-01", last_day(month), *(day for version in deal.versions if (day := version.effective_from)[:7] == month)}
        versions = [version for day in days if (version := deal.in_force(day, plan.cutoff))]
        territories = frozenset(place for version in versions for place in version.content.territories)
        if territories and WORLD not in territories:
            named[name] = territories
    return named


def _places(plan: Plan, month: str, part: str) -> Places:
    if part == RESIDUE_PART:
        return {}
    kept = settlement_store.load_json(plan, "places", month, f"{part}.json")
    return {(key, licensee): used for key, licensee, used in kept}


def _of_part(plan: Plan, month: str, part: str) -> Iterator[bytes]:
    """The book of a part of a world, without its head."""
    lines = line_objects.lines_of(book_store.part_key(plan, month, part))
    next(lines)
    return lines


def of_books(month: MonthPlan, part: str) -> Iterator[bytes]:
    """The book of a part as it was sealed; nothing where there is none."""
    key = month.books.get(part)
    return line_objects.lines_of(key) if key else iter(())


def _names(ids: Iterable[str]) -> dict[str, str]:
    return {name: party.latest.content.name for name, party in registry_store.parties(ids).items()}


def _put(record: what_ifs.WhatIf, name: str, body: bytes, rows: int) -> dict[str, Any]:
    key = object_keys.what_if_file(record["asker"], record["what_if_id"], name)
    attempted_files.write(key, body, _TYPES[name.rsplit(".", 1)[-1]], attempted_files.of_what_if(record))
    return {"name": name, "sha256": hashlib.sha256(body).hexdigest(), "bytes": len(body), "rows": rows}
