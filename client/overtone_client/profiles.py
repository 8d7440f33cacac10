"""Sign-ins that the command line keeps: one file that only its owner can read, and what makes a client of one.

`OVERTONE_HOME` is the folder (else `~/.config/overtone`). `OVERTONE_API` with `OVERTONE_TOKEN`, or with `OVERTONE_TOKEN_URL`,
`OVERTONE_CLIENT_ID` and `OVERTONE_CLIENT_SECRET`, sign in without it, as a job on a server does.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from overtone_client.client import Client
from overtone_client.problems import SignInFailed
from overtone_client.tokens import FixedToken, LocalToken, MachineToken, PersonToken

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx

LOCAL, MACHINE, PERSON, FIXED = "local", "machine", "person", "fixed"
DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Profile:
    """One sign-in. `secret` is a client's secret, a person's refresh token or a fixed token."""

    api: str
    kind: str
    token_url: str = ""
    client_id: str = ""
    secret: str = ""
    party_id: str = ""
    scopes: tuple[str, ...] = ()

    @property
    def sender(self) -> str:
        """Who sends: what a resumed upload must have in common with its beginning."""
        return f"{self.api}\0{self.client_id}\0{self.party_id}"


def home(environ: Mapping[str, str] = os.environ) -> Path:
    """Where sign-ins and journals are kept."""
    return Path(environ.get("OVERTONE_HOME") or Path.home() / ".config" / "overtone")


class Profiles:
    """The kept sign-ins by name."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "profiles.json"

    def all(self) -> dict[str, dict[str, Any]]:
        """Every profile as it is kept."""
        return json.loads(self._path.read_text(encoding="utf-8")) if self._path.exists() else {}

    def get(self, name: str) -> Profile:
        """A profile by its name; raises `SignInFailed`."""
        profile = self.all().get(name)
        if profile is None:
            raise SignInFailed(f"nobody is signed in as {name!r}; run: overtone sign-in --help")
        return Profile(**{**profile, "scopes": tuple(profile["scopes"])})

    def keep(self, name: str, profile: Profile) -> None:
        """Keep a profile under a name."""
        self._write(self.all() | {name: asdict(profile)})

    def drop(self, name: str) -> bool:
        """Forget a profile; whether there was one."""
        kept = self.all()
        found = kept.pop(name, None)
        self._write(kept)
        return found is not None

    def _write(self, kept: dict[str, dict[str, Any]]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial = self._path.with_suffix(".partial")
        partial.unlink(missing_ok=True)
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as stream:
            json.dump(kept, stream, indent=2)
        partial.replace(self._path)


def of_environment(environ: Mapping[str, str] = os.environ) -> Profile | None:
    """The sign-in that the environment holds, if it names an API and a way to sign in."""
    api = environ.get("OVERTONE_API", "")
    if api and (token := environ.get("OVERTONE_TOKEN")):
        return Profile(api, FIXED, secret=token)
    if api and (secret := environ.get("OVERTONE_CLIENT_SECRET")):
        return Profile(api, MACHINE, environ.get("OVERTONE_TOKEN_URL", ""), environ.get("OVERTONE_CLIENT_ID", ""), secret)
    return None


def client_of(profile: Profile, profiles: Profiles, name: str) -> Client:
    """A client that is signed in as the profile says."""
    return Client(profile.api, _auth(profile, profiles, name))


def _auth(profile: Profile, profiles: Profiles, name: str) -> httpx.Auth:
    if profile.kind == LOCAL:
        return LocalToken(profile.api, profile.party_id, profile.scopes)
    if profile.kind == MACHINE:
        return MachineToken(profile.token_url, profile.client_id, profile.secret, profile.scopes)
    if profile.kind == FIXED:
        return FixedToken(profile.secret)

    def renewed(refresh_token: str) -> None:
        profiles.keep(name, replace(profile, secret=refresh_token))

    return PersonToken(profile.token_url, profile.client_id, profile.secret, renewed)
