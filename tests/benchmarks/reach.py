"""What the figures should reach, by their keys in `out/bench.json`; the report prints all of them, met or not."""

from typing import Any, Final, NamedTuple


class Bound(NamedTuple):
    """A figure's key, its bound, and whether it should be at least or at most that."""

    key: str
    bound: float
    at_least: bool
    words: str

    def holds(self, value: float) -> bool:
        """Whether a figure keeps it."""
        return value >= self.bound if self.at_least else value <= self.bound


def _least(key: str, bound: float, words: str) -> Bound:
    return Bound(key, bound, at_least=True, words=words)


def _most(key: str, bound: float, words: str) -> Bound:
    return Bound(key, bound, at_least=False, words=words)


REACH: Final = (
    _least("accrue.long_tail.vs_polars", 2, "sums of the long tail beside polars, times as fast"),
    _least("accrue.hot.vs_polars", 2, "sums of hot outputs beside polars, times as fast"),
    _least("accrue.long_tail.vs_python", 25, "the same beside plain Python"),
    _least("accrue.long_tail.packed.vs_python", 25, "pages and all beside plain Python's sums, times as fast"),
    _least("accrue.long_tail.of_numpy_floor", 0.5, "sums beside bare numpy on integers"),
    _most("accrue.long_tail.mb_per_million", 1_024, "peak memory, MB per million records"),
    _most("cost.long_tail.daily.usd_per_million", 0.10, "USD per million records, long tail, one batch a day"),
    _most("cost.long_tail.quarter_hourly.usd_per_million", 0.20, "the same, a batch every 15 minutes"),
    _most("cost.hot.daily.usd_per_million", 0.05, "USD per million records, hot outputs, one batch a day"),
    _most("cost.disclosure.usd_per_million_outputs", 1, "USD per million outputs disclosed"),
    _most("settle.lines_200k.cpu_seconds", 6, "a settlement of 200,000 lines, CPU seconds"),
    _least("settle.vs_first_version", 3, "the same beside the first version's code, times as fast"),
    _most("settle.payees_1m.peak_mb", 1_024, "files of a million payees, MB in any one function"),
    _most("settle.payees_1m.seconds_max", 600, "the same, seconds of any one function by its CPU and calls"),
    _most("what_if.what_if_over_settlement", 1, "a what-if beside a settlement without its files, of their CPU"),
    _least("ingest.vs_batch_writer", 30, "ingest beside an item per record, times as fast"),
    _least("ingest.of_parse_floor", 0.3, "ingest beside parsing alone"),
    _most("plan.calls_per_1000_works", 20, "calls of a plan per thousand changed works"),
    _most("growth.ingest.last_over_first", 1.2, "CPU per record that comes in, 10^7 beside 10^5"),
    _most("growth.ingest.write_units_per_record.last_over_first", 1.2, "write units per record that comes in, 10^7 beside 10^5"),
    _most("growth.accrue.last_over_first", 1.2, "CPU per record that is accrued, 10^7 beside 10^5"),
    _most("growth.accrue.page_bytes_per_record.last_over_first", 1.2, "bytes of pages per record that is accrued, 10^7 beside 10^5"),
    _most("plan.last_over_first", 1.2, "calls of a plan per work, the most beside the fewest works"),
    _most("settle.payees_last_over_first", 1.2, "CPU per payee of the files, 10^6 beside 10^4"),
    _most("settle.payees_calls_last_over_first", 1.2, "calls per payee of the files, 10^6 beside 10^4"),
)


def found(figures: Any, key: str) -> float | None:
    """The figure of a key; names may have dots of their own."""
    if not isinstance(figures, dict):
        return figures if isinstance(figures, int | float) and not key else None
    if key in figures and isinstance(figures[key], int | float):
        return float(figures[key])
    for name, inner in figures.items():
        if key.startswith(f"{name}.") and (value := found(inner, key[len(name) + 1 :])) is not None:
            return value
    return None
