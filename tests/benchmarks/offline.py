"""Requests that are serialised and signed by the real client and answered before they leave the process."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from botocore.awsrequest import AWSResponse

from overtone.aws import clients
from overtone.config import settings

_TABLE: Final = {
    "USAGE_TABLE": "usage",
    "REGISTRY_TABLE": "registry",
    "LEDGER_TABLE": "ledger",
    "DROP_BUCKET": "drop",
    "SETTLEMENT_BUCKET": "settlement",
    "FACTS_BUCKET": "facts",
    "ACCRUAL_QUEUE_URL": "https://queue.invalid/",
    "DROP_QUEUE_URL": "https://queue.invalid/",
    "LEDGER_BUCKETS": "64",
    "USAGE_RETENTION_DAYS": "1095",
    "AWS_ACCESS_KEY_ID": "bench",
    "AWS_SECRET_ACCESS_KEY": "bench",
    "AWS_DEFAULT_REGION": "eu-west-1",
}


class _Nothing:
    """The body of an answer that never came over a network."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self) -> Iterator[bytes]:
        yield self._body


_HEADERS: Any = {"x-amzn-requestid": "bench"}


OBJECTS: Final = [0]
"""Objects written so far."""


def answered(request: Any, **_: object) -> Any:
    """What DynamoDB would say."""
    return AWSResponse(request.url, 200, _HEADERS, _Nothing(b'{"UnprocessedItems": {}}'))


def _stored(request: Any, **_: object) -> Any:
    OBJECTS[0] += 1
    return AWSResponse(request.url, 200, _HEADERS, _Nothing(b""))


@contextmanager
def requests() -> Iterator[None]:
    """Within it no request leaves the process; afterwards the process is as it was."""
    before = dict(os.environ)
    os.environ.update(_TABLE)
    _forget()
    clients.dynamodb().meta.events.register("before-send.dynamodb", answered)
    clients.s3().meta.events.register("before-send.s3", _stored)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
        _forget()


def _forget() -> None:
    settings.cache_clear()
    clients.set_maker(None)
