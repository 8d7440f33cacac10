"""The stand-in whose tables and objects are kept by two servers of their own."""

from __future__ import annotations

from typing import Any

import boto3
from botocore.config import Config

from local import aws
from local.aws import REGION
from local.memory.cloud import MemoryCloud
from local.servers import tools
from local.servers.dynamodb import Dynalite
from local.servers.s3 import VersityGateway

KEY, SECRET = "local", "local-secret"
AT_ONCE = ("--createTableMs", "0", "--deleteTableMs", "0", "--updateTableMs", "0")
TO_AN_ADDRESS = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}, connect_timeout=5)


class ServersCloud(MemoryCloud):
    """See `local.cloud.Cloud`. Raises `Unavailable` where the servers cannot be had."""

    def __init__(self) -> None:
        super().__init__()
        dynalite, versitygw = tools.dynalite(), tools.versitygw()
        self._dynalite = tools.Server([*dynalite, "--host", "127.0.0.1", "--port", "{port}", *AT_ONCE])
        gateway = ["--port", "127.0.0.1:{port}", "--access", KEY, "--secret", SECRET, "--region", REGION, "--quiet"]
        folders = ["--versioning-dir", "{folder}/versions", "{folder}/objects"]
        self._versitygw = tools.Server([*versitygw, *gateway, "posix", *folders])
        self._dynamodb_server = _client("dynamodb", self._dynalite.url)
        self._s3_server = _client("s3", self._versitygw.url)

    def stop(self) -> None:
        """Is gone, and the servers with it."""
        self._dynalite.stop()
        self._versitygw.stop()

    def objects(self, bucket: str) -> dict[str, bytes]:
        """The objects of a bucket, by key."""
        return aws.objects(bucket)

    def _made(self, service: str, attempts: int, config: Config | None) -> Any:
        if service == "dynamodb":
            return Dynalite(self, self._dynamodb_server, attempts)
        if service == "s3":
            return VersityGateway(self, self._s3_server, attempts, config)
        return super()._made(service, attempts, config)


def _client(service: str, url: str) -> Any:
    session = boto3.session.Session(aws_access_key_id=KEY, aws_secret_access_key=SECRET, region_name=REGION)
    return session.client(service, endpoint_url=url, config=TO_AN_ADDRESS)  # type: ignore[call-overload]
