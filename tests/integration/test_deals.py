"""Deals through HTTP: proposed by one side, answered by the other, read by both, and priced from the acceptance on."""

from typing import Any

import orjson
import pytest

from local.gateway import Response
from local.stack import Stack
from overtone.aws import keys, tables
from tests.integration import scenario

DEAL: dict[str, Any] = {
    "licensee": "fox",
    "licensor": "ann",
    "currency": "EUR",
    "from": "2026-01-01",
    "terms": [{"mechanism": "per_output", "rate": "0.01"}],
}
ADMIN = (None, "admin")


def put(stack: Stack, deal: str, party: str | None, scope: str = "registry.write", **change: object) -> Response:
    return stack.http("PUT", f"/v1/deals/{deal}", party=party, scope=scope, json=DEAL | change)


def answer(
    stack: Stack, deal: str, version: object, verdict: str, party: str | None, scope: str = "registry.write", **said: object
) -> Response:
    return stack.http("POST", f"/v1/deals/{deal}/versions/{version}:{verdict}", party=party, scope=scope, json=said)


def listed(stack: Stack, query: str, party: str | None, scope: str = "registry.write") -> list[tuple[str, str]]:
    reply = stack.http("GET", f"/v1/deals{query}", party=party, scope=scope)
    assert reply.status == 200, reply.text
    return [(item["id"], item["status"]) for item in reply.json()["items"]]


@pytest.fixture
def parties(stack: Stack) -> Stack:
    scenario.party(stack, "fox", "licensee")
    for name in ("ann", "bob"):
        scenario.party(stack, name, "creator")
    return stack


def test_a_deal_is_proposed_accepted_amended_and_ended_by_both(parties: Stack) -> None:
    made = put(parties, "d-1", "ann", evidence="draft 3")
    assert (made.status, made.json()["status"], made.json()["waits_for"]) == (201, "proposed", ["fox"])
    assert "fox" in made.json()["warnings"][0]
    parties.at("2026-10-02T00:00:00Z")
    accepted = answer(parties, "d-1", 1, "accept", "fox", evidence="signed 2 October").json()
    assert (accepted["status"], accepted["waits_for"]) == ("accepted", [])
    assert [(one["by"], one["evidence"]) for one in accepted["agreement"]["answers"]] == [("ann", "draft 3"), ("fox", "signed 2 October")]
    assert answer(parties, "d-1", 1, "accept", "fox").json()["agreement"] == accepted["agreement"]
    assert answer(parties, "d-1", 1, "refuse", "fox").status == 409
    ended = put(parties, "d-1", "fox", to="2026-10-31").json()
    assert (ended["version"], ended["status"], ended["waits_for"]) == (2, "proposed", ["ann"])
    assert "to" not in parties.http("GET", "/v1/deals/d-1", party="fox", scope="registry.write").json()
    assert answer(parties, "d-1", 2, "refuse", "ann", reason="not yet").json()["agreement"]["answers"][-1]["reason"] == "not yet"
    again = put(parties, "d-1", "fox", to="2026-10-31").json()
    assert (again["version"], again["status"]) == (3, "proposed")
    assert answer(parties, "d-1", 3, "accept", "ann").json()["to"] == "2026-10-31"
    versions = parties.http("GET", "/v1/deals/d-1/versions", party="ann", scope="registry.write").json()["versions"]
    assert [one["status"] for one in versions] == ["accepted", "refused", "accepted"]


def test_a_yes_that_is_said_again_is_the_same_whatever_was_agreed_on_since(parties: Stack) -> None:
    """Its answer was lost, and the next version was accepted meanwhile: it was told to propose anew what both had agreed on."""
    put(parties, "d-1", "ann")
    accepted = answer(parties, "d-1", 1, "accept", "fox").json()["agreement"]
    raised = [{"mechanism": "per_output", "rate": "0.02"}]
    put(parties, "d-1", "ann", terms=raised)
    put(parties, "d-1", "ann", terms=raised, to="2026-12-31")
    assert answer(parties, "d-1", 3, "accept", "fox").status == 200
    again = answer(parties, "d-1", 1, "accept", "fox")
    assert (again.status, again.json()["agreement"]) == (200, accepted), again.text
    assert answer(parties, "d-1", 1, "accept", "bob").status == 404
    assert answer(parties, "d-1", 2, "accept", "fox").status == 409


def test_answers_are_their_sides_own(parties: Stack) -> None:
    put(parties, "d-1", "ann")
    wrong = [("accept", "ann", 403), ("refuse", "ann", 403), ("withdraw", "fox", 403), ("accept", "bob", 404), ("withdraw", "bob", 404)]
    for verdict, party, status in wrong:
        assert answer(parties, "d-1", 1, verdict, party).status == status
    assert answer(parties, "d-1", 1, "accept", "fox", "disclosures.write").status == 403
    assert [answer(parties, "d-1", number, "accept", "fox").status for number in (2, 0, "x", "9" * 9)] == [404] * 4
    assert answer(parties, "d-1", 1, "accept", "fox", odd=1).status == 422
    assert answer(parties, "d-1", 1, "withdraw", "ann").json()["status"] == "withdrawn"
    assert answer(parties, "d-1", 1, "accept", "fox").status == 409


def test_an_admin_puts_both_sides_words_with_evidence(parties: Stack) -> None:
    bare = put(parties, "d-1", *ADMIN).json()
    assert (bare["status"], "evidence" in bare["warnings"][0]) == ("accepted", True)
    waiting = put(parties, "d-2", *ADMIN, propose=True).json()
    assert (waiting["status"], waiting["waits_for"]) == ("proposed", ["fox", "ann"])
    assert answer(parties, "d-2", 1, "accept", "ann").json()["waits_for"] == ["fox"]
    decided = put(parties, "d-2", *ADMIN, evidence="contract 17").json()
    assert (decided["version"], decided["status"], decided["warnings"]) == (1, "accepted", [])


def test_deals_are_listed_by_their_parties_and_by_status(parties: Stack) -> None:
    put(parties, "d-1", *ADMIN)
    put(parties, "d-2", "bob", licensor="bob")
    assert listed(parties, "", "fox") == [("d-1", "accepted"), ("d-2", "proposed")]
    assert listed(parties, "?status=proposed", "fox") == listed(parties, "", "bob") == [("d-2", "proposed")]
    assert listed(parties, "?party=bob", None, "finance") == listed(parties, "?licensor=bob", None, "finance") == [("d-2", "proposed")]
    assert listed(parties, "?party=bob", "ann") == []
    page = parties.http("GET", "/v1/deals?limit=1", party="fox", scope="registry.write").json()
    assert listed(parties, f"?limit=1&cursor={page['next_cursor']}", "fox") == [("d-2", "proposed")]
    bad = [("?state=proposed", 400), ("?status=open", 422), ("?limit=0", 422), ("?limit=1001", 422), ("?cursor=%F0", 400)]
    assert [parties.http("GET", f"/v1/deals{query}", party="fox", scope="registry.write").status for query, _ in bad] == [s for _, s in bad]
    assert parties.http("GET", "/v1/deals", scope="registry.write").status == 403


def test_a_deal_is_found_by_what_was_agreed_on_and_by_what_waits_whatever_version_is_the_newest(parties: Stack) -> None:
    """Whoever proposed to end one next year took it off the list of deals in force; a later version hid what waited for an answer."""
    put(parties, "d-1", *ADMIN)
    put(parties, "d-1", "fox", to="2027-06-30", effective_from="2027-01-01")
    assert listed(parties, "?status=accepted", "ann") == [("d-1", "accepted")]
    assert listed(parties, "?status=proposed", "ann") == listed(parties, "?waits_for=ann", "ann") == [("d-1", "proposed")]
    put(parties, "d-1", "ann", to="2027-12-31")
    answer(parties, "d-1", 3, "withdraw", "ann")
    assert listed(parties, "?waits_for=ann", "ann") == [("d-1", "proposed")]
    shown = parties.http("GET", "/v1/deals?waits_for=ann", party="ann", scope="registry.write").json()["items"]
    assert [(one["version"], one["to"]) for one in shown] == [(2, "2027-06-30")]
    assert listed(parties, "?waits_for=fox", "fox") == listed(parties, "?waits_for=ann&status=refused", "ann") == []
    put(parties, "d-1", *ADMIN, to="2027-12-31")
    assert listed(parties, "?waits_for=ann", "ann") == listed(parties, "?status=proposed", "ann") == [], "it was overtaken"
    assert (listed(parties, "", "fox"), listed(parties, "?status=withdrawn", "fox")) == ([("d-1", "accepted")], [("d-1", "withdrawn")])


def test_a_deal_that_begins_next_year_is_shown_as_it_was_agreed_on(parties: Stack) -> None:
    """Whatever was proposed since, or refused, was shown in its place."""

    def shown() -> tuple[int, str]:
        one = parties.http("GET", "/v1/deals/d-1", party="fox", scope="registry.write").json()
        return one["version"], one["status"]

    later = {"from": "2027-01-01", "effective_from": "2027-01-01"}
    put(parties, "d-1", "ann", **later)
    answer(parties, "d-1", 1, "withdraw", "ann")
    put(parties, "d-1", "ann", **later, pays="on_accrual")
    assert shown() == (2, "proposed")
    answer(parties, "d-1", 2, "accept", "fox")
    put(parties, "d-1", "ann", **later, terms=[{"mechanism": "per_output", "rate": "9"}])
    assert shown() == (2, "accepted")
    answer(parties, "d-1", 3, "refuse", "fox")
    assert shown() == (2, "accepted")


def test_only_what_was_accepted_by_the_cutoff_is_priced_and_the_next_settlement_takes_it(parties: Stack) -> None:
    scenario.work(parties, "track", "ann", {"ann": "1"}, identifiers=[scenario.ISRC])
    put(parties, "d-1", "ann")
    parties.at("2026-10-05T08:00:00Z")
    scenario.disclose(parties, "rep-1", {"gen-1": {scenario.ISRC: "1"}})
    scenario.usage(parties, "b-1", ("output:gen-1", "2026-10-03", 100))
    scenario.accrue(parties, scenario.SETTLED)
    assert scenario.settle(parties)["status"] == "sealed"
    assert scenario.lines_of(parties) == []
    answer(parties, "d-1", 1, "accept", "fox")
    parties.at("2026-12-10T06:00:00Z")
    assert scenario.settle(parties, "2026-11", "2026-11")["status"] == "sealed"
    assert [(line["party_id"], line["amount"], line["usage_month"]) for line in scenario.lines_of(parties, "2026-11")] == [
        ("ann", "1", "2026-10")
    ]


STORED_BEFORE: dict[str, Any] = {
    "id": "old",
    "owner": "ann",
    "latest": 1,
    "versions": [
        (
            '{"author":"ann","content":{"licensee":"fox","licensor":"ann","extended":false,"currency":"EUR","from":"2026-01-01",'
            '"territories":["*"],"models":[],"terms":[{"rate":"0.01","mechanism":"per_output","uses":["stream"],"blend":false,'
            '"unattributed":false}]},"effective_from":"2026-01-01","recorded_at":"2026-05-01T00:00:00.000000Z"}'
        )
    ],
}
"""A deal as it was stored before anybody had to accept it."""


def test_a_deal_stored_before_acceptance_existed_counts_as_its_authors(parties: Stack) -> None:
    tables.registry().put(keys.deal("old")._asdict() | STORED_BEFORE)
    shown = parties.http("GET", "/v1/deals/old", party="fox", scope="registry.write").json()
    assert (shown["status"], shown["agreement"]["answers"]) == (
        "accepted",
        [{"verdict": "accepted", "by": "ann", "at": "2026-05-01T00:00:00.000000Z", "evidence": "before acceptance existed", "final": True}],
    )
    amended = put(parties, "old", "ann", currency="SEK").json()
    assert (amended["version"], amended["status"]) == (2, "proposed")
    kept = tables.registry().get(keys.deal("old"))
    assert kept is not None
    assert [len(orjson.loads(text)["answers"]) for text in kept["agreements"]] == [1, 1]
    stored, now = (orjson.loads(text) for text in (STORED_BEFORE["versions"][0], kept["versions"][0]))
    (old_terms,), (terms,) = stored["content"].pop("terms"), now["content"].pop("terms")
    assert terms | old_terms == terms
    assert now["content"] | stored.pop("content") == now.pop("content")
    assert now == stored


def test_a_licensee_says_yes_to_a_group_by_name_and_once(parties: Stack) -> None:
    """Its yes to a deal alone is none to the deal's most-favoured-nation group; its own proposal, and an admin's word, are."""
    put(parties, "d-1", "ann", mfn_group="m")
    alone = answer(parties, "d-1", 1, "accept", "fox")
    assert (alone.status, [fault["field"] for fault in alone.json()["errors"]]) == (422, ["mfn_group"])
    assert "first of your deals in the group m" in alone.json()["detail"]
    assert answer(parties, "d-1", 1, "accept", "fox", mfn_group="n").status == 422
    both = answer(parties, "d-1", 1, "accept", "fox", mfn_group="m").json()
    assert (both["status"], both["agreement"]["answers"][-1]["mfn_group"]) == ("accepted", "m")
    put(parties, "d-2", "bob", licensor="bob", mfn_group="m")
    assert answer(parties, "d-2", 1, "accept", "fox").json()["status"] == "accepted"
    put(parties, "d-3", "bob", licensor="bob")
    assert answer(parties, "d-3", 1, "accept", "fox", mfn_group="m").status == 422
    put(parties, "d-4", "fox", mfn_group="own")
    assert answer(parties, "d-4", 1, "accept", "ann").json()["status"] == "accepted"
    put(parties, "d-5", "ann", mfn_group="ours")
    assert answer(parties, "d-5", 1, "accept", *ADMIN).json()["status"] == "accepted"
    put(parties, "d-6", "ann", mfn_group="ours")
    assert answer(parties, "d-6", 1, "accept", "fox").json()["status"] == "accepted"


def test_what_nobody_accepted_keeps_no_deal_out_of_its_group(parties: Stack) -> None:
    """A group has one currency: that of the deals that were agreed on, whatever a stranger to it proposes, is refused or takes back."""
    assert put(parties, "d-1", *ADMIN, mfn_group="m").json()["status"] == "accepted"
    for verdict, by in (("", ""), ("refuse", "fox"), ("withdraw", "bob")):
        name = f"d-{verdict or 'open'}"
        proposed = put(parties, name, "bob", licensor="bob", mfn_group="n", currency="USD")
        assert proposed.status == 201
        assert not verdict or answer(parties, name, 1, verdict, by).status == 200
        assert put(parties, f"{name}-2", "ann", mfn_group="n").status == 201
    assert put(parties, "d-9", "ann", mfn_group="m", currency="USD").status == 422
    assert answer(parties, "d-open-2", 1, "accept", "fox", mfn_group="n").status == 200
    late = answer(parties, "d-open", 1, "accept", "fox", mfn_group="n")
    assert (late.status, [fault["field"] for fault in late.json()["errors"]]) == (422, ["mfn_group"])
