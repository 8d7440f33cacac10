"""What happened in October: 300 generated tracks, what they owe to whom, and some 20,000 plays.

Everything is drawn from SHA-256 of a seed and a name, so the story is the same on every Python.
"""

import hashlib
from typing import Any, Final

from events.catalogue import DENIED, FEATURED, Song, late_isrc, songs

Json = dict[str, Any]

SEED: Final = "a month in Nashville"
DAYS: Final = 31
OUTPUTS: Final = 300
FIRST_OF_TREMOLO: Final = 180
"""Tracks from here on were made with Tremolo's model, the others with Brightloom's."""
WEEKS: Final = ((1, 7), (8, 14), (15, 21), (22, 28), (29, 31))
MODELS: Final = {"brightloom": "brightloom-v2", "tremolo": "tremolo-v1"}
SHARE_UNIT: Final = 10_000
_TERRITORIES: Final = {"kestrel": ("US", "US", "US", "CA", "GB"), "fjordcast": ("NO", "SE", "SE", "DK", "DE")}


def draw(below: int, *names: object) -> int:
    """A whole number from 0 to below - 1 that depends on the names alone."""
    drawn = hashlib.sha256("/".join(map(str, (SEED, *names))).encode()).digest()
    return int.from_bytes(drawn[:8], "big") % below


def decimal(units: int, digits: int) -> str:
    """An integer of 10^-digits as a decimal string."""
    return f"{units // 10**digits}.{units % 10**digits:0{digits}d}"


def output_id(number: int) -> str:
    """The id of a generated track."""
    return f"{'tr' if number >= FIRST_OF_TREMOLO else 'bl'}-{2610_000 + number}"


def maker(number: int) -> str:
    """The lab whose model made a track."""
    return "tremolo" if number >= FIRST_OF_TREMOLO else "brightloom"


def _day(day: int) -> str:
    return f"2026-10-{day:02d}"


def _record(reporter: str, subject: str, use: str, day: int, quantity: int, **more: object) -> Json:
    number = draw(10**9, reporter, subject, use, day)
    territory = _TERRITORIES.get(reporter, ("US", "SE", "DE"))
    return {
        "record_id": f"{reporter[:2]}-{day:02d}-{number:09d}",
        "subject": subject,
        "use": use,
        "used_on": _day(day),
        "quantity": quantity,
        **more,
        "territory": territory[draw(len(territory), "territory", reporter, subject, day)],
    }


def _popular(number: int) -> int:
    """How much a track is listened to: few are hits."""
    return max(1, 112 // (1 + draw(24, "hit", number)))


def generations(day: int) -> list[Json]:
    """What the labs sold on a day: each track was made by a paying user, some again and again."""
    made = []
    for number in range(OUTPUTS):
        if draw(12, "generation", number, day):
            continue
        quantity = 1 + draw(5, "again", number, day)
        currency, price = ("USD", 4900) if maker(number) == "brightloom" else ("EUR", 4500)
        paid = {"revenue": decimal(quantity * price, 4), "currency": currency}
        made.append((maker(number), _record(maker(number), f"output:{output_id(number)}", "generation", day, quantity, **paid)))
    return [record | {"reporter": lab} for lab, record in made]


def streams(platform: str, day: int) -> list[Json]:
    """Streams of generated tracks at a platform on a day."""
    currency, micros = ("USD", 3_900) if platform == "kestrel" else ("EUR", 3_400)
    made = []
    for number in range(OUTPUTS):
        if draw(11 if platform == "kestrel" else 13, "streamed", platform, number, day):
            continue
        quantity = 1 + draw(_popular(number), "streams", platform, number, day)
        paid = {"revenue": decimal(quantity * micros, 6), "currency": currency}
        made.append(_record(platform, f"output:{output_id(number)}", "stream", day, quantity, **paid))
    return made


def plays(day: int) -> list[Json]:
    """Plays of the recordings themselves, at Kestrel."""
    made = []
    for isrc in (*(song.isrc for song in songs()), late_isrc()):
        if draw(5, "played", isrc, day):
            quantity = 1 + draw(14, "plays", isrc, day)
            made.append(_record("kestrel", f"isrc:{isrc}", "stream", day, quantity))
    return made


def week_of(reporter: str, first: int, last: int) -> list[Json]:
    """Everything that a reporter has to report of some days."""
    records = []
    for day in range(first, last + 1):
        if reporter in MODELS:
            records += [r | {"reporter": reporter} for r in generations(day) if r["reporter"] == reporter]
        else:
            records += streams(reporter, day) + (plays(day) if reporter == "kestrel" else [])
    return [{name: value for name, value in record.items() if name != "reporter"} for record in records]


def _works(number: int) -> list[Song]:
    """The works that a track owes to. Only Tremolo used what nobody may use, and the featured work is in one of four."""
    known = [song for song in songs() if song.name != DENIED or (maker(number) == "tremolo" and draw(9, "denied", number) == 0)]
    known.sort(key=lambda song: draw(10**9, "work", number, song.name))
    if draw(4, "featured", number) == 0:
        known.sort(key=lambda song: song.name != FEATURED)
    return known[: 2 + draw(4, "works", number)]


def _learned(number: int) -> list[Json]:
    """How much a track owes to which recording, or to which composition where it is the melody: never all of it."""
    works = _works(number)
    named: dict[str, int] = {}
    left = SHARE_UNIT - 500 - draw(3000, "rest", number)
    for place, song in enumerate(works):
        part = left if song is works[-1] else left * (35 + draw(30, "part", number, place)) // 100
        left -= part
        melody = song.name != FEATURED and draw(6, "melody", number, song.name) == 0
        work = f"iswc:{song.iswc}" if melody else f"isrc:{song.isrc}"
        named[work] = named.get(work, 0) + part
    if draw(40, "unregistered", number) == 0:
        named[f"isrc:{late_isrc()}"] = named.pop(next(iter(named)))
    return [{"work": work, "share": decimal(part, 4)} for work, part in named.items()]


def disclosed(lab: str) -> list[Json]:
    """The disclosures of a lab's tracks; about one in eight is a guess below 0.6."""
    records = []
    for number in range(OUTPUTS):
        if maker(number) == lab:
            weak = draw(8, "weak", number) == 0
            confidence = 38 + draw(21, "confidence", number) if weak else 62 + draw(37, "confidence", number)
            records.append({"output_id": output_id(number), "confidence": decimal(confidence, 2), "shares": _learned(number)})
    return records


def measured_otherwise(lab: str) -> list[Json]:
    """What another method says of the same tracks: the same works, as likely as not in other parts."""
    records = []
    for record in disclosed(lab):
        shares = record["shares"]
        turned = 1 + draw(len(shares), "otherwise", record["output_id"])
        parts = [share["share"] for share in shares[turned:] + shares[:turned]]
        other = [{"work": share["work"], "share": part} for share, part in zip(shares, parts, strict=True)]
        records.append({"output_id": record["output_id"], "confidence": "0.80", "shares": other})
    return records


def trained_on(lab: str) -> list[Json]:
    """A lab's manifest: all that Brightloom could get, and most of it for Tremolo, minutes as weights."""
    works = [
        {"work": f"isrc:{song.isrc}", "weight": song.minutes}
        for number, song in enumerate(songs())
        if lab == "brightloom" or number % 5 != 4 or song.name == DENIED  # noqa: PLR2004 - every fifth was not at hand
    ]
    if lab == "brightloom":
        works = [work for work, song in zip(works, songs(), strict=True) if song.name != DENIED]
        works.append({"work": f"isrc:{late_isrc()}", "weight": "3.40"})
    return works
