"""What finance records, in one numbered list: money that came, what two persons agreed on, details that were confirmed.

A fact's number is taken by the write that keeps it, so a settlement that has heard the first n of them has missed none, whatever
the clocks say. A fact has an id of its own: the same again is the first one, other content under it is a conflict.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple

import orjson

from overtone import clock
from overtone.aws import finance_keys, tables
from overtone.aws.attributes import Item
from overtone.aws.tables import ABSENT, ConditionFailed
from overtone.aws.transactions import Put, Write, transact
from overtone.errors import Conflict, Retryable
from overtone.lines import ForeignReason
from overtone.money import stored_amount
from overtone.payout.adjustments import Adjustment, AgreedOpening, OpenedMoney, OpenedSuspense, opened_key
from overtone.payout.finance import Fact
from overtone.payout.money_in import POSTED_WRONGLY, Collection, Refund, Reversal, WriteOff

ATTEMPTS_MAX: Final = 8
"""How often a fact looks for its number among others that arrive at the same moment."""

COLLECTION: Final = "collection"
REVERSAL: Final = "reversal"
REFUND: Final = "refund"
WRITE_OFF: Final = "write_off"
ADJUSTMENT: Final = "adjustment"
OPENING: Final = "opening"
CONFIRMATION: Final = "confirmation"
BANK_ANSWER: Final = "bank_answer"
FinanceKind = Literal["collection", "reversal", "refund", "write_off", "adjustment", "opening", "confirmation", "bank_answer"]
FACT_WRITES: Final = 2
"""Writes of a fact itself; what is beside it comes behind them."""


class FinanceFact(NamedTuple):
    """One entry of the list."""

    number: int
    kind: FinanceKind
    fact_id: str
    content: dict[str, Any]
    accepted_at: str
    by: str

    def shown(self) -> dict[str, Any]:
        """As it is answered."""
        return self.content | {"accepted_at": self.accepted_at, "posted_by": self.by}


def last_number() -> int:
    """The number of the newest fact; 0 before the first."""
    newest = next(tables.ledger().query(finance_keys.FINANCE, descending=True, limit=1), None)
    return int(newest["sk"]) if newest else 0


def between(after: int, until: int) -> Iterator[FinanceFact]:
    """Facts with numbers above `after` up to `until`, in order."""
    if after < until:
        for item in tables.ledger().query(
            finance_keys.FINANCE, first=finance_keys.finance_fact(after + 1).sk, last=finance_keys.finance_fact(until).sk
        ):
            yield _fact(item)


def newest_first(after: int | None = None) -> Iterator[FinanceFact]:
    """All facts from the newest back, behind the one numbered `after`."""
    start = finance_keys.finance_fact(after).sk if after is not None else ""
    for item in tables.ledger().query(finance_keys.FINANCE, descending=True, after=start):
        yield _fact(item)


def find(kind: FinanceKind, fact_id: str) -> FinanceFact | None:
    """A fact by its id."""
    named = tables.ledger().get(finance_keys.finance_id(kind, fact_id))
    item = tables.ledger().get(finance_keys.finance_fact(int(named["number"]))) if named else None
    return _fact(item) if item else None


def find_many(kind: FinanceKind, fact_ids: Sequence[str]) -> dict[str, FinanceFact]:
    """Facts by their ids; those that there are."""
    named = tables.ledger().batch_get(finance_keys.finance_id(kind, fact_id) for fact_id in fact_ids)
    items = tables.ledger().batch_get(finance_keys.finance_fact(int(item["number"])) for item in named.values())
    return {fact.fact_id: fact for fact in map(_fact, items.values())}


def _unconditional() -> None:
    """Nothing stands against a fact."""


def append(
    kind: FinanceKind,
    fact_id: str,
    content: dict[str, Any],
    by: str,
    beside: Sequence[Write] = (),
    require: Callable[[], None] = _unconditional,
) -> tuple[FinanceFact, bool]:
    """Keep a fact, and what goes with it, in one transaction; the fact, and whether it was there before.

    Raises `Conflict` where its id has other content, `ConditionFailed` where a condition of `beside` does not hold, and what `require`
    raises: it is asked of all facts before this one, of those too that arrive at the same moment.
    """
    for _ in range(ATTEMPTS_MAX):
        if known := find(kind, fact_id):
            if known.content != content:
                raise Conflict(f"{kind.replace('_', ' ')} {fact_id!r} was posted before with other content; use a new id")
            return known, True
        fact = FinanceFact(last_number() + 1, kind, fact_id, content, clock.timestamp(), by)
        require()
        try:
            transact([*_puts(fact), *beside])
        except ConditionFailed as error:
            if any(place >= FACT_WRITES for place in error.failed):
                raise
            continue
        return fact, False
    raise Retryable("many facts arrive at the same moment; send this one again")


def _puts(fact: FinanceFact) -> list[Write]:
    about = {"kind": fact.kind, "fact_id": fact.fact_id, "accepted_at": fact.accepted_at, "posted_by": fact.by}
    text = orjson.dumps(fact.content, option=orjson.OPT_SORT_KEYS).decode()
    item = {**finance_keys.finance_fact(fact.number)._asdict(), **about, "content": text}
    named = {**finance_keys.finance_id(fact.kind, fact.fact_id)._asdict(), "number": fact.number}
    return [Put(tables.ledger(), item, ABSENT), Put(tables.ledger(), named, ABSENT)]


def _fact(item: Item) -> FinanceFact:
    return FinanceFact(
        int(item["sk"]), item["kind"], item["fact_id"], orjson.loads(item["content"]), item["accepted_at"], item["posted_by"]
    )


def entries_of(fact: FinanceFact) -> Iterator[Fact]:
    """A fact as the books take it; nothing for those that change no figure."""
    content = fact.content
    if fact.kind == COLLECTION:
        numbers = tuple(map(int, content["invoices"]))
        about = content["licensee"], content["currency"], stored_amount(content["amount"]), content["received_on"]
        yield Collection(fact.fact_id, *about, numbers)
    elif fact.kind == REVERSAL:
        day = content["received_on"] if content["kind"] == POSTED_WRONGLY else content["reversed_on"]
        about = content["licensee"], content["currency"], stored_amount(content["amount"]), day
        yield Reversal(fact.fact_id, *about, tuple(map(int, content["invoices"])))
    elif fact.kind == REFUND:
        figures = content["licensee"], content["currency"], stored_amount(content["amount"])
        yield Refund(fact.fact_id, *figures, content["reason"])
    elif fact.kind == WRITE_OFF:
        yield WriteOff(fact.fact_id, int(content["invoice"]), content["reason"])
    elif fact.kind == ADJUSTMENT:
        about = content["party"], content["currency"], stored_amount(content["amount"]), content["reason"]
        out_of = OpenedMoney.model_validate(content["suspense"]).key(content["currency"]) if content.get("suspense") else None
        yield Adjustment(fact.fact_id, *about, suspense=out_of)
    elif fact.kind == OPENING:
        for row in content["balances"]:
            yield from _opened(fact.fact_id, row)


def _opened(opening_id: str, row: Mapping[str, Any]) -> Iterator[Fact]:
    party, currency, balance = row["party"], row["currency"], stored_amount(row["balance"])
    if row.get("suspense"):
        key = opened_key(opening_id, row["month"], row["work"] or "", ForeignReason(row["suspense"]), currency)
        yield OpenedSuspense(key, row["title"], balance)
        return
    yield Adjustment(opening_id, party, currency, balance, "balance of another system", "opening")
    figures = balance, stored_amount(row["reserve"]), row["periods"]
    deal = row["deal_id"] or "", row["licensee"] or "", stored_amount(row["unrecouped"])
    yield AgreedOpening(opening_id, party, currency, *figures, *deal)
