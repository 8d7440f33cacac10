"""The tutorials say what happens: every command of `docs/tutorials`, and of the operators' fire drill, prints what stands below it."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import threading
import traceback
from typing import TYPE_CHECKING, NamedTuple

import pytest
from typer.testing import CliRunner

from local.demo import ROOT
from overtone_client.commands.app import app

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from local.stack import Stack

FOLDER = ROOT / "docs/tutorials"
TUTORIALS = ("finance", "lab", "operator", "platform", "rights-holder", "society")
LOCAL, SCRATCH = "localhost:8000", "/tmp/tutorial"  # noqa: S108 - the tutorials' own, and each run's is another
LINES_MAX = 165
STEP = re.compile(r"^```sh([^\n]*)\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", re.MULTILINE | re.DOTALL)
VERIFY = re.compile(r"^make verify DIR=", re.MULTILINE)
ON_PATH = re.compile(r"^export PATH=.*\n", re.MULTILINE)
STAND_IN = """#!{python} -IS
import json, socket, sys
told = socket.socket(socket.AF_UNIX)
told.connect({socket!r})
stream = told.makefile("rw", encoding="utf-8")
print(json.dumps(sys.argv[1:]), file=stream, flush=True)
out, err, code = json.loads(stream.read())
sys.stdout.reconfigure(encoding="utf-8")
print(out, end="", flush=True)
print(err, end="", file=sys.stderr)
sys.exit(code)
"""
END = "-- end of step --"


class Step(NamedTuple):
    """Commands of a tutorial, the exit code that they end with, and what they are said to print."""

    commands: str
    code: int
    told: str | None

    def script(self) -> str:
        """For a shell that stops at a failure: the commands, and a line behind what they print."""
        if not self.code:
            return f"{self.commands}echo '{END}'\n"
        return f"set +e\n{self.commands}[ $? = {self.code} ] || exit 99\nset -e\necho '{END}'\n"


def steps(text: str) -> Iterator[Step]:
    for found in STEP.finditer(text):
        if "no-run" not in found[1]:
            code = re.search(r"exit=(\d+)", found[1])
            yield Step(found[2], int(code[1]) if code else 0, found[3])


def answer(told: socket.socket) -> None:
    """Runs one command that the stand-in of `overtone` asks for."""
    with told, told.makefile("rw", encoding="utf-8") as stream:
        done = CliRunner().invoke(app, json.loads(stream.readline()))
        if done.exception and not isinstance(done.exception, SystemExit):
            traceback.print_exception(done.exception)
        stream.write(json.dumps([done.stdout, done.stderr, done.exit_code]))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with an `overtone` that has this process run the command: to start it anew for each line would cost half a second."""
    monkeypatch.setenv("OVERTONE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "100")
    (tmp_path / "overtone").write_text(STAND_IN.format(python=sys.executable, socket=str(tmp_path / "socket")), encoding="utf-8")
    (tmp_path / "overtone").chmod(0o755)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        listener.listen()

        def serve() -> None:
            while True:
                try:
                    told, _ = listener.accept()
                except OSError:
                    return
                answer(told)

        thread = threading.Thread(target=serve)
        thread.start()
        yield tmp_path
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def printed(asked: list[Step], served: str, folder: Path) -> list[str]:
    """What each step prints, run one behind the other in one shell against a server."""
    verify = f"PYTHONPATH=layers/overtone {shlex.quote(sys.executable)} -m overtone.verify "
    script = (
        "".join(ON_PATH.sub("", VERIFY.sub(verify, step.script())) for step in asked)
        .replace(LOCAL, served)
        .replace(SCRATCH, shlex.quote(str(folder)))
    )
    path = {"PATH": f"{folder}:{os.environ['PATH']}", "LC_ALL": "C.UTF-8"}
    done = subprocess.run(["sh", "-euc", script], cwd=ROOT, env=os.environ | path, capture_output=True, text=True, check=False)  # noqa: S603, S607
    assert done.returncode == 0, done.stdout + done.stderr
    out = done.stdout.replace(served, LOCAL).replace(str(folder), SCRATCH)
    return [re.sub(r"[ \t]+$", "", part, flags=re.MULTILINE).strip("\n") + "\n" for part in out.split(f"{END}\n")[:-1]]


def rewritten(text: str, outputs: list[str]) -> str:
    """The tutorial with what its steps print now, where it shows what they print."""
    left = iter(outputs)

    def step(found: re.Match[str]) -> str:
        if "no-run" in found[1]:
            return found[0]
        output = next(left)
        return found[0] if found[3] is None else f"```sh{found[1]}\n{found[2]}```\n\n```text\n{output}```\n"

    return STEP.sub(step, text)


def test_there_is_one_for_each_user_and_readme_leads_to_it() -> None:
    assert tuple(sorted(path.stem for path in FOLDER.glob("*.md"))) == TUTORIALS
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [name for name in TUTORIALS if f"(docs/tutorials/{name}.md)" not in readme] == []


@pytest.mark.parametrize("name", TUTORIALS)
def test_it_is_short_and_its_links_lead_somewhere(name: str) -> None:
    text = (FOLDER / f"{name}.md").read_text(encoding="utf-8")
    assert "make serve" in text
    assert len(text.splitlines()) <= LINES_MAX
    linked = re.findall(r"\]\(((?!https?:)[^)#]+)", text)
    assert linked
    assert [link for link in linked if not (FOLDER / link).exists()] == []


@pytest.mark.fair  # what is printed has instants, and what is tried again takes time
@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl here")
@pytest.mark.parametrize("name", [*TUTORIALS, "../OPERATIONS"])
def test_every_step_runs_and_prints_what_it_says(name: str, stack: Stack, api: str, home: Path) -> None:
    path = FOLDER / f"{name}.md"
    text = path.read_text(encoding="utf-8")
    asked = list(steps(text))
    outputs = printed(asked, api.removeprefix("http://"), home)
    if os.environ.get("UPDATE"):
        path.write_text(rewritten(text, outputs), encoding="utf-8")
    wanted = [output if step.told is None else step.told for step, output in zip(asked, outputs, strict=True)]
    assert os.environ.get("UPDATE") or outputs == wanted, "run `UPDATE=1 make test`"
    assert sum(step.told is not None for step in asked) >= (4 if name in TUTORIALS else 3)
    assert stack.ringing() == (set() if name in TUTORIALS else {"QuarantineAlarm"}), "as the drill says"
