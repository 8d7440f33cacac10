"""The committed events are what their generator writes, and the story holds what it promises."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from events import cast, catalogue, generate, usage
from overtone.money import NANO, parse_share
from overtone.rights.registry import Party, Work

ROOT = Path(generate.__file__).parent
BUILT = generate.build()


def test_the_generator_gives_the_committed_bytes() -> None:
    stale = [name for name, body in BUILT.items() if not (ROOT / name).is_file() or (ROOT / name).read_bytes() != body]
    assert not stale, "run python -m events.generate"


def test_nothing_lies_there_that_the_generator_does_not_write() -> None:
    written = {path.relative_to(ROOT).as_posix() for folder in ("story", "samples", "bad") for path in (ROOT / folder).rglob("*.*")}
    assert written == set(BUILT)


def test_the_month_has_the_size_it_claims() -> None:
    records = [
        record for reporter in (*generate.PLATFORMS, *usage.MODELS) for week in usage.WEEKS for record in usage.week_of(reporter, *week)
    ]
    outputs = {record["subject"] for record in records if record["subject"].startswith("output:")}
    assert len(outputs) == usage.OUTPUTS
    assert 18_000 <= sum(record["quantity"] for record in records) <= 22_000
    assert {record["use"] for record in records} == {"stream", "generation"}
    assert len(catalogue.works()) == 44
    assert len({(r["used_on"], r["subject"], r["record_id"]) for r in records}) == len(records)


def test_disclosures_are_sane_and_some_are_guesses() -> None:
    disclosed = usage.disclosed("brightloom") + usage.disclosed("tremolo")
    confidence = [parse_share(record["confidence"]) for record in disclosed]
    assert len(disclosed) == usage.OUTPUTS
    assert all(sum(parse_share(part["share"]) for part in record["shares"]) < NANO for record in disclosed)
    assert 20 <= sum(value < NANO * 6 // 10 for value in confidence) <= 60
    named = {part["work"] for record in disclosed for part in record["shares"]}
    assert f"isrc:{catalogue.late_isrc()}" in named


@pytest.mark.parametrize("party", cast.parties())
def test_identifiers_have_their_check_digits(party: str) -> None:
    Party.model_validate(cast.parties()[party])


@pytest.mark.parametrize("work", [*catalogue.works(), *catalogue.late_works()])
def test_works_are_well_formed(work: str) -> None:
    works: dict[str, Any] = catalogue.works() | catalogue.late_works()
    registered = Work.model_validate(works[work][1])
    assert registered.claimed in {NANO, NANO * 3 // 4}


def test_late_means_not_before_the_first_settlement() -> None:
    steps = json.loads(BUILT["story/story.json"])["steps"]
    settled = next(step["at"] for step in steps if "settles 2026-10" in step["told"])
    before = [request.get("path", "drop") for step in steps if step["at"] <= settled for request in step["requests"]]
    after = [request.get("path", "drop") for step in steps if step["at"] > settled for request in step["requests"]]
    assert not {f"/v1/works/{work}" for work in catalogue.late_works()} & set(before)
    assert {f"/v1/works/{work}" for work in catalogue.late_works()} <= set(after)
    assert (after.count("/v1/usage"), after.count("drop")) == (1, 1)
