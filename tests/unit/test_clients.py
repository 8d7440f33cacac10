"""Calls end in time, and links name the host of the stack's own region."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from overtone.aws import clients
from overtone.aws.buckets import Bucket

API_SECONDS_MAX = 29


@pytest.mark.slow
@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1", "ap-southeast-2"])
def test_a_presigned_link_names_the_regional_host(region: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"AWS_DEFAULT_REGION": region, "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("boto3.DEFAULT_SESSION", None)
    clients.set_maker(None)
    try:
        url = urlsplit(Bucket(clients.s3(), "overtone-files").presigned("s-1/lines.csv", 300))
    finally:
        clients.set_maker(None)
    assert url.netloc == f"overtone-files.s3.{region}.amazonaws.com"
    assert f"%2F{region}%2Fs3%2F" in url.query
    assert url.path == "/s-1/lines.csv"


def test_a_caller_is_answered_before_the_gateway_gives_up() -> None:
    pace = clients.CALLER
    assert pace.attempts * (pace.connect_seconds + pace.read_seconds) + pace.patience_seconds < API_SECONDS_MAX
    assert getattr(pace.config(), "retries", None) == {"mode": "standard", "total_max_attempts": pace.attempts}


def test_within_a_request_calls_are_short() -> None:
    assert clients.pace() == clients.WORKER
    with clients.caller_waits():
        assert clients.pace() == clients.CALLER
    assert clients.pace() == clients.WORKER
