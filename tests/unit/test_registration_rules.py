"""Who may register works and deals, and what they must say."""

import pytest

from overtone.errors import Conflict, Forbidden, Rejected
from overtone.rights import registration
from overtone.rights.registration import Actor
from overtone.rights.registry import Work
from overtone.settlement import deal_rules
from overtone.settlement.deals import Deal
from tests.unit.registered import ADMIN, ANN, BOB, FINANCE, entity, fields_of, party


def work(**change: object) -> Work:
    return Work.model_validate({"title": "Song", "kind": "recording", "shares": [{"party": "ann", "share": "1"}]} | change)


def deal(**change: object) -> Deal:
    terms = [{"mechanism": "micro_royalty", "rate": "0.1"}]
    return Deal.model_validate({"licensee": "fox", "licensor": "ann", "currency": "SEK", "from": "2026-01-01", "terms": terms} | change)


# --- works


def test_who_registers_a_work_administers_it() -> None:
    assert registration.work_owner(ANN, None, None) == "ann"
    assert registration.work_owner(ANN, None, "ann") == "ann"
    assert registration.work_owner(ANN, entity(work(), "w"), None) == "ann"
    for actor, before, asked in [
        (ANN, None, "bob"),
        (BOB, entity(work(), "w"), None),
        (Actor(""), None, None),
        (ANN, entity(work(), "w"), "bob"),
    ]:
        with pytest.raises(Forbidden):
            registration.work_owner(actor, before, asked)


def test_an_admin_registers_for_others_and_transfers() -> None:
    assert registration.work_owner(ADMIN, None, "ann") == "ann"
    assert registration.work_owner(ADMIN, entity(work(), "w"), None) == "ann"
    assert registration.work_owner(ADMIN, entity(work(), "w"), "bob") == "bob"
    assert registration.work_owner(ADMIN, None, None) == ""


def test_a_work_that_only_admins_administer_is_not_anybodys() -> None:
    with pytest.raises(Forbidden):
        registration.work_owner(Actor(""), entity(work(), "w", owner=""), None)


def test_a_work_names_registered_parties_and_a_composition() -> None:
    composition = work(kind="composition")
    new = work(composition="c", shares=[{"party": "ann", "share": "0.5"}, {"party": "zed", "share": "0.5"}])
    registration.check_work(new, {"ann", "zed"}, "ann", composition, {})
    for known, linked, expected in [
        ({"ann"}, composition, ["shares.1.party"]),
        ({"zed"}, None, ["shares.0.party", "owner", "composition"]),
        ({"ann", "zed"}, work(), ["composition"]),
    ]:
        with pytest.raises(Rejected) as error:
            registration.check_work(new, known, "ann", linked, {})
        assert fields_of(error) == expected


def test_an_identifier_names_one_work() -> None:
    new = work(identifiers=["isrc:SEABC2600001", "isrc:SEABC2600002"])
    with pytest.raises(Conflict) as error:
        registration.check_work(new, {"ann"}, "ann", None, {"isrc:SEABC2600002": "w-2"})
    assert fields_of(error) == ["identifiers.1"]
    assert "w-2" in error.value.detail


@pytest.mark.parametrize(
    ("shares", "word"),
    [(["1"], None), (["0.5", "0.5"], None), (["0.6", "0.5"], "disputed"), (["0.9"], "unclaimed_share"), ([], "unclaimed_share")],
)
def test_shares_that_do_not_add_up_are_taken_with_a_warning(shares: list[str], word: str | None) -> None:
    said = registration.warnings(work(shares=[{"party": f"p{n}", "share": share} for n, share in enumerate(shares)]))
    assert len(said) == (word is not None)
    assert word is None or word in said[0]


# --- deals


def test_a_deal_is_put_by_one_of_its_sides() -> None:
    deal_rules.allow_deal(ANN, deal(), None, entity(party()))
    deal_rules.allow_deal(Actor("fox"), deal(), None, entity(party()))
    deal_rules.allow_deal(ANN, deal(), entity(deal(), "d"), entity(party()))
    deal_rules.allow_deal(ADMIN, deal(licensor=None), None, None)
    for actor, new, before in [
        (Actor("cat"), deal(), None),
        (Actor("fox"), deal(consent="none"), None),
        (ANN, deal(consent="none"), None),
        (BOB, deal(), entity(deal(), "d")),
        (BOB, deal(licensor="bob"), entity(deal(), "d")),
        (ANN, deal(licensor=None), None),
        (Actor(""), deal(licensor=None), None),
        (FINANCE, deal(), None),
    ]:
        with pytest.raises(Forbidden):
            deal_rules.allow_deal(actor, new, before, entity(party()))


def test_only_a_society_that_an_admin_knows_binds_those_who_did_not_sign() -> None:
    stim, extended = Actor("stim"), deal(licensor="stim", extended=True)
    deal_rules.allow_deal(stim, extended, None, entity(party(kind="society"), "stim", "stim", author="admin"))
    deal_rules.allow_deal(ADMIN, extended, None, entity(party(kind="society"), "stim", "stim", author="stim"))
    for licensor in (entity(party(kind="society"), "stim", "stim", author="stim"), entity(party(), "stim", "stim", author="admin"), None):
        with pytest.raises(Forbidden):
            deal_rules.allow_deal(stim, extended, None, licensor)


def test_a_deal_names_registered_parties_and_keeps_them() -> None:
    known = {"fox", "ann"}
    deal_rules.check_deal(deal(), known, None)
    deal_rules.check_deal(deal(currency="USD"), known, entity(deal(), "d"))
    advance = [{"mechanism": "advance", "amount": "10", "party": "zed"}]
    for new, before, expected in [
        (deal(licensee="cat"), None, ["licensee"]),
        (deal(licensor="zed", terms=advance), None, ["terms.0.party", "licensor"]),
        (deal(licensee="ann"), None, ["licensor"]),
        (deal(licensor=None), entity(deal(), "d"), ["licensor"]),
        (deal(), entity(deal(licensee="cat"), "d"), ["licensee"]),
    ]:
        with pytest.raises(Rejected) as error:
            deal_rules.check_deal(new, known, before)
        assert fields_of(error) == expected


def test_most_favoured_deals_share_a_currency() -> None:
    others = {"d-1": entity(deal(mfn_group="majors", currency="USD"), "d-1"), "d-2": entity(deal(mfn_group="indies"), "d-2")}
    deal_rules.check_mfn("d-3", deal(mfn_group="indies"), others)
    deal_rules.check_mfn("d-3", deal(mfn_group="majors", licensee="cat"), others)
    deal_rules.check_mfn("d-1", deal(mfn_group="majors"), others)
    with pytest.raises(Rejected) as error:
        deal_rules.check_mfn("d-3", deal(mfn_group="majors"), others)
    assert fields_of(error) == ["mfn_group"]
