"""Who may call: machine clients by their binding, people by their groups, each token by its signature."""

from __future__ import annotations

import base64
import hmac
import json
import time
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from local import tokens
from overtone import config
from overtone.aws import signing_keys
from tests.integration.test_tenancy import OPERATIONS, stored
from tests.integration.test_usage_api import record, register

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.gateway import Response
    from local.stack import Stack

PARTNERS = 60  # ten more than a JWT authorizer takes audiences
OTHER = "https://id.songfox.example"


def bind(stack: Stack, client: str, party: str = "fox", method: str = "PUT") -> Response:
    return stack.http(method, f"/v1/parties/{party}/clients/{client}", scope="admin")


def post(stack: Stack, token: str, batch_id: str = "b-1") -> Response:
    return stack.http("POST", "/v1/usage", token=token, json={"batch_id": batch_id, "records": [record(1)]})


def machine(stack: Stack, client: str, scope: str = "usage.write", party: str | None = None) -> str:
    return stack.token(party, scope, client_id=client)


def test_a_machine_client_acts_for_the_party_that_it_is_bound_to(fox: Stack) -> None:
    assert post(fox, machine(fox, "c1")).status == 403
    assert bind(fox, "c1").json() == {"party_id": "fox", "client_id": "c1"}
    assert post(fox, machine(fox, "c1")).json()["reporter"] == "fox"
    assert post(fox, machine(fox, "c1", "finance")).status == 403, "its scopes are the token's"
    assert post(fox, machine(fox, "c1", party="hare")).json()["reporter"] == "fox", "whatever the token says"
    told = bind(fox, "c1", method="GET").json()
    assert (told["client_id"], told["party_id"], told["author"]) == ("c1", "fox", "admin")
    assert bind(fox, "c1", "hare", "GET").status == 404


def test_a_binding_that_is_taken_away_counts_within_five_minutes(fox: Stack) -> None:
    bind(fox, "c1")
    token = machine(fox, "c1")
    assert post(fox, token).status == 201
    assert bind(fox, "c1", "hare", "DELETE").status == 404, "not hare's to take away"
    assert bind(fox, "c1", method="DELETE").status == 204
    assert bind(fox, "c1", method="DELETE").status == 404
    assert post(fox, machine(fox, "c1"), "b-2").status == 403, "a new token opens nothing at once"
    fox.at(fox.now + timedelta(minutes=5))
    assert post(fox, token, "b-2").status == 403


def test_the_clients_of_a_party_are_listed_for_itself_and_the_office(fox: Stack) -> None:
    register(fox, "hare")

    def listed(party: str = "fox") -> list[str]:
        found, cursor = list[str](), ""
        while True:
            asked = {"limit": 1} | ({"cursor": cursor} if cursor else {})
            said = fox.http("GET", f"/v1/parties/{party}/clients", query=asked, scope="finance").json()
            found += [one["client_id"] for one in said["items"]]
            cursor = said["next_cursor"]
            if not cursor:
                return found

    for client in ("c2", "c1"):
        bind(fox, client)
    assert listed() == ["c1", "c2"]
    own = fox.http("GET", "/v1/parties/fox/clients", party="fox", scope="disclosures.write").json()["items"]
    assert [(one["client_id"], one["author"]) for one in own] == [("c1", "admin"), ("c2", "admin")]
    assert fox.http("GET", "/v1/parties/fox/clients", party="hare", scope="usage.write").status == 403
    bind(fox, "c1", "hare")
    assert (listed(), listed("hare")) == (["c2"], ["c1"]), "bound anew, it acts for one alone"
    bind(fox, "c2", method="DELETE")
    assert listed() == []


def test_keys_are_changed_by_two_bindings_without_a_gap(fox: Stack) -> None:
    bind(fox, "old")
    assert post(fox, machine(fox, "old"), "b-1").status == 201
    bind(fox, "new")
    assert [post(fox, machine(fox, name), f"b-{name}").status for name in ("old", "new")] == [201, 201]
    bind(fox, "old", method="DELETE")
    assert [post(fox, machine(fox, name), f"c-{name}").status for name in ("old", "new")] == [403, 201]


def test_partners_are_without_number(fox: Stack) -> None:
    for number in range(PARTNERS):
        bind(fox, f"client-{number}")
    assert {post(fox, machine(fox, f"client-{number}"), f"b-{number}").status for number in range(PARTNERS)} == {201}


def test_people_have_the_scopes_of_people_and_no_more(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PEOPLE_CLIENT_ID", "people")
    config.settings.cache_clear()
    token = stack.token("june", "statements.read keys.write", client_id="people", sub="june")
    answer = stack.invoke("Authorizer", {"headers": {"authorization": f"Bearer {token}"}})
    said = {"party_id": "june", "scope": "statements.read", "client_id": "people", "user": "june"}
    assert answer["context"] == said | {"counted_as": "user:june"}
    config.settings.cache_clear()


def keyed(claims: dict[str, Any], secret: bytes) -> str:
    """A token whose key is what everybody can read: a careless checker takes the algorithm that the token names."""

    def text(raw: bytes) -> str:
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

    signed = f"{text(json.dumps({'alg': 'HS256', 'kid': 'dummy'}).encode())}.{text(json.dumps(claims).encode())}"
    return f"{signed}.{text(hmac.digest(secret, signed.encode(), 'sha256'))}"


def forged(stack: Stack, how: str) -> str:
    """A token of the operator's client that somebody tampered with."""
    good = stack.token("fox", "usage.write")
    head, body, signature = good.split(".")
    now = int(time.time())
    claims = {
        "iss": tokens.issuer(next(iter(stack._deployment.pool_ids.values()))),
        "client_id": "x",
        "token_use": "access",
        "exp": now + 60,
    }
    published = RSAKey.import_key(tokens.public_key())
    return {
        "no token at all": "Bearer",
        "signed by nobody": f"{head}.{body}.",
        "signed by somebody else": jwt.encode({"alg": "RS256", "kid": "dummy"}, claims, RSAKey.generate_key()),
        "signed with the public key as a secret": keyed(claims, published.as_pem(private=False)),
        "another body": f"{head}.{body[:-6]}AAAAAA.{signature}",
        "an unknown key": jwt.encode({"alg": "RS256", "kid": "made-up"}, claims, RSAKey.generate_key()),
        "expired": stack.token("fox", "usage.write", exp=now - 3600),
        "of another issuer": stack.token("fox", "usage.write", iss="https://evil.example"),
        "an identity token": stack.token("fox", "usage.write", token_use="id"),
    }[how]


@pytest.mark.parametrize(
    "how",
    [
        "no token at all",
        "signed by nobody",
        "signed by somebody else",
        "signed with the public key as a secret",
        "another body",
        "an unknown key",
        "expired",
        "of another issuer",
        "an identity token",
    ],
)
def test_a_token_that_its_issuer_did_not_sign_opens_nothing(fox: Stack, how: str) -> None:
    assert post(fox, forged(fox, how)).status == 403
    assert not fox.errors
    assert post(fox, fox.token("fox", "usage.write")).status == 201


class Published:
    """What issuers publish: ours as ever, and another one's keys; how often it was asked."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "k1", "alg": "RS256"})
        self.asked = 0

    def document(self, url: str) -> bytes:
        if url.startswith(OTHER) and url.endswith("/jwks.json"):
            self.asked += 1
            return json.dumps({"keys": [self.key.as_dict(private=False)]}).encode()
        return tokens.documents(url)

    def token(self, **claims: Any) -> str:
        now = int(time.time())
        said = {
            "iss": OTHER,
            "azp": "c1",
            "aud": "overtone",
            "scope": "usage.write admin",
            "exp": now + 600,
            "jti": str(uuid.uuid4()),
            **claims,
        }
        return jwt.encode({"alg": "RS256", "kid": str(self.key.kid)}, said, self.key)


@pytest.fixture
def other(monkeypatch: pytest.MonkeyPatch) -> Iterator[Published]:
    published = Published()
    monkeypatch.setenv("SECOND_ISSUER", OTHER)
    monkeypatch.setenv("SECOND_AUDIENCE", "overtone")
    config.settings.cache_clear()
    signing_keys.set_source(published.document)
    yield published
    config.settings.cache_clear()
    signing_keys.set_source(tokens.documents)


def test_a_second_issuer_s_clients_are_bound_under_names_of_their_own(fox: Stack, other: Published) -> None:
    bind(fox, "c1")
    assert post(fox, other.token()).status == 403, "our c1 is not theirs"
    bind(fox, "external~c1")
    assert post(fox, other.token()).status == 201
    assert post(fox, other.token(aud="somebody-else")).status == 403
    assert post(fox, other.token(exp=int(time.time()) - 600)).status == 403
    assert fox.http("PUT", "/v1/parties/hare/clients/c2", token=other.token()).status == 403, "nobody else's word makes an admin"
    assert other.asked == 1, "keys are kept"


def test_a_second_issuer_s_token_for_another_audience_opens_no_route(fox: Stack, other: Published) -> None:
    """Which with the right audience opens what its scopes do; and whatever it says, nothing that is an admin's."""
    bind(fox, "external~c1")
    every = "usage.write disclosures.write registry.write statements.read finance admin"
    right = other.token(scope=every)
    statuses = [fox.http(asked.method, asked.path, token=right, json=asked.body).status for asked in OPERATIONS]
    assert {200, 403} <= set(statuses)
    assert not [(asked, status) for asked, status in zip(OPERATIONS, statuses, strict=True) if asked.scopes == {"admin"} and status != 403]
    before = stored(fox)
    for audience in ("somebody-else", "", ["somebody-else"], None):
        wrong = other.token(scope=every, aud=audience)
        for asked in OPERATIONS:
            assert fox.http(asked.method, asked.path, token=wrong, json=asked.body).status in {401, 403}, (audience, asked)
    assert stored(fox) == before


def test_a_new_key_of_an_issuer_is_found_and_made_up_ones_are_not_asked_for_each_time(
    fox: Stack, other: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    bind(fox, "external~c1")
    assert post(fox, other.token()).status == 201
    other.key = RSAKey.generate_key(2048, {"kid": "k2", "alg": "RS256"})
    for number in range(3):
        assert post(fox, other.token(), f"c-{number}").status == 403
    assert other.asked == 1
    monkeypatch.setattr(signing_keys, "ASKED_AGAIN_SECONDS", 0)
    assert post(fox, other.token(), "c-9").status == 201
    assert other.asked == 2
