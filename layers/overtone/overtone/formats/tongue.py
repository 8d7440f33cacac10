"""The language of a statement: sentences by gettext, figures and dates as Unicode's CLDR has them (by Babel).

The English sentence is the key of its translations, so English needs no catalogue, and a sentence that a catalogue of an older
version lacks is told in English rather than not at all. `python -m local.messages` keeps the catalogues.
"""

from datetime import date
from functools import lru_cache
from gettext import NullTranslations, translation
from pathlib import Path
from typing import Final, get_args

from babel import Locale
from babel.dates import format_date, format_skeleton
from babel.numbers import get_decimal_symbol, get_group_symbol

from overtone.mechanisms.shape import Words
from overtone.money import NANO, stored_amount
from overtone.payout import words
from overtone.payout.statement import Apart
from overtone.rights.registry import Language
from overtone.scales import Nano

ENGLISH: Final = "en"
LANGUAGES: Final[tuple[str, ...]] = get_args(Language)
DOMAIN: Final = "statement"
FOLDER: Final = Path(__file__).parent / "locale"
_LOCALES: Final = {ENGLISH: "en_001"}
"""English as the world writes its dates: the day before the month."""


class Tongue:
    """How one language says a sentence, an amount, a month and a day."""

    def __init__(self, language: str, texts: NullTranslations) -> None:
        self.language = language
        self._texts = texts
        self._locale = locale = Locale.parse(_LOCALES.get(language, language))
        self.point = get_decimal_symbol(locale)
        self._signs = str.maketrans({",": get_group_symbol(locale), ".": self.point})
        self._code_first = locale.currency_formats["standard"].pattern.startswith("\xa4")
        self._percent: str = locale.percent_formats[None].pattern.removeprefix("#,##0")

    def say(self, sentence: str, **values: object) -> str:
        """A sentence, its `{values}` filled in."""
        told = self._texts.gettext(sentence) if sentence else ""
        return told.format(**values) if values else told

    def counted(self, one: str, many: str, number: str, *, single: bool, **values: object) -> str:
        """A sentence about one or about many; `{n}` is the number as it is shown."""
        return self._texts.ngettext(one, many, 1 if single else 2).format(n=number, **values)

    def figure(self, text: str) -> str:
        """A number that was written with English signs."""
        return text.translate(self._signs)

    def amount(self, amount: str, currency: str) -> str:
        """An exact decimal string, rounded for reading."""
        return self.figure(words.shown(amount, currency))

    def money(self, amount: str, currency: str) -> str:
        """The same with its currency, on the side where the language has it."""
        return self.priced(self.amount(amount, currency), currency)

    def priced(self, figure: str, currency: str) -> str:
        """A figure with its currency."""
        return f"{currency} {figure}" if self._code_first else f"{figure}\xa0{currency}"

    def signed(self, figure: str, amount: str) -> str:
        """A difference with its sign, for what was added too."""
        return figure if amount == "0" or amount.startswith("-") else f"+{figure}"

    def percent(self, figure: str) -> str:
        """A number of hundredths: `15` is `15%`, and `15 %` in Swedish."""
        return self.figure(figure) + self._percent

    def month(self, text: str) -> str:
        """`2026-10` as `October 2026`."""
        return _month(self._locale, text, "yMMMM") if text else ""

    def short_month(self, text: str) -> str:
        """`2026-10` as `Oct 2026`, for tables."""
        return _month(self._locale, text, "yMMM") if text else ""

    def day(self, text: str) -> str:
        """`2026-10-05` as `5 October 2026`."""
        return format_date(date.fromisoformat(text), "long", self._locale) if text else ""

    def months(self, first: str, last: str) -> str:
        """From the first to the last month; open where no first is known."""
        if first == last:
            return self.month(last)
        if first:
            return self.say("{first} to {last}", first=self.month(first), last=self.month(last))
        return self.say("everything until {last}", last=self.month(last))

    def source(self, sealed: str, mechanism: str, licensee: str, model: str) -> str:
        """Where money comes from; `sealed` is what the statement says of it in English."""
        if self.language == ENGLISH or not licensee:
            return sealed
        return self.say(words.about(mechanism).source, licensee=licensee, model=model or self.say(words.MODELS))

    def line(self, sealed: str, mechanism: str, figures: tuple[str, str, str], apart: Apart | None) -> str:
        """A line's quantity and rate in words, from its quantity, amount and currency."""
        if self.language == ENGLISH:
            return sealed
        quantity, amount, currency = figures
        nano, pico, known = _nano(quantity), stored_amount(amount), words.about(mechanism)
        if known.unit is None or not nano:
            return self._detailed("", apart)
        text = self.counted(*known.unit, self.quantity(quantity), single=nano == NANO)
        if known.counted and pico and (pico > 0) == (nano > 0):
            rate = self.priced(self.figure(words.rate(pico, nano)), currency)
            text = self.say(words.EACH, counted=text, rate=rate)
        return self._detailed(text, apart)

    def change(self, sealed: str, mechanism: str, figures: tuple[str, str], apart: Apart | None) -> str:
        """Why a line corrects an earlier one, from its quantity and amount."""
        if self.language == ENGLISH or not mechanism:
            return sealed
        nano, pico = _nano(figures[0]), stored_amount(figures[1])
        return self._detailed(self._changed(words.about(mechanism), figures[0], (nano > 0) - (nano < 0), (pico > 0) - (pico < 0)), apart)

    def _changed(self, known: Words, quantity: str, more: int, better: int) -> str:
        if known.counted and more:
            unit = self.counted(*known.counted, "", single=quantity.lstrip("-") == "1")
            sentence = words.MORE if more > 0 else words.FEWER
            return self.say(sentence, n=self.quantity(quantity.lstrip("-")), unit=unit)
        if known.counted:
            return self.say(words.REPRICED)
        if more and more == better:
            return self.say(words.NEWLY if more > 0 else words.NO_LONGER)
        return self.say(words.SHARED_ANEW)

    def quantity(self, text: str) -> str:
        """An attributed quantity for reading, at most three decimals."""
        shown = words.quantity(_nano(text))
        return self.say(words.TINY) if shown == words.TINY else self.figure(shown)

    def _detailed(self, text: str, apart: Apart | None) -> str:
        """With what its deal keeps it apart by."""
        if apart is None:
            return text
        place = self.say(words.PLACE, territory=apart.territory) if apart.territory else ""
        if apart.territory == "*":
            place = self.say(words.WORLDWIDE)
        told = " ".join(part for part in (apart.use and self.say(apart.use), place, apart.service) if part)
        return f"{text} ({told})".lstrip() if told else text


def _nano(quantity: str) -> Nano:
    """A stored quantity, which has at most nine decimals."""
    return Nano(stored_amount(quantity) // 1000)


@lru_cache(maxsize=500)
def _month(locale: Locale, text: str, skeleton: str) -> str:
    return format_skeleton(skeleton, date(int(text[:4]), int(text[5:7]), 1), locale=locale)


@lru_cache(maxsize=len(LANGUAGES))
def of(language: str) -> Tongue:
    """A language of `LANGUAGES`; English for any other."""
    if language not in LANGUAGES or language == ENGLISH:
        return Tongue(ENGLISH, NullTranslations())
    return Tongue(language, translation(DOMAIN, FOLDER, [language]))
