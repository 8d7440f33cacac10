"""What finance does: settle, watch it, fetch the files."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import httpx
import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from overtone_client.commands.terminal import REFUSED, As, Json, Session, counted, err, out, print_json, session, table
from overtone_client.downloads import PARALLEL, download
from overtone_client.problems import Problem
from overtone_client.profiles import DEFAULT, LOCAL

if TYPE_CHECKING:
    from overtone_client.answers import FileEntry, Settlement

commands = typer.Typer()
COMPUTING = "computing"
GOOD = frozenset({"sealed", "previewed", COMPUTING})
_POLL_SECONDS = 3.0
_TICK_SECONDS = 300.0


@commands.command()
def settle(  # noqa: PLR0913 - options of a command
    settlement_id: str,
    through: Annotated[str, typer.Argument(help="The last month, YYYY-MM; by default the id.")] = "",
    *,
    name: As = DEFAULT,
    preview: Annotated[bool, typer.Option("--preview", help="Write the files and post nothing.")] = False,
    early: Annotated[bool, typer.Option("--early", help="Settle a month that still runs.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Not while a partition is in quarantine.")] = False,
    restart: Annotated[bool, typer.Option("--restart", help="Plan a failed one anew.")] = False,
    waive: Annotated[list[str] | None, typer.Option(help="REPORTER:MONTH:REASON, go on without it; may be repeated.")] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Wait until it is sealed, with its progress.")] = False,
    as_json: Json = False,
) -> None:
    """Settle through a month. Exit code 1: it was refused, or failed."""
    with session(name, as_json=as_json) as signed:
        flags: dict[str, Any] = {"preview": preview, "early": early, "strict": strict, "restart": restart}
        options: dict[str, Any] = {flag: True for flag, chosen in flags.items() if chosen}
        if waive:
            options["waive"] = [dict(zip(("reporter", "month", "reason"), one.split(":", 2), strict=False)) for one in waive]
        settlement = signed.client.settle(settlement_id, through or settlement_id, **options)
        if watch:
            settlement = _watched(signed, settlement, quiet=as_json)
        print_json(settlement) if as_json else _tell(settlement)
    if settlement["status"] not in GOOD:
        raise typer.Exit(REFUSED)


def _watched(signed: Session, settlement: Settlement, *, quiet: bool) -> Settlement:
    """The settlement once it is no longer being computed. A local stack moves only when it is told to, so it is told."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=err(), disable=quiet, transient=True) as progress:
        bar = progress.add_task(settlement["settlement_id"], total=None)
        while settlement["status"] == COMPUTING:
            if signed.profile.kind == LOCAL:
                answer = httpx.post(f"{signed.client.api}/_local/tick", json={}, timeout=_TICK_SECONDS)
                if answer.is_error:
                    raise Problem.of(answer)
            else:
                time.sleep(_POLL_SECONDS)
            settlement = signed.client.settlement(settlement["settlement_id"])
            done = settlement.get("progress", {"done": 0, "total": 0})
            progress.update(bar, completed=done["done"], total=done["total"] or None)
    return settlement


def _tell(settlement: Settlement) -> None:
    out().print(f"{settlement['settlement_id']} through {settlement['through']}: {settlement['status']}")
    for reason in settlement.get("reasons", []):
        out().print(f"  {reason.get('field', '')}: {reason.get('message', '')}", markup=False)
    if detail := settlement.get("detail"):
        out().print(f"  {detail}", markup=False)
    if totals := settlement.get("totals"):
        sums = table("Totals", "currency", "#owed", "#parties", "#suspense", "#paid", "#carried")
        for total in totals:
            sums.add_row(*(total[part] for part in ("currency", "owed", "parties", "suspense", "paid", "carried")))
        out().print(sums)
    if settlement["files"]:
        files = counted(settlement.get("files_total", len(settlement["files"])), "file")
        out().print(f"{files}: overtone download {settlement['settlement_id']}")


@commands.command("download")
def fetch(
    settlement_id: str,
    *,
    name: As = DEFAULT,
    to: Annotated[Path | None, typer.Option("--out", help="The folder; by default one named after the settlement.")] = None,
    only: Annotated[str, typer.Option(help="Only files whose names begin so, such as statements/.")] = "",
    parallel: Annotated[int, typer.Option(min=1, max=64, help="Files that are fetched at once.")] = PARALLEL,
    as_json: Json = False,
) -> None:
    """Fetch a settlement's files, each checked against the manifest's SHA-256; run it again to go on where it stopped."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with session(name, as_json=as_json) as signed, Progress(*columns, console=err(), disable=as_json, transient=True) as progress:
        bar = progress.add_task(settlement_id, total=None)

        def started(files: list[FileEntry]) -> None:
            progress.update(bar, total=len(files))

        result = download(
            signed.client,
            settlement_id,
            to or Path(settlement_id),
            only=lambda file: file.startswith(only),
            started=started,
            done=lambda _file: progress.advance(bar),
            parallel=parallel,
        )
    if as_json:
        print_json(result.to_json())
    else:
        there = counted(len(result.fetched) + len(result.kept), "file")
        out().print(f"{there} in {result.folder}, all as the manifest says ({len(result.kept):,} were there)")
