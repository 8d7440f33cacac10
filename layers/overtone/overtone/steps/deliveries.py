"""From an event to its receivers: one message for each endpoint that wants it, tried until it is taken or given up.

The table's stream says that an event was written, at least once; the queue delivers at least once. A receiver may so hear of an event
twice, under the same id, and in any order; the log of its endpoint keeps that rare.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from functools import cache
from itertools import islice
from typing import Any, Final, NamedTuple

from overtone import clock
from overtone.aws import outside, queues
from overtone.aws.keys import Key
from overtone.aws.outside import AddressRefused, Unreachable
from overtone.config import settings
from overtone.facts import webhooks
from overtone.facts.webhooks import DELIVERED, GIVEN_UP, GONE, RETRY_SECONDS, WAITING
from overtone.steps.webhooks import REPLAYED_EVENTS, stop
from overtone.stores import events
from overtone.stores import webhooks as store
from overtone.stores.webhooks import DeliveryRecord, WebhookRecord

NEWS_MAX: Final = timedelta(days=7)
"""Older events that appear in the stream are no news: a restored table's are written anew. A replay delivers them all the same."""
DETAIL_LENGTH_MAX: Final = 200
UNWANTED: Final = "the webhook was switched off before it was tried again"


class DeliveryOrder(NamedTuple):
    """One event for one endpoint; `replay` where somebody asked for it again."""

    party: str
    endpoint_id: str
    place: str
    replay: str = ""


class DeliveryOutcome(NamedTuple):
    """How an attempt ended: the delivery's state, and after how many seconds it is tried again."""

    state: str
    again_in: int = 0


def announce(written: Iterable[Key]) -> int:
    """Send a message for each endpoint that wants one of the events that were written; how many."""
    oldest, endpoints = (clock.now() - NEWS_MAX).date().isoformat(), cache(store.of)
    wanted = [
        DeliveryOrder(event["party"], kept.endpoint_id, place)
        for place, event in events.at(key for key in written if key.sk >= oldest)
        for kept in endpoints(event["party"])
        if kept.endpoint.wants(event["type"])
    ]
    queues.send_many(settings().webhook_queue_url, [one._asdict() for one in wanted])
    return len(wanted)


def deliver(wanted: DeliveryOrder, attempts: int) -> DeliveryOutcome:
    """Try once, for the `attempts`-th time. What nobody wants any more, or has already, counts as delivered."""
    kept, event = store.find(wanted.party, wanted.endpoint_id), events.find(wanted.party, wanted.place)
    before = store.delivery(wanted.party, wanted.endpoint_id, wanted.place)
    if before is not None and wanted.replay in {"", before.replay} and before.state != WAITING:
        return DeliveryOutcome(before.state)
    if kept is None or event is None or not kept.endpoint.enabled:
        if before is not None and before.state == WAITING:
            ended = before._replace(state=GIVEN_UP, detail=f"{before.detail}; {UNWANTED}")
            store.log(wanted.party, wanted.endpoint_id, wanted.place, ended)
        return DeliveryOutcome(DELIVERED)
    status, detail = _posted(kept, event)
    state = webhooks.state_after(attempts, taken=webhooks.is_taken(status))
    if status == GONE:
        state = GIVEN_UP
        stop(kept, "it answered 410 Gone; PUT it with `enabled: true` to have events delivered again")
    said = DeliveryRecord(event["id"], event["type"], event["at"], state, attempts, clock.timestamp(), status, detail, wanted.replay)
    store.log(wanted.party, wanted.endpoint_id, wanted.place, said)
    return DeliveryOutcome(state, RETRY_SECONDS[attempts - 1] if state == WAITING else 0)


def _posted(kept: WebhookRecord, event: Mapping[str, Any]) -> tuple[int, str]:
    """The status that the endpoint answered (0: none), and what went wrong."""
    body = webhooks.body_of(event)
    headers = webhooks.headers_of(event["id"], int(clock.now().timestamp()), body, kept.valid_secrets())
    try:
        status = outside.post(kept.endpoint.url, headers, body)
    except AddressRefused as error:
        return 0, error.detail[:DETAIL_LENGTH_MAX]
    except Unreachable as error:
        return 0, str(error)[:DETAIL_LENGTH_MAX]
    return status, "" if webhooks.is_taken(status) else f"answered {status}"


def replay(asked: Mapping[str, str]) -> int:
    """Send a message for each of the next events of a replay that are wanted, and one to go on by; how many are."""
    party, endpoint_id = asked["party"], asked["endpoint_id"]
    kept = store.find(party, endpoint_id)
    if kept is None:
        return 0
    found = list(islice(events.of(party, since=asked["since"], after=asked["after"]), REPLAYED_EVENTS))
    wanted = [DeliveryOrder(party, endpoint_id, place, asked["replay"]) for place, event in found if kept.endpoint.wants(event["type"])]
    queues.send_many(settings().webhook_queue_url, [one._asdict() for one in wanted])
    if len(found) == REPLAYED_EVENTS:
        queues.send(settings().webhook_queue_url, {**asked, "after": found[-1][0]})
    return len(wanted)
