"""PATCH changes what it names; a PUT that drops something says so; versions say what they changed, to whom they may."""

import pytest

from local.stack import Stack
from tests.integration import scenario

BANK = scenario.BANK
MERGE = {"content-type": "application/merge-patch+json"}


def patch(stack: Stack, path: str, party: str, body: bytes, status: int = 200) -> dict[str, object]:
    reply = stack.http("PATCH", f"/v1/{path}", party=party, scope="registry.write", body=body, headers=MERGE)
    assert reply.status == status, reply.text
    found: dict[str, object] = reply.json()
    return found


@pytest.fixture
def world(stack: Stack) -> Stack:
    for name in ("ann", "bob"):
        scenario.party(stack, name, "creator", payout=BANK)
    scenario.party(stack, "fox", "licensee")
    said = {"training": {"default": "allow", "licensees": {"fox": "deny", "gnu": "deny"}}}
    scenario.work(stack, "track", "ann", {"ann": "1"}, permissions=said)
    scenario.deal(stack, "d", {"mechanism": "per_output", "rate": "0.1"}, licensor="ann")
    stack.at("2026-10-05T12:00:00Z")
    return stack


def test_a_patch_changes_what_it_names_and_says_from_when(world: Stack) -> None:
    party = patch(world, "parties/ann", "ann", b'{"name": "Ann B.", "isni": null}')
    assert (party["version"], party["name"], party["applies_from"], party["warnings"]) == (2, "Ann B.", "2026-10-05", [])
    assert isinstance(party["payout"], dict)
    assert party["payout"].items() >= BANK.items()
    assert "before 2026-10-05" in str(party["keeps"])
    work = patch(
        world, "works/track", "ann", b'{"permissions": {"training": {"licensees": {"fox": null}}}, "effective_from": "2026-10-01"}'
    )
    assert (work["applies_from"], work["permissions"]) == (
        "2026-10-01",
        {"training": {"default": "allow", "licensees": {"gnu": "deny"}}, "generation": {"licensees": {}}, "likeness": {"licensees": {}}},
    )
    deal = patch(world, "deals/d", "fox", b'{"to": "2026-12-31"}')
    assert (deal["version"], deal["status"], deal["to"]) == (2, "proposed", "2026-12-31")


def test_a_patch_asks_for_the_same_rights_as_a_put(world: Stack) -> None:
    patch(world, "parties/ann", "bob", b'{"name": "Mallory"}', 403)
    patch(world, "works/track", "bob", b'{"title": "Mine"}', 403)
    patch(world, "deals/d", "bob", b'{"to": null}', 404)
    patch(world, "works/none", "ann", b'{"title": "x"}', 404)
    patch(world, "works/track", "ann", b'{"title": 5}', 422)
    patch(world, "works/track", "ann", b"[]", 422)
    patch(world, "works/track", "ann", b'{"title": "x", "version": 7}', 409)


def test_a_put_that_drops_something_says_so(world: Stack) -> None:
    reply = world.http(
        "PUT", "/v1/parties/ann", party="ann", scope="registry.write", json={"name": "Ann", "kind": "creator", "country": "SE"}
    )
    assert [warning.split(":")[0] for warning in reply.json()["warnings"]] == ["this version drops bank details (payout)"]


def test_versions_say_what_they_changed_and_others_permissions_are_nobodys_business(world: Stack) -> None:
    patch(world, "works/track", "ann", b'{"title": "New", "permissions": {"training": {"licensees": {"gnu": "allow"}}}}')

    def versions(party: str, query: str = "?diff=true") -> list[dict[str, object]]:
        found: list[dict[str, object]] = world.http("GET", f"/v1/works/track/versions{query}", party=party, scope="registry.write").json()[
            "versions"
        ]
        return found

    fields = {
        "permissions.training.licensees.gnu": ("deny", "allow"),
        "title": ("Track", "New"),
        "effective_from": ("0001-01-01", "2026-10-05"),
    }
    (change,) = [version["changes"] for version in versions("ann") if "changes" in version]
    assert isinstance(change, list)
    assert {one["field"]: (one["before"], one["after"]) for one in change} == fields
    assert "changes" not in versions("ann", "")[1]
    for query in ("", "?diff=true"):
        assert "gnu" not in str(versions("bob", query))
        assert "'fox': 'deny'" in str(versions("fox", query))
    assert world.http("GET", "/v1/works/track/versions?diff=maybe", party="ann", scope="registry.write").status == 422


def shares_on(stack: Stack, day: str) -> dict[str, str]:
    work = stack.http("GET", f"/v1/works/track?as_of={day}", party="ann", scope="registry.write").json()
    return {share["party"]: share["share"] for share in work["shares"]}


def test_a_patch_and_a_file_of_today_bring_no_shares_of_other_days_with_them(world: Stack) -> None:
    """The work is bob's from next year on, and a year ago it was shared: who is paid today is what is neither."""
    ann, bob = {"party": "ann", "share": "1"}, {"party": "bob", "share": "1"}
    half = [{"party": "ann", "share": "0.5"}, {"party": "bob", "share": "0.5"}]
    for day, shares in (("2027-01-01", [bob]), ("2025-10-01", half), ("2026-01-01", [ann]), ("2025-01-01", half)):
        body = {"title": "Track", "kind": "recording", "identifiers": ["isrc:SEABC2600001"], "shares": shares, "effective_from": day}
        reply = world.http("PUT", "/v1/works/track", scope="admin", json=body)
        assert reply.status == 200, reply.text
    stood = {day: shares_on(world, day) for day in ("2025-10-02", "2026-01-02", "2026-10-05", "2026-12-31", "2027-01-01")}
    assert (stood["2026-10-05"], stood["2027-01-01"]) == ({"ann": "1"}, {"bob": "1"})
    said = patch(world, "works/track", "ann", b'{"title": "Now"}')
    assert (said["title"], said["applies_from"], said["identifiers"]) == ("Now", "2026-10-05", ["isrc:SEABC2600001"])
    world.at("2026-10-06T12:00:00Z")
    for _ in range(2):
        table = b"work_id,title\ntrack,Later\n"
        sent = world.http("POST", "/v1/works:import", party="ann", scope="registry.write", body=table, headers={"content-type": "text/csv"})
        assert (sent.status, sent.json()["refused"]) == (200, 0), sent.text
    assert patch(world, "works/track", "ann", b'{"title": "Before", "effective_from": "2026-12-01"}')["applies_from"] == "2026-12-01"
    assert {day: shares_on(world, day) for day in stood} == stood
    assert len(world.http("GET", "/v1/works/track/versions", party="ann", scope="registry.write").json()["versions"]) == 8


def test_a_patch_of_a_deal_agrees_to_nothing_that_the_other_side_proposed(world: Stack) -> None:
    """Who asked for an end alone proposed the other side's new price along with it, and owed it once that side had said yes."""
    (price,) = world.http("GET", "/v1/deals/d", party="fox", scope="registry.write").json()["terms"]
    patch(world, "deals/d", "ann", b'{"terms": [{"mechanism": "per_output", "rate": "0.7"}]}')
    asked = patch(world, "deals/d", "fox", b'{"to": "2026-12-31"}')
    assert (asked["version"], asked["to"], asked["terms"], asked["waits_for"]) == (3, "2026-12-31", [price], ["ann"])
    hers = patch(world, "deals/d", "ann", b'{"effective_from": "2026-11-01", "detail": ["use"]}')
    assert (hers["version"], "to" in hers, hers["terms"]) == (4, False, [price | {"rate": "0.7"}]), "of her own proposal"
    first = {"licensee": "fox", "licensor": "ann", "currency": "EUR", "from": "2026-01-01", "terms": [price]}
    assert world.http("PUT", "/v1/deals/new", party="ann", scope="registry.write", json=first | {"territories": ["SE"]}).status == 201
    counter = patch(world, "deals/new", "fox", b'{"to": "2026-12-31"}')
    assert (counter["territories"], counter["waits_for"]) == (["SE"], ["ann"]), "nothing else stands"
