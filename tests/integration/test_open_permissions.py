"""Owners' words in CAWG, RSL and AIPREF as those read them, and statements read back as proposals."""

import json
from typing import Any

import pytest
from defusedxml import ElementTree

from local.gateway import Response
from local.stack import Stack
from overtone.errors import OvertoneError
from overtone.formats import open_permissions
from overtone.formats.open_permissions import RSL
from overtone.rights.registry import Permission
from tests.integration import scenario

WORDS: dict[str, dict[str, object]] = {
    "allowed": {"default": "allow", "licensees": {"gnu": "deny"}},
    "denied": {"default": "deny", "licensees": {"fox": "allow"}},
    "limited": {"default": "limit", "max_share": "0.25"},
    "silent": {},
}


@pytest.fixture
def world(stack: Stack) -> Stack:
    scenario.party(stack, "ann", "creator")
    for name in ("fox", "gnu", "hen"):
        scenario.party(stack, name, "licensee")
    for name, word in WORDS.items():
        scenario.work(stack, name, "ann", {"ann": "1"}, permissions={"training": word})
    return stack


def get(stack: Stack, path: str, party: str) -> Response:
    reply = stack.http("GET", path, party=party, scope="disclosures.write")
    assert reply.status == 200, reply.text
    return reply


def test_a_work_says_the_same_in_every_form_and_to_each_caller_its_own(world: Stack) -> None:
    said: dict[tuple[str, str], tuple[object, ...]] = {}
    for work in WORDS:
        for party in ("fox", "gnu", "hen"):
            path = f"/v1/works/{work}/permissions?format="
            entries = get(world, f"{path}cawg", party).json()["data"]["entries"]
            document = ElementTree.fromstring(get(world, f"{path}rsl", party).body)
            words = [element.tag.removeprefix(f"{{{RSL}}}") for element in document.iterfind(f"{{{RSL}}}content/{{{RSL}}}license/*")]
            header = get(world, f"{path}aipref", party).headers.get("content-usage")
            said[work, party] = (entries.get("cawg.ai_generative_training", {}).get("use"), words[:1], header)
            if party == "hen":
                assert "fox" not in str(entries)
    yes, no = ("allowed", ["permits"], "train-ai=y"), ("notAllowed", ["prohibits"], "train-ai=n")
    assert [said["allowed", party] for party in ("fox", "gnu", "hen")] == [yes, no, yes]
    assert [said["denied", party] for party in ("fox", "gnu", "hen")] == [yes, no, no]
    assert said["limited", "hen"] == ("constrained", ["prohibits"], "train-ai=n")
    assert said["silent", "hen"] == (None, [], None)
    assert world.http("GET", "/v1/works/allowed/permissions?format=odrl", party="hen", scope="disclosures.write").status == 422


def test_a_party_says_it_for_all_its_works(world: Stack) -> None:
    document = ElementTree.fromstring(get(world, "/v1/parties/ann/permissions?format=rsl", "hen").body)
    assert document.tag == f"{{{RSL}}}rsl"
    found = {c.get("url"): c.find(f"{{{RSL}}}license/*").tag.removeprefix(f"{{{RSL}}}") for c in document}  # type: ignore[union-attr]
    assert found == {"/v1/works/allowed": "permits", "/v1/works/denied": "prohibits", "/v1/works/limited": "prohibits"}


def test_a_party_says_it_for_works_that_it_administers_without_a_share(world: Stack) -> None:
    scenario.party(world, "adm", "publisher")
    scenario.work(world, "written-by-ann", "adm", {"ann": "1"}, permissions={"training": WORDS["denied"]})
    scenario.work(world, "nobodys", "adm", {}, permissions={"training": WORDS["denied"]})
    document = ElementTree.fromstring(get(world, "/v1/parties/adm/permissions?format=rsl", "hen").body)
    assert [c.get("url") for c in document] == ["/v1/works/nobodys", "/v1/works/written-by-ann"]
    listed = [get(world, f"/v1/works?limit=1{after}", "adm").json() for after in ("", "&cursor=bm9ib2R5cw")]
    assert [[work["id"] for work in page["items"]] for page in listed] == [["nobodys"], ["written-by-ann"]]


def test_a_statement_is_a_proposal_that_the_owner_confirms(world: Stack) -> None:
    before = get(world, "/v1/works/silent", "ann").json()
    statement = open_permissions.cawg(Permission(default="deny"))
    reply = world.http("POST", "/v1/works/silent/permissions:read", party="fox", scope="disclosures.write", json=statement)
    assert reply.status == 200, reply.text
    assert get(world, "/v1/works/silent", "ann").json() == before
    (event,) = world.http("GET", "/v1/events?type=permission.proposed", party="ann", scope="registry.write").json()["items"]
    assert (event["work_id"], event["by"], event["patch"]) == ("silent", "fox", reply.json()["proposal"])
    headers = {"content-type": "application/merge-patch+json"}
    body = json.dumps(event["patch"]).encode()
    assert world.http("PATCH", "/v1/works/silent", party="fox", scope="registry.write", body=body, headers=headers).status == 403
    confirmed = world.http("PATCH", "/v1/works/silent", party="ann", scope="registry.write", body=body, headers=headers)
    assert confirmed.json()["permissions"]["training"] == {"default": "deny", "licensees": {}}


@pytest.mark.parametrize("word", ["allow", "deny"])
def test_what_is_written_is_read_back(word: str) -> None:
    permission = Permission.model_validate({"default": word})
    assert open_permissions.read_cawg(open_permissions.cawg(permission)) == word
    assert open_permissions.read_rsl(open_permissions.rsl([open_permissions.Said('/a"<&', permission)]).encode()) == word


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"<rsl/>",
        b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
        f'<rsl xmlns="{RSL}"><content/><content/></rsl>'.encode(),
        f'<rsl xmlns="{RSL}"><content><license><permits type="usage">search</permits></license></content></rsl>'.encode(),
        b"x" * (open_permissions.STATEMENT_BYTES_MAX + 1),
    ],
)
def test_what_says_nothing_of_training_is_refused(raw: bytes) -> None:
    with pytest.raises(OvertoneError):
        open_permissions.read_rsl(raw)
    nothing: list[Any] = [None, [], {"entries": 5}, {"entries": {}}, {"data": {"entries": {"cawg.ai_training": {"use": "constrained"}}}}]
    for other in nothing:
        with pytest.raises(OvertoneError):
            open_permissions.read_cawg(other)
