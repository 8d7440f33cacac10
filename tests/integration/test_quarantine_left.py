"""Whatever a worker had done when it died, nothing that is up to date stays set aside."""

from datetime import timedelta

from local.stack import Stack
from overtone import clock
from overtone.stores import outbox, quarantine
from overtone.stores.quarantine import Aside, AsideReason
from tests.integration import scenario
from tests.integration.scenario import settle, usage
from tests.integration.test_quarantine import DAY, page_keys_of, partition

WRITES_MAX = 20


def test_whoever_is_made_good_is_set_aside_no_more_wherever_the_worker_dies(stack: Stack) -> None:
    """Once it said that all is done nobody asks again, so by then it must not be aside any more."""
    scenario.small_world(stack)
    scenario.accrue(stack, "2026-10-05T08:30:00Z")
    for deaths in range(WRITES_MAX):
        hour = f"2026-10-{6 + deaths:02d}T09:00:00Z"
        stack.at(hour)
        usage(stack, f"later-{deaths}", ("output:gen-1", "2026-10-03", 5))
        (page,) = [item for item in page_keys_of(stack, partition("fox", "2026-10-03")) if f"later-{deaths}" in item["sk"]]
        stack.table("UsageTable").put_item(Item=page | {"page": bytes(page["page"])[:1] + b"no page at all"})
        for _ in range(4):
            stack.invoke("Aggregate", {"now": hour})
            stack.drain()
            stack.at(stack.now + timedelta(hours=2))
        assert len(stack.http("GET", "/v1/quarantine", scope="finance").json()["items"]) == 1
        stack.table("UsageTable").put_item(Item=page)
        assert stack.http("POST", f"/v1/quarantine/{partition('fox', '2026-10-03').replace('#', ':')}:retry", scope="finance").status == 202
        stack.faults.fail_after(deaths, service="dynamodb", lost_response=True)
        stack.drain()
        fired = stack.faults.fired
        stack.faults.clear()
        if not outbox.pending_of(partition("fox", "2026-10-03")):
            assert stack.http("GET", "/v1/quarantine", scope="finance").json()["items"] == [], f"nobody comes again after {deaths} writes"
        for _ in range(2):
            stack.at(stack.now + timedelta(hours=2))
            stack.invoke("Aggregate", {"now": clock.timestamp()})
            stack.drain()
        assert stack.http("GET", "/v1/quarantine", scope="finance").json()["items"] == [], f"it died after {deaths} writes"
        if not fired:
            return
    raise AssertionError("its worker writes more than that")


def test_a_worker_that_died_after_all_was_done_left_nothing_to_set_aside(stack: Stack) -> None:
    """Its mark outlives it, and a strict settlement takes it away and goes on: where nothing waits, nothing is missing."""
    scenario.small_world(stack)
    scenario.accrue(stack, "2026-10-05T08:30:00Z")
    left_marks = 0
    for deaths in range(WRITES_MAX):
        stack.at(f"2026-10-{6 + deaths:02d}T09:00:00Z")
        usage(stack, f"later-{deaths}", ("output:gen-1", "2026-10-03", 5))
        stack.invoke("Aggregate", {"now": clock.timestamp()})
        stack.faults.fail_after(deaths, service="dynamodb", lost_response=True)
        stack.drain()
        fired = stack.faults.fired
        stack.faults.clear()
        if not any(item.get("partition") == partition("fox", "2026-10-03") for item in stack.items("UsageTable")):
            left_marks += any(item["pk"].startswith("RUNNING#") for item in stack.items("LedgerTable"))
            stack.at(stack.now + timedelta(minutes=17))  # longer than a worker lives, and before its message comes again
            assert settle(stack, f"look-{deaths}", preview=True, early=True, strict=True)["status"] == "previewed", deaths
            assert stack.http("GET", "/v1/quarantine", scope="finance").json()["items"] == [], f"it died after {deaths} writes"
        if not fired:
            assert left_marks, "no worker died after all was done"
            return
        for _ in range(2):  # the next one dies by itself, and not behind this one
            stack.at(stack.now + timedelta(hours=2))
            stack.invoke("Aggregate", {"now": clock.timestamp()})
            stack.drain()
    raise AssertionError("its worker writes more than that")


def test_what_is_set_aside_and_waits_for_nothing_is_tried_again(stack: Stack) -> None:
    """A failing worker looked, another said that all is done, the failing one said that it failed: nobody would ever come again."""
    scenario.small_world(stack)
    scenario.accrue(stack, "2026-10-05T08:30:00Z")
    done, waits = partition("fox", "2026-10-03"), partition("fox")
    now = clock.timestamp()
    asides: list[tuple[str, AsideReason]] = [(done, "failed"), (waits, "failed"), ("rate#fox#2026-10#0000", "no_rate")]
    for name, reason in asides:
        told = Aside(name, "2026-10", reason, "it failed", 1, now, now, 1)
        stack.table("LedgerTable").put_item(Item={"pk": "QUARANTINE", "sk": name, **told._asdict()})
    stack.at("2026-10-05T09:00:00Z")
    stack.table("UsageTable").put_item(Item=outbox.pending_item(waits, "usage/b-9", now, 1))
    stack.invoke("Aggregate", {"now": clock.timestamp()})
    stack.drain()
    left = stack.http("GET", "/v1/quarantine", scope="finance").json()["items"]
    assert {one["reason"]: one["kind"] for one in left} == {"failed": "usage", "no_rate": "rate"}
    assert [one["day"] for one in left if one["kind"] == "usage"] == [DAY]


def test_a_part_of_a_dropped_report_that_is_set_aside_is_tried_again_when_it_is_asked_for(fox: Stack) -> None:
    """Its id held a slash, so that no URL could name it: 404, however it was encoded."""
    quarantine.add("attribution#fox#a-1/00003#0000", quarantine.FAILED, "gone wrong", records=1, month="")
    (item,) = fox.http("GET", "/v1/quarantine", scope="finance").json()["items"]
    reply = fox.http("POST", f"/v1/quarantine/{item['partition']}:retry", scope="finance")
    assert (reply.status, reply.json().get("partition")) == (202, item["partition"])
