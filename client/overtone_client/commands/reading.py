"""What payees and everybody read: statements, explanations, events; and any other call."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import parse_qsl

import typer

from overtone_client import calls
from overtone_client.commands.terminal import USAGE, As, Json, Session, err, out, print_json, session, table
from overtone_client.listening import Listener
from overtone_client.profiles import DEFAULT, home

commands = typer.Typer()
FORMS = ("csv", "html", "pdf", "members")


@commands.command()
def statement(
    settlement_id: str,
    *,
    name: As = DEFAULT,
    party: Annotated[str, typer.Option(help="Whose, for finance.")] = "",
    form: Annotated[str, typer.Option("--format", help=f"{', '.join(FORMS)}: write it to --out.")] = "",
    to: Annotated[Path | None, typer.Option("--out", help="A file for --format; by default stdout.")] = None,
    as_json: Json = False,
) -> None:
    """A royalty statement: the balances, and what each source and work earned."""
    with session(name, as_json=as_json) as signed:
        if form:
            _write(signed, calls.statement_file(settlement_id, form, party), to)
            return
        answer = signed.client.statement(settlement_id, party)
        print_json(answer) if as_json else _show(answer)


def _write(signed: Session, call: calls.Call[bytes | str], to: Path | None) -> None:
    content = signed.client.send(call)
    if isinstance(content, str):
        content = b"".join(signed.client.stream(content))
    if to is None:
        sys.stdout.buffer.write(content)
        return
    to.write_bytes(content)
    err().print(f"{to}: {len(content):,} bytes")


def _show(statement: Any) -> None:  # noqa: ANN401 - a statement
    out().print(f"{statement['name']} ({statement['party_id']}), settlement {statement['settlement_id']}, through {statement['through']}")
    sums = table("Account", "currency", "#before", "#earned", "#recouped", "#withheld", "#paid", "#now", "status")
    for balance in statement["balances"]:
        amounts = (balance[part] for part in ("opening", "credited", "recouped", "withheld", "paid", "closing"))
        sums.add_row(balance["currency"], *amounts, balance["status_words"] or balance["status"])
    out().print(sums)
    earned = table("Earned", "from", "work", "#amount", "currency", "lines")
    for source in statement["sources"]:
        for work in source["works"]:
            lines = " ".join(line["line_id"] for line in work["lines"])
            earned.add_row(f"{source['heading']}, {source['licensee']}", work["title"], work["amount"], source["currency"], lines)
    if statement["sources"]:
        out().print(earned)


@commands.command()
def explain(settlement_id: str, line_id: str, *, name: As = DEFAULT, as_json: Json = False) -> None:
    """Why a line is what it is: the outputs, shares, terms and versions behind it."""
    with session(name, as_json=as_json) as signed:
        if as_json:
            print_json(signed.client.explain(settlement_id, line_id))
        else:
            sys.stdout.write(signed.client.send(calls.explain_text(settlement_id, line_id)).rstrip("\n") + "\n")


@commands.command()
def listen(
    *,
    name: As = DEFAULT,
    kind: Annotated[str, typer.Option("--type", help="One type of event only.")] = "",
    since: Annotated[str, typer.Option(help="An instant or a day; by default where the last `listen` stopped.")] = "",
    every_seconds: Annotated[float, typer.Option(min=0.0, help="How often to ask.")] = 10.0,
    once: Annotated[bool, typer.Option("--once", help="Print what is there, and stop.")] = False,
    as_json: Json = False,
) -> None:
    """Print events as they come, one per line, for ever; with --json one JSON document per line."""
    with session(name, as_json=as_json) as signed:
        listener = Listener.of(home() / "heard", f"{signed.sender()}\0{kind}", since)
        while True:
            for event in listener.news(lambda since: signed.client.events(since, kind)):
                _print_event(event, as_json=as_json)
            sys.stdout.flush()
            if once:
                return
            time.sleep(every_seconds)


def _print_event(event: Any, *, as_json: bool) -> None:  # noqa: ANN401 - an event
    if as_json:
        sys.stdout.write(json.dumps(event, ensure_ascii=False) + "\n")
        return
    about = " ".join(f"{key}={value}" for key, value in event.items() if key not in {"id", "type", "at", "party"})
    sys.stdout.write(f"{event['at']}  {event['type']:<22} {about}\n")


@commands.command()
def call(method: str, path: str, body: Annotated[str, typer.Argument(help="JSON, or @file.")] = "", *, name: As = DEFAULT) -> None:
    """Any call of the API, its answer as JSON: overtone call GET /v1/works?limit=3."""
    with session(name, as_json=True) as signed:
        text = Path(body[1:]).read_text(encoding="utf-8") if body.startswith("@") else body
        try:
            content = json.loads(text) if text else None
        except ValueError as error:
            err().print(f"the body is not JSON: {error}")
            raise typer.Exit(USAGE) from error
        bare, _, query = path.partition("?")
        print_json(signed.client.send(calls.raw(method, bare, content, dict(parse_qsl(query, keep_blank_values=True)))))
