"""What the bank answered to each settlement's payments, in the order in which it came: an append-only list per settlement.

The place of an answer is taken by the write that keeps it, so two that arrive at once follow each other and none is lost.
A document is known by its SHA-256: the same again is not kept twice.
"""

import csv
import hashlib
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, Final, NamedTuple

import orjson

from overtone import clock
from overtone.aws import buckets, finance_keys, tables
from overtone.aws.tables import ABSENT, ConditionFailed
from overtone.aws.transactions import Put
from overtone.errors import Retryable
from overtone.facts.events import PartyEvent
from overtone.payout.acknowledgements import (
    BankDocument,
    NamedPayments,
    Payment,
    PaymentOutcome,
    Return,
    about,
    payments_of,
    returns_between,
)
from overtone.stores import events as event_store
from overtone.stores import finance_facts, line_objects, sealed_files
from overtone.stores import settlements as settlement_store
from overtone.stores.finance_facts import FinanceFact

PAGE_OUTCOMES: Final = 8_000
"""Outcomes in one item: some 250 KB packed; the largest document that is read has some 60,000."""


HEARD_DAYS: Final = 92
"""Within so many days a settlement hears an answer, for which it reads the payments once more: they must be there by then."""


class StoredBankAnswer(NamedTuple):
    """An answer, and when it was accepted."""

    settlement_id: str
    number: int
    digest: str
    accepted_at: str
    answer: BankDocument


def answered_until(record: settlement_store.Settlement) -> str:
    """The last day on which the bank's answers to a settlement are taken; empty where there is none."""
    return sealed_files.kept_for(record, HEARD_DAYS)


def is_answerable(record: settlement_store.Settlement) -> bool:
    """Whether the bank's answers to a settlement are still taken."""
    return not (until := answered_until(record)) or clock.today() <= until


def sent_payments(record: settlement_store.Settlement, wanted: Callable[[Payment], bool] = lambda _: True) -> dict[str, Payment]:
    """The payments of a sealed settlement, by id; of them those that are wanted, which is what is in memory."""
    lines = line_objects.split(buckets.settlement().stream(sealed_files.file_key(record, "payments.csv")))
    return payments_of(csv.DictReader(map(bytes.decode, lines)), record["settlement_id"], wanted)


def digest_of(body: bytes) -> str:
    """What a document is known by."""
    return hashlib.sha256(body.strip()).hexdigest()


def of(settlement_id: str) -> Iterator[StoredBankAnswer]:
    """Every answer to a settlement, the oldest first; one at a time is in memory."""
    yield from _assembled(tables.ledger().query(finance_keys.BANK_ANSWERS, prefix=f"{settlement_id}#"))


def returns(
    facts: Iterable[FinanceFact], sent: Callable[[settlement_store.Settlement, NamedPayments], Mapping[str, Payment]]
) -> list[Return]:
    """The payments that the answers among finance's facts reopen, of whichever settlement; `sent` are those that are looked at."""
    found: list[Return] = []
    numbers: dict[str, list[int]] = {}
    for fact in facts:
        if fact.kind == finance_facts.BANK_ANSWER:
            numbers.setdefault(fact.content["settlement_id"], []).append(fact.content["number"])
    for settlement_id, heard in sorted(numbers.items()):
        back = NamedPayments.sent_back(entry.answer for entry in of(settlement_id))
        if back.ids or back.files:
            payments = sent(settlement_store.get(settlement_id), back)
            kept = [(entry.number, about(entry.answer, payments)) for entry in of(settlement_id)]
            before = [answer for number, answer in kept if number < min(heard)]
            since = [answer for number, answer in kept if min(heard) <= number <= max(heard)]
            found += returns_between(payments, before, since)
    return found


def keep(settlement_id: str, number: int, digest: str, answer: BankDocument, by: str, news: Sequence[PartyEvent] = ()) -> None:
    """Keep an answer as the settlement's `number`-th, and tell of it; raises `Retryable` where another one took that place."""
    outcomes = [list(outcome) for outcome in answer.outcomes]
    pages = [outcomes[start : start + PAGE_OUTCOMES] for start in range(0, len(outcomes), PAGE_OUTCOMES)] or [[]]
    said = {"settlement_id": settlement_id, "digest": digest, "said_at": answer.said_at, "accepted_at": clock.timestamp()}
    content = {"settlement_id": settlement_id, "number": number}
    items = [
        {**finance_keys.bank_answer(settlement_id, number, page)._asdict(), **said, "outcomes": zlib.compress(orjson.dumps(part))}
        for page, part in enumerate(pages)
    ]
    taken = Retryable(f"another answer to settlement {settlement_id} was accepted at the same moment; send this one again")
    try:
        writes = [Put(tables.ledger(), item, ABSENT) for item in items]
        events, rest = event_store.parted(news, len(writes) + finance_facts.FACT_WRITES)
        fact_id = f"{settlement_id}.{number}"
        _, there = finance_facts.append(finance_facts.BANK_ANSWER, fact_id, content, by, [*writes, *events])
    except ConditionFailed as error:
        raise taken from error
    if there:  # of the place alone: what stands there is another answer's
        raise taken
    event_store.put(rest)


def _assembled(items: Iterator[dict[str, Any]]) -> Iterator[StoredBankAnswer]:
    for number, pages in groupby(items, key=lambda item: finance_keys.bank_answer_number(item["sk"])):
        parts = list(pages)
        outcomes = tuple(PaymentOutcome(*fields) for part in parts for fields in orjson.loads(zlib.decompress(part["outcomes"])))
        first = parts[0]
        yield StoredBankAnswer(
            first["settlement_id"], number, first["digest"], first["accepted_at"], BankDocument(first["said_at"], outcomes)
        )
