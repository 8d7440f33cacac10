"""README's commands run: the requests against a local server, the names against the repository."""

from __future__ import annotations

import csv
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from local.demo import ROOT
from local.serve import server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.stack import Stack

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)([^\n]*)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
PYTHON = [code for language, info, code in BLOCKS if language == "python" and "no-run" not in info]
SHELL = [code for language, info, code in BLOCKS if language == "sh" and "no-run" not in info]
LOCAL = "localhost:8000"


@pytest.fixture
def served(stack: Stack) -> Iterator[str]:
    """A server in the story's October; its host and port."""
    stack.at("2026-10-02T05:00:00Z")
    http = server(stack, 0)
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"127.0.0.1:{http.server_address[1]}"
    http.shutdown()
    http.server_close()
    thread.join()


def environment(home: Path) -> dict[str, str]:
    """The shell's environment: the client of this repository, with a home of its own."""
    return os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "OVERTONE_HOME": str(home / "home")}


def test_all_kinds_of_blocks_are_known() -> None:
    assert {language for language, _, _ in BLOCKS} == {"sh", "python", "mermaid", "text"}
    assert len(PYTHON) == 1


def test_make_targets_exist() -> None:
    wanted = {target for block in SHELL for target in re.findall(r"^make ([\w-]+)", block, re.MULTILINE)}
    made = set(re.findall(r"^([\w-]+):.*##", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert {"demo", "test", "serve", "verify"} <= wanted <= made


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl here")
def test_curl_goes_from_nothing_to_an_explained_line(served: str, tmp_path: Path) -> None:
    (block,) = [block for block in SHELL if "curl" in block]
    (client,) = [block for block in SHELL if "overtone sign-in" in block]
    script = (block + client).replace(LOCAL, served).replace("/tmp/", f"{shlex.quote(str(tmp_path))}/")  # noqa: S108 - README's own
    done = subprocess.run(["sh", "-euc", script], cwd=ROOT, env=environment(tmp_path), capture_output=True, text=True, check=False)  # noqa: S603, S607
    assert done.returncode == 0, done.stderr + done.stdout
    assert '"accepted":1' in done.stdout
    (line,) = csv.DictReader((tmp_path / "lines.csv").read_text(encoding="utf-8").splitlines())
    assert (line["party_id"], line["amount"], line["currency"]) == ("asa", "6", "USD")
    assert '"failures": []' in done.stdout
    assert f"Line {line['line_id']}" in done.stdout
    assert "2026-10b through 2026-10: sealed" in done.stdout
    (more,) = csv.DictReader((tmp_path / "2026-10b/lines.csv").read_text(encoding="utf-8").splitlines())
    assert (more["party_id"], more["amount"]) == ("asa", "4")


def test_python_posts_a_batch(served: str, stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    kestrel = json.loads((ROOT / "events/story/parties/kestrel.json").read_bytes())
    assert stack.http("PUT", "/v1/parties/kestrel", scope="admin", json=kestrel).status == 201
    exec(compile(PYTHON[0].replace(LOCAL, served), "README.md", "exec"), {})  # noqa: S102 - it is our own text
    assert capsys.readouterr().out == "201 2 []\n"


def test_files_that_it_names_are_there() -> None:
    linked = set(re.findall(r"\]\((\w[\w./]*)\)", README)) | set(re.findall(r"@(events/[\w./-]+)", README))
    assert len(linked) >= 5
    assert [name for name in sorted(linked) if not (ROOT / name).exists()] == []


def test_parameters_and_outputs_are_the_templates() -> None:
    template = (ROOT / "template.yaml").read_text(encoding="utf-8")
    parameters = template.split("\nParameters:\n")[1].split("\nConditions:\n")[0]
    told = README.split("| parameter |")[1].split("\n\n")[0]
    assert set(re.findall(r"^  (\w+):$", parameters, re.MULTILINE)) == set(re.findall(r"`([A-Z]\w+)`", told))
    outputs = template.split("\nOutputs:\n")[1]
    for name in ("MachineClientId", "UserPoolId", "TokenUrl", "DropBucketName"):
        assert f"`{name}`" in README
        assert f"  {name}:\n" in outputs


def test_the_limits_that_the_readme_names_are_the_code_s() -> None:
    from overtone.api import request  # noqa: PLC0415
    from overtone.facts import limits  # noqa: PLC0415
    from overtone.rights import registry  # noqa: PLC0415 - only here
    from overtone.rights.registration import VERSIONS_MAX  # noqa: PLC0415
    from overtone.settlement.deals import TERMS_MAX  # noqa: PLC0415
    from overtone.steps.settlement.documents import PDF_STATEMENTS_MAX  # noqa: PLC0415

    text = README.split("## Limits")[1].split("## What it costs")[0]
    for figure in (limits.BATCH_RECORDS_MAX, limits.OUTPUT_SHARES_MAX, registry.SHARES_MAX, TERMS_MAX, VERSIONS_MAX, PDF_STATEMENTS_MAX):
        assert re.search(rf"(?<![\d,]){figure:,}(?![\d,])", text), f"{figure:,}"
    assert f"{limits.BATCH_PARTITIONS_MAX} partitions" in text
    assert f"{request.BODY_BYTES_MAX // 10**6} MB per request" in text
