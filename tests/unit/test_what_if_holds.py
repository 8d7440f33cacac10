"""What must hold of what-ifs whatever the facts and the change: they are what a settlement of facts that say so would be, they compose,
a change of nothing changes nothing, and what is owed goes somewhere to the pico."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import orjson
from hypothesis import example, given, settings
from hypothesis import strategies as st

from overtone.formats import what_if_csv, what_if_page
from overtone.money import format_amount
from overtone.scenarios import comparison, outcome
from overtone.scenarios.comparison import AFTER, BEFORE, Comparison
from overtone.scenarios.lens import Lens
from overtone.scenarios.viewer import Viewer
from overtone.settlement.books import BookEntry, in_order
from tests.model.settling import settled
from tests.unit.random_changes import ASKED, Changes
from tests.unit.random_deals import MONTHS
from tests.unit.random_facts import World
from tests.unit.scenarios import CUTOFF, Outcome, settle
from tests.unit.stories import LAB, Story

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.unit.scenarios import Facts

SEEDS = st.integers(0, 2**32 - 1)
FEWER = settings(max_examples=max(8, settings().max_examples // 5))
"""Each example settles a world several times."""
ABOUT = ASKED | {"basis": {"settlement_id": "", "cutoff": CUTOFF}}


def lens(*steps: dict[str, Any]) -> Lens:
    return Lens.of(orjson.loads(orjson.dumps(steps)))


def book(found: Outcome) -> list[bytes]:
    keys = list(in_order(found.postings))
    return [BookEntry(key, found.postings[key], "").encode() for key in keys]


def compared(before: Outcome, after: Outcome, viewer: Viewer | None = None) -> Comparison:
    sums = Comparison(viewer or Viewer())
    sums.add(comparison.of_books(book(before), book(after)))
    return sums


def told(sums: Comparison) -> dict[str, Any]:
    return outcome.document(ABOUT, sums, titled)


def titled(ids: Iterable[str]) -> dict[str, str]:
    return {name: name.title() for name in ids}


def drawn(seed: int) -> tuple[Facts, Changes]:
    rng = Random(seed)
    return World(rng).facts(), Changes(rng)


@FEWER
@given(SEEDS)
@example(2**26)
def test_a_what_if_is_what_a_settlement_of_such_facts_would_be(seed: int) -> None:
    facts, changes = drawn(seed)
    change, changed = changes.drawn(facts)
    found = settle(facts, MONTHS, lens=lens(change))
    expected = {tuple(key): tuple(line) for key, line in settled(changed, list(MONTHS), CUTOFF, "2026-12").items()}
    assert _but_repertoire(found.amounts(), change) == _but_repertoire(expected, change)


def test_a_threshold_also_holds_for_a_pool_with_tiers() -> None:
    facts = json.loads((Path(__file__).parent / "worlds" / "cap-that-came-later.json").read_text(encoding="utf-8")) | {"rates": {}}
    facts["disclosures"] = [
        {"output_id": "out0", "revision": 0, "confidence": "0.3", "model": "fox-1", "shares": {"isrc:SEABC2600001": "1"}}
    ]
    facts["revenue"] = [{"licensee": "fox", "month": "2026-10", "currency": "USD", "net_revenue": "100", "subscribers": 0, "revision": 0}]
    (content, _) = (version["content"] for version in facts["deals"]["deal0"])
    content["terms"] = [
        {"mechanism": "revenue_pool", "basis": "usage", "tiers": [{"from": "0", "revenue_share": "0.1"}], "tier_period": "month"}
    ]
    facts["deals"]["deal0"] = facts["deals"]["deal0"][:1]
    stated, said = settle(facts, MONTHS).amounts(), {"min_confidence": "0.5", "fallback": "suspense"}
    found = settle(facts, MONTHS, lens=lens({"attribution": [{"deals": ["*"]} | said]})).amounts()
    content["terms"][0]["confidence"] = {"min": "0.5", "fallback": "suspense"}
    assert stated != found == settle(facts, MONTHS).amounts()
    assert {key[8] for key in found} == {"suspense"}


def test_what_is_given_to_those_who_were_paid_is_owed_by_whoever_owes_in_the_what_if() -> None:
    """Not by whoever owed when finance posted that what waits is given."""
    story = Story().work("song", {"ann": "0.5"}).deal("open", None, {"mechanism": "per_output", "rate": "1"}).output("o", {"song": "1"})
    story.used("o", 2).used("o", 4, reporter="gnu").facts["liquidations"].append({"deal_id": "open", "month": "2026-10", "licensee": LAB})
    other = story.facts["deals"]["open"][0]["content"] | {"licensee": "gnu"}
    for step, licensee, amount in (({}, LAB, "1"), ({"deals": [{"replace": "open", "deal": other}]}, "gnu", "2")):
        found = settle(story.facts, ("2026-10",), lens=lens(step) if step else None).postings
        given = {(key.licensee, format_amount(posting.amount)) for key, posting in found.items() if key.mechanism == "liquidation"}
        assert given == {(licensee, amount), (licensee, f"-{amount}")}


def _but_repertoire(amounts: dict[tuple[str, ...], Any], change: dict[str, Any]) -> dict[tuple[str, ...], Any]:
    """Without what is shared over repertoires, where works are registered: a what-if's registrations join none."""
    shared = {"buyout", "minimum_guarantee", "licence_fee"} if "registry" in change else set()
    return {key: amount for key, amount in amounts.items() if key[2] not in shared}


@FEWER
@given(SEEDS)
def test_two_steps_are_their_composition_and_their_differences_add_up(seed: int) -> None:
    facts, changes = drawn(seed)
    first, between = changes.drawn(facts)
    second, _ = changes.drawn(between)
    worlds = [settle(facts, MONTHS), settle(facts, MONTHS, lens=lens(first)), settle(facts, MONTHS, lens=lens(first, second))]
    told = {**first, **second}
    one_by_one = settle(between, MONTHS, lens=lens(second)).amounts()
    assert _but_repertoire(worlds[2].amounts(), told) == _but_repertoire(one_by_one, told)
    legs = [compared(worlds[0], worlds[1]), compared(worlds[1], worlds[2])]
    for dimension, sums in compared(worlds[0], worlds[2]).sums.items():
        parts = [one.sums[dimension] for one in legs]
        for name in {*sums, *parts[0], *parts[1]}:
            moved = [of.get(name, [0, 0])[AFTER] - of.get(name, [0, 0])[BEFORE] for of in (*parts, sums)]
            assert moved[0] + moved[1] == moved[2]


@FEWER
@given(SEEDS)
def test_a_change_of_nothing_changes_nothing_to_the_byte(seed: int) -> None:
    facts, _ = drawn(seed)
    before, after = settle(facts, MONTHS), settle(facts, MONTHS, lens=lens({}))
    assert book(before) == book(after)
    sums = compared(before, after)
    for of_currency in told(sums)["currencies"]:
        assert of_currency["moved"]["gained"] == of_currency["moved"]["lost"] == "0"
        assert of_currency["lorenz"]["before"] == of_currency["lorenz"]["after"]
        assert {row["difference"] for table in ("payees", "works", "licensees", "sources") for row in of_currency[table]} <= {"0"}


@FEWER
@given(SEEDS)
def test_totals_are_conserved_and_files_are_one_function_of_the_facts(seed: int) -> None:
    facts, changes = drawn(seed)
    change, _ = changes.drawn(facts)
    worlds = settle(facts, MONTHS), settle(facts, MONTHS, lens=lens(change))
    sums = compared(*worlds)
    document = told(sums)  # raises where what is owed is not what is given
    for of_currency in document["currencies"]:
        totals = of_currency["totals"]
        for world in ("before", "after"):
            amounts = {name: _pico(figures[world]) for name, figures in totals.items()}
            assert amounts["owed"] == amounts["parties"] + amounts["suspense"] + amounts["residue"]
            assert amounts["owed"] == sum(
                posting.amount for key, posting in worlds[world == "after"].postings.items() if key.currency == of_currency["currency"]
            )
    again = compared(*worlds)
    assert list(what_if_csv.tables(again, titled)) == list(what_if_csv.tables(sums, titled))
    assert what_if_page.render(document) == what_if_page.render(told(again))


def _pico(text: str) -> int:
    whole, _, part = text.lstrip("-").partition(".")
    return int(whole + part.ljust(12, "0")) * (-1 if text.startswith("-") else 1)


@FEWER
@given(SEEDS)
def test_a_party_sees_its_own_deals_and_money_alone(seed: int) -> None:
    facts, changes = drawn(seed)
    change, _ = changes.drawn(facts)
    worlds = settle(facts, MONTHS), settle(facts, MONTHS, lens=lens(change))
    deals = frozenset(name for name, versions in facts["deals"].items() if any(one["content"]["licensor"] == "ann" for one in versions))
    sums = compared(*worlds, Viewer("ann", deals))
    mine = sum(
        posting.amount
        for key, posting in worlds[1].postings.items()
        if key.currency == "USD" and (key.deal_id in deals or "ann" in {key.party_id, key.member_id})
    )
    assert sum(both[AFTER] for name, both in sums.sums["owed"].items() if name[0] == "USD") == mine
    rows = [row for of_currency in told(sums)["currencies"] for row in of_currency["payees"]]
    assert _others(row["payee"] for row in rows) == []
    assert {row["name"] for row in rows if row["payee"].startswith("masked-")} <= {""}
    assert {"bo", "cy", "soc", "Bo", "Cy", "Soc"}.isdisjoint(
        cell for name, body, _ in what_if_csv.tables(sums, titled) if name == "payees.csv" for cell in body.decode().split(",")
    )


def _others(payees: Iterable[str]) -> list[str]:
    return [payee for payee in payees if payee != "ann" and not payee.startswith("masked-")]
