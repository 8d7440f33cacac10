"""What one person of finance proposed and another one has to accept before it counts."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final, NamedTuple

import orjson

from overtone import clock
from overtone.aws import finance_keys, tables
from overtone.aws.attributes import Item
from overtone.aws.tables import ABSENT, ConditionFailed, equals
from overtone.aws.transactions import Put
from overtone.errors import Conflict, Forbidden, NotFound
from overtone.stores import finance_facts
from overtone.stores.finance_facts import FinanceKind

PROPOSED: Final = "proposed"
ACCEPTED: Final = "accepted"


class Person(NamedTuple):
    """Who acts: the subject of the token, which two people do not share, and the name that is shown."""

    subject: str
    name: str


def propose(kind: FinanceKind, proposal_id: str, content: dict[str, Any], by: Person) -> tuple[dict[str, Any], bool]:
    """Keep a proposal; its form, and whether the same was there. Raises `Conflict` for other content, `Forbidden` without a person."""
    text = _text(content)
    about = {"content": text, "status": PROPOSED, "proposed_by": _subject(by), "proposed_name": by.name, "proposed_at": clock.timestamp()}
    try:
        tables.ledger().put({**finance_keys.proposal(kind, proposal_id)._asdict(), **about}, ABSENT)
    except ConditionFailed as error:
        known = _get(kind, proposal_id)
        if known["content"] != text:
            raise Conflict(f"{kind.replace('_', ' ')} {proposal_id!r} was proposed before with other content; use a new id") from error
        return shown(known), True
    return shown(_get(kind, proposal_id)), False


def repeated(kind: FinanceKind, proposal_id: str, content: dict[str, Any]) -> bool:
    """Whether the same was proposed before: what may be proposed now says nothing of it, for perhaps it was accepted and done."""
    item = tables.ledger().get(finance_keys.proposal(kind, proposal_id))
    return item is not None and item["content"] == _text(content)


def _text(content: dict[str, Any]) -> str:
    return orjson.dumps(content, option=orjson.OPT_SORT_KEYS).decode()


def accept(
    kind: FinanceKind, proposal_id: str, by: Person, require: Callable[[dict[str, Any]], None] = lambda _: None
) -> tuple[dict[str, Any], bool]:
    """Accept another person's proposal: from then on it is one of finance's facts.

    Raises `Forbidden` for who proposed it, and what `require` raises of its content, as of all facts before it.
    """
    known = _get(kind, proposal_id)
    if _subject(by) == known["proposed_by"]:
        raise Forbidden("two persons agree on this: the one who proposed it cannot accept it; ask a colleague to")
    if known["status"] == ACCEPTED:
        return shown(known), True
    accepted = {**known, "status": ACCEPTED, "accepted_by": by.subject, "accepted_name": by.name, "accepted_at": clock.timestamp()}
    change, content = Put(tables.ledger(), accepted, equals(status=PROPOSED)), orjson.loads(known["content"])
    try:
        finance_facts.append(kind, proposal_id, content, by.name, [change], partial(require, content))
    except ConditionFailed:
        return shown(_get(kind, proposal_id)), True
    return shown(accepted), False


def get(kind: FinanceKind, proposal_id: str) -> dict[str, Any]:
    """A proposal as it is answered; raises `NotFound`."""
    return shown(_get(kind, proposal_id))


def listing(kind: FinanceKind, after: str = "", limit: int | None = None) -> Iterator[dict[str, Any]]:
    """Proposals of a kind by id, accepted ones included."""
    return (shown(item) for item in tables.ledger().query(finance_keys.proposal(kind, "").pk, after=after, limit=limit))


def _subject(by: Person) -> str:
    if not by.subject:
        raise Forbidden("the token names no person (claim sub); sign in as a person")
    return by.subject


def _get(kind: FinanceKind, proposal_id: str) -> Item:
    item = tables.ledger().get(finance_keys.proposal(kind, proposal_id))
    if item is None:
        raise NotFound(f"there is no {kind.replace('_', ' ')} {proposal_id!r}")
    return item


def shown(item: Item) -> dict[str, Any]:
    """A proposal as it is answered."""
    names = {"status": "status", "proposed_name": "proposed_by", "proposed_at": "proposed_at"}
    names |= {"accepted_name": "accepted_by", "accepted_at": "accepted_at"}
    content: dict[str, Any] = orjson.loads(item["content"])
    return content | {shown: item[name] for name, shown in names.items() if name in item}
