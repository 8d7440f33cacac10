"""Where the fields of CWR records stand (CISAC, Common Works Registration, functional specifications 2.1 rev. 7, 2.2, 3.0 and 3.1).

Positions count from 0, as (start, length). 2.1 and 2.2 agree in all that is read and written here, and so do 3.0 and 3.1; between
the two, shares moved from the parties' records to those of their territories, and parties' societies went with them.
"""

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

Fields = Mapping[str, tuple[int, int]]
Major = Literal[2, 3]
V2: Final[Major] = 2
V3: Final[Major] = 3

VERSIONS: Final[Mapping[str, str]] = {"02.10": "2.1", "02.20": "2.2", "03.00": "3.0", "03.10": "3.1"}
"""The versions that are read: as a group's header writes them, and as people say them."""
HEADERS: Final = ("NWR", "REV", "WRK", "ISW", "EXC")
"""Records that describe a work, and with which a transaction or a part of one begins."""
PARTIES: Final = ("SPU", "OPU", "SWR", "OWR")
WRITERS: Final = ("SWR", "OWR")
TERRITORIES: Final = ("SPT", "OPT", "SWT", "OWT")

_PREFIX: Final = {"transaction": (3, 8), "record": (11, 8)}
_WORK: Final = _PREFIX | {
    "title": (19, 60),
    "language": (79, 2),
    "work_number": (81, 14),
    "iswc": (95, 11),
    "copyright_date": (106, 8),
    "category": (126, 3),
    "duration": (129, 6),
    "recorded": (135, 1),
    "version_type": (142, 3),
}
_NAMES_PUBLISHER: Final = _PREFIX | {
    "publisher_sequence": (19, 2),
    "interested_party": (21, 9),
    "name": (30, 45),
    "unknown": (75, 1),
    "publisher_type": (76, 2),
    "tax_id": (78, 9),
    "ipi": (87, 11),
}
_NAMES_WRITER: Final = _PREFIX | {
    "interested_party": (19, 9),
    "name": (28, 45),
    "first_name": (73, 30),
    "unknown": (103, 1),
    "designation": (104, 2),
}
_ACK: Final = _PREFIX | {
    "created_on": (19, 8),
    "created_at": (27, 6),
    "original_group": (33, 5),
    "original_transaction": (38, 8),
    "original_type": (46, 3),
    "title": (49, 60),
    "work_number": (109, 20),
    "recipient_number": (129, 20),
}
_FRAME: Final[Mapping[str, Fields]] = {
    "GRH": {"transaction_type": (3, 3), "group": (6, 5), "version": (11, 5), "batch": (16, 10)},
    "GRT": {"group": (3, 5), "transactions": (8, 8), "records": (16, 8)},
    "TRL": {"groups": (3, 5), "transactions": (8, 8), "records": (16, 8)},
    "MSG": _PREFIX
    | {
        "message_type": (19, 1),
        "original_record": (20, 8),
        "record_type": (28, 3),
        "level": (31, 1),
        "validation": (32, 3),
        "text": (35, 150),
    },
    "ALT": _PREFIX | {"title": (19, 60), "title_type": (79, 2)},
}
_TERRITORY_2_PUBLISHER: Final = _PREFIX | {
    "interested_party": (19, 9),
    "pr_share": (34, 5),
    "mr_share": (39, 5),
    "sr_share": (44, 5),
    "indicator": (49, 1),
    "tis": (50, 4),
    "sequence": (55, 3),
}
_TERRITORY_2_WRITER: Final = _PREFIX | {
    "interested_party": (19, 9),
    "pr_share": (28, 5),
    "mr_share": (33, 5),
    "sr_share": (38, 5),
    "indicator": (43, 1),
    "tis": (44, 4),
    "sequence": (49, 3),
}
_TERRITORY_3: Final = _PREFIX | {
    "sequence": (19, 3),
    "interested_party": (22, 9),
    "pr_share": (31, 5),
    "mr_share": (36, 5),
    "sr_share": (41, 5),
    "indicator": (46, 1),
    "tis": (47, 4),
}
_PUBLISHER_2: Final = _NAMES_PUBLISHER | {
    "pr_society": (112, 3),
    "pr_share": (115, 5),
    "mr_society": (120, 3),
    "mr_share": (123, 5),
    "sr_society": (128, 3),
    "sr_share": (131, 5),
}
_WRITER_2: Final = _NAMES_WRITER | {
    "ipi": (115, 11),
    "pr_society": (126, 3),
    "pr_share": (129, 5),
    "mr_society": (134, 3),
    "mr_share": (137, 5),
    "sr_society": (142, 3),
    "sr_share": (145, 5),
}
_WRITER_3: Final = _NAMES_WRITER | {"ipi": (106, 11), "ipi_behind_tax_id": (115, 11)}
"""Version 3 dropped the tax id before the IPI; some senders still write it, as zeros."""

LAYOUTS: Final[Mapping[Major, Mapping[str, Fields]]] = {
    2: {
        **_FRAME,
        "HDR": {
            "sender_type": (3, 2),
            "sender": (5, 9),
            "sender_name": (14, 45),
            "standard": (59, 5),
            "created_on": (64, 8),
            "created_at": (72, 6),
            "transmitted_on": (78, 8),
            "character_set": (86, 15),
            "version": (101, 3),
        },
        "ACK": _ACK | {"processed_on": (149, 8), "status": (157, 2)},
        **dict.fromkeys(HEADERS, _WORK),
        **dict.fromkeys(("SPU", "OPU"), _PUBLISHER_2),
        **dict.fromkeys(("SWR", "OWR"), _WRITER_2),
        **dict.fromkeys(("SPT", "OPT"), _TERRITORY_2_PUBLISHER),
        **dict.fromkeys(("SWT", "OWT"), _TERRITORY_2_WRITER),
        "PWR": _PREFIX | {"publisher": (19, 9), "publisher_name": (28, 45), "writer": (101, 9)},
        "REC": _PREFIX | {"isrc": (249, 12)},
    },
    3: {
        **_FRAME,
        "HDR": {
            "sender_type": (3, 2),
            "sender": (5, 4),
            "sender_name": (9, 45),
            "created_on": (65, 8),
            "created_at": (73, 6),
            "transmitted_on": (79, 8),
            "character_set": (87, 15),
            "version": (102, 3),
        },
        "ACK": _ACK | {"processed_on": (169, 8), "status": (177, 2)},
        **dict.fromkeys(HEADERS, _WORK),
        **dict.fromkeys(("SPU", "OPU"), _NAMES_PUBLISHER),
        **dict.fromkeys(("SWR", "OWR"), _WRITER_3),
        **dict.fromkeys(TERRITORIES, _TERRITORY_3),
        "MAN": _PREFIX | {"interested_party": (19, 9), "pr_share": (28, 5), "mr_share": (33, 5), "sr_share": (38, 5)},
        "PWR": _PREFIX | {"publisher_sequence": (19, 2), "publisher": (21, 9), "writer": (30, 9)},
        "REC": _PREFIX | {"isrc": (33, 12)},
    },
}


def major_of(version: str) -> Major:
    """The first number of a version such as `2.1`, which decides the layout."""
    return V3 if version.startswith("3") else V2


class Record(NamedTuple):
    """One line of the file; `line` counts from 1, `major` is its version's first number."""

    line: int
    text: str
    major: Major = 2

    @property
    def kind(self) -> str:
        """The record type, such as NWR."""
        return self.text[:3]

    def field(self, name: str) -> str:
        """A field without its padding; "" where the line ends before it, as senders may cut trailing blanks, or where there is none."""
        start, length = LAYOUTS[self.major].get(self.kind, {}).get(name, (0, 0))
        return self.text[start : start + length].strip()

    def number(self, name: str) -> int:
        """A numeric field, 0 where it is blank; raises `ValueError` for anything but digits."""
        text = self.field(name)
        if text and not (text.isascii() and text.isdigit()):
            raise ValueError(f"{text!r} is not a number")
        return int(text or "0")
