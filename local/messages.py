"""Keeps the catalogues of the statement's translations: every sentence in every language, and the form that gettext reads.

    python -m local.messages

takes the sentences from the code, adds the new ones to each `.po` (without a translation: a test names them until they have one),
drops those that nobody says any more, and writes the `.mo` beside it: the same bytes for the same translations.
"""

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, get_args

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from overtone.facts.usage_kinds import KNOWN_USES
from overtone.formats import statement_changes, statement_layout, statement_payment, statement_pdf, statement_suspense
from overtone.formats.tongue import DOMAIN, ENGLISH, FOLDER, LANGUAGES
from overtone.lines import Side
from overtone.mechanisms import MECHANISMS
from overtone.payout import words
from overtone.rights.registry import MandateUse
from overtone.settlement.clearance import ClearanceStanding

FORMATS: Final = Path(statement_layout.__file__).parent
SAID: Final[dict[str, tuple[int, ...] | None]] = {"say": None, "counted": (1, 2)}
"""The methods of a tongue, and which of their arguments are the sentence."""
TRANSLATED: Final = tuple(language for language in LANGUAGES if language != ENGLISH)
WIDTH: Final = 140
UNDATED: Final = datetime(2026, 11, 25, tzinfo=UTC)
"""What stands for the hour in a `.mo`, which has the same bytes whenever it is made."""
Sentence = str | tuple[str, ...]


def sentences() -> list[Sentence]:
    """Everything that a statement may say; one and many of what is counted are together, and say the one alone too."""
    found: dict[Sentence, None] = {}
    for _, _, said, _, _ in extract_from_dir(FORMATS, [("statement_*.py", "python"), ("tongue.py", "python")], keywords=SAID):
        found[tuple(said) if isinstance(said, list | tuple) else said] = None
    found.update(dict.fromkeys(_tables()))
    ones = {sentence[0] for sentence in found if isinstance(sentence, tuple)}
    return sorted((sentence for sentence in found if sentence not in ones), key=str)


def _tables() -> Iterator[Sentence]:
    """What is said from tables."""
    yield from words.SENTENCES
    yield from words.STATUS.values()
    yield from words.SUSPENDED_SENTENCES
    yield statement_suspense.SUSPENDED
    yield from statement_changes.SENTENCES
    yield from statement_layout.SENTENCES
    yield from statement_payment.METHODS.values()
    yield statement_pdf.NOTE
    yield from (*get_args(Side), *get_args(MandateUse), *KNOWN_USES)
    yield from (str(standing) for standing in ClearanceStanding)
    for mechanism in MECHANISMS.values():
        yield mechanism.words.source
        known = mechanism.words
        yield from filter(None, (known.unit, known.counted, known.part, known.works, known.works_alone, known.note))


def place(language: str) -> Path:
    """A language's `.po`."""
    return FOLDER / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def read(language: str) -> Catalog:
    """What is translated so far."""
    with place(language).open("rb") as file:
        return read_po(file, locale=language)


def renewed(language: str) -> Catalog:
    """The catalogue with exactly the sentences of today."""
    known, today = read(language), Catalog(locale=language, domain=DOMAIN)
    for sentence in sentences():
        before = known.get(sentence if isinstance(sentence, str) else sentence[0])
        today.add(sentence, before.string if before else None)
    return today


def source(catalog: Catalog) -> bytes:
    """A `.po` without the hour of the day in it."""
    buffer = io.BytesIO()
    write_po(buffer, catalog, width=WIDTH, sort_output=True, omit_header=True)
    head = f'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n"Plural-Forms: {catalog.plural_forms}\\n"\n\n'
    return head.encode() + buffer.getvalue()


def compiled(content: bytes, language: str) -> bytes:
    """What gettext reads."""
    buffer = io.BytesIO()
    catalog = read_po(io.BytesIO(content), locale=language)
    catalog.creation_date = catalog.revision_date = UNDATED
    write_mo(buffer, catalog)
    return buffer.getvalue()


def main() -> None:
    """Renew every catalogue."""
    for language in TRANSLATED:
        content = source(renewed(language))
        place(language).write_bytes(content)
        place(language).with_suffix(".mo").write_bytes(compiled(content, language))


if __name__ == "__main__":
    main()
