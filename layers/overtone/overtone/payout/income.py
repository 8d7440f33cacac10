"""A statement's income: lines by source and work, with the whole that each source is a part of, and what is kept of it for the next one."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from overtone.lines import Line, LineKey
from overtone.money import format_amount, format_share
from overtone.payout import words
from overtone.payout.directory import Directory
from overtone.payout.last_statement import SourceKey, SourceSum
from overtone.payout.statement import Apart, CorrectedLine, IncomeLine, Source, WorkIncome
from overtone.scales import ZERO_NANO, ZERO_PICO, Nano, Pico
from overtone.settlement.wholes import RunWorks, WholeKey, Wholes

Names = Callable[[str, str], Sequence[str]]
"""The identifiers of a work in a month and, of a recording, those of its composition."""


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


_Works = dict[tuple[str, str, str], list[Line]]


class Income(NamedTuple):
    """The sources, the largest first, and their sums for the next statement."""

    sources: list[Source]
    sums: dict[SourceKey, SourceSum]


def of(lines: Iterable[Line], known: Directory, behind: Backdrop) -> Income:
    """The income of lines that correct nothing."""
    grouped = _by_origin(lines)
    found = [(_total(own), _source(origin, own, known, behind)) for origin, own in grouped.items()]
    found.sort(key=lambda pair: (-pair[0], pair[1].mechanism, pair[1].licensee, pair[1].model, pair[1].deal_id, pair[1].currency))
    return Income([source for _, source in found], _sums(grouped, known, behind.wholes))


def sums_of(lines: Iterable[Line], known: Directory, wholes: Wholes) -> dict[SourceKey, SourceSum]:
    """Their sums alone: the same, without what is told of each work."""
    return _sums(_by_origin(lines), known, wholes)


def _by_origin(lines: Iterable[Line]) -> dict[_Origin, list[Line]]:
    grouped: dict[_Origin, list[Line]] = {}
    for line in lines:
        key = line.key
        grouped.setdefault(_Origin(key.mechanism, key.licensee, key.model, key.deal_id, key.currency), []).append(line)
    return grouped


def _total(lines: Iterable[Line]) -> Pico:
    return sum((line.posting.amount for line in lines), ZERO_PICO)


def _sums(grouped: Mapping[_Origin, Sequence[Line]], known: Directory, wholes: Wholes) -> dict[SourceKey, SourceSum]:
    sums: dict[SourceKey, SourceSum] = {}
    for origin, lines in grouped.items():
        if total := _total(lines):
            name, own = SourceKey.of(origin.currency, *origin[:4]), _sum(origin, lines, wholes)
            sums[name] = _together(sums.get(name), own._replace(name=known.name(origin.licensee), amount=total))
    return sums


def _source(origin: _Origin, lines: Sequence[Line], known: Directory, behind: Backdrop) -> Source:
    works: _Works = {}
    for line in lines:
        works.setdefault((line.key.work_id, line.key.work_key, line.title), []).append(line)
    incomes = [(_total(rows), work, rows) for work, rows in works.items()]
    incomes.sort(key=lambda income: (-income[0], income[1]))
    views = [
        WorkIncome(w, k, t, format_amount(amount), [_entry(line) for line in rows], _names(w, k, rows, behind.names))
        for amount, (w, k, t), rows in incomes
    ]
    total = sum((amount for amount, _, _ in incomes), ZERO_PICO)
    name = known.name(origin.licensee)
    source = Source(words.source(origin.mechanism, name, origin.model), *origin, format_amount(total), views, name)
    months = sorted({line.key.usage_month for line in lines})
    if (whole := _whole_of(origin, months, behind.wholes)) > 0:
        source.whole = format_amount(whole)
    if words.about(origin.mechanism).works and len(months) == 1:
        runs = behind.wholes.runs.get((months[0], origin.licensee, origin.model), RunWorks())
        source.works_in_all = runs.works if runs.runs == 1 else 0
    return source


def _names(work_id: str, work_key: str, rows: Sequence[Line], names: Names) -> list[str]:
    """What the work is called beside its key, in the last month of its lines."""
    return _other_names(names(work_id, max(line.key.usage_month for line in rows)), work_key)


def _other_names(names: Sequence[str], key: str) -> list[str]:
    return [name for name in names if name != key]


def _whole(origin: _Origin, month: str, wholes: Wholes) -> Pico | None:
    """What the deal shares of a month: among the lines of this model alone, or of all."""
    of_deal = month, origin.deal_id, origin.mechanism
    found = wholes.sums.get(WholeKey(*of_deal, origin.model, origin.currency))
    return found if found is not None else wholes.sums.get(WholeKey(*of_deal, "", origin.currency))


def _whole_of(origin: _Origin, months: Collection[str], wholes: Wholes) -> Pico:
    return sum(filter(None, (_whole(origin, month, wholes) for month in months)), ZERO_PICO)


def _sum(origin: _Origin, lines: Sequence[Line], wholes: Wholes) -> SourceSum:
    months = {line.key.usage_month for line in lines}
    last = max(months)
    return SourceSum(
        quantity=sum((line.posting.quantity for line in lines), ZERO_NANO),
        works=len({line.key.work_key for line in lines}),
        whole=_whole_of(origin, months, wholes),
        version=wholes.versions.get((last, origin.deal_id), 0),
        tier=wholes.tiers.get((last, origin.deal_id, origin.mechanism), 0),
        months=len(months),
    )


def _together(one: SourceSum | None, other: SourceSum) -> SourceSum:
    """Two sources that the next statement takes for one: levies, each with a deal of its own."""
    if one is None:
        return other
    figures = Pico(one.amount + other.amount), Nano(one.quantity + other.quantity), max(one.works, other.works)
    return other._replace(
        amount=figures[0], quantity=figures[1], works=figures[2], whole=Pico(one.whole + other.whole), months=max(one.months, other.months)
    )


def _entry(line: Line) -> IncomeLine:
    key, (quantity, amount, shadow) = line.key, line.posting
    told = words.detailed(words.line(key.mechanism, quantity, amount, key.currency), key)
    figures = format_share(quantity), format_amount(amount), format_amount(shadow)
    return IncomeLine(line.line_id, key.usage_month, key.side, *figures, told, _apart(key))


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
