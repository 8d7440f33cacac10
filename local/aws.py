"""The one region and account of the local stand-in, its credentials, and its clients."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from local.cloud import Cloud

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


_clouds: list[Cloud] = []


def use(cloud: Cloud | None) -> None:
    """Makes a stand-in the one that everything here talks to; none where there is no stack."""
    _clouds[:] = [] if cloud is None else [cloud]


def client(service: str) -> Any:
    """The client of a service, shared by the runner."""
    return _clouds[0].client(service)


def objects(bucket: str) -> dict[str, bytes]:
    """Every object of a bucket, by key, as anybody can read them."""
    s3 = client("s3")
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    keys = [entry["Key"] for page in pages for entry in page.get("Contents", [])]
    return {key: s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}
