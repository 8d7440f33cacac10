"""All that a month's accruals say of one work, as uses that can be priced."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from operator import attrgetter
from typing import Final, NamedTuple

from overtone.facts.rows import AccrualRow, TrainingEntry, UsageEntry
from overtone.facts.splits import EntryKind, Split, is_output, split_of
from overtone.facts.usage_kinds import StoredUse
from overtone.identifiers import UNATTRIBUTED
from overtone.mechanisms.shape import Use
from overtone.mechanisms.totals import NO_TERM, TotalKey
from overtone.scales import ZERO_NANO


class WorkMonth(NamedTuple):
    """Usage of the month, training runs of the month, and the latest run of each model as of its end."""

    key: str
    usage: tuple[AccrualRow, ...]
    runs: tuple[AccrualRow, ...]
    latest: tuple[AccrualRow, ...]


_runs: Final[Callable[[WorkMonth], tuple[AccrualRow, ...]]] = attrgetter("runs")


class UseEvidence(NamedTuple):
    """A use, and the smallest subject (output, recording or run) that shows it."""

    use: Use
    subject: str


def usage_entries(row: AccrualRow) -> Sequence[UsageEntry]:
    """The entries of a usage partition's row."""
    return row.entries  # type: ignore[return-value]  # a cast costs as much as the call, a million times


def training_entries(row: AccrualRow) -> Sequence[TrainingEntry]:
    """The entries of a training partition's row."""
    return row.entries  # type: ignore[return-value]


def native_uses(work: WorkMonth) -> list[UseEvidence]:
    """What was done with the work in the month and bears a royalty; neither partitions nor, between models, days change the order."""
    attributed = work.key != UNATTRIBUTED
    found = [
        UseEvidence(use, row.evidence(entry))
        for row in work.usage
        for entry in usage_entries(row)
        if (entry.quantity or entry.revenue) and (use := priced_use(row.reporter, entry, attributed=attributed, subject=row.subject))
    ]
    found.extend(UseEvidence(_training(row, entry), entry.run_id) for row in work.runs for entry in training_entries(row))
    return sorted(found, key=lambda one: (one.use.kind, one.use.model, one.use.licensee, one.use.split, one))


def priced_use(reporter: str, entry: UsageEntry, *, attributed: bool, subject: str = "") -> Use | None:
    """An entry as a use that has a price, or `None` where it bears no royalty."""
    if not (stated := StoredUse.of(entry.use)).royalty_bearing:
        return None
    kind, split = split_of(entry.kind)
    return Use(
        kind,
        reporter,
        entry.day,
        reporter,
        entry.model,
        stated.use,
        entry.territory,
        stated.service,
        entry.currency,
        entry.band,
        subject,
        entry.quantity,
        entry.revenue,
        attributed=attributed,
        split=split,
    )


def _training(row: AccrualRow, entry: TrainingEntry) -> Use:
    return Use(
        "training",
        row.reporter,
        entry.day,
        row.reporter,
        model=entry.model,
        weight=entry.weight,
        run_id=entry.run_id,
    )


def model_uses(work: WorkMonth, licensee: str, day: str) -> Iterator[Use]:
    """Presence in the latest runs, as a pool of this licensee asks for it."""
    for row in work.latest:
        for entry in training_entries(row):
            yield Use(
                "model",
                licensee,
                day,
                row.reporter,
                model=entry.model,
                weight=entry.weight,
                run_id=entry.run_id,
            )


def month_use(work: WorkMonth, uses: Iterable[Use], licensee: str, last_day: str) -> Use:
    """The work's month as a whole: its influence on outputs by these of its native uses, and in how many models' latest runs it is."""
    influence = sum((use.quantity for use in uses if use.kind == "output"), ZERO_NANO)
    return Use("work", licensee, last_day, quantity=influence, weight=len(work.latest))


def limit_name(use: Use) -> TotalKey | None:
    """The total that a permission's `max_share` of this use is measured against, if any."""
    if use.kind == "training":
        return TotalKey(*NO_TERM, "limit_training", party=use.licensee, of=use.run_id)
    if use.kind == "output" and use.attributed:
        return TotalKey(*NO_TERM, "limit_generation", party=use.licensee, of=use.model)
    return None


def limit_total(name: TotalKey, side: Split) -> TotalKey:
    """The total that uses in a side's own split are counted under, beside those of outputs that are one whole."""
    return name._replace(kind=f"{name.kind}_{side}") if side else name


def limit_size(use: Use) -> int:
    """What a use adds to that total."""
    return use.weight if use.kind == "training" else use.quantity


_NOTHING: Final = (0, 0)
UsageName = tuple[str, bool, EntryKind, str, str, str]
"""Whose usage it is (the reporter), whether a work is named for it, its kind, its model, its stored use and its currency."""


def usage_sums(works: Sequence[WorkMonth]) -> dict[UsageName, tuple[int, int]]:
    """Quantity (1e-9) and revenue (1e-21) of the works' usage, in one pass over all of it."""
    sums: dict[UsageName, tuple[int, int]] = {}
    for key, usage, _, _ in works:
        attributed = key != UNATTRIBUTED
        for row in usage:
            reporter = row.reporter
            for _, kind, model, use, _, currency, _, quantity, revenue in usage_entries(row):
                name = reporter, attributed, kind, model, use, currency
                before = sums.get(name, _NOTHING)
                sums[name] = before[0] + quantity, before[1] + revenue
    return sums


def limit_sizes(works: Sequence[WorkMonth], sums: Mapping[UsageName, tuple[int, int]]) -> Iterator[tuple[TotalKey, int]]:
    """What the works' uses, whose usage comes to `sums`, add to the totals that permissions are measured against."""
    for (reporter, attributed, kind, model, use, _), (quantity, revenue) in sums.items():
        if attributed and is_output(kind) and (quantity or revenue) and StoredUse.of(use).royalty_bearing:
            yield limit_total(TotalKey(*NO_TERM, "limit_generation", party=reporter, of=model), split_of(kind)[1]), quantity
    for row in chain.from_iterable(map(_runs, works)):
        for presence in training_entries(row):
            yield TotalKey(*NO_TERM, "limit_training", party=row.reporter, of=presence.run_id), presence.weight
