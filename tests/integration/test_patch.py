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


def test_what_a_put_drops_is_what_stands_on_its_day(world: Stack) -> None:
    """What was recorded last, for next year, says neither where she is paid nor what she allows: today's went without a word."""
    person = {"name": "Ann", "kind": "creator", "country": "SE"}
    work = {"title": "Track", "kind": "recording", "shares": [{"party": "ann", "share": "1"}]}
    for path, body in (("parties/ann", person), ("works/track", work)):
        for more in ({"effective_from": "2027-01-01"}, {"name": "A."} if path.startswith("parties") else {"title": "T."}):
            reply = world.http("PUT", f"/v1/{path}", party="ann", scope="registry.write", json=body | more)
            assert [warning for warning in reply.json()["warnings"] if warning.startswith("this version drops")], (path, more)


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


def test_a_patch_of_today_leaves_a_party_where_it_lives_today(world: Stack) -> None:
    """Ann moves next year, to another bank and out of a society: what she, finance and the society say today is not about then."""
    scenario.party(world, "stim", "society")
    mandate = {"society": "stim", "rights": ["recording"], "uses": ["play"]}
    ann = {"name": "Ann", "kind": "creator", "country": "SE", "payout": BANK, "ipi": "00000000199"}
    for day, said in (("2026-01-01", {"mandates": [mandate]}), ("2027-01-01", {"country": "DE", "payout": {"currency": "EUR"}})):
        reply = world.http("PUT", "/v1/parties/ann", scope="admin", json=ann | said | {"effective_from": day, "evidence": "signed"})
        assert reply.status == 200, reply.text

    def stands(day: str) -> tuple[object, ...]:
        party = world.http("GET", f"/v1/parties/ann?as_of={day}", party="ann", scope="registry.write").json()
        return party["country"], party["payout"].get("iban"), len(party["mandates"]), party["ipi"]

    days = ("2026-10-05", "2026-12-31", "2027-01-01")
    before = [stands(day) for day in days]
    assert before == [("SE", BANK["iban"], 1, "00000000199")] * 2 + [("DE", None, 0, "00000000199")]
    put = patch(world, "parties/ann", "ann", b'{"name": "Ann B."}')
    assert (put["country"], put["applies_from"], put["warnings"]) == ("SE", "2026-10-05", [])
    body = b'{"withholding_rate": "0.1"}'
    reply = world.http("PATCH", "/v1/parties/ann", party="office", scope="registry.write finance", body=body, headers=MERGE)
    assert reply.status == 200, reply.text
    rows = {"members": [{"party": "ann", "rights": ["composition"], "uses": ["output"]}]}
    sent = world.http("POST", "/v1/societies/stim/members", party="stim", scope="registry.write", json=rows)
    assert (sent.status, sent.json()["proposed"]) == (200, 1), sent.text
    members = world.http("GET", "/v1/societies/stim/members", party="stim", scope="registry.write").json()["items"]
    assert [(one["country"], sorted(m["status"] for m in one["mandates"])) for one in members] == [("SE", ["accepted", "proposed"])]
    assert [stands(day)[:2] for day in days] == [row[:2] for row in before]
    listed = world.http("GET", "/v1/parties/ann?as_of=2026-10-05", party="ann", scope="registry.write").json()["accords"]
    assert {one["status"] for one in listed} == {"accepted", "proposed"}
    (given,) = [one["mandate"] for one in listed if one["status"] == "accepted"]
    over = world.http("POST", f"/v1/parties/ann/mandates/{given}:end", party="ann", scope="registry.write", json={})
    assert over.status == 200, over.text


def test_a_patch_of_a_deal_leaves_what_was_agreed_on_for_other_days_to_these(world: Stack) -> None:
    """Next year's rate is agreed on: a change of the territories from today on brought it forward, and so did one that was refused."""

    def stand() -> dict[str, tuple[str, list[str]]]:
        days = ("2026-10-04", "2026-10-05", "2026-12-31", "2027-01-01")
        found = {day: world.http("GET", f"/v1/deals/d?as_of={day}", party="ann", scope="registry.write").json() for day in days}
        return {day: (deal["terms"][0]["rate"], deal["territories"]) for day, deal in found.items()}

    body = {"licensee": "fox", "licensor": "ann", "currency": "EUR", "from": "2026-01-01", "territories": ["*"]}
    coming = body | {"terms": [{"mechanism": "per_output", "rate": "0.5"}], "effective_from": "2027-01-01"}
    assert world.http("PUT", "/v1/deals/d", scope="admin", json=coming).status == 200
    refused = body | {"terms": [{"mechanism": "per_output", "rate": "9"}]}
    assert world.http("PUT", "/v1/deals/d", party="ann", scope="registry.write", json=refused).status == 200
    assert world.http("POST", "/v1/deals/d/versions/3:refuse", party="fox", scope="registry.write", json={}).status == 200
    changed = world.http("PATCH", "/v1/deals/d", scope="admin", body=b'{"territories": ["SE"]}', headers=MERGE).json()
    assert (changed["applies_from"], changed["version"], changed["status"]) == ("2026-10-05", 4, "accepted")
    now, then = ("0.1", ["SE"]), ("0.5", ["*"])
    assert stand() == {"2026-10-04": ("0.1", ["*"]), "2026-10-05": now, "2026-12-31": now, "2027-01-01": then}
    patch(world, "deals/d", "ann", b'{"effective_from": "2027-02-01", "pays": "on_accrual"}')
    (*_, proposed) = world.http("GET", "/v1/deals/d/versions", party="fox", scope="registry.write").json()["versions"]
    assert (proposed["terms"][0]["rate"], proposed["territories"]) == then


def test_a_patch_of_a_party_keeps_what_stands_on_its_day(world: Stack) -> None:
    """From next year on she is paid elsewhere, and lives elsewhere: a new name did so at once, and nobody was told of the account."""
    moved = BANK | {"iban": "DE89370400440532013000"}
    body = {"name": "Ann", "kind": "creator", "country": "DE", "payout": moved, "effective_from": "2027-01-01"}
    assert world.http("PUT", "/v1/parties/ann", party="ann", scope="registry.write", json=body).status == 200
    said = patch(world, "parties/ann", "ann", b'{"name": "Ann B."}')
    assert (said["applies_from"], said["country"], said["name"]) == ("2026-10-05", "SE", "Ann B.")
    assert isinstance(said["payout"], dict)
    assert said["payout"]["iban"] == BANK["iban"]
    assert versions_told(world) == {2}
    now = patch(world, "parties/ann", "ann", b'{"payout": {"iban": "DE89370400440532013000"}}')
    assert versions_told(world) == {2, now["version"]}


def versions_told(stack: Stack) -> set[object]:
    told = stack.http("GET", "/v1/events?type=bank_details.changed", party="ann", scope="registry.write").json()["items"]
    return {event["version"] for event in told}


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
