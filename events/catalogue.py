"""The works of the story: 24 recordings of 20 compositions, and one recording that nobody has registered yet."""

from functools import cache
from typing import Any, Final, NamedTuple

from overtone.identifiers import iswc_check_digit

Json = dict[str, Any]

FEATURED: Final = "cumberland-blue"
"""The work that every way of getting paid meets on."""
DENIED: Final = "glasshouse-hymn"
"""Its owners allow nothing, and one lab used it all the same."""
LATE: Final = "copperline"
"""Played and learned from in October, registered in November."""

ALLOWED: Final = {"training": {"default": "allow"}, "generation": {"default": "allow"}}
_TITLES: Final = (
    *("Cumberland Blue", "Ridgetop Radio", "Slow Freight", "Paper Sparrow", "Glasshouse Hymn", "Seven Mile Gin"),
    *("Winter Receipts", "Tin Roof Psalm", "Low Water Line", "Velvet Static", "Northbound Anna", "Half a Harbour"),
    *("Signal Oak", "Ferrous Heart", "Long Division", "Ghost Exit", "Saltbox", "Morning Ledger", "Amber Alarm", "Skärgård 4 AM"),
)
_VERSIONS: Final = {5: "Live at the Ryder", 3: "Acoustic", 9: "Night Mix", 12: "Live at the Ryder"}
_WRITERS: Final = ("delia-voss", "hollis-tate", "elin-sandmark", "axel-nyhem", "odile-marchand", "marsh-pryor")
_JUNE_PLAYS: Final = {0: "0.15", 1: "0.1"}
_JUNE_WROTE: Final = {0: "0.3"}


class Song(NamedTuple):
    """A recording and its composition, as registered."""

    name: str
    isrc: str
    iswc: str
    minutes: str
    recording: Json
    composition: Json


def _slug(title: str) -> str:
    return title.lower().replace(" ", "-").replace("å", "a").replace("ä", "a")


def _iswc(number: int) -> str:
    digits = f"{917_400_000 + 37 * number:09d}"
    return f"T{digits}{iswc_check_digit(digits)}"


def _isrc(number: int, country: str) -> str:
    return f"{country}LL126{10_000 + 7 * number:05d}"


def _shares(**parts: str) -> list[Json]:
    return [{"party": party.replace("_", "-"), "share": share} for party, share in parts.items()]


def _permissions(number: int) -> Json:
    if _slug(_TITLES[number]) == DENIED:
        return {"training": {"default": "deny"}, "generation": {"default": "deny"}}
    if number == 7:  # noqa: PLR2004 - one work whose owners allow little of it
        return {"training": {"default": "limit", "max_share": "0.02"}, "generation": {"default": "allow"}}
    return ALLOWED


def _composition(number: int) -> Json:
    writer, other = _WRITERS[number % 6], _WRITERS[(number + 2) % 6]
    if number in _JUNE_WROTE:
        shares = _shares(june_calloway=_JUNE_WROTE[number], delia_voss="0.4", ninth_paper="0.3")
    elif number == 11:  # noqa: PLR2004 - a work of which a quarter nobody claims
        shares = _shares(**{writer: "0.75"})
    else:
        shares = _shares(**{writer: "0.45", other: "0.2"}, ninth_paper="0.35")
    title = _TITLES[number]
    return {
        "title": title,
        "kind": "composition",
        "identifiers": [f"iswc:{_iswc(number)}"],
        "shares": shares,
        "permissions": _permissions(number),
    }


def _recording(number: int, isrc: str, version: str) -> Json:
    artist = _WRITERS[number % 6]
    if number in _JUNE_PLAYS and not version:
        label = {"0.15": "0.6", "0.1": "0.65"}[_JUNE_PLAYS[number]]
        shares = _shares(june_calloway=_JUNE_PLAYS[number], **{artist: "0.25"}, lantern_loom=label)
    else:
        shares = _shares(**{artist: "0.3"}, lantern_loom="0.7")
    title = _TITLES[number]
    return {
        "title": f"{title} ({version})" if version else title,
        "kind": "recording",
        "identifiers": [f"isrc:{isrc}"],
        "composition": f"comp-{_slug(title)}",
        "shares": shares,
        "permissions": _permissions(number),
    }


@cache
def songs() -> tuple[Song, ...]:
    """All registered recordings, each with its composition."""
    made = []
    for number, title in enumerate(_TITLES):
        for version in ("", _VERSIONS.get(number, ""))[: 1 + (number in _VERSIONS)]:
            country = "SE" if number % 6 in {2, 3} and number > 3 else "US"  # noqa: PLR2004 - the Swedish writers' own
            isrc = _isrc(number + (500 if version else 0), country)
            name = _slug(title) + ("-2" if version else "")
            seconds = 150 + (number * 53 + len(version) * 11) % 140
            minutes = f"{seconds // 60}.{seconds % 60 * 100 // 60:02d}"
            made.append(Song(name, isrc, _iswc(number), minutes, _recording(number, isrc, version), _composition(number)))
    return tuple(made)


def works() -> dict[str, tuple[str, Json]]:
    """What is registered before the month: `(owner, body)` by work id, compositions first."""
    listed = songs()
    compositions = {f"comp-{song.name.removesuffix('-2')}": ("ninth-paper", song.composition) for song in listed}
    return compositions | {f"rec-{song.name}": ("lantern-loom", song.recording) for song in listed}


def late_isrc() -> str:
    """The recording that is registered late."""
    return _isrc(990, "US")


def late_works() -> dict[str, tuple[str, Json]]:
    """The registration that came after the first settlement: June and Hollis made it by themselves."""
    owners = _shares(june_calloway="0.5", hollis_tate="0.5")
    composition = {
        "title": "Copperline",
        "kind": "composition",
        "identifiers": [f"iswc:{_iswc(990)}"],
        "shares": owners,
        "permissions": ALLOWED,
    }
    recording = {
        "title": "Copperline",
        "kind": "recording",
        "identifiers": [f"isrc:{late_isrc()}"],
        "composition": f"comp-{LATE}",
        "shares": owners,
        "permissions": ALLOWED,
    }
    return {f"comp-{LATE}": ("june-calloway", composition), f"rec-{LATE}": ("june-calloway", recording)}
