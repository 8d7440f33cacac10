"""What must hold of entitlements whatever the facts: the slow model's figures, conservation, Shapley's axioms, and no trace of how
the work was divided, ordered or repeated."""

from __future__ import annotations

import ast
import json
from collections import defaultdict
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from overtone.lines import NOTHING, LineKey, Posting
from overtone.money import parse_amount
from overtone.partitions import spread
from overtone.settlement.books import BookEntry, in_order, post
from tests import model
from tests.model.breaching import breached
from tests.model.settling import Chain, settled
from tests.unit.random_deals import LATE, MONTHS
from tests.unit.scenarios import CUTOFF, Division, settle
from tests.unit.settled import posted
from tests.unit.worlds_drawn import FEW, world

if TYPE_CHECKING:
    from collections.abc import Mapping

    from overtone.settlement.residue import SettledResidue
    from tests.unit.scenarios import Facts, Outcome


SEEDS = st.integers(0, 2**32 - 1)

DIVISIONS = st.builds(Division, st.integers(1, 5), st.integers(1, 4), st.integers(1, 4), SEEDS, st.booleans())

EARLY = "2027-01-10T00:00:00.000000Z"

THROUGH = st.sampled_from(["2026-11", "2026-12"])


# --- the model


@given(SEEDS, DIVISIONS, st.sampled_from([EARLY, CUTOFF]), THROUGH)
def test_the_package_and_the_slow_model_agree_on_every_line(seed: int, division: Division, cutoff: str, through: str) -> None:
    facts = world(seed)
    months = [month for month in MONTHS if month <= through]
    outcome = settle(facts, months, cutoff=cutoff, through=through, division=division)
    expected = {tuple(key): tuple(line) for key, line in settled(facts, months, cutoff, through).items()}
    assert outcome.amounts() == expected


@FEW
@given(SEEDS, DIVISIONS)
def test_settlement_after_settlement_they_agree_on_residue_too(seed: int, division: Division) -> None:
    _agree_one_after_another(world(seed), division)


def _agree_one_after_another(facts: Facts, division: Division) -> None:
    """Settlement after settlement, where what one month's pools leave joins the next, and one of nothing new at the end."""
    chain = Chain()
    kept: Mapping[str, SettledResidue] = {}
    for months, cutoff in ((MONTHS[:1], EARLY), (MONTHS[:2], EARLY), (MONTHS, CUTOFF), (MONTHS, CUTOFF)):
        outcome = settle(facts, months, cutoff=cutoff, through=months[-1], division=division, before=kept)
        expected = {tuple(key): tuple(line) for key, line in chain.settle(facts, months, cutoff, months[-1]).items()}
        assert outcome.amounts() == expected
        kept = outcome.kept


@pytest.mark.parametrize("path", sorted((Path(__file__).parent / "worlds").glob("*.json")), ids=lambda path: path.stem)
def test_they_agree_on_worlds_in_which_they_once_did_not(path: Path) -> None:
    facts = json.loads(path.read_text(encoding="utf-8"))
    facts["rates"] = {(source, target): Fraction(rate) for source, target, rate in facts["rates"]}
    expected = {tuple(key): tuple(line) for key, line in settled(facts, MONTHS, CUTOFF, MONTHS[-1]).items()}
    assert settle(facts, MONTHS, cutoff=CUTOFF, through=MONTHS[-1]).amounts() == expected
    _agree_one_after_another(facts, Division())


def test_what_a_version_of_a_deal_owes_as_it_begins_is_not_owed_again_as_the_next_one_begins() -> None:
    facts = json.loads((Path(__file__).parent / "worlds" / "begun-before-a-later-version.json").read_text(encoding="utf-8"))
    owed = settle(facts | {"rates": {}}, MONTHS, cutoff=CUTOFF, through=MONTHS[-1]).amounts()
    once = {(key[2], key[0]): amount for key, (amount, _) in owed.items() if key[2] in {"advance", "buyout"}}
    assert once == {("advance", "2026-10"): parse_amount("40"), ("buyout", "2026-10"): parse_amount("60")}


@FEW
@given(SEEDS, DIVISIONS)
def test_the_package_and_the_slow_model_agree_on_every_breach(seed: int, division: Division) -> None:
    facts = world(seed)
    stated = {broken._replace(evidence="") for broken in breached(facts, MONTHS, CUTOFF)}
    assert settle(facts, MONTHS, division=division).broken() == stated


@FEW
@given(SEEDS, DIVISIONS)
def test_the_evidence_of_a_breach_is_the_smallest_subject_that_shows_it(seed: int, division: Division) -> None:
    facts = world(seed)
    facts["usage"] = [record | {"territory": "SE"} for record in facts["usage"]]  # evidence is kept by day, model and use
    facts["holds"] = [hold for hold in facts["holds"] if "subject" not in hold]  # of an output that is void, too
    assert settle(facts, MONTHS, division=division).broken(evidence=True) == breached(facts, MONTHS, CUTOFF)


# --- nothing of how the work was done shows


def without_days(facts: Facts) -> Facts:
    """Deals that do not ask on which day of a month a use was.

    Units fall into tiers in the order of their days; an equal share is of what claims a work's first use.
    """
    for versions in facts["deals"].values():
        for stated in versions:
            kept = [terms for terms in stated["content"]["terms"] if "tiers" not in terms and terms.get("basis") != "equal"]
            stated["content"]["terms"] = kept or [{"mechanism": "per_output", "rate": "0.01"}]
    return facts


@FEW
@given(SEEDS, DIVISIONS, DIVISIONS)
def test_shards_buckets_batches_order_and_replays_change_nothing(seed: int, one: Division, other: Division) -> None:
    facts = world(seed)
    first, second = settle(facts, MONTHS, division=one), settle(facts, MONTHS, division=other)
    assert first.postings == second.postings
    assert first.titles == second.titles


@FEW
@given(SEEDS, SEEDS)
@example(309_084, 0)
def test_usage_moved_within_a_month_changes_no_line_where_the_register_stands_still(seed: int, days: int) -> None:
    facts, rng = without_days(world(seed, still=True)), Random(days)
    best: dict[tuple[str, ...], dict[str, Any]] = {}
    for record in facts["usage"]:  # one record an identity, so that a move makes and unmakes no duplicates
        best[record["reporter"], record["used_on"][:7], record["subject"], record["record_id"]] = record
    kept = list(best.values())
    moved = [{**record, "used_on": f"{record['used_on'][:7]}-{rng.randint(1, 30):02d}"} for record in kept]
    assert settle(facts | {"usage": kept}, MONTHS).postings == settle(facts | {"usage": moved}, MONTHS).postings


@FEW
@given(SEEDS)
def test_one_play_of_two_is_two_plays_of_one(seed: int) -> None:
    facts = world(seed)
    kept = {(r["reporter"], r["used_on"], r["subject"], r["record_id"]): r for r in facts["usage"]}
    whole = [record for record in kept.values() if not record.get("revenue")]
    halves = [
        {**record, "record_id": f"{record['record_id']}-{half}", "quantity": quantity}
        for record in whole
        for half, quantity in enumerate((record["quantity"] // 3, record["quantity"] - record["quantity"] // 3))
    ]
    assert settle(facts | {"usage": whole}, MONTHS).postings == settle(facts | {"usage": halves}, MONTHS).postings


# --- conservation


def sums(outcome: Outcome, mechanism: str, *, shadows: bool) -> dict[tuple[str, str, str], int]:
    """Pico by month, deal and currency over all accounts."""
    found: dict[tuple[str, str, str], int] = defaultdict(int)
    for key, posting in outcome.postings.items():
        if key.mechanism == mechanism:
            found[key.usage_month, key.deal_id, key.currency] += posting.amount + (posting.shadow if shadows else 0)
    return {name: amount for name, amount in found.items() if amount}


@FEW
@given(SEEDS, DIVISIONS)
def test_what_is_deposited_is_what_lines_and_residue_hold(seed: int, division: Division) -> None:
    facts = world(seed)
    outcome = settle(facts, MONTHS, division=division)
    deposits: dict[tuple[str, str, str], int] = {}
    for levy in facts["levies"]:
        deposits[levy["month"], f"levy:{levy['levy_id']}", levy["currency"]] = int(Fraction(levy["amount"]) * 10**12)
    assert sums(outcome, "levy", shadows=False) == deposits
    assert not sums(outcome, "liquidation", shadows=False)  # what it gives, it takes


@FEW
@given(SEEDS, DIVISIONS)
@example(122, Division())
def test_what_is_owed_once_is_what_lines_and_residue_hold(seed: int, division: Division) -> None:
    facts = world(seed, still=True)
    outcome = settle(facts, MONTHS, division=division)
    pools: dict[tuple[str, str, str], int] = defaultdict(int)
    for deal_id, versions in facts["deals"].items():
        deal = versions[0]["content"]
        if versions[0].get("accepted_at", "") > CUTOFF:
            continue
        shares = [terms for terms in deal["terms"] if terms["mechanism"] == "revenue_pool"]
        floors = {"minimum_per_subscriber", "minimum_per_use", "whole", "tiers", "cap"}
        if deal.get("mfn_group") or deal["territories"] != ["*"] or deal["models"] or any(floors & terms.keys() for terms in shares):
            continue
        earned: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
        for report in facts["revenue"]:
            if report["licensee"] == deal["licensee"]:
                earned[report["month"], report["currency"]] += Fraction(report["net_revenue"])
        for terms in shares:
            for (month, currency), net in earned.items():
                pools[month, deal_id, currency] += round(Fraction(terms["share"]) * net * 10**12)
    found = sums(outcome, "revenue_pool", shadows=True)
    assert {name: amount for name, amount in found.items() if name in pools} == {name: amount for name, amount in pools.items() if amount}


@FEW
@given(SEEDS, DIVISIONS)
def test_residue_is_less_than_a_pico_a_line(seed: int, division: Division) -> None:
    facts = world(seed)
    outcome = settle(facts, MONTHS, division=division)
    capped = {name for name, versions in facts["deals"].items() for one in versions for terms in one["content"]["terms"] if "cap" in terms}
    lines: dict[tuple[str, str, str], int] = defaultdict(int)
    for key in outcome.postings:
        lines[key.deal_id, key.mechanism, key.currency] += 1
    for key, posting in outcome.postings.items():
        if key.account == "residue" and key.deal_id not in capped:  # a cap may leave nothing of a line, but what it left undivided
            assert 0 < posting.amount < 4 * lines[key.deal_id, key.mechanism, key.currency]  # a line is in few pools


# --- what is known later is posted as a difference


def by_bucket(postings: Mapping[LineKey, Posting], buckets: int) -> list[dict[LineKey, Posting]]:
    found: list[dict[LineKey, Posting]] = [{} for _ in range(buckets)]
    for key, posting in postings.items():
        found[spread(key.work_key, buckets)][key] = posting
    return found


@FEW
@given(SEEDS, st.integers(1, 3), st.booleans())
def test_a_later_version_posts_what_is_due_less_what_was_posted(seed: int, buckets: int, sparing: bool) -> None:  # noqa: FBT001
    facts = world(seed)
    before = by_bucket(settle(facts, MONTHS, cutoff=EARLY).postings, buckets)
    after = by_bucket(settle(facts, MONTHS, cutoff=CUTOFF).postings, buckets)
    for was, due in zip(before, after, strict=True):
        first = post("s1", was, {}, (), touched=None, settled_by="")
        touched = {key.work_key for key in {*was, *due} if was.get(key) != due.get(key)} if sparing else None
        recomputed = due if touched is None else {key: posting for key, posting in due.items() if key.work_key in touched}
        second = post("s2", recomputed, {}, first.book, touched=touched, settled_by="s1")
        together: dict[LineKey, Posting] = defaultdict(lambda: NOTHING)
        for line in (*first.lines, *second.lines):
            together[line.key] = together[line.key].plus(line.posting)
        assert {key: posting for key, posting in together.items() if any(posting)} == due
        assert {line.adjusts for line in first.lines} <= {""}
        assert {line.adjusts for line in second.lines} <= {"s1"}
        changed = {key for key in {*was, *due} if was.get(key, NOTHING) != due.get(key, NOTHING)}  # parts may cancel out to nothing
        assert {line.key for line in second.lines} == changed
        entries = [BookEntry.decode(text) for text in second.book]
        assert {entry.key: entry.posting for entry in entries if any(entry.posting)} == due
        assert [entry.key for entry in entries] == list(in_order(entry.key for entry in entries))
        still = [text for text in first.book if BookEntry.decode(text).key not in {line.key for line in second.lines}]
        assert set(still) <= set(second.book)


def test_a_corrected_line_names_the_settlement_that_posted_it_last() -> None:
    key = LineKey("2026-10", "d", "per_output", "fox", "m", "work:w", "w", "recording", "party", "ann", "ann", "", "USD")
    other = key._replace(work_key="work:x", work_id="x")
    first = post("s1", {key: posted(1, 5, 0)}, {}, (), touched=None, settled_by="")
    second = post("s2", {key: posted(1, 5, 0), other: posted(1, 7, 0)}, {}, first.book, touched=None, settled_by="s1")
    third = post("s3", {key: posted(1, 2, 0)}, {}, second.book, touched=None, settled_by="s2")
    fourth = post("s4", {key: posted(1, 2, 0)}, {}, third.book, touched=None, settled_by="s3")
    assert [(line.key, line.posting.amount, line.adjusts) for line in first.lines] == [(key, 5, "")]
    assert [(line.key, line.posting.amount, line.adjusts) for line in second.lines] == [(other, 7, "s1")]
    assert [(line.key, line.posting.amount, line.adjusts) for line in third.lines] == [(key, -3, "s1"), (other, -7, "s2")]
    assert not fourth.lines
    assert fourth.book == third.book


def test_the_worlds_know_versions_that_only_the_later_settlement_sees() -> None:
    assert EARLY < LATE < CUTOFF


def test_the_model_shares_no_code_with_the_package() -> None:
    sources = sorted(Path(model.__file__).parent.glob("*.py"))
    assert len(sources) > 5
    for source in sources:
        tree = ast.parse(source.read_text(encoding="utf-8"))
        named = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        named |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        assert not {
            name for name in named if name.split(".")[0] == "overtone" or (name.startswith("tests.") and not name.startswith("tests.model"))
        }
