"""Where the second pair of engines cannot be had, it is said why, and nothing is left running."""

from __future__ import annotations

import re
import socket
from pathlib import Path

import pytest

from local.memory.s3 import S3
from local.servers import tools
from local.servers.dynamodb import _used
from local.servers.s3 import FORWARDED, VersityGateway


@pytest.fixture
def nothing_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(tools, "FOLDER", tmp_path / "engines")
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def tool(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


@pytest.mark.usefixtures("nothing_installed")
def test_a_tool_that_is_missing_is_named() -> None:
    with pytest.raises(tools.Unavailable, match="node and npm must be installed"):
        tools.dynalite()
    with pytest.raises(tools.Unavailable, match="go must be installed"):
        tools.versitygw()


def test_what_a_registry_refuses_is_told(nothing_installed: Path) -> None:
    tool(nothing_installed, "node", "exit 0")
    tool(nothing_installed, "npm", "echo E403 not for you >&2; exit 1")
    with pytest.raises(tools.Unavailable, match=r"npm install .*failed: E403 not for you"):
        tools.dynalite()


def test_what_is_installed_is_not_installed_again(nothing_installed: Path) -> None:
    tool(nothing_installed, "go", '/bin/mkdir -p "$GOBIN"; : > "$GOBIN/versitygw"; echo "$@" >> "$GOBIN/asked"')
    (command,) = tools.versitygw()
    assert tools.versitygw() == [command]
    assert re.fullmatch(r"install \S+versitygw@v[\d.]+\n", Path(command).with_name("asked").read_text(encoding="utf-8"))


def test_a_server_that_never_listens_says_what_it_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tools, "START_SECONDS_MAX", 0.2)
    with pytest.raises(tools.Unavailable, match=r"does not listen .*: no such luck"):
        tools.Server(["/bin/sh", "-c", "echo no such luck"])


def test_a_server_ends_with_whoever_started_it() -> None:
    listen = "import socket, sys; s = socket.create_server(('127.0.0.1', int(sys.argv[1]))); s.accept()[0].recv(1); s.accept()"
    server = tools.Server(["python3", "-c", listen, "{port}"])
    server.stop()
    with socket.socket() as asking:
        assert asking.connect_ex(("127.0.0.1", server.port)) != 0


def test_a_condition_is_asked_with_the_names_and_values_that_it_mentions() -> None:
    write = {
        "ExpressionAttributeNames": {"#n": "n", "#no": "other"},
        "ExpressionAttributeValues": {":one": {"N": "1"}, ":n": {"N": "2"}},
        "UpdateExpression": "ADD #no :one",
    }
    assert _used("#n = :n", write) == {"ExpressionAttributeNames": {"#n": "n"}, "ExpressionAttributeValues": {":n": {"N": "2"}}}
    assert _used("attribute_exists(pk)", write) == {}


def test_the_servers_answer_every_call_about_objects_themselves() -> None:
    known = {name for name in dir(S3) if name.startswith("do_")}
    own = {name for name in vars(VersityGateway) if name.startswith("do_")} | {f"do_{name}" for name in FORWARDED}
    assert known - own == {"do_put_bucket_notification_configuration"}
