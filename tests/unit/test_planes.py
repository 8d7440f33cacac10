"""Planes are one zlib stream that any zlib reads, in few bytes, and the same bytes for the same planes."""

from __future__ import annotations

import random
import zlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overtone.facts.arrays import ArrayWriter
from overtone.facts.columns import ColumnReader, Writer
from overtone.facts.planes import NOISE_MIN, PARTED_MIN, SAMPLE, Planes

if TYPE_CHECKING:
    from collections.abc import Callable


def packed(head: bytes, parts: list[tuple[bytes, bool]]) -> bytes:
    planes = Planes()
    for raw, is_text in parts:
        if is_text:
            planes.text(raw)
        else:
            planes.plane(raw)
    return planes.compressed(head)


KINDS = st.sampled_from(["noise", "zeros", "few", "text"])


@given(st.lists(st.tuples(KINDS, st.integers(0, 9_000), st.booleans()), max_size=6), st.integers(0, 10**6))
def test_a_stream_is_read_by_zlib_whatever_its_planes_are(kinds: list[tuple[str, int, bool]], seed: int) -> None:
    rng = random.Random(seed)
    made: dict[str, Callable[[int], bytes]] = {
        "noise": rng.randbytes,
        "zeros": bytes,
        "few": lambda size: bytes(rng.choices(b"abc", k=size)),
        "text": lambda size: b"isrc:SEABC26"[: size % 13] * (size // 13),
    }
    parts = [(made[kind](size), is_text) for kind, size, is_text in kinds]
    stream = packed(b"[head]\n", parts)
    assert zlib.decompress(stream) == b"[head]\n" + b"".join(raw for raw, _ in parts)
    assert stream == packed(b"[head]\n", parts)


@pytest.mark.parametrize("size", [PARTED_MIN - 2, PARTED_MIN - 1, PARTED_MIN])
def test_at_the_size_from_which_planes_are_compressed_one_by_one(size: int) -> None:
    raw = random.Random(1).randbytes(size - 1)
    assert zlib.decompress(packed(b"\n", [(raw, False)])) == b"\n" + raw


def test_noise_is_stored_and_runs_are_not() -> None:
    rng = random.Random(3)
    noise, runs = rng.randbytes(40_000), bytes(rng.choices(range(NOISE_MIN - 30), k=40_000))
    assert 40_000 < len(packed(b"\n", [(noise, False)])) < 40_100
    assert len(packed(b"\n", [(runs, False)])) < 0.97 * 40_000
    assert len(packed(b"\n", [(bytes(40_000), False)])) < 200


@pytest.mark.parametrize("count", [SAMPLE - 1, SAMPLE, 5_000, 30_000])
def test_arrays_and_lists_make_the_same_bytes(count: int) -> None:
    rng = random.Random(count)
    values = [rng.randrange(10**12) for _ in range(count)]
    texts = [f"isrc:SEABC26{rng.randrange(99999):05d}x" for _ in range(count)]
    pages: list[bytes] = []
    writers: tuple[Writer, Writer] = (Writer(), ArrayWriter())
    for page in writers:
        page.integers(values)
        page.texts(texts)
        page.integers(sorted(values))
        pages.append(page.finish())
    assert pages[0] == pages[1]
    reader = ColumnReader(pages[0])
    assert (reader.integers(), reader.texts(), reader.integers()) == (values, texts, sorted(values))
