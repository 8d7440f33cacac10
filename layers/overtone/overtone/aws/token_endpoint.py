"""Where a code from the sign-in page is exchanged for tokens: one form posted to Cognito, over TLS, from this side alone."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

TIMEOUT_SECONDS: Final = 5
ANSWER_BYTES_MAX: Final = 64 * 1024


def _posted(url: str, form: Mapping[str, str]) -> bytes:
    if not url.startswith("https://"):
        raise ValueError(f"{url} is no https URL")
    request = Request(url, urlencode(form).encode(), {"Content-Type": "application/x-www-form-urlencoded"})  # noqa: S310 - https only
    try:
        with urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 - https only, see above
            body: bytes = answer.read(ANSWER_BYTES_MAX)
    except HTTPError as error:
        with error:
            return error.read(ANSWER_BYTES_MAX)
    return body


_source: Callable[[str, Mapping[str, str]], bytes] = _posted


def set_source(source: Callable[[str, Mapping[str, str]], bytes] | None) -> None:
    """Replace who answers (`None`: the network). For the local runner."""
    global _source  # noqa: PLW0603 - as with the clock, one replaceable source is the purpose
    _source = source or _posted


def exchanged(url: str, form: Mapping[str, str]) -> dict[str, Any]:
    """The tokens for a code, or `{"error": …}` as OAuth 2.0 says it (RFC 6749, 5.1 and 5.2)."""
    answer: dict[str, Any] = json.loads(_source(url, form))
    return answer
