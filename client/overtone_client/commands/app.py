"""`overtone`: all commands in one app."""

from __future__ import annotations

import typer

from overtone_client.commands import reading, sending, settling, signing

app = typer.Typer(
    name="overtone",
    help="Overtone from the command line: sign in, send usage, settle, read statements.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for part in (signing, sending, settling, reading):
    app.registered_commands += part.commands.registered_commands


def main() -> None:
    """Run the command line."""
    app()
