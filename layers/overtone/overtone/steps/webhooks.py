"""Webhook endpoints as their owners manage them: made with a secret, changed, rotated, replayed, taken away."""

import secrets
from typing import Any, Final

from overtone import clock
from overtone.aws import outside, queues
from overtone.aws.outside import AddressRefused, Unreachable
from overtone.config import settings
from overtone.errors import Conflict, Rejected, TooOften
from overtone.facts.webhooks import ENDPOINTS_MAX, REPLAYS_PER_HOUR_MAX, SECRET_BYTES, SECRETS_MAX, WebhookEndpoint, secret_of
from overtone.stores import webhooks as store
from overtone.stores.webhooks import WebhookRecord

REPLAYED_EVENTS: Final = 100
"""Of a replay, in one message's work."""


def put(party: str, endpoint_id: str, sent: WebhookEndpoint, author: str) -> tuple[WebhookRecord, str | None]:
    """Make an endpoint or change it; its secret where it is new.

    Raises `Rejected` for a URL that is not called, `Conflict` beyond the limit.
    """
    check_url(sent.url)
    before = store.find(party, endpoint_id)
    if before is not None:
        changed = before._replace(endpoint=sent, version=before.version + 1, stopped="" if sent.enabled else before.stopped)
        store.keep(changed, before)
        return changed, None
    if len(store.of(party)) >= ENDPOINTS_MAX:
        raise Conflict(f"{party} has {ENDPOINTS_MAX} webhooks, and no more are kept of one party; DELETE one first")
    secret = secret_of(secrets.token_bytes(SECRET_BYTES))
    made = WebhookRecord(party, endpoint_id, sent, (secret,), "", 1, clock.timestamp(), author)
    store.keep(made, None)
    return made, secret


def check_url(url: str) -> None:
    """Raise `Rejected` for a URL that would not be called now. What its name resolves to later is checked at each delivery."""
    try:
        outside.addresses_of(outside.target_of(url))
    except (AddressRefused, Unreachable) as error:
        raise Rejected.at("url", error.detail if isinstance(error, AddressRefused) else str(error)) from error


def rotate(party: str, endpoint_id: str) -> tuple[WebhookRecord, str]:
    """Give an endpoint a new secret; the one before, and what still signed beside that, sign beside it for a while."""
    before = store.get(party, endpoint_id)
    secret = secret_of(secrets.token_bytes(SECRET_BYTES))
    until = store.rotation_end()
    after = before._replace(secrets=(secret, *before.valid_secrets())[:SECRETS_MAX], rotated_until=until, version=before.version + 1)
    store.keep(after, before)
    return after, secret


def replay(party: str, endpoint_id: str, since: str) -> dict[str, Any]:
    """Have all events since an instant delivered again, those that were delivered too; what was asked for.

    Raises `NotFound`, `TooOften`. Where the count cannot be had, the replay is sent: this protects what others need, and is no permission.
    """
    store.get(party, endpoint_id)
    hour, second = divmod(int(clock.now().timestamp()), store.HOUR_SECONDS)
    if (store.count_replay(party, hour) or 0) > REPLAYS_PER_HOUR_MAX:
        raise TooOften(f"more than {REPLAYS_PER_HOUR_MAX} replays of {party}'s webhooks in this hour (UTC)", store.HOUR_SECONDS - second)
    asked = {"party": party, "endpoint_id": endpoint_id, "since": since, "after": "", "replay": clock.timestamp()}
    queues.send(settings().webhook_queue_url, asked)
    return {"endpoint_id": endpoint_id, "since": since, "replay_id": asked["replay"]}


def stop(kept: WebhookRecord, why: str) -> None:
    """Deliver nothing more to an endpoint until its owner enables it again."""
    disabled = kept.endpoint.model_copy(update={"enabled": False})
    store.keep(kept._replace(endpoint=disabled, stopped=why, version=kept.version + 1), kept)
