"""Whose registry entries are whose: nobody writes as another, and what is secret stays so."""

import pytest

from local.stack import Stack
from tests.integration.registering import ANN, DEAL, WORK, get, put, register

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
