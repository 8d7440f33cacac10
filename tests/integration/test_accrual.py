"""Accrual holds whatever happens: replays, revisions, voids, workers killed between any two writes."""

from collections import Counter
from typing import Any

import iso3166
import pytest

from local.stack import Stack
from overtone.errors import InvariantBroken
from overtone.facts import pace
from overtone.facts.rows import AccrualRow, UsageEntry
from overtone.money import NANO
from overtone.stores import accrual_pages as page_store
from overtone.stores import ledger_setup, outbox
from tests import stored_accruals
from tests.integration.test_usage_api import DAY, batch, record, register, send
from tests.unit.usage_strategies import USES

TERRITORIES = list(iso3166.countries_by_alpha2)


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


def rows(stack: Stack) -> dict[tuple[str, str, str], AccrualRow]:
    """Every row by where it stands: how they are cut into pages, and what once was, shows in no row."""
    return {(pk, row.partition, row.work_key): row for pk, row in stored_accruals.rows(stack)}


def by_work(stack: Stack) -> Counter[str]:
    sums: Counter[str] = Counter()
    for row in rows(stack).values():
        sums[row.work_key] += sum(entry.quantity if isinstance(entry, UsageEntry) else 1 for entry in row.entries)
    return sums


def markers(stack: Stack) -> list[str]:
    return [
        i["pk"]
        for name in ("LedgerTable", "UsageTable")
        for i in stack.items(name)
        if i["pk"].split("#")[0] in {"RUNNING", "PENDING", "OUTBOX"}
    ]


def usage_items(stack: Stack) -> list[dict[str, Any]]:
    """All but up to when accruals are current, which every cycle says anew."""
    return [item for item in stack.items("UsageTable") if item["pk"] != "ACCRUED"]


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
    usage, ledger = usage_items(fox), fox.items("LedgerTable")
    assert send(fox, "b-1", [record(n, subject=f"output:gen-{n % 3}") for n in range(9)]).status == 200
    assert disclose(fox, "a-1", "gen-0", "gen-1") == 200
    assert train(fox) == 200
    fox.tick("2026-10-01T00:45:00Z")
    assert (usage_items(fox), fox.items("LedgerTable")) == (usage, ledger)
    assert markers(fox) == []


def test_the_same_records_under_another_batch_id_are_duplicates(fox: Stack) -> None:
    story(fox)
    fox.tick()
    before = rows(fox)
    assert send(fox, "b-3", [record(n, subject=f"output:gen-{n % 3}") for n in range(9)]).status == 201
    fox.tick("2026-10-01T06:00:00Z")
    assert rows(fox) == before
    counts = batch(fox, "b-3")["counts"]
    assert (counts["duplicates"], counts["superseded"], counts["accrued"], counts["waiting"]) == (9, 0, 0, 0)
    counts = batch(fox, "b-1")["counts"]
    assert (counts["accrued"], counts["superseded"], counts["waiting_for_attribution"]) == (4, 2, 3)


def test_what_a_record_was_when_it_came_it_is_once_it_is_corrected(fox: Stack) -> None:
    """A duplicate and a conflict are of one revision: that another replaces it makes neither of them a record that was replaced."""
    for name, more in (("b-1", {}), ("b-2", {}), ("b-3", {"quantity": 99}), ("b-4", {"quantity": 7, "revision": 1})):
        assert send(fox, name, [record(1, subject="isrc:SEABC2600001", **more)]).status == 201
    fox.tick()
    told = [batch(fox, name)["counts"] for name in ("b-1", "b-2", "b-3", "b-4")]
    named = ("superseded", "duplicates", "conflicts", "accrued")
    assert [counts[name] for name, counts in zip(named, told, strict=True)] == [1, 1, 1, 1]
    assert [sum(counts.values()) for counts in told] == [1, 1, 1, 1]


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


def test_a_recording_with_more_entries_than_fit_an_item_is_accrued(fox: Stack) -> None:
    ways = [(t, c, u) for t in sorted(TERRITORIES)[:240] for c in ("EUR", "GBP", "JPY", "NOK", "SEK", "USD", "CHF") for u in USES]
    sent = [
        record(n, subject="isrc:USRC17607839", territory=territory, currency=currency, use=use, revenue=f"0.{n:05d}7")
        for n, (territory, currency, use) in enumerate(ways)
    ]
    assert send(fox, "b-1", sent).status == 201
    fox.tick()
    assert not fox.errors
    (row,) = rows(fox).values()
    assert len(row.entries) == len(sent) == 8_400
    assert sum(entry.quantity for entry in row.entries if isinstance(entry, UsageEntry)) == 12 * 8_400 * NANO


def test_a_page_that_a_partition_no_longer_has_does_not_survive(fox: Stack) -> None:
    assert send(fox, "b-1", [record(0, subject="isrc:USRC17607839"), record(1, subject="isrc:SEABC2600001")]).status == 201
    fox.tick()
    assert len(rows(fox)) == 2
    fox.http("DELETE", "/v1/usage/b-1", party="fox", scope="usage.write")
    fox.tick("2026-10-01T00:15:00Z")
    assert list(stored_accruals.pages(fox)) == []
    assert not [key for key in fox.objects("FactsBucket") if key.startswith("accruals/")]
    partition = f"usage#fox#{DAY}#0000"
    assert page_store.works_changed(DAY[:7], partition, 2**31) == {"isrc:USRC17607839", "isrc:SEABC2600001"}
    assert page_store.pages_of(DAY[:7], partition) == {}


@pytest.mark.fair  # its figures are times, and whoever waits out a conflict is later
def test_a_large_partition_is_accrued_when_it_has_grown_or_waited(fox: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "SMALL_RECORDS_MAX", 7)
    assert send(fox, "b-1", [record(n) for n in range(8)]).status == 201
    fox.tick("2026-10-01T00:15:00Z")
    accrued = rows(fox)
    assert outbox.accrued_until("2026-10") == "2026-10-01T00:00:00.000000Z"
    fox.at("2026-10-01T00:16:00Z")
    assert send(fox, "b-2", [record(8)]).status == 201
    fox.tick("2026-10-01T00:30:00Z")
    assert rows(fox) == accrued
    assert batch(fox, "b-2")["counts"]["waiting_for_accrual"] == 1
    assert outbox.accrued_until("2026-10") == "2026-10-01T00:16:00.000000Z" < outbox.accrued_until("2026-11")
    fox.tick("2026-10-01T06:15:00Z")
    assert rows(fox) == accrued
    fox.tick("2026-10-01T06:16:00Z")
    grown = by_work(fox)
    assert sum(grown.values()) == 9 * 12 * NANO
    assert send(fox, "b-3", [record(n) for n in range(9, 17)]).status == 201
    fox.tick("2026-10-01T06:31:00Z")
    assert by_work(fox) == grown
    assert send(fox, "b-4", [record(17)]).status == 201
    fox.tick("2026-10-01T06:46:00Z")
    assert sum(by_work(fox).values()) == 18 * 12 * NANO
    assert markers(fox) == []


def test_another_number_of_buckets_is_refused_at_once_with_the_reason(fox: Stack, caplog: pytest.LogCaptureFixture) -> None:
    story(fox)
    fox.tick()
    before = rows(fox)
    fox.table("LedgerTable").put_item(Item={"pk": "LEDGER", "sk": "BUCKETS", "buckets": 64})
    assert send(fox, "b-9", [record(90)]).status == 201
    fox.tick("2026-10-01T06:00:00Z")
    assert rows(fox) == before
    asked = fox.http("POST", "/v1/settlements", scope="finance", party="ops", json={"settlement_id": "2026-10", "through": "2026-10"})
    assert asked.status == 500
    assert caplog.messages.count("invariant broken") >= 2
    with pytest.raises(InvariantBroken, match="deploy it with LedgerBuckets=64"):
        ledger_setup.required()
    fox.table("LedgerTable").put_item(Item={"pk": "LEDGER", "sk": "BUCKETS", "buckets": 4})
    fox.tick("2026-10-02T00:00:00Z")
    assert len(rows(fox)) >= len(before)


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


@pytest.mark.parametrize("marked", [True, False])
def test_a_first_disclosure_changes_only_partitions_in_which_it_is_waited_for(fox: Stack, marked: bool) -> None:  # noqa: FBT001 - a case
    assert disclose(fox, "rep-1", "gen-1") == 201
    assert send(fox, "b-1", [record(1)]).status == 201
    assert send(fox, "b-2", [record(2, subject="output:gen-2", used_on="2026-09-30")]).status == 201
    fox.tick()
    waiting = [(item["pk"], item["sk"]) for item in fox.items("LedgerTable") if item["pk"].startswith("WAITING")]
    assert waiting == [("WAITING", "2026-09"), ("WAITING", "2026-10"), ("WAITING#2026-09", "usage#fox#2026-09-30#0000")]
    if not marked:  # as accrued before partitions kept what waits
        for pk, sk in waiting:
            fox.table("LedgerTable").delete_item(Key={"pk": pk, "sk": sk})
    assert by_work(fox)["unattributed"] > 0
    fox.at("2026-10-04T00:00:00Z")
    assert disclose(fox, "rep-2", "gen-2") == 201
    fox.tick()
    accrued = {item["sk"]: item["accrued_at"][:10] for item in fox.items("LedgerTable") if item["pk"].startswith("PARTS#")}
    assert accrued["usage#fox#2026-09-30#0000"] == "2026-10-04"
    assert accrued["usage#fox#2026-10-01#0000"] < "2026-10-04"
    assert not [item for item in fox.items("LedgerTable") if item["pk"].startswith("WAITING#")]
    assert disclose(fox, "rep-3", "gen-1", revision=1, work="work:a") == 201  # a revision is looked for in all
    fox.at("2026-10-05T00:00:00Z")
    fox.tick()
    assert by_work(fox)["work:a"] > 0


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
