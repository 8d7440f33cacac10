"""A client that calls too often is told to wait, and nobody else notices; the count costs little, and no call is lost for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from overtone.api import app
from overtone.api.allowance import SHARES, Allowance
from overtone.config import settings
from tests.integration import scenario

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local.gateway import Response
    from local.stack import Stack

pytestmark = pytest.mark.fair
MOST = 5
ONE_OF_EACH_FUNCTION = ("/v1/batches", "/v1/outputs/gen-1", "/v1/works", "/v1/statements")
SCOPES = "usage.write disclosures.write registry.write statements.read"


@pytest.fixture
def allowed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int], None]]:
    """So many calls a minute from now on, in a process that has counted nothing."""

    def most(calls: int) -> None:
        monkeypatch.setenv("CALLS_PER_CLIENT_PER_MINUTE", str(calls))
        monkeypatch.setattr(app, "_allowance", Allowance())
        settings.cache_clear()

    yield most
    monkeypatch.undo()
    settings.cache_clear()


@pytest.fixture
def client_of(stack: Stack) -> Callable[[str], str]:
    """A token of a client that is bound to a party, by the client's name, which is the party's too."""

    def token(name: str) -> str:
        scenario.party(stack, name, "licensee")
        bound = stack.http("PUT", f"/v1/parties/{name}/clients/{name}-machine", scope="admin")
        assert bound.status == 200, bound.text
        return stack.token(None, SCOPES, client_id=f"{name}-machine")

    return token


def calls(stack: Stack, token: str, number: int, path: str = "/v1/batches") -> list[Response]:
    return [stack.http("GET", path, token=token) for _ in range(number)]


def counted(stack: Stack) -> dict[str, int]:
    return {f"{item['pk']} {item['sk']}": int(item["n"]) for item in stack.items("UsageTable") if item["pk"].startswith("CALLS#")}


@pytest.mark.parametrize("path", ONE_OF_EACH_FUNCTION)
def test_one_call_too_many_waits_for_the_next_minute_and_others_do_not(
    stack: Stack, allowed: Callable[[int], None], client_of: Callable[[str], str], path: str
) -> None:
    fox, hare = client_of("fox"), client_of("hare")
    allowed(MOST)
    stack.at("2026-10-01T10:00:13Z")
    assert {answer.status for answer in calls(stack, fox, MOST, path)} <= {200, 404}
    (refused,) = calls(stack, fox, 1, path)
    assert (refused.status, refused.headers["retry-after"]) == (429, "47")
    assert refused.json()["type"] == "urn:overtone:problem:too-many-calls"
    assert calls(stack, hare, 1, path)[0].status in {200, 404}
    stack.at("2026-10-01T10:01:00Z")
    assert calls(stack, fox, 1, path)[0].status in {200, 404}


def test_processes_share_the_count(stack: Stack, allowed: Callable[[int], None], client_of: Callable[[str], str]) -> None:
    fox = client_of("fox")
    statuses = []
    for _ in range(2):
        allowed(MOST)
        statuses += [answer.status for answer in calls(stack, fox, MOST)]
    assert statuses == [200] * MOST + [429] * MOST


def test_a_flood_is_counted_once_and_refused_from_memory(
    stack: Stack, allowed: Callable[[int], None], client_of: Callable[[str], str]
) -> None:
    fox = client_of("fox")
    allowed(MOST)
    calls(stack, fox, MOST + 1)
    (before,) = counted(stack).values()
    assert {answer.status for answer in calls(stack, fox, 50)} == {429}
    assert list(counted(stack).values()) == [before]


def test_a_process_takes_a_share_at_a_time(stack: Stack, allowed: Callable[[int], None], client_of: Callable[[str], str]) -> None:
    fox = client_of("fox")
    allowed(10 * SHARES)
    seen: list[int] = []
    for _ in range(21):
        assert calls(stack, fox, 1)[0].status == 200
        seen += counted(stack).values()
    assert seen == [10] * 10 + [20] * 10 + [30]
    (item,) = (item for item in stack.items("UsageTable") if item["pk"].startswith("CALLS#"))
    assert item["pk"] == "CALLS#client:fox-machine"
    assert int(item["expires_at"]) == 3600 + int(stack.now.timestamp())


def test_where_the_count_cannot_be_had_the_call_passes(
    stack: Stack, allowed: Callable[[int], None], client_of: Callable[[str], str]
) -> None:
    fox = client_of("fox")
    allowed(1)
    stack.weather(throttles=1.0)
    assert {answer.status for answer in calls(stack, fox, 3)} == {200}
    stack.weather()
    assert [answer.status for answer in calls(stack, fox, 2)] == [200, 429]


def test_people_are_counted_one_by_one_and_a_client_with_all_its_tokens(stack: Stack, allowed: Callable[[int], None]) -> None:
    scenario.party(stack, "fox", "licensee")
    stack.http("PUT", "/v1/parties/fox/clients/fox-machine", scope="admin")
    people = settings().people_client_id
    allowed(1)

    def asked(client: str, user: str) -> int:
        return stack.http("GET", "/v1/batches", token=stack.token("fox", SCOPES, client_id=client, sub=user)).status

    assert [asked(people, "kim"), asked(people, "lee"), asked(people, "kim")] == [200, 200, 429]
    assert [asked("fox-machine", "one"), asked("fox-machine", "two")] == [200, 429]


def test_nothing_is_counted_where_no_number_is_set(stack: Stack, allowed: Callable[[int], None], client_of: Callable[[str], str]) -> None:
    fox = client_of("fox")
    allowed(0)
    assert {answer.status for answer in calls(stack, fox, 9)} == {200}
    assert counted(stack) == {}
