"""Slices of a month, played on the local stack while everything that they ask of AWS is counted.

A slice is one licensee's day: outputs are disclosed, plays arrive in one batch or every quarter of an hour, and the schedule accrues
them. A settlement is counted by itself, over works that are registered and owned; so is a cycle of the schedule in which nothing came.
"""

from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Final, NamedTuple

from local import limits
from local.stack import Stack
from overtone.money import parse_amount
from overtone.prices import Units

TEMPLATE: Final = Path(__file__).parents[2] / "template.yaml"
DAY: Final = "2026-10-03"
CYCLE: Final = timedelta(minutes=15)
CYCLES: Final = 96
WORKS_EACH: Final = 16
PLAYS_EACH: Final = {"long_tail": 5, "hot": 200}
HOT_OUTPUTS_MAX: Final = 5_000
FEEDS: Final = {"daily": 1, "quarter_hourly": CYCLES}
POSTED_MAX: Final = 20_000
REPORTED_MAX: Final = 3_000
TERRITORIES: Final = ("SE", "NO", "DK", "FI", "DE", "FR", "GB", "US", "CA", "BR")
EMPTY: Final[dict[str, Any]] = {"name": "Lab", "kind": "licensee", "country": "SE"}
PAYOUT: Final = {"currency": "EUR", "method": "sepa", "iban": "SE4550000000058398257466", "threshold": "1"}
ALLOWED: Final = {"training": {"default": "allow"}, "generation": {"default": "allow"}}
LEFT_OUT: Final = frozenset({"other", "reconciliation"})
"""Registration, the authorizer, and what runs once a day whatever comes: not of the slice."""


class Counted(NamedTuple):
    """What a slice came to: units by part, calls, and bytes that tables and buckets keep of it."""

    units: dict[str, Units]
    calls: Counter[tuple[str, str, str]]
    stored_bytes: int
    object_bytes: int = 0
    owed: int = 0
    """What was settled, in 1e-12 of the deal's currency."""


class Slice(NamedTuple):
    """A licensee's day: its shape, its feed and how many records it has."""

    shape: str
    feed: str
    records: int

    @property
    def outputs(self) -> int:
        """How many outputs are played."""
        found = max(1, self.records // PLAYS_EACH[self.shape])
        return min(found, HOT_OUTPUTS_MAX) if self.shape == "hot" else found

    @property
    def works(self) -> int:
        """Over how many works the outputs are spread."""
        return max(WORKS_EACH, self.records if self.shape == "long_tail" else self.outputs)


def isrc(number: int) -> str:
    """A recording's name."""
    return f"isrc:QZ{'ABCDEFGHJK'[number // 10_000_000 % 10]}{number // 1_000_000 % 10}B{number // 100_000 % 10}{number % 100_000:06d}"[:17]


def _sent(stack: Stack, path: str, scope: str, body: dict[str, Any]) -> None:
    reply = stack.http("POST", path, party="lab", scope=scope, json=body)
    if reply.status != 201 or reply.json().get("rejected"):
        raise AssertionError(reply.text[:500])


def disclose(stack: Stack, one: Slice, rng: Random) -> None:
    """Every output of the slice, in reports."""
    for number, first in enumerate(range(0, one.outputs, REPORTED_MAX)):
        records = []
        for output in range(first, min(first + REPORTED_MAX, one.outputs)):
            works = sorted({rng.randrange(one.works) for _ in range(WORKS_EACH)})
            shares = [{"work": isrc(work), "share": f"0.0{rng.randrange(10_000_000, 60_000_000)}"} for work in works]
            records.append({"output_id": f"gen-{output:07d}", "revision": 0, "confidence": "0.9", "shares": shares})
        about = {"report_id": f"rep-{number}", "model": "lab-1", "method": "sureel", "method_version": "2.1"}
        _sent(stack, "/v1/attributions", "disclosures.write", about | {"records": records})


def play(stack: Stack, one: Slice, rng: Random) -> None:
    """The day's plays in their batches, the schedule after each."""
    rows = [
        {
            "record_id": f"{rng.getrandbits(128):032x}",
            "subject": f"output:gen-{rng.randrange(one.outputs):07d}",
            "use": "stream" if rng.random() < 0.9 else "download",
            "used_on": DAY,
            "quantity": rng.randrange(1, 20),
            "revenue": f"0.00{rng.randrange(10, 99)}",
            "currency": "EUR",
            "territory": rng.choice(TERRITORIES),
        }
        for _ in range(one.records)
    ]
    batches = FEEDS[one.feed]
    bounds = [one.records * number // batches for number in range(batches + 1)]
    now = datetime.fromisoformat(f"{DAY}T00:00:00+00:00")
    for number in range(batches):
        now += CYCLE
        stack.at(now)
        part = rows[bounds[number] : bounds[number + 1]]
        for first in range(0, len(part), POSTED_MAX):
            body = {"batch_id": f"b-{number}-{first}", "records": part[first : first + POSTED_MAX]}
            _sent(stack, "/v1/usage", "usage.write", body)
        _cycle(stack, now)
    _cycle(stack, now + timedelta(hours=7))  # what waited for more


def _cycle(stack: Stack, now: datetime) -> None:
    """What the schedule does, and no other schedule."""
    stack.at(now)
    stack.invoke("Aggregate", {"now": now.isoformat()})
    stack.drain()
    if stack.errors:
        raise AssertionError(stack.errors[0])


def _put(stack: Stack, path: str, body: dict[str, Any]) -> None:
    reply = stack.http("PUT", path, scope="admin", json=body)
    if reply.status not in {200, 201}:
        raise AssertionError(reply.text[:500])


def begin(stack: Stack) -> None:
    """The lab, and one open deal."""
    stack.reset()
    stack.at("2026-09-01T08:00:00Z")
    _put(stack, "/v1/parties/lab", EMPTY)
    terms = [{"mechanism": "per_output", "rate": "0.007", "revenue_share": "0.25", "combine": "greater_of"}]
    deal: dict[str, Any] = {
        "licensee": "lab",
        "licensor": None,
        "currency": "EUR",
        "from": "2026-01-01",
        "territories": ["*"],
        "terms": terms,
    }
    _put(stack, "/v1/deals/open", deal)
    stack.at(f"{DAY}T00:00:00Z")


def day(stack: Stack, one: Slice) -> Counted:
    """A slice, from its first disclosure to its accruals."""
    begin(stack)
    rng, before, kept, meter = Random(7), _stored(stack), _objects(stack), stack.metered()
    disclose(stack, one, rng)
    _cycle(stack, stack.now)
    play(stack, one, rng)
    units = {part: found for part, found in meter.units.items() if part not in LEFT_OUT}
    return Counted(units, meter.calls, _stored(stack) - before, _objects(stack) - kept)


def _stored(stack: Stack) -> int:
    """Bytes in the tables."""
    scan, names = stack.aws("dynamodb").get_paginator("scan"), ("UsageTable", "RegistryTable", "LedgerTable")
    pages = (page for name in names for page in scan.paginate(TableName=stack.name(name)))
    return sum(limits.item_bytes(item) for page in pages for item in page["Items"])


def _objects(stack: Stack) -> int:
    """Bytes in the bucket of pages, with those that were replaced, which are kept for some weeks."""
    pages = stack.aws("s3").get_paginator("list_object_versions").paginate(Bucket=stack.name("FactsBucket"))
    return sum(version["Size"] for page in pages for version in page.get("Versions", []))


def idle(stack: Stack) -> Counted:
    """A cycle of the schedule in which nothing came."""
    begin(stack)
    _cycle(stack, stack.now)
    meter = stack.metered()
    _cycle(stack, stack.now + CYCLE)
    return Counted(meter.units, meter.calls, 0)


def settlement(stack: Stack, works: int) -> Counted:
    """The settlement of a month in which so many works were used, each registered and owned by one of its own payees' tenth."""
    begin(stack)
    for payee in range(max(1, works // 10)):
        about: dict[str, Any] = {"name": f"P{payee}", "kind": "creator", "country": "SE", "payout": PAYOUT}
        _put(stack, f"/v1/parties/p-{payee}", about)
    for work in range(works):
        shares = [{"party": f"p-{work % max(1, works // 10)}", "share": "1"}]
        about = {
            "title": f"Song {work}",
            "kind": "recording",
            "identifiers": [isrc(work)],
            "shares": shares,
            "permissions": ALLOWED,
        }
        _put(stack, f"/v1/works/w-{work}", about)
    one, rng = Slice("long_tail", "daily", works), Random(7)
    disclose(stack, one, rng)
    _cycle(stack, stack.now)
    play(stack, one, rng)
    stack.at("2026-11-10T06:00:00Z")
    meter = stack.metered()
    reply = stack.http("POST", "/v1/settlements", scope="finance", json={"settlement_id": "2026-10", "through": "2026-10"})
    if reply.status != 202:
        raise AssertionError(reply.text)
    stack.drain()
    sealed = stack.http("GET", "/v1/settlements/2026-10", scope="finance").json()
    if sealed["status"] != "sealed":
        raise AssertionError(sealed)
    owed = sum(parse_amount(total["owed"]) for total in sealed["totals"])
    return Counted({"settlement": meter.units["settlement"]}, meter.calls, 0, owed=owed)
