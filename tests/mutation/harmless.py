"""Mutants that nothing can notice, each with its reason: by module, the line before, and the line after."""

from __future__ import annotations

from typing import Final

_SHARES: Final = (
    "worth = sum((pico * month.rate(currency, term.currency) for currency, pico in shares.items()), start=Fraction(0)) if floor else"
)
_LENGTH: Final = '_AMOUNT_LENGTH_MAX: Final = len("-") + AMOUNT_DIGITS_MAX +'
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
}
