"""Whatever is wrong with one reporter's facts, everybody else is paid to the last digit, and nobody waits."""

import csv
import io
import json
from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple

import pytest

from local.stack import Stack
from overtone.facts import segments
from tests import stored_accruals
from tests.integration import scenario
from tests.integration.scenario import ISRC, OTHER_ISRC, files_of, lines_of, settle, usage
from tests.unit.stored_pages import rows_of_segment

KEY = ("usage_month", "deal_id", "mechanism", "work_key", "account", "party_id", "reason", "currency")
LATER = "2026-12-10T06:00:00Z"
DAY, THIRD, GOOD, STRANGE = "2026-10-06", "isrc:SEABC2600003", "isrc:SEABC2600004", "v1|rc2\n=1+1#€"


def partition(reporter: str, day: str = DAY) -> str:
    return f"usage#{reporter}#{day}#0000"


def manifest(stack: Stack, settlement: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(files_of(stack, settlement)["manifest.json"])
    return found


def by_licensee(stack: Stack, *settlements: str) -> dict[str, dict[tuple[str, ...], Decimal]]:
    """What the lines come to, by licensee and by what they are for."""
    sums: dict[str, dict[tuple[str, ...], Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for settlement in settlements:
        for line in lines_of(stack, settlement):
            key = tuple(line[name] for name in KEY)
            sums[line["licensee"]][key] += Decimal(line["amount"])
    return {name: {key: amount for key, amount in found.items() if amount} for name, found in sums.items()}


def page_keys(stack: Stack, reporter: str) -> list[dict[str, Any]]:
    return [item for item in stack.items("UsageTable") if item["pk"] == partition(reporter) and item["sk"].startswith("PAGE#")]


class Poison(NamedTuple):
    """What is wrong with a reporter's day: how it came about, how it is mended, and why it is set aside."""

    reporter: str
    reason: str
    break_it: Callable[[Stack], Any]
    mend_it: Callable[[Stack, Any], None]


def _garble(stack: Stack) -> Any:
    (page,) = page_keys(stack, "garbled")
    form = bytes(page["page"])[:1]
    stack.table("UsageTable").put_item(Item=page | {"page": form + b"no page at all"})
    return page


def _lose(stack: Stack) -> Any:
    (page,) = [item for item in page_keys(stack, "losing") if "first" in item["sk"]]
    stack.table("UsageTable").delete_item(Key={"pk": page["pk"], "sk": page["sk"]})
    return page


def age_the_registry(stack: Stack) -> None:
    """What was registered under older lists of countries, identifiers and banks, as it lies in the table."""
    (item,) = [item for item in stack.items("RegistryTable") if item["pk"] == "PARTY#dee"]
    aged = [
        text.replace('"country":"SE"', '"country":"QZ"').replace("SE4550000000058398257466", "SE4550000000058398257467")
        for text in item["versions"]
    ]
    assert aged != item["versions"]
    stack.table("RegistryTable").put_item(Item=item | {"versions": aged})


def name_models_strangely(stack: Stack) -> None:
    """What a lab disclosed before models had to have plain names, as it lies in the tables."""
    (item,) = [item for item in stack.items("RegistryTable") if "#odd#" in item["sk"] and item["pk"].startswith("OUTPUTS#")]
    (run,) = [item for item in stack.items("LedgerTable") if item["pk"] == "RUNS"]
    rows = rows_of_segment(bytes(item["body"]))
    assert {row.method.model for row in rows} == {run["model"]} == {"odd-1"}
    strange = segments.packed(row._replace(method=row.method._replace(model=STRANGE)) for row in rows)
    changed = {"body": strange.body, "rows": strange.rows, "size": len(strange.body), "head": strange.head}
    stack.table("RegistryTable").put_item(Item=item | changed)
    stack.table("LedgerTable").put_item(Item=run | {"model": STRANGE})


def payment(stack: Stack, settlement: str, payee: str) -> list[dict[str, str]]:
    rows = csv.DictReader(io.StringIO(files_of(stack, settlement)["payments.csv"].decode()))
    return [row for row in rows if row["party_id"] == payee]


def statement_of(stack: Stack, payee: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(files_of(stack)[f"statements/{payee}.json"])
    return {name: value for name, value in told.items() if name != "cutoff"}


def _put_back(stack: Stack, page: Any) -> None:
    stack.table("UsageTable").put_item(Item=page)


POISONS = (
    Poison("garbled", "failed", _garble, _put_back),
    Poison("losing", "invariant_broken", _lose, _put_back),
)


HUGE = "1000000000000000000"
"""The largest amount that a record may bear."""


def declare(stack: Stack, records: int) -> None:
    body = {"month": "2026-10", "batches": 1, "records": records, "revenue": {}}
    assert stack.http("POST", "/v1/completeness", party="own", scope="usage.write", json=body).status == 201


def world(stack: Stack) -> None:
    """A good reporter's month; a bad one for each poison, with deals alike; one whose figures are huge, one that waits for itself."""
    scenario.small_world(stack)
    stack.at("2026-09-02T08:00:00Z")
    scenario.party(stack, "dee", "creator", payout=scenario.BANK | {"currency": "SEK"})
    scenario.work(stack, "third", "dee", {"dee": "1"}, identifiers=[THIRD])
    scenario.party(stack, "huge", "licensee")
    scenario.deal(stack, "of-huge", {"mechanism": "direct_play", "revenue_share": "1"}, licensee="huge")
    scenario.party(stack, "own", "licensee", completeness="own")
    scenario.deal(stack, "of-own", {"mechanism": "direct_play", "rate": "0.01"}, licensee="own")
    scenario.party(stack, "gail", "creator", payout=scenario.BANK)
    scenario.work(stack, "good", "gail", {"gail": "1"}, identifiers=[GOOD])
    scenario.party(stack, "odd", "licensee")
    scenario.deal(stack, "of-odd", {"mechanism": "per_output", "rate": "0.02"}, {"mechanism": "training_run", "fee": "90"}, licensee="odd")
    for poison in POISONS:
        scenario.party(stack, poison.reporter, "licensee")
        scenario.deal(stack, f"of-{poison.reporter}", {"mechanism": "direct_play", "rate": "0.01"}, licensee=poison.reporter)
    stack.at("2026-10-07T08:00:00Z")
    usage(stack, "first", (ISRC, DAY, 3), (ISRC, DAY, 1), (OTHER_ISRC, DAY, 1), by="losing")
    run = {"run_id": "odd-run", "model": "odd-1", "trained_on": DAY, "works": [{"work": ISRC, "weight": "2"}]}
    scenario.sent(stack, "/v1/training-runs", run, "odd")
    body = {"report_id": "odd-r", "model": "odd-1", "method": "m", "method_version": "1"}
    record = {"output_id": "odd-out", "revision": 0, "confidence": "1", "shares": [{"work": ISRC, "share": "0.7"}]}
    scenario.sent(stack, "/v1/attributions", body | {"records": [record]}, "odd")
    scenario.disclose(stack, "rep-good", {"gen-good": {GOOD: "0.9"}})
    scenario.accrue(stack, "2026-10-07T08:15:00Z")
    usage(stack, "played", ("output:odd-out", DAY, 8), by="odd")
    usage(stack, "good", ("output:gen-good", DAY, 9), ("output:gen-1", DAY, 2))
    usage(stack, "play", (THIRD, DAY, 1), by="huge", revenue="1", currency="IDR")
    usage(stack, "huge", *[(ISRC, DAY, 1)] * 3, by="huge", revenue=HUGE, currency="IDR")
    usage(stack, "some", (ISRC, DAY, 11), (OTHER_ISRC, DAY, 1), by="own")
    for poison in POISONS:
        usage(stack, "second", (ISRC, DAY, 7), (OTHER_ISRC, DAY, 2), by=poison.reporter)


def test_each_poison_is_set_aside_named_and_made_good_and_stops_nobody(stack: Stack) -> None:
    world(stack)
    declare(stack, 2)
    scenario.accrue(stack, "2026-10-07T09:00:00Z")
    stack.at(scenario.SETTLED)
    assert settle(stack)["status"] == "sealed"
    healthy, paid_well = by_licensee(stack, "2026-10"), payment(stack, "2026-10", "gail")
    assert [row["status"] for row in paid_well] == ["paid"]
    told_well = statement_of(stack, "gail")

    stack.reset()
    world(stack)
    broken = {poison.reporter: poison.break_it(stack) for poison in POISONS}
    age_the_registry(stack)
    name_models_strangely(stack)
    declare(stack, 3)
    for hour in range(9, 18, 2):
        scenario.accrue(stack, f"2026-10-07T{hour:02d}:00:00Z")
    listed = stack.http("GET", "/v1/quarantine", scope="finance").json()["items"]
    assert {(item["reporter"], item["reason"]) for item in listed} == {(poison.reporter, poison.reason) for poison in POISONS}
    stack.at(scenario.SETTLED)
    refused = settle(stack, "strict", strict=True)
    assert refused["status"] == "refused", refused
    assert {reason["field"] for reason in refused["reasons"]} == {item["partition"] for item in listed}
    assert settle(stack)["status"] == "sealed"
    paid = by_licensee(stack, "2026-10")
    for good in ("fox", "huge", "odd"):
        assert paid[good] == healthy[good], "the good reporters' money is what it is without them"
    assert payment(stack, "2026-10", "gail") == paid_well, "and so is every cent of their payees"
    assert statement_of(stack, "gail") == told_well
    assert max(paid["huge"].values()) > 2 * int(HUGE)
    assert "own" not in paid
    left = manifest(stack, "2026-10")
    assert left["waiting"] == [{"month": "2026-10", "reporter": "own"}]
    assert {(one["from"], one["to"]) for one in left["unconverted"]} == {("IDR", "EUR"), ("IDR", "SEK")}
    told = manifest(stack, "2026-10")["quarantined"]
    assert [(one["reporter"], one["day"], one["records"], one["reason"]) for one in told] == [
        (poison.reporter, DAY, 2, poison.reason) for poison in sorted(POISONS)
    ]
    assert sum(paid["losing"].values()) == Decimal("0.05"), "it counts with what it last said"

    declare(stack, 2)
    for poison in POISONS:
        poison.mend_it(stack, broken[poison.reporter])
    for item in listed:
        assert stack.http("POST", f"/v1/quarantine/{item['partition']}:retry", scope="finance").status == 202
    stack.drain()
    assert stack.http("GET", "/v1/quarantine", scope="finance").json() == {"items": [], "next_cursor": None}
    stack.at(LATER)
    assert settle(stack, "2026-11", "2026-11")["status"] == "sealed"
    assert [manifest(stack, "2026-11")[what] for what in ("quarantined", "waiting")] == [[], []]
    assert by_licensee(stack, "2026-10", "2026-11") == healthy, "and the next settlement brings exactly the difference"


@pytest.mark.parametrize("writes", range(2, 4))
def test_what_a_dying_worker_left_half_done_counts_for_nothing(stack: Stack, writes: int) -> None:
    """It dies at the same write each time. What it said before stands, in the accruals and in the settlement."""
    scenario.small_world(stack)
    before = stored_accruals.rows_that_count(stack, partition("fox", "2026-10-03"))
    assert before
    usage(stack, "b-2", ("output:gen-1", "2026-10-03", 5), (OTHER_ISRC, "2026-10-03", 1))
    stack.invoke("Aggregate", {"now": "2026-10-05T09:00:00Z"})
    for hour in (9, 11, 13):
        stack.at(f"2026-10-05T{hour:02d}:00:00Z")
        stack.faults.fail_after(writes, service="dynamodb")
        stack.drain()
        assert stack.faults.fired
    stack.faults.clear()
    stack.at("2026-10-05T15:00:00Z")
    stack.drain()
    assert stored_accruals.rows_that_count(stack, partition("fox", "2026-10-03")) == before
    (aside,) = stack.http("GET", "/v1/quarantine", scope="finance").json()["items"]
    assert (aside["reason"], aside["records"]) == ("worker_died", 2)
    assert settle(stack, "early", early=True)["status"] == "sealed", stack.errors
    (line,) = [line for line in lines_of(stack, "early") if line["mechanism"] == "per_output" and line["account"] == "party"]
    assert Decimal(line["quantity"]) == 12 * Decimal("0.31") * Decimal("0.75")


def test_what_no_further_try_can_mend_is_set_aside_at_the_first(stack: Stack) -> None:
    scenario.small_world(stack)
    usage(stack, "b-two", ("output:gen-1", "2026-10-03", 5), ("output:gen-1", "2026-10-03", 6))
    scenario.accrue(stack, "2026-10-05T08:30:00Z")
    usage(stack, "b-2", ("output:gen-1", "2026-10-03", 5))
    (page,) = [item for item in page_keys_of(stack, partition("fox", "2026-10-03")) if "b-two" in item["sk"]]
    stack.table("UsageTable").delete_item(Key={"pk": page["pk"], "sk": page["sk"]})
    stack.invoke("Aggregate", {"now": "2026-10-05T09:00:00Z"})
    stack.drain()
    (aside,) = stack.http("GET", "/v1/quarantine", scope="finance").json()["items"]
    assert (aside["reason"], aside["attempts"]) == ("invariant_broken", 1)
    assert not stack.errors, "no delivery of its message failed"
    assert stack.messages("AccrualQueue") == []


def page_keys_of(stack: Stack, name: str) -> list[dict[str, Any]]:
    return [item for item in stack.items("UsageTable") if item["pk"] == name and item["sk"].startswith("PAGE#")]
