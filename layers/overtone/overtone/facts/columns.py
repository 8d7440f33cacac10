"""Columns of texts and integers as few bytes: dictionaries, deltas, byte planes, packed hexadecimal.

The bytes depend on nothing but the values. A column is described by JSON and backed by *planes* (bytes that zlib shrinks) and
*noise* (random bytes that it cannot, kept out of its way).
"""

import zlib
from array import array
from collections.abc import Iterable, Sequence
from itertools import accumulate
from math import gcd
from operator import le, sub
from sys import byteorder
from typing import Any, Final

import orjson

from overtone.errors import InvariantBroken
from overtone.facts.planes import Planes

FORMAT: Final = 1
"""Of a page, and of every list of columns that is kept in one. Its first byte is one less: what never was above 0 is the first format."""
WIDTHS: Final = ((1, "B"), (2, "H"), (4, "I"), (8, "Q"))
_HEX: Final = b"0123456789abcdef"
_UUID_LENGTH: Final = 36
_UUID_DASHES: Final = (8, 13, 18, 23)
NUMBER_DIGITS_MAX: Final = 18
INDEXED_MIN: Final = 2
LIMB: Final = 10**18
"""What outgrows 64 bits is kept as digits to this base, the lowest first."""
ASCENDING_MIN: Final = 16
"""So many values must ascend before all of them are asked whether they do."""


def trailing_zeros(values: Iterable[int]) -> int:
    """At how many decimal zeros, at most 18, all of the numbers end."""
    common, places = gcd(LIMB, *values), 0
    while common % 10 == 0 and places < NUMBER_DIGITS_MAX:
        common //= 10
        places += 1
    return places


def _common(first: str, second: str) -> str:
    if first == second:
        return first
    size = next((place for place, (a, b) in enumerate(zip(first, second, strict=False)) if a != b), min(len(first), len(second)))
    return first[:size]


class Writer:
    """Collects the columns of one page."""

    def __init__(self) -> None:
        self._described: list[Any] = []
        self._planes = Planes()
        self._noise = bytearray()

    def integers(self, values: Sequence[int]) -> None:
        """Non-negative integers below 2^64."""
        self._described.append(self._integers(values))

    def numbers(self, values: Sequence[int]) -> None:
        """Non-negative integers of any size; the decimal zeros at which all of them end are left out."""
        if min(values, default=0) < 0:
            raise InvariantBroken("conserved", f"a column of numbers holds {min(values)}, less than nothing")
        places = trailing_zeros(values)
        rest = [value // 10**places for value in values] if places else list(values)
        limbs = []
        while True:
            limbs.append(self._integers([value % LIMB for value in rest]))
            rest = [value // LIMB for value in rest]
            if not any(rest):
                break
        self._described.append(["numbers", places, limbs])

    def texts(self, values: Sequence[str]) -> None:
        """Texts without line breaks, each mostly another."""
        self._described.append(self._texts(values))

    def dictionary(self, values: Sequence[str]) -> None:
        """Texts without line breaks, of which many are alike."""
        distinct = set(values)
        if len(distinct) < INDEXED_MIN or 2 * len(distinct) > len(values):  # an index would cost more than it saves
            self._described.append(self._texts(values))
            return
        unique = sorted(distinct)
        place = {value: number for number, value in enumerate(unique)}
        words = self._texts(unique)
        index = self._varied(list(map(place.__getitem__, values)), len(unique) - 1)
        self._described.append(["dictionary", words, index])

    def finish(self) -> bytes:
        """The page's bytes."""
        head = orjson.dumps(self._described)
        packed = self._planes.compressed(head + b"\n")
        return bytes((FORMAT - 1,)) + len(packed).to_bytes(3, "big") + packed + self._noise

    def _integers(self, values: Sequence[int]) -> list[Any]:
        if not values:
            return ["integers", 0, 1]
        least, most = min(values), max(values)
        if least == most:
            return ["same", len(values), least]
        return self._varied(values, most)

    def _varied(self, values: Sequence[int], most: int) -> list[Any]:
        """Integers that are not all alike, of which this is the greatest."""
        if all(map(le, values[:ASCENDING_MIN], values[1:ASCENDING_MIN])):
            steps = list(map(sub, values[1:], values))
            if min(steps) >= 0 and max(steps) < most:
                return ["steps", values[0], self._integers(steps)]
        width, code = next(pair for pair in WIDTHS if most < 256 ** pair[0])
        packed = array(code, values)
        if byteorder == "big":
            packed.byteswap()
        raw = packed.tobytes()
        for plane in range(width):
            self._planes.plane(raw[plane::width])
        return ["integers", len(values), width]

    def _texts(self, values: Sequence[str]) -> list[Any]:
        if not values:
            return ["constant", 0, ""]
        first = values[0]
        if values[-1] == first and all(map(first.__eq__, values)):
            return ["constant", len(values), first]
        if packed := self._uuids(values):
            return packed
        prefix = _common(min(values), max(values))
        packed = self._hexadecimal(values, prefix)
        return packed or self._numbered(values, prefix.rstrip("0123456789")) or self._lines(values)

    def _uuids(self, values: Sequence[str]) -> list[Any] | None:
        prefix = values[0][:-_UUID_LENGTH]
        size = len(prefix) + _UUID_LENGTH
        if len(values[0]) < _UUID_LENGTH or set(map(len, values)) != {size}:
            return None
        joined = "".join(values)
        if prefix:
            if not all(value.startswith(prefix) for value in values):
                return None
            joined = "".join([value[len(prefix) :] for value in values])
        dashes = "-" * len(values)
        if any(joined[place::_UUID_LENGTH] != dashes for place in _UUID_DASHES):
            return None
        return self._packed(joined.replace("-", ""), ["uuids", len(values), prefix])

    def _hexadecimal(self, values: Sequence[str], prefix: str) -> list[Any] | None:
        size = len(values[0])
        prefix = prefix[: len(prefix) - (size - len(prefix)) % 2]
        if set(map(len, values)) != {size} or (size - len(prefix)) % 2 or size - len(prefix) < 16:  # noqa: PLR2004 - shorter ones are numbers
            return None
        return self._packed("".join([value[len(prefix) :] for value in values]), ["hexadecimal", len(values), prefix, size - len(prefix)])

    def _packed(self, digits: str, described: list[Any]) -> list[Any] | None:
        if not digits.isascii() or digits.encode().translate(None, _HEX):
            return None
        self._noise += bytes.fromhex(digits)
        return described

    def _numbered(self, values: Sequence[str], prefix: str) -> list[Any] | None:
        if not values[0][len(prefix) :].isdigit():
            return None
        tails = [value[len(prefix) :] for value in values]
        sizes = set(map(len, tails))
        if max(sizes) > NUMBER_DIGITS_MAX or not "".join(tails).isdigit() or 0 in sizes:
            return None
        if not "".join(tails).isascii():
            return None
        numbers = list(map(int, tails))
        width = sizes.pop() if len(sizes) == 1 else 0
        if not width and list(map(str, numbers)) != tails:
            return None
        return ["numbered", prefix, width, self._integers(numbers)]

    def _lines(self, values: Sequence[str]) -> list[Any]:
        raw = "\n".join(values).encode()
        self._planes.text(raw)
        return ["lines", len(raw)]


class ColumnReader:
    """Reads the columns of a page in the order in which they were written."""

    def __init__(self, page: bytes) -> None:
        if page[0] != FORMAT - 1:
            raise InvariantBroken("committed_once", f"a page has format {page[0] + 1}; this version reads up to {FORMAT}")
        size = int.from_bytes(page[1:4], "big")
        head, _, self._planes = zlib.decompress(page[4 : 4 + size]).partition(b"\n")
        self._noise = page[4 + size :]
        self._described = iter(orjson.loads(head))
        self._plane = self._grain = 0

    def integers(self) -> list[int]:
        """The next column, of integers."""
        return self._integers(next(self._described))

    def numbers(self) -> list[int]:
        """The next column, of integers of any size."""
        _, places, limbs = next(self._described)
        *lower, values = [self._integers(limb) for limb in limbs]
        for lows in reversed(lower):
            values = [LIMB * high + low for high, low in zip(values, lows, strict=True)]
        return [value * 10**places for value in values] if places else values

    def texts(self) -> list[str]:
        """The next column, of texts, however it was written."""
        described = next(self._described)
        if described[0] != "dictionary":
            return self._texts(described)
        words = self._texts(described[1])
        return [words[number] for number in self._integers(described[2])]

    def _integers(self, described: Sequence[Any]) -> list[int]:
        if described[0] == "same":
            return [described[2]] * int(described[1])
        if described[0] == "steps":
            return list(accumulate(self._integers(described[2]), initial=described[1]))
        _, count, width = described
        raw = bytearray(count * width)
        for plane in range(width):
            raw[plane::width] = self._take_plane(count)
        numbers = array(dict(WIDTHS)[width], bytes(raw))
        if byteorder == "big":
            numbers.byteswap()
        return numbers.tolist()

    def _texts(self, described: Sequence[Any]) -> list[str]:
        match described:
            case ["constant", count, text]:
                return [text] * count
            case ["uuids", count, prefix]:
                digits = self._take_noise(16 * count).hex()
                parts = [digits[at : at + 32] for at in range(0, 32 * count, 32)]
                return [f"{prefix}{p[:8]}-{p[8:12]}-{p[12:16]}-{p[16:20]}-{p[20:]}" for p in parts]
            case ["hexadecimal", count, prefix, size]:
                digits = self._take_noise(size * count // 2).hex()
                return [prefix + digits[at : at + size] for at in range(0, size * count, size)]
            case ["numbered", prefix, width, numbers]:
                return [prefix + str(n).rjust(width, "0") for n in self._integers(numbers)]
            case ["lines", size]:
                return self._take_plane(size).decode().split("\n")
        raise InvariantBroken("committed_once", f"a page has a column of unknown form {described[0]!r}")

    def _take_plane(self, size: int) -> bytes:
        self._plane += size
        return self._planes[self._plane - size : self._plane]

    def _take_noise(self, size: int) -> bytes:
        self._grain += size
        return self._noise[self._grain - size : self._grain]
