"""A statement's income: by source, with the whole that each source is a part of, and what is kept of it for the next one."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from typing import Final, NamedTuple

from overtone.lines import Line
from overtone.money import format_amount, format_share
from overtone.payout import words
from overtone.payout.directory import Directory
from overtone.payout.earnings import SourceEarnings, SourceHead
from overtone.payout.last_statement import SourceKey, SourceSum
from overtone.payout.runs import Run
from overtone.payout.statement import Apart, CorrectedLine
from overtone.scales import ZERO_NANO, ZERO_PICO, Nano, Pico
from overtone.settlement.entries import other_names
from overtone.settlement.wholes import RunWorks, WholeKey, Wholes


class _Origin(NamedTuple):
    mechanism: str
    licensee: str
    model: str
    deal_id: str
    currency: str


class _SourceFrame(NamedTuple):
    """`whole` is the sum that its months share, zero where none is known; `version` the deal's and `tier` the one reached, in the last."""

    head: SourceHead
    key: SourceKey
    whole: Pico
    version: int
    tier: int


FRAMES_MAX: Final = 4_096
"""Sources that are remembered with what is the same in every statement: a settlement has a few deals with a few models."""


@dataclass(slots=True)
class Backdrop:
    """What stands behind the lines: the wholes that they are parts of."""

    wholes: Wholes
    frames: dict[tuple[_Origin, tuple[str, ...], str], _SourceFrame] = field(default_factory=dict)

    def frame(self, origin: _Origin, months: tuple[str, ...], name: str) -> _SourceFrame:
        """What is the same of a source in every statement, as its licensee is called."""
        key = origin, months, name
        if (found := self.frames.get(key)) is None:
            if len(self.frames) >= FRAMES_MAX:
                self.frames.clear()
            found = self.frames[key] = _frame(origin, months, name, self.wholes)
        return found


class _SourceTotals(NamedTuple):
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
    earnings, sums = list[tuple[int, _Origin, SourceEarnings]](), dict[SourceKey, SourceSum]()
    for origin, own in _by_origin(runs).items():
        totals = _totals_of(own)
        frame = behind.frame(origin, totals.months, known.name(origin.licensee))
        _add(sums, frame, totals)
        earnings.append((-totals.total, origin, SourceEarnings(frame.head, format_amount(totals.total), own)))
    earnings.sort()
    return Income([source for _, _, source in earnings], sums)


def sums_of(runs: Iterable[Run], known: Directory, behind: Backdrop) -> dict[SourceKey, SourceSum]:
    """Their sums alone: the same, without what is told of each work."""
    sums: dict[SourceKey, SourceSum] = {}
    for origin, own in _by_origin(runs).items():
        totals = _totals_of(own)
        _add(sums, behind.frame(origin, totals.months, known.name(origin.licensee)), totals)
    return sums


def _frame(origin: _Origin, months: Sequence[str], name: str, wholes: Wholes) -> _SourceFrame:
    heading, whole, works_in_all = words.source(origin.mechanism, name, origin.model), _whole_of(origin, months, wholes), 0
    if words.about(origin.mechanism).works and len(months) == 1:
        runs = wholes.runs.get((months[0], origin.licensee, origin.model), RunWorks())
        works_in_all = runs.works if runs.runs == 1 else 0
    key = SourceKey.of(origin.currency, *origin[:4])
    version = wholes.versions.get((months[-1], origin.deal_id), 0)
    tier = wholes.tiers.get((months[-1], origin.deal_id, origin.mechanism), 0)
    head = SourceHead(heading, *origin, name, format_amount(whole) if whole > 0 else "", works_in_all)
    return _SourceFrame(head, key, whole, version, tier)


def _add(sums: dict[SourceKey, SourceSum], frame: _SourceFrame, totals: _SourceTotals) -> None:
    """Put what a source came to under the name that the next statement knows it by."""
    if totals.total:
        of_whole = frame.whole, frame.version, frame.tier, len(totals.months)
        one = SourceSum(frame.head.licensee_name, totals.total, totals.quantity, totals.works, *of_whole)
        before = sums.get(frame.key)
        sums[frame.key] = _together(before, one) if before else one


def _by_origin(runs: Iterable[Run]) -> dict[_Origin, list[Run]]:
    grouped: dict[_Origin, list[Run]] = {}
    for run in runs:
        if not run.adjusts:
            grouped.setdefault(_Origin(run.mechanism, run.licensee, run.model, run.deal_id, run.currency), []).append(run)
    return grouped


def _totals_of(runs: Sequence[Run]) -> _SourceTotals:
    total = sum([sum(run.amounts, ZERO_PICO) for run in runs], ZERO_PICO)
    quantity = sum([sum(run.quantities, ZERO_NANO) for run in runs], ZERO_NANO)
    months, works = tuple(sorted({run.usage_month for run in runs})), set().union(*[run.work_keys for run in runs])
    return _SourceTotals(total, quantity, months, len(works))


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


def apart(territory: str, use: str, service: str) -> Apart | None:
    """What a deal keeps a line apart by, where it does."""
    return Apart(territory, use, service) if territory or use or service else None


def corrections(runs: Iterable[Run], known: Directory) -> Iterator[CorrectedLine]:
    """The lines that correct earlier settlements."""
    for run in runs:
        if run.adjusts:
            yield from map(_correction, run.lines, run.called, repeat(known))


def _correction(line: Line, called: str, known: Directory) -> CorrectedLine:
    key, posting = line.key, line.posting
    detail = key.territory, key.use, key.service
    return CorrectedLine(
        line_id=line.line_id,
        corrects=line.adjusts,
        reason=words.detailed(words.change(key.mechanism, posting.quantity, posting.amount), *detail),
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
        apart=apart(*detail),
        identifiers=[*([key.work_key] if ":" in key.work_key else []), *other_names(called, key.work_key)],
    )
