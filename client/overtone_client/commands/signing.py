"""Signing in and out, and who one is."""

from __future__ import annotations

import os
import sys
import webbrowser
from typing import Annotated

import typer

from overtone_client import browser
from overtone_client.commands.terminal import USAGE, As, Json, err, failures, out, print_json, session
from overtone_client.profiles import DEFAULT, LOCAL, MACHINE, PERSON, Profile, Profiles, client_of, home

commands = typer.Typer()
_SCOPES = ["usage.write", "disclosures.write", "registry.write", "statements.read"]
"""What a party may ask for; `finance` is nobody's beside the house's own, and has to be named."""


@commands.command("sign-in")
def sign_in(  # noqa: PLR0913 - options of a command
    api: Annotated[str, typer.Option(help="Where the API answers.")] = "http://localhost:8000",
    *,
    name: As = DEFAULT,
    party: Annotated[str, typer.Option(help="Local stack only: the party to act for.")] = "",
    scope: Annotated[list[str] | None, typer.Option(help="A scope to ask for; may be repeated.")] = None,
    client_id: Annotated[str, typer.Option(help="The app client of a machine or, with --browser, of people.")] = "",
    token_url: Annotated[str, typer.Option(help="The stack's output TokenUrl.")] = "",
    in_browser: Annotated[bool, typer.Option("--browser", help="Sign in as a person, in a browser.")] = False,
    authorize_url: Annotated[str, typer.Option(help="The sign-in page, if it is not beside the token URL.")] = "",
    port: Annotated[int, typer.Option(help="The port to which the browser returns.")] = browser.PORT,
    as_json: Json = False,
) -> None:
    """Sign in, and keep it: to a local stack, as a machine (its secret is read from stdin), or as a person in a browser."""
    with failures(as_json=as_json):
        if client_id and not token_url:
            err().print("--client-id goes with --token-url")
            raise typer.Exit(USAGE)
        if in_browser and not client_id:
            err().print("--browser goes with --client-id: the app client of people, the stack's output PeopleClientId")
            raise typer.Exit(USAGE)
        if in_browser:
            page = authorize_url or token_url.removesuffix("/token") + "/authorize"
            token = browser.sign_in(page, token_url, client_id, scope or ["openid"], browser.Listener(port), _show)
            profile = Profile(api, PERSON, token_url, client_id, token)
        elif client_id:
            scopes = tuple(one if "/" in one else f"overtone/{one}" for one in scope or ())
            profile = Profile(api, MACHINE, token_url, client_id, sys.stdin.readline().strip(), scopes=scopes)
        else:
            profile = Profile(api, LOCAL, party_id=party, scopes=tuple(scope or (_SCOPES if party else ["admin"])))
        profiles = Profiles(home(os.environ))
        with client_of(profile, profiles, name) as client:
            caller = client.whoami()
        profiles.keep(name, profile)
        print_json(caller) if as_json else out().print(f"signed in as {caller['party_id'] or 'no party'} ({' '.join(caller['scopes'])})")


def _show(url: str) -> None:
    err().print(f"Sign in here: {url}", soft_wrap=True)
    webbrowser.open(url)


@commands.command("sign-out")
def sign_out(*, name: As = DEFAULT, as_json: Json = False) -> None:
    """Forget a sign-in."""
    was = Profiles(home(os.environ)).drop(name)
    if as_json:
        print_json({"profile": name, "was_signed_in": was})
    elif not was:
        err().print(f"nobody was signed in as {name}")


@commands.command()
def whoami(*, name: As = DEFAULT, as_json: Json = False) -> None:
    """For whom the token acts, and what it allows."""
    with session(name, as_json=as_json) as signed:
        caller = signed.client.whoami()
        if as_json:
            print_json(caller)
            return
        out().print(f"party   {caller['party_id'] or '(none)'}")
        out().print(f"scopes  {' '.join(caller['scopes'])}")
        out().print(f"api     {signed.client.api}")
