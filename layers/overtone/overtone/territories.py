"""Territories as the trade names them: ISO 3166-1, codes withdrawn from it, CISAC's TIS numbers, and the world.

A TIS number of a country is the country's number in ISO 3166-1; groups (2100 and above) are CISAC's own (Territory Information System).
"""

import difflib
from typing import Final

import iso3166

from overtone.errors import Rejected
from overtone.territory_groups import MEMBERS

WORLD: Final = "*"
COUNTRIES: Final = frozenset(iso3166.countries_by_alpha2)
"""Codes of ISO 3166-1 alpha-2."""
_WORLDS: Final = frozenset({"*", "worldwide", "2wl", "2136"})
_GROUPS: Final = (
    *("Africa", "America", "the American continent", "the Antilles", "the APEC countries", "the ASEAN countries", "Asia", "Australasia"),
    *("the Balkans", "the Baltic states", "Benelux", "the British Isles", "the British West Indies", "Central America"),
    *("the Commonwealth", "the Commonwealth's African territories", "the Commonwealth's Asian territories"),
    *("the Commonwealth's Australasian territories", "the Commonwealth of Independent States", "Eastern Europe", "Europe"),
    *("the European Economic Area", "the European continent", "the European Union", "the GSA countries", "the Middle East"),
    *("the NAFTA countries", "the Nordic countries", "North Africa", "North America", "Oceania", "Scandinavia", "South America"),
    *("South-East Asia", "the West Indies"),
)
"""From 2100 on."""
_GROUP_FIRST: Final = 2100
_WITHDRAWN: Final = {
    "AN": ("2010-12-15", "CW, SX or BQ"),
    "BU": ("1989-12-05", "MM"),
    "CS": ("2006-09-26", "RS or ME"),
    "DD": ("1990-10-30", "DE"),
    "FX": ("1997-07-14", "FR"),
    "NT": ("1993-07-12", "IQ or SA"),
    "SU": ("1992-08-30", "RU or that of another state"),
    "TP": ("2002-05-20", "TL"),
    "YD": ("1990-08-14", "YE"),
    "YU": ("2003-07-23", "RS or ME"),
    "ZR": ("1997-07-14", "CD"),
}
"""ISO 3166-3: the day of withdrawal, and what is sent for later days."""
_WITHDRAWN_NUMBERS: Final = {200: "CS", 278: "DD", 530: "AN", 720: "YD", 810: "SU", 890: "YU", 891: "CS"}
_OFTEN_MEANT: Final = {"UK": "GB", "EL": "GR", "EN": "GB", "WW": "*", "ZZ": "*", "001": "*", "WORLD": "*", "GLOBAL": "*", "ALL": "*"}
_BY_NUMBER: Final = {int(country.numeric): country.alpha2 for country in iso3166.countries}
_BY_NAME: Final = {
    name.casefold(): country.alpha2 for country in iso3166.countries for name in (country.name, country.apolitical_name, country.alpha3)
}
_TIS_DIGITS_MAX: Final = 5


def canonical(text: object, day: str = "") -> str:
    """A territory as it is kept: an ISO 3166-1 alpha-2 code, or `*`; one withdrawn up to its day. Raises `Rejected` with the nearest."""
    if not isinstance(text, str):
        raise Rejected(f"{text!r:.80} is no territory; send an ISO 3166-1 alpha-2 code such as SE, or *")
    code = _code(text)
    if code == WORLD or code in iso3166.countries_by_alpha2:
        return code
    if code in _WITHDRAWN:
        last, following = _WITHDRAWN[code]
        if day and day <= last:
            return code
        raise Rejected(f"{text!r} was withdrawn from ISO 3166-1 on {last}; send {following}")
    raise Rejected(f"{text!r:.80} is not an ISO 3166-1 alpha-2 territory; {_remedy(text)}")


def countries(tis: int) -> tuple[str, ...]:
    """The countries that a number of CISAC's Territory Information System means today: one, those of a group, or none that is known.

    >>> countries(752), countries(2131), countries(9999)
    (('SE',), ('DK', 'NO', 'SE'), ())
    """
    if country := _BY_NUMBER.get(tis):
        return (country,)
    return tuple(MEMBERS.get(tis, "").split())


def tis(country: str) -> int:
    """The number of a country in CISAC's Territory Information System; one that was withdrawn from ISO 3166-1 has its old one."""
    if found := iso3166.countries_by_alpha2.get(country):
        return int(found.numeric)
    return next(number for number, code in _WITHDRAWN_NUMBERS.items() if code == country)


def _code(text: str) -> str:
    if text.casefold() in _WORLDS:
        return WORLD
    if text.isascii() and text.isdigit() and len(text) <= _TIS_DIGITS_MAX:
        number = int(text)
        return WORLD if str(number) in _WORLDS else _BY_NUMBER.get(number) or _WITHDRAWN_NUMBERS.get(number, text)
    return text


def _remedy(text: str) -> str:
    """What to send instead, as near to what was meant as can be told."""
    bare = text.strip()
    if bare.isascii() and bare.isdigit() and len(bare) <= _TIS_DIGITS_MAX and 0 <= int(bare) - _GROUP_FIRST < len(_GROUPS):
        return f"{bare} is {_GROUPS[int(bare) - _GROUP_FIRST]}, a group of CISAC's; send a record for each country, or * for the world"
    near = _OFTEN_MEANT.get(bare.upper()) or (bare.upper() if bare.upper() in iso3166.countries_by_alpha2 else "")
    if not near:
        names = difflib.get_close_matches(bare.casefold()[:80], _BY_NAME, n=1, cutoff=0.75)
        near = _BY_NAME[names[0]] if names else ""
    return f"send {near}" if near else "send a code such as SE, or * for the world"
