"""Readers of works under any valid file and any damage: shares survive, only named errors come out, no good record goes silently."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from overtone.errors import OvertoneError, Rejected
from overtone.formats.cwr import transmission as cwr
from overtone.formats.cwr.shares import WHOLE
from overtone.formats.works import files, registrations
from overtone.identifiers import ipi_check_digits, iswc_check_digit
from overtone.money import NANO, parse_share
from overtone.steps.works_bwarm import Bwarm
from tests import bwarm_feed
from tests.cwr_lines import GROUP_VERSIONS, answered, transmission

if TYPE_CHECKING:
    from overtone.formats.works.drafts import Draft

TITLES = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f\x85\xa0"), min_size=1, max_size=60).filter(
    lambda text: text == text.strip() and text
)
IPIS = st.integers(1, 10**9 - 1).map(lambda n: f"{n:09d}" + ipi_check_digits(f"{n:09d}"))
ISWCS = st.one_of(st.just(""), st.integers(1, 10**9 - 1).map(lambda n: f"T{n:09d}" + iswc_check_digit(f"{n:09d}")))
SPLITS = st.lists(st.integers(1, 100), min_size=1, max_size=6).map(
    lambda weights: (
        [weight * WHOLE // sum(weights) for weight in weights[:-1]] + [WHOLE - sum(w * WHOLE // sum(weights) for w in weights[:-1])]
    )
)


@st.composite
def works(draw: st.DrawFn, version: str) -> list[tuple[str, dict[str, object]]]:
    """A valid registration of a version by writers alone, each with its territory; perhaps inside an answer, perhaps with a conflict."""
    kind = "WRK" if version.startswith("3") else draw(st.sampled_from(["NWR", "REV"]))
    number, title = draw(st.from_regex(r"[A-Z0-9]{1,14}", fullmatch=True)), draw(TITLES)
    records: list[tuple[str, dict[str, object]]] = [(kind, {"title": title, "work_number": number, "iswc": draw(ISWCS)})]
    for place, part in enumerate(draw(SPLITS)):
        shares: dict[str, object] = {"pr_share": part, "mr_share": part, "sr_share": part}
        name: dict[str, object] = {"interested_party": f"W{place}", "name": "MOON", "ipi": draw(st.one_of(st.just(""), IPIS))}
        records.append((draw(st.sampled_from(["SWR", "OWR"])), name | ({} if version.startswith("3") else shares)))
        territory = {"interested_party": f"W{place}", "indicator": "I", "tis": 2136, **shares}
        if version.startswith("3") or draw(st.booleans()):
            records.append(("SWT", territory))
    if draw(st.booleans()):
        return records
    conflict: list[tuple[str, dict[str, object]]] = [
        ("EXC", {"title": "OTHER", "work_number": "X"}),
        ("OWR", {"interested_party": "Z", "name": "SUN"} | ({} if version.startswith("3") else {"pr_share": 10_000})),
    ]
    status = draw(st.sampled_from(["AS", "CO", "RJ"]))
    return [answered(number, title, status, kind), *records, *(conflict if status == "CO" else [])]


VERSIONS = st.sampled_from(list(GROUP_VERSIONS))
FILES = VERSIONS.flatmap(lambda version: st.tuples(st.just(version), st.lists(works(version), min_size=1, max_size=4)))


def total(draft: Draft) -> int:
    return sum(parse_share(share["share"]) for share in draft.body["shares"])


def _happens_to_be_utf8(raw: bytes) -> bool:
    """Whether a file of Latin-1 that does not name its character set can be UTF-8 too: it is read as that then, with a warning."""
    try:
        return not raw.isascii() and bool(raw.decode())
    except UnicodeDecodeError:
        return False


@given(FILES, st.sampled_from([b"\r\n", b"\n", b"\r"]), st.booleans())
def test_every_valid_file_comes_in_whole_whatever_its_version(
    sent: tuple[str, list[list[tuple[str, dict[str, object]]]]],
    end: bytes,
    marked: bool,  # noqa: FBT001
) -> None:
    version, transactions = sent
    raw = transmission(*transactions, version=version).replace(b"\r\n", end)
    assume(marked or not _happens_to_be_utf8(raw))
    raw = b"\xef\xbb\xbf" + raw.decode("latin-1").encode() if marked else raw
    found = cwr.read(raw)
    assert (found.version, len(found.works), found.others) == (version, len(transactions), 0)
    for registration, records in zip(found.works, transactions, strict=True):
        head = next(fields for kind, fields in records if kind in {"NWR", "REV", "WRK"})
        assert (registration.refusals, registration.number, registration.iswc) == ((), head["work_number"], head["iswc"])
        assert total(registrations.from_cwr(registration, "uni", {}, "both")) == NANO


@given(FILES, st.integers(0, 10**6), st.sampled_from(["byte", "cut", "line lost", "line twice"]), st.integers(0, 255))
def test_damage_is_refused_or_told_and_loses_no_good_record_silently(
    sent: tuple[str, list[list[tuple[str, dict[str, object]]]]], place: int, how: str, byte: int
) -> None:
    version, transactions = sent
    raw = transmission(*transactions, version=version)
    damaged = harmed(raw, place, how, byte)
    try:
        found = cwr.read(damaged)
    except OvertoneError:
        return
    received = len(found.works) + found.others
    assert received == len(transactions) or found.remarks, (how, received)
    whole = [registration for registration in found.works if not registration.is_refused]
    assert len(whole) >= len(transactions) - 1 or found.remarks


def harmed(raw: bytes, place: int, how: str, byte: int) -> bytes:
    if how == "byte":
        at = place % len(raw)
        return raw[:at] + bytes([byte]) + raw[at + 1 :]
    if how == "cut":
        return raw[: place % len(raw)]
    lines = raw.split(b"\r\n")
    at = place % len(lines)
    return b"\r\n".join(lines[:at] + (lines[at + 1 :] if how == "line lost" else [lines[at], *lines[at:]]))


PERCENTS = SPLITS.map(lambda parts: [f"{part / 100:.2f}" for part in parts])


@given(st.lists(st.tuples(TITLES, PERCENTS), min_size=1, max_size=3), st.booleans(), st.booleans())
def test_every_valid_feed_comes_in_whole(songs: list[tuple[str, list[str]]], header: bool, manifest: bool) -> None:  # noqa: FBT001
    raw = feed(songs, header=header, manifest=manifest)
    drafts = read(raw)
    assert [draft.refusals for draft in drafts] == [()] * len(songs)
    assert [draft.body["title"] for draft in drafts] == [title for title, _ in songs]
    assert [total(draft) for draft in drafts] == [NANO] * len(songs)


@given(st.integers(0, 10**6), st.integers(0, 255))
def test_a_damaged_feed_is_refused_by_name_or_read(place: int, byte: int) -> None:
    raw = bytearray(feed([("SONG", ["25", "75"])], header=True, manifest=True))
    raw[place % len(raw)] = byte
    try:
        drafts = read(bytes(raw))
    except OvertoneError:
        return
    assert drafts


def feed(songs: list[tuple[str, list[str]]], *, header: bool, manifest: bool) -> bytes:
    shares = [
        bwarm_feed.share(n, f"W{work}", f"P{n % 3}", percent) for work, (_, parts) in enumerate(songs) for n, percent in enumerate(parts)
    ]
    tables = {
        "musicalworks.tsv": [bwarm_feed.work(f"W{n}", title) for n, (title, _) in enumerate(songs)],
        "parties.tsv": [bwarm_feed.party(f"P{n}", f"Party {n}") for n in range(3)],
        "musicalworkrightshares.tsv": shares,
    }
    return bwarm_feed.feed(tables, header=header, manifest=manifest)


def read(raw: bytes) -> list[Draft]:
    form = Bwarm("uni", lambda _identifiers: {})
    scan = form.scan([raw])
    entries: list[Any] = [entry for cut in form.cuts(lambda _offset: iter([raw]), scan, {}) for entry in cut.entries]
    return entries


CELLS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"], exclude_characters='"'), max_size=20)


@given(st.lists(st.tuples(CELLS, CELLS), max_size=5), st.booleans())
def test_any_table_has_a_draft_for_every_row_or_is_refused_by_name(rows: list[tuple[str, str]], quoted: bool) -> None:  # noqa: FBT001
    mark = '"' if quoted else ""
    raw = "\n".join(["work_id,title", *(f"{mark}{name}{mark},{mark}{title}{mark}" for name, title in rows)]).encode()
    form = files.Csv()
    try:
        scan = form.scan([raw])
        drafts = [entry for cut in form.cuts(lambda offset: iter([raw[offset:]]), scan, {}) for entry in cut.entries]
    except Rejected:
        return
    said = (name + title if quoted else (name + title).replace(",", "") for name, title in rows)
    assert len(drafts) == sum(map(bool, said))


def test_a_zip_of_another_kind_is_refused_by_name() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("works.tsv", "#FeedProvidersWorkId\n")
    with pytest.raises(Rejected, match=r"there is no musicalworks.tsv in the zip"):
        read(out.getvalue())
