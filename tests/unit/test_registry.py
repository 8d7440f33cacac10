"""The models: what a party, a mandate and a work are, and what they cannot be."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overtone import fields
from overtone.errors import Rejected
from overtone.rights import registry
from overtone.rights.registry import Mandate, Party, Permission, Work

PARTY: dict[str, Any] = {"name": "Ann", "kind": "creator", "country": "SE"}
WORK: dict[str, Any] = {
    "title": "Song",
    "kind": "recording",
    "identifiers": ["isrc:SEABC2600001"],
    "shares": [{"party": "ann", "share": "1"}],
}
MANDATE: dict[str, Any] = {"society": "stim", "rights": ["composition"], "uses": ["training"]}


def refused(model: type[fields.Model], content: object) -> list[str]:
    with pytest.raises(Rejected) as error:
        fields.validated(model, content, "it")
    return [fault.field for fault in error.value.faults]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": "   "}, "name"),
        ({"name": "Ann\nLarsson"}, "name"),
        ({"name": "Ann\x00"}, "name"),
        ({"kind": "robot"}, "kind"),
        ({"country": "Sweden"}, "country"),
        ({"payout": {"currency": "SEK", "iban": "SE00"}}, "payout.iban"),
        ({"payout": {"currency": "SEK", "bic": "X"}}, "payout.bic"),
        ({"payout": {"currency": "SEK", "threshold": "-1"}}, "payout.threshold"),
        ({"payout": {"currency": "SEK", "threshold": 10.0}}, "payout.threshold"),
        ({"withholding_rate": "1.5"}, "withholding_rate"),
        ({"withholding_rate": 0.3}, "withholding_rate"),
        ({"shards": 0}, "shards"),
        ({"shards": 65}, "shards"),
        ({"shards": True}, "shards"),
        ({"on_hold": "no"}, "on_hold"),
        ({"mandates": [MANDATE | {"rights": []}]}, "mandates.0.rights"),
        ({"mandates": [MANDATE | {"uses": ["any"]}]}, "mandates.0.uses.0"),
        ({"mandates": [MANDATE | {"admin_fee": "0.6", "cultural_deduction": "0.5"}]}, "mandates.0.cultural_deduction"),
        ({"mandates": [MANDATE] * (registry.MANDATES_MAX + 1)}, "mandates"),
        ({"password": "x"}, "password"),
    ],
)
def test_a_party_that_is_none_is_refused_by_its_field(change: dict[str, object], field: str) -> None:
    assert refused(Party, PARTY | change) == [field]


def test_limits_hold_at_the_limit() -> None:
    full = PARTY | {"name": "x" * 200, "shards": 64, "mandates": [MANDATE] * registry.MANDATES_MAX}
    assert len(Party.model_validate(full).mandates) == registry.MANDATES_MAX
    shares = [{"party": f"p{n}", "share": "0"} for n in range(registry.SHARES_MAX)]
    identifiers = [f"isrc:SEABC26{n:05d}" for n in range(registry.IDENTIFIERS_MAX)]
    full = WORK | {"title": "x" * 500, "shares": shares, "identifiers": identifiers}
    assert len(Work.model_validate(full).shares) == registry.SHARES_MAX
    assert refused(Work, WORK | {"shares": [*shares, {"party": "one-more", "share": "0"}]}) == ["shares"]
    assert refused(Work, WORK | {"identifiers": [*identifiers, "isrc:SEABC2699999"]}) == ["identifiers"]
    assert refused(Work, WORK | {"title": "x" * 501}) == ["title"]
    licensees = {f"l{n}": "deny" for n in range(registry.LICENSEES_MAX)}
    assert Permission.model_validate({"licensees": licensees}).for_licensee("l0").default == "deny"
    assert refused(Permission, {"licensees": licensees | {"one-more": "deny"}}) == ["licensees"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": "lyrics"}, "kind"),
        ({"identifiers": ["iswc:T0345246801"]}, "identifiers"),
        ({"identifiers": ["isrc:SEABC2600001", "isrc:se-abc-26-00001"]}, "identifiers"),
        ({"identifiers": ["SEABC2600001"]}, "identifiers.0"),
        ({"kind": "composition", "identifiers": [], "composition": "c-1"}, "composition"),
        ({"composition": "a/b"}, "composition"),
        ({"shares": [{"party": "ann", "share": "0.5"}, {"party": "ann", "share": "0.5"}]}, "shares"),
        ({"shares": [{"party": "ann", "share": 0.5}]}, "shares.0.share"),
        ({"shares": [{"party": "ann", "share": "-0.5"}]}, "shares.0.share"),
        ({"shares": [{"party": "ann", "share": "0.0000000001"}]}, "shares.0.share"),
        ({"shares": [{"party": "ann"}]}, "shares.0.share"),
        ({"permissions": {"training": {"default": "limit"}}}, "permissions.training"),
        ({"permissions": {"training": {"default": "allow", "max_share": "0.5"}}}, "permissions.training"),
        ({"permissions": {"training": {"licensees": {"a": {"licensees": {"b": "deny"}}}}}}, "permissions.training.licensees"),
        ({"permissions": {"sync": {"default": "allow"}}}, "permissions.sync"),
        ({"disputed": "yes"}, "disputed"),
    ],
)
def test_a_work_that_is_none_is_refused_by_its_field(change: dict[str, object], field: str) -> None:
    assert refused(Work, WORK | change) == [field]


def test_silence_is_kept_as_silence_and_a_licensee_has_its_own_word() -> None:
    assert Permission().for_licensee("songfox").default is None
    limited = {"default": "limit", "max_share": "0.1"}
    permission = Permission.model_validate({"default": "allow", "licensees": {"songfox": "deny", "loudmind": limited}})
    assert permission.for_licensee("songfox").default == "deny"
    assert permission.for_licensee("loudmind").max_share == 10**8
    assert permission.for_licensee("anybody").default == "allow"


@given(
    st.sets(st.sampled_from(["recording", "composition"]), min_size=1),
    st.sets(st.sampled_from(["training", "generation", "output", "play", "levy"]), min_size=1),
    st.sets(st.sampled_from(["SE", "US", "*"]), min_size=1),
    st.sampled_from(["SE", "US", "DE", "*"]),
)
def test_a_mandate_covers_what_it_names_and_no_more(rights: set[str], uses: set[str], territories: set[str], there: str) -> None:
    mandate = Mandate.model_validate(MANDATE | {"rights": sorted(rights), "uses": sorted(uses), "territories": sorted(territories)})
    in_territory = there == "*" or "*" in territories or there in territories
    assert mandate.fits("recording", "play", there) == ("recording" in rights and "play" in uses and in_territory)


def test_an_overclaim_is_visible_and_not_refused() -> None:
    shares = [{"party": "ann", "share": "0.7"}, {"party": "bob", "share": "0.7"}]
    assert Work.model_validate(WORK | {"shares": shares}).claimed == 1_400_000_000


def test_permissions_nested_a_thousand_times_are_refused_and_nothing_breaks() -> None:
    nested: dict[str, Any] = {"default": "allow"}
    for _ in range(1_000):
        nested = {"default": "allow", "licensees": {"a": nested}}
    with pytest.raises(Rejected):
        fields.validated(Work, WORK | {"permissions": {"training": nested}}, "it")


def test_names_in_every_script_are_names() -> None:
    for name in ("Björk Guðmundsdóttir", "坂本 龍一", "أم كلثوم", "  Ann  ", "P!nk", "💿"):
        assert Party.model_validate(PARTY | {"name": name}).name == name.strip()
