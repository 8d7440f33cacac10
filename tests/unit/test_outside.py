"""Where a stranger's URL may lead: to the public internet, to the address that was checked, and no further."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager
from ipaddress import ip_address
from typing import TYPE_CHECKING

import pytest

from overtone.aws import outside
from overtone.aws.outside import AddressRefused, CallReach, Unreachable
from tests.receiver import receiving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LOCAL = CallReach(frozenset({"http"}), lambda address: address.is_loopback)


@pytest.fixture
def local() -> Iterator[None]:
    outside.set_reach(LOCAL)
    yield
    outside.set_reach(None)


@pytest.mark.parametrize(
    "text",
    [
        *("127.0.0.1", "127.8.9.10", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "198.18.0.1"),  # noqa: S104
        *("192.0.0.8", "192.0.2.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "fc00::1", "fd00:ec2::254"),
        *("ff02::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::1", "2001:0:1::1"),
        *("2001:db8::1", "::ffff:10.0.0.1"),
    ],
)
def test_an_address_within_is_never_called(text: str) -> None:
    assert not outside.is_public(ip_address(text))
    outside.set_reach(CallReach(resolve=lambda _host, _port: ["8.8.8.8", text]))
    try:
        with pytest.raises(AddressRefused, match="not on the public internet"):
            outside.post("https://hooks.example.com/", {}, b"")
    finally:
        outside.set_reach(None)


@pytest.mark.parametrize("text", ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_an_address_of_the_public_internet_is(text: str) -> None:
    assert outside.is_public(ip_address(text))


@pytest.mark.parametrize(
    "url",
    [
        *("http://hooks.example.com/", "ftp://hooks.example.com/", "file:///etc/passwd", "//hooks.example.com/", "hooks.example.com"),
        *("https://", "https://user@hooks.example.com/", "https://u:p@hooks.example.com/", "https://hooks.example.com/#x", "https://[::1"),
        *(
            "https://hooks.example.com:99999/",
            "https://hooks.example.com/a b",
            "https://hooks.example.com/\r\nHost: x",
            "https://høks.example/",
        ),
        *("https://hooks.example.com\\@10.0.0.1/", "https://hooks.example.com/" + "x" * 2_048),
    ],
)
def test_a_url_that_is_none_to_call_is_refused_whatever_it_resolves_to(url: str) -> None:
    with pytest.raises(AddressRefused):
        outside.target_of(url)


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "169.254.169.254", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "localhost"])
def test_other_ways_to_write_an_address_within_are_seen_through(host: str) -> None:
    with pytest.raises((AddressRefused, Unreachable)):
        outside.post(f"https://{host}/latest/meta-data", {}, b"")


def test_the_connection_goes_to_the_address_that_was_checked() -> None:
    """A name that resolves to another address the second time (rebinding) is asked for once only."""
    asked: list[str] = []

    def rebinding(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"]

    with receiving() as server:
        outside.set_reach(LOCAL._replace(resolve=rebinding))
        try:
            port = server.server_address[1]
            assert outside.post(f"http://hooks.example.com:{port}/in?a=1", {"webhook-id": "e"}, b"{}") == 200
        finally:
            outside.set_reach(None)
    assert asked == ["hooks.example.com"]
    (posted,) = server.posted
    assert (posted.path, posted.body, posted.headers["host"]) == ("/in?a=1", b"{}", f"hooks.example.com:{port}")


@pytest.mark.usefixtures("local")
def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    with receiving() as server:
        server.answers = [302]
        assert outside.post(server.url, {}, b"{}") == 302
    assert len(server.posted) == 1


@contextmanager
def raw(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that says what no HTTP library would say."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            try:
                line, _ = listening.accept()
                with line:
                    line.recv(65_536)
                    answer(line)
            except OSError:
                return

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        thread.join(timeout=5)


def _endless(line: socket.socket) -> None:
    while True:
        line.sendall(b"HTTP/1.1 100 Continue\r\nx: " + b"y" * 8_192)


@pytest.mark.usefixtures("local")
@pytest.mark.parametrize(
    ("said", "why"),
    [
        (lambda _line: None, "without an answer"),
        (lambda line: line.sendall(b"SSH-2.0-OpenSSH\r\n"), "not HTTP"),
        (lambda line: line.sendall(b"HTTP/1.1 two\r\n"), "not HTTP"),
        (_endless, "no status within"),
    ],
)
def test_an_answer_that_is_none_or_never_ends_is_unreachable(said: Callable[[socket.socket], None], why: str) -> None:
    with raw(said) as url, pytest.raises(Unreachable, match=why):
        outside.post(url, {}, b"")


@pytest.mark.usefixtures("local")
def test_interim_answers_are_passed_over_and_a_body_is_not_awaited() -> None:
    def answer(line: socket.socket) -> None:
        line.sendall(b"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 202 Accepted\r\ncontent-length: 9999999\r\n\r\n")

    with raw(answer) as url:
        assert outside.post(url, {}, b"") == 202


@pytest.mark.usefixtures("local")
def test_a_receiver_that_drips_has_one_deadline_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outside, "SECONDS_MAX", 0.2)
    over = threading.Event()

    def drip(line: socket.socket) -> None:
        while not over.wait(0.05):
            line.sendall(b"H")

    began = time.monotonic()
    with raw(drip) as url, pytest.raises(Unreachable, match=r"within 0\.2 seconds|timed out"):
        outside.post(url, {}, b"")
    over.set()
    assert time.monotonic() - began < 2


@pytest.mark.usefixtures("local")
def test_nobody_there_is_unreachable_and_another_address_is_tried() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(Unreachable, match="refused"):
        outside.post(f"http://127.0.0.1:{port}/", {}, b"")
    outside.set_reach(LOCAL._replace(resolve=lambda _host, _port: ["127.0.0.2", "127.0.0.1"]))
    with receiving() as server:
        assert outside.post(f"http://hooks.example.com:{server.server_address[1]}/", {}, b"") == 200
