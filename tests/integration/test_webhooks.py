"""Webhooks on the local stack: events reach a real receiver on this machine, signed, and what it does not take comes again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from standardwebhooks import Webhook

from overtone import clock
from overtone.api.routes import webhooks as routes
from overtone.facts import webhooks as rules
from overtone.facts.events import events_for
from overtone.facts.webhooks import SECRETS_MAX
from overtone.steps.deliveries import UNWANTED
from overtone.stores import events
from tests.receiver import Receiver, receiving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.gateway import Response
    from local.stack import Stack

READ = "statements.read"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as server:
        yield server


def call(stack: Stack, method: str, path: str, body: Any = None, party: str | None = "ann", scope: str = READ) -> Response:
    return stack.http(method, f"/v1/webhooks{path}", party=party, scope=scope, json=body)


def made(stack: Stack, url: str, name: str = "w", **more: Any) -> str:
    reply = call(stack, "PUT", f"/{name}", {"url": url} | more)
    assert reply.status == 201, reply.text
    return str(reply.json()["secret"])


def tell(stack: Stack, *numbers: int, kind: str = "statement.ready", at: str = "2026-10-01T00:00:00.000000Z") -> None:
    events.put(event for number in numbers for event in events_for(kind, at, ["ann", "bob"], number=number))
    stack.drain()


def log(stack: Stack, query: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = call(stack, "GET", f"/w/deliveries{query}").json()["items"]
    return found


def test_an_event_is_delivered_once_signed_and_logged(stack: Stack, receiver: Receiver) -> None:
    secret = made(stack, receiver.url, types=["statement.ready"])
    tell(stack, 1)
    tell(stack, 1)
    tell(stack, 2, kind="breach.found")
    (posted,) = receiver.posted
    (event,) = [one for one in stack.http("GET", "/v1/events", party="ann", scope=READ).json()["items"] if one["type"] == "statement.ready"]
    assert posted.headers["webhook-id"] == event["id"]
    assert posted.headers["webhook-timestamp"] == str(int(stack.now.timestamp()))
    assert (
        posted.headers["webhook-signature"]
        == rules.headers_of(event["id"], int(stack.now.timestamp()), posted.body, [secret])["webhook-signature"]
    )
    (entry,) = log(stack)
    assert (entry["event_id"], entry["state"], entry["attempts"], entry["status"]) == (event["id"], "delivered", 1, 200)
    stack.at(None)  # the library looks at the wall clock
    again = rules.headers_of(event["id"], int(clock.now().timestamp()), posted.body, [secret])
    assert Webhook(secret).verify(posted.body.decode(), again)["data"] == {"number": 1}


def test_a_society_is_told_of_whose_mandate_it_is_asked(stack: Stack, receiver: Receiver) -> None:
    """The member is named beside whoever is told, also in what was kept when it stood in its place."""
    for name, kind in (("ann", "creator"), ("stim", "society")):
        sent = stack.http("PUT", f"/v1/parties/{name}", scope="admin", json={"name": name, "kind": kind, "country": "SE"})
        assert sent.status == 201, sent.text
    assert call(stack, "PUT", "/w", {"url": receiver.url}, party="stim").status == 201
    mandate = {"society": "stim", "rights": ["composition"], "uses": ["output"], "territories": ["*"]}
    asked = stack.http("PATCH", "/v1/parties/ann", party="ann", scope="registry.write", json={"mandates": [mandate]})
    assert asked.status == 200, asked.text
    stack.drain()
    (posted,) = receiver.posted
    told = json.loads(posted.body)
    assert (told["type"], told["party"], told["data"]["party_id"]) == ("mandate.proposed", "stim", "ann")
    (event,) = [item for item in stack.items("LedgerTable", "EVENTS#stim") if item["type"] == "mandate.proposed"]
    before = json.loads(event["about"])
    before["party"] = before.pop("party_id")
    stack.table("LedgerTable").put_item(Item=event | {"about": json.dumps(before)})
    (shown,) = stack.http("GET", "/v1/events", party="stim", scope=READ).json()["items"]
    assert (shown["party"], shown["party_id"]) == ("stim", "ann")


def test_what_is_not_taken_comes_back_ever_later_until_it_is(stack: Stack, receiver: Receiver) -> None:
    made(stack, receiver.url)
    receiver.answers = [500, 302, 404]
    tell(stack, 1)
    assert [entry["detail"] for entry in log(stack, "?state=waiting")] == ["answered 500"]
    stack.at("2026-10-01T00:00:04Z")
    stack.drain()
    assert len(receiver.posted) == 1, "not before its time"
    for time in ("00:00:10", "00:06:00", "00:50:00", "09:00:00"):
        stack.at(f"2026-10-01T{time}Z")
        stack.drain()
    assert len(receiver.posted) == 4
    assert len({posted.headers["webhook-id"] for posted in receiver.posted}) == 1
    assert [(entry["state"], entry["attempts"]) for entry in log(stack)] == [("delivered", 4)]
    assert not stack.messages("WebhookQueue")
    assert not stack.ringing()


def test_nothing_waits_at_a_webhook_that_was_switched_off(stack: Stack, receiver: Receiver) -> None:
    """What was to be tried again was dropped, and its log said for thirty days that it would be delivered."""
    made(stack, receiver.url)
    receiver.answers = [500]
    tell(stack, 1)
    assert call(stack, "PUT", "/w", {"url": receiver.url, "enabled": False}).status == 200
    stack.at("2026-10-01T00:10:00Z")
    stack.drain()
    assert log(stack, "?state=waiting") == []
    assert [(entry["attempts"], entry["detail"]) for entry in log(stack, "?state=given_up")] == [(1, f"answered 500; {UNWANTED}")]
    call(stack, "PUT", "/w", {"url": receiver.url})
    for time in ("2026-10-03T00:00:00Z", "2026-10-02T00:00:00Z"):  # by a clock that ran ahead, and by one that does not
        stack.at(time)
        call(stack, "POST", "/w:replay", {"since": "2026-10-01"})
        stack.drain()
        assert [entry["state"] for entry in log(stack)] == ["delivered"]
    assert len(receiver.posted) == 3, "the second replay was taken for what the first had delivered"
    assert not stack.ringing()


def test_a_rare_state_is_found_behind_pages_that_hold_none(stack: Stack, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    made(stack, receiver.url)
    receiver.answers = [500]
    tell(stack, 1, 2, 3)
    (waiting,) = log(stack, "?state=waiting")
    everything = [entry["event_id"] for entry in log(stack)]
    assert len(everything) == 3
    for most in (1, 2, 3):
        monkeypatch.setattr(routes, "SCANNED_MAX", most)
        found, pages, cursor = list[str](), 0, ""
        while pages == 0 or cursor:
            answer = call(stack, "GET", f"/w/deliveries?state=waiting&cursor={cursor}").json()
            found, pages, cursor = found + [entry["event_id"] for entry in answer["items"]], pages + 1, answer["next_cursor"] or ""
        assert (found, pages) == ([waiting["event_id"]], {1: 3, 2: 2, 3: 1}[most])


def test_a_receiver_that_is_gone_is_stopped_and_may_come_back(stack: Stack, receiver: Receiver) -> None:
    made(stack, receiver.url)
    receiver.answers = [410]
    tell(stack, 1)
    shown = call(stack, "GET", "/w").json()
    assert (shown["enabled"], "410" in shown["stopped"]) == (False, True)
    tell(stack, 2)
    assert len(receiver.posted) == 1
    assert "WebhooksGivenUpAlarm" in stack.ringing()
    assert call(stack, "PUT", "/w", {"url": receiver.url}).json().get("stopped") is None
    assert call(stack, "POST", "/w:replay", {"since": "2026-10-01"}).status == 202
    stack.drain()
    assert len(receiver.posted) == 3


def test_a_message_that_another_worker_finished_meanwhile_fails_alone(stack: Stack, receiver: Receiver) -> None:
    """Queues deliver at least once: when the first worker is done its message is gone, and the second one's receipt is of nothing."""
    made(stack, receiver.url)
    receiver.answers = [500, 500]
    tell(stack, 1)
    (body,) = stack.messages("WebhookQueue")
    known = {"attributes": {"ApproximateReceiveCount": "1"}, "body": body}
    gone = known | {"messageId": "m", "receiptHandle": f"{stack.name('WebhookQueue')}:99999:1"}
    assert stack.invoke("Deliver", {"Records": [gone]}) == {"batchItemFailures": [{"itemIdentifier": "m"}]}


def test_a_replay_sends_all_since_then_again_in_pieces(stack: Stack, receiver: Receiver) -> None:
    made(stack, receiver.url)
    tell(stack, *range(101), at="2026-10-01T00:00:00.000000Z")
    tell(stack, 500, at="2026-09-30T00:00:00.000000Z")
    receiver.posted.clear()
    answer = call(stack, "POST", "/w:replay", {"since": "2026-10-01"})
    assert answer.json()["since"] == "2026-10-01"
    stack.drain()
    assert len({posted.headers["webhook-id"] for posted in receiver.posted}) == len(receiver.posted) == 101
    assert {entry["replay"] for entry in log(stack) if entry["at"] > "2026-10"} == {answer.json()["replay_id"]}
    assert call(stack, "POST", "/w:replay", {"since": "yesterday"}).status == 422
    first = call(stack, "GET", "/w/deliveries?limit=60").json()
    rest = call(stack, "GET", f"/w/deliveries?limit=60&cursor={first['next_cursor']}").json()
    assert len({entry["event_id"] for entry in first["items"] + rest["items"]}) == 102
    assert rest["next_cursor"] is None


def test_a_secret_is_shown_once_and_both_sign_for_a_day_when_it_changes(stack: Stack, receiver: Receiver) -> None:
    old = made(stack, receiver.url)
    assert "secret" not in call(stack, "GET", "/w").json()
    assert "secret" not in call(stack, "PUT", "/w", {"url": receiver.url}).json()
    lost = call(stack, "POST", "/w:rotate").json()["secret"]  # whose answer never came, so it is asked again
    rotated = call(stack, "POST", "/w:rotate").json()
    assert rotated["old_secret_valid_until"] == "2026-10-02T00:00:00.000000Z"
    for number, (time, valid) in enumerate(
        (("2026-10-01T23:59:59Z", [rotated["secret"], lost, old]), ("2026-10-02T00:00:00Z", [rotated["secret"]]))
    ):
        stack.at(time)
        tell(stack, number)
        posted = receiver.posted[-1]
        stamp = int(posted.headers["webhook-timestamp"])
        expected = rules.headers_of(posted.headers["webhook-id"], stamp, posted.body, valid)["webhook-signature"]
        assert posted.headers["webhook-signature"] == expected
    assert "old_secret_valid_until" not in call(stack, "GET", "/w").json()
    for _ in range(SECRETS_MAX + 1):
        call(stack, "POST", "/w:rotate")
    tell(stack, 9)
    assert len(receiver.posted[-1].headers["webhook-signature"].split()) == SECRETS_MAX


def test_each_has_its_own_and_finance_the_office_s(stack: Stack, receiver: Receiver) -> None:
    made(stack, receiver.url)
    assert call(stack, "PUT", "/w", {"url": receiver.url}, party=None, scope="finance").status == 201
    assert call(stack, "GET", "/w", party="bob").status == 404
    assert call(stack, "GET", "?party=ann", party="bob").status == 403
    assert [one["party"] for one in call(stack, "GET", "?party=ann", party=None, scope="admin").json()["items"]] == ["ann"]
    events.put(events_for("settlement.sealed", clock.timestamp(), ["finance"]))
    stack.drain()
    assert [posted.body.count(b'"party":"finance"') for posted in receiver.posted] == [1]
    assert call(stack, "DELETE", "/w").status == 204
    assert (call(stack, "DELETE", "/w").status, call(stack, "GET", "/w/deliveries").status) == (404, 404)
    tell(stack, 1)
    assert len(receiver.posted) == 1
    for number in range(rules.ENDPOINTS_MAX):
        made(stack, receiver.url, f"w-{number}")
    assert call(stack, "PUT", "/one-more", {"url": receiver.url}).status == 409
    page = call(stack, "GET", "?limit=6").json()
    assert [one["endpoint_id"] for one in page["items"]] == [f"w-{number}" for number in range(6)]
    assert len(call(stack, "GET", f"?limit=6&cursor={page['next_cursor']}").json()["items"]) == 4


@pytest.mark.parametrize(
    "url", ["https://10.0.0.1/", "https://169.254.169.254/latest/meta-data", "http://[fd00:ec2::254]/", "ftp://example.com/"]
)
def test_a_url_within_is_refused_at_the_door(stack: Stack, url: str) -> None:
    reply = call(stack, "PUT", "/w", {"url": url})
    assert (reply.status, [fault["field"] for fault in reply.json()["errors"]]) == (422, ["url"])


def test_what_a_restored_table_writes_anew_is_no_news(stack: Stack, receiver: Receiver) -> None:
    made(stack, receiver.url)
    tell(stack, 1, at="2026-09-23T00:00:00.000000Z")
    assert not receiver.posted
    tell(stack, 2, at="2026-09-24T00:00:00.000000Z")
    assert len(receiver.posted) == 1


def test_an_event_of_a_transaction_that_was_refused_is_not_announced(stack: Stack, receiver: Receiver) -> None:
    from overtone.aws import tables  # noqa: PLC0415
    from overtone.aws.keys import Key  # noqa: PLC0415
    from overtone.aws.transactions import Check, transact  # noqa: PLC0415

    made(stack, receiver.url)
    writes = events.writes(events_for("statement.ready", clock.timestamp(), ["ann"]))
    with pytest.raises(tables.ConditionFailed):
        transact([*writes, Check(tables.ledger(), Key("NO", "SUCH"), tables.equals(there=1))])
    stack.drain()
    assert not receiver.posted


def test_nobody_can_be_called_as_the_office_is_and_who_is_erased_gets_nothing_more(stack: Stack, receiver: Receiver) -> None:
    body = {"name": "Ann", "kind": "creator", "country": "SE"}
    assert stack.http("PUT", "/v1/parties/finance", scope="admin", json=body).status == 422
    assert stack.http("PUT", "/v1/parties/finance/clients/c", scope="admin").status == 422
    assert stack.http("PUT", "/v1/parties/ann", scope="admin", json=body).status == 201
    made(stack, receiver.url)
    assert stack.http("POST", "/v1/parties/ann:erase", scope="admin").status == 200
    tell(stack, 1)
    assert not receiver.posted
    assert call(stack, "GET", "/w").status == 404


@pytest.mark.parametrize("since", ["2026-10-01T10:00:00Z", "2026-10-01T10:00:00.5Z", "2026-10-01T10:00:00.500000Z"])
def test_what_came_within_the_second_that_is_named_is_told_and_sent_again(stack: Stack, receiver: Receiver, since: str) -> None:
    """Instants compared as texts, in which `Z` stands behind a fraction: who asked again since a whole second missed all of that second."""
    made(stack, receiver.url)
    tell(stack, 1, at="2026-10-01T10:00:00.499999Z")
    tell(stack, 2, at="2026-10-01T10:00:00.500000Z")
    receiver.posted.clear()
    numbers = [2] if "." in since else [1, 2]
    listed = stack.http("GET", f"/v1/events?since={since}", party="ann", scope=READ).json()["items"]
    assert [event["number"] for event in listed] == numbers
    assert call(stack, "POST", "/w:replay", {"since": since}).status == 202
    stack.drain()
    assert sorted(json.loads(posted.body)["data"]["number"] for posted in receiver.posted) == numbers


def test_events_are_asked_for_since_a_day_or_an_instant_in_utc(stack: Stack) -> None:
    """An hour of another zone was compared as if it were one of UTC, so the list began two hours late and said nothing of it."""
    for since in ("2026-10-01T12:00:00%2B02:00", "yesterday", "2026-10-01T12:00"):
        answer = stack.http("GET", f"/v1/events?since={since}", party="ann", scope=READ)
        assert (answer.status, answer.json()["errors"][0]["field"]) == (422, "since")
