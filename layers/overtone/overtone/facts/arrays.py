"""The columns of a page as numpy arrays: the same bytes as `columns`, without a Python object for each value.

Texts stay as they were packed (numbers behind a prefix, 128-bit ids, an index into a dictionary) until somebody needs them as texts.
"""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from overtone.facts.columns import ASCENDING_MIN, INDEXED_MIN, LIMB, NUMBER_DIGITS_MAX, WIDTHS, ColumnReader, Writer

Ints: TypeAlias = NDArray[np.int64]
_PLAIN_DIGITS_MAX: Final = 14
"""Longer numbers may be packed as hexadecimal digits; only the text shows."""
BASE: Final = 10**9
"""The digits of exact sums are to this base (see `limbs`)."""
_DIGIT_PLACES: Final = 9
_PLACES_MAX: Final = 18
_LOOKED_AT: Final = 64
"""One of so many numbers that does not end at 0 settles that not all do."""


class Texts(NamedTuple):
    """Texts as packed. One of: `words`; a prefix and `numbers` of `width` digits (0: as many as each needs); a prefix and `ids`.

    `row`, where there is one, says which of them each row holds.
    """

    words: list[str] | None = None
    prefix: str = ""
    width: int = 0
    numbers: Ints | None = None
    ids: NDArray[np.uint64] | None = None
    row: Ints | None = None

    def unpacked(self) -> list[str]:
        """The texts themselves, whatever the rows."""
        if self.words is not None:
            return self.words
        if self.numbers is not None:
            if self.width:
                return [f"{self.prefix}{number:0{self.width}d}" for number in self.numbers.tolist()]
            return [f"{self.prefix}{number}" for number in self.numbers.tolist()]
        digits = [f"{high:016x}{low:016x}" for high, low in (self.ids.tolist() if self.ids is not None else ())]
        return [f"{self.prefix}{d[:8]}-{d[8:12]}-{d[12:16]}-{d[16:20]}-{d[20:]}" for d in digits]

    def at(self, places: Ints) -> list[str]:
        """The texts at some places of the list."""
        if self.numbers is not None:
            return self._replace(numbers=self.numbers[places]).unpacked()
        words = self.unpacked()
        return [words[place] for place in places.tolist()]

    def begin_with(self, prefix: str, size: int) -> NDArray[np.bool_]:
        """Of each text in the list, which are so many, whether it begins so."""
        if self.numbers is not None and self.prefix.startswith(prefix):
            return np.ones(size, bool)
        return np.fromiter((word.startswith(prefix) for word in self.unpacked()), bool, size)


class ArrayReader(ColumnReader):
    """Reads the columns of a page as arrays."""

    def array(self) -> Ints:
        """The next column, of integers."""
        return self._array(next(self._described))

    def packed_texts(self) -> Texts:
        """The next column, of texts."""
        described = next(self._described)
        if described[0] != "dictionary":
            return self._packed_texts(described)
        words = self._packed_texts(described[1])
        return words._replace(row=self._array(described[2]))

    def _array(self, described: Sequence[Any]) -> Ints:
        if described[0] == "same":
            return np.full(described[1], described[2], np.int64)
        if described[0] == "steps":
            steps = self._array(described[2])
            return np.cumsum(np.concatenate((np.array([described[1]], np.int64), steps))).astype(np.int64)
        _, count, width = described
        planes = np.frombuffer(self._take_plane(count * width), np.uint8).reshape(width, count)
        if width == 1:
            narrow: Ints = planes[0].astype(np.int64)
            return narrow
        numbers: NDArray[Any] = np.ascontiguousarray(planes.T).view(f"<u{width}")[:, 0]
        if width == WIDTHS[-1][0] and numbers.size and int(numbers.max()) >= 2**63:
            raise OverflowError("a column of integers outgrows 63 bits")
        whole: Ints = numbers.astype(np.int64)
        return whole

    def _packed_texts(self, described: Sequence[Any]) -> Texts:
        if described[0] == "uuids":
            _, count, prefix = described
            ids = np.frombuffer(self._take_noise(16 * count), ">u8").astype(np.uint64).reshape(count, 2)
            return Texts(prefix=prefix, ids=ids)
        if described[0] == "numbered":
            _, prefix, width, numbers = described
            return Texts(prefix=prefix, width=width, numbers=self._array(numbers))
        if described[0] == "constant":
            return Texts([described[2]], row=np.zeros(described[1], np.int64))
        return Texts(self._texts(described))


class ArrayWriter(Writer):
    """Writes columns that are arrays, byte for byte as a `Writer` writes the same values."""

    def _integers(self, values: Any) -> list[Any]:  # noqa: ANN401 - a list or an array
        array = values if isinstance(values, np.ndarray) else np.asarray(values, np.int64)
        if not array.size:
            return ["integers", 0, 1]
        least, most = int(array.min()), int(array.max())
        if least == most:
            return ["same", int(array.size), least]
        if _rises(array[:ASCENDING_MIN]):
            steps = np.diff(array)
            if int(steps.min()) >= 0 and int(steps.max()) < most:
                return ["steps", int(array[0]), self._integers(steps)]
        width = next(width for width, _ in WIDTHS if most < 256**width)
        raw = np.ascontiguousarray(array.astype(f"<u{width}")).view(np.uint8).reshape(-1, width)
        for plane in np.ascontiguousarray(raw.T):
            self._planes.plane(plane.tobytes())
        return ["integers", int(array.size), width]

    def array(self, values: Ints) -> None:
        """Non-negative integers, as `integers` writes them."""
        self._described.append(self._integers(values))

    def limbs(self, digits: Sequence[Ints], zeros: int = 0) -> None:
        """Numbers as digits to the base 1e9, the lowest first: the same bytes as `numbers` of the same values.

        In one array they stand as they are, and `zeros` is how many decimal zeros, at most 18, end all of them besides.
        """
        if len(digits) == 1:
            self._plain(digits[0], zeros)
            return
        limbs, places = without_zeros(list(digits))
        while len(limbs) > 1 and not limbs[-1].any():
            limbs.pop()
        if len(limbs) % 2:
            limbs.append(np.zeros_like(limbs[0]))
        wide = [self._integers(high * BASE + low) for low, high in zip(limbs[::2], limbs[1::2], strict=True)]
        self._described.append(["numbers", places, wide])

    def _plain(self, numbers: Ints, zeros: int) -> None:
        places = _zeros(numbers, _PLACES_MAX - zeros)
        bare = numbers // 10**places if places else numbers
        limbs = [bare] if int(bare.max(initial=0)) < LIMB else [bare % LIMB, bare // LIMB]
        self._described.append(["numbers", zeros + places, [self._integers(limb) for limb in limbs]])

    def coded(self, codes: Ints, texts: Texts) -> None:
        """What `dictionary` writes: the texts, which are in order, at these places."""
        ordered = np.sort(codes)
        unique = ordered[np.append(True, ordered[1:] != ordered[:-1])] if len(ordered) else ordered
        if len(unique) < INDEXED_MIN or 2 * len(unique) > len(codes):
            self._described.append(self._texts_at(codes, texts))
            return
        words = self._texts_at(unique, texts)
        self._described.append(["dictionary", words, self._integers(np.searchsorted(unique, codes))])

    def _texts_at(self, codes: Ints, texts: Texts) -> list[Any]:
        if texts.numbers is None or len(codes) < INDEXED_MIN:
            return self._texts(texts.at(codes))
        numbers = texts.numbers[codes]
        digits = digits_of(numbers)
        least, most = int(digits.min()), int(digits.max())
        if int(numbers.min()) == int(numbers.max()) or max(most, texts.width) > _PLAIN_DIGITS_MAX:
            return self._texts(texts._replace(numbers=numbers).unpacked())
        return ["numbered", texts.prefix, texts.width or (least if least == most else 0), self._integers(numbers)]


def _rises(array: Ints) -> bool:
    return bool((array[:-1] <= array[1:]).all())


def digits_of(numbers: Ints) -> Ints:
    """How many decimal digits each number has; 0 has one."""
    powers = np.array([10**place for place in range(1, NUMBER_DIGITS_MAX + 1)], np.int64)
    return np.searchsorted(powers, numbers, side="right").astype(np.int64) + 1


def without_zeros(digits: list[Ints]) -> tuple[list[Ints], int]:
    """The numbers without the decimal zeros, at most 18, at which all of them end; and how many those are."""
    whole = 0
    while whole < _PLACES_MAX // _DIGIT_PLACES and not digits[0].any():
        digits = digits[1:] or [np.zeros_like(digits[0])]
        whole += 1
    places = _zeros(digits[0], _DIGIT_PLACES) if whole < _PLACES_MAX // _DIGIT_PLACES else 0
    if places:
        cut, rest = 10**places, 10 ** (_DIGIT_PLACES - places)
        above = [*digits[1:], np.zeros_like(digits[0])]
        digits = [low // cut + (high % cut) * rest for low, high in zip(digits, above, strict=True)]
    return digits, whole * _DIGIT_PLACES + places


def _zeros(numbers: Ints, most: int) -> int:
    """At how many decimal zeros all of the numbers end; `most` where they have more."""
    if (numbers[:_LOOKED_AT] % 10).any():
        return 0
    common, places = int(np.gcd.reduce(np.append(numbers, 10**most))), 0
    while common % 10 == 0 and places < most:
        common //= 10
        places += 1
    return places
