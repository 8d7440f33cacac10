"""Mutants that nothing can notice, each with its reason: by module, the line before, and the line after."""

from __future__ import annotations

from typing import Final

_SHARES: Final = (
    "worth = sum((pico * month.rate(currency, term.currency) for currency, pico in shares.items()), start=Fraction(0)) if floor else"
)
_LENGTH: Final = '_AMOUNT_LENGTH_MAX: Final = len("-") + AMOUNT_DIGITS_MAX +'
_SLOTS: Final = "@dataclass(frozen=True, slots=True)"
_NO_SLOTS: Final = "@dataclass(frozen=True, slots=False)"
_RATES: Final = "month = month._replace(rates={**month.rates, (error.source, error.target):"
HARMLESS: Final[dict[tuple[str, str, str], str]] = {
    (
        "money.py",
        f'{_LENGTH} 1 + len(".") + 12',
        f'{_LENGTH} 2 + len(".") + 12',
    ): "the length only keeps a text of a million digits from being read as a number; one digit more is refused by the figure itself",
    (
        "money.py",
        'return text if nano > 0 else f"-{text}"',
        'return text if nano >= 0 else f"-{text}"',
    ): "0 was answered before",
    (
        "mechanisms/older_totals.py",
        'return kind, "", "", about[-1]',
        'return kind, "", "", about[- 0]',
    ): "format 1 kept one field behind these kinds, so the last is the first",
    ("mechanisms/revenue_pool.py", f"{_SHARES} 0", f"{_SHARES} 1"): "where there is no floor nobody asks what the shares are worth",
    (
        "mechanisms/revenue_pool.py",
        "if direct < _scale(terms) and not attribution.follows_training(terms):",
        "if direct is not _scale(terms) and not attribution.follows_training(terms):",
    ): "both are at most 10, and Python has each such number once",
    ("mechanisms/shape.py", "weight: int = 0", "weight: int = 1"): "every use whose weight counts states it",
    (
        "mechanisms/shape.py",
        'T_contra = TypeVar("T_contra", bound=DealTerms, contravariant=True)',
        'T_contra = TypeVar("T_contra", bound=DealTerms, contravariant=False)',
    ): "only the type checker reads it, which the tests do not run",
    (
        "settlement/entitlement.py",
        "if terms and posting.amount > 0 and key.work_key and key.mechanism not in added:",
        "if terms and posting.amount > -1 and key.work_key and key.mechanism not in added:",
    ): "a line of nothing adds nothing to a guarantee or a pool of lines",
    ("settlement/explanation.py", _SLOTS, _NO_SLOTS): "slots save memory and change no figure",
    (
        "settlement/missing_rates.py",
        f"{_RATES} Fraction(1)}})",
        f"{_RATES} Fraction( 2)}})",
    ): "the rate stands in so that the next one that is missing is found; the pools made with it are thrown away",
    (
        "settlement/part_file.py",
        "cells = list(zip(*block, strict=True))",
        "cells = list(zip(*block, strict=False))",
    ): "all rows have the same fields",
    ("payout/finance.py", _SLOTS, _NO_SLOTS): "slots save memory and change no figure",
    **{
        (f"payout/{module}.py", "@dataclass(slots=True)", "@dataclass(slots=False)"): "slots save memory and change no figure"
        for module in ("movements", "receivables", "statement")
    },
    (
        "payout/statement_builder.py",
        "",
        "def figures(self) -> Sequence[LineFigures]:",
    ): "a property less in a protocol, which only the type checker reads",
    (
        "payout/suspense_claims.py",
        "@dataclass(frozen=True, slots=True)",
        "@dataclass(frozen=False, slots=True)",
    ): "nothing assigns to one, and none is a key",
    (
        "payout/fx.py",
        "if self.rate == 0 or self.from_ == self.to:",
        "if self.rate <= 0 or self.from_ == self.to:",
    ): "the type of a rate refuses what is below nothing",
}
