"""The client without a server: patience, tokens, sign-in by a browser, and that both clients know the same calls."""

from __future__ import annotations

import asyncio
import base64
import inspect
import json
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import httpx
import pytest
import typer
from botocore.exceptions import ClientError, NoCredentialsError
from typer.core import TyperGroup

from local.generate import ROOT
from overtone_client import (
    AsyncClient,
    Client,
    LocalToken,
    MachineToken,
    NotReached,
    OvertoneError,
    Patience,
    PersonToken,
    Problem,
    SignInFailed,
)
from overtone_client.commands.app import app
from overtone_client.drops import LocalBucket, S3Bucket
from overtone_client.listening import Listener
from overtone_client.profiles import MACHINE, Profile, Profiles, of_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

API, TOKENS = "https://api.example", "https://sign-in.example/oauth2/token"
HASTE = Patience(attempts=3, first_seconds=0.0)
WHO = {"party_id": "kestrel", "scopes": ["usage.write"], "user": "c-1"}


class Server:
    """Answers in turn, and remembers what it was asked."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers, self.asked = list(answers), list[httpx.Request]()

    def __call__(self, request: httpx.Request, *_more: object) -> httpx.Response:
        self.asked.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def client(server: Callable[[httpx.Request], httpx.Response], auth: httpx.Auth | None = None) -> Client:
    return Client(API, auth, patience=HASTE, transport=httpx.MockTransport(server))


@pytest.mark.parametrize("later", [httpx.Response(503), httpx.Response(429, headers={"retry-after": "0"}), httpx.ConnectError("no")])
def test_what_says_later_is_sent_again_with_the_same_bytes(later: httpx.Response | Exception) -> None:
    server = Server(later, later, httpx.Response(201, json={"status": "committed"}))
    assert client(server).post_usage("b-1", [{"record_id": "x" * 5_000}])["status"] == "committed"
    bodies = {bytes(request.content) for request in server.asked}
    assert (len(server.asked), len(bodies)) == (3, 1)
    assert server.asked[0].headers["content-encoding"] == "gzip"


def test_patience_ends_with_the_last_answer() -> None:
    server = Server(*[httpx.Response(503, json={"title": "Try again", "detail": "busy", "request_id": "r-9"})] * 3)
    with pytest.raises(Problem, match="busy") as raised:
        client(server).whoami()
    assert (raised.value.status, raised.value.request_id) == (503, "r-9")
    with pytest.raises(NotReached, match="3 tries"):
        client(Server(*[httpx.ConnectError("refused")] * 3)).whoami()


class Breaking(httpx.SyncByteStream):
    """A body whose connection is lost in its midst."""

    def __iter__(self) -> Iterator[bytes]:
        yield b"the first part"
        raise httpx.ReadError("connection reset")


@pytest.mark.parametrize("answer", [httpx.Response(200, stream=Breaking()), httpx.ConnectError("no")])
def test_bytes_that_break_off_are_told_as_what_may_be_asked_for_again(answer: httpx.Response | Exception) -> None:
    with pytest.raises(NotReached, match=r"files\.example"):
        list(client(Server(answer)).stream("https://files.example/lines.csv?signed"))


def test_a_bucket_that_refuses_or_is_not_reached_is_an_error_of_the_client_s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "oct.csv").write_bytes(b"x")
    for name, value in {"AWS_DEFAULT_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("boto3.DEFAULT_SESSION", None)
    refused = ClientError({"Error": {"Code": "NoSuchBucket", "Message": "The specified bucket does not exist"}}, "PutObject")
    monkeypatch.setattr("botocore.client.BaseClient._make_api_call", Server(refused, NoCredentialsError()))
    bucket = S3Bucket("wrong")
    with pytest.raises(OvertoneError, match="does not exist"):
        bucket.put("usage/kestrel/oct.csv", tmp_path / "oct.csv")
    with pytest.raises(OvertoneError, match="credentials"):
        bucket.get("receipts/kestrel/oct.csv.json")
    local = LocalBucket("http://127.0.0.1:1")
    with pytest.raises(NotReached, match="receipts"):
        local.get("receipts/kestrel/oct.csv.json")


def test_a_no_is_said_once_with_its_faults() -> None:
    errors = [{"index": 0, "field": "used_on", "message": "is no day"}]
    server = Server(httpx.Response(422, json={"title": "Not acceptable as it is", "detail": "used_on", "errors": errors}))
    with pytest.raises(Problem) as raised:
        client(server).post_usage("b-1", [])
    assert raised.value.errors == errors
    with pytest.raises(Problem, match="502 Bad Gateway"):
        raise Problem.of(httpx.Response(502, text="<html>", request=httpx.Request("GET", API)))


def test_pauses_double_up_to_a_limit() -> None:
    longest = [0.5, 1.0, 2.0, 2.0]
    pauses = list(Patience(attempts=5, first_seconds=0.5, most_seconds=2.0).pauses())
    assert all(most / 2 <= pause <= most for pause, most in zip(pauses, longest, strict=True))
    assert Patience(most_seconds=2.0).pause(0.5, "60") == 2.0
    assert Patience().pause(0.5, "Fri, 31 Dec 1999 23:59:59 GMT") == 0.5


def issuer(*lifetimes: int) -> Callable[[httpx.Request], httpx.Response]:
    """An issuer of tokens t-0, t-1, … and an API that takes the newest alone."""
    left, given = list(lifetimes), [0]

    def answer(request: httpx.Request) -> httpx.Response:
        if str(request.url) == TOKENS:
            given[0] += 1
            renewed = {"refresh_token": f"r-{given[0]}"} if b"refresh_token" in request.content else {}
            return httpx.Response(200, json={"access_token": f"t-{given[0]}", "expires_in": left.pop(0)} | renewed)
        fresh = request.headers["authorization"] == f"Bearer t-{given[0]}"
        return httpx.Response(200, json=WHO | {"user": request.headers["authorization"]}) if fresh else httpx.Response(401)

    return answer


def test_a_machine_keeps_its_token_until_it_ends() -> None:
    server = issuer(3600, 30, 3600)
    asked: list[httpx.Request] = []

    def seen(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return server(request)

    signed = client(seen, MachineToken(TOKENS, "c-1", "s", ["overtone/usage.write"]))
    assert signed.whoami()["user"] == signed.whoami()["user"] == "Bearer t-1"
    form = parse_qs(asked[0].content.decode())
    assert form == {"grant_type": ["client_credentials"], "scope": ["overtone/usage.write"]}
    assert base64.b64decode(asked[0].headers["authorization"].split()[1]) == b"c-1:s"
    server(httpx.Request("POST", TOKENS, content=b""))  # the issuer gives another: ours is refused, and fetched anew
    assert signed.whoami()["user"] == "Bearer t-3"


def test_a_person_keeps_the_newest_refresh_token() -> None:
    kept: list[str] = []
    auth = PersonToken(TOKENS, "people", "r-0", kept.append)
    assert client(issuer(30, 3600), auth).whoami()["user"] == "Bearer t-1"
    assert kept == ["r-1"]
    assert parse_qs(auth.question().content.decode())["refresh_token"] == ["r-1"]


@pytest.mark.parametrize("answer", [httpx.Response(400, json={"error": "invalid_client"}), httpx.Response(200, text="<html>")])
def test_no_token_is_said(answer: httpx.Response) -> None:
    with pytest.raises(SignInFailed, match=r"invalid_client|without an access_token"):
        client(Server(answer), LocalToken(API, "asa", ["statements.read"])).whoami()


def test_both_clients_know_the_same_calls() -> None:
    def signatures(of: type) -> dict[str, list[str]]:
        return {name: list(inspect.signature(made).parameters) for name, made in vars(of).items() if inspect.isfunction(made)}

    ours, theirs = signatures(Client), signatures(AsyncClient)
    assert {name for name in ours if not name.startswith("_")} - set(theirs) == {"stream"}
    assert all(ours[name] == parameters for name, parameters in theirs.items() if name in ours)


def test_every_command_can_print_json_and_the_readme_names_it() -> None:
    """`call` prints nothing else."""
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    told = {name: {option for parameter in one.params for option in parameter.opts} for name, one in group.commands.items()}
    assert {name for name, options in told.items() if "--json" not in options} == {"call"}
    readme = (ROOT / "client" / "README.md").read_text(encoding="utf-8")
    assert [name for name in told if f"`overtone {name}" not in readme] == []


def test_the_async_client_is_as_patient() -> None:
    async def story() -> list[str]:
        server = Server(httpx.Response(503), httpx.Response(200, json=WHO))
        pages = [{"items": [{"id": "e-1"}], "next_cursor": "c"}, {"items": [{"id": "e-2"}], "next_cursor": None}]
        server.answers += [httpx.Response(200, json=page) for page in pages]
        async with AsyncClient(API, patience=HASTE, transport=httpx.MockTransport(server)) as overtone:
            assert (await overtone.whoami())["party_id"] == "kestrel"
            heard = [event["id"] async for event in overtone.events()]
        assert server.asked[-1].url.params["cursor"] == "c"
        return heard

    assert asyncio.run(story()) == ["e-1", "e-2"]


def test_profiles_are_their_owners_alone(tmp_path: Path) -> None:
    profiles, machine = Profiles(tmp_path / "home"), Profile(API, MACHINE, TOKENS, "c-1", "s", scopes=("overtone/finance",))
    profiles.keep("work", machine)
    assert (tmp_path / "home/profiles.json").stat().st_mode & 0o077 == 0
    assert profiles.get("work") == machine
    with pytest.raises(SignInFailed, match="nobody is signed in as 'home'"):
        profiles.get("home")
    assert [profiles.drop("work"), profiles.drop("work")] == [True, False]
    assert of_environment({"OVERTONE_API": API, "OVERTONE_TOKEN": "t"}) == Profile(API, "fixed", secret="t")
    assert of_environment({"OVERTONE_API": API}) is None


def event(name: str, at: str) -> dict[str, str]:
    return {"id": name, "type": "statement.ready", "at": at, "party": "asa"}


def test_a_listener_goes_on_where_it_stopped(tmp_path: Path) -> None:
    told = [event("a", "2026-10-01T08:00:00.000001Z"), event("b", "2026-10-03T08:00:00.000000Z")]

    def heard() -> list[str]:
        listener = Listener.of(tmp_path, "asa")
        found = sorted((one for one in told if one["at"] >= listener.since), key=lambda one: one["at"])
        return [one["id"] for one in listener.news(lambda since: [one for one in found if one["at"] >= since])]  # type: ignore[misc]

    assert heard() == ["a", "b"]
    told += [event("c", "2026-10-03T08:00:00.000000Z"), event("d", "2026-10-03T09:00:00.000000Z")]
    assert [heard(), heard()] == [["c", "d"], []]
    told += [event("late", "2026-10-03T00:00:00.000000Z"), event("e", "2026-10-05T00:00:00.000000Z")]
    assert [heard(), heard()] == [["late", "e"], []]
    (kept,) = tmp_path.iterdir()
    assert json.loads(kept.read_text()) == {"since": "2026-10-03T18:00:00.000000Z", "heard": ["e"]}


def test_a_listener_that_is_stopped_in_the_midst_hears_what_it_did_not_take(tmp_path: Path) -> None:
    told = [event("a", "2026-10-01T08:00:00.000000Z"), event("b", "2026-10-01T09:00:00.000000Z")]
    first = Listener.of(tmp_path, "asa").news(lambda _since: told)  # type: ignore[arg-type, return-value]
    assert [next(first)["id"], next(first)["id"]] == ["a", "b"]
    first.close()  # type: ignore[attr-defined]
    assert [one["id"] for one in Listener.of(tmp_path, "asa").news(lambda _since: told)] == ["b"]  # type: ignore[arg-type, return-value]


def test_a_call_says_what_it_sends() -> None:
    server = Server(httpx.Response(200, json={"items": []}))
    client(server).settlement("2026-10", after="statements/a b.pdf")
    url = server.asked[0].url
    assert (url.path, dict(url.params)) == ("/v1/settlements/2026-10", {"after": "statements/a b.pdf"})
    server = Server(httpx.Response(201, json={}))
    client(server).declare("2026-10", 2, 30, {"USD": "1.5"})
    assert json.loads(server.asked[0].content) == {"month": "2026-10", "batches": 2, "records": 30, "revenue": {"USD": "1.5"}}
