"""A statement's income: lines by source and work, with the whole that each source is a part of, and what is kept of it for the next one."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from typing import Final, NamedTuple

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
_Work = tuple[Pico, str, str, list[LineEarnings]]
"""What its lines come to, in words too, the last month that they are of, and the lines."""


class _Origin(NamedTuple):
    mechanism: str
    licensee: str
    model: str
    deal_id: str
    currency: str


class _SourceFrame(NamedTuple):
    """`whole` is the sum that its months share, zero where none is known; `version` the deal's and `tier` the one reached, in the last."""

    heading: str
    name: str
    key: SourceKey
    whole: Pico
    shown: str
    works_in_all: int
    version: int
    tier: int


FRAMES_MAX: Final = 4_096
"""Sources that are remembered with what is the same in every statement: a settlement has a few deals with a few models."""


@dataclass(slots=True)
class Backdrop:
    """What stands behind the lines: wholes that they are parts of, and what their works are called elsewhere."""

    wholes: Wholes
    names: Names
    frames: dict[tuple[_Origin, tuple[str, ...], str], _SourceFrame] = field(default_factory=dict)

    def frame(self, origin: _Origin, months: tuple[str, ...], name: str) -> _SourceFrame:
        """What is the same of a source in every statement, as its licensee is called."""
        key = origin, months, name
        if (found := self.frames.get(key)) is None:
            if len(self.frames) >= FRAMES_MAX:
                self.frames.clear()
            found = self.frames[key] = _frame(origin, months, name, self.wholes)
        return found


class _Came(NamedTuple):
    """What the lines of a source come to (pico, 1e-9), of which months, in order, and of how many works."""

    total: Pico
    quantity: Nano
    months: tuple[str, ...]
    works: int


class Income(NamedTuple):
    """The sources, the largest first, and their sums for the next statement."""

    sources: list[SourceEarnings]
    sums: dict[SourceKey, SourceSum]


def of(runs: Iterable[Run], known: Directory, behind: Backdrop) -> Income:
    """The income of those runs that correct nothing."""
    found, sums = list[tuple[int, _Origin, SourceEarnings]](), dict[SourceKey, SourceSum]()
    for origin, own in _by_origin(runs).items():
        works, came = _told(own, behind.names)
        frame = behind.frame(origin, came.months, known.name(origin.licensee))
        _add(sums, frame, came)
        about = frame.heading, *origin, format_amount(came.total), works, frame.name, frame.shown, frame.works_in_all
        found.append((-came.total, origin, SourceEarnings(*about, free_of(works))))
    found.sort()
    return Income([source for _, _, source in found], sums)


def sums_of(runs: Iterable[Run], known: Directory, behind: Backdrop) -> dict[SourceKey, SourceSum]:
    """Their sums alone: the same, without what is told of each work."""
    sums: dict[SourceKey, SourceSum] = {}
    for origin, own in _by_origin(runs).items():
        came = _came_of(own, {line.key.work_key for run in own for line in run.lines})
        _add(sums, behind.frame(origin, came.months, known.name(origin.licensee)), came)
    return sums


def _frame(origin: _Origin, months: Sequence[str], name: str, wholes: Wholes) -> _SourceFrame:
    heading, whole, works_in_all = words.source(origin.mechanism, name, origin.model), _whole_of(origin, months, wholes), 0
    if words.about(origin.mechanism).works and len(months) == 1:
        runs = wholes.runs.get((months[0], origin.licensee, origin.model), RunWorks())
        works_in_all = runs.works if runs.runs == 1 else 0
    key = SourceKey.of(origin.currency, *origin[:4])
    version = wholes.versions.get((months[-1], origin.deal_id), 0)
    tier = wholes.tiers.get((months[-1], origin.deal_id, origin.mechanism), 0)
    return _SourceFrame(heading, name, key, whole, format_amount(whole) if whole > 0 else "", works_in_all, version, tier)


def _add(sums: dict[SourceKey, SourceSum], frame: _SourceFrame, came: _Came) -> None:
    """Put what a source came to under the name that the next statement knows it by."""
    if came.total:
        of_whole = frame.whole, frame.version, frame.tier, len(came.months)
        one = SourceSum(frame.name, came.total, came.quantity, came.works, *of_whole)
        before = sums.get(frame.key)
        sums[frame.key] = _together(before, one) if before else one


def _by_origin(runs: Iterable[Run]) -> dict[_Origin, list[Run]]:
    grouped: dict[_Origin, list[Run]] = {}
    for run in runs:
        if not run.adjusts:
            grouped.setdefault(_Origin(run.mechanism, run.licensee, run.model, run.deal_id, run.currency), []).append(run)
    return grouped


def _came_of(runs: Sequence[Run], work_keys: Collection[str]) -> _Came:
    total = sum([sum(run.amounts, ZERO_PICO) for run in runs], ZERO_PICO)
    quantity = sum([sum(run.quantities, ZERO_NANO) for run in runs], ZERO_NANO)
    return _Came(total, quantity, tuple(sorted({run.usage_month for run in runs})), len(work_keys))


def _told(runs: Sequence[Run], names: Names) -> tuple[list[WorkEarnings], _Came]:
    """The works of a source, the largest first."""
    works: dict[_WorkName, _Work] = {}
    for run in runs:
        _gather(run, works)
    found = list[tuple[int, _WorkName, WorkEarnings]]()
    for name, (total, shown, last, lines) in works.items():
        work_id, work_key, title = name
        called = names(work_id, last)
        others = _other_names(called, work_key) if called else ()
        found.append((-total, name, (work_id, work_key, title, shown, others, lines)))
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
        if (work := works.get(name)) is None:
            works[name] = amount, shown, month, [line]
        else:
            total, _, last, lines = work
            lines.append(line)
            works[name] = total + amount, format_amount(total + amount), max(last, month), lines


def _other_names(names: Sequence[str], key: str) -> list[str]:
    return [name for name in names if name != key]


def _whole(origin: _Origin, month: str, wholes: Wholes) -> Pico | None:
    """What the deal shares of a month: among the lines of this model alone, or of all."""
    of_deal = month, origin.deal_id, origin.mechanism
    found = wholes.sums.get(WholeKey(*of_deal, origin.model, origin.currency))
    return found if found is not None else wholes.sums.get(WholeKey(*of_deal, "", origin.currency))


def _whole_of(origin: _Origin, months: Collection[str], wholes: Wholes) -> Pico:
    return sum(filter(None, (_whole(origin, month, wholes) for month in months)), ZERO_PICO)


def _together(one: SourceSum, other: SourceSum) -> SourceSum:
    """Two sources that the next statement takes for one: levies, each with a deal of its own."""
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
