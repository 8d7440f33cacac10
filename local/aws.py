"""The one region and account of the local stand-in, its credentials, and its boto3 clients."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

REGION = "eu-west-1"
ACCOUNT = "123456789012"
STACK = "overtone"
STACK_ID = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{STACK}/00000000-0000-4000-8000-000000000000"

PSEUDO_PARAMETERS: dict[str, Any] = {
    "AWS::AccountId": ACCOUNT,
    "AWS::NoValue": None,
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::StackId": STACK_ID,
    "AWS::StackName": STACK,
    "AWS::URLSuffix": "amazonaws.com",
}

os.environ.update(
    {
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_SESSION_TOKEN": "local",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled",  # else botocore puts the account into hosts that moto does not know
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_LAMBDA_FUNCTION_NAME": "local",
        "POWERTOOLS_METRICS_DISABLED": "true",  # embedded metrics are log lines; locally they would only drown the output
    }
)
for _name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_ENDPOINT_URL"):  # a developer's own account stays out of it
    os.environ.pop(_name, None)


@cache
def client(service: str) -> Any:
    """The boto3 client of a service, shared by the runner."""
    import boto3  # noqa: PLC0415 - after the environment above

    return boto3.client(service, region_name=REGION)  # type: ignore[call-overload]
