"""Signatures as Standard Webhooks has them, and what is sent of an event."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from overtone.errors import Rejected
from overtone.facts import webhooks
from overtone.facts.events import EVENTS
from overtone.facts.webhooks import ATTEMPTS_MAX, RETRY_SECONDS, WebhookEndpoint
from overtone.fields import validated

EVENT = {"id": "e-1", "type": "statement.ready", "at": "2026-11-10T06:00:00.000000Z", "party": "ann", "settlement_id": "2026-10"}
OLD, NEW = webhooks.secret_of(b"o" * 32), webhooks.secret_of(b"n" * 32)


def now() -> int:
    return int(datetime.now(UTC).timestamp())


def test_the_published_example_has_the_published_signature() -> None:
    body = b'{"event_type":"ping","data":{"success":true}}'
    headers = webhooks.headers_of("msg_loFOjxBNrRLzqYUf", 1731705121, body, ["whsec_plJ3nmyCDGBKInavdOK15jsl"])
    assert headers["webhook-signature"] == "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0="


def test_a_receiver_with_the_standard_s_library_reads_it_with_either_secret_while_both_are_valid() -> None:
    body = webhooks.body_of(EVENT)
    both = webhooks.headers_of("e-1", now(), body, [NEW, OLD])
    for secret in (OLD, NEW):
        said = Webhook(secret).verify(body.decode(), both)
        assert said["data"] == {"settlement_id": "2026-10"}
        assert (said["id"], said["type"], said["timestamp"], said["party"]) == ("e-1", "statement.ready", EVENT["at"], "ann")
    one = webhooks.headers_of("e-1", now(), body, [NEW])
    with pytest.raises(WebhookVerificationError):
        Webhook(OLD).verify(body.decode(), one)
    with pytest.raises(WebhookVerificationError):
        Webhook(NEW).verify(body.decode() + " ", one)
    with pytest.raises(WebhookVerificationError):
        Webhook(NEW).verify(body.decode(), webhooks.headers_of("e-1", now() - 3600, body, [NEW]))


def test_a_delivery_is_tried_for_less_than_a_day_and_sqs_can_hide_it_so_long() -> None:
    states = [webhooks.state_after(attempt, taken=False) for attempt in range(1, ATTEMPTS_MAX + 1)]
    assert states == ["waiting"] * len(RETRY_SECONDS) + ["given_up"]
    assert webhooks.state_after(ATTEMPTS_MAX, taken=True) == "delivered"
    assert max(RETRY_SECONDS) * 1.1 <= timedelta(hours=12).total_seconds()
    assert timedelta(hours=17) < timedelta(seconds=sum(RETRY_SECONDS)) < timedelta(hours=18)


@pytest.mark.parametrize(
    ("status", "taken"), [(199, False), (200, True), (204, True), (299, True), (300, False), (410, False), (500, False)]
)
def test_only_a_2xx_takes_an_event(status: int, *, taken: bool) -> None:
    assert webhooks.is_taken(status) is taken


def test_an_endpoint_wants_what_it_names_or_everything() -> None:
    some = validated(WebhookEndpoint, {"url": "https://a.example/", "types": ["statement.ready", "statement.ready"]}, "the webhook")
    assert some.types == ("statement.ready",)
    assert [kind for kind in EVENTS if some.wants(kind)] == ["statement.ready"]
    assert all(WebhookEndpoint(url="https://a.example/").wants(kind) for kind in EVENTS)
    assert not any(WebhookEndpoint(url="https://a.example/", enabled=False).wants(kind) for kind in EVENTS)
    for body in (
        {"url": "https://a.example/", "types": ["statement.read"]},
        {"url": ""},
        {"url": "x" * 2_049},
        {},
        {"url": "u", "secret": "x"},
    ):
        with pytest.raises(Rejected):
            validated(WebhookEndpoint, body, "the webhook")
