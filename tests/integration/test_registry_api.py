"""Registering through HTTP: what is kept, what is refused, who may see it."""

from collections.abc import Callable
from typing import Any

import pytest

from local.gateway import Response
from local.stack import Stack
from overtone.facts.mapping import Mapping
from overtone.rights.members import Member
from overtone.rights.tariffs import TariffRate
from tests.integration.registering import ANN, DEAL, WORK, get, put, register


def faults(reply: Response) -> list[str]:
    assert reply.headers["content-type"] == "application/problem+json"
    return [fault["field"] for fault in reply.json().get("errors", [])]


def test_a_put_answers_with_the_version_and_the_same_again_changes_nothing(stack: Stack) -> None:
    first = put(stack, "parties/ann", ANN, "ann")
    assert first.status == 201
    assert {**first.json(), **ANN, "payout": first.json()["payout"]} == first.json()
    assert first.json()["payout"].items() >= ANN["payout"].items()
    assert {name: first.json()[name] for name in ("id", "version", "effective_from", "author")} == {
        "id": "ann",
        "version": 1,
        "effective_from": "0001-01-01",
        "author": "ann",
    }
    before = stack.items("RegistryTable")
    again = put(stack, "parties/ann", ANN, "ann")
    assert (again.status, again.json()) == (200, first.json())
    assert stack.items("RegistryTable") == before


def test_every_put_is_a_version_in_force_from_its_day(registered: Stack) -> None:
    put(registered, "works/w-1", WORK, "ann")
    registered.at("2026-10-05T12:00:00Z")
    later = put(registered, "works/w-1", WORK | {"title": "Later"}, "ann")
    assert (later.status, later.json()["version"], later.json()["effective_from"]) == (200, 2, "2026-10-05")
    put(registered, "works/w-1", WORK | {"title": "Backdated", "effective_from": "2026-09-01"}, "ann")
    put(registered, "works/w-1", WORK | {"title": "Coming", "effective_from": "2027-01-01"}, "ann")
    titles = {
        day: get(registered, f"works/w-1?as_of={day}", "bob").json()["title"]
        for day in ("2026-08-31", "2026-09-01", "2026-10-05", "2027-01-01")
    }
    assert titles == {"2026-08-31": "Song", "2026-09-01": "Backdated", "2026-10-05": "Later", "2027-01-01": "Coming"}
    assert get(registered, "works/w-1", "bob").json()["title"] == "Later"
    versions = get(registered, "works/w-1/versions", "bob").json()["versions"]
    assert [(v["version"], v["title"], v["author"]) for v in versions] == [
        (1, "Song", "ann"),
        (2, "Later", "ann"),
        (3, "Backdated", "ann"),
        (4, "Coming", "ann"),
    ]


def test_a_put_without_a_day_is_of_today_whatever_the_last_one_said_of_other_days(registered: Stack) -> None:
    """What was recorded last, for last month or next year, said the same: it was answered as if it stood, and today's stayed as it was."""
    put(registered, "works/w-1", WORK, "ann")
    registered.at("2026-10-05T12:00:00Z")
    put(registered, "works/w-1", WORK | {"title": "October"}, "ann")
    for number, (title, day) in enumerate((("Backdated", "2026-09-01"), ("Coming", "2027-01-01")), start=1):
        other = put(registered, "works/w-1", WORK | {"title": title, "effective_from": day}, "ann")
        assert (other.status, other.json()["version"]) == (200, 2 * number + 1)
        for _ in range(2):
            now = put(registered, "works/w-1", WORK | {"title": title}, "ann").json()
            assert (now["applies_from"], now["version"]) == ("2026-10-05", 2 * number + 2)
        assert get(registered, "works/w-1", "bob").json()["title"] == title
    assert len(get(registered, "works/w-1/versions", "bob").json()["versions"]) == 6
    raised = DEAL | {"terms": [{"mechanism": "micro_royalty", "rate": "0.2"}]}
    puts = (DEAL, raised | {"effective_from": "2027-01-01"}, raised, raised)
    *_, deal = [put(registered, "deals/d-1", body, None, "admin").json() for body in puts]
    assert (deal["applies_from"], deal["version"]) == ("2026-10-05", 3)


def test_what_was_read_can_be_changed_and_sent_back_unless_somebody_was_faster(registered: Stack) -> None:
    mine = put(registered, "works/w-1", WORK, "ann").json()
    assert put(registered, "works/w-1", mine | {"title": "Faster", "effective_from": "2026-02-01"}, "ann").status == 200
    slower = put(registered, "works/w-1", mine | {"title": "Slower"}, "ann")
    assert slower.status == 409
    assert len(get(registered, "works/w-1/versions", "ann").json()["versions"]) == 2


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'"x"', b"null", b'{"a":NaN}', b"\xff", b"[" * 100_000])
def test_a_body_that_is_no_json_object_is_refused(stack: Stack, body: bytes) -> None:
    reply = stack.http(
        "PUT", "/v1/parties/ann", party="ann", scope="registry.write", body=body, headers={"content-type": "application/json"}
    )
    assert reply.status in {400, 422}
    assert reply.headers["content-type"] == "application/problem+json"
    assert stack.items("RegistryTable") == []


def test_every_fault_of_a_body_is_named(registered: Stack) -> None:
    bad = {
        "title": "",
        "kind": "recording",
        "identifiers": ["isrc:XX"],
        "shares": [{"party": "ann", "share": 0.5}, {"party": "ann"}],
        "tempo": 120,
    }
    reply = put(registered, "works/w-1", bad, "ann")
    assert reply.status == 422
    assert sorted(faults(reply)) == ["identifiers.0", "shares.0.share", "shares.1.share", "tempo", "title"]


def test_names_that_are_not_registered_are_refused_by_their_place(registered: Stack) -> None:
    unknown = WORK | {"composition": "c-1", "shares": [{"party": "ann", "share": "0.5"}, {"party": "zed", "share": "0.5"}]}
    reply = put(registered, "works/w-1", unknown, "ann")
    assert (reply.status, faults(reply)) == (422, ["shares.1.party", "composition"])
    assert get(registered, "works/w-1", "ann").status == 404


def test_a_party_must_exist_before_it_owns_works(stack: Stack) -> None:
    reply = put(stack, "works/w-1", WORK | {"shares": []}, "ann")
    assert (reply.status, faults(reply)) == (422, ["owner"])


# --- identifiers


def test_an_admin_whose_party_has_no_record_registers_works_without_an_owner(registered: Stack) -> None:
    """The operator's token names a party that nobody registered: it could register nothing, one by one or by a file."""
    made = put(registered, "works/w-1", WORK, "operator", "admin")
    assert (made.status, made.json().get("owner")) == (201, ""), made.text
    assert put(registered, "works/w-2", WORK | {"identifiers": [], "owner": "bob"}, "operator", "admin").json()["owner"] == "bob"
    assert put(registered, "works/w-3", WORK | {"identifiers": []}, "bob", "admin").json()["owner"] == "bob"
    table = b"work_id,title,kind\nw-4,Fourth,recording\n"
    csv = {"content-type": "text/csv"}
    read = registered.http("POST", "/v1/works:import", party="operator", scope="admin", body=table, headers=csv)
    assert read.json()["refused"] == 0, read.text
    assert get(registered, "works/w-4", None, "admin").json()["owner"] == ""


def test_an_identifier_names_one_work_until_it_is_given_up(registered: Stack) -> None:
    put(registered, "works/w-1", WORK, "ann")
    taken = put(registered, "works/w-2", WORK | {"identifiers": ["isrc:se-abc-26-00001"]}, "bob")
    assert (taken.status, faults(taken)) == (409, ["identifiers.0"])
    assert "w-1" in taken.json()["detail"]
    assert get(registered, "works/w-2", "bob").status == 404
    assert put(registered, "works/w-1", WORK | {"identifiers": []}, "ann").status == 200
    assert put(registered, "works/w-2", WORK, "bob").status == 201


def test_shares_that_do_not_add_up_are_taken_with_a_warning(registered: Stack) -> None:
    shares = [{"party": "ann", "share": "0.7"}, {"party": "bob", "share": "0.7"}]
    over = put(registered, "works/w-1", WORK | {"shares": shares}, "ann")
    assert over.status == 201
    assert "1.4" in over.json()["warnings"][0]
    under = put(registered, "works/w-1", WORK | {"shares": shares[:1]}, "ann")
    assert "unclaimed_share" in under.json()["warnings"][0]
    (earlier,) = put(registered, "works/w-1", WORK, "ann").json()["warnings"]
    assert earlier.startswith("from 0001-01-01 until 2026-10-01 the shares add up to 1.4"), "today is mended, the days before are not"


# --- parties


def test_what_governs_a_party_is_changed_by_admin_or_finance(registered: Stack) -> None:
    for change in ({"on_hold": True}, {"withholding_rate": "0.1"}, {"kind": "society"}):
        assert put(registered, "parties/ann", ANN | change, "ann").status == 403
    assert put(registered, "parties/ann", ANN | {"payout": {"currency": "USD"}}, None, "finance").status == 403
    assert put(registered, "parties/new", ANN, None, "finance").status == 403
    held = put(registered, "parties/ann", ANN | {"on_hold": True, "withholding_rate": "0.3"}, None, "finance")
    assert held.json()["author"] == "finance"
    assert (held.json()["on_hold"], held.json()["withholding_rate"]) == (True, "0.3")
    assert put(registered, "parties/ann", ANN, "ann").status == 403


def test_what_governs_a_party_counts_on_its_day_whatever_was_recorded_last(registered: Stack) -> None:
    """Finance holds her payments until next year. Her own record of today said that she is on hold no more, as the last version did."""
    for hold in ({"on_hold": True, "withholding_rate": "0.3"}, {"on_hold": False, "effective_from": "2027-01-01"}):
        assert put(registered, "parties/ann", ANN | hold, None, "finance").status == 200
    for day in ({}, {"effective_from": "2026-12-31"}):
        early = put(registered, "parties/ann", ANN | day, "ann")
        assert early.status == 403, early.text
    assert registered.http("PATCH", "/v1/parties/ann", party="ann", scope="registry.write", json={"on_hold": False}).status == 403
    moved = ANN | {"name": "Ann B.", "on_hold": True, "withholding_rate": "0.3"}
    assert put(registered, "parties/ann", moved, "ann").status == 200
    assert put(registered, "parties/ann", ANN | {"name": "Ann B.", "effective_from": "2027-01-01"}, "ann").status == 200
    held = [get(registered, f"parties/ann?as_of={day}", "ann").json()["on_hold"] for day in ("2026-10-02", "2026-12-31", "2027-01-01")]
    assert held == [True, True, False]


def test_whoever_holds_a_party_hears_of_a_version_to_come_that_lets_go(registered: Stack) -> None:
    """She had put her address of next year before: the hold ended with it, and nobody knew."""
    for day in ("2026-11-01", "2027-01-01"):
        assert put(registered, "parties/ann", ANN | {"name": f"Ann {day}", "effective_from": day}, "ann").status == 200
    held = put(registered, "parties/ann", ANN | {"on_hold": True}, None, "finance").json()
    told = [warning for warning in held["warnings"] if "on_hold" in warning]
    assert [day in told[0] for day in ("2026-11-01", "2027-01-01")] == [True, True], held["warnings"]
    for day in ("2026-11-01", "2027-01-01"):
        held = registered.http("PATCH", "/v1/parties/ann", scope="finance", json={"on_hold": True, "effective_from": day}).json()
    assert held["warnings"] == []


def test_mandates_lead_to_an_end_and_never_back(registered: Stack) -> None:
    register(registered, "stim", "society")
    mandate = {"rights": ["composition"], "uses": ["training"]}
    register(registered, "gema", "society", mandates=[mandate | {"society": "stim"}])
    stim = {"name": "Stim", "kind": "society", "country": "SE", "mandates": [mandate | {"society": "gema"}]}
    reply = put(registered, "parties/stim", stim, "stim")
    assert (reply.status, faults(reply)) == (422, ["mandates"])
    assert "stim -> gema -> stim" in reply.json()["detail"]
    wrong = put(registered, "parties/ann", ANN | {"mandates": [mandate | {"society": "bob"}, mandate | {"society": "none"}]}, "ann")
    assert faults(wrong) == ["mandates.0.society", "mandates.1.society"]


def test_a_reporters_shards_change_two_days_ahead(registered: Stack) -> None:
    fox = {"name": "Fox", "kind": "licensee", "country": "SE", "shards": 4}
    soon = put(registered, "parties/fox", fox | {"effective_from": "2026-10-02"}, "fox")
    assert (soon.status, faults(soon)) == (422, ["shards"])
    assert put(registered, "parties/fox", fox | {"effective_from": "2026-10-03"}, "fox").status == 200
    assert get(registered, "parties/fox", "fox").json()["shards"] == 1
    assert get(registered, "parties/fox?as_of=2026-10-03", "fox").json()["shards"] == 4


# --- deals


def test_an_open_deal_needs_an_admin_and_an_extended_one_a_society_that_an_admin_recorded(registered: Stack) -> None:
    opened = {name: value for name, value in DEAL.items() if name != "licensor"}
    assert put(registered, "deals/open", opened, None, "admin").status == 201
    register(registered, "stim", "society")
    extended = DEAL | {"licensor": "stim", "extended": True}
    assert put(registered, "deals/ecl", extended, "stim").status == 403
    assert put(registered, "parties/gema", {"name": "Gema", "kind": "society", "country": "DE"}, None, "admin").status == 201
    assert put(registered, "deals/ecl", extended | {"licensor": "gema"}, "gema").status == 201


def test_most_favoured_deals_share_a_currency(registered: Stack) -> None:
    assert put(registered, "deals/d-1", DEAL | {"mfn_group": "m"}, "ann").status == 201
    yes: dict[str, Any] = {"party": "fox", "scope": "registry.write", "json": {"mfn_group": "m"}}
    assert registered.http("POST", "/v1/deals/d-1/versions/1:accept", **yes).status == 200
    other = put(registered, "deals/d-2", DEAL | {"mfn_group": "m", "licensor": "bob", "currency": "USD"}, "bob")
    assert (other.status, faults(other)) == (422, ["mfn_group"])


def test_a_deal_stays_in_its_group_whatever_version_of_it_is_refused(registered: Stack) -> None:
    """And one that was refused itself keeps nobody out: anybody could shut a licensee's group, and it dealt in no other currency."""
    assert put(registered, "deals/d-1", DEAL | {"mfn_group": "m"}, "ann").status == 201
    theirs = DEAL | {"mfn_group": "m", "licensor": "bob", "currency": "USD"}
    assert registered.http("POST", "/v1/deals/d-1/versions/1:refuse", party="fox", scope="registry.write", json={}).status == 200
    assert put(registered, "deals/d-2", theirs, "bob").status == 201
    accepted = registered.http("POST", "/v1/deals/d-2/versions/1:accept", party="fox", scope="registry.write", json={"mfn_group": "m"})
    assert accepted.status == 200, accepted.text
    assert put(registered, "deals/d-2", theirs | {"mfn_group": None}, "bob").status == 200
    assert registered.http("POST", "/v1/deals/d-2/versions/2:refuse", party="fox", scope="registry.write", json={}).status == 200
    again = put(registered, "deals/d-1", DEAL | {"mfn_group": "m"}, "ann")
    assert (again.status, faults(again)) == (422, ["mfn_group"]), "a version that was refused takes no deal out of its group"


def test_a_deals_first_version_is_in_force_from_its_first_day(registered: Stack) -> None:
    assert put(registered, "deals/d-1", DEAL, "ann").json()["effective_from"] == "2026-01-01"
    assert get(registered, "deals/d-1?as_of=2026-01-01", "ann").status == 404  # nobody has accepted it
    assert registered.http("POST", "/v1/deals/d-1/versions/1:accept", party="fox", scope="registry.write").status == 200
    assert get(registered, "deals/d-1?as_of=2026-01-01", "ann").json()["version"] == 1
    assert get(registered, "deals/d-1?as_of=2025-12-31", "ann").status == 404
    registered.at("2026-10-05T00:00:00Z")
    amended = put(registered, "deals/d-1", DEAL | {"terms": [{"mechanism": "micro_royalty", "rate": "0.2"}]}, "ann").json()
    assert (amended["version"], amended["effective_from"]) == (2, "2026-10-05")


# --- how files name columns


def test_a_reporter_says_once_how_its_files_name_our_columns(registered: Stack) -> None:
    mapping = {"columns": {"Qty": "quantity"}, "constants": {"use": "stream"}, "others": "ignore"}
    assert get(registered, "parties/fox/mapping", "fox", "usage.write").json() == Mapping().model_dump(mode="json")
    assert put(registered, "parties/fox/mapping", mapping, "fox", "usage.write").status == 200
    assert get(registered, "parties/fox/mapping", "fox", "usage.write").json() == Mapping().model_dump(mode="json") | mapping
    assert put(registered, "parties/fox/mapping", mapping, "bob", "usage.write").status == 403
    assert get(registered, "parties/fox/mapping", "bob", "usage.write").status == 403
    wrong = put(registered, "parties/fox/mapping", {"columns": {"Qty": "amount"}}, "fox", "usage.write")
    assert (wrong.status, faults(wrong)) == (422, ["columns"])


def test_all_may_be_said_in_place_of_a_list(registered: Stack) -> None:
    """Of territories, models, services and uses, as `["*"]` says it."""

    def twice(path: str, body: Callable[[object], dict[str, Any]]) -> None:
        first = put(registered, path, body("*"), "ann")
        assert first.status in {200, 201}, first.text
        again = put(registered, path, body(["*"]), "ann")
        assert (again.status, again.json()["version"]) == (200, first.json()["version"]), "the same"

    uses = [{"mechanism": "micro_royalty", "rate": "0.1"}, {"mechanism": "per_output", "rate": "0.1"}]
    where = ("territories", "models", "services")
    twice("deals/all", lambda all_: DEAL | dict.fromkeys(where, all_) | {"terms": [terms | {"uses": all_} for terms in uses]})
    twice("works/all", lambda all_: {"title": "All", "kind": "recording", "shares": [{"party": "ann", "share": "1", "territories": all_}]})
    mandate = {"society": "stim", "rights": ["recording"]}
    register(registered, "stim", "society")
    twice("parties/ann", lambda all_: ANN | {"mandates": [mandate | {"uses": all_, "territories": all_}]})
    member = {"party": "cy", "name": "Cy", "country": "SE", "rights": ["recording"], "uses": "*", "territories": "*"}
    assert Member.model_validate(member) == Member.model_validate(member | {"uses": ["*"], "territories": ["*"]})
    assert TariffRate.model_validate({"admin_fee": "0.1", "uses": "*"}) == TariffRate.model_validate({"admin_fee": "0.1", "uses": ["*"]})
