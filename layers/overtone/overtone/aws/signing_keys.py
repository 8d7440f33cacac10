"""The public keys of those who issue tokens, found by OpenID Connect Discovery and kept: a token is checked without asking anybody."""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple
from urllib.request import urlopen

from jwt import PyJWK
from jwt.exceptions import PyJWKError

KEPT_SECONDS: Final = 6 * 3600
ASKED_AGAIN_SECONDS: Final = 60
"""So seldom is an issuer asked again because of a key that it did not name: anybody can make up names of keys."""
TIMEOUT_SECONDS: Final = 2
DOCUMENT_BYTES_MAX: Final = 256 * 1024


class CachedKeys(NamedTuple):
    """An issuer's keys by their ids, and when they were fetched."""

    keys: Mapping[str, PyJWK]
    at: float


def _download(url: str) -> bytes:
    if not url.startswith("https://"):
        raise ValueError(f"{url} is no https URL")
    with urlopen(url, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 - https only, see above
        body: bytes = answer.read(DOCUMENT_BYTES_MAX)
    return body


_source: Callable[[str], bytes] = _download
_kept: dict[str, CachedKeys] = {}


def set_source(source: Callable[[str], bytes] | None) -> None:
    """Replace how documents are fetched (`None`: over the network). For the local runner and the tests."""
    global _source  # noqa: PLW0603 - as with the clock, one replaceable source is the purpose
    _source = source or _download
    _kept.clear()


def find(issuer: str, key_id: str) -> PyJWK | None:
    """The issuer's key of this id, or `None` where it names none."""
    kept = _kept.get(issuer)
    age = time.monotonic() - kept.at if kept else KEPT_SECONDS
    if kept is None or age >= KEPT_SECONDS or (key_id not in kept.keys and age >= ASKED_AGAIN_SECONDS):
        kept = _kept[issuer] = CachedKeys(_fetched(issuer), time.monotonic())
    return kept.keys.get(key_id)


def _fetched(issuer: str) -> dict[str, PyJWK]:
    described: dict[str, Any] = json.loads(_source(f"{issuer}/.well-known/openid-configuration"))
    keys: dict[str, PyJWK] = {}
    for key in json.loads(_source(described["jwks_uri"]))["keys"]:
        try:
            keys[str(key["kid"])] = PyJWK(key)
        except (KeyError, PyJWKError):  # of a kind that no token here is signed with
            continue
    return keys
