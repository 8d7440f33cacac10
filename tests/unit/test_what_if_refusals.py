"""Nonsense in a scenario is refused with the path to it, and a party's scenario speaks of its own deals alone."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import pytest

from overtone.errors import Forbidden, Rejected
from overtone.fields import validated
from overtone.scenarios import rules
from overtone.scenarios.change import NAMED_MAX, STEPS_MAX
from overtone.scenarios.lens import Lens
from overtone.scenarios.requests import MONTHS_MAX, WhatIfRequest
from tests.unit.snapshots import snapshot
from tests.unit.stories import LAB, Story

if TYPE_CHECKING:
    from overtone.rights.versions import Entity
    from overtone.settlement.deals import Deal

TERMS = [{"mechanism": "per_output", "revenue_share": "0.1"}]
DEAL = {"licensee": LAB, "licensor": "ann", "currency": "USD", "from": "2026-01-01", "terms": TERMS}
ASKED = {"what_if_id": "w", "months": ["2026-10"]}


def asked(change: Any, **more: Any) -> WhatIfRequest:
    return validated(WhatIfRequest, ASKED | {"change": change} | more, "the what-if")


def paths(error: Rejected) -> list[str]:
    return [fault.field for fault in error.faults]


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"deals": [{"replace": "x"}]}, "change.0.deals.0"),
        ({"deals": [{"replace": "x", "add": "y", "deal": DEAL}]}, "change.0.deals.0"),
        ({"deals": [{"add": "y"}]}, "change.0.deals.0"),
        ({"deals": [{"end": "x", "deal": DEAL}]}, "change.0.deals.0"),
        ({"deals": [{"replace": "x", "patch": {"pays": None}, "on": "2026-10-01"}]}, "change.0.deals.0"),
        ({"deals": [{"replace": "x", "patch": {}}]}, "change.0.deals.0.patch"),
        ({"deals": [{"end": "x", "on": "2026-13-01"}]}, "change.0.deals.0.on"),
        ({"deals": [{"add": "y", "deal": DEAL | {"terms": []}}]}, "change.0.deals.0.deal.terms"),
        ({"deals": [{"add": "y", "deal": DEAL | {"currency": "XXX"}}]}, "change.0.deals.0.deal.currency"),
        ({"levies": [{"replace": "l"}]}, "change.0.levies.0"),
        ({"levies": [{"replace": "l", "formula": "capped_influence"}]}, "change.0.levies.0"),
        ({"levies": [{"replace": "l", "amount": "1", "cap": "5"}]}, "change.0.levies.0"),
        ({"levies": [{"replace": "l", "amount": "1", "month": "2026-10"}]}, "change.0.levies.0"),
        ({"levies": [{"replace": "l", "distribution": {"formula": "loudness"}}]}, "change.0.levies.0.distribution"),
        ({"levies": [{"replace": "l", "distribution": {"party": "a"}, "formula": "equal"}]}, "change.0.levies.0"),
        ({"levies": [{"add": "l", "amount": "1", "distribution": {"party": "a"}}]}, "change.0.levies.0"),
        ({"permissions": [{"works": ["w"]}]}, "change.0.permissions.0"),
        ({"permissions": [{"works": ["w"], "training": {"default": "limit"}}]}, "change.0.permissions.0.training"),
        ({"consent": [{"deals": ["x"], "consent": "perhaps"}]}, "change.0.consent.0.consent"),
        ({"consent": [{"deals": [], "consent": "opt_in"}]}, "change.0.consent.0.deals"),
        ({"attribution": [{}]}, "change.0.attribution.0"),
        ({"attribution": [{"method": "m", "deals": ["x"]}]}, "change.0.attribution.0"),
        ({"attribution": [{"noise": {"shares": "0.1", "confidence": "0"}, "deals": ["*", "x"]}]}, "change.0.attribution.0"),
        ({"attribution": [{"noise": {"shares": "0.1"}}]}, "change.0.attribution.0.noise.confidence"),
        ({"attribution": [{"noise": {"shares": "0.1", "confidence": "0", "draw": 0}}]}, "change.0.attribution.0.noise.draw"),
        ({"attribution": [{"method": ""}]}, "change.0.attribution.0.method"),
        ({"attribution": [{"min_confidence": "1.1"}]}, "change.0.attribution.0.min_confidence"),
        ({"attribution": [{"min_confidence": 0.6}]}, "change.0.attribution.0.min_confidence"),
        ({"registry": [{"keys": ["isrc:nonsense"], "shares": [{"party": "a", "share": "1"}]}]}, "change.0.registry.0.keys.0"),
        ({"registry": [{"keys": ["*"], "shares": []}]}, "change.0.registry.0.shares"),
        ({"eligibility": [{"deals": ["*"], "eligibility": {"min_uses": -1}}]}, "change.0.eligibility.0.eligibility.min_uses"),
        ({"weather": []}, "change.0.weather"),
        ([{}, {"weather": []}], "change.1.weather"),
        ([{}] * (STEPS_MAX + 1), "change"),
        ({"consent": [{"deals": ["x"] * (NAMED_MAX + 1), "consent": "opt_in"}]}, "change.0.consent.0.deals"),
    ],
)
def test_nonsense_is_refused_with_its_path(change: Any, path: str) -> None:
    with pytest.raises(Rejected) as refused:
        asked(change)
    assert any(found.startswith(path) for found in paths(refused.value)), paths(refused.value)


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ({"months": []}, "months"),
        ({"months": ["2026-10", "2026-10"]}, "months"),
        ({"months": [f"2026-{number:02d}" for number in range(1, 13)] + ["2027-01"]}, "months"),
        ({"compare": "../x"}, "compare"),
        ({"what_if_id": "a/b"}, "what_if_id"),
    ],
)
def test_a_request_is_checked_whole(more: dict[str, Any], path: str) -> None:
    with pytest.raises(Rejected) as refused:
        asked({}, **more)
    assert any(found.startswith(path) for found in paths(refused.value)), paths(refused.value)
    assert len(asked([{}] * STEPS_MAX, months=[f"2026-{number:02d}" for number in range(1, MONTHS_MAX + 1)]).change) == STEPS_MAX


def registered() -> dict[str, Entity[Deal]]:
    story = Story().deal("mine", "ann", *TERMS).deal("other", "bo", *TERMS, mfn_group="best").deal("open", None, *TERMS)
    return dict(snapshot(story.facts, "2027", {}).deals)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"deals": [{"end": "gone"}]}, "change.0.deals.0.end"),
        ({"deals": [{"replace": "gone", "patch": {"to": "2026-12-31"}}]}, "change.0.deals.0.replace"),
        ({"deals": [{"add": "mine", "deal": DEAL}]}, "change.0.deals.0.add"),
        ({"deals": [{"replace": "mine", "patch": {"currency": "XXX"}}]}, "change.0.deals.0.patch.currency"),
        ({"deals": [{"replace": "mine", "patch": {"to": "2020-01-01"}}]}, "change.0.deals.0.patch"),
        ({"consent": [{"deals": ["gone"], "consent": "opt_in"}]}, "change.0.consent.0.deals.0"),
        ({"attribution": [{"deals": ["mine", "gone"], "fallback": "suspense"}]}, "change.0.attribution.0.deals.1"),
        ([{"deals": [{"end": "mine"}]}, {"deals": [{"end": "mine"}]}], "change.1.deals.0.end"),
    ],
)
def test_what_is_not_there_cannot_be_changed(change: Any, path: str) -> None:
    with pytest.raises(Rejected) as refused:
        Lens(asked(change).change).deals(registered())
    assert paths(refused.value)[0] == path


def allowed(change: Any, party: str = "ann") -> None:
    steps, deals = asked(change).change, registered()
    rules.require_own(steps, party, deals)
    rules.require_within(steps, party, deals, Lens(steps).deals(deals), ["2026-10"])


@pytest.mark.parametrize(
    "change",
    [
        {"deals": [{"end": "other"}]},
        {"deals": [{"replace": "open", "patch": {"to": "2026-12-31"}}]},
        {"deals": [{"replace": "mine", "patch": {"mfn_group": "best"}}]},
        {"deals": [{"add": "new", "deal": DEAL | {"licensor": "bo"}}]},
        {"deals": [{"add": "new", "deal": DEAL | {"licensor": None}}]},
        {"deals": [{"add": "new", "deal": DEAL | {"mfn_group": "best"}}]},
        {"deals": [{"replace": "mine", "patch": {"licensor": "bo"}}]},
        {"deals": [{"replace": "mine", "patch": {"extended": True}}]},
        {"consent": [{"deals": ["mine"], "consent": "none"}]},
        {"consent": [{"deals": ["*"], "consent": "opt_in"}]},
        {"eligibility": [{"deals": ["other"], "eligibility": None}]},
        {"attribution": [{"min_confidence": "0.5"}]},
        {"levies": [{"replace": "l", "amount": "1"}]},
        {"registry": [{"keys": ["*"], "shares": [{"party": "ann", "share": "1"}]}]},
        {"permissions": [{"works": ["*"], "training": {"default": "allow"}}]},
    ],
)
def test_a_party_asks_for_its_own_deals_alone(change: Any) -> None:
    with pytest.raises(Forbidden):
        allowed(change)


def test_what_is_its_own_a_party_may_ask() -> None:
    allowed({"deals": [{"end": "mine"}]})
    allowed({"deals": [{"replace": "mine", "patch": {"terms": TERMS}}], "consent": [{"deals": ["mine"], "consent": "opt_out"}]})
    allowed([{"deals": [{"add": "new", "deal": DEAL}]}, {"attribution": [{"deals": ["new"], "min_confidence": "0.9"}]}])
    allowed({"deals": [{"replace": "other", "patch": {"to": "2026-12-31"}}]}, party="bo")


POOL: dict[str, Any] = {"mechanism": "revenue_pool", "share": "0.1", "basis": "usage"}


@pytest.mark.parametrize(
    ("scope", "pool", "reads_more"),
    [
        ({}, {"share": "0.2", "basis": "influence"}, False),
        ({}, {"share": "0", "tiers": [{"from": "0", "revenue_share": "0.2"}], "tier_period": "year"}, False),
        ({"services": ["free"]}, {}, False),
        ({"territories": ["SE"]}, {}, False),
        ({"territories": ["*"]}, {}, True),
        ({"territories": ["NO", "SE"], "services": ["free"]}, {}, True),
        ({}, {"minimum_per_subscriber": "1"}, True),
        ({}, {"minimum_per_use": "0.1"}, True),
        ({}, {"whole": "all"}, True),
        ({}, {"unattributed": True, "confidence": {"min": "0.6", "fallback": "suspense"}}, True),
    ],
)
def test_a_licensor_asks_for_a_pool_as_far_as_it_has_agreed_on_one(scope: Any, pool: Any, reads_more: bool) -> None:  # noqa: FBT001
    """A pool tells what its licensee reports to the operator: revenue, subscribers, all of its uses."""
    deals = dict(snapshot(Story().deal("mine", "ann", POOL, territories=["SE"]).facts, "2027", {}).deals)
    said = {"territories": ["SE"], "terms": [POOL | pool]} | scope
    for change in ({"deals": [{"replace": "mine", "patch": said}]}, {"deals": [{"add": "new", "deal": DEAL | said}]}):
        steps = asked(change).change
        for party, refused in (("ann", reads_more), (LAB, False)):
            with pytest.raises(Forbidden) if refused else nullcontext():
                rules.require_within(steps, party, deals, Lens(steps).deals(deals), ["2026-10"])


@pytest.mark.parametrize(
    ("months", "to", "reads_more"),
    [
        (["2026-08", "2026-09"], "2026-12-31", False),
        (["2026-09", "2026-10"], "2026-12-31", True),
        (["2026-10"], "2026-12-31", True),
        (["2026-10"], None, True),
        (["2026-10"], "2026-09-30", False),
    ],
)
def test_a_licensor_asks_for_the_months_in_which_it_has_agreed_on_a_pool(months: list[str], to: str | None, reads_more: bool) -> None:  # noqa: FBT001
    """A deal that had ended in September told its licensor October's revenue, if it asked what a longer one would have paid."""
    deals = dict(snapshot(Story().deal("mine", "ann", POOL, to="2026-09-30").facts, "2027", {}).deals)
    pool = {"terms": [POOL], "to": to}
    for change in ({"deals": [{"replace": "mine", "patch": {"to": to}}]}, {"deals": [{"add": "new", "deal": DEAL | pool}]}):
        steps = asked(change).change
        for party, refused in (("ann", reads_more), (LAB, False)):
            with pytest.raises(Forbidden) if refused else nullcontext():
                rules.require_within(steps, party, deals, Lens(steps).deals(deals), months)


def test_a_tail_is_agreed_on_too() -> None:
    deals = dict(snapshot(Story().deal("mine", "ann", POOL, to="2026-09-30", tail={"months": 2}).facts, "2027", {}).deals)
    steps = asked({"deals": [{"replace": "mine", "patch": {"tail": True}}]}).change
    rules.require_within(steps, "ann", deals, Lens(steps).deals(deals), ["2026-11"])
    with pytest.raises(Forbidden):
        rules.require_within(steps, "ann", deals, Lens(steps).deals(deals), ["2026-12"])
