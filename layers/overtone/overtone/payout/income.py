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
    grouped: dict[_Origin, _Works] = {}
    for line in lines:
        key = line.key
        works = grouped.setdefault(_Origin(key.mechanism, key.licensee, key.model, key.deal_id, key.currency), {})
        works.setdefault((key.work_id, key.work_key, line.title), []).append(line)
    found: list[tuple[Pico, Source]] = []
    sums: dict[SourceKey, SourceSum] = {}
    for origin, works in grouped.items():
        source, total, whole = _source(origin, works, known, behind)
        found.append((total, source))
        if total:
            name = SourceKey.of(origin.currency, *origin[:4])
            sums[name] = _together(
                sums.get(name), _sum(origin, works, whole, behind.wholes)._replace(name=source.licensee_name, amount=total)
            )
    found.sort(key=lambda pair: (-pair[0], pair[1].mechanism, pair[1].licensee, pair[1].model, pair[1].deal_id, pair[1].currency))
    return Income([source for _, source in found], sums)


def _source(origin: _Origin, works: _Works, known: Directory, behind: Backdrop) -> tuple[Source, Pico, Pico]:
    incomes = [(sum((line.posting.amount for line in rows), ZERO_PICO), work, rows) for work, rows in works.items()]
    incomes.sort(key=lambda income: (-income[0], income[1]))
    names = behind.names
    views = [
        WorkIncome(w, k, t, format_amount(amount), [_entry(line) for line in rows], _other_names(names.get(w, ()), k))
        for amount, (w, k, t), rows in incomes
    ]
    total = sum((amount for amount, _, _ in incomes), ZERO_PICO)
    name = known.name(origin.licensee)
    heading = words.source(origin.mechanism, name, origin.model)
    months = sorted({line.key.usage_month for rows in works.values() for line in rows})
    whole = sum(filter(None, (_whole(origin, month, behind.wholes) for month in months)), ZERO_PICO)
    source = Source(heading, *origin, format_amount(total), views, name)
    if whole > 0:
        source.whole = format_amount(whole)
    if words.about(origin.mechanism).works and len(months) == 1:
        runs = behind.wholes.runs.get((months[0], origin.licensee, origin.model), RunWorks())
        source.works_in_all = runs.works if runs.runs == 1 else 0
    return source, total, whole


def _other_names(names: Sequence[str], key: str) -> list[str]:
    return [name for name in names if name != key]


def _whole(origin: _Origin, month: str, wholes: Wholes) -> Pico | None:
    """What the deal shares of a month: among the lines of this model alone, or of all."""
    of_deal = month, origin.deal_id, origin.mechanism
    found = wholes.sums.get(WholeKey(*of_deal, origin.model, origin.currency))
    return found if found is not None else wholes.sums.get(WholeKey(*of_deal, "", origin.currency))


def _sum(origin: _Origin, works: _Works, whole: Pico, wholes: Wholes) -> SourceSum:
    quantity = sum((line.posting.quantity for rows in works.values() for line in rows), ZERO_NANO)
    months = {line.key.usage_month for rows in works.values() for line in rows}
    last = max(months)
    return SourceSum(
        quantity=quantity,
        works=len({key for _, key, _ in works}),
        whole=whole,
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
        identifiers=[*([key.work_key] if ":" in key.work_key else []), *_other_names(names.get(key.work_id, ()), key.work_key)],
    )
