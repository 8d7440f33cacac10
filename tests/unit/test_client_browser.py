"""Signing in by a browser: bound to who began it, and refused with what to do where it goes wrong."""

from __future__ import annotations

import base64
import hashlib
import threading
import urllib.request
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
import typer

from overtone_client import SignInFailed, browser
from overtone_client.commands import signing, terminal

PAGE, TOKENS = "https://sign-in.example/oauth2/authorize", "https://sign-in.example/oauth2/token"


def test_a_browser_signs_in_with_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    """The code is bound to the verifier: the token is asked for with what hashes to the challenge that the browser took along."""
    gone: dict[str, list[str]] = {}

    def token(url: str, *, data: dict[str, str]) -> httpx.Response:
        digest = hashlib.sha256(data["code_verifier"].encode()).digest()
        proven = base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == gone["code_challenge"][0]
        good = proven and data["code"] == "c0de" and data["redirect_uri"] == gone["redirect_uri"][0]
        return httpx.Response(200 if good else 400, json={"refresh_token": "r-1"} if good else {}, request=httpx.Request("POST", url))

    def show(url: str) -> None:
        gone.update(parse_qs(urlsplit(url).query))
        query = urlencode({"code": "c0de", "state": gone["state"][0]})
        back = gone["redirect_uri"][0].replace("localhost", "127.0.0.1")
        threading.Thread(target=lambda: urllib.request.urlopen(f"{back}?{query}").read()).start()  # noqa: S310 - our own port

    monkeypatch.setattr(httpx, "post", token)
    found = browser.sign_in(PAGE, TOKENS, "people", ["openid"], browser.Listener(0), show)
    assert (found, gone["code_challenge_method"], gone["response_type"]) == ("r-1", ["S256"], ["code"])


def test_a_browser_that_comes_from_elsewhere_or_never_signs_nobody_in() -> None:
    attempt = browser.SignIn.new(PAGE, "people", "http://localhost:8765/signed-in")
    with pytest.raises(SignInFailed, match="state"):
        attempt.code("/signed-in?code=c0de&state=other")
    with pytest.raises(SignInFailed, match="state"):
        attempt.code("/signed-in?code=c0de&state=%C3%A5sa")
    with pytest.raises(SignInFailed, match="access_denied"):
        attempt.code(f"/signed-in?error=access_denied&state={attempt.state}")
    with pytest.raises(SignInFailed, match="nobody signed in"):
        browser.Listener(0, wait_seconds=0.01).wait()


@pytest.mark.parametrize("content", [b"<!doctype html>", b'["r-1"]', b'{"refresh_token": null}', b""])
def test_an_issuer_that_gives_no_refresh_token_signs_nobody_in(content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(httpx, "post", lambda _url, **_about: httpx.Response(200, content=content))
    with pytest.raises(SignInFailed, match="gave no refresh token: 200"):
        browser.SignIn.new(PAGE, "people", "").refresh_token(TOKENS, "c0de")


def test_a_token_url_that_is_none_is_named() -> None:
    with pytest.raises(SignInFailed, match="is the token URL right"):
        browser.SignIn.new("/authorize", "people", "").refresh_token("oauth2/token", "c0de")


def test_a_browser_is_sent_nowhere_without_a_client(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as ended:
        signing.sign_in(in_browser=True)
    assert ended.value.exit_code == terminal.USAGE
    assert "--browser goes with --client-id" in capsys.readouterr().err
