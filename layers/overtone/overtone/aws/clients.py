"""The boto3 clients, made when first used: nothing touches AWS at import.

One client per service, pace and process; low-level clients are safe to share between threads. Endpoints are those of the stack's own
region, S3's included: a link that is signed for the global endpoint works in us-east-1 alone.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_stepfunctions import SFNClient

CONNECTIONS_MAX: Final = 32


@dataclass(frozen=True, slots=True, eq=False)
class CallLimits:
    """How long calls may take. All in seconds; `attempts` are the SDK's own, `patience_seconds` is what `patience` adds.

    There are a few, each made once: a client is found by which one it is, with every call.
    """

    connect_seconds: float
    read_seconds: float
    attempts: int
    patience_seconds: float

    def config(self) -> Config:
        """The client configuration: standard retries, which give up soon where a whole service is down."""
        return Config(
            retries={"mode": "standard", "total_max_attempts": self.attempts},
            max_pool_connections=CONNECTIONS_MAX,
            connect_timeout=self.connect_seconds,
            read_timeout=self.read_seconds,
        )


WORKER: Final = CallLimits(connect_seconds=3, read_seconds=20, attempts=4, patience_seconds=60)
CALLER: Final = CallLimits(connect_seconds=1, read_seconds=6, attempts=2, patience_seconds=8)
"""A caller waits for the answer, and API Gateway gives up after 30 seconds."""

_pace: ContextVar[CallLimits] = ContextVar("pace", default=WORKER)


def pace() -> CallLimits:
    """The pace of what runs now."""
    return _pace.get()


@contextmanager
def caller_waits() -> Iterator[None]:
    """Within it, calls are short: better a 503 that says to try again than none at all."""
    token = _pace.set(CALLER)
    try:
        yield
    finally:
        _pace.reset(token)


def _over_the_network(service: str, config: Config) -> Any:  # noqa: ANN401 - a client of any service
    return boto3.client(service, config=config)  # type: ignore[call-overload]


_maker: Callable[[str, Config], Any] = _over_the_network
_REGIONAL: Final = Config(signature_version="s3v4", s3={"addressing_style": "virtual", "us_east_1_regional_endpoint": "regional"})
"""Presigned URLs need signature version 4 and name the bucket's regional host."""


def set_maker(maker: Callable[[str, Config], Any] | None) -> None:
    """Replace how clients are made (`None`: boto3's). For the local runner and the tests."""
    global _maker  # noqa: PLW0603 - as with the clock, one replaceable source is the purpose
    _maker = maker or _over_the_network
    _client.cache_clear()


@lru_cache(maxsize=16)
def _client(service: str, pace: CallLimits) -> Any:  # noqa: ANN401 - a client of any service
    config = pace.config()
    return _maker(service, config.merge(_REGIONAL) if service == "s3" else config)


def dynamodb() -> "DynamoDBClient":
    """The DynamoDB client."""
    client: DynamoDBClient = _client("dynamodb", pace())
    return client


def s3() -> "S3Client":
    """The S3 client."""
    client: S3Client = _client("s3", pace())
    return client


def sqs() -> "SQSClient":
    """The SQS client."""
    client: SQSClient = _client("sqs", WORKER)
    return client


def stepfunctions() -> "SFNClient":
    """The Step Functions client."""
    client: SFNClient = _client("stepfunctions", pace())
    return client


_ASKING: Final = CallLimits(connect_seconds=1, read_seconds=29, attempts=1, patience_seconds=0)


def functions() -> "LambdaClient":
    """The Lambda client, for a function whose caller waits: an invocation is never sent twice, what it does may not be repeatable."""
    client: LambdaClient = _client("lambda", _ASKING)
    return client


def cloudwatch() -> "CloudWatchClient":
    """The CloudWatch client, for a function whose caller waits."""
    client: CloudWatchClient = _client("cloudwatch", CALLER)
    return client


def secretsmanager() -> "SecretsManagerClient":
    """The Secrets Manager client."""
    client: SecretsManagerClient = _client("secretsmanager", CALLER)
    return client
