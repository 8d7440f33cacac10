"""Every write that moves money, by every identity: who may make it, who must agree before it counts, and who is told."""

from typing import Any, NamedTuple

import pytest

from local.stack import Stack
from tests.integration import scenario

IDENTITIES = ("owner", "other", "society", "stranger", "finance", "admin", "nobody")
TOKENS = {
    "owner": ("ann", "registry.write"),
    "other": ("fox", "registry.write"),
    "society": ("stim", "registry.write"),
    "stranger": ("eve", "registry.write"),
    "finance": (None, "finance"),
    "admin": (None, "admin"),
    "nobody": (None, "registry.write"),
}
BANK = scenario.BANK | {"threshold": "7"}
SONG: dict[str, Any] = {"title": "Song", "kind": "recording", "permissions": scenario.ALLOWED}
HELD = [{"party": "ann", "share": "0.5"}, {"party": "bob", "share": "0.5"}]
ANN: dict[str, Any] = {"name": "Ann", "kind": "creator", "country": "SE", "payout": scenario.BANK}
TERMS = [{"mechanism": "per_output", "rate": "0.1"}]
DEAL: dict[str, Any] = {"licensee": "fox", "licensor": "ann", "currency": "EUR", "from": "2026-01-01", "terms": TERMS}
MANDATE = {"society": "stim", "rights": ["composition"], "uses": ["training"]}
YES = {200, 201}


class Write(NamedTuple):
    """`may` make it; `binds` at once for these, else the other side must accept; `told` who hears of it, by the identity that wrote."""

    method: str
    path: str
    body: dict[str, Any]
    may: frozenset[str]
    binds: frozenset[str]
    told: dict[str, set[tuple[str, str]]]


def write(method: str, path: str, body: dict[str, Any], may: str, binds: str, **told: set[tuple[str, str]]) -> Write:
    return Write(method, path, body, frozenset(may.split()), frozenset(binds.split()), told)


PROPOSED = {"owner": {("fox", "deal.proposed")}, "other": {("ann", "deal.proposed")}}
MEMBER = {"party": "ann", "rights": ["composition"], "uses": ["training"]}
MANDATED = {
    "owner": {("stim", "mandate.proposed")},
    "admin": {("ann", "mandate.accepted"), ("stim", "mandate.accepted")},
}
CLEARED = {("ann", "clearance.made"), ("bob", "clearance.made")}
LEVY: dict[str, Any] = {"levy_id": "l", "administrator": "stim", "month": "2026-10", "currency": "EUR", "amount": "10",
                        "distribution": {"formula": "equal"}}  # fmt: skip
BOTH = {("ann", "deal.accepted"), ("fox", "deal.accepted")}
WRITES = {
    "a deal": write("PUT", "deals/new", DEAL, "owner other admin", "admin", **PROPOSED, admin=BOTH),
    "a deal of a group": write("PUT", "deals/new", DEAL | {"mfn_group": "m"}, "owner other admin", "admin", **PROPOSED, admin=BOTH),
    "an open deal": write("PUT", "deals/open", DEAL | {"licensor": None}, "admin", "admin", admin={("fox", "deal.accepted")}),
    "an end of a deal": write("PATCH", "deals/old", {"to": "2026-12-31"}, "owner other admin", "admin", **PROPOSED, admin=BOTH),
    "a law that asks nobody": write("PUT", "deals/new", DEAL | {"consent": "none"}, "admin", "admin", admin=BOTH),
    "shares": write("PUT", "works/song", SONG | {"shares": [{"party": "ann", "share": "1"}]}, "owner admin", "owner admin",
                    owner={("bob", "share.changed")}, admin={("ann", "share.changed"), ("bob", "share.changed")}),
    "a permission": write("PATCH", "works/song", {"permissions": {"training": {"default": "deny"}}}, "owner admin", "owner admin"),
    "an offer of a work": write("POST", "works/song:transfer", {"to": "eve"}, "owner admin", "",
                                owner={("eve", "transfer.proposed")}, admin={("ann", "transfer.proposed"), ("eve", "transfer.proposed")}),
    "shares of days gone by": write("PATCH", "works/song", {"shares": [{"party": "ann", "share": "1"}], "effective_from": "2026-01-01"},
                                    "admin", "admin", admin={("ann", "share.changed"), ("bob", "share.changed")}),
    "a transfer": write("PUT", "works/song", SONG | {"shares": HELD, "owner": "bob"}, "admin", "admin"),
    "bank details": write("PUT", "parties/ann", ANN | {"payout": BANK}, "owner admin", "owner admin",
                          owner={("ann", "bank_details.changed")}, admin={("ann", "bank_details.changed")}),
    "a mandate": write("PATCH", "parties/ann", {"mandates": [MANDATE]}, "owner admin", "admin", **MANDATED),
    "an end of a mandate": write("PATCH", "parties/bob", {"mandates": None}, "admin", "admin", admin={("stim", "mandate.ended")}),
    "a member": write("POST", "societies/stim/members", {"members": [MEMBER]}, "society admin", "",
                      society={("ann", "mandate.proposed")}, admin={("ann", "mandate.proposed")}),
    "a tariff": write("PUT", "societies/stim/tariff", {"rates": [{"admin_fee": "0.1"}]}, "society admin", "society admin",
                      society={("bob", "tariff.changed")}, admin={("bob", "tariff.changed")}),
    "an approval": write("POST", "societies/new:approve", {"evidence": "licence 7"}, "admin", "admin", admin={("new", "society.approved")}),
    "a hold": write("PUT", "parties/ann", ANN | {"on_hold": True}, "finance admin", "finance admin"),
    "money to wait": write("POST", "holds", {"hold_id": "h", "licensee": "fox", "months": ["2026-10"], "reason": "looked into"},
                           "finance admin", "finance admin"),
    "an adjustment": write("POST", "adjustments", {"adjustment_id": "a", "party": "ann", "amount": "5", "currency": "EUR",
                           "reason": "goodwill", "evidence": "letter 3"}, "finance admin", ""),
    "tax to withhold": write("PUT", "parties/ann", ANN | {"withholding_rate": "0.1"}, "finance admin", "finance admin"),
    "a society's fee": write("PATCH", "parties/ann", {"mandates": [MANDATE | {"admin_fee": "0.1"}]}, "owner admin", "admin", **MANDATED),
    "a clearance": write("POST", "clearances", {"clearance_id": "c", "use": "training", "day": "2026-10-02", "works": ["work:song"]},
                         "owner other society stranger", "owner other society stranger",
                         owner={("bob", "clearance.made")}, other=CLEARED, society=CLEARED, stranger=CLEARED),
    "a confirmed account": write("POST", "parties/ann/bank-details:confirm", {}, "finance admin", "finance admin"),
    "a levy": write("POST", "levies", LEVY, "admin", "admin"),
    "a liquidation": write("POST", "suspense/liquidations", {"liquidation_id": "l", "deal_id": "old", "months": ["2022-01"],
                           "reason": "three years are over"}, "finance admin", "finance admin"),
}  # fmt: skip


@pytest.fixture
def world(stack: Stack) -> Stack:
    for name, kind in (("ann", "creator"), ("bob", "creator"), ("eve", "creator"), ("fox", "licensee")):
        scenario.party(stack, name, kind, **({"payout": scenario.BANK} if name == "ann" else {}))
    scenario.register(stack, "parties", "stim", {"name": "Stim", "kind": "society", "country": "SE"})
    scenario.register(stack, "parties", "new", {"name": "New", "kind": "society", "country": "SE"}, "new")
    scenario.register(stack, "parties", "bob", {"name": "Bob", "kind": "creator", "country": "SE", "mandates": [MANDATE]})
    scenario.register(stack, "works", "song", SONG | {"shares": HELD}, "ann")
    scenario.register(stack, "deals", "old", DEAL)
    stack.at("2026-10-02T09:00:00Z")
    return stack


def heard(stack: Stack) -> set[tuple[str, str]]:
    found = set()
    for party in ("ann", "bob", "eve", "fox", "stim", "new"):
        events = stack.http("GET", "/v1/events?since=2026-10-02", party=party, scope="registry.write").json()["items"]
        found |= {(party, event["type"]) for event in events}
    return found


def _binds(answer: dict[str, Any]) -> bool:
    """Whether what was written counts at once: a deal's version, a party's mandates, members entered."""
    waits = [stands["status"] for stands in answer.get("accords", ())]
    return not answer.get("proposed") and {answer.get("status", "accepted"), *waits} <= {"accepted", "committed", "held"}


@pytest.mark.parametrize("identity", IDENTITIES)
@pytest.mark.parametrize("what", WRITES)
def test_who_may_write_who_must_agree_and_who_is_told(world: Stack, what: str, identity: str) -> None:
    method, path, body, may, binds, told = WRITES[what]
    party, scope = TOKENS[identity]
    before = world.items("RegistryTable")
    reply = world.http(method, f"/v1/{path}", party=party, scope=scope, json=body)
    assert (reply.status in YES) == (identity in may), (reply.status, reply.text)
    if identity not in may:
        assert reply.status in {403, 404, 409}
        assert (world.items("RegistryTable"), heard(world)) == (before, set())
        return
    assert _binds(reply.json()) == (identity in binds)
    assert heard(world) == told.get(identity, set())


@pytest.mark.parametrize("identity", IDENTITIES)
def test_a_proposal_is_answered_by_the_other_side_or_an_admin_alone(world: Stack, identity: str) -> None:
    world.http("PUT", "/v1/deals/new", party="ann", scope="registry.write", json=DEAL)
    party, scope = TOKENS[identity]
    reply = world.http("POST", "/v1/deals/new/versions/1:accept", party=party, scope=scope, json={"evidence": "signed"})
    assert (reply.status == 200) == (identity in {"other", "admin"}), reply.text
    told = {("ann", "deal.accepted")} | ({("fox", "deal.accepted")} if identity == "admin" else set())
    assert heard(world) - {("fox", "deal.proposed")} == (told if reply.status == 200 else set())


@pytest.mark.parametrize("identity", IDENTITIES)
def test_a_mandate_is_answered_by_its_society_or_an_admin_alone(world: Stack, identity: str) -> None:
    asked = world.http("PATCH", "/v1/parties/ann", party="ann", scope="registry.write", json={"mandates": [MANDATE]})
    party, scope = TOKENS[identity]
    path = f"/v1/parties/ann/mandates/{asked.json()['accords'][0]['mandate']}:accept"
    reply = world.http("POST", path, party=party, scope=scope, json={"evidence": "signed"})
    assert (reply.status == 200) == (identity in {"society", "admin"}), reply.text
    told = {("ann", "mandate.accepted")} | ({("stim", "mandate.accepted")} if identity == "admin" else set())
    assert heard(world) - {("stim", "mandate.proposed")} == (told if reply.status == 200 else set())


@pytest.mark.parametrize("identity", IDENTITIES)
def test_a_mandate_is_ended_by_its_society_or_an_admin_and_by_no_third(world: Stack, identity: str) -> None:
    """Its member may too: see `test_mandates`."""
    (stands,) = world.http("GET", "/v1/parties/bob", party="bob", scope="registry.write").json()["accords"]
    party, scope = TOKENS[identity]
    reply = world.http("POST", f"/v1/parties/bob/mandates/{stands['mandate']}:end", party=party, scope=scope, json={"reason": "over"})
    assert (reply.status == 200) == (identity in {"society", "admin"}), reply.text
    both = {("bob", "mandate.ended")} | ({("stim", "mandate.ended")} if identity == "admin" else set())
    assert heard(world) == (both if reply.status == 200 else set())
