"""A stack whose retention is changed while it runs: a day that lost records stays as it was accrued, and nobody is told otherwise."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

import pytest

from overtone.config import settings
from tests import lifecycle
from tests.integration import scenario
from tests.integration.scenario import ISRC, disclose, lines_of, settle, usage
from tests.integration.test_retention import late, said

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.stack import Stack

NAME, SHORT, LONG = "USAGE_RETENTION_DAYS", "400", "1095"
IN_BETWEEN = "2028-06-01T00:00:00Z"
"""606 days behind October's usage."""


@pytest.fixture
def set_back() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv(NAME, os.environ.get(NAME, LONG))
        yield
    settings.cache_clear()


def keeps(days: str) -> None:
    os.environ[NAME] = days
    settings.cache_clear()


def figures(stack: Stack) -> list[object]:
    return [{name: value for name, value in item.items() if name != "final"} for item in said(stack)]


def kept_for(stack: Stack, days: str) -> list[object]:
    """October as a stack with this retention has accrued and settled it."""
    keeps(days)
    scenario.small_world(stack)
    named = (hashlib.sha256(str(number).encode()).hexdigest() for number in range(1_000))
    played = [(f"output:{name}", "2026-10-03", 1) for name in named]
    usage(stack, "large", ("output:gen-1", "2026-10-03", 5), (ISRC, "2026-10-03", 7), *played)
    assert any(key.startswith("pages/usage/") for key in stack.objects("FactsBucket")), "so much is an object"
    scenario.accrue(stack, "2026-10-06T00:00:00Z")
    stack.at(scenario.SETTLED)
    assert settle(stack)["status"] == "sealed"
    return figures(stack)


@pytest.mark.usefixtures("set_back")
def test_what_came_late_for_a_day_that_lost_records_is_not_withdrawn(stack: Stack) -> None:
    """It was answered that it counts no more, and went on counting."""
    kept_for(stack, SHORT)
    assert late(stack, "2027-08-01T00:00:00Z", 2).status == 201
    scenario.accrue(stack, "2027-08-01T00:15:00Z")
    stack.at(IN_BETWEEN)
    stack.expire()
    keeps(LONG)
    refused = stack.http("DELETE", "/v1/usage/late", party="fox", scope="usage.write")
    assert (refused.status, "2026-10-03, whose records are kept no more" in refused.json()["detail"]) == (422, True)


@pytest.mark.usefixtures("set_back")
@pytest.mark.parametrize(("before", "after"), [(SHORT, LONG), (LONG, SHORT)])
@pytest.mark.parametrize("records", [1, 4_000])
def test_a_day_that_lost_records_is_final_whatever_the_retention_is_now(stack: Stack, before: str, after: str, records: int) -> None:
    """It was open again: what came took the place of all that was counted, or, where it was less, set the day aside for ever."""
    expected = kept_for(stack, before)
    stack.at(IN_BETWEEN)
    stack.expire()
    keeps(after)
    lifecycle.age(stack, "FactsBucket")  # its rules are by the stack's setting, and younger than its objects in either order
    assert late(stack, IN_BETWEEN, records).status == 422
    assert stack.http("DELETE", "/v1/usage/large", party="fox", scope="usage.write").status in {404, 422}
    disclose(stack, "rep-2", {"gen-1": {ISRC: "0.9"}}, revision=1)
    scenario.accrue(stack, IN_BETWEEN)
    assert figures(stack) == expected
    assert stack.http("GET", "/v1/quarantine", scope="finance").json()["items"] == []
    assert settle(stack, "late", "2028-05")["status"] == "sealed"
    assert [line for line in lines_of(stack, "late") if line["usage_month"] == "2026-10"] == []
    assert not stack.errors


@pytest.mark.usefixtures("set_back")
def test_an_old_page_that_was_lost_before_its_time_sets_its_day_aside_all_the_same(stack: Stack) -> None:
    expected = kept_for(stack, LONG)
    for item in stack.items("UsageTable"):
        if item["sk"].startswith("PAGE#b-1") and item["pk"].startswith("usage#"):
            stack.table("UsageTable").delete_item(Key={"pk": item["pk"], "sk": item["sk"]})
    stack.at(IN_BETWEEN)
    disclose(stack, "rep-2", {"gen-1": {ISRC: "0.9"}}, revision=1)
    scenario.accrue(stack, IN_BETWEEN)
    (aside,) = stack.http("GET", "/v1/quarantine", scope="finance").json()["items"]
    assert (aside["day"], aside["reason"], figures(stack)) == ("2026-10-03", "invariant_broken", expected)
