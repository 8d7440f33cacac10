"""Every reader takes its seed, survives mutation, and is cheap under hostile input; `make thorough` looks longer, and with atheris."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overtone.errors import OvertoneError
from tests.readers import stored
from tests.readers.hostile import HOSTILE
from tests.readers.seeds import SEEDS
from tests.readers.stored import STORED
from tests.readers.targets import TARGETS, run
from tests.unit.stored_forms import FORMS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

ROOT = Path(__file__).parent.parent.parent
FORMATS = ROOT / "layers" / "overtone" / "overtone" / "formats"
THOROUGH = bool(os.environ.get("THOROUGH"))
MEGABYTE = 1024 * 1024
SIZE = (10 if THOROUGH else 2) * MEGABYTE
MEMORY_MB_MAX, CPU_S_MAX = 300, 10
FUZZED_S = int(os.environ.get("FUZZ_SECONDS", "20"))
"""How long `make thorough` fuzzes each reader; a stored form, which strangers do not send, a quarter of it."""
RUNS_MIN = 50
"""A fuzzer that did fewer did not fuzz; the slowest reader does hundreds a second."""
FUZZER = Path(sys.prefix) / "fuzzer"
"""Where `make thorough` puts atheris."""
HOSTILE_INPUTS = [(name, what) for name, inputs in sorted(HOSTILE.items()) for what in inputs]
IN_THE_GATE = [
    ("usage.dsr.tsv", "one block"),
    ("usage.ndjson", "empty objects"),
    ("members.csv", "rows"),
    ("cdd", "records"),
    ("cwr", "works"),
]
"""Those that once were dear."""


def python(*arguments: str, seconds: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.readers", *arguments]
    paths = os.pathsep.join((str(ROOT), str(ROOT / "layers" / "overtone"), str(FUZZER)))
    told = os.environ | {"PYTHONPATH": paths}
    return subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False, env=told)  # noqa: S603 - our own module


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_every_reader_takes_its_seed(name: str) -> None:
    TARGETS[name](SEEDS[name])


OURS_ALONE = {
    ("journal_csv", "read_trial"): "an auditor reads our own files",
    ("journal_csv", "read_periods"): "an auditor reads our own files",
}
"""Readers that no stranger's bytes reach."""


def readers() -> Iterator[tuple[str, str]]:
    """Every function of the formats that takes bytes: its module and name. What a protocol only declares is no reader."""
    for path in sorted(FORMATS.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        declared = {
            id(member)
            for node in ast.walk(tree)
            if isinstance(node, ast.ClassDef) and any(isinstance(base, ast.Name) and base.id == "Protocol" for base in node.bases)
            for member in node.body
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and id(node) not in declared:
                given = [ast.unparse(one.annotation) for one in node.args.args if one.annotation]
                if any(re.search(r"\b(bytes|BinaryIO)\b", one) for one in given):
                    yield path.relative_to(FORMATS).with_suffix("").as_posix(), node.name


def test_every_function_of_the_formats_that_takes_bytes_is_reached_by_a_target() -> None:
    """So a new reader is fuzzed, changed at random and bounded, or fails here."""
    called: set[tuple[str, str]] = set()

    def trace(frame: FrameType, _event: str, _argument: object) -> None:
        if str(FORMATS) in frame.f_code.co_filename:
            path = Path(frame.f_code.co_filename).relative_to(FORMATS).with_suffix("")
            called.add((path.as_posix(), frame.f_code.co_name))

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        for name, seed in SEEDS.items():
            run(name, seed)
    finally:
        sys.settrace(before)
    known = set(readers())
    assert len(known) > 30
    assert known - called == OURS_ALONE.keys()


def test_every_reader_has_a_seed_and_all_but_twins_something_hostile() -> None:
    twins = {"usage.tsv", *(name for name in TARGETS if name.startswith("POST ") and name != "POST application/json")}
    assert SEEDS.keys() == TARGETS.keys()
    assert TARGETS.keys() - HOSTILE.keys() <= twins


def changed(raw: bytes, data: st.DataObject) -> bytes:
    """With one to four places taken out, or something else there."""
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(raw)))
        piece = data.draw(
            st.binary(max_size=4) | st.sampled_from([b"\t", b"\n", b'"', b"<", b"-1", b"1e9", b"\xef\xbb\xbf", b"null", raw[:40]])
        )
        raw = raw[:start] + piece + raw[start + data.draw(st.integers(0, 30)) :]
    return raw


@pytest.mark.parametrize("name", sorted(TARGETS))
@given(st.data())
def test_a_changed_seed_ends_in_something_read_or_in_a_named_error(name: str, data: st.DataObject) -> None:
    run(name, changed(SEEDS[name], data))


@pytest.mark.parametrize("name", sorted(STORED))
@given(st.data())
def test_a_stored_form_that_rots_ends_in_something_read_or_in_an_exception_that_says_no_more_than_that(
    name: str, data: st.DataObject
) -> None:
    stored.run(name, changed(STORED[name].sample, data))


def test_every_stored_form_is_among_them() -> None:
    assert {name.split()[1] for name in STORED} == {form.file for form in FORMS}


@pytest.mark.parametrize("name", ["rsl", "camt.053", "pain.002"])
@pytest.mark.parametrize("encoding", ["UTF-3", "utf-16", "rot13", ""])
def test_a_document_of_an_encoding_that_nobody_knows_is_refused(name: str, encoding: str) -> None:
    """A fuzzer's find: what looks an encoding up raises an error of its own."""
    with pytest.raises(OvertoneError):
        TARGETS[name](f'<?xml version="1.0" encoding="{encoding}"?>\n<Document/>'.encode())


@pytest.mark.slow
@pytest.mark.parametrize(("name", "what"), HOSTILE_INPUTS if THOROUGH else IN_THE_GATE)
def test_hostile_input_is_cheap(name: str, what: str, tmp_path: Path) -> None:
    """10 MB (2 MB in the gate) of what is made to be dear: under 300 MB, and under 10 s of CPU, in a process of its own."""
    path = tmp_path / "hostile"
    path.write_bytes(HOSTILE[name][what](SIZE))
    done = python(name, "--cost", str(path), seconds=300)
    assert done.returncode == 0, done.stderr[-2_000:]
    cost = json.loads(done.stdout)
    assert cost["memory_mb"] < MEMORY_MB_MAX, cost
    assert cost["cpu_s"] < CPU_S_MAX, cost


def test_what_a_fork_had_is_its_own_whoever_started_the_program() -> None:
    """The fuzzer gives up where a process ever had more than its limit, and the tests' own processes have."""
    asks = "import resource; from tests.readers.__main__ import fork; fork(); print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    large = f"import subprocess, sys; kept = b'x' * {200 * MEGABYTE}; subprocess.run([sys.executable, '-c', {asks!r}], check=True)"
    done = subprocess.run([sys.executable, "-c", large], capture_output=True, text=True, check=True, cwd=ROOT)  # noqa: S603 - our own
    assert int(done.stdout) < 100 * 1024


@pytest.mark.skipif(not THOROUGH, reason="coverage-guided fuzzing is a part of make thorough")
@pytest.mark.skipif(not (FUZZER / "atheris").exists(), reason="make .venv/fuzzer/ready; atheris has wheels for Linux alone")
@pytest.mark.parametrize("name", sorted(TARGETS.keys() | STORED.keys()))
def test_a_fuzzer_finds_nothing_within_its_budget(name: str) -> None:
    budget = FUZZED_S if name in TARGETS else max(1, FUZZED_S // 4)
    done = python(name, "--seconds", str(budget), seconds=budget * 4 + 60)
    assert done.returncode == 0, done.stdout[-3_000:] + done.stderr[-1_000:]
    (runs,) = re.findall(r"^Done (\d+) runs", done.stderr, re.MULTILINE)
    print(f"{name}: {runs} runs in {budget} s")
    assert int(runs) > RUNS_MIN
