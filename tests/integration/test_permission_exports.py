"""The daily export of what owners allow: what is in it, that it is the same whoever writes it, and who may fetch it."""

import gzip
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.gateway import Response
from local.stack import Stack
from overtone.errors import Retryable
from overtone.steps import permission_export
from overtone.stores import permission_exports as store
from tests.conftest import PARAMETERS
from tests.integration import scenario

DAY = "2026-10-02"
LATER = "2026-10-03"
IDENTIFIERS = {"denied": ["isrc:SEABC2600001"]}
WORDS: dict[str, dict[str, Any]] = {
    "allowed": {"training": {"default": "allow", "licensees": {"fox": "deny"}}},
    "denied": {"training": {"default": "deny"}, "generation": {"default": "allow"}},
    "limited": {"training": {"default": "limit", "max_share": "0.25"}},
    "voice": {"likeness": {"default": "deny"}},
    "private": {"training": {"licensees": {"fox": "allow"}}},
    "silent": {},
}


def long() -> float:
    return 900.0


@pytest.fixture
def world(stack: Stack) -> Stack:
    stack.at("2026-10-01T08:00:00Z")
    scenario.party(stack, "ann", "creator")
    scenario.party(stack, "fox", "licensee")
    for name, words in WORDS.items():
        kind = "likeness" if name == "voice" else "recording"
        scenario.work(stack, name, "ann", {"ann": "1"}, kind, permissions=words, identifiers=IDENTIFIERS.get(name, []))
    return stack


def get(stack: Stack, path: str, status: int = 200) -> Response:
    reply = stack.http("GET", path, party="fox", scope="disclosures.write")
    assert reply.status == status, reply.text
    return reply


def stored(stack: Stack, day: str) -> dict[str, bytes]:
    prefix = f"permissions/{day}/"
    return {key.removeprefix(prefix): body for key, body in stack.objects("SettlementBucket").items() if key.startswith(prefix)}


def lines(files: dict[str, bytes], use: str) -> list[dict[str, Any]]:
    found = [json.loads(line) for name, body in files.items() if name.startswith(use) for line in gzip.decompress(body).splitlines()]
    return sorted(found, key=lambda line: str(line["work"]))


def test_the_schedule_writes_what_was_said_to_everybody_before_the_day(world: Stack) -> None:
    world.at("2026-10-02T00:05:00Z")
    scenario.work(world, "after", "ann", {"ann": "1"}, permissions={"training": {"default": "deny"}})
    world.tick("2026-10-02T01:00:00Z")
    files = stored(world, DAY)
    assert lines(files, "training") == [
        {"work": "allowed", "version": 1, "identifiers": [], "permission": "allow"},
        {"work": "denied", "version": 1, "identifiers": IDENTIFIERS["denied"], "permission": "deny"},
        {"work": "limited", "version": 1, "identifiers": [], "permission": "limit", "max_share": "0.25"},
    ]
    assert [line["work"] for line in lines(files, "generation")] == ["denied"]
    assert [(line["work"], line["permission"]) for line in lines(files, "likeness")] == [("voice", "deny")]
    manifest = get(world, "/v1/permissions/newest").json()
    assert (manifest["day"], manifest["previous"], manifest["works_total"]) == (DAY, None, len(WORDS))
    for file in manifest["files"]:
        body = files[file["name"]]
        assert (file["sha256"], file["bytes"]) == (hashlib.sha256(body).hexdigest(), len(body))
        assert file["rows"] == len(gzip.decompress(body).splitlines())
        where = get(world, f"/v1/permissions/{DAY}/files/{file['name']}", 307).headers["location"]
        assert world.http("GET", where).body == body


def test_an_identifier_stands_where_it_names_a_work_and_nowhere_else(world: Stack) -> None:
    """From next year on the work has none: it gave its ISRC up when it said so, and another work, which denies, has it since."""
    (isrc,) = IDENTIFIERS["denied"]
    body = {"title": "Denied", "kind": "recording", "shares": [{"party": "ann", "share": "1"}], "permissions": WORDS["denied"]}
    coming = body | {"identifiers": ["isrc:SEABC2600002"], "effective_from": "2027-01-01"}
    scenario.register(world, "works", "denied", coming, "ann")
    scenario.register(world, "works", "allowed", body | {"permissions": WORDS["allowed"], "identifiers": [isrc]}, "ann")
    world.tick("2026-10-02T01:00:00Z")
    named = {line["work"]: line["identifiers"] for line in lines(stored(world, DAY), "training")}
    assert named == {"allowed": [isrc], "denied": ["isrc:SEABC2600002"], "limited": []}


def test_each_manifest_names_the_one_before_by_its_digest(world: Stack) -> None:
    world.tick("2026-10-02T01:00:00Z")
    world.tick("2026-10-03T01:00:00Z")
    page = get(world, "/v1/permissions?limit=1").json()
    assert [one["day"] for one in page["items"]] == [LATER]
    (older,) = get(world, f"/v1/permissions?cursor={page['next_cursor']}").json()["items"]
    text = stored(world, DAY)["manifest.json"]
    assert older == {"day": DAY, "works_total": len(WORDS), "sha256": hashlib.sha256(text).hexdigest()}
    assert get(world, f"/v1/permissions/{LATER}").json()["previous"] == {"day": DAY, "sha256": older["sha256"]}
    get(world, "/v1/permissions/2026-10-01", 404)
    get(world, f"/v1/permissions/{DAY}/files/training-99-0000.ndjson.gz", 404)


def test_whoever_writes_it_and_however_often_it_stops_the_bytes_are_the_same(world: Stack) -> None:
    world.at(f"{DAY}T01:00:00Z")
    whole = permission_export.export(f"{DAY}T01:00:00Z", long, file_works=1)
    written = stored(world, DAY)
    assert len(whole.files) == 5, "a file for each work that says something of a use"
    for key in written:
        world.aws("s3").delete_object(Bucket=world.name("SettlementBucket"), Key=f"permissions/{DAY}/{key}")
    world.table("RegistryTable").delete_item({"pk": "PERMISSIONS", "sk": DAY})
    left = iter([300.0, 300.0, 5.0])
    with pytest.raises(Retryable):
        permission_export.export(f"{DAY}T01:00:00Z", lambda: next(left), file_works=1)
    stopped = store.find(DAY)
    assert stopped
    assert (stopped.steps, stopped.sha256) == (2, "")
    get(world, f"/v1/permissions/{DAY}", 404)
    scenario.work(world, "newcomer", "ann", {"ann": "1"}, permissions={"training": {"default": "deny"}})
    again = permission_export.export(f"{DAY}T05:00:00Z", long, file_works=1)
    assert (again.sha256, stored(world, DAY)) == (whole.sha256, written)
    assert permission_export.export(f"{DAY}T06:00:00Z", long) == again


@pytest.mark.usefixtures("world")
def test_two_at_once_leave_one_export() -> None:
    mine = store.keep(store.Export(DAY))
    theirs = store.find(DAY)
    assert theirs
    store.keep(mine)
    with pytest.raises(Retryable, match="somebody else"):
        store.keep(theirs)


def test_a_manifest_that_is_written_again_names_the_one_that_it_named(world: Stack) -> None:
    """Its writer died before it could say so, and an export of the day before was made good meanwhile: its digest was of no file."""
    first = permission_export.export(f"{LATER}T01:00:00Z", long)
    (kept,) = [item for item in world.items("RegistryTable") if item["pk"] == "PERMISSIONS"]
    world.table("RegistryTable").put_item(kept | {"sha256": "", "manifest": "", "steps": int(kept["steps"]) - 1})
    permission_export.export(f"{DAY}T05:00:00Z", long)
    again = permission_export.export(f"{LATER}T06:00:00Z", long)
    assert again.sha256 == first.sha256 == hashlib.sha256(stored(world, LATER)["manifest.json"]).hexdigest()


@pytest.fixture(scope="module")
def open_stack() -> Iterator[Stack]:
    stack = Stack.deploy(Path("template.yaml"), PARAMETERS | {"OpenRegistry": "on"}, engine="memory")
    yield stack
    stack.close()


def test_without_an_account_it_is_fetched_where_the_operator_has_switched_it_on(world: Stack, open_stack: Stack) -> None:
    world.activate()
    world.tick("2026-10-02T01:00:00Z")
    for path in ("/registry", f"/registry/{DAY}", f"/registry/{DAY}/manifest.json"):
        refused = world.http("GET", path)
        assert refused.status == 404
        assert "GET /v1/permissions" in refused.json()["detail"]
    open_stack.activate()
    open_stack.at("2026-10-01T08:00:00Z")
    scenario.party(open_stack, "ann", "creator")
    scenario.work(open_stack, "denied", "ann", {"ann": "1"}, permissions=WORDS["denied"])
    assert open_stack.http("GET", "/registry").status == 404
    open_stack.tick("2026-10-02T01:00:00Z")
    manifest = open_stack.http("GET", "/registry").json()
    assert open_stack.http("GET", f"/registry/{DAY}").json() == manifest
    for name in ("manifest.json", *(file["name"] for file in manifest["files"])):
        answer = open_stack.http("GET", f"/registry/{DAY}/{name}")
        assert answer.status == 307
        assert open_stack.http("GET", answer.headers["location"]).body == stored(open_stack, DAY)[name]
    assert open_stack.http("GET", "/registry/2026-10-02/../../books").status == 404
    assert open_stack.http("GET", "/v1/permissions").status == 401
    world.activate()
