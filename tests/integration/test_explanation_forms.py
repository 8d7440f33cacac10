"""What an explanation says is said in each of its forms: as JSON, as text, and on the console's page."""

from __future__ import annotations

from html import unescape
from typing import TYPE_CHECKING, Any

import pytest

from tests.integration import scenario
from tests.integration.console_scene import PERSONS, visitor
from tests.integration.scenario import lines_of, settle
from tests.integration.test_settlement_adjustments import CORRECTED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from local.stack import Stack

ALARMS = ("Please tell the office", "report this")


@pytest.fixture
def settled(stack: Stack) -> Stack:
    scenario.world(stack)
    stack.at(scenario.SETTLED)
    assert settle(stack)["status"] == "sealed", stack.errors
    return stack


def forms(stack: Stack, line: Mapping[str, str], who: str = "musician", settlement: str = "2026-10") -> tuple[Any, str, str]:
    """A line's explanation as JSON, as text and as a page."""
    party, groups = PERSONS[who]
    scope = groups[0] if groups else "statements.read"
    path = f"/v1/explain/{settlement}/{line['line_id']}"
    told, text = (stack.http("GET", path, party=party, scope=scope, query={"format": form}) for form in ("json", "text"))
    page = visitor(stack, who).get(f"/console/lines/{settlement}/{line['line_id']}")
    assert {told.status, text.status, page.status} == {200}, (told.text, text.text, page.text)
    return told.json(), text.text, unescape(page.text)


def line_of(stack: Stack, wanted: Callable[[Mapping[str, str]], bool]) -> dict[str, str]:
    return next(line for line in lines_of(stack) if wanted(line))


def test_what_was_corrected_since_is_no_alarm_in_any_form(settled: Stack) -> None:
    """The JSON said why the sum differs; the text said in capitals that it does, and the page sent the musician to the office."""
    scenario.usage(settled, "late", ("output:gen-1", "2026-10-20", 40))
    scenario.accrue(settled, "2026-12-01T00:00:00Z")
    told, text, page = forms(settled, line_of(settled, lambda line: (line["party_id"], line["mechanism"]) == ("ann", "per_output")))
    assert (told["agrees"], told["notes"]) == (False, [CORRECTED])
    for form in (text, page):
        assert CORRECTED in form
        assert not any(alarm in form for alarm in ALARMS), form


def test_a_hold_is_named_in_every_form(settled: Stack) -> None:
    hold = {"hold_id": "h-1", "subject": "output:gen-1", "months": ["2026-10"], "reason": "too many plays"}
    assert settled.http("POST", "/v1/holds", scope="finance", json=hold).status == 201
    scenario.accrue(settled, "2026-12-01T00:00:00Z")
    settled.at("2026-12-10T06:00:00Z")
    assert settle(settled, "2026-11", "2026-11")["status"] == "sealed", settled.errors
    held = next(line for line in lines_of(settled, "2026-11") if line["reason"] == "fraud_hold")
    told, text, page = forms(settled, held, "finance", "2026-11")
    (note,) = (note for note in told["notes"] if "h-1" in note)
    assert note in text
    assert note in page


def test_how_a_pool_came_to_its_amount_is_told_in_every_form(settled: Stack) -> None:
    """The page had the pool's amount alone, and nothing of the revenue that it is a share of."""
    told, text, page = forms(settled, line_of(settled, lambda line: (line["party_id"], line["mechanism"]) == ("ann", "revenue_pool")))
    (share,) = told["pools"]
    assert share["steps"]
    for step in share["steps"]:
        assert step["words"] in text
        assert step["words"] in page
        assert step["amount"] in page


def test_what_a_group_raised_is_told_in_every_form(stack: Stack) -> None:
    scenario.small_world(stack)
    scenario.party(stack, "eve", "creator")
    for owner, rate in (("ann", "0.013"), ("eve", "0.02")):
        terms: tuple[dict[str, Any], ...] = ({"mechanism": "per_output", "rate": rate}, {"mechanism": "training_run", "fee": rate})
        scenario.deal(stack, f"{owner}s", *terms, licensor=owner, mfn_group="g", effective_from="2026-01-01")
    run = {"run_id": "run-1", "model": "fox-1", "trained_on": "2026-10-02", "works": [{"work": scenario.ISRC, "weight": "1"}]}
    scenario.sent(stack, "/v1/training-runs", run)
    scenario.accrue(stack, "2026-10-06T08:15:00Z")
    stack.at(scenario.SETTLED)
    assert settle(stack)["status"] == "sealed", stack.errors
    for mechanism in ("per_output", "training_run"):
        (line,) = (line for line in lines_of(stack) if (line["deal_id"], line["mechanism"], line["party_id"]) == ("anns", mechanism, "ann"))
        told, text, page = forms(stack, line)
        (raised,) = {word for entry in (*told["uses"], *told["pools"]) for word in entry["raised"]}
        assert raised in text
        assert raised in page


def test_a_licensee_is_not_told_that_a_line_waits(settled: Stack) -> None:
    """It does not learn whose money it is; its text said that all of it went to `suspense ()`."""
    for line in lines_of(settled):
        path, form = f"/v1/explain/2026-10/{line['line_id']}", {"format": "text"}
        reply = settled.http("GET", path, party="fox", scope="statements.read", query=form)
        assert reply.status == 200, reply.text
        assert not any(word in reply.text for word in ("suspense", "residue", "  to  ")), reply.text


def test_what_a_division_left_is_said_to_be_that(settled: Stack) -> None:
    told, text, page = forms(settled, line_of(settled, lambda line: line["account"] == "residue"), "finance")
    assert told["notes"]
    for form in (text, page):
        assert all(note in form for note in told["notes"]), form
    assert "Left over by a division." in page
