"""Lines that follow each other and are alike: what they have in common is looked at once per run, and their figures by column.

Most lines of a payee come under a few deals and mechanisms of one month. Whoever sums, groups or names them asks a run and not each line.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache, partial
from itertools import groupby, islice
from operator import itemgetter
from typing import Final, NamedTuple, cast

from overtone.lines import Line, LineKey, Posting
from overtone.money import format_amount, format_share
from overtone.payout import words
from overtone.scales import Nano, Pico

BATCH_LINES: Final = 1_000
"""Lines of a stream that are looked at together."""

LineFigures = tuple[str, str, str]
"""A line's quantity, amount and shadow as exact decimal strings: put into words once, for every file that shows them."""


class Run(NamedTuple):
    """Lines of the same month, deal, mechanism, licensee, model, account, currency and correction, which differ in the rest.

    `quantities` (1e-9), `amounts` (pico) and `figures` are theirs, one of each line.
    """

    usage_month: str
    deal_id: str
    mechanism: str
    licensee: str
    model: str
    account: str
    currency: str
    adjusts: str
    lines: Sequence[Line]
    quantities: Sequence[Nano]
    amounts: Sequence[Pico]
    figures: Sequence[LineFigures]


_COMMON: Final = Run._fields[: Run._fields.index("adjusts")]
_common: Final[Callable[[LineKey], tuple[str, ...]]] = itemgetter(*(LineKey._fields.index(name) for name in _COMMON))
_key: Final[Callable[[Line], LineKey]] = itemgetter(Line._fields.index("key"))
_posting: Final[Callable[[Line], Posting]] = itemgetter(Line._fields.index("posting"))
_adjusts: Final[Callable[[Line], str]] = itemgetter(Line._fields.index("adjusts"))
_alike: Final[Callable[[tuple[tuple[str, ...], str, Line]], tuple[tuple[str, ...], str]]] = itemgetter(0, 1)
_made: Final = cast("Callable[[Sequence[object]], Run]", partial(tuple.__new__, Run))
_line: Final[Callable[[tuple[tuple[str, ...], str, Line]], Line]] = itemgetter(2)


def runs_of(lines: Sequence[Line]) -> list[Run]:
    """The lines in runs, in their order."""
    together = groupby(zip(map(_common, map(_key, lines)), map(_adjusts, lines), lines, strict=True), _alike)
    return [_run(common, adjusts, list(map(_line, group))) for (common, adjusts), group in together]


def streamed(lines: Iterable[Line]) -> Iterator[Run]:
    """The same of a stream of any length, a batch at a time."""
    rest = iter(lines)
    while batch := list(islice(rest, BATCH_LINES)):
        yield from runs_of(batch)


def _run(common: tuple[str, ...], adjusts: str, lines: list[Line]) -> Run:
    postings = list(map(_posting, lines))
    quantities, amounts, _ = zip(*postings, strict=True)
    return _made((*common, adjusts, lines, quantities, amounts, list(map(_figures, postings))))


@lru_cache(words.LINES_REMEMBERED)
def _figures(posting: Posting) -> LineFigures:
    quantity, amount, shadow = posting
    return format_share(quantity), format_amount(amount), format_amount(shadow)
