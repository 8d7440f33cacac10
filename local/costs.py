"""What a month costs to run: the model that README's tables print, and `make bench` counts anew.

`docs/costs.json` holds what was counted of slices on the local stack (see `local.meter`): units by part. A month is so many slices,
its settlement so many works, and what stands there whatever is played. Beside it stand two usual designs, by the same prices. All
amounts are integers of 1e-12 USD.
"""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from local.blocks import table, template
from overtone.prices import CALL_MILLISECONDS, HTTP_REQUEST_BYTES, READ_UNIT_BYTES, WRITE_UNIT_BYTES, Prices, Units, units_of
from overtone.stores.accrual_pages import READ_AT_ONCE

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT: Final = Path(__file__).parent.parent
COUNTED: Final = ROOT / "docs" / "costs.json"
MILLION: Final = 1_000_000
MONTHS: Final = {"10 thousand": 10_000, "10 million": 10_000_000, "3 billion": 3_000_000_000}
DAYS: Final = 30
CYCLES: Final = DAYS * 96
WORKS_MAX: Final = 10_000_000
FEEDS: Final = ("daily", "quarter_hourly")
SHAPES: Final = ("hot", "long_tail")
WORKS_EACH: Final = 16
PASSES: Final = 2
"""How often a settlement reads a month's accruals: to measure it, and to compute."""
DIRECTORY_BYTES: Final = 700
"""Of the item that says where a partition's pages are, of 256 buckets."""
HOT_WORKS: Final = 5_000
POLLS: Final = DAYS * 24 * 60 * 15
"""Lambda asks a quiet queue fifteen times a minute, whether anything is there or not."""
METRICS: Final = 3
"""Custom metrics that are emitted in any month: what waits, months not sealed, silent reporters."""
EVENT_BYTES: Final = 300
EVENT_MB_MS: Final = 1_769 * 10
"""A function of one CPU that takes ten milliseconds for one event."""
BATCH: Final = 500
PARTS: Final = {
    "ingest": "accept usage",
    "disclosures": "accept and index disclosures",
    "outbox": "schedule, outbox, queue",
    "accrual": "accrue",
    "settlement": "settle",
    "kept": "keep it for the month",
}


class Counted(NamedTuple):
    """A slice as it was counted: of how many records (or works), its units by part, the bytes it leaves in tables, what was owed.

    `object_bytes` are those that it leaves in buckets, versions that were replaced included.
    """

    records: int
    units: Mapping[str, Units]
    stored_bytes: int
    owed: int = 0
    object_bytes: int = 0

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Counted:
        units = {part: Units(**found) for part, found in said["units"].items()}
        return cls(said["records"], units, said["stored_bytes"], said.get("owed", 0), said.get("object_bytes", 0))


class Counts(NamedTuple):
    """Everything that was counted: slices by shape, feed and size, an idle cycle, settlements by works."""

    slices: Mapping[tuple[str, str], list[Counted]]
    idle: Counted
    settlements: list[Counted]


def counts(path: Path = COUNTED) -> Counts:
    """What was counted last."""
    said = json.loads(path.read_text(encoding="utf-8"))
    slices = {(shape, feed): [Counted.of(one) for one in said["slices"][shape][feed]] for shape in SHAPES for feed in FEEDS}
    return Counts(slices, Counted.of(said["idle"]), [Counted.of(one) for one in said["settlements"]])


class Month(NamedTuple):
    """What a month costs by part, and what stands there whatever is played; in 1e-12 USD."""

    plays: int
    parts: Mapping[str, int]
    standing: int

    @property
    def moved(self) -> int:
        """What follows the plays."""
        return sum(self.parts.values())

    def per_million(self, amount: int) -> int:
        """An amount of the month, per million plays."""
        return amount * MILLION // self.plays


def month(found: Counts, shape: str, feed: str, plays: int, prices: Prices = Prices()) -> Month:  # noqa: B008 - a tuple
    """A month of so many plays: days made of the largest counted slice that is not larger than a day, or of a part of the smallest."""
    a_day = max(1, plays // DAYS)
    slices = found.slices[shape, feed]
    one = max((one for one in slices if one.records <= a_day), key=lambda one: one.records, default=slices[0])
    parts = {part: prices.of(units.times(plays, one.records)) for part, units in one.units.items()}
    cycles = 1 if feed == "daily" else 96
    own = one.units["outbox"].less(found.idle.units["outbox"].times(cycles))
    parts["outbox"] = prices.of(Units(*(max(0, value) for value in own)).times(plays, one.records))
    parts["settlement"] = prices.of(settlement(found, works_of(shape, plays)).plus(readings(-(-plays // one.records) - 1)))
    parts["kept"] = prices.kept_in_tables(one.stored_bytes * plays // one.records)
    parts["kept"] += prices.kept_in_buckets(one.object_bytes * plays // one.records)
    return Month(plays, parts, standing(found, prices))


def works_of(shape: str, plays: int) -> int:
    """How many works a month's plays are spread over: of the long tail as many as records in a day."""
    most: int = HOT_WORKS if shape == "hot" else WORKS_MAX
    return max(WORKS_EACH, min(most, plays // DAYS))


def settlement(found: Counts, works: int) -> Units:
    """A settlement of so many works: what any takes, and what each work adds."""
    small, large = found.settlements[0], found.settlements[-1]
    step = large.units["settlement"].less(small.units["settlement"])
    more = Units(*(max(0, value) for value in step)).times(max(0, works - small.records), large.records - small.records)
    return small.units["settlement"].plus(more)


def readings(partitions: int) -> Units:
    """What a settlement reads of so many partitions more than the one that was counted: of each a range per bucket and pass."""
    resources = template()
    ranges = int(resources["Parameters"]["LedgerBuckets"]["Default"]) * PASSES * partitions
    waited = CALL_MILLISECONDS * int(resources["Resources"]["Settlement"]["Properties"]["MemorySize"])
    directories = ranges * DIRECTORY_BYTES // READ_UNIT_BYTES
    return Units(s3_gets=ranges, read_units=directories, mb_ms=ranges * waited // READ_AT_ONCE)


def standing(found: Counts, prices: Prices) -> int:
    """A month in which nothing comes: the schedule's cycles, polls of the queues, alarms and metrics."""
    resources = template()["Resources"].values()
    alarms: int = sum(one["Type"] == "AWS::CloudWatch::Alarm" for one in resources)
    events = [event for one in resources for event in (one.get("Properties") or {}).get("Events", {}).values()]
    queues: int = sum(event["Type"] == "SQS" for event in events)
    cycles = found.idle.units["outbox"].plus(Units(schedules=1)).times(CYCLES)
    return prices.of(cycles.plus(Units(messages=queues * POLLS))) + alarms * prices.alarm_month + METRICS * prices.metric_month


# --- the usual designs


def item_per_event(shape: str, prices: Prices = Prices()) -> int:  # noqa: ARG001, B008 - whatever the shape, nothing is shared between events
    """A million events, each with a request and a transaction: the event, its deduplication, a counter of each work; in 1e-12 USD."""
    writes = 2 * (2 * units_of(EVENT_BYTES, WRITE_UNIT_BYTES) + WORKS_EACH + 1)
    units = Units(write_units=writes, read_units=1, http_requests=1, invocations=1, mb_ms=EVENT_MB_MS)
    return prices.of(units.times(MILLION))


def batch_of_500(shape: str, prices: Prices = Prices()) -> int:  # noqa: B008 - a tuple
    """A million events in batches of 500: packed, with a deduplication item each, and counters added up within the batch."""
    counters = distinct(BATCH * (WORKS_EACH + 1), HOT_WORKS if shape == "hot" else WORKS_MAX)
    packed = units_of(BATCH * EVENT_BYTES, WRITE_UNIT_BYTES)
    writes = BATCH + packed + counters
    reads = BATCH // (4 if shape == "hot" else 1)
    requests = units_of(BATCH * EVENT_BYTES, HTTP_REQUEST_BYTES)
    units = Units(write_units=writes, read_units=reads, http_requests=requests, invocations=1, mb_ms=EVENT_MB_MS * BATCH // 10)
    return prices.of(units.times(MILLION, BATCH))


def distinct(draws: int, things: int) -> int:
    """How many of so many things so many draws touch."""
    dice = Random(7)
    return len({dice.randrange(things) for _ in range(draws)})


# --- tables


def usd(amount: int, places: int = 3) -> str:
    """An amount as dollars, rounded up."""
    scaled = -(-amount * 10**places // 10**12)
    whole, rest = divmod(scaled, 10**places)
    return f"{whole:,}.{rest:0{places}d}"


COLUMNS: Final = tuple((shape, feed) for shape in SHAPES for feed in FEEDS)
_HEADS: Final = {"hot": "few hot outputs", "long_tail": "long tail", "daily": "one batch per day", "quarter_hourly": "every 15 minutes"}


def months_table(prices: Prices = Prices()) -> str:  # noqa: B008 - a tuple
    """What a million plays cost, by the size of the month, beside the usual designs."""
    found = counts()
    head = ["records per month", *(f"{_HEADS[shape]}, {_HEADS[feed]}" for shape, feed in COLUMNS)]
    head += ["an item and a transaction per event", "batches of 500, a deduplication item per event"]
    rows = []
    for name, plays in MONTHS.items():
        months = [month(found, shape, feed, plays, prices) for shape, feed in COLUMNS]
        usual = (item_per_event("long_tail", prices), batch_of_500("long_tail", prices))
        rows.append([name, *(usd(one.per_million(one.moved)) for one in months), *map(usd, usual)])
    return table(head, rows)


def parts_table(plays: int = MONTHS["3 billion"], prices: Prices = Prices()) -> str:  # noqa: B008 - a tuple
    """Which part costs how much of a million plays, and what share of the whole that is."""
    found = counts()
    months = [month(found, shape, feed, plays, prices) for shape, feed in COLUMNS]
    rows = []
    for part, words in PARTS.items():
        rows.append([words, *(f"{usd(one.per_million(one.parts[part]))} ({100 * one.parts[part] // one.moved}%)" for one in months)])
    rows.append(["all", *(usd(one.per_million(one.moved)) for one in months)])
    return table(["USD per million records", *(f"{_HEADS[shape]}, {_HEADS[feed]}" for shape, feed in COLUMNS)], rows)


def sentences() -> str:
    """What stands there whatever is played, and what the cost is beside the royalties."""
    found, prices = counts(), Prices()
    tail = month(found, "long_tail", "daily", MONTHS["3 billion"], prices)
    last = found.settlements[-1]
    owed = last.owed * MILLION // last.records
    share = tail.per_million(tail.moved) * 10**8 // owed
    return (
        f"A stack in which nothing happens costs {usd(standing(found, prices), 2)} USD per month: its alarms and metrics, the polls of its "
        f"queues, {CYCLES:,} cycles of its schedule. A million records of the slices' deal (0.007 EUR per play, some ten plays per record) "
        f"owe {usd(owed, 0)[:-2]} EUR: moving them costs {share // 10**6}.{share % 10**6:06d}% of that."
    )
