"""The music industry's identifiers, and the normal form of a work key.

ISRC and ISNI come from python-stdnum; it has no ISWC and no IPI, so those two stand here, in the
shape of its modules: `compact`, check digit, clear error. Check digits: ISWC (ISO 15707) is
`(10 - (1 + sum(i * d_i)) mod 10) mod 10`; an IPI name number ends in two digits, 00 where
`r = sum(d_i * w_i, w = 10..2) mod 101` is 0, else `(101 - r) mod 100` (CISAC).
"""

import re
from collections.abc import Callable
from typing import Final

from stdnum import isni as _isni
from stdnum import isrc as _isrc
from stdnum.exceptions import ValidationError

from overtone.errors import Rejected

UNATTRIBUTED: Final = "unattributed"
"""The work key of what no disclosure names a work for."""
ID_LENGTH_MAX: Final = 128

_ISWC = re.compile(r"T\d{10}\Z", re.ASCII)
_IPI = re.compile(r"\d{11}\Z", re.ASCII)
SLUG: Final = rf"[A-Za-z0-9][A-Za-z0-9._~-]{{0,{ID_LENGTH_MAX - 1}}}"
"""The form of an id."""
_SLUG = re.compile(rf"{SLUG}\Z", re.ASCII)
_NOT_OF_IDS = re.compile(r"[^A-Za-z0-9._~-]+", re.ASCII)


def isrc(text: str) -> str:
    """An ISRC (ISO 3901) without separators, upper case; raises `Rejected`."""
    try:
        return str(_isrc.validate(text))
    except ValidationError as error:
        raise Rejected(f"{text!r} is not an ISRC: {str(error).rstrip('.')}; expected the form USRC17607839") from error


def isni(text: str) -> str:
    """An ISNI (ISO 27729) without separators; raises `Rejected`."""
    try:
        number = str(_isni.validate(text))
    except ValidationError as error:
        raise Rejected(f"{text!r} is not an ISNI: {error}") from error
    if not number.isascii():
        raise Rejected(f"{text!r} is not an ISNI: its last digit is none of 0 to 9 or X; write it so")
    return number


def iswc_check_digit(digits: str) -> str:
    """The check digit of an ISWC's nine digits (ISO 15707, annex A)."""
    total = 1 + sum(place * int(digit) for place, digit in enumerate(digits, start=1))
    return str(-total % 10)


def iswc(text: str) -> str:
    """An ISWC (ISO 15707) as `T` and ten digits; raises `Rejected`.

    >>> iswc("T-034.524.680-1")
    'T0345246801'
    """
    number = re.sub(r"[-. ]", "", text).upper()
    if not _ISWC.match(number):
        raise Rejected(f"{text!r} is not an ISWC; expected the form T0345246801")
    if (due := iswc_check_digit(number[1:10])) != number[10]:
        raise Rejected(f"{text!r} has check digit {number[10]}, its digits give {due}; correct the ISWC")
    return number


def ipi_check_digits(digits: str) -> str:
    """The two check digits of an IPI name number's nine digits (CISAC)."""
    remainder = sum(int(d) * w for d, w in zip(digits, range(10, 1, -1), strict=True)) % 101
    return f"{(101 - remainder) % 101 % 100:02d}"


def ipi(text: str) -> str:
    """An IPI name number as eleven digits; raises `Rejected`.

    >>> ipi("1.300.463-32")
    '00130046332'
    """
    number = re.sub(r"[-. ]", "", text).rjust(11, "0")
    if not _IPI.match(number):
        raise Rejected(f"{text!r} is not an IPI name number; expected eleven digits")
    if (due := ipi_check_digits(number[:9])) != number[9:]:
        raise Rejected(f"{text!r} ends in {number[9:]}, its digits give {due}; correct the IPI")
    return number


def slug(text: object) -> str:
    """An id that a caller chose: 1 to 128 of letters, digits, `.`, `_`, `~`, `-`; raises `Rejected`, which names one that is like it."""
    if isinstance(text, str) and _SLUG.match(text):
        return text
    near = _NOT_OF_IDS.sub("-", text).strip("._~-") if isinstance(text, str) else ""
    like = f"; {near} would be one" if _SLUG.match(near) else ""
    raise Rejected(f"{text!r:.80} is no id; an id is 1 to {ID_LENGTH_MAX} of A-Z a-z 0-9 . _ ~ - and starts with a letter or digit{like}")


_SCHEMES: Final[dict[str, Callable[[str], str]]] = {"isrc": isrc, "iswc": iswc, "isni": isni, "work": slug}


def work_key(text: object) -> str:
    """A disclosed work identifier in normal form: `isrc:…`, `iswc:…`, `isni:…` or `work:…`; raises `Rejected`."""
    if not isinstance(text, str) or len(text) > ID_LENGTH_MAX + 5:
        raise Rejected("a work is named by a string such as isrc:SEABC2600001")
    scheme, _, number = text.partition(":")
    if scheme.lower() not in _SCHEMES:
        raise Rejected(f"{text!r} names no known scheme; use isrc:, iswc:, isni: or work:")
    return f"{scheme.lower()}:{_SCHEMES[scheme.lower()](number)}"
