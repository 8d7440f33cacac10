"""Every refusal of a reader says where, which field, what stands there and what to do: each cell of each format, spoilt in several ways."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import pytest

from overtone.errors import OvertoneError
from overtone.facts import sheets
from overtone.facts.mapping import Mapping
from overtone.formats import blocks, cdd, members_csv, opening_csv, text
from overtone.formats.bank import answers_csv
from overtone.formats.cwr import transmission
from overtone.formats.usage_file import first_pass, format_of
from overtone.formats.works import registrations, table
from tests.cwr_lines import TUNE
from tests.cwr_lines import transmission as sent
from tests.readers.seeds import SEEDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Told = Iterator[tuple[str, str, str]]

DAY: Final = "2026-11-05"
SPOILT: Final = ("§§", "-1", "9" * 45, "1e3", "2026-13-45", "x y|z")
REMEDY: Final = re.compile(
    r"\b(send|write|use|name|map|leave|begin|state|quote|put|drop|declare|taken now are|is 1 to|needs|must|one of|at most|expected)\b"
)
PLACE: Final = re.compile(r"\b(line|row|record|block) \S+|\bHEAD\b|\btrailer\b|\bheader\b|\bfirst line\b|does not agree with itself")
WORKS: Final = (
    b"work_id,title,kind,identifiers,shares,training,disputed,effective_from\n"
    b"w-1,Song,recording,isrc:SEABC2600001,ann:0.5|bo:0.5,allow,no,2026-01-01\n"
)


def usage(form: str) -> Callable[[bytes], Told]:
    def read(raw: bytes) -> Told:
        def content(offset: int = 0) -> Iterator[bytes]:
            return blocks.skipped(text.even_ends(iter([raw])), offset)

        reader = format_of(form, Mapping(), "oct")
        _, scan = first_pass(reader, content())
        for cut in reader.cuts(content(reader.start(scan)), scan, None, 0):
            for fault in sheets.check(cut.sheet, "fox", DAY, summed=reader.summed).faults:
                yield f"record {fault.index}", fault.field, fault.message

    return read


def works(raw: bytes) -> Told:
    for draft in table.read(raw):
        yield from ((f"line {refusal.line}", refusal.field, refusal.message) for refusal in draft.refusals)


def notification(raw: bytes) -> Told:
    return (("", fault.field, fault.message) for fault in cdd.read(raw).faults)


def nothing(read: Callable[[bytes], object]) -> Callable[[bytes], Told]:
    """Of a reader that refuses whole files alone."""

    def told(raw: bytes) -> Told:
        read(raw)
        return iter(())

    return told


READERS: Final[dict[str, tuple[Callable[[bytes], Told], bytes, str]]] = {
    "usage.csv": (usage("csv"), SEEDS["usage.csv"].replace(b",SE,,", b",SE,1.50,EUR"), ","),
    "usage.tsv": (usage("tsv"), SEEDS["usage.tsv"], "\t"),
    "usage.dsr.tsv": (usage("dsr.tsv"), SEEDS["usage.dsr.tsv"], "\t"),
    "works.csv": (works, WORKS, ","),
    "cdd": (notification, SEEDS["cdd"], "\t"),
    "answers.csv": (nothing(answers_csv.read), SEEDS["answers.csv"], ","),
    "members.csv": (nothing(members_csv.read), SEEDS["members.csv"], ","),
    "opening.csv": (nothing(opening_csv.read), b"party,currency,balance\nann,EUR,10.00\n", ","),
}


def spoilings(raw: bytes, separator: str) -> Iterator[tuple[str, bytes]]:
    lines = raw.decode().split("\n")
    for number, line in enumerate(lines):
        cells = line.split(separator) if line else []
        for place in range(len(cells)):
            for bad in SPOILT:
                spoilt = separator.join([*cells[:place], bad, *cells[place + 1 :]])
                yield bad, "\n".join([*lines[:number], spoilt, *lines[number + 1 :]]).encode()


def refusals(read: Callable[[bytes], Told], raw: bytes) -> list[tuple[str, str, str]]:
    try:
        return list(read(raw))
    except OvertoneError as error:
        return [("", error.faults[0].field if error.faults else "", error.detail)]


@pytest.mark.parametrize("name", sorted(READERS))
def test_a_spoilt_cell_is_refused_by_place_field_value_and_remedy(name: str) -> None:
    read, raw, separator = READERS[name]
    assert refusals(read, raw) == []
    lacking = []
    for bad, spoilt in spoilings(raw, separator):
        for where, field, message in refusals(read, spoilt)[:1]:
            found = {
                "place": bool(where or PLACE.search(message)),
                "field": bool(field),
                "value": bad[:20] in message or bad.upper()[:20] in message or "agree with itself" in message,
                "remedy": bool(REMEDY.search(message)),
            }
            lacking += [(part, bad, message) for part, there in found.items() if not there]
    assert lacking == []


@pytest.mark.parametrize("field", ["pr_share", "mr_share", "work_number", "title", "ipi", "iswc", "territory", "indicator"])
def test_a_spoilt_field_of_cwr_is_refused_by_line_record_field_and_message(field: str) -> None:
    """Field by field of each record of a registration: what cannot be taken says which line, which record and field, and why."""
    for place, (kind, fields) in enumerate(TUNE):
        if field not in fields:
            continue
        spoilt = [*TUNE[:place], (kind, {**fields, field: "?"}), *TUNE[place + 1 :]]
        (work,) = transmission.read(sent(spoilt)).works
        for refusal in registrations.from_cwr(work, "uni", {}, "both").refusals:
            assert refusal.line > 0
            assert refusal.record in {name for name, _ in TUNE}, refusal
            assert refusal.field, refusal
            assert len(refusal.message) > len("wrong"), refusal
