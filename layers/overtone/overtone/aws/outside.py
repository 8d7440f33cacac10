"""Posting to an address that somebody else named, without being led anywhere else.

A webhook's URL is a stranger's wish for a request from within this account. So the name is resolved once, every address that it has
must be one of the public internet, and the connection goes to the address that was checked: a name that resolves to something else a
moment later (DNS rebinding) changes nothing. TLS still proves the name. No redirect is followed, the answer's body is neither read
nor kept, and all of it, the name's resolution apart, has one deadline.
"""

import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from overtone.errors import Rejected

SECONDS_MAX: Final = 10.0
"""For connecting, sending and the answer's status, all in all."""
CONNECT_SECONDS_MAX: Final = 4.0
ADDRESSES_TRIED_MAX: Final = 3
HEAD_BYTES_MAX: Final = 16 * 1024
"""Of an answer, to find its status in; interim answers (1xx) may come before it."""
URL_LENGTH_MAX: Final = 2_048
_CARRYING: Final = tuple(map(ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")))
"""IPv6 networks whose addresses carry an IPv4 one (NAT64, 6to4, Teredo): a gateway might unwrap it into our own network."""
_PROTOCOLS: Final = ip_network("192.0.0.0/24")
"""IETF protocol assignments (RFC 6890), which older versions of `ipaddress` take for global."""

IpAddress = IPv4Address | IPv6Address


class AddressRefused(Rejected):
    """The URL is none that may be called."""


class Unreachable(Exception):
    """Nobody answered, or not in time, or not with HTTP; the text says which."""


class CallTarget(NamedTuple):
    """A URL that may be called, taken apart."""

    secure: bool
    host: str
    port: int
    path: str


def is_public(address: IpAddress) -> bool:
    """Whether an address is one of the public internet: neither loopback, private, link-local (there lies the metadata), nor reserved."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return is_public(address.ipv4_mapped)
        if any(address in network for network in _CARRYING):
            return False
    elif address in _PROTOCOLS:
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _resolve(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unreachable(f"{host} does not resolve") from error
    return list(dict.fromkeys(str(place[0]) for _family, _kind, _protocol, _name, place in sorted(found, key=lambda one: one[0])))


class CallReach(NamedTuple):
    """How far a call may go; production's is `PUBLIC` and no setting changes it."""

    schemes: frozenset[str] = frozenset({"https"})
    allows: Callable[[IpAddress], bool] = is_public
    resolve: Callable[[str, int], list[str]] = _resolve


PUBLIC: Final = CallReach()
_reach: CallReach = PUBLIC


def set_reach(reach: CallReach | None) -> None:
    """Replace how far calls may go (`None`: `PUBLIC`). For the local runner and the tests, whose receivers are on this machine."""
    global _reach  # noqa: PLW0603 - as with the clock, one replaceable reach is the purpose
    _reach = reach or PUBLIC


def target_of(url: str) -> CallTarget:
    """The URL taken apart; raises `Refused` for one that must not be called whatever its name resolves to."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise AddressRefused(f"{url!r} is no URL: {error}") from error
    if parts.scheme not in _reach.schemes:
        raise AddressRefused(f"the scheme is {parts.scheme!r}; only {' or '.join(sorted(_reach.schemes))} is called")
    if len(url) > URL_LENGTH_MAX or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise AddressRefused(f"a URL here has at most {URL_LENGTH_MAX} printable ASCII characters; write names as xn--…, escape the rest")
    if parts.username is not None or parts.password is not None or parts.fragment or not host:
        raise AddressRefused("a URL here names a host, and neither a user, a password nor a fragment")
    secure = parts.scheme == "https"
    return CallTarget(secure, host, port or (443 if secure else 80), (parts.path or "/") + (f"?{parts.query}" if parts.query else ""))


def addresses_of(target: CallTarget) -> list[str]:
    """Where the target may be reached; raises `Refused` where any of its addresses must not be called, `Unreachable` where it has none."""
    found = _reach.resolve(target.host, target.port)
    for text in found:
        if not _reach.allows(ip_address(text.partition("%")[0])):
            raise AddressRefused(f"{target.host} is at {text}, which is not on the public internet")
    if not found:
        raise Unreachable(f"{target.host} does not resolve")
    return found[:ADDRESSES_TRIED_MAX]


def post(url: str, headers: Mapping[str, str], body: bytes) -> int:
    """The status that the URL answered; raises `Refused`, `Unreachable`."""
    target = target_of(url)
    addresses, deadline = addresses_of(target), time.monotonic() + SECONDS_MAX
    try:
        with _connected(target, addresses, deadline) as line:
            line.settimeout(_left(deadline))
            line.sendall(_request(target, headers, body))
            return _status(line, deadline)
    except (OSError, ssl.SSLError) as error:
        raise Unreachable(f"{target.host}: {str(error) or type(error).__name__}") from error


@contextmanager
def _connected(target: CallTarget, addresses: list[str], deadline: float) -> Iterator[socket.socket]:
    """A connection to the first of the addresses that answers; raises `OSError`, what the last one said."""
    with _dialled(target, addresses, deadline) as plain:
        if not target.secure:
            yield plain
            return
        plain.settimeout(_left(deadline))
        with ssl.create_default_context().wrap_socket(plain, server_hostname=target.host) as secured:
            yield secured


def _dialled(target: CallTarget, addresses: list[str], deadline: float) -> socket.socket:
    failed = OSError("no address")
    for address in addresses:
        try:
            return socket.create_connection((address, target.port), timeout=min(CONNECT_SECONDS_MAX, _left(deadline)))
        except OSError as error:
            failed = error
    raise failed


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError(f"no answer within {SECONDS_MAX:g} seconds")
    return left


def _request(target: CallTarget, headers: Mapping[str, str], body: bytes) -> bytes:
    name = f"[{target.host}]" if ":" in target.host else target.host
    host = name if target.port == (443 if target.secure else 80) else f"{name}:{target.port}"
    whole = {"Host": host, "Connection": "close", "Content-Length": str(len(body)), **headers}
    lines = [f"POST {target.path} HTTP/1.1", *(f"{field}: {value}" for field, value in whole.items())]
    return "\r\n".join([*lines, "", ""]).encode("ascii") + body


def _status(line: socket.socket, deadline: float) -> int:
    """The status of the final answer, from as little of it as says so."""
    head = b""
    while len(head) <= HEAD_BYTES_MAX:
        first, ended, _ = head.partition(b"\r\n")
        if ended:
            status = _status_of(first)
            if not 100 <= status < 200:  # noqa: PLR2004 - HTTP's interim answers
                return status
            _, ended, rest = head.partition(b"\r\n\r\n")
            if ended:
                head = rest
                continue
        line.settimeout(_left(deadline))
        part = line.recv(1024)
        if not part:
            raise Unreachable("the connection was closed without an answer")
        head += part
    raise Unreachable(f"no status within {HEAD_BYTES_MAX} bytes of an answer")


def _status_of(line: bytes) -> int:
    version, _, rest = line.partition(b" ")
    code = rest[:3]
    if not version.startswith(b"HTTP/1.") or not code.isdigit() or len(code) != 3:  # noqa: PLR2004 - a status has three digits
        raise Unreachable("the answer is not HTTP/1.1")
    return int(code)
