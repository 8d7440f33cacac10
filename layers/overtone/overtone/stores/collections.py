"""Collections as they are kept: each once under its id, and the same money not a second time under another."""

from collections.abc import Sequence
from typing import Any

from overtone.aws import finance_keys, tables
from overtone.aws.tables import ABSENT, Condition, ConditionFailed, equals
from overtone.aws.transactions import Put
from overtone.stores import finance_facts
from overtone.stores.finance_facts import COLLECTION, REVERSAL, FinanceFact


class SameMoney(Exception):
    """Another collection that stands is of the same licensee, currency, amount and day."""

    def __init__(self, collection_id: str) -> None:
        super().__init__(collection_id)
        self.collection_id = collection_id


def keep(content: dict[str, Any], by: str, *, separate: bool = False) -> tuple[FinanceFact, bool]:
    """Keep a collection; the fact, and whether it was there before. Raises `SameMoney` unless it is said to be `separate`.

    The mark of the money is written with the collection, so of two that arrive at the same moment one is told of the other.
    """
    collection_id = content["collection_id"]
    if separate or finance_facts.find(COLLECTION, collection_id):
        return finance_facts.append(COLLECTION, collection_id, content, by)
    key = finance_keys.money(content["licensee"], content["currency"], content["amount"], content["received_on"])
    standing = str((tables.ledger().get(key) or {}).get("collection_id", ""))
    if standing and finance_facts.find(REVERSAL, standing) is None:
        raise SameMoney(standing)
    condition: Condition = equals(collection_id=standing) if standing else ABSENT
    mark = Put(tables.ledger(), {**key._asdict(), "collection_id": collection_id}, condition)
    try:
        return finance_facts.append(COLLECTION, collection_id, content, by, [mark])
    except ConditionFailed as error:
        now = str((tables.ledger().get(key) or {}).get("collection_id", ""))
        if now == collection_id:  # the same one, sent twice at once
            return finance_facts.append(COLLECTION, collection_id, content, by)
        raise SameMoney(now) from error


def reversals(collection_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """What undid each of the collections, as it is answered; nothing of those that stand."""
    return {one: fact.shown() for one, fact in finance_facts.find_many(REVERSAL, collection_ids).items()}
