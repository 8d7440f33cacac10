"""Doors that are no routes, by those who should get nothing: drop prefixes, signed links, webhooks.

Each table is held to what declares the doors (the bucket's notifications, the document): one that is added without a case fails.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import pytest

from local.aws import REGION
from local.presigned import opens
from local.stack import LOCAL_S3
from overtone.facts.drops import FORMS
from tests.integration import scenario
from tests.integration.others_names import THEIRS
from tests.integration.test_tenancy import DOCUMENT, OPERATIONS, THIEF, House, stored
from tests.receiver import receiving

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.gateway import Response
    from local.stack import Stack

LAB: Final = "hare"
"""A licensee beside fox, whose usage, outputs and runs it reaches for."""
SOCIETY: Final = "gema"
THIEVES: Final = (LAB, THIEF, SOCIETY)
LINK_SECONDS_MAX: Final = 300


@pytest.fixture(scope="module")
def house(deployed_stack: Stack) -> House:
    deployed_stack.reset()
    deployed_stack.at("2026-09-01T08:00:00Z")
    made = House(deployed_stack)
    scenario.party(deployed_stack, LAB, "licensee")
    scenario.party(deployed_stack, SOCIETY, "society")
    made.before = stored(deployed_stack)
    return made


# ---------------------------------------------------------------- drops


def notified(stack: Stack) -> set[str]:
    """The prefixes that the bucket tells of."""
    declared = stack._deployment.template.resources["DropBucket"]["Properties"]["NotificationConfiguration"]["QueueConfigurations"]
    return {rule["Value"].rstrip("/") for queue in declared for rule in queue["Filter"]["S3Key"]["Rules"]}


def test_every_prefix_and_every_form_that_is_read_has_a_case(house: House) -> None:
    assert set(THEIRS) == set(FORMS) == notified(house.stack)
    for kind, files in THEIRS.items():
        forms = {next(form for form in FORMS[kind] if name.endswith(f".{form}")) for name in files}
        assert forms == set(FORMS[kind]), kind


def foreign(house: House, mine: str) -> list[str]:
    """What was written since that is not in the name of who acted, and what was there and is another's now."""
    now = stored(house.stack)
    changed = [name for name in {*now, *house.before} if now.get(name) != house.before.get(name)]
    found = [name for name in changed if mine not in name and (name in house.before or mine not in now[name])]
    house.before = now
    return [name for name in found if not SHARED.match(name)]


SHARED: Final = re.compile(r"\w+ (LIST#|TITLE#|CHANGES|WAITING|MONTHS|ACCRUED|KEY#|DELIVERIES#)")
"""Indexes that everybody's things stand in, how far the outbox is, and whose webhooks were called as time went by."""


@pytest.mark.parametrize("kind", THEIRS)
def test_whatever_a_file_names_it_reaches_nothing_that_is_anothers(house: House, kind: str) -> None:
    stack = house.stack
    for who in THIEVES:
        for name, body in THEIRS[kind].items():
            stack.put_object("DropBucket", f"{kind}/{who}/{name}", body)
            stack.drain()
            receipt = stack.objects("DropBucket")[f"receipts/{who}/{name}.json"].decode()
            assert not [secret for secret in house.secrets if secret in receipt], (who, kind, name, receipt)
        scenario.accrue(stack, (stack.now + timedelta(minutes=20)).isoformat())
        written = foreign(house, who)
        if kind == "members":
            written = [name for name in written if not asks_alone(house, name, who)]
        assert written == [], (who, kind)
    assert stack.errors == []


def asks_alone(house: House, name: str, society: str) -> bool:
    """Whether what was written with a party is a question: a mandate that waits for its yes."""
    found = re.fullmatch(r"RegistryTable PARTY#(\w+) ENTITY", name)
    if not found:
        return False
    told = house.stack.http("GET", f"/v1/parties/{found[1]}", scope="admin").json()
    stands = {(stand["status"], *stand["waits_for"]) for stand in told["accords"] if stand["society"] == society}
    return bool(stands == {("proposed", found[1])} and told["name"] == found[1].title())


PATHS: Final = (
    "{kind}/{who}/../fox/{name}",
    "{kind}/{who}/..%2Ffox%2F{name}",
    "{kind}//fox/{name}",
    "{kind}/fox%00/{name}",
    "{kind}/{name}",
)


@pytest.mark.parametrize("kind", THEIRS)
def test_no_key_leads_out_of_its_prefix(house: House, kind: str) -> None:
    name, body = next(iter(THEIRS[kind].items()))
    for path in PATHS:
        house.stack.put_object("DropBucket", path.format(kind=kind, who=LAB, name=name), body)
        house.stack.drain()
    written = [key for key in foreign(house, LAB) if not re.match(rf"DropBucket ({kind}|receipts/(-|fox%00))/", key)]
    assert written == [], written
    house.stack.errors.clear()


# ---------------------------------------------------------------- links


def of_invoices(house: House) -> str:
    (first, *_) = house.stack.http("GET", "/v1/invoices", scope="finance").json()["items"]
    return f"/v1/invoices/{first['number']}?format=json"


def of_clearances(_house: House) -> str:
    return "/v1/clearances/k-1/works?file=1"


def of_permissions(house: House) -> str:
    house.stack.invoke("PermissionsExport", {"time": house.stack.now.isoformat()})
    manifest = house.stack.http("GET", "/v1/permissions/newest", scope="finance").json()
    house.before = stored(house.stack)
    return f"/v1/permissions/{manifest['day']}/files/{manifest['files'][0]['name']}"


def of_packed(house: House) -> str:
    house.stack.http("GET", "/v1/settlements/2026-10/zip", scope="finance")
    house.stack.drain()
    house.before = stored(house.stack)
    return "/v1/settlements/2026-10/zip"


LINKS: Final[dict[str, tuple[Callable[[House], str], str | None, str]]] = {
    "/v1/clearances/{clearance_id}/works": (of_clearances, "fox", "disclosures.write"),
    "/v1/invoices/{number}": (of_invoices, "fox", "statements.read"),
    "/v1/permissions/{day}/files/{name}": (of_permissions, "fox", "disclosures.write"),
    "/v1/settlements/{settlement_id}/files/{folder}/{name}": (
        lambda _: "/v1/settlements/2026-10/files/statements/ann.json",
        None,
        "finance",
    ),
    "/v1/settlements/{settlement_id}/files/{name}": (lambda _: "/v1/settlements/2026-10/files/lines.csv", None, "finance"),
    "/v1/settlements/{settlement_id}/zip": (of_packed, None, "finance"),
    "/v1/statements/{settlement_id}": (lambda _: "/v1/statements/2026-10?format=html", "ann", "statements.read"),
    "/v1/what-ifs/{what_if_id}/files/{name}": (lambda _: "/v1/what-ifs/q-1/files/result.json", None, "finance"),
}
"""Every route that answers with a link: what to ask, and who may."""


def test_every_route_that_answers_with_a_link_has_a_case() -> None:
    assert set(LINKS) == {path for path, methods in DOCUMENT["paths"].items() for said in methods.values() if "307" in said["responses"]}


def altered(query: str) -> list[str]:
    """The query with each of its parts changed, left out, or longer in force."""
    parts = parse_qsl(query, keep_blank_values=True)
    found = [urlencode([part for part in parts if part[0] != name], quote_via=quote) for name, _ in parts]
    for name, value in parts:
        other = str(int(value) * 10) if name == "X-Amz-Expires" else value[:-1] + ("0" if value[-1:] != "0" else "1")
        found.append(urlencode([(key, other if key == name else kept) for key, kept in parts], quote_via=quote))
    return [*found, ""]


@pytest.mark.parametrize("path", LINKS)
def test_a_link_opens_one_object_for_reading_for_a_while(house: House, path: str) -> None:
    make, party, scope = LINKS[path]
    reply = house.stack.http("GET", make(house), party=party, scope=scope)
    assert reply.status == 307, reply.text
    link = urlsplit(reply.headers["location"])
    assert link.path.startswith(f"{LOCAL_S3}SettlementBucket/")
    assert followed(house, "GET", link.path, link.query).status == 200
    others = [key for key in house.stack.objects("SettlementBucket") if not link.path.endswith(key)]
    for key in others[:: max(1, len(others) // 20)]:
        refused(house, followed(house, "GET", f"{LOCAL_S3}SettlementBucket/{quote(key)}", link.query), key)
    for query in altered(link.query):
        refused(house, followed(house, "GET", link.path, query), query)
    for method in ("PUT", "POST", "DELETE", "HEAD"):
        refused(house, followed(house, method, link.path, link.query), method)
    said = dict(parse_qsl(link.query))
    assert int(said["X-Amz-Expires"]) <= LINK_SECONDS_MAX
    host = f"{house.stack.name('SettlementBucket')}.s3.{REGION}.amazonaws.com"
    where = link.path.removeprefix(f"{LOCAL_S3}SettlementBucket")
    now = datetime.now(UTC)
    assert opens("GET", host, where, link.query, now)
    assert not opens("GET", host, where, link.query, now + timedelta(seconds=LINK_SECONDS_MAX + 1))
    assert stored(house.stack) == house.before


def followed(house: House, method: str, path: str, query: str) -> Response:
    return house.stack.http(method, f"{path}?{query}" if query else path, body=b"mine" if method in {"PUT", "POST"} else None)


def refused(house: House, reply: Response, what: str) -> None:
    assert reply.status == 403, (what, reply.status, reply.text[:200])
    assert not [secret for secret in house.secrets if secret in reply.text]


# ---------------------------------------------------------------- webhooks

HOOKS: Final = [asked for asked in OPERATIONS if asked.template.startswith("/v1/webhooks")]
SAID: Final = {
    "PUT /v1/webhooks/{endpoint_id}": {"url": "http://127.0.0.1:9/"},
    "POST /v1/webhooks/{endpoint_id}:replay": {"since": "2026-01-01"},
}
"""What is said where something must be, so that it is refused for whose it is and for nothing else."""
FOREVER: Final = "2020-01-01"


def test_nobody_reads_changes_replays_or_stops_anothers_webhook(house: House) -> None:
    for asked in HOOKS:
        asked.body = SAID.get(repr(asked), asked.body)
        for who in THIEVES:
            for scope in sorted(asked.scopes - {"finance"}):
                reply = house.ask(asked, f"Bearer {house.stack.token(who, scope)}", query={"party": "ann"})
                assert reply.status == 403, (who, scope, asked, reply.status, reply.text)
                if asked.method != "PUT" and "{endpoint_id}" in asked.template:
                    absent = house.ask(asked, f"Bearer {house.stack.token(who, scope)}")
                    assert absent.status == 404, (who, scope, asked, absent.status, absent.text)
                house.learns_nothing(asked, reply, who)
    house.stack.drain()
    assert stored(house.stack) == house.before


def test_a_webhook_of_the_same_name_brings_its_own_partys_events_alone_signed_by_a_secret_of_its_own(house: House) -> None:
    stack, path = house.stack, "/v1/webhooks/w-1"
    with receiving() as hers, receiving() as theirs:
        secrets = set[str]()
        for who, receiver in (("ann", hers), (THIEF, theirs)):
            asked: dict[str, Any] = {"party": who, "scope": "statements.read"}
            stack.http("PUT", path, json={"url": receiver.url}, **asked)
            rotated = stack.http("POST", f"{path}:rotate", **asked)
            assert rotated.status == 200, rotated.text
            secrets.add(rotated.json()["secret"])
        assert len(secrets) == 2
        scenario.register(stack, "works", "shared", {"title": "Shared", "kind": "recording", "shares": SHARES}, "ann")
        for who in ("ann", THIEF):
            stack.http("POST", f"{path}:replay", party=who, scope="statements.read", json={"since": FOREVER})
        stack.drain()
        for who, receiver in (("ann", hers), (THIEF, theirs)):
            bodies = [json.loads(posted.body) for posted in receiver.posted]
            assert bodies, who
            assert {body["party"] for body in bodies} == {who}
        assert {posted.headers["webhook-signature"] for posted in hers.posted}.isdisjoint(
            posted.headers["webhook-signature"] for posted in theirs.posted
        )
        for who, other in (("ann", theirs), (THIEF, hers)):
            log = stack.http("GET", f"{path}/deliveries", party=who, scope="statements.read").text
            assert not [posted for posted in other.posted if posted.headers["webhook-id"] in log]


SHARES: Final = [{"party": "ann", "share": "0.5"}, {"party": THIEF, "share": "0.5"}]
"""Of which both are told."""
