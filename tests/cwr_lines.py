"""Writes CWR 2.1 lines for the tests, from the positions that the reader knows."""

from collections.abc import Sequence

from overtone.formats.cwr_layout import LAYOUT


def line(kind: str, **fields: object) -> str:
    width = max(start + length for start, length in LAYOUT[kind].values())
    cells = [*kind.ljust(width)]
    for name, value in fields.items():
        start, length = LAYOUT[kind][name]
        text = str(value).rjust(length, "0") if isinstance(value, int) else str(value).ljust(length)
        assert len(text) == length, f"{kind} {name}: {text!r} is not {length} wide"
        cells[start : start + length] = text
    return "".join(cells)


def person(kind: str, number: str, name: str, shares: tuple[int, int, int], ipi: str = "", **more: object) -> tuple[str, dict[str, object]]:
    pr, mr, sr = shares
    return kind, {"interested_party": number, "name": name, "ipi": ipi, "pr_share": pr, "mr_share": mr, "sr_share": sr} | more


def work(
    kind: str, number: str, title: str, *records: tuple[str, dict[str, object]], iswc: str = "", status: str = ""
) -> list[tuple[str, dict[str, object]]]:
    head: list[tuple[str, dict[str, object]]] = [("ACK", {"status": status})] if status else []
    return [*head, (kind, {"title": title, "work_number": number, "iswc": iswc}), *records]


def transmission(*works: Sequence[tuple[str, dict[str, object]]], group: str = "NWR") -> bytes:
    lines = [
        line("HDR", sender_type="PB", sender=199, sender_name="THE SENDER"),
        line("GRH", transaction_type=group, group=1, version="02.10"),
    ]
    for transaction, records in enumerate(works):
        lines += [line(kind, transaction=transaction, record=record, **fields) for record, (kind, fields) in enumerate(records)]
    lines.append(line("GRT", group=1, transactions=len(works), records=len(lines)))
    lines.append(line("TRL", groups=1, transactions=len(works), records=len(lines) + 1))
    return ("\r\n".join(lines) + "\r\n").encode("latin-1")


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
