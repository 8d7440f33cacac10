"""What a statement's income is made of: by source with its share of the whole, then by work with all ways of being paid for it together."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from overtone.formats import statement_sentences
from overtone.formats.statement_sentences import percent
from overtone.formats.statement_shapes import Column, Row, Section
from overtone.formats.tongue import Tongue
from overtone.money import format_amount, stored_amount
from overtone.payout.statement import IncomeLine, Source, Statement
from overtone.payout.words import identifier
from overtone.scales import ZERO_PICO, Pico

BARS_MAX: Final = 12
IDS_MAX: Final = 4
"""Identifiers that stand beside a work; the CSV has all."""


class _Paid(NamedTuple):
    """A line with the source that it is of, and the words for both."""

    heading: str
    words: str
    entry: IncomeLine


class _Song(NamedTuple):
    """Everything of one title: its recordings and its composition, by whatever way they earned."""

    title: str
    ids: dict[str, None]
    lines: list[_Paid]

    @property
    def amount(self) -> Pico:
        return sum((stored_amount(paid.entry.amount) for paid in self.lines), ZERO_PICO)


def sections(statement: Statement, tongue: Tongue) -> Iterator[Section]:
    """For each currency what the income is made of, then the works."""
    earning = [source for source in statement.sources if not _is_spared(source)]
    for currency in sorted({source.currency for source in earning}):
        sources = [source for source in earning if source.currency == currency]
        yield _by_source(sources, currency, tongue)
        yield Section(
            tongue.say("By work, in {currency}", currency=currency), "", _work_columns(tongue), _by_work(sources, currency, tongue)
        )


def _work_columns(tongue: Tongue) -> tuple[Column, ...]:
    texts = Column(tongue.say("Work, and what paid for it"), 30), Column(tongue.say("Month"), 9), Column(tongue.say("For"), 24)
    return (*texts, Column(tongue.say("Line"), 22, ids=True), Column(tongue.say("Amount"), 15, numeric=True))


def _heading(source: Source, tongue: Tongue) -> str:
    return tongue.source(source.heading, source.mechanism, source.licensee_name, source.model)


def _is_spared(source: Source) -> bool:
    """Whether all of it was bought out, and stands in a section of its own."""
    return source.amount == "0" and all(line.shadow != "0" for work in source.works for line in work.lines)


def _by_source(sources: Sequence[Source], currency: str, tongue: Tongue) -> Section:
    whole = sum(max(0, stored_amount(source.amount)) for source in sources)
    parts = [(source, stored_amount(source.amount)) for source in sources]
    bars = tuple((_heading(source, tongue), max(0, amount) * 1000 // whole) for source, amount in parts[:BARS_MAX]) if whole else ()

    def rows() -> Iterator[Row]:
        for source, amount in parts:
            heading = tongue.say("{source} (deal {deal})", source=_heading(source, tongue), deal=source.deal_id)
            figures = percent(amount, whole, tongue), tongue.amount(source.amount, currency)
            yield Row((heading, *figures), note=statement_sentences.of_source(source, tongue))
        total = format_amount(sum((amount for _, amount in parts), ZERO_PICO))
        yield Row((tongue.say("In all"), "", tongue.amount(total, currency)), strong=True)

    figures = Column(tongue.say("Share"), 12, numeric=True), Column(tongue.say("Amount"), 22, numeric=True)
    columns = (Column(tongue.say("Source"), 66), *figures)
    return Section(tongue.say("Where it came from, in {currency}", currency=currency), "", columns, rows(), bars)


def _by_work(sources: Sequence[Source], currency: str, tongue: Tongue) -> Iterator[Row]:
    songs = [(song.amount, song) for song in _songs(sources, tongue).values()]
    for amount, song in sorted(songs, key=lambda pair: (-pair[0], pair[1].title)):
        if not song.ids:
            yield from (Row((paid.heading, *_about(paid, tongue), tongue.amount(paid.entry.amount, currency))) for paid in song.lines)
            continue
        if len(song.lines) == 1:
            yield _only(song, currency, tongue)
            continue
        yield Row((song.title, "", _names(song, tongue), "", tongue.amount(format_amount(amount), currency)), strong=True)
        for paid in sorted(song.lines, key=lambda paid: -stored_amount(paid.entry.amount)):
            yield Row((paid.heading, *_about(paid, tongue), tongue.amount(paid.entry.amount, currency)))


def _only(song: _Song, currency: str, tongue: Tongue) -> Row:
    """A work that was paid for in one way, in one row."""
    paid = song.lines[0]
    month, earned_by, line_id = _about(paid, tongue)
    about = "; ".join(filter(None, (earned_by, _names(song, tongue))))
    return Row((f"{song.title}: {paid.heading}", month, about, line_id, tongue.amount(paid.entry.amount, currency)))


def _names(song: _Song, tongue: Tongue) -> str:
    """What the song is called elsewhere: its ISRC and ISWC before our own ids."""
    names = sorted(song.ids, key=lambda name: not name.startswith(("ISRC ", "ISWC ")))
    more = [tongue.say("and {n} more", n=len(names) - IDS_MAX)] if len(names) > IDS_MAX else []
    return ", ".join(names[:IDS_MAX] + more)


def _songs(sources: Sequence[Source], tongue: Tongue) -> dict[str, _Song]:
    found: dict[str, _Song] = {}
    for source in sources:
        heading = _heading(source, tongue)
        for work in source.works:
            title = work.title or work.work_id or work.work_key
            song = found.setdefault(title or heading, _Song(title or heading, {}, []))
            names = (name for name in (work.work_key, *work.identifiers, work.work_id) if name and name != f"work:{work.work_id}")
            song.ids.update(dict.fromkeys(map(identifier, names)))
            song.lines.extend(_paid(source, heading, line, tongue) for line in work.lines if line.amount != "0" or line.shadow == "0")
    return found


def _paid(source: Source, heading: str, line: IncomeLine, tongue: Tongue) -> _Paid:
    return _Paid(heading, tongue.line(line.words, source.mechanism, (line.quantity, line.amount, source.currency), line.apart), line)


def _about(paid: _Paid, tongue: Tongue) -> tuple[str, str, str]:
    """The month, which side of the work earned it by how much of what, and the line's id for whoever asks."""
    entry = paid.entry
    earned_by = ", ".join(text for text in (tongue.say(entry.side), paid.words) if text)
    return tongue.short_month(entry.usage_month), earned_by, entry.line_id
