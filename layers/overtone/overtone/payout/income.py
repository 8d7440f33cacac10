"""A statement's income: lines by source and work, with the whole that each source is a part of, and what is kept of it for the next one."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import repeat
from typing import NamedTuple

from overtone.lines import Line, LineKey
from overtone.money import format_amount, format_share
from overtone.payout import words
from overtone.payout.directory import Directory
from overtone.payout.earnings import LineEarnings, SourceEarnings, WorkEarnings, free_of
from overtone.payout.last_statement import SourceKey, SourceSum
from overtone.payout.runs import Run
from overtone.payout.statement import Apart, CorrectedLine
from overtone.scales import ZERO_NANO, ZERO_PICO, Nano, Pico
from overtone.settlement.wholes import RunWorks, WholeKey, Wholes

Names = Callable[[str, str], Sequence[str]]
"""The identifiers of a work in a month and, of a recording, those of its composition."""

_WorkName = tuple[str, str, str]
"""Id, key and title."""


class Backdrop(NamedTuple):
    """What stands behind the lines: wholes that they are parts of, and what their works are called elsewhere."""

    wholes: Wholes
    names: Names


class _Origin(NamedTuple):
    mechanism: str
    licensee: str
    model: str
    deal_id: str
    currency: str


class Income(NamedTuple):
    """The sources, the largest first, and their sums for the next statement."""

    sources: list[SourceEarnings]
    sums: dict[SourceKey, SourceSum]


def of(runs: Iterable[Run], known: Directory, behind: Backdrop) -> Income:
    """The income of those runs that correct nothing."""
    told = {origin: _told(own, behind.names) for origin, own in _by_origin(runs).items()}
    found = [(came.total, _source(origin, works, came, known, behind.wholes)) for origin, (works, came) in told.items()]
    found.sort(key=lambda pair: (-pair[0], pair[1].mechanism, pair[1].licensee, pair[1].model, pair[1].deal_id, pair[1].currency))
    return Income([source for _, source in found], _sums({origin: came for origin, (_, came) in told.items()}, known, behind.wholes))


def sums_of(runs: Iterable[Run], known: Directory, wholes: Wholes) -> dict[SourceKey, SourceSum]:
    """Their sums alone: the same, without what is told of each work."""
    came = {origin: _came_of(own, {line.key.work_key for run in own for line in run.lines}) for origin, own in _by_origin(runs).items()}
    return _sums(came, known, wholes)


def _by_origin(runs: Iterable[Run]) -> dict[_Origin, list[Run]]:
    grouped: dict[_Origin, list[Run]] = {}
    for run in runs:
        if not run.adjusts:
            grouped.setdefault(_Origin(run.mechanism, run.licensee, run.model, run.deal_id, run.currency), []).append(run)
    return grouped


class _Came(NamedTuple):
    """What the lines of a source come to (pico, 1e-9), of which months, in order, and of how many works."""

    total: Pico
    quantity: Nano
    months: list[str]
    works: int


def _came_of(runs: Sequence[Run], work_keys: Collection[str]) -> _Came:
    total = sum([sum(run.amounts, ZERO_PICO) for run in runs], ZERO_PICO)
    quantity = sum([sum(run.quantities, ZERO_NANO) for run in runs], ZERO_NANO)
    return _Came(total, quantity, sorted({run.usage_month for run in runs}), len(work_keys))


class _Work:
    """A work as its lines come by: what they come to, and the last month that they are of."""

    __slots__ = ("last", "lines", "shown", "total")

    def __init__(self, total: Pico, shown: str, last: str, line: LineEarnings) -> None:
        self.total, self.shown, self.last, self.lines = total, shown, last, [line]

    def add(self, amount: Pico, month: str, line: LineEarnings) -> None:
        """Another line of it."""
        self.total += amount
        self.shown = format_amount(self.total)
        self.last = max(self.last, month)
        self.lines.append(line)


def _told(runs: Sequence[Run], names: Names) -> tuple[list[WorkEarnings], _Came]:
    """The works of a source, the largest first."""
    works: dict[_WorkName, _Work] = {}
    for run in runs:
        _gather(run, works)
    found = list[tuple[int, _WorkName, WorkEarnings]]()
    for name, work in works.items():
        work_id, work_key, title = name
        called = names(work_id, work.last)
        others = _other_names(called, work_key) if called else ()
        found.append((-work.total, name, (work_id, work_key, title, work.shown, others, work.lines)))
    found.sort()
    return [work for _, _, work in found], _came_of(runs, {key for _, key, _ in works})


def _gather(run: Run, works: dict[_WorkName, _Work]) -> None:
    """Put a run's lines under their works: the loop that makes most of a statement."""
    month, told = run.usage_month, map(words.line, repeat(run.mechanism), run.quantities, run.amounts, repeat(run.currency))
    for (line_id, key, title, _, _), amount, (counted, shown, shadow), said in zip(run.lines, run.amounts, run.figures, told, strict=False):
        _, _, _, _, _, work_key, work_id, side, _, _, _, _, _, territory, use, service = key
        if territory or use or service:
            line: LineEarnings = line_id, month, side, counted, shown, shadow, words.detailed(said, key), Apart(territory, use, service)
        else:
            line = line_id, month, side, counted, shown, shadow, said, None
        name = work_id, work_key, title
        if name in works:
            works[name].add(amount, month, line)
        else:
            works[name] = _Work(amount, shown, month, line)


def _source(origin: _Origin, works: list[WorkEarnings], came: _Came, known: Directory, wholes: Wholes) -> SourceEarnings:
    name, months = known.name(origin.licensee), came.months
    heading = words.source(origin.mechanism, name, origin.model)
    shared, works_in_all = _whole_of(origin, months, wholes), 0
    whole = format_amount(shared) if shared > 0 else ""
    if words.about(origin.mechanism).works and len(months) == 1:
        runs = wholes.runs.get((months[0], origin.licensee, origin.model), RunWorks())
        works_in_all = runs.works if runs.runs == 1 else 0
    return SourceEarnings(heading, *origin, format_amount(came.total), works, name, whole, works_in_all, free_of(works))


def _sums(grouped: Mapping[_Origin, _Came], known: Directory, wholes: Wholes) -> dict[SourceKey, SourceSum]:
    sums: dict[SourceKey, SourceSum] = {}
    for origin, came in grouped.items():
        if came.total:
            name = SourceKey.of(origin.currency, *origin[:4])
            sums[name] = _together(sums.get(name), _sum(origin, came, known.name(origin.licensee), wholes))
    return sums


def _other_names(names: Sequence[str], key: str) -> list[str]:
    return [name for name in names if name != key]


def _whole(origin: _Origin, month: str, wholes: Wholes) -> Pico | None:
    """What the deal shares of a month: among the lines of this model alone, or of all."""
    of_deal = month, origin.deal_id, origin.mechanism
    found = wholes.sums.get(WholeKey(*of_deal, origin.model, origin.currency))
    return found if found is not None else wholes.sums.get(WholeKey(*of_deal, "", origin.currency))


def _whole_of(origin: _Origin, months: Collection[str], wholes: Wholes) -> Pico:
    return sum(filter(None, (_whole(origin, month, wholes) for month in months)), ZERO_PICO)


def _sum(origin: _Origin, came: _Came, name: str, wholes: Wholes) -> SourceSum:
    last = came.months[-1]
    return SourceSum(
        name,
        came.total,
        came.quantity,
        works=came.works,
        whole=_whole_of(origin, came.months, wholes),
        version=wholes.versions.get((last, origin.deal_id), 0),
        tier=wholes.tiers.get((last, origin.deal_id, origin.mechanism), 0),
        months=len(came.months),
    )


def _together(one: SourceSum | None, other: SourceSum) -> SourceSum:
    """Two sources that the next statement takes for one: levies, each with a deal of its own."""
    if one is None:
        return other
    figures = Pico(one.amount + other.amount), Nano(one.quantity + other.quantity), max(one.works, other.works)
    return other._replace(
        amount=figures[0], quantity=figures[1], works=figures[2], whole=Pico(one.whole + other.whole), months=max(one.months, other.months)
    )


def _apart(key: LineKey) -> Apart | None:
    return Apart(key.territory, key.use, key.service) if key.territory or key.use or key.service else None


def corrections(runs: Iterable[Run], known: Directory, names: Names) -> Iterator[CorrectedLine]:
    """The lines that correct earlier settlements."""
    for run in runs:
        if run.adjusts:
            for line in run.lines:
                yield _correction(line, known, names)


def _correction(line: Line, known: Directory, names: Names) -> CorrectedLine:
    key, posting = line.key, line.posting
    return CorrectedLine(
        line_id=line.line_id,
        corrects=line.adjusts,
        reason=words.detailed(words.change(key.mechanism, posting.quantity, posting.amount), key),
        heading=words.source(key.mechanism, known.name(key.licensee), key.model),
        title=line.title or key.work_id or key.work_key,
        side=key.side,
        usage_month=key.usage_month,
        quantity=format_share(posting.quantity),
        amount=format_amount(posting.amount),
        currency=key.currency,
        mechanism=key.mechanism,
        licensee_name=known.name(key.licensee),
        model=key.model,
        apart=_apart(key),
        identifiers=[*([key.work_key] if ":" in key.work_key else []), *_other_names(names(key.work_id, key.usage_month), key.work_key)],
    )
