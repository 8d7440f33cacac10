"""What a page of the console leaves as it was: rows of a table that nobody changed, versions to come, proposals beside others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.console_scene import furnish, visitor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.stack import Stack


@pytest.fixture
def settled(deployed_stack: Stack) -> Iterator[Stack]:
    furnish(deployed_stack)
    yield deployed_stack
    deployed_stack.reset()


def answered(stack: Stack, path: str, party: str) -> dict[str, Any]:
    found: dict[str, Any] = stack.http("GET", path, party=party, scope="registry.write").json()
    return found


@pytest.mark.parametrize(
    "rows", ['nils,"Nils,SE,recording,play\nodile,Odile,FR,recording,play', 'nils,"' + "x" * 140_000], ids=["short", "long"]
)
def test_rows_of_members_with_a_quotation_that_nobody_closes_are_refused(settled: Stack, rows: str) -> None:
    """The rows below it were one cell of it, and said nothing; and where they were more than the csv module takes, the page was a 500."""
    head = "party,name,country,rights,uses\n"
    answer = visitor(settled, "society").send("/console/members", "/console/members", rows=head + rows)
    assert (answer.status, "line" in answer.text) == (400, True), answer.text
    assert not settled.errors
