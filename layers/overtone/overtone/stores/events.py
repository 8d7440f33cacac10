"""Events in LedgerTable, by whom they concern and in order of time: written in the transaction of what they tell of."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import orjson

from overtone.aws import notice_keys, tables
from overtone.aws.attributes import Item
from overtone.aws.keys import Key
from overtone.aws.transactions import TRANSACTION_ITEMS_MAX, Put, Write
from overtone.facts.events import PartyEvent


def writes(events: Iterable[PartyEvent]) -> list[Write]:
    """The writes that go with a transaction."""
    return [Put(tables.ledger(), _item(event)) for event in events]


def parted(events: Sequence[PartyEvent], taken: int) -> tuple[list[Write], Sequence[PartyEvent]]:
    """The writes that still fit in a transaction of which so many places are taken, and the events for which there is no room."""
    room = TRANSACTION_ITEMS_MAX - taken
    return writes(events[:room]), events[room:]


def put(events: Iterable[PartyEvent]) -> None:
    """Tell of what is there already; doing so again changes nothing."""
    tables.ledger().put_many([_item(event) for event in events])


def _item(event: PartyEvent) -> dict[str, Any]:
    about = orjson.dumps(event.about, option=orjson.OPT_SORT_KEYS).decode()
    key = notice_keys.event(event.party, event.at, event.id)
    return {**key._asdict(), "id": event.id, "type": event.kind, "at": event.at, "about": about}


def of(party: str, *, since: str = "", after: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Events of a party in order of time from a day or an instant on, each with the key behind which a listing goes on."""
    first = since.removesuffix("Z")  # which sorts behind the fraction of the same second
    for item in tables.ledger().query(notice_keys.event(party, "", "").pk, first=first, after=after):
        yield item["sk"], _shown(item)


def at(places: Iterable[Key]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Those of the events at these keys that are there, each with its place in the list of its party."""
    for key, item in tables.ledger().batch_get(places).items():
        yield key.sk, _shown(item)


def find(party: str, place: str) -> dict[str, Any] | None:
    """The event at a place of a party's list, or `None`."""
    item = tables.ledger().get(Key(notice_keys.event(party, "", "").pk, place))
    return _shown(item) if item else None


def _shown(item: Item) -> dict[str, Any]:
    about: dict[str, Any] = orjson.loads(item["about"])
    if "party" in about:  # as mandates called the member before
        about["party_id"] = about.pop("party")
    own = {"id": item["id"], "type": item["type"], "at": item["at"], "party": notice_keys.party_of_event(item["pk"])}
    return own | about
