"""Whatever is wrong with one reporter's facts, everybody else is paid to the last digit, and nobody waits."""

import json
from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple

from local.stack import Stack
from tests.integration import scenario
from tests.integration.scenario import ISRC, OTHER_ISRC, files_of, lines_of, settle, usage

KEY = ("usage_month", "deal_id", "mechanism", "work_key", "account", "party_id", "reason", "currency")
LATER = "2026-12-10T06:00:00Z"
DAY = "2026-10-06"


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
    stack.table("UsageTable").put_item(Item=page | {"page": b"no page at all"})
    return page


def _lose(stack: Stack) -> Any:
    (page,) = [item for item in page_keys(stack, "losing") if "first" in item["sk"]]
    stack.table("UsageTable").delete_item(Key={"pk": page["pk"], "sk": page["sk"]})
    return page


def _put_back(stack: Stack, page: Any) -> None:
    stack.table("UsageTable").put_item(Item=page)


POISONS = (
    Poison("garbled", "failed", _garble, _put_back),
    Poison("losing", "invariant_broken", _lose, _put_back),
)


def world(stack: Stack) -> None:
    """The good reporter's month, and a bad one for each poison, with a deal alike."""
    scenario.small_world(stack)
    stack.at("2026-09-02T08:00:00Z")
    for poison in POISONS:
        scenario.party(stack, poison.reporter, "licensee")
        scenario.deal(stack, f"of-{poison.reporter}", {"mechanism": "direct_play", "rate": "0.01"}, licensee=poison.reporter)
    stack.at("2026-10-07T08:00:00Z")
    usage(stack, "first", (ISRC, DAY, 3), (ISRC, DAY, 1), (OTHER_ISRC, DAY, 1), by="losing")
    scenario.accrue(stack, "2026-10-07T08:15:00Z")
    for poison in POISONS:
        usage(stack, "second", (ISRC, DAY, 7), (OTHER_ISRC, DAY, 2), by=poison.reporter)


def test_each_poison_is_set_aside_named_and_made_good_and_stops_nobody(stack: Stack) -> None:
    world(stack)
    stack.tick("2026-10-07T09:00:00Z")
    stack.at(scenario.SETTLED)
    assert settle(stack)["status"] == "sealed"
    healthy = by_licensee(stack, "2026-10")

    stack.reset()
    world(stack)
    broken = {poison.reporter: poison.break_it(stack) for poison in POISONS}
    for hour in range(9, 18, 2):
        stack.tick(f"2026-10-07T{hour:02d}:00:00Z")
    listed = stack.http("GET", "/v1/quarantine", scope="finance").json()["items"]
    assert {(item["reporter"], item["reason"]) for item in listed} == {(poison.reporter, poison.reason) for poison in POISONS}
    stack.at(scenario.SETTLED)
    refused = settle(stack, "strict", strict=True)
    assert refused["status"] == "refused", refused
    assert {reason["field"] for reason in refused["reasons"]} == {item["partition"] for item in listed}
    assert settle(stack)["status"] == "sealed"
    paid = by_licensee(stack, "2026-10")
    assert paid["fox"] == healthy["fox"], "the good reporter's money is what it is without them"
    told = manifest(stack, "2026-10")["quarantined"]
    assert [(one["reporter"], one["day"], one["records"], one["reason"]) for one in told] == [
        (poison.reporter, DAY, 2, poison.reason) for poison in sorted(POISONS)
    ]
    assert sum(paid["losing"].values()) == Decimal("0.05"), "it counts with what it last said"

    for poison in POISONS:
        poison.mend_it(stack, broken[poison.reporter])
    for item in listed:
        assert stack.http("POST", f"/v1/quarantine/{item['partition']}:retry", scope="finance").status == 202
    stack.drain()
    assert stack.http("GET", "/v1/quarantine", scope="finance").json() == {"items": [], "next_cursor": None}
    stack.at(LATER)
    assert settle(stack, "2026-11", "2026-11")["status"] == "sealed"
    assert manifest(stack, "2026-11")["quarantined"] == []
    assert by_licensee(stack, "2026-10", "2026-11") == healthy, "and the next settlement brings exactly the difference"
