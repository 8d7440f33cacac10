"""Takes the journey on a deployed stack: needs credentials that may read the stack, its app client and the drop bucket."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path

import boto3
import requests

from tests.e2e.journey import TIMEOUT_SECONDS, Failed, Journey

ROUND_SECONDS = 30
TOKEN_SECONDS = 50 * 60
SCOPES = "overtone/admin overtone/finance"


class AwsStack:
    """A stack on AWS, by its name in the current region."""

    def __init__(self, name: str) -> None:
        (stack,) = boto3.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
        outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
        self.url: str = outputs["ApiUrl"]
        self.today = datetime.now(UTC).date().isoformat()
        self._outputs = outputs
        self._s3 = boto3.client("s3")
        self._token, self._asked_at = "", 0.0

    def token(self) -> str:
        """The operator's token, asked for again before it ends."""
        if not self._token or time.monotonic() - self._asked_at > TOKEN_SECONDS:
            client = self._outputs["MachineClientId"]
            pool = {"UserPoolId": self._outputs["UserPoolId"], "ClientId": client}
            secret = boto3.client("cognito-idp").describe_user_pool_client(**pool)["UserPoolClient"]["ClientSecret"]
            form = {"grant_type": "client_credentials", "scope": SCOPES}
            answer = requests.post(self._outputs["TokenUrl"], data=form, auth=(client, secret), timeout=TIMEOUT_SECONDS)
            answer.raise_for_status()
            self._token, self._asked_at = str(answer.json()["access_token"]), time.monotonic()
        return self._token

    def drop(self, key: str, body: bytes) -> None:
        """Put an object in the drop bucket."""
        self._s3.put_object(Bucket=self._outputs["DropBucketName"], Key=key, Body=body)

    def dropped(self, key: str) -> bytes | None:
        """An object of the drop bucket, if it is there."""
        try:
            return self._s3.get_object(Bucket=self._outputs["DropBucketName"], Key=key)["Body"].read()
        except self._s3.exceptions.NoSuchKey:
            return None

    def follow(self, location: str) -> bytes:
        """What a presigned link leads to."""
        answer = requests.get(location, timeout=TIMEOUT_SECONDS)
        answer.raise_for_status()
        return answer.content

    def wait(self) -> None:
        """Half a minute; accrual is due every quarter of an hour."""
        time.sleep(ROUND_SECONDS)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.e2e", description="Take one journey through a deployed stack.")
    parser.add_argument("--stack", default="overtone", help="the CloudFormation stack's name")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        try:
            Journey(AwsStack(options.stack), uuid.uuid4().hex[:8], Path(folder), print).run()
        except Failed as error:
            print(error, file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
