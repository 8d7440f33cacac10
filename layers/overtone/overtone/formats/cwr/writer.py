"""Writes CWR files: the frame with its counts and numbers, and records padded to their full width.

Field by field it knows the same positions as the reader; what a record's own width is, and which fields are zeros where nothing is
said, stands here, as only a writer needs it.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from overtone.formats.cwr.layout import LAYOUTS, V2, V3, VERSIONS, Major, Record, major_of

SENDER_TYPE: Final = "AA"
"""An administrative agency, in CISAC's table of senders."""
SENDER_NAME: Final = "OVERTONE"
END: Final = "\r\n"
_WORK_ZEROS: Final = {"copyright_date": "00000000", "duration": "000000", "recorded": "U", "category": "UNC", "version_type": "ORI"}
_PARTY_ZEROS: Final = {"tax_id": "000000000", "ipi": "00000000000", "pr_share": "00000", "mr_share": "00000", "sr_share": "00000"}
_ZEROS: Final[Mapping[str, Mapping[str, str]]] = {
    **dict.fromkeys(("NWR", "REV", "WRK", "ISW", "EXC"), _WORK_ZEROS),
    **dict.fromkeys(("SPU", "OPU", "SWR", "OWR"), _PARTY_ZEROS),
    "GRH": {"batch": "0000000000"},
}
_WIDTHS: Final[Mapping[Major, Mapping[str, int]]] = {
    V2: {"NWR": 260, "REV": 260, "SPU": 183, "OPU": 183, "SWR": 180, "OWR": 180, "SPT": 58, "SWT": 52, "PWR": 112, "GRH": 28, "REC": 266},
    V3: {"WRK": 208, "SPU": 112, "OPU": 112, "SWR": 135, "OWR": 135, "GRH": 26},
}


class TransmissionHeader(NamedTuple):
    """When and for whom a file is written: `created` is `YYYYMMDDhhmmss`; `sender` a number of at most nine characters."""

    created: str
    sender: str = ""
    sender_name: str = SENDER_NAME
    version: str = "2.1"

    @property
    def day(self) -> str:
        """The day on which it is written, as versions count days."""
        return f"{self.created[:4]}-{self.created[4:6]}-{self.created[6:8]}"

    @property
    def major(self) -> Major:
        """The version's first number."""
        return major_of(self.version)


class Group(NamedTuple):
    """Transactions of one type, each its records as (kind, fields) or as they came."""

    transaction_type: str
    transactions: Sequence[Sequence[tuple[str, Mapping[str, object]] | Record]]


def line(kind: str, major: Major, fields: Mapping[str, object]) -> str:
    """One record: text to the left and cut to its field, integers to the right over zeros."""
    layout = LAYOUTS[major][kind]
    width = max([_WIDTHS[major].get(kind, 0), *(start + length for start, length in layout.values())])
    cells = [*kind.ljust(width)]
    said = {**_ZEROS.get(kind, {}), **{name: value for name, value in fields.items() if value not in {"", None}}}
    for name, value in said.items():
        if name in layout:
            start, length = layout[name]
            cells[start : start + length] = _cell(value, length)
    return "".join(cells)


def _cell(value: object, length: int) -> str:
    if isinstance(value, int):
        return str(value).rjust(length, "0")[-length:]
    return " ".join(str(value).split())[:length].ljust(length)


def written(groups: Sequence[Group], header: TransmissionHeader) -> bytes:
    """The whole file: numbered, counted, framed."""
    lines = [""]
    transactions = 0
    for number, group in enumerate(groups, start=1):
        whole = list(_group(number, group, header))
        transactions += len(group.transactions)
        lines += whole
    lines.append(line("TRL", header.major, {"groups": len(groups), "transactions": transactions, "records": len(lines) + 1}))
    body = END.join(lines[1:])
    character_set, encoding = ("", "latin-1") if _is_latin(body + header.sender_name) else ("UTF-8", "utf-8")
    return f"{_header(header, character_set)}{END}{body}{END}".encode(encoding)


def _is_latin(text: str) -> bool:
    return all(ord(c) < 256 for c in text)  # noqa: PLR2004 - the last of ISO 8859-1


def _header(header: TransmissionHeader, character_set: str) -> str:
    number: object = header.sender.rjust(9, "0") if header.major == V2 and header.sender else header.sender
    fields = {
        "sender_type": SENDER_TYPE,
        "sender": number,
        "sender_name": header.sender_name,
        "standard": "01.10",
        "created_on": header.created[:8],
        "created_at": header.created[8:],
        "transmitted_on": header.created[:8],
        "character_set": character_set,
        "version": "" if header.version == "2.1" else header.version,
    }
    return line("HDR", header.major, fields)


def _group(number: int, group: Group, header: TransmissionHeader) -> Iterator[str]:
    version = next(code for code, name in VERSIONS.items() if name == header.version)
    yield line("GRH", header.major, {"transaction_type": group.transaction_type, "group": number, "version": version})
    records = 2
    for transaction, parts in enumerate(group.transactions):
        for place, part in enumerate(parts):
            records += 1
            yield _numbered(part, header.major, transaction, place)
    yield line("GRT", header.major, {"group": number, "transactions": len(group.transactions), "records": records})


def _numbered(part: tuple[str, Mapping[str, object]] | Record, major: Major, transaction: int, place: int) -> str:
    if isinstance(part, Record):
        return f"{part.kind}{transaction:08d}{place:08d}{part.text[19:]}"
    kind, fields = part
    return line(kind, major, {**fields, "transaction": transaction, "record": place})
