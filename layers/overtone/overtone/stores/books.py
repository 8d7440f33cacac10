"""What settlements leave for those that follow and for readers: totals, parts, and the index of books with the residue that stands."""

from collections.abc import Collection, Iterable, Mapping
from itertools import takewhile
from typing import Any, Final, NotRequired, TypedDict, get_args

import orjson

from overtone.aws import object_keys
from overtone.errors import InvariantBroken
from overtone.mechanisms import older_totals
from overtone.mechanisms.totals import Purse, Totals, numbers_to_json
from overtone.payout.manifest import Link
from overtone.scales import Pico
from overtone.settlement.entitlement import Round
from overtone.settlement.plan import Plan
from overtone.settlement.residue import NO_RESIDUE, SettledResidue, StandingResidue
from overtone.stores import chain as chain_store
from overtone.stores import sealed_state
from overtone.stores import settlements as settlement_store

ROUNDS_MAX: Final = len(get_args(Round))
INDEX: Final = "state/books.json"
FORMAT: Final = 3
"""Of the index, and of the lines of the books that it names. Before format 3 it was its months alone, in format 1 with purses whose names
were glued together."""

_Kept = list[list[Any]] | dict[str, str]
"""Pico by purse: arrays of the fields of a purse and the figure as text; before format 2 an object, its names glued together."""


class Book(TypedDict):
    """What the index says of a month: who settled it last, its parts' objects, and the residue that stands.

    `waiting` are the reporters whose money of it waits; `carried` joined its pools, `residue` was left of them. `limited`: an owner of
    one of its works allows a use only up to a share, which changes with every other work; where it is not said, it may be so.
    """

    settled_by: str
    parts: dict[str, str]
    waiting: NotRequired[list[str]]
    limited: NotRequired[bool]
    carried: NotRequired[_Kept]
    residue: NotRequired[_Kept]


BooksByMonth = dict[str, Book]
"""By month."""
NO_BOOK: Final[Book] = {"settled_by": "", "parts": {}}


def previous(head: chain_store.ChainHead) -> BooksByMonth:
    """The index as of the last sealed settlement."""
    return _index(sealed_state.of_chain(head))


def encode(books: BooksByMonth) -> dict[str, Any]:
    """The index as it is stored."""
    return {"format": FORMAT, "months": books}


def decode(stored: Mapping[str, Any]) -> BooksByMonth:
    """The inverse of `encode`, for this format and those before; raises `InvariantBroken` for one that is not known."""
    if "format" not in stored:
        return dict(stored)
    if stored["format"] != FORMAT:
        raise InvariantBroken("conserved", f"the index of books has format {stored['format']}; this version reads up to {FORMAT}")
    return dict(stored["months"])


def before(plan: Plan) -> BooksByMonth:
    """The index that a settlement starts from."""
    return _index(sealed_state.before(plan))


def _index(sealed: Link | None) -> BooksByMonth:
    return decode(orjson.loads(sealed_state.read(sealed, INDEX))) if sealed else {}


def after(
    plan: Plan,
    made: Mapping[tuple[str, str], str],
    kept: Mapping[str, SettledResidue],
    live: Mapping[str, Collection[str]],
    limited: Collection[str],
) -> BooksByMonth:
    """The index that a settlement leaves: `made` are its books by (month, part), `kept` what each whole month says of its residue.

    `live` are the deals that were looked at, by month: the residue of others stands, as their lines do. `limited` are whole months in
    which an owner set a limit.
    """
    books = before(plan)
    for month in plan.months:
        book = books.setdefault(month.month, {"settled_by": "", "parts": {}})
        book["settled_by"] = plan.settlement_id
        if month.touched is None:
            book["waiting"] = sorted(plan.waiting_in(month.month))
            book["limited"] = month.month in limited
        if of_month := kept.get(month.month):
            stood = standing({month.month: book}).of_others(month.month, live[month.month]) if plan.waiting_in(month.month) else NO_RESIDUE
            book["carried"] = numbers_to_json({**stood.carried, **of_month.carried})
            book["residue"] = numbers_to_json({**stood.residue, **of_month.residue})
        for (made_month, part), key in made.items():
            if made_month == month.month:
                book["parts"][part] = key
    return books


def standing(books: BooksByMonth) -> StandingResidue:
    """The residue that stands as of an index."""
    return StandingResidue(
        {month: SettledResidue(_numbers(book.get("carried", {})), _numbers(book.get("residue", {}))) for month, book in books.items()}
    )


def _numbers(stored: _Kept) -> dict[Purse, Pico]:
    if isinstance(stored, dict):
        return {older_totals.purse(name): Pico(int(text)) for name, text in stored.items()}
    return {Purse(*fields): Pico(int(text)) for *fields, text in stored}


# --- working objects


def part_key(plan: Plan, month: str, part: str) -> str:
    """Where a part's lines are."""
    return object_keys.work_object(plan.settlement_id, plan.attempt, "parts", month, f"{part}.ndjson.gz")


def totals_of(plan: Plan, month: str, number: int) -> Totals:
    """A month's totals with the pools of a round open."""
    return older_totals.with_currencies(older_totals.totals(settlement_store.load_json(plan, "totals", str(number), f"{month}.json")))


def round_of(plan: Plan, number: int) -> Round:
    """What a round measures: uses first, then what the totals of the one before ask for."""
    if number == 1:
        return "uses"
    found: Round = settlement_store.load_json(plan, "totals", str(number - 1), "next.json")["round"]
    return found


def final_totals(plan: Plan, months: Iterable[str], last: int | None = None) -> dict[str, Totals]:
    """The totals of each of these months with all their pools open: those of the last round, which a plan's months have in common.

    Who does not know which was the `last` looks for it.
    """
    wanted = list(months)
    last = last or (_last_round(plan, wanted[0]) if wanted else 1)
    return {month: totals_of(plan, month, last) for month in wanted}


def _last_round(plan: Plan, month: str) -> int:
    later = takewhile(lambda number: settlement_store.saved(plan, "totals", str(number), f"{month}.json"), range(2, ROUNDS_MAX + 1))
    return max(later, default=1)
