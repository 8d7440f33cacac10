"""Gets the two servers and runs them: installed once into a folder that Git does not see, started on ports of this machine.

Other tools of tests that come from npm are got the same way.

Where node, npm or go is missing, or their registries are out of reach, `Unavailable` says so, and the tests skip with that reason.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FOLDER: Final = Path(__file__).parent.parent.parent / ".engines"
DYNALITE: Final = "4.0.0"
VERSITYGW: Final = "v1.8.0"
INSTALL_SECONDS_MAX: Final = 900
"""versitygw is built from its source; on two cores that takes two and a half minutes."""
START_SECONDS_MAX: Final = 20
SAID_CHARACTERS: Final = 600
# The server ends with the one who started it, however that ends: then the pipe that is its standard input is closed.
WHILE_WE_LIVE: Final = '"$@" & server=$!; cat > /dev/null; kill "$server"; wait "$server"'


class Unavailable(Exception):
    """A server cannot be had here; the message says why."""


def dynalite() -> list[str]:
    """The command that runs dynalite."""
    return ["node", str(node_packages(f"dynalite-{DYNALITE}", f"dynalite@{DYNALITE}") / "dynalite" / "cli.js")]


def node_packages(folder: str, *packages: str) -> Path:
    """The folder with these packages of npm, each named with its version, and what they need; another set wants another `folder`."""
    _need("node", "npm")
    made = FOLDER / folder / "node_modules"
    with _alone():
        if not (made / ".package-lock.json").exists():  # npm writes it last
            options = ("--no-audit", "--no-fund", "--ignore-scripts", "--no-save")
            _run(["npm", "install", *options, "--prefix", str(FOLDER / folder), *packages])
    return made


def versitygw() -> list[str]:
    """The command that runs versitygw."""
    program = FOLDER / f"versitygw-{VERSITYGW}" / "versitygw"
    with _alone():
        if not program.exists():
            _need("go")
            package = f"github.com/versity/versitygw/cmd/versitygw@{VERSITYGW}"
            _run(["go", "install", package], GOBIN=str(program.parent))
    return [str(program)]


@contextmanager
def _alone() -> Iterator[None]:
    """One process installs, and the others wait for it."""
    FOLDER.mkdir(exist_ok=True)
    with (FOLDER / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _need(*tools: str) -> None:
    if missing := [tool for tool in tools if shutil.which(tool) is None]:
        raise Unavailable(f"{' and '.join(missing)} must be installed for this")


def _run(command: Sequence[str], **environment: str) -> None:
    try:
        done = subprocess.run(  # noqa: S603 - a tool's name and versions, all written above
            command, env=os.environ | environment, capture_output=True, text=True, timeout=INSTALL_SECONDS_MAX, check=False
        )
    except subprocess.TimeoutExpired as late:
        raise Unavailable(f"{' '.join(command[:3])} was not done in {INSTALL_SECONDS_MAX} seconds") from late
    if done.returncode:
        raise Unavailable(f"{' '.join(command[:3])} failed: {done.stderr[-SAID_CHARACTERS:].strip()}")


class Server:
    """A server that runs on a free port of this machine, with a folder of its own that goes with it."""

    def __init__(self, command: Sequence[str]) -> None:
        """Starts `command`, in which `{port}` and `{folder}` stand for what it gets, and waits until it listens."""
        self._folder = tempfile.TemporaryDirectory(prefix="overtone-engine-")
        self.port = _free_port()
        self._log = Path(self._folder.name) / "log"
        for name in ("versions", "objects"):
            (Path(self._folder.name) / name).mkdir()
        filled = [part.format(port=self.port, folder=self._folder.name) for part in command]
        with self._log.open("wb") as log:
            shell = ["/bin/sh", "-c", WHILE_WE_LIVE, "sh", *filled]
            self._process = subprocess.Popen(shell, stdin=subprocess.PIPE, stdout=log, stderr=log)  # noqa: S603 - likewise
        self._wait(filled[0])

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def _wait(self, name: str) -> None:
        deadline = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < deadline:
            with socket.socket() as asking:
                if asking.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)  # another process starts; it has no other way to tell
        said = self._log.read_text(errors="replace")[-SAID_CHARACTERS:].strip()
        self.stop()
        raise Unavailable(f"{name} does not listen after {START_SECONDS_MAX} seconds: {said}")

    def stop(self) -> None:
        """Ends it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()
        self._folder.cleanup()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port
