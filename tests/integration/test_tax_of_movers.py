"""Whose certificate of tax a payee's is that moves to another country: that of the country in which it was taxed."""

import csv
import io
from typing import Any

import pytest

from local.stack import Stack
from tests.integration import scenario
from tests.integration.scenario import settle
from tests.integration.test_money_in_and_out import call


def certificates(stack: Stack, **query: str) -> list[tuple[str, str, str]]:
    """Authority, name and tax number of the certificates of 2026, in bulk and the payee's own, which are the same."""
    told = call(stack, "GET", "statements/annual/2026/certificates", query=query)
    assert told.status == 200, told.text
    own = stack.http("GET", "/v1/statements/annual/2026", party="ann", scope="statements.read", query={"format": "csv"})
    assert own.status == 200, own.text
    found = []
    for text in (told.text, own.text):
        rows = list(csv.DictReader(io.StringIO(text)))
        found.append([(row["authority"], row["name"], row["tax_id"]) for row in rows])
    assert found[0] == found[1] or query
    return found[0]


@pytest.mark.parametrize("from_day", ["2027-01-01", "2027-02-15"])
def test_a_payee_that_moves_is_certified_to_the_country_that_taxed_it(stack: Stack, from_day: str) -> None:
    """What was recorded last decided: tax that was withheld in Sweden was certified to Norway, before and after the payee moved there."""
    scenario.small_world(stack)
    ann: dict[str, Any] = {"payout": scenario.BANK, "tax": {"id": "SE-7"}}
    scenario.party(stack, "ann", "creator", **ann)
    stack.at(scenario.SETTLED)
    settle(stack)
    stack.at("2026-12-20T06:00:00Z")
    moved = ann | {"name": "Ann", "kind": "creator", "country": "NO", "tax": {"id": "NO-8"}, "effective_from": from_day}
    scenario.register(stack, "parties", "ann", moved, "ann")
    for now in ("2026-12-21T06:00:00Z", "2027-03-01T06:00:00Z"):
        stack.at(now)
        assert certificates(stack) == [("SE", "Ann", "SE-7")]
        assert certificates(stack, authority="NO") == []


def test_what_a_payee_corrects_after_the_year_is_told_as_it_is_right(stack: Stack) -> None:
    scenario.small_world(stack)
    ann: dict[str, Any] = {"payout": scenario.BANK}
    scenario.party(stack, "ann", "creator", **ann)
    stack.at(scenario.SETTLED)
    settle(stack)
    stack.at("2027-01-20T06:00:00Z")
    named = ann | {"name": "Ann Lee", "kind": "creator", "country": "SE", "tax": {"id": "SE-7"}, "effective_from": "2027-01-20"}
    scenario.register(stack, "parties", "ann", named, "ann")
    assert certificates(stack) == [("SE", "Ann Lee", "SE-7")]
