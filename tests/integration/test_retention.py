"""The end of retention is an end: what expired is taken in any order, early or late, and no figure that was settled ever moves."""

import json
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from local.gateway import Response
from local.stack import Stack
from tests import lifecycle
from tests.integration import scenario
from tests.integration.scenario import ISRC, disclose, files_of, lines_of, settle, usage

LONG_AFTER = "2029-12-01T00:00:00Z"
"""The usage of October 2026 is kept for 1,095 days."""

Taken = Callable[[dict[str, Any]], bool]


def take(stack: Stack, table: str, wanted: Taken) -> int:
    """What the table's time to live does to some of what has expired by now."""
    now, count = int(stack.now.timestamp()), 0
    for item in stack.items(table):
        if int(item.get("expires_at", now + 1)) <= now and wanted(item):
            stack.table(table).delete_item(Key={"pk": item["pk"], "sk": item["sk"]})
            count += 1
    return count


def said(stack: Stack) -> list[dict[str, Any]]:
    """All that settlements read: the accruals, and what the partitions report of them."""
    items = [item for item in stack.items("LedgerTable") if item["pk"].startswith(("PAGES#", "PARTS#"))]
    return [*items, {"objects": {key: body for key, body in stack.objects("FactsBucket").items() if key.startswith("accruals/")}}]


def world(stack: Stack) -> None:
    scenario.small_world(stack)
    usage(stack, "b-2", ("output:gen-1", "2026-10-03", 5), (ISRC, "2026-10-03", 2))
    usage(stack, "gone", ("output:gen-1", "2026-10-03", 1_000))
    assert stack.http("DELETE", "/v1/usage/gone", party="fox", scope="usage.write").status == 200
    scenario.accrue(stack, "2026-10-06T00:00:00Z")
    stack.at(scenario.SETTLED)
    assert settle(stack)["status"] == "sealed"


@pytest.mark.parametrize(
    "order",
    [
        ("PAGE#b-1", "PAGE#b-2", "PAGE#gone", "WITHDRAWN#"),
        ("WITHDRAWN#", "PAGE#gone"),
        ("PAGE#gone",),
        ("",),
        (),
    ],
)
def test_whatever_was_taken_what_was_settled_stays_and_nothing_is_broken(stack: Stack, order: tuple[str, ...]) -> None:
    world(stack)
    before = said(stack)
    stack.at(LONG_AFTER)
    for prefix in order:
        take(stack, "UsageTable", lambda item, prefix=prefix: item["sk"].startswith(prefix))  # type: ignore[misc]
        take(stack, "LedgerTable", lambda item: item["pk"].startswith(("COUNTS#", "SKETCH#")))
    disclose(stack, "rep-2", {"gen-1": {ISRC: "0.9"}}, revision=1)
    scenario.accrue(stack, LONG_AFTER)
    after = [{name: value for name, value in item.items() if name != "final"} for item in said(stack)]
    assert after == before, "the day is final"
    assert stack.http("GET", "/v1/quarantine", scope="finance").json()["items"] == []
    assert not stack.errors
    assert settle(stack, "late", "2029-11")["status"] == "sealed"
    assert [line for line in lines_of(stack, "late") if line["mechanism"] == "per_output"] == []


@pytest.mark.parametrize(
    ("path", "name"), [("training-runs", "run_id"), ("revenue", "report_id"), ("levies", "levy_id"), ("attributions", "report_id")]
)
def test_what_is_sent_again_after_its_receipt_is_forgotten_is_no_error_of_ours(stack: Stack, path: str, name: str) -> None:
    """What it wrote in the ledger stands, so it was answered for ever that it should be sent again, which rings an alarm in the end."""
    world(stack)
    levy = {"month": "2026-10", "currency": "EUR", "amount": "10", "distribution": {"formula": "equal_per_party"}}
    bodies: dict[str, dict[str, Any]] = {
        "training-runs": {"model": "fox-1", "trained_on": "2026-10-02", "works": [{"work": ISRC}]},
        "revenue": {"month": "2026-10", "currency": "EUR", "net_revenue": "5", "subscribers": 1},
        "levies": {"administrator": "fox"} | levy,
        "attributions": {"model": "fox-1", "method": "m", "method_version": "1"}
        | {"records": [{"output_id": "gen-7", "confidence": "1", "shares": [{"work": ISRC, "share": "0.5"}]}]},
    }
    asked: dict[str, Any] = {"party": "fox", "scope": "admin" if path == "levies" else "disclosures.write"}
    asked["json"] = bodies[path] | {name: "old"}
    assert stack.http("POST", f"/v1/{path}", **asked).status == 201
    stack.at("2029-12-20T00:00:00Z")
    take(stack, "UsageTable", lambda item: not item["sk"].startswith("PAGE#"))
    again = stack.http("POST", f"/v1/{path}", **asked)
    assert (again.status, "'old' was used before for what was taken on 2026-1" in again.json()["detail"]) == (409, True), again.text
    assert stack.http("POST", f"/v1/{path}", **asked | {"json": bodies[path] | {name: "new"}}).status == 201
    assert not stack.errors


def test_what_would_change_a_final_day_is_refused_at_the_door(stack: Stack) -> None:
    world(stack)
    stack.at(LONG_AFTER)
    refused = stack.http("DELETE", "/v1/usage/b-2", party="fox", scope="usage.write")
    assert (refused.status, "2026-10-03, whose records are kept no more" in refused.json()["detail"]) == (422, True)
    record = {"record_id": "x", "subject": ISRC, "use": "stream", "used_on": "2026-10-03", "quantity": 1, "territory": "SE"}
    late = stack.http("POST", "/v1/usage", party="fox", scope="usage.write", json={"batch_id": "late", "records": [record]})
    assert (late.status, "is final" in late.json()["errors"][0]["message"]) == (422, True)


@pytest.mark.parametrize("records", [1, 5])
def test_a_day_is_final_from_the_moment_at_which_its_first_records_expire(stack: Stack, records: int) -> None:
    """For one day more it was open: what came then took the place of all that was counted, or set the day aside where it was less."""
    scenario.small_world(stack)
    stack.at("2026-10-03T09:00:00Z")
    usage(stack, "at-once", ("output:gen-1", "2026-10-03", 5), (ISRC, "2026-10-03", 2))
    scenario.accrue(stack, "2026-10-06T00:00:00Z")
    before = said(stack)
    refused = late(stack, "2029-10-02T00:00:00Z", records)
    assert (refused.status, "days from 2026-10-04 to" in refused.json()["errors"][0]["message"]) == (422, True)
    disclose(stack, "rep-2", {"gen-1": {ISRC: "0.9"}}, revision=1)
    scenario.accrue(stack, "2029-10-02T12:00:00Z")
    assert [{name: value for name, value in item.items() if name != "final"} for item in said(stack)] == before
    assert stack.http("GET", "/v1/quarantine", scope="finance").json()["items"] == []


def test_on_the_last_day_on_which_all_of_its_records_are_kept_a_day_is_open(stack: Stack) -> None:
    scenario.small_world(stack)
    stack.at("2026-10-03T09:00:00Z")
    usage(stack, "at-once", ("output:gen-1", "2026-10-03", 5), (ISRC, "2026-10-03", 2))
    scenario.accrue(stack, "2026-10-06T00:00:00Z")
    assert late(stack, "2029-10-01T12:00:00Z", 5).status == 201
    scenario.accrue(stack, "2029-10-01T12:00:00Z")
    assert [item["records"] for item in stack.items("LedgerTable") if item["pk"] == "PARTS#2026-10"] == [3 + 5]


def test_an_old_day_that_was_loaded_late_is_open_while_nothing_of_it_has_expired(stack: Stack) -> None:
    """Its first batch closed it: the rest of the day, and every correction, was refused because its records were kept no more."""
    scenario.small_world(stack)
    assert late(stack, "2026-10-06T00:00:00Z", 1, "old-1", used_on="2005-03-01").status == 201
    scenario.accrue(stack, "2026-10-06T01:00:00Z")
    assert late(stack, "2026-10-07T00:00:00Z", 2, "old-2", used_on="2005-03-01").status == 201
    scenario.accrue(stack, "2026-10-07T01:00:00Z")
    assert [item["records"] for item in stack.items("LedgerTable") if item["pk"] == "PARTS#2005-03"] == [3]
    assert late(stack, "2029-10-05T00:00:00Z", 1, "old-3", used_on="2005-03-01").status == 422
    assert late(stack, "2029-10-05T00:00:00Z", 1, "old-3", used_on="2004-03-01").status == 201
    assert not stack.errors


def late(stack: Stack, now: str, records: int, batch: str = "late", used_on: str = "2026-10-03") -> Response:
    """Usage that comes years after its day."""
    stack.at(now)
    one = {"subject": ISRC, "use": "stream", "used_on": used_on, "quantity": 1, "territory": "SE"}
    body = {"batch_id": batch, "records": [one | {"record_id": f"{batch}-{number}"} for number in range(records)]}
    return stack.http("POST", "/v1/usage", party="fox", scope="usage.write", json=body)


def test_a_page_that_was_taken_early_sets_the_day_aside_and_its_figures_stay(stack: Stack) -> None:
    world(stack)
    before = said(stack)
    for item in stack.items("UsageTable"):
        if item["sk"].startswith("PAGE#b-1") and item["pk"].startswith("usage#"):
            stack.table("UsageTable").delete_item(Key={"pk": item["pk"], "sk": item["sk"]})
    disclose(stack, "rep-2", {"gen-1": {ISRC: "0.9"}}, revision=1)
    scenario.accrue(stack, "2026-12-01T00:00:00Z")
    (aside,) = stack.http("GET", "/v1/quarantine", scope="finance").json()["items"]
    assert (aside["day"], aside["reason"]) == ("2026-10-03", "invariant_broken")
    assert said(stack) == before


def test_everything_that_follows_from_usage_bears_its_end(stack: Stack) -> None:
    world(stack)
    derived = {"ACCEPTED", "RECEIVED", "ACTIVE", "RECEIPT", "usage", "COUNTS", "SKETCH"}
    items = [item for table in ("UsageTable", "LedgerTable") for item in stack.items(table) if item["pk"].split("#")[0] in derived]
    assert {item["pk"].split("#")[0] for item in items} == derived
    assert [item for item in items if "expires_at" not in item] == []


def test_books_that_were_replaced_are_marked_for_the_bucket_s_lifecycle_and_no_others(stack: Stack) -> None:
    world(stack)
    first = [key for key in stack.objects("SettlementBucket") if key.startswith("books/")]
    usage(stack, "b-4", ("output:gen-1", "2026-10-07", 9))
    scenario.accrue(stack, "2026-12-01T00:00:00Z")
    stack.at("2026-12-10T06:00:00Z")
    assert settle(stack, "2026-11", "2026-11")["status"] == "sealed"
    index = json.loads(stack.objects("SettlementBucket")["2026-11/state/books.json"])["months"]
    current = {key for book in index.values() for key in book["parts"].values()}
    s3, bucket = stack.aws("s3"), stack.name("SettlementBucket")
    marked = {key for key in {*first, *current} if s3.get_object_tagging(Bucket=bucket, Key=key)["TagSet"]}
    assert marked == set(first) - current
    assert marked


def test_everything_that_follows_from_usage_and_drops_expires(stack: Stack) -> None:
    """In the usage table stands for ever only what says how far the outbox is."""
    world(stack)
    head, row = b"record_id,subject,use,used_on,quantity,territory\n", b"r-9,output:gen-1,stream,2026-10-03,1,SE\n"
    stack.put_object("DropBucket", "usage/fox/oct.csv", head + row)
    stack.drain()
    stack.invoke("Aggregate", {})
    stack.drain()
    kept = {item["pk"].split("#")[0] for item in stack.items("UsageTable") if "expires_at" not in item}
    assert kept == {"ACCRUED"}


@pytest.mark.parametrize("seed", range(4))
def test_in_whatever_order_a_table_gets_to_what_expired_no_figure_moves(stack: Stack, seed: int) -> None:
    """Some of it now and some later, and between that all that reads or would change the day."""
    world(stack)
    before, dice = said(stack), Random(seed)
    stack.at(LONG_AFTER)
    for revision in range(1, 5):
        stack.expire(share=dice.random(), seed=10 * seed + revision)
        disclose(stack, f"late-{revision}", {"gen-1": {ISRC: f"0.{dice.randint(1, 9)}"}}, revision=revision)
        stack.invoke("Reconcile", {"now": LONG_AFTER})
        scenario.accrue(stack, LONG_AFTER)
        for path in ("usage", "usage/b-1", "usage/b-2"):
            answer = stack.http("GET", f"/v1/{path}", party="fox", scope="usage.write")
            assert answer.status in {200, 404}, answer.text
    stack.expire()
    scenario.accrue(stack, LONG_AFTER)
    assert [{name: value for name, value in item.items() if name != "final"} for item in said(stack)] == before
    assert stack.http("GET", "/v1/quarantine", scope="finance").json()["items"] == []
    assert not stack.errors
    assert settle(stack, "late", "2029-11")["status"] == "sealed"
    assert [line for line in lines_of(stack, "late") if line["mechanism"] == "per_output"] == []


def goes_on(stack: Stack, taken: tuple[str, ...]) -> list[dict[str, str]]:
    """What the next settlement posts where items were taken before their time, of a day that is not final."""
    stack.reset()
    world(stack)
    stack.at("2026-11-20T00:00:00Z")
    for table in ("UsageTable", "LedgerTable"):
        for item in stack.items(table):
            if item["pk"].startswith(taken):
                assert "expires_at" in item, item
                stack.table(table).delete_item(Key={"pk": item["pk"], "sk": item["sk"]})
    usage(stack, "b-5", ("output:gen-1", "2026-10-03", 3))
    disclose(stack, "rep-2", {"gen-1": {ISRC: "0.5"}}, revision=1)
    scenario.accrue(stack, "2026-11-20T01:00:00Z")
    stack.invoke("Reconcile", {"now": "2026-11-20T02:00:00Z"})
    stack.at("2026-12-10T06:00:00Z")
    assert settle(stack, "2026-11", "2026-11")["status"] == "sealed"
    assert not stack.errors
    return lines_of(stack, "2026-11")


@pytest.mark.parametrize("taken", [("ACCEPTED#", "RECEIVED#", "ACTIVE#", "FACTS#"), ("COUNTS#", "SKETCH#"), ("RECEIPT#usage#",)])
def test_an_index_or_summary_that_was_taken_early_changes_nothing(stack: Stack, taken: tuple[str, ...]) -> None:
    assert goes_on(stack, taken) == goes_on(stack, ("nothing#",))


def later(stack: Stack, *, aged: bool) -> dict[str, bytes]:
    """The files of a third settlement; `aged`: after the rules removed all of the first two that they are about."""
    stack.reset()
    world(stack)
    assert settle(stack, "look", preview=True)["status"] == "previewed"
    usage(stack, "b-4", ("output:gen-1", "2026-10-07", 9))
    scenario.accrue(stack, "2026-12-01T00:00:00Z")
    stack.at("2026-12-10T06:00:00Z")
    assert settle(stack, "2026-11", "2026-11")["status"] == "sealed"
    if aged:
        gone = lifecycle.age(stack, "SettlementBucket")
        assert {key.partition("/")[0] for key in gone} == {"work", "previews", "books", "2026-10", "2026-11"}
        sealed = [key for key in gone if key.startswith("2026-")]
        assert not [key for key in sealed if "/state/" in key or key.endswith(("manifest.json", "lines.csv", "journal.csv"))]
    usage(stack, "b-5", ("output:gen-1", "2026-10-08", 4), ("output:gen-1", "2026-12-02", 2))
    scenario.accrue(stack, "2026-12-11T00:00:00Z")
    stack.at("2027-01-10T06:00:00Z")
    assert settle(stack, "2026-12", "2026-12")["status"] == "sealed"
    assert not stack.errors
    return files_of(stack, "2026-12")


def test_what_lifecycle_rules_remove_no_later_settlement_misses(stack: Stack) -> None:
    assert later(stack, aged=True) == later(stack, aged=False)
