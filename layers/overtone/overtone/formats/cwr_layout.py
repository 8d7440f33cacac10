"""Where the fields of CWR 2.1 records stand (CISAC, Common Works Registration, functional specifications rev. 7).

Only the records and fields that a work's registration needs; positions count from 0, as (start, length).
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

_PREFIX: Final = {"transaction": (3, 8), "record": (11, 8)}
_PUBLISHER: Final = _PREFIX | {
    "publisher_sequence": (19, 2),
    "interested_party": (21, 9),
    "name": (30, 45),
    "unknown": (75, 1),
    "publisher_type": (76, 2),
    "ipi": (87, 11),
    "pr_share": (115, 5),
    "mr_share": (123, 5),
    "sr_share": (131, 5),
}
_WRITER: Final = _PREFIX | {
    "interested_party": (19, 9),
    "name": (28, 45),
    "first_name": (73, 30),
    "unknown": (103, 1),
    "designation": (104, 2),
    "ipi": (115, 11),
    "pr_share": (129, 5),
    "mr_share": (137, 5),
    "sr_share": (145, 5),
}
_WORK: Final = _PREFIX | {"title": (19, 60), "work_number": (81, 14), "iswc": (95, 11), "version_type": (142, 3)}

LAYOUT: Final[Mapping[str, Mapping[str, tuple[int, int]]]] = {
    "HDR": {"sender_type": (3, 2), "sender": (5, 9), "sender_name": (14, 45)},
    "GRH": {"transaction_type": (3, 3), "group": (6, 5), "version": (11, 5)},
    "GRT": {"group": (3, 5), "transactions": (8, 8), "records": (16, 8)},
    "TRL": {"groups": (3, 5), "transactions": (8, 8), "records": (16, 8)},
    "ACK": _PREFIX | {"status": (157, 2)},
    "NWR": _WORK,
    "REV": _WORK,
    "SPU": _PUBLISHER,
    "OPU": _PUBLISHER,
    "SWR": _WRITER,
    "OWR": _WRITER,
    "SPT": _PREFIX
    | {"interested_party": (19, 9), "pr_share": (34, 5), "mr_share": (39, 5), "sr_share": (44, 5), "indicator": (49, 1), "tis": (50, 4)},
    "SWT": _PREFIX
    | {"interested_party": (19, 9), "pr_share": (28, 5), "mr_share": (33, 5), "sr_share": (38, 5), "indicator": (43, 1), "tis": (44, 4)},
    "PWR": _PREFIX | {"publisher": (19, 9), "publisher_name": (28, 45), "writer": (101, 9)},
    "ALT": _PREFIX | {"title": (19, 60), "title_type": (79, 2)},
    "REC": _PREFIX | {"isrc": (249, 12)},
}


class Record(NamedTuple):
    """One line of the file; `line` counts from 1."""

    line: int
    text: str

    @property
    def kind(self) -> str:
        """The record type, such as NWR."""
        return self.text[:3]

    def field(self, name: str) -> str:
        """A field without its padding; "" where the line ends before it, as senders may cut trailing blanks."""
        start, length = LAYOUT[self.kind][name]
        return self.text[start : start + length].strip()

    def number(self, name: str) -> int:
        """A numeric field, 0 where it is blank; raises `ValueError` for anything but digits."""
        text = self.field(name)
        if text and not (text.isascii() and text.isdigit()):
            message = f"{text!r} is not a number"
            raise ValueError(message)
        return int(text or "0")
