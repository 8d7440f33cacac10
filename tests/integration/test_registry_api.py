"""Registering through HTTP: what is kept, what is refused, who may see it."""

from typing import Any

import pytest

from local.gateway import Response
from local.stack import Stack
from overtone.api.paging import PAGE_DEFAULT
from overtone.facts.mapping import Mapping

ANN: dict[str, Any] = {
    "name": "Ann",
    "kind": "creator",
    "country": "SE",
    "payout": {
        "currency": "SEK",
        "method": "sepa",
        "iban": "SE4550000000058398257466",
        "account_type": "checking",
        "threshold": "100",
        "period": "month",
    },
}
ISRC = "isrc:SEABC2600001"
WORK: dict[str, Any] = {"title": "Song", "kind": "recording", "identifiers": [ISRC], "shares": [{"party": "ann", "share": "1"}]}
DEAL: dict[str, Any] = {
    "licensee": "fox",
    "licensor": "ann",
    "currency": "SEK",
    "from": "2026-01-01",
    "terms": [{"mechanism": "micro_royalty", "rate": "0.1"}],
}


def put(stack: Stack, path: str, body: object, party: str | None, scope: str = "registry.write") -> Response:
    return stack.http("PUT", f"/v1/{path}", party=party, scope=scope, json=body)


def get(stack: Stack, path: str, party: str | None, scope: str = "statements.read") -> Response:
    return stack.http("GET", f"/v1/{path}", party=party, scope=scope)


def register(stack: Stack, name: str, kind: str = "creator", **more: object) -> None:
    assert put(stack, f"parties/{name}", {"name": name.title(), "kind": kind, "country": "SE"} | more, name).status == 201


def faults(reply: Response) -> list[str]:
    assert reply.headers["content-type"] == "application/problem+json"
    return [fault["field"] for fault in reply.json().get("errors", [])]


@pytest.fixture
def registered(stack: Stack) -> Stack:
    assert put(stack, "parties/ann", ANN, "ann").status == 201
    register(stack, "bob")
    register(stack, "fox", "licensee")
    return stack


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


# --- tenancy


def test_nobody_registers_with_anothers_id(registered: Stack) -> None:
    before = registered.items("RegistryTable")
    attempts = [
        put(registered, "parties/ann", ANN | {"name": "Mallory"}, "bob"),
        put(registered, "parties/ann", ANN | {"id": "ann"}, "bob"),
        put(registered, "parties/new", ANN, "bob"),
        put(registered, "parties/ann", ANN, None),
        put(registered, "works/w-1", WORK | {"owner": "ann"}, "bob"),
        put(registered, "works/w-1", WORK, None),
        put(registered, "deals/d-1", DEAL, "bob"),
        put(registered, "deals/d-1", DEAL | {"licensor": None}, "ann"),
        put(registered, "deals/d-1", DEAL | {"licensor": None}, "fox"),
        put(registered, "parties/bob/clients/c1", {}, "bob"),
        put(registered, "parties/bob/clients/c1", {}, "bob", "registry.write finance"),
    ]
    assert [reply.status for reply in attempts] == [403] * len(attempts)
    assert registered.items("RegistryTable") == before


def test_anothers_work_stays_as_it_is(registered: Stack) -> None:
    put(registered, "works/w-1", WORK, "ann")
    stolen = WORK | {"shares": [{"party": "bob", "share": "1"}]}
    assert put(registered, "works/w-1", stolen, "bob").status == 403
    assert put(registered, "works/w-1", stolen | {"owner": "bob"}, "bob").status == 403
    assert get(registered, "works/w-1", "bob").json()["shares"] == WORK["shares"]


def test_an_admin_transfers_a_work(registered: Stack) -> None:
    put(registered, "works/w-1", WORK, "ann")
    assert put(registered, "works/w-1", WORK | {"owner": "zed"}, None, "admin").status == 422
    moved = put(registered, "works/w-1", WORK | {"owner": "bob"}, None, "admin").json()
    assert (moved["owner"], moved["version"], moved["author"]) == ("bob", 2, "admin")
    assert put(registered, "works/w-1", WORK, "ann").status == 403
    assert put(registered, "works/w-1", WORK | {"title": "Mine now"}, "bob").status == 200


@pytest.mark.parametrize(
    "path",
    [
        "parties/..%2Fadmin",
        "parties/a%23b",
        "works/%2e%2e",
        "works/a%2Fb",
        "deals/a%00b",
        "parties/" + "a" * 129,
        "works/%F0%9F%8E%B5",
        "parties/%20",
    ],
)
def test_ids_cannot_leave_their_place(stack: Stack, path: str) -> None:
    for reply in (put(stack, path, ANN, None, "admin"), get(stack, path, None, "admin")):
        assert reply.status in {404, 422}
    assert stack.items("RegistryTable") == []


def test_bank_details_are_for_the_party_and_finance(registered: Stack) -> None:
    for party, scope in [("ann", "statements.read"), (None, "finance"), (None, "admin")]:
        assert get(registered, "parties/ann", party, scope).json()["payout"].items() >= ANN["payout"].items()
    for path in ("parties/ann", "parties/ann/versions"):
        seen = get(registered, path, "bob").text
        assert "Ann" in seen
        assert not any(secret in seen for secret in ("payout", "iban", "SE4550000000058398257466", "withholding", "on_hold"))


def test_a_society_sees_the_mandates_it_was_given_and_no_others(registered: Stack) -> None:
    register(registered, "stim", "society")
    register(registered, "gema", "society")
    mandates = [{"society": name, "rights": ["composition"], "uses": ["training"], "admin_fee": "0.1"} for name in ("stim", "gema")]
    assert put(registered, "parties/ann", ANN | {"mandates": mandates, "effective_from": "2026-01-01"}, "ann").status == 200
    assert [mandate["society"] for mandate in get(registered, "parties/ann", "stim").json()["mandates"]] == ["stim"]
    assert "mandates" not in get(registered, "parties/ann", "bob").json()


def test_a_deal_is_its_parties_secret(registered: Stack) -> None:
    assert put(registered, "deals/d-1", DEAL, "ann").status == 201
    for party, scope in [("ann", "statements.read"), ("fox", "disclosures.write"), (None, "finance"), (None, "admin")]:
        assert get(registered, "deals/d-1", party, scope).json()["terms"][0]["rate"] == "0.1"
    for path in ("deals/d-1", "deals/d-1/versions", "deals/d-1?as_of=2026-01-01"):
        hidden, absent = get(registered, path, "bob"), get(registered, path.replace("d-1", "d-2"), "bob")
        assert hidden.status == absent.status == 404
        said = absent.json() | {"request_id": hidden.json()["request_id"], "detail": absent.json()["detail"].replace("d-2", "d-1")}
        assert hidden.json() == said


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


def test_mandates_end_somewhere(registered: Stack) -> None:
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
    other = put(registered, "deals/d-2", DEAL | {"mfn_group": "m", "licensor": "bob", "currency": "USD"}, "bob")
    assert (other.status, faults(other)) == (422, ["mfn_group"])


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


def test_works_are_found_by_what_names_them_and_by_whose_they_are(registered: Stack) -> None:
    shares = [{"party": "ann", "share": "0.5"}, {"party": "bob", "share": "0.5"}]
    for n in range(3):
        put(registered, f"works/w-{n}", WORK | {"identifiers": [f"isrc:SEABC260000{n}"], "shares": shares}, "ann")
    found = get(registered, "works?identifier=ISRC:se-abc-26-00001", "fox").json()
    assert [work["id"] for work in found["items"]] == ["w-1"]
    assert get(registered, "works?identifier=isrc:SEABC2600009", "fox").json() == {"items": [], "next_cursor": None}
    for path, party, scope in [("works", "bob", "statements.read"), ("works?party=bob", None, "finance")]:
        assert [work["id"] for work in get(registered, path, party, scope).json()["items"]] == ["w-0", "w-1", "w-2"]
    first = get(registered, "works?limit=1", "bob").json()
    rest = get(registered, f"works?cursor={first['next_cursor']}", "bob").json()
    assert [[work["id"] for work in page["items"]] for page in (first, rest)] == [["w-0"], ["w-1", "w-2"]]
    assert rest["next_cursor"] is None
    assert get(registered, "works?party=bob", "ann").status == 403
    assert get(registered, "works", None).status == 403
    assert get(registered, "works?identifier=SEABC2600001", "ann").status == 422


def test_a_long_list_of_works_goes_on_where_it_ended(registered: Stack) -> None:
    rows = "".join(f"w-{n:03d},Song,ann:1\n" for n in range(PAGE_DEFAULT + 1))
    registered.http(
        "POST",
        "/v1/works:import",
        party="ann",
        scope="registry.write",
        body=f"work_id,title,shares\n{rows}",
        headers={"content-type": "text/csv"},
    )
    first = get(registered, "works", "ann").json()
    assert (len(first["items"]), first["items"][-1]["id"]) == (PAGE_DEFAULT, f"w-{PAGE_DEFAULT - 1:03d}")
    rest = get(registered, f"works?cursor={first['next_cursor']}", "ann").json()
    assert ([work["id"] for work in rest["items"]], rest["next_cursor"]) == ([f"w-{PAGE_DEFAULT:03d}"], None)


def test_works_are_found_by_words_of_their_titles(registered: Stack) -> None:
    titles = {"t-1": "Små grodorna", "t-2": "The Little Frogs (Små grodorna)", "t-3": "Grodor"}
    for name, title in titles.items():
        assert put(registered, f"works/{name}", {"title": title, "kind": "recording"}, "bob").status == 201
    renamed = {"title": "Frogs", "kind": "recording"}
    put(registered, "works/t-1", renamed, "bob")

    def ids(query: str) -> list[str]:
        return [work["id"] for work in get(registered, f"works?{query}", "fox", "disclosures.write").json()["items"]]

    assert (ids("title=GRODORNA"), ids("title=sma%20little"), ids("title=frogs"), ids("title=!")) == (["t-2"], ["t-2"], ["t-1", "t-2"], [])
    page = get(registered, "works?title=frogs&limit=1", "fox", "disclosures.write").json()
    assert [work["id"] for work in page["items"]] == ["t-1"]
    assert ids(f"title=frogs&cursor={page['next_cursor']}") == ["t-2"]
    refused = get(registered, "works?titel=frogs", "fox", "disclosures.write")
    assert (refused.status, "known are cursor, identifier, limit, party, title" in refused.json()["detail"]) == (400, True)


def test_finance_lists_all_parties_and_works_and_others_their_own(registered: Stack) -> None:
    assert put(registered, "works/l-1", {"title": "Listed", "kind": "recording"}, "bob").status == 201
    everybody = get(registered, "parties", None, "finance").json()["items"]
    assert [party["id"] for party in everybody] == sorted(party["id"] for party in everybody)
    assert {"ann", "bob", "fox"} <= {party["id"] for party in everybody}
    assert [party["id"] for party in get(registered, "parties", "bob").json()["items"]] == ["bob"]
    pages, cursor = [], ""
    while True:
        page = get(registered, f"parties?limit=1{cursor}", None, "finance").json()
        pages += [party["id"] for party in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert pages == [party["id"] for party in everybody]
    assert [work["id"] for work in get(registered, "works", None, "finance").json()["items"]] == ["l-1"]
