"""The errors of AWS's services as botocore raises them, without a response that they were read from."""

from __future__ import annotations

from functools import cache
from typing import Any

from botocore.exceptions import ClientError


def refusal(name: str, message: str, operation: str, status: int = 400, **more: Any) -> ClientError:
    """A service's error, as botocore raises it."""
    metadata = {"HTTPStatusCode": status, "RetryAttempts": 0}
    told = {"Error": {"Code": name, "Message": message}, "ResponseMetadata": metadata, **{k: v for k, v in more.items() if v is not None}}
    return _kind(name)(told, operation)  # type: ignore[arg-type]


@cache
def _kind(name: str) -> type[ClientError]:
    """The exception of an error's name, as a client's `exceptions` holds it."""
    return type(name, (ClientError,), {})


class Exceptions:
    """A client's `exceptions`."""

    def __getattr__(self, name: str) -> type[ClientError]:
        return _kind(name)
