"""What a statement's income is made of: by source with its share of the whole, then by work with all ways of being paid for it together."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from overtone.formats.statement_shapes import Column, Row, Section
from overtone.money import format_amount, stored_amount
from overtone.payout.statement import IncomeLine, Source, Statement
from overtone.payout.words import identifier, short_month, shown
from overtone.scales import ZERO_PICO, Pico

BARS_MAX: Final = 12
IDS_MAX: Final = 4
"""Identifiers that stand beside a work; the CSV has all."""
_SOURCES: Final = (Column("Source", 66), Column("Share", 12, numeric=True), Column("Amount", 22, numeric=True))
_WORKS: Final = (
    *(Column("Work, and what paid for it", 30), Column("Month", 9), Column("For", 24), Column("Line", 22, ids=True)),
    Column("Amount", 15, numeric=True),
)


class _Paid(NamedTuple):
    """A line with the source that it is of."""

    heading: str
    entry: IncomeLine


class _Song(NamedTuple):
    """Everything of one title: its recordings and its composition, by whatever way they earned."""

    title: str
    ids: dict[str, None]
    lines: list[_Paid]

    @property
    def amount(self) -> Pico:
        return sum((stored_amount(paid.entry.amount) for paid in self.lines), ZERO_PICO)


def sections(told: Statement) -> Iterator[Section]:
    """For each currency what the income is made of, then the works."""
    earning = [source for source in told.sources if not _is_spared(source)]
    for currency in sorted({source.currency for source in earning}):
        sources = [source for source in earning if source.currency == currency]
        yield _by_source(sources, currency)
        yield Section(f"By work, in {currency}", "", _WORKS, _by_work(sources, currency))


def _is_spared(source: Source) -> bool:
    """Whether all of it was bought out, and stands in a section of its own."""
    return source.amount == "0" and all(line.shadow != "0" for work in source.works for line in work.lines)


def _by_source(sources: Sequence[Source], currency: str) -> Section:
    whole = sum(max(0, stored_amount(source.amount)) for source in sources)
    parts = [(source, stored_amount(source.amount)) for source in sources]
    bars = tuple((source.heading, max(0, amount) * 1000 // whole) for source, amount in parts[:BARS_MAX]) if whole else ()

    def rows() -> Iterator[Row]:
        for source, amount in parts:
            heading = f"{source.heading} (deal {source.deal_id})"
            yield Row((heading, _percent(amount, whole), shown(source.amount, currency)))
        total = format_amount(sum((amount for _, amount in parts), ZERO_PICO))
        yield Row(("In all", "", shown(total, currency)), strong=True)

    return Section(f"Where it came from, in {currency}", "", _SOURCES, rows(), bars)


def _percent(amount: int, whole: int) -> str:
    """A share of the whole with one decimal; what takes off has none."""
    if amount <= 0 or not whole:
        return ""
    tenths = (2000 * amount + whole) // (2 * whole)
    return f"{tenths // 10}.{tenths % 10}%" if tenths else "below 0.1%"


def _by_work(sources: Sequence[Source], currency: str) -> Iterator[Row]:
    for song in sorted(_songs(sources).values(), key=lambda song: (-song.amount, song.title)):
        amount = shown(format_amount(song.amount), currency)
        if not song.ids:
            yield from (Row((paid.heading, *_about(paid), shown(paid.entry.amount, currency))) for paid in song.lines)
            continue
        if len(song.lines) == 1:
            yield _only(song, currency)
            continue
        more = [f"and {len(song.ids) - IDS_MAX} more"] if len(song.ids) > IDS_MAX else []
        yield Row((song.title, "", ", ".join([*song.ids][:IDS_MAX] + more), "", amount), strong=True)
        for paid in sorted(song.lines, key=lambda paid: -stored_amount(paid.entry.amount)):
            yield Row((paid.heading, *_about(paid), shown(paid.entry.amount, currency)))


def _only(song: _Song, currency: str) -> Row:
    """A work that was paid for in one way, in one row."""
    paid, ids = song.lines[0], [*song.ids][:IDS_MAX]
    month, told, line_id = _about(paid)
    about = "; ".join(filter(None, (told, ", ".join(ids))))
    return Row((f"{song.title}: {paid.heading}", month, about, line_id, shown(paid.entry.amount, currency)))


def _songs(sources: Sequence[Source]) -> dict[str, _Song]:
    found: dict[str, _Song] = {}
    for source in sources:
        for work in source.works:
            title = work.title or work.work_id or work.work_key
            song = found.setdefault(title or source.heading, _Song(title or source.heading, {}, []))
            names = (name for name in (work.work_id, work.work_key) if name and name != f"work:{work.work_id}")
            song.ids.update(dict.fromkeys(map(identifier, names)))
            song.lines.extend(_Paid(source.heading, line) for line in work.lines if line.amount != "0" or line.shadow == "0")
    return found


def _about(paid: _Paid) -> tuple[str, str, str]:
    """The month, which side of the work earned it by how much of what, and the line's id for whoever asks."""
    entry = paid.entry
    return short_month(entry.usage_month), ", ".join(text for text in (entry.side, entry.words) if text), entry.line_id
