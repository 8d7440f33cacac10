"""Platforms never stop reporting: a settlement waits for what was there when it was asked for, not for silence."""

from datetime import timedelta

from local.stack import Stack
from tests.integration import scenario
from tests.integration.scenario import ask, disclose, lines_of, shown, step

LOOKS_MAX = 100


def looks_until_still(stack: Stack) -> int:
    """How often the state machine looks, every minute, while a batch for the month arrives between any two looks."""
    step(stack, "open")
    for look in range(LOOKS_MAX):
        if step(stack, "drain")["pending"] == 0:
            return look
        for mapping in stack._engine.mappings:
            mapping.deliver(stack.runtime)
        stack.at(stack.now + timedelta(seconds=30))
        scenario.usage(stack, f"late-{look}", ("output:gen-1", "2026-10-22", 1))
        stack.at(stack.now + timedelta(seconds=30))
    return LOOKS_MAX


def test_a_settlement_comes_to_rest_while_batches_keep_arriving(stack: Stack) -> None:
    scenario.small_world(stack)
    stack.at(scenario.SETTLED)
    scenario.usage(stack, "in-time", ("output:gen-1", "2026-10-21", 100))
    stack.at("2026-11-10T06:00:01Z")
    ask(stack)
    assert looks_until_still(stack) <= 5
    stack.drain()
    assert shown(stack)["status"] == "sealed"


def test_a_report_that_was_there_is_waited_for_with_the_usage_that_it_changes(stack: Stack) -> None:
    scenario.small_world(stack)
    stack.at("2026-11-10T05:59:00Z")
    disclose(stack, "rep-9", {"gen-1": {scenario.OTHER_ISRC: "1"}}, revision=9)
    stack.at("2026-11-10T06:00:00Z")
    ask(stack)
    looks_until_still(stack)
    stack.drain()
    assert {line["work_key"] for line in lines_of(stack) if line["mechanism"] == "per_output"} == {scenario.OTHER_ISRC}
