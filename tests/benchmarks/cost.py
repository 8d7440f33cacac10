"""What a month costs: units counted of slices on the local stack, priced by list prices, beside the two usual designs.

`python -m tests.benchmarks.cost` keeps what it counted in `docs/costs.json`, from which README's tables are made.
"""

import json
import os
from typing import Any, Final

from local import costs
from local.stack import Stack
from overtone.prices import Prices
from tests.benchmarks import cost_slices as slices
from tests.benchmarks.cost_slices import Counted, Slice

RECORDS: Final = tuple(int(size) for size in os.environ.get("BENCH_COST_RECORDS", "333,50000").split(","))
WORKS: Final = tuple(int(size) for size in os.environ.get("BENCH_COST_WORKS", "100,600").split(","))
BUCKETS: Final = int(os.environ.get("BENCH_COST_BUCKETS", "256"))
ENGINE: Final = "moto"
"""The stand-in that is asked over the SDK, so that what the SDK takes is counted."""
PARTS: Final = ("disclosures", "outbox", "ingest", "accrual", "settlement")


def counted() -> dict[str, Any]:
    """Everything that the model needs, counted anew."""
    stack = Stack.deploy(slices.TEMPLATE, {"LedgerBuckets": BUCKETS}, engine=ENGINE)
    try:
        days = {
            shape: {feed: [_said(size, slices.day(stack, Slice(shape, feed, size))) for size in RECORDS] for feed in costs.FEEDS}
            for shape in costs.SHAPES
        }
        settled = [_said(size, slices.settlement(stack, size)) for size in WORKS]
        return {"slices": days, "idle": _said(0, slices.idle(stack)), "settlements": settled}
    finally:
        stack.close()


def _said(records: int, found: Counted) -> dict[str, Any]:
    units = {part: {name: value for name, value in found.units[part]._asdict().items() if value} for part in PARTS if part in found.units}
    return {"records": records, "stored_bytes": found.stored_bytes, "object_bytes": found.object_bytes, "owed": found.owed, "units": units}


def figures(found: costs.Counts) -> dict[str, Any]:
    """USD per million, by shape and feed, of the largest month; and per million outputs disclosed."""
    plays, prices = costs.MONTHS["3 billion"], Prices()
    answer: dict[str, Any] = {}
    for shape, feed in costs.COLUMNS:
        month = costs.month(found, shape, feed, plays)
        told = {"usd_per_million": _usd(month.per_million(month.moved))}
        told |= {f"share.{part}": round(amount / month.moved, 3) for part, amount in month.parts.items()}
        one = found.slices[shape, feed][-1]
        told["write_units_per_record"] = sum(units.write_units for units in one.units.values()) / one.records
        answer.setdefault(shape, {})[feed] = told
    largest = found.slices["long_tail", "daily"][-1]
    outputs = Slice("long_tail", "daily", largest.records).outputs
    answer["disclosure"] = {"usd_per_million_outputs": _usd(prices.of(largest.units["disclosures"].times(costs.MILLION, outputs)))}
    answer["settlement"] = {"usd_per_million_works": _usd(prices.of(costs.settlement(found, costs.MILLION)))}
    answer["standing.usd_per_month"] = _usd(costs.standing(found, prices))
    answer["item_per_event.usd_per_million"] = _usd(costs.item_per_event("long_tail"))
    answer["batch_of_500.usd_per_million"] = _usd(costs.batch_of_500("long_tail"))
    answer["batch_of_500.hot.usd_per_million"] = _usd(costs.batch_of_500("hot"))
    return answer


def _usd(amount: int) -> float:
    return round(amount / 10**12, 4)


def parsed(said: dict[str, Any]) -> costs.Counts:
    """What was counted, as the model reads it."""
    days = {(shape, feed): [costs.Counted.of(one) for one in said["slices"][shape][feed]] for shape, feed in costs.COLUMNS}
    return costs.Counts(days, costs.Counted.of(said["idle"]), [costs.Counted.of(one) for one in said["settlements"]])


def run() -> dict[str, Any]:
    """The figures."""
    return figures(parsed(counted()))


if __name__ == "__main__":
    costs.COUNTED.write_text(json.dumps(counted(), indent=1, sort_keys=True) + "\n")
    print(json.dumps(figures(costs.counts()), indent=2))
