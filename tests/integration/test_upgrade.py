"""What a stack of an earlier version keeps is read by this one: it goes on from there, to the same amounts, and explains what was paid."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests import stored
from tests.integration import scenario
from tests.integration.scenario import files_of, lines_of

if TYPE_CHECKING:
    from pathlib import Path

    from local.stack import Stack

SAMPLES = sorted(stored.FOLDER.glob("stack-*.json.gz"))


def test_a_stack_of_the_first_version_is_kept_as_a_sample() -> None:
    assert SAMPLES


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_a_stack_of_an_earlier_version_goes_on_where_it_stood(stack: Stack, path: Path) -> None:
    sample = stored.read(path)
    stored.put(stack, sample)
    stack.drain()
    sealed = files_of(stack)
    for settlement in ("2026-10",):
        line = next(one for one in lines_of(stack, settlement) if one["party_id"] == "ann" and one["mechanism"] == "per_output")
        stack.at(scenario.SETTLED)
        explained = stack.http("GET", f"/v1/explain/{settlement}/{line['line_id']}", party="ann", scope="statements.read")
        assert explained.status == 200, explained.text
        assert stack.http("GET", f"/v1/statements/{settlement}", party="ann", scope="statements.read").status == 200
    expected = [{name: line[name] for name in stored.SAID} for line in sample["next"]]
    assert sorted(map(sorted_items, stored.settled_next(stack))) == sorted(map(sorted_items, expected))
    assert {name: body for name, body in files_of(stack).items() if name in sealed} == sealed, "what is sealed stays"
    assert not stack.errors


def sorted_items(line: dict[str, str]) -> list[tuple[str, str]]:
    return sorted(line.items())
