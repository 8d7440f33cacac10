"""The figures as a page: what was to be reached and was or was not, growth curves and comparisons as plots, and every figure."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from local.blocks import table
from tests.benchmarks.reach import REACH, found

WIDTH: Final = 640
BAR: Final = 26
LEFT: Final = 220
UNITS: Final = {"k": 1_000, "m": 1_000_000}
CHART: Final = 220
CONTENDERS: Final = ("overtone", "numpy", "polars", "duckdb", "postgres", "python")
CURVES: Final = (
    ("ingest", "growth.ingest.microseconds_per_record", "A dropped file: CPU microseconds per record by records"),
    ("ingest-units", "growth.ingest.write_units_per_record", "A dropped file: write units per record by records"),
    ("growth", "growth.accrue.microseconds_per_record", "Accrual: CPU microseconds per record by records"),
    ("growth-pages", "growth.accrue.page_bytes_per_record", "Accrual: bytes of pages per record by records"),
    ("shards", "growth.shards.microseconds_per_record", "Accrual: CPU microseconds per record by shards of a day"),
    ("plan", "plan.calls_per_1000_works.by_works", "Plan: calls per thousand changed works by works"),
    ("plan-cpu", "plan.cpu_microseconds_per_work", "Plan: CPU microseconds per work by works, the stand-in's included"),
)
"""Of figures by size: the plot's name, the figures' key, the title."""


def write(figures: Mapping[str, Any], folder: Path) -> Path:
    """`bench.md` and its plots."""
    folder.mkdir(exist_ok=True)
    parts = ["# Benchmarks", "", *_reached(figures), *_run(figures)]
    for name, title, plot in _plots(figures):
        (folder / f"bench-{name}.svg").write_text(plot, encoding="utf-8")
        parts += [f"## {title}", "", f"![{title}](bench-{name}.svg)", ""]
    every = ((key, shown(value)) for key, value in flat({name: found for name, found in figures.items() if name != "failed"}))
    parts += ["## Every figure", "", table(("figure", "value"), every), ""]
    path = folder / "bench.md"
    path.write_text("\n".join(parts), encoding="utf-8")
    return path


def flat(figures: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Figures of figures by their joined names."""
    listed: list[tuple[str, Any]] = []
    for name, value in figures.items():
        listed += [(f"{name}.{inner}", deep) for inner, deep in flat(value)] if isinstance(value, dict) else [(name, value)]
    return listed


def shown(value: object) -> str:
    """A figure as text."""
    if isinstance(value, float):
        return f"{value:,.4g}" if abs(value) < 1 else f"{value:,.2f}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _reached(figures: Mapping[str, Any]) -> list[str]:
    rows = []
    for one in REACH:
        value = found(figures, one.key)
        wanted = f"{'at least' if one.at_least else 'at most'} {one.bound:g}"
        state = "not measured" if value is None else "met" if one.holds(value) else "**missed**"
        rows.append((f"`{one.key}`", one.words, wanted, "" if value is None else shown(value), state))
    return [table(("key", "what", "wanted", "found", ""), rows), ""]


def _run(figures: Mapping[str, Any]) -> list[str]:
    """How long each benchmark took, and what failed."""
    parts = []
    if seconds := figures.get("seconds"):
        parts += [
            table(
                ("benchmark", "seconds"), [*((name, shown(took)) for name, took in seconds.items()), ("all", shown(sum(seconds.values())))]
            ),
            "",
        ]
    for name, failure in figures.get("failed", {}).items():
        parts += [f"**{name} failed:**", "", "```", failure.strip(), "```", ""]
    return parts


def _plots(figures: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    plots = []
    for shape in ("long_tail", "hot"):
        rates = {name: found(figures, f"accrue.{shape}.{name}.records_per_cpu_second") for name in CONTENDERS}
        known = {name: rate for name, rate in rates.items() if rate}
        if known:
            plots.append((f"accrue-{shape}", f"Accrual, {shape.replace('_', ' ')}: records per CPU second", bars(known)))
    for name, key, title in CURVES:
        if curve := curve_of(figures, key):
            plots.append((name, title, line({int(size): value for size, value in curve.items()})))
    payees = {int(name[7:-1]) * UNITS[name[-1]]: one["microseconds_per_payee"] for name, one in _payees(figures)}
    if payees:
        plots.append(("payees", "Files: CPU microseconds per payee by payees", line(payees)))
    plots += _others(figures)
    return plots


def _payees(figures: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """What was found by number of payees (`payees_10k`, `payees_1m`)."""
    named = figures.get("settle", {}).items()
    return [(name, one) for name, one in named if name.startswith("payees_") and name[7:-1].isdigit() and "microseconds_per_payee" in one]


def curve_of(figures: Any, key: str) -> Mapping[str, float]:
    """The figures by size that stand under a key; names may have dots of their own."""
    if not isinstance(figures, dict):
        return {}
    if isinstance(figures.get(key), dict):
        found: Mapping[str, float] = figures[key]
        return found
    return next(
        (curve for name, inner in figures.items() if key.startswith(f"{name}.") and (curve := curve_of(inner, key[len(name) + 1 :]))), {}
    )


def _others(figures: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Costs, a settlement beside its contenders, stages from end to end, cold starts."""
    plots = []
    costs = {f"{s} {f}": found(figures, f"cost.{s}.{f}.usd_per_million") for s in ("hot", "long_tail") for f in ("daily", "quarter_hourly")}
    costs |= {name: found(figures, f"cost.{name}.usd_per_million") for name in ("batch_of_500", "item_per_event")}
    if all(costs.values()):
        plots.append(("cost", "USD per million records", bars({name: cost for name, cost in costs.items() if cost})))
    beside = curve_of(figures, "settle.contenders")
    if beside:
        named = {name.removesuffix(".cpu_seconds"): value for name, value in beside.items() if name.endswith("cpu_seconds")}
        plots.append(("settle", "A settlement and what it is held against: CPU seconds", bars(named)))
    if stages := curve_of(figures, "end_to_end.cpu_seconds"):
        plots.append(("end-to-end", "From posted JSON to sealed lines: CPU seconds", bars(stages)))
    cold = figures.get("cold_start", {})
    if cold:
        times = {name.removesuffix(".cpu_ms"): value for name, value in cold.items() if name.endswith(".cpu_ms")}
        plots.append(("cold-start", "Import of each function, CPU milliseconds", bars(times)))
    return plots


def bars(values: Mapping[str, float]) -> str:
    """Horizontal bars, as SVG."""
    most, rows = max(values.values()) or 1, []
    for number, (name, value) in enumerate(values.items()):
        y, width = number * BAR + 4, round((WIDTH - LEFT - 120) * value / most)
        rows.append(f'<text x="{LEFT - 8}" y="{y + 14}" text-anchor="end">{name}</text>')
        rows.append(f'<rect x="{LEFT}" y="{y}" width="{max(1, width)}" height="{BAR - 8}" fill="#3b6ea5"/>')
        rows.append(f'<text x="{LEFT + width + 6}" y="{y + 14}">{shown(value)}</text>')
    return _svg(rows, len(values) * BAR + 8)


def line(points: Mapping[int, float]) -> str:
    """A curve over sizes, each ten times the one before, as SVG."""
    most, steps = max(points.values()) or 1, max(1, len(points) - 1)
    places = [
        (60 + round((WIDTH - 140) * number / steps), 20 + round((CHART - 60) * (1 - value / most)))
        for number, value in enumerate(points.values())
    ]
    rows = [f'<polyline fill="none" stroke="#3b6ea5" stroke-width="2" points="{_joined(places)}"/>']
    for (x, y), (size, value) in zip(places, points.items(), strict=True):
        rows.append(f'<circle cx="{x}" cy="{y}" r="4" fill="#3b6ea5"/><text x="{x}" y="{y - 8}" text-anchor="middle">{shown(value)}</text>')
        rows.append(f'<text x="{x}" y="{CHART - 12}" text-anchor="middle">{size:,}</text>')
    return _svg(rows, CHART)


def _joined(places: Sequence[tuple[int, int]]) -> str:
    return " ".join(f"{x},{y}" for x, y in places)


def _svg(rows: Sequence[str], height: int) -> str:
    body = "\n".join(rows)
    size = f'width="{WIDTH}" height="{height}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="12">\n{body}\n</svg>\n'
