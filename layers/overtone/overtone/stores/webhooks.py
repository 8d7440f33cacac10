"""Webhook endpoints of parties with their secrets, and the log of what was delivered to each.

A secret has to be read to sign with it, so it is kept as it is, in an encrypted table, and shown once. The log is forgotten after
`LOG_DAYS`: the events stay.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from overtone import clock
from overtone.aws import counters, notice_keys, tables
from overtone.aws.attributes import Item
from overtone.aws.tables import ABSENT, ConditionFailed, equals
from overtone.errors import NotFound, Retryable
from overtone.facts.webhooks import ROTATION_HOURS, WebhookEndpoint
from overtone.fields import stored
from overtone.stores import retention

LOG_DAYS: Final = 30
HOUR_SECONDS: Final = 3_600


class WebhookRecord(NamedTuple):
    """An endpoint as it is kept. `secrets` are the current one and, until `rotated_until`, those before."""

    party: str
    endpoint_id: str
    endpoint: WebhookEndpoint
    secrets: tuple[str, ...]
    rotated_until: str
    version: int
    created_at: str
    author: str
    stopped: str = ""

    def valid_secrets(self) -> tuple[str, ...]:
        """What signs now."""
        return self.secrets if clock.timestamp() < self.rotated_until else self.secrets[:1]

    def shown(self) -> dict[str, Any]:
        """As its owner sees it: everything but the secrets."""
        about = {"endpoint_id": self.endpoint_id, "party": self.party, **self.endpoint.model_dump(mode="json")}
        until = {"old_secret_valid_until": self.rotated_until} if len(self.valid_secrets()) > 1 else {}
        return about | {"created_at": self.created_at, "author": self.author} | until | ({"stopped": self.stopped} if self.stopped else {})


def find(party: str, endpoint_id: str) -> WebhookRecord | None:
    """An endpoint, or `None`."""
    item = tables.registry().get(notice_keys.webhook(party, endpoint_id))
    return _kept(party, item) if item else None


def get(party: str, endpoint_id: str) -> WebhookRecord:
    """An endpoint; raises `NotFound`."""
    if (found := find(party, endpoint_id)) is None:
        raise NotFound(f"there is no webhook {endpoint_id!r}; PUT /v1/webhooks/{endpoint_id} makes it")
    return found


def of(party: str, after: str = "", limit: int | None = None) -> list[WebhookRecord]:
    """A party's endpoints in order of id."""
    items = tables.registry().query(notice_keys.webhook(party, "").pk, after=after, limit=limit)
    return [_kept(party, item) for item in items]


def keep(after: WebhookRecord, before: WebhookRecord | None) -> None:
    """Write an endpoint if it still is as it was read; raises `Retryable`."""
    item: Item = {
        **notice_keys.webhook(after.party, after.endpoint_id)._asdict(),
        **after._asdict(),
        "endpoint": after.endpoint.model_dump(mode="json"),
        "secrets": list(after.secrets),
    }
    try:
        tables.registry().put(item, equals(version=before.version) if before else ABSENT)
    except ConditionFailed as error:
        raise Retryable(f"webhook {after.endpoint_id} was changed by somebody else at the same time; send it again") from error


def forget(party: str, endpoint_id: str) -> None:
    """Remove an endpoint with its secrets."""
    tables.registry().delete(notice_keys.webhook(party, endpoint_id))


def count_replay(party: str, hour: int) -> int | None:
    """Count a replay of an hour (hours since 1970); how many there are of it by now, `None` where nobody can say."""
    return counters.add(tables.usage(), counters.replays(party, hour), 1, (hour + 1) * HOUR_SECONDS + HOUR_SECONDS)


def rotation_end() -> str:
    """Until when a secret that is replaced now stays valid."""
    end = clock.now().astimezone(UTC) + timedelta(hours=ROTATION_HOURS)
    return end.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _kept(party: str, item: Item) -> WebhookRecord:
    known = {name: item[name] for name in WebhookRecord._fields if name in item}
    said = {"endpoint": stored(WebhookEndpoint, item["endpoint"]), "secrets": tuple(item["secrets"]), "version": int(item["version"])}
    return WebhookRecord(**known | said | {"party": party})


# --- the log


class DeliveryRecord(NamedTuple):
    """How a delivery stands: the last attempt's time and answer; `replay` is the last replay that asked for it."""

    event_id: str
    type: str
    at: str
    state: str
    attempts: int
    tried_at: str
    status: int
    detail: str
    replay: str = ""


def delivery(party: str, endpoint_id: str, place: str) -> DeliveryRecord | None:
    """What the log says of an event's delivery."""
    item = tables.usage().get(notice_keys.delivery(party, endpoint_id, place))
    return _delivery(item) if item and not retention.has_expired(item) else None


def log(party: str, endpoint_id: str, place: str, said: DeliveryRecord) -> None:
    """Keep how a delivery stands, for `LOG_DAYS`."""
    expires = int((datetime.fromisoformat(said.tried_at) + timedelta(days=LOG_DAYS)).timestamp())
    tables.usage().put({**notice_keys.delivery(party, endpoint_id, place)._asdict(), **said._asdict(), "expires_at": expires})


def deliveries(party: str, endpoint_id: str, after: str) -> Iterator[tuple[str, DeliveryRecord]]:
    """The log of an endpoint behind a place, the newest event first, each with its place."""
    pk = notice_keys.delivery(party, endpoint_id, "").pk
    for item in tables.usage().query(pk, after=after, descending=True):
        if not retention.has_expired(item):
            yield item["sk"], _delivery(item)


def _delivery(item: Item) -> DeliveryRecord:
    known: dict[str, Any] = {name: item[name] for name in DeliveryRecord._fields}
    return DeliveryRecord(**known | {"attempts": int(item["attempts"]), "status": int(item["status"])})
