"""How a whole came to its amount, step by step in words and figures: what an explanation shows of a pool beside a line's part of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from overtone.mechanisms.totals import Pool, Totals
from overtone.money import format_amount
from overtone.scales import Pico


@dataclass(frozen=True, slots=True)
class PriceStep:
    """One step: what was done, and what it comes to in the pool's currency ("" where it is no amount)."""

    words: str
    amount: str = ""

    @classmethod
    def of(cls, words: str, pico: int) -> "PriceStep":
        """A step that comes to an amount."""
        return cls(words, format_amount(Pico(pico)))


def no_steps(term: Any, pool: Pool, totals: Totals) -> Iterator[PriceStep]:
    """`steps` of a mechanism whose pools are an amount that the deal states, or that nobody shares."""
    del term, pool, totals
    return iter(())


def decimal(value: int, places: int) -> str:
    """An integer of 10^-places, none below zero, as the shortest exact decimal string."""
    whole, fraction = divmod(value, 10**places)
    return f"{whole}.{fraction:0{places}d}".rstrip("0") if fraction else str(whole)
