"""Writes CWR 2.1 lines for the tests, from the positions that the reader knows."""

from collections.abc import Sequence

from overtone.formats.cwr.layout import LAYOUTS, Major


def line(kind: str, major: Major = 2, **fields: object) -> str:
    layout = LAYOUTS[major][kind]
    width = max(start + length for start, length in layout.values())
    cells = [*kind.ljust(width)]
    for name, value in fields.items():
        start, length = layout[name]
        text = str(value).rjust(length, "0") if isinstance(value, int) else str(value).ljust(length)
        assert len(text) == length, f"{kind} {name}: {text!r} is not {length} wide"
        cells[start : start + length] = text
    return "".join(cells)


def person(kind: str, number: str, name: str, shares: tuple[int, int, int], ipi: str = "", **more: object) -> tuple[str, dict[str, object]]:
    pr, mr, sr = shares
    return kind, {"interested_party": number, "name": name, "ipi": ipi, "pr_share": pr, "mr_share": mr, "sr_share": sr} | more


def work(
    kind: str, number: str, title: str, *records: tuple[str, dict[str, object]], iswc: str = "", status: str = "", on: str = "20261102"
) -> list[tuple[str, dict[str, object]]]:
    head = [answered(number, title, status, kind, on)] if status else []
    return [*head, (kind, {"title": title, "work_number": number, "iswc": iswc}), *records]


def answered(number: str, title: str, status: str, kind: str = "REV", on: str = "20261102") -> tuple[str, dict[str, object]]:
    """The first record of a society's answer."""
    said: dict[str, object] = {"created_on": "20261101", "created_at": "120000", "original_type": kind, "recipient_number": "S1"}
    return "ACK", said | {"title": title, "work_number": number, "processed_on": on, "status": status}


GROUP_VERSIONS = {"2.1": "02.10", "2.2": "02.20", "3.0": "03.00", "3.1": "03.10"}


def transmission(
    *works: Sequence[tuple[str, dict[str, object]]],
    group: str = "NWR",
    version: str = "2.1",
    sender_type: str = "PB",
    character_set: str = "",
) -> bytes:
    major: Major = 3 if version.startswith("3") else 2
    sender = 199 if major == 2 else "0199"
    lines = [
        line("HDR", major, sender_type=sender_type, sender=sender, sender_name="THE SENDER", character_set=character_set),
        line("GRH", major, transaction_type=group, group=1, version=GROUP_VERSIONS[version]),
    ]
    for transaction, records in enumerate(works):
        lines += [line(kind, major, transaction=transaction, record=record, **fields) for record, (kind, fields) in enumerate(records)]
    lines.append(line("GRT", major, group=1, transactions=len(works), records=len(lines)))
    lines.append(line("TRL", major, groups=1, transactions=len(works), records=len(lines) + 1))
    return ("\r\n".join(lines) + "\r\n").encode("utf-8" if character_set == "UTF-8" else "latin-1")


ANNA, BO, PUB = "00235492073", "00008715000", "00130046332"
TUNE = work(
    "NWR",
    "TU/1",
    "SMÅ GRODORNA",
    person("SPU", "P1", "NIGHT GARDEN", (2500, 5000, 5000), PUB, publisher_type="E"),
    ("SPT", {"interested_party": "P1", "pr_share": 2500, "mr_share": 5000, "sr_share": 5000, "indicator": "I", "tis": 2136}),
    person("SWR", "W1", "SÖDERBERG", (2500, 0, 0), ANNA, first_name="ANNA", designation="CA"),
    ("SWT", {"interested_party": "W1", "pr_share": 2500, "indicator": "I", "tis": 2136}),
    ("PWR", {"publisher": "P1", "publisher_name": "NIGHT GARDEN", "writer": "W1"}),
    person("OWR", "W2", "LIND", (5000, 5000, 5000), BO, first_name="BO", designation="CA"),
    ("ALT", {"title": "THE LITTLE FROGS", "title_type": "AT"}),
    ("REC", {"isrc": "SEABC2600001"}),
    iswc="T0345246801",
)
