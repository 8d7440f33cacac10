"""Texts of many pages as places in one ordered list: so they are compared and grouped as integers, and made texts again at the end.

Where all pages have packed them alike, their numbers do as they are; else the texts are put together.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from overtone.facts.arrays import Ints, Texts, digits_of
from overtone.facts.columns import NUMBER_DIGITS_MAX
from overtone.facts.orders import distinct

FEW_WORDS_MAX: Final = 1_000
"""So many words are looked at one by one for whether they are numbers after all."""


class Coded(NamedTuple):
    """For each row its place among `texts`, which are distinct and in order."""

    codes: Ints
    texts: Texts
    size: int


def coded(columns: Sequence[Texts]) -> Coded:
    """The rows of all columns, one after the other."""
    alike = _numbers(columns)
    if alike is None:
        return _words(columns)
    first, numbers = alike
    unique, codes = distinct(numbers)
    if not first.width:
        order = _as_text(unique)
        place = np.empty_like(order)
        place[order] = np.arange(len(order))
        unique, codes = unique[order], place[codes]
    return Coded(codes, Texts(prefix=first.prefix, width=first.width, numbers=unique), len(unique))


def _as_text(numbers: Ints) -> Ints:
    """The order in which the numbers stand as texts: 10 before 9."""
    digits = digits_of(numbers)
    powers = np.array([10**place for place in range(NUMBER_DIGITS_MAX + 1)], np.int64)
    return np.lexsort((digits, numbers * powers[NUMBER_DIGITS_MAX - digits]))


def _numbers(columns: Sequence[Texts]) -> tuple[Texts, Ints] | None:
    """The numbers of all rows, where all columns are numbers behind one prefix that are written alike."""
    first = next((texts for texts in columns if texts.numbers is not None), None)
    found, widths = [], set()
    if first is None:
        return None
    for column in columns:
        texts = _read_as(first, column)
        if texts is None or texts.numbers is None:
            return None
        padded = texts.width and int(digits_of(texts.numbers).min()) < texts.width
        widths.add((bool(padded), texts.width))
        found.append(texts.numbers if texts.row is None else texts.numbers[texts.row])
    if not any(padded for padded, _ in widths):
        return first._replace(width=0, row=None), np.concatenate(found)
    if len({width for _, width in widths}) > 1:
        return None
    return first._replace(width=next(iter(widths))[1], row=None), np.concatenate(found)


def _read_as(first: Texts, texts: Texts) -> Texts | None:
    """Texts as numbers behind the same prefix, if they are; a page of few rows has them as words."""
    if texts.words is None:
        return texts if texts.prefix == first.prefix and texts.numbers is not None else None
    if len(texts.words) > FEW_WORDS_MAX or not all(word.startswith(first.prefix) for word in texts.words):
        return None
    tails = [word[len(first.prefix) :] for word in texts.words]
    sizes = {len(tail) for tail in tails}
    if not all(tail.isascii() and tail.isdigit() and len(tail) <= NUMBER_DIGITS_MAX for tail in tails):
        return None
    padded = any(tail[0] == "0" and len(tail) > 1 for tail in tails)
    if padded and len(sizes) > 1:
        return None
    numbers = np.array([int(tail) for tail in tails], np.int64)
    return Texts(prefix=first.prefix, width=sizes.pop() if len(sizes) == 1 else 0, numbers=numbers, row=texts.row)


def appended(texts: Texts, known: Sequence[str]) -> tuple[Ints, list[str]]:
    """Where each row's text stands in a list that begins with what is known, and that list."""
    words = texts.unpacked()
    fresh = dict.fromkeys(words)
    if len(fresh) == len(words) and fresh.keys().isdisjoint(known):
        codes = np.arange(len(known), len(known) + len(words))
        return (codes if texts.row is None else codes[texts.row]), [*known, *words]
    place = {word: number for number, word in enumerate(known)}
    codes = places(texts, place)
    return codes, list(place)


def places(texts: Texts, known: dict[str, int]) -> Ints:
    """Where each row's text stands in a list that grows by those it does not know."""
    words = texts.unpacked()
    fresh = dict.fromkeys(words) if known.keys().isdisjoint(words) else dict.fromkeys(word for word in words if word not in known)
    known.update(zip(fresh, range(len(known), len(known) + len(fresh)), strict=True))
    codes = np.fromiter(map(known.__getitem__, words), np.int64, len(words))
    return codes if texts.row is None else codes[texts.row]


def _words(columns: Sequence[Texts]) -> Coded:
    place: dict[str, int] = {}
    found = [places(texts, place) for texts in columns]
    ordered = sorted(place)
    rank = np.empty(len(ordered), np.int64)
    rank[np.fromiter(map(place.__getitem__, ordered), np.int64, len(ordered))] = np.arange(len(ordered))
    codes = np.concatenate(found) if found else np.empty(0, np.int64)
    return Coded(rank[codes], Texts(ordered), len(ordered))


def identities(columns: Sequence[Texts]) -> list[Ints]:
    """Integers that are equal in two rows exactly where their texts are; in no order."""
    prefixes = {texts.prefix for texts in columns}
    if len(prefixes) == 1 and all(texts.ids is not None for texts in columns):
        ids = [texts.ids if texts.row is None else texts.ids[texts.row] for texts in columns if texts.ids is not None]
        whole = np.concatenate(ids).view(np.int64)
        return [whole[:, 0], whole[:, 1]]
    alike = _numbers(columns)
    if alike is not None:
        return [alike[1]]
    place: dict[str, int] = {}
    return [np.concatenate([places(texts, place) for texts in columns])]
