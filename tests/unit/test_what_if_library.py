"""The library of scenarios: each is a question that can be asked of the demo's month, says whose idea it is, and changes what is there."""

from __future__ import annotations

import orjson
import pytest

from events import cast
from local import generate, what_if
from overtone.fields import validated
from overtone.rights.versions import Entity, Version
from overtone.scenarios.lens import Lens
from overtone.scenarios.requests import WhatIfRequest
from overtone.scenarios.sensitivity import Noise
from overtone.settlement.deals import Deal
from overtone.settlement.levies import Deposit


def deals() -> dict[str, Entity[Deal]]:
    """The deals of the story."""
    found = {name: Deal.model_validate(content) for name, content in cast.deals().items()}
    return {name: Entity(name, "", (Version(1, deal.from_, "", "", deal),)) for name, deal in found.items()}


def levies() -> list[tuple[str, Deposit]]:
    levy = cast.levy()
    tree = orjson.dumps(levy["distribution"]).decode()
    kept = Deposit(administrator=levy["administrator"], currency=levy["currency"], amount=levy["amount"], distribution=tree)
    return [(levy["levy_id"], kept)]


@pytest.mark.parametrize("name", what_if.names())
def test_a_scenario_can_be_asked_of_the_story(name: str) -> None:
    scenario = what_if.load(what_if.SCENARIOS / f"{name}.yaml")
    assert scenario["title"]
    assert scenario["source"]
    assert scenario["about"]
    request = validated(WhatIfRequest, scenario, name)
    lens = Lens(request.change)
    changed = lens.deals(deals())
    assert set(lens.levies_named()) <= {levy_id for levy_id, _ in levies()}
    alters = changed != deals() or lens.levies("2026-10", levies()) != levies()
    assert alters or any(step.registry for step in request.change) or name == "nothing"


@pytest.mark.parametrize("name", what_if.doubts())
def test_a_doubt_can_be_asked_of_the_story(name: str) -> None:
    scenario = what_if.load(what_if.SCENARIOS / f"{name}.yaml")
    assert all(scenario[said] for said in ("title", "about", "source"))
    assert validated(Noise, scenario["sensitivity"], name).draws > 1


def test_the_console_has_the_library_and_the_runbook() -> None:
    assert generate.LIBRARY.read_text(encoding="utf-8") == generate.library()
    assert generate.RUNBOOK.read_text(encoding="utf-8") == generate.runbook()


def test_every_question_of_the_debate_is_there() -> None:
    asked = {"levy-sqrt", "levy-influence", "levy-capped", "levy-equal", "levy-training", "user-centric", "artist-centric"}
    asked |= {"fee-against-outputs", "opt-out", "suspense-fallback", "buyout-break-even", "unregistered-fund", "nothing"}
    assert asked <= set(what_if.names())
    assert what_if.doubts() == ["attribution-noise"]
