"""A statement's income: lines by source and work, with the whole that each source is a part of, and what is kept of it for the next one."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Final, NamedTuple

from overtone.lines import Line, LineKey, Posting
from overtone.money import format_amount, format_share
from overtone.payout import words
from overtone.payout.directory import Directory
from overtone.payout.last_statement import SourceKey, SourceSum
from overtone.payout.statement import Apart, CorrectedLine, IncomeLine, Source, WorkIncome
from overtone.scales import ZERO_NANO, ZERO_PICO, Nano, Pico
from overtone.settlement.wholes import RunWorks, WholeKey, Wholes

Names = Callable[[str, str], Sequence[str]]
"""The identifiers of a work in a month and, of a recording, those of its composition."""

LineFigures = tuple[str, str, str]
"""A line's quantity, amount and shadow as exact decimal strings: put into words once, for every file that shows them."""


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


_origin: Final[Callable[[LineKey], tuple[str, ...]]] = itemgetter(*(LineKey._fields.index(name) for name in _Origin._fields))
_Works = dict[tuple[str, str, str], list[tuple[Line, LineFigures]]]


class Income(NamedTuple):
    """The sources, the largest first, and their sums for the next statement."""

    sources: list[Source]
    sums: dict[SourceKey, SourceSum]


def figures(lines: Iterable[Line]) -> list[LineFigures]:
    """Those of each line."""
    return [_figures(line.posting) for line in lines]


@lru_cache(words.LINES_REMEMBERED)
def _figures(posting: Posting) -> LineFigures:
    quantity, amount, shadow = posting
    return format_share(quantity), format_amount(amount), format_amount(shadow)


def of(lines: Iterable[tuple[Line, LineFigures]], known: Directory, behind: Backdrop) -> Income:
    """The income of those lines, with their figures, that correct nothing."""
    grouped: dict[_Origin, _Works] = {}
    before: tuple[str, ...] = ()
    works: _Works = {}
    for shown in lines:
        _, key, title, _, adjusts = shown[0]
        if adjusts:
            continue
        if (fields := _origin(key)) != before:  # lines are in the order of their keys, so a source's mostly follow each other
            before, works = fields, grouped.setdefault(_Origin(*fields), {})
        work = key.work_id, key.work_key, title
        if work in works:
            works[work].append(shown)
        else:
            works[work] = [shown]
    told = {origin: _told(origin, works, behind.names) for origin, works in grouped.items()}
    found = [(came.total, _source(origin, views, came, known, behind.wholes)) for origin, (views, came) in told.items()]
    found.sort(key=lambda pair: (-pair[0], pair[1].mechanism, pair[1].licensee, pair[1].model, pair[1].deal_id, pair[1].currency))
    return Income([source for _, source in found], _sums({origin: came for origin, (_, came) in told.items()}, known, behind.wholes))


def sums_of(lines: Iterable[Line], known: Directory, wholes: Wholes) -> dict[SourceKey, SourceSum]:
    """Their sums alone: the same, without what is told of each work."""
    grouped: dict[_Origin, list[Line]] = {}
    for line in lines:
        grouped.setdefault(_Origin(*_origin(line.key)), []).append(line)
    return _sums({origin: _came_of(own) for origin, own in grouped.items()}, known, wholes)


class _Came(NamedTuple):
    """What the lines of a source come to (pico, 1e-9), of which months, in order, and of how many works."""

    total: Pico
    quantity: Nano
    months: list[str]
    works: int


def _came_of(lines: Sequence[Line]) -> _Came:
    total = sum((line.posting.amount for line in lines), ZERO_PICO)
    quantity = sum((line.posting.quantity for line in lines), ZERO_NANO)
    return _Came(total, quantity, sorted({line.key.usage_month for line in lines}), len({line.key.work_key for line in lines}))


def _told(origin: _Origin, works: _Works, names: Names) -> tuple[list[WorkIncome], _Came]:
    """The works of a source, the largest first, in one pass over their lines: the loop that makes most of a statement."""
    mechanism, currency, counted, months, whole = origin.mechanism, origin.currency, ZERO_NANO, set[str](), ZERO_PICO
    found = list[tuple[int, tuple[str, str, str], WorkIncome]]()
    for work, rows in works.items():
        total, entries, last = ZERO_PICO, list[IncomeLine](), ""
        for (line_id, key, _, (quantity, amount, _), _), told_as in rows:
            month, told, apart = key.usage_month, words.line(mechanism, quantity, amount, currency), None
            if key.territory or key.use or key.service:
                told, apart = words.detailed(told, key), _apart(key)
            entries.append(IncomeLine(line_id, month, key.side, *told_as, told, apart))
            months.add(month)
            last = max(last, month)
            total += amount
            counted += quantity
        work_id, work_key, title = work
        shown = entries[0].amount if len(entries) == 1 else format_amount(total)
        called = names(work_id, last)
        others = _other_names(called, work_key) if called else []
        found.append((-total, work, WorkIncome(work_id, work_key, title, shown, entries, others)))
        whole += total
    found.sort()
    return [view for _, _, view in found], _Came(whole, counted, sorted(months), len({key for _, key, _ in works}))


def _source(origin: _Origin, views: list[WorkIncome], came: _Came, known: Directory, wholes: Wholes) -> Source:
    name, months = known.name(origin.licensee), came.months
    source = Source(words.source(origin.mechanism, name, origin.model), *origin, format_amount(came.total), views, name)
    if (whole := _whole_of(origin, months, wholes)) > 0:
        source.whole = format_amount(whole)
    if words.about(origin.mechanism).works and len(months) == 1:
        runs = wholes.runs.get((months[0], origin.licensee, origin.model), RunWorks())
        source.works_in_all = runs.works if runs.runs == 1 else 0
    return source


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


def corrections(lines: Iterable[Line], known: Directory, names: Names) -> Iterator[CorrectedLine]:
    """The lines that correct earlier settlements."""
    for line in lines:
        if line.adjusts:
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
