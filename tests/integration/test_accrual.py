"""Accrual holds whatever happens: replays, revisions, voids, workers killed between any two writes."""

from collections import Counter
from typing import Any

import orjson
import pytest

from local.stack import Stack
from overtone.money import NANO
from tests.integration.test_usage_api import batch, record, register, send

PICO = 10**12


@pytest.fixture
def fox(stack: Stack) -> Stack:
    register(stack, "fox")
    register(stack, "hare")
    return stack


def disclose(stack: Stack, report_id: str, *outputs: str, party: str = "fox", work: str = "isrc:SEABC2600001", **changed: Any) -> int:
    record = {"revision": 0, "confidence": "0.92", "shares": [{"work": work, "share": "0.31"}, {"work": "work:b", "share": "0.5"}]}
    report = {
        "report_id": report_id,
        "model": "m1",
        "method": "sureel",
        "method_version": "2.1",
        "records": [{"output_id": output} | record | changed for output in outputs],
    }
    return stack.http("POST", "/v1/attributions", party=party, scope="disclosures.write", json=report).status


def train(stack: Stack, run_id: str = "run-1", works: int = 5) -> int:
    manifest = {
        "run_id": run_id,
        "model": "m1",
        "trained_on": "2026-09-30",
        "works": [{"work": f"work:w{number}", "weight": f"{number}.5"} for number in range(works)],
    }
    return stack.http("POST", "/v1/training-runs", party="fox", scope="disclosures.write", json=manifest).status


def rows(stack: Stack) -> dict[tuple[str, str], str]:
    """Rows that say something: zero rows differ by what was once there."""
    return {(i["pk"], i["sk"]): f"{i['first']}\n{i['entries']}" for i in stack.items("LedgerTable") if i.get("entries", "[]") != "[]"}


def by_work(stack: Stack) -> Counter[str]:
    sums: Counter[str] = Counter()
    for (_, sk), text in rows(stack).items():
        for entry in orjson.loads(text.partition("\n")[2]):
            sums[sk.split("#")[0]] += int(entry[-2]) if len(entry) == 9 else 1
    return sums


def markers(stack: Stack) -> list[str]:
    return [
        i["pk"]
        for name in ("LedgerTable", "UsageTable")
        for i in stack.items(name)
        if i["pk"].split("#")[0] in {"RUNNING", "PENDING", "OUTBOX"}
    ]


def story(stack: Stack) -> None:
    """A batch, a report, a run; the second batch voids a record and revises another."""
    assert send(stack, "b-1", [record(n, subject=f"output:gen-{n % 3}") for n in range(9)]).status == 201
    assert train(stack) == 201
    stack.tick("2026-10-01T00:15:00Z")
    assert disclose(stack, "a-1", "gen-0", "gen-1") == 201
    again = [
        record(0, subject="output:gen-0", revision=1, quantity=0, revenue="0"),
        record(1, subject="output:gen-1", revision=1, quantity=100),
    ]
    assert send(stack, "b-2", again).status == 201


def test_a_replayed_batch_and_a_second_accrual_leave_the_same_bytes(fox: Stack) -> None:
    story(fox)
    fox.tick("2026-10-01T00:30:00Z")
    usage, ledger = fox.items("UsageTable"), fox.items("LedgerTable")
    assert send(fox, "b-1", [record(n, subject=f"output:gen-{n % 3}") for n in range(9)]).status == 200
    assert disclose(fox, "a-1", "gen-0", "gen-1") == 200
    assert train(fox) == 200
    fox.tick("2026-10-01T00:45:00Z")
    assert (fox.items("UsageTable"), fox.items("LedgerTable")) == (usage, ledger)
    assert markers(fox) == []


def test_the_same_records_under_another_batch_id_are_duplicates(fox: Stack) -> None:
    story(fox)
    fox.tick()
    before = rows(fox)
    assert send(fox, "b-3", [record(n, subject=f"output:gen-{n % 3}") for n in range(9)]).status == 201
    fox.tick()
    assert rows(fox) == before
    counts = batch(fox, "b-3")["counts"]
    assert (counts["duplicates"], counts["superseded"], counts["accrued"], counts["waiting"]) == (7, 2, 0, 0)
    counts = batch(fox, "b-1")["counts"]
    assert (counts["accrued"], counts["superseded"], counts["waiting_for_attribution"]) == (4, 2, 3)


def test_what_a_revised_disclosure_no_longer_names_is_left_with_nothing(fox: Stack) -> None:
    story(fox)
    fox.tick()
    assert by_work(fox)["isrc:SEABC2600001"] > 0
    assert disclose(fox, "a-2", "gen-0", "gen-1", revision=1, work="work:c") == 201
    fox.tick()
    work = by_work(fox)
    assert work["isrc:SEABC2600001"] == 0
    assert work["work:c"] + work["work:b"] + work["unattributed"] == sum((100, 12 * 2, 12 * 2, 12 * 3)) * NANO
    assert not fox.errors


def test_an_output_belongs_to_the_lab_that_disclosed_it_first(fox: Stack) -> None:
    story(fox)
    fox.tick()
    before = rows(fox)
    assert disclose(fox, "a-9", "gen-1", party="hare", work="work:hare", revision=5) == 422
    assert disclose(fox, "a-8", "gen-1", "gen-77", party="hare", work="work:hare", revision=5) == 201
    fox.tick()
    assert rows(fox) == before
    assert fox.http("GET", "/v1/outputs/gen-77", party="hare", scope="disclosures.write").json()["licensee"] == "hare"


def test_two_labs_that_disclose_at_once_are_told_apart_by_time(fox: Stack) -> None:
    assert disclose(fox, "a-1", "gen-1", party="hare", work="work:hare") == 201
    fox.at("2026-10-01T00:00:01Z")
    assert disclose(fox, "a-0", "gen-1", party="fox", work="work:fox", revision=3) == 201
    fox.tick("2026-10-01T00:15:00Z")
    shown = fox.http("GET", "/v1/outputs/gen-1", party="fox", scope="disclosures.write").json()
    assert (shown["licensee"], shown["current"]["report_id"], len(shown["disclosures"])) == ("hare", "a-1", 1)


def test_a_provider_discloses_for_a_licensee_that_named_it(fox: Stack) -> None:
    register(fox, "sureel", "attribution_provider")
    report = {"report_id": "a-1", "licensee": "fox", "model": "m", "method": "s", "method_version": "1"}
    report["records"] = [{"output_id": "gen-1", "confidence": "1", "shares": []}]  # type: ignore[assignment]
    refused = fox.http("POST", "/v1/attributions", party="sureel", scope="disclosures.write", json=report)
    assert (refused.status, "attribution_providers" in refused.json()["detail"]) == (403, True)
    register(fox, "fox", attribution_providers=["sureel"])
    assert fox.http("POST", "/v1/attributions", party="sureel", scope="disclosures.write", json=report).status == 201


@pytest.mark.slow
@pytest.mark.parametrize("lost_response", [False, True])
def test_a_worker_killed_between_any_two_writes_leaves_no_trace(fox: Stack, lost_response: bool) -> None:  # noqa: FBT001 - a case
    story(fox)
    fox.tick("2026-10-01T12:00:00Z")
    whole = rows(fox)
    for writes in range(200):
        fox.reset()
        register(fox, "fox")
        story(fox)
        fox.faults.fail_after(writes, lost_response=lost_response)
        fox.tick("2026-10-01T00:30:00Z")
        fired = fox.faults.fired
        fox.faults.clear()
        fox.tick("2026-10-01T03:00:00Z")  # beyond the queue's visibility time-out
        fox.tick("2026-10-01T12:00:00Z")
        assert rows(fox) == whole, writes
        assert markers(fox) == [], writes
        if not fired:
            break
    else:
        pytest.fail("the story has more writes than were tried")
    assert writes > 20


def test_writes_that_the_table_leaves_unprocessed_are_written(fox: Stack) -> None:
    story(fox)
    fox.faults.unprocessed(6)
    fox.tick()
    assert not fox.errors
    assert by_work(fox)["work:b"] == (100 + 24 + 24) * NANO // 2
