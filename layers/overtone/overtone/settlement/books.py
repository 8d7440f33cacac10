"""What was settled: the posted amount under every line key, in immutable books of a month's bucket.

A settlement reads the last book of a part, posts `entitled - posted` as lines and leaves a new book
behind. Nothing counts until the settlement is sealed, so a crash leaves only objects that nobody names.
A book is text, one JSON array per line, sorted by work key: works that a settlement does not
touch are copied unread.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Final, NamedTuple, cast

import orjson

from overtone.json_texts import json_texts
from overtone.lines import NOTHING, Line, LineKey, Posting, line_id
from overtone.settlement.line_columns import DueLines, PostedLines, are_plain, cells, due_lines, joined

_WORK: Final = LineKey._fields.index("work_key")
_work_key: Final = cast("Callable[[LineKey], str]", itemgetter(_WORK))


class BookEntry(NamedTuple):
    """What stands in a book under a key; `last` is the settlement that posted it last."""

    key: LineKey
    posting: Posting
    last: str

    def encode(self) -> bytes:
        """A line of the book: the work key first, so that a reader can skip by it."""
        return _text(self.key, self.posting, self.last)

    @classmethod
    def decode(cls, text: bytes) -> "BookEntry":
        """The inverse of `encode`."""
        fields = orjson.loads(text)
        key = LineKey.of(fields[1:-4])
        return cls(key, Posting.of(fields[-4:-1]), fields[-1])


def work_key_of(text: bytes) -> str:
    """The work key of a book's line, without reading the rest of it."""
    return text[2 : text.index(b'"', 2)].decode()


def _text(key: LineKey, posting: Posting, last: str) -> bytes:
    quantity, amount, shadow = posting
    return json_texts((key.work_key, *key.stored, str(quantity), str(amount), str(shadow), last))


def in_order(keys: Iterable[LineKey]) -> list[LineKey]:
    """Keys in the order of a book: by work, then by all they are."""
    return sorted(sorted(keys), key=_work_key)


class Posted(NamedTuple):
    """What came of a part: its lines, and its new book as text."""

    lines: PostedLines
    book: list[bytes]


def post(  # noqa: PLR0913 - what is due and what stands, and of which works, settlements and licensees
    settlement_id: str,
    entitled: Mapping[LineKey, Posting],
    titles: Mapping[LineKey, str],
    book: Iterable[bytes],
    *,
    touched: Collection[str] | None,
    settled_by: str,
    waiting: Collection[str] = (),
    columns: Sequence[DueLines] = (),
) -> Posted:
    """`entitled - posted` as lines, and the book that follows; `columns` are entitled too.

    `touched` are the work keys that were computed anew (`None`: all of the part); `settled_by` is the last
    settlement of the month, which a line corrects that has no predecessor of its own. What was posted of licensees
    whose money is `waiting` stands.
    """
    kept, before = _standing(book, touched)
    if not before and not waiting:
        groups = [*columns, *due_lines(entitled, titles)]
        if all(are_plain(one.keys) for one in groups):
            posted = _new(settlement_id, groups, settled_by)
            return Posted(posted.lines, list(_merged(kept, posted.book)))
    for one in columns:
        entitled, titles = {**entitled, **one.postings()}, {**titles, **one.titles_by_key()}
    made, changed = [], []
    for key in in_order({**entitled, **before} if before else entitled):
        stands = before.get(key)
        due = entitled.get(key, NOTHING) if key.licensee not in waiting else stands.posting if stands else NOTHING
        posting = due.minus(stands.posting) if stands else due
        if any(posting):
            adjusts = stands.last if stands else settled_by
            identifier = line_id(settlement_id, key)
            made.append(Line(identifier, key, titles.get(key, ""), posting, adjusts))
        elif stands is None:
            continue
        last = settlement_id if any(posting) or stands is None else stands.last
        changed.append(_text(key, due, last))
    return Posted(PostedLines.of(made), list(_merged(kept, changed)))


def _standing(book: Iterable[bytes], touched: Collection[str] | None) -> tuple[list[bytes], dict[LineKey, BookEntry]]:
    """What of a book is copied unread, and what stands under the keys of works that were computed anew."""
    kept, before = list[bytes](), dict[LineKey, BookEntry]()
    for text in book:
        if touched is not None and work_key_of(text) not in touched:
            kept.append(text)
        else:
            entry = BookEntry.decode(text)
            before[entry.key] = entry
    return kept, before


def _new(settlement_id: str, due: Sequence[DueLines], adjusts: str) -> Posted:
    """What `post` makes of plain keys under which nothing stands: all that is due, put into words column by column.

    Rows sort as their keys do where all keys have a detail, or none: without one, the figures stand where others have it.
    """
    groups, kinds = [PostedLines.new(settlement_id, one, adjusts) for one in due], {len(one.stored) for one in due}
    rows, names = list[str](), list[str]()
    for group in groups:
        rows += _texts(group, settlement_id)
        names += joined((group.keys[_WORK], group.texts or ()), len(group)) if len(kinds) > 1 else ()
    in_order = [row for _, row in sorted(zip(names, rows, strict=True))] if names else sorted(rows)
    return Posted(PostedLines.together(groups), list(map(str.encode, in_order)))


def _texts(lines: PostedLines, last: str) -> list[str]:
    """Plain lines as they stand in a book."""
    columns = (cells(column, len(lines)) for column in (lines.keys[_WORK], lines.texts or (), *lines.figures))
    return [
        f'["{work}","{key}","{quantity}","{amount}","{shadow}","{last}"]\n'
        for work, key, quantity, amount, shadow in zip(*columns, strict=True)
    ]


def _merged(kept: list[bytes], changed: list[bytes]) -> Iterator[bytes]:
    """Both in the order of the book; each is sorted, and no work key is in both."""
    if not kept or not changed:
        return iter(kept or changed)
    return iter(sorted([*kept, *changed], key=work_key_of))
