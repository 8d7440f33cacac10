"""Webhooks as Standard Webhooks 1.0 has them: what is sent, how it is signed, and when it is tried again.

A message's id is its event's: a receiver that remembers ids takes each event once, however often it is delivered.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, Literal

import orjson
from pydantic import Field, field_validator

from overtone.facts.events import EVENTS, OWN
from overtone.fields import Model

ENDPOINTS_MAX: Final = 10
REPLAYS_PER_HOUR_MAX: Final = 10
"""Of all of a party's endpoints together: deliveries are one queue for everybody, and a replay is every event since an instant."""
"""Of one party: each event goes to each of them."""
RETRY_SECONDS: Final = (5, 300, 1_800, 7_200, 18_000, 36_000)
"""Pauses after a failed delivery; after the last of them it is given up. All in all nearly 18 hours; SQS hides a message for 12 at most."""
ATTEMPTS_MAX: Final = len(RETRY_SECONDS) + 1
ROTATION_HOURS: Final = 24
"""So long a secret that was replaced still signs beside the new one."""
SECRETS_MAX: Final = 5
"""That sign at once: whoever rotates again, as after an answer that was lost, takes nothing from a receiver that still has the first."""
SECRET_PREFIX: Final = "whsec_"  # noqa: S105 - what secrets begin with
SECRET_BYTES: Final = 32
USER_AGENT: Final = "Overtone-Webhooks/1"
GONE: Final = 410
"""The answer by which a receiver says that it wants no more."""
DELIVERED: Final = "delivered"
WAITING: Final = "waiting"
GIVEN_UP: Final = "given_up"
DeliveryState = Literal["delivered", "waiting", "given_up"]
"""How the delivery of an event stands."""
STATES: Final[tuple[DeliveryState, ...]] = (DELIVERED, WAITING, GIVEN_UP)
_NOTE_LENGTH_MAX: Final = 200


class WebhookEndpoint(Model):
    """Where a party's events go; without `types` all of them."""

    url: Annotated[str, Field(min_length=1, max_length=2_048)]
    types: tuple[str, ...] = ()
    enabled: bool = True
    note: Annotated[str, Field(max_length=_NOTE_LENGTH_MAX)] = ""

    @field_validator("types", mode="before")
    @classmethod
    def _known(cls, value: object) -> object:
        if not isinstance(value, list | tuple):
            return value
        if unknown := [kind for kind in value if kind not in EVENTS]:
            raise ValueError(f"{unknown[0]!r} is no event; they are {', '.join(EVENTS)}")
        return tuple(sorted(set(value)))

    def wants(self, kind: str) -> bool:
        """Whether events of this type are delivered."""
        return self.enabled and (not self.types or kind in self.types)


def secret_of(random: bytes) -> str:
    """A secret as its receiver keeps it."""
    return SECRET_PREFIX + base64.b64encode(random).decode()


def body_of(event: Mapping[str, Any]) -> bytes:
    """What is sent of an event; the same event has the same bytes."""
    about = {name: value for name, value in event.items() if name not in OWN}
    sent = {"id": event["id"], "type": event["type"], "timestamp": event["at"], "party": event["party"], "data": about}
    return orjson.dumps(sent, option=orjson.OPT_SORT_KEYS)


def headers_of(message_id: str, timestamp: int, body: bytes, secrets: Sequence[str]) -> dict[str, str]:
    """The headers of a delivery: signed by every secret that is valid, the newest first."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return {
        "Content-Type": "application/json",
        "User-Agent": USER_AGENT,
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{_signature(secret, signed)}" for secret in secrets),
    }


def _signature(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def is_taken(status: int) -> bool:
    """Whether an answer says that the receiver has the event; a redirect does not, and is not followed."""
    return 200 <= status < 300  # noqa: PLR2004 - HTTP's successes


def state_after(attempts: int, *, taken: bool) -> Literal["delivered", "waiting", "given_up"]:
    """How a delivery stands after so many attempts."""
    if taken:
        return "delivered"
    return "waiting" if attempts < ATTEMPTS_MAX else "given_up"
