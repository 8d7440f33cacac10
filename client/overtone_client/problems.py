"""What can go wrong, by what the caller does next.

OvertoneError
Problem        the API answered no: fix what `errors` names (RFC 9457)
NotReached     nobody answered, or only with "later": send the same again
SignInFailed   no token: sign in again
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx

    from overtone_client.answers import RefusedRecord

_SHOWN_CHARACTERS = 300


class OvertoneError(Exception):
    """Any error of the client."""


class Problem(OvertoneError):
    """A problem document: HTTP `status`, `title`, `detail`, the records at fault in `errors`, and the id to ask about in `request_id`."""

    def __init__(self, status: int, title: str, detail: str, errors: list[RefusedRecord], request_id: str) -> None:
        super().__init__(f"{status} {title}: {detail}")
        self.status = status
        self.title = title
        self.detail = detail
        self.errors = errors
        self.request_id = request_id

    @classmethod
    def of(cls, response: httpx.Response) -> Problem:
        """From any answer that is no success, whoever gave it."""
        document = json_object(response)
        request_id = document.get("request_id") or response.headers.get("x-request-id") or response.headers.get("apigw-requestid") or ""
        detail = document.get("detail") or document.get("message") or response.text[:_SHOWN_CHARACTERS]
        title = document.get("title") or response.reason_phrase
        return cls(response.status_code, title, str(detail), document.get("errors") or [], request_id)


class NotReached(OvertoneError):
    """No answer after all tries; what was sent may or may not have arrived, and may be sent again."""


class SignInFailed(OvertoneError):
    """No token was given."""


def json_object(response: httpx.Response) -> dict[str, Any]:
    """What an answer says; empty where it is no JSON object, as a page of a proxy's is not."""
    try:
        document = response.json()
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}
