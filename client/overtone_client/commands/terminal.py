"""What all commands have in common: the sign-in, `--json`, and how an error ends one."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator  # noqa: TC003 - typer reads annotations when it runs
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from overtone_client.client import Client  # noqa: TC001 - as above
from overtone_client.problems import NotReached, OvertoneError, Problem, SignInFailed
from overtone_client.profiles import DEFAULT, FIXED, PERSON, Profile, Profiles, client_of, home, of_environment

REFUSED, USAGE, FAILED, SIGN_IN = 1, 2, 3, 4
"""Exit codes: something was refused; the command is wrong; the call failed; nobody is signed in."""

Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
As = Annotated[str, typer.Option("--as", envvar="OVERTONE_PROFILE", help="Which sign-in to use.")]

PIPED_WIDTH = 200
"""Characters of a line where no terminal says how many: ids stay whole for `grep`."""


def out() -> Console:
    """Where results go; made when used, since tests and pipes change where that is."""
    return Console(file=sys.stdout, highlight=False, width=None if sys.stdout.isatty() else PIPED_WIDTH)


def err() -> Console:
    """Where progress and errors go."""
    return Console(file=sys.stderr, highlight=False)


def print_json(value: object) -> None:
    """A result for programs: one JSON document."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def table(title: str, *columns: str) -> Table:
    """An empty table; columns of figures begin with `#`."""
    made = Table(title=title, title_justify="left", header_style="bold")
    for column in columns:
        made.add_column(column.removeprefix("#"), justify="right" if column.startswith("#") else "left", overflow="fold")
    return made


@dataclass(frozen=True, slots=True)
class Session:
    """A sign-in, and the client that uses it."""

    name: str
    profile: Profile
    client: Client

    def sender(self) -> str:
        """Who sends and listens, for what is remembered of it. Whoever signs in, or brings a token, is asked for whom they act."""
        if self.profile.kind not in {PERSON, FIXED}:
            return self.profile.sender
        who = self.client.whoami()
        return f"{self.profile.sender}\0{who['party_id']}\0{who['user']}"


def counted(number: int, noun: str) -> str:
    """A number of things in words: `1 file`, `1,200 files`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


@contextmanager
def session(name: str, *, as_json: bool = False) -> Iterator[Session]:
    """The signed-in client; whatever goes wrong within ends the command with a message and its exit code."""
    with failures(as_json=as_json):
        profiles = Profiles(home(os.environ))
        given = of_environment(os.environ) if name == DEFAULT else None
        profile = given or profiles.get(name)
        with client_of(profile, profiles, name) as client:
            yield Session(name, profile, client)


@contextmanager
def failures(*, as_json: bool = False) -> Iterator[None]:
    """End the command with what the error says."""
    try:
        yield
    except Problem as problem:
        _tell_problem(problem, as_json=as_json)
        raise typer.Exit(FAILED) from problem
    except OvertoneError as error:
        err().print(f"[red]{type(error).__name__}[/red]: {_plain(error)}")
        raise typer.Exit(SIGN_IN if isinstance(error, SignInFailed) else FAILED) from error


def _plain(text: object) -> str:
    """Text of others, of which nothing is markup."""
    return str(text).replace("[", r"\[")


def _tell_problem(problem: Problem, *, as_json: bool) -> None:
    if as_json:
        document: dict[str, Any] = {"status": problem.status, "title": problem.title, "detail": problem.detail, "errors": problem.errors}
        print_json(document | {"request_id": problem.request_id})
        return
    err().print(f"[red]{problem.status} {_plain(problem.title)}[/red]: {_plain(problem.detail)}")
    if problem.errors:
        refused(problem.errors, err())
    if problem.request_id:
        err().print(f"request {problem.request_id}")


REFUSED_SHOWN_MAX = 50


def refused(records: list[Any], console: Console) -> None:
    """A table of refused records, the first of them."""
    shown = table(f"{len(records)} refused", "#record", "id", "field", "why")
    for record in records[:REFUSED_SHOWN_MAX]:
        place = str(record["index"] + 1) if "index" in record else ""
        shown.add_row(place, *(_plain(record.get(name, "")) for name in ("record_id", "field", "message")))
    console.print(shown)
    if len(records) > REFUSED_SHOWN_MAX:
        console.print(f"and {len(records) - REFUSED_SHOWN_MAX} more; --json has them all")


__all__ = [
    "FAILED",
    "REFUSED",
    "SIGN_IN",
    "USAGE",
    "As",
    "Json",
    "NotReached",
    "Session",
    "err",
    "failures",
    "out",
    "print_json",
    "refused",
    "session",
    "table",
]
