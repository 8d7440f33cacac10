"""What is kept for years bears the number of its format, and what every format ever written holds is read by a sample of it."""

from __future__ import annotations

import ast
import zlib
from importlib import import_module
from pathlib import Path

import pytest

import overtone
from overtone.errors import InvariantBroken
from tests.unit.stored_forms import FORMS, SAMPLES, Form

PACKAGE = Path(overtone.__file__).parent
EACH = [pytest.param(form, id=form.file) for form in FORMS]
SAMPLED = [pytest.param(form, number, id=f"{form.file}-{number}") for form in FORMS for number in range(1, form.module.FORMAT + 1)]


def counted() -> dict[str, int]:
    """Every module of the package that counts a format."""
    found = {}
    for path in PACKAGE.rglob("*.py"):
        names = (node.target for node in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(node, ast.AnnAssign))
        if any(isinstance(name, ast.Name) and name.id == "FORMAT" for name in names):
            module = ".".join((PACKAGE.name, *path.relative_to(PACKAGE).with_suffix("").parts))
            found[module] = import_module(module).FORMAT
    return found


def test_every_format_of_the_package_has_its_samples() -> None:
    assert {form.module.__name__: form.module.FORMAT for form in FORMS} == counted()
    known = {form.sample(number) for form in FORMS for number in range(1, form.module.FORMAT + 1)}
    assert {path for path in SAMPLES.rglob("*") if path.is_file()} == known, "a format without its sample, or a sample without a format"


@pytest.mark.parametrize(("form", "number"), SAMPLED)
def test_a_sample_of_every_format_says_what_it_always_said(form: Form, number: int) -> None:
    assert form.says(form.sample(number).read_bytes()) == form.expected


@pytest.mark.parametrize("form", EACH)
def test_what_is_written_today_is_the_newest_sample(form: Form) -> None:
    """Other bytes are another format: give it the next number, a sample, and a reader of the one before."""
    assert unpacked(form.write()) == unpacked(form.sample(form.module.FORMAT).read_bytes())


def unpacked(body: bytes) -> object:
    """Pages as they are before they are compressed: how small zlib makes them is no part of the format."""
    if body[:1] in b"[{":
        return body
    if body[1:3] == b"\x78\xda" or body[1:3] == b"\x78\x9c":  # a list of segments
        return body[0], zlib.decompress(body[1:])
    if body[1] == 0 and body[5] == 0:  # a segment of outputs, whose index is a page like those of the blocks behind it
        size = 5 + int.from_bytes(body[1:5], "big")
        return body[0], unpacked(body[5:size]), unpacked(body[size:])
    size = int.from_bytes(body[1:4], "big")
    return body[0], zlib.decompress(body[4 : 4 + size]), body[4 + size :]


def later(form: Form) -> bytes:
    """The newest sample as a version to come would number it."""
    now, body = form.module.FORMAT, form.sample(form.module.FORMAT).read_bytes()
    if form.file.endswith(".bin"):
        return bytes((body[0] + 1,)) + body[1:]
    if form.file == "page-index.json":
        return body.replace(b"{", b'{"format":"02",')
    if form.file == "suspense.ndjson":
        return body.replace(f",{now}]".encode(), f",{now + 1}]".encode())
    return body.replace(f'"format":{now}'.encode(), f'"format":{now + 1}'.encode()).replace(b'"version":2', b'"version":3')


NUMBERED = [form for form in FORMS if form.file not in {"book.ndjson", "part.ndjson", "outcome.json", "sketch.bin"}]
"""Those that say their number themselves and are read by whoever asks; the number of a book's lines stands in the index that names it."""


@pytest.mark.parametrize("form", NUMBERED, ids=lambda form: form.file)
def test_a_format_that_is_not_known_yet_is_refused_and_not_misread(form: Form) -> None:
    with pytest.raises(InvariantBroken, match="format"):
        form.says(later(form))
