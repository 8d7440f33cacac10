"""What waits for somebody to claim it, as DDEX BWARM's `unclaimedmusicalworkrightshares.tsv`: the file in which the trade already looks.

One row per work, with the share that nobody claims and how far up it stands among those that wait (by uses). Money is not said.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from overtone.money import NANO, format_share
from overtone.scales import Nano

COLUMNS: Final = (
    *("UnclaimedMusicalWorkRightShareRecordId", "ResourceRecordId", "MusicalWorkRecordId", "ISRC", "DspResourceId", "ResourceTitle"),
    *("ResourceSubTitle", "AlternativeResourceTitle", "DisplayArtistName", "DisplayArtistISNI", "Duration"),
    *("UnclaimedRightSharePercentage", "PercentileForPrioritisation"),
)
UNKNOWN: Final = "UNKNOWN"
"""The standard's cells for title and artist may not both be empty where no resource is named."""


class UnclaimedShare(NamedTuple):
    """One work of which a share waits; `quantity` measures its uses, in whatever unit all have in common."""

    work_key: str
    work_id: str
    title: str
    quantity: int


def grouped(rows: Iterable[Mapping[str, str]], quantities: Iterable[int]) -> list[UnclaimedShare]:
    """Rows of suspense as one entry per work, in order of key."""
    shares: dict[tuple[str, str], UnclaimedShare] = {}
    for row, quantity in zip(rows, quantities, strict=True):
        key = (row["work_key"], row["work_id"])
        before = shares.get(key, UnclaimedShare(*key, row["title"], 0))
        shares[key] = before._replace(quantity=before.quantity + quantity, title=before.title or row["title"])
    return [shares[key] for key in sorted(shares)]


def table(waiting: Sequence[UnclaimedShare], claimed: Mapping[str, int]) -> bytes:
    """The file; `claimed` is what of each registered work somebody claims, in nano."""
    order = sorted({entry.quantity for entry in waiting})
    percentiles = {quantity: 100 * place // len(order) for place, quantity in enumerate(order, start=1)}
    lines = ["#" + "\t".join(COLUMNS)]
    for entry in waiting:
        scheme, _, number = entry.work_key.partition(":")
        unclaimed = max(0, NANO - claimed.get(entry.work_id, 0))
        cells = {
            "UnclaimedMusicalWorkRightShareRecordId": hashlib.blake2b(entry.work_key.encode(), digest_size=8).hexdigest(),
            "MusicalWorkRecordId": entry.work_id or (number if scheme != "isrc" else ""),
            "ISRC": number if scheme == "isrc" else "",
            "ResourceTitle": _cell(entry.title) or UNKNOWN,
            "DisplayArtistName": UNKNOWN,
            "UnclaimedRightSharePercentage": format_share(Nano(100 * unclaimed)),
            "PercentileForPrioritisation": str(percentiles[entry.quantity]),
        }
        lines.append("\t".join(cells.get(column, "") for column in COLUMNS))
    return ("\n".join(lines) + "\n").encode()


def _cell(text: str) -> str:
    return " ".join(text.split())
