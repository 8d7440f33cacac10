"""Strangers' generators read openapi.json: what they make of it compiles, is type-checked in a program, and calls the local stack.

It takes a quarter of a minute and what npm and node bring, so it runs with `make clients` and `make thorough`.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from local.generate import OPENAPI
from local.servers import tools
from tests.conftest import ROOT
from tests.integration import scenario

if TYPE_CHECKING:
    from pathlib import Path

    from local.stack import Stack

EXAMPLES = ROOT / "docs/examples"
GENERATOR = ROOT / ".venv/clients/bin/openapi-python-client"
NODE_PACKAGES = ("openapi-typescript@7.13.0", "typescript@5.9.3", "@redocly/cli@2.77.0")
STRICT = ("--strict", "--target", "es2022", "--module", "es2022", "--moduleResolution", "bundler", "--lib", "es2022,dom")
NO_JSON = {"post /v1/settlements/{settlement_id}/acknowledgements", "post /v1/works:import"} | {
    "post /v1/settlements/{settlement_id}/claims/{licensee}/discrepancies"
}
"""Operations that take files alone, for which openapi-python-client makes no call."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not os.environ.get("THOROUGH"), reason="`make clients` and `make thorough` run it"),
]


def ran(*command: str | Path, at: Path, fails: bool = False, **environment: str) -> str:
    done = subprocess.run(  # noqa: S603 - tools at pinned versions, on files of ours
        [str(part) for part in command], cwd=at, env=os.environ | environment, capture_output=True, text=True, check=False
    )
    assert bool(done.returncode) == fails, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def lab_token(stack: Stack) -> str:
    """Of a lab that is registered, in a month that has begun."""
    scenario.register(stack, "parties", "fox", {"name": "Fox Räv", "kind": "licensee", "country": "SE"})
    stack.at("2026-10-02T05:00:00Z")
    return stack.token("fox", "usage.write registry.write")


@pytest.fixture(scope="module")
def node() -> Path:
    try:
        return tools.node_packages("openapi-tools-1", *NODE_PACKAGES)
    except tools.Unavailable as why:
        pytest.skip(str(why))


def test_a_python_client_is_made_type_checked_and_used(tmp_path: Path, port: int, lab_token: str) -> None:
    config, made = EXAMPLES / "openapi-python-client.yaml", tmp_path / "overtone_api"
    if not GENERATOR.exists():
        pytest.skip("openapi-python-client is not installed: `make clients` does it")
    said = ran(GENERATOR, "generate", "--meta", "none", "--path", OPENAPI, "--config", config, "--output-path", made, at=tmp_path)
    left_out = {line.partition(" within ")[0].partition("parsing ")[2] for line in said.splitlines() if "Endpoint will not be" in line}
    assert {f"{method.lower()} {path}" for method, path in map(str.split, left_out)} == NO_JSON
    everything = "import pkgutil, importlib, overtone_api as made; print(sum(bool(importlib.import_module(found.name)) for found in "
    everything += "pkgutil.walk_packages(made.__path__, 'overtone_api.')))"
    paths = json.loads(OPENAPI.read_text(encoding="utf-8"))["paths"]
    calls = sum(map(len, paths.values())) - len(NO_JSON)
    assert int(ran(sys.executable, "-c", everything, at=tmp_path)) > calls > 100
    assert len([path for path in made.glob("api/*/*.py") if path.stem != "__init__"]) == calls
    program = shutil.copy(EXAMPLES / "typed_client.py", tmp_path)
    types = (sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", "--config-file=", "--cache-dir=.mypy")
    ran(*types, program, at=tmp_path)
    wrong = tmp_path / "wrong.py"
    wrong.write_text((EXAMPLES / "typed_client.py").read_text(encoding="utf-8").replace("receipt.accepted", "receipt.acepted"))
    assert '"UsageReceipt" has no attribute "acepted"' in ran(*types, wrong, at=tmp_path, fails=True)
    printed = ran(sys.executable, program, f"http://127.0.0.1:{port}", lab_token, at=tmp_path, PYTHONPATH=str(tmp_path))
    assert printed.splitlines() == ["committed 1 1", "True", "Fox Räv SE", "404 Not found"]


def test_a_typescript_program_is_type_checked_and_used(tmp_path: Path, port: int, lab_token: str, node: Path) -> None:
    generator = node / "openapi-typescript" / "bin" / "cli.js"
    ran("node", generator, OPENAPI, "--output", tmp_path / "overtone.ts", "--default-non-nullable", "false", at=tmp_path)
    program = (EXAMPLES / "typed-client.ts").read_text(encoding="utf-8")
    (tmp_path / "program.mts").write_text(program, encoding="utf-8")
    compiler = ("node", node / "typescript" / "bin" / "tsc", *STRICT)
    ran(*compiler, "program.mts", at=tmp_path)
    wrong = program.replace("quantity: 12", 'quantity: "12"').replace("receipt.accepted", "receipt.acepted")
    (tmp_path / "wrong.mts").write_text(wrong, encoding="utf-8")
    said = ran(*compiler, "--noEmit", "wrong.mts", at=tmp_path, fails=True)
    assert said.count("error TS") == 2, said
    assert "Type 'string' is not assignable to type 'number'" in said
    assert "Property 'acepted' does not exist" in said
    printed = ran("node", "program.mjs", f"http://127.0.0.1:{port}", lab_token, at=tmp_path)
    assert printed.splitlines() == ["committed 1 1", "Fox Räv SE", "404 Not found"]


def test_redocly_finds_nothing_to_mend(tmp_path: Path, node: Path) -> None:
    lint = ("node", node / "@redocly" / "cli" / "bin" / "cli.js", "lint", OPENAPI, "--extends", "recommended", "--format", "json")
    said = ran(*lint, at=tmp_path, REDOCLY_TELEMETRY="off", REDOCLY_SUPPRESS_UPDATE_NOTICE="true")
    found: dict[str, Any] = json.loads(said[said.index("{") : said.rindex("}") + 1])
    assert found["totals"]["errors"] == 0
    links = {f"#/paths/{path.replace('/', '~1')}/get/responses" for path in links_of(json.loads(OPENAPI.read_text(encoding="utf-8")))}
    warned = {(one["ruleId"], place["pointer"]) for one in found["problems"] for place in one["location"]}
    assert warned == {("operation-2xx-response", link) for link in links}, "a file is answered by a 307 alone, and by nothing else"


def links_of(document: dict[str, Any]) -> list[str]:
    """Paths of which a GET succeeds with a link alone."""
    answers = {path: set(said["get"]["responses"]) for path, said in document["paths"].items() if "get" in said}
    return [path for path, statuses in answers.items() if "307" in statuses and not any(status.startswith("2") for status in statuses)]
