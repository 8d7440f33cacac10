"""The boto3 clients, made when first used: nothing touches AWS at import.

One client a service and process; low-level clients are safe to share between threads.
"""

from functools import lru_cache
from typing import TYPE_CHECKING, Final

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_stepfunctions import SFNClient

CONNECTIONS_MAX: Final = 32
ATTEMPTS_MAX: Final = 8

_CONFIG: Final = Config(
    retries={"mode": "adaptive", "total_max_attempts": ATTEMPTS_MAX},
    max_pool_connections=CONNECTIONS_MAX,
    connect_timeout=3,
    read_timeout=20,
)


@lru_cache(maxsize=1)
def dynamodb() -> "DynamoDBClient":
    """The DynamoDB client."""
    return boto3.client("dynamodb", config=_CONFIG)


@lru_cache(maxsize=1)
def s3() -> "S3Client":
    """The S3 client; presigned URLs need signature version 4."""
    return boto3.client("s3", config=_CONFIG.merge(Config(signature_version="s3v4")))


@lru_cache(maxsize=1)
def sqs() -> "SQSClient":
    """The SQS client."""
    return boto3.client("sqs", config=_CONFIG)


@lru_cache(maxsize=1)
def stepfunctions() -> "SFNClient":
    """The Step Functions client."""
    return boto3.client("stepfunctions", config=_CONFIG)
