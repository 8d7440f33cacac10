"""A statement's income: lines by source and work, with the whole that each source is a part of, and what is kept of it for the next one."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from overtone.lines import Line, LineKey
from overtone.money import format_amount, format_share
from overtone.payout import words
from overtone.payout.directory import Directory
from overtone.payout.last_statement import SourceKey, SourceSum
from overtone.payout.statement import Apart, CorrectedLine, IncomeLine, Source, WorkIncome
from overtone.scales import ZERO_NANO, ZERO_PICO, Nano, Pico
from overtone.settlement.wholes import RunWorks, WholeKey, Wholes

Names = Mapping[str, Sequence[str]]
"""By work id, its identifiers and, of a recording, those of its composition."""

Figures = tuple[str, str, str]
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


_Works = dict[tuple[str, str, str], list[tuple[Line, Figures]]]


class Income(NamedTuple):
    """The sources, the largest first, and their sums for the next statement."""

    sources: list[Source]
    sums: dict[SourceKey, SourceSum]


def figures(lines: Iterable[Line]) -> list[Figures]:
    """Those of each line."""
    postings = (line.posting for line in lines)
    return [(format_share(quantity), format_amount(amount), format_amount(shadow)) for quantity, amount, shadow in postings]


def of(lines: Iterable[tuple[Line, Figures]], known: Directory, behind: Backdrop) -> Income:
    """The income of those lines, with their figures, that correct nothing."""
    grouped: dict[_Origin, _Works] = {}
    for shown in lines:
        line, _ = shown
        if line.adjusts:
            continue
        key = line.key
        works = grouped.setdefault(_Origin(key.mechanism, key.licensee, key.model, key.deal_id, key.currency), {})
        work = key.work_id, key.work_key, line.title
        if work in works:
            works[work].append(shown)
        else:
            works[work] = [shown]
    found: list[tuple[Pico, Source]] = []
    sums: dict[SourceKey, SourceSum] = {}
    for origin, works in grouped.items():
        views = _views(origin, works, behind.names)
        source, whole = _source(origin, views, known, behind.wholes)
        found.append((views.total, source))
        if views.total:
            name = SourceKey.of(origin.currency, *origin[:4])
            sums[name] = _together(sums.get(name), _sum(origin, views, source.licensee_name, whole, behind.wholes))
    found.sort(key=lambda pair: (-pair[0], pair[1].mechanism, pair[1].licensee, pair[1].model, pair[1].deal_id, pair[1].currency))
    return Income([source for _, source in found], sums)


class _Views(NamedTuple):
    """The works of a source, the largest first, and what their lines come to: pico, 1e-9, their months."""

    works: list[WorkIncome]
    total: Pico
    quantity: Nano
    months: list[str]
    keys: int


def _views(origin: _Origin, works: _Works, names: Names) -> _Views:
    """One pass over the lines: the loop that makes most of a statement."""
    mechanism, currency, counted, months, whole = origin.mechanism, origin.currency, ZERO_NANO, set[str](), ZERO_PICO
    found = list[tuple[int, tuple[str, str, str], WorkIncome]]()
    for work, rows in works.items():
        total, entries = ZERO_PICO, list[IncomeLine]()
        for (line_id, key, _, (quantity, amount, _), _), told_as in rows:
            month, told, apart = key.usage_month, words.line(mechanism, quantity, amount, currency), None
            if key.territory or key.use or key.service:
                told, apart = words.detailed(told, key), Apart(key.territory, key.use, key.service)
            entries.append(IncomeLine(line_id, month, key.side, *told_as, told, apart))
            months.add(month)
            total += amount
            counted += quantity
        work_id, work_key, title = work
        shown = entries[0].amount if len(entries) == 1 else format_amount(total)
        others = _other_names(names[work_id], work_key) if work_id in names else []
        found.append((-total, work, WorkIncome(work_id, work_key, title, shown, entries, others)))
        whole += total
    found.sort()
    return _Views([view for _, _, view in found], whole, counted, sorted(months), len({key for _, key, _ in works}))


def _source(origin: _Origin, views: _Views, known: Directory, wholes: Wholes) -> tuple[Source, Pico]:
    name = known.name(origin.licensee)
    heading = words.source(origin.mechanism, name, origin.model)
    whole = sum(filter(None, (_whole(origin, month, wholes) for month in views.months)), ZERO_PICO)
    source = Source(heading, *origin, format_amount(views.total), views.works, name)
    if whole > 0:
        source.whole = format_amount(whole)
    if words.about(origin.mechanism).works and len(views.months) == 1:
        runs = wholes.runs.get((views.months[0], origin.licensee, origin.model), RunWorks())
        source.works_in_all = runs.works if runs.runs == 1 else 0
    return source, whole


def _other_names(names: Sequence[str], key: str) -> list[str]:
    return [name for name in names if name != key]


def _whole(origin: _Origin, month: str, wholes: Wholes) -> Pico | None:
    """What the deal shares of a month: among the lines of this model alone, or of all."""
    of_deal = month, origin.deal_id, origin.mechanism
    found = wholes.sums.get(WholeKey(*of_deal, origin.model, origin.currency))
    return found if found is not None else wholes.sums.get(WholeKey(*of_deal, "", origin.currency))


def _sum(origin: _Origin, views: _Views, name: str, whole: Pico, wholes: Wholes) -> SourceSum:
    last = views.months[-1]
    return SourceSum(
        name,
        views.total,
        views.quantity,
        works=views.keys,
        whole=whole,
        version=wholes.versions.get((last, origin.deal_id), 0),
        tier=wholes.tiers.get((last, origin.deal_id, origin.mechanism), 0),
        months=len(views.months),
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
        identifiers=[*([key.work_key] if ":" in key.work_key else []), *_other_names(names.get(key.work_id, ()), key.work_key)],
    )
