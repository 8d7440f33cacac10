"""What platforms and labs send: usage, files, clearances, declarations."""

from __future__ import annotations

import sys
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from overtone_client import batches, drops
from overtone_client.commands.terminal import REFUSED, USAGE, As, Json, Session, err, out, print_json, refused, session, table
from overtone_client.posting import PARALLEL, FileReceipt, Journal, post_file
from overtone_client.problems import OvertoneError
from overtone_client.profiles import DEFAULT, LOCAL, home

if TYPE_CHECKING:
    from collections.abc import Mapping

    from overtone_client.answers import ReporterMonth

commands = typer.Typer()
WORKS_SHOWN_MAX = 50
_RECEIPT_PAUSE_SECONDS = 2.0
_Files = Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, readable=True)]


@commands.command()
def post(  # noqa: PLR0913 - options of a command
    files: _Files,
    *,
    name: As = DEFAULT,
    records: Annotated[int, typer.Option(min=1, max=100_000, help="Records of one batch.")] = batches.CUT_RECORDS,
    header_lines: Annotated[int, typer.Option(min=1, help="Lines of a table before its first record.")] = 1,
    parallel: Annotated[int, typer.Option(min=1, max=32, help="Batches that are sent at once.")] = PARALLEL,
    anew: Annotated[bool, typer.Option("--anew", help="Send again what was sent before; it counts once all the same.")] = False,
    as_json: Json = False,
) -> None:
    """Send files of usage (csv, tsv, ndjson, json, or gzipped). Run it again to go on where it stopped.

    Exit code 1: records were refused.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with session(name, as_json=as_json) as signed, Progress(*columns, console=err(), disable=as_json, transient=True) as progress:

        def sent(path: Path) -> FileReceipt:
            bar = progress.add_task(path.name, total=None if path.name.endswith(".gz") else path.stat().st_size)
            journal = None if anew else Journal.of(home() / "posted", sender, batches.digest_of(path), records)
            return post_file(
                signed.client,
                path,
                journal=journal,
                sent=lambda size: progress.advance(bar, size),
                cut_records=records,
                header_lines=header_lines,
                parallel=parallel,
            )

        sender = "" if anew else signed.sender()
        receipts = [sent(path) for path in files]
    _tell(receipts, as_json=as_json)
    if any(receipt.accepted < receipt.received for receipt in receipts):
        raise typer.Exit(REFUSED)


def _tell(receipts: list[FileReceipt], *, as_json: bool) -> None:
    if as_json:
        print_json({"files": [receipt.to_json() for receipt in receipts]})
        return
    sums = table("Sent", "file", "#batches", "#sent before", "#records", "#accepted", "#refused")
    for receipt in receipts:
        figures = (len(receipt.batches), receipt.resumed, receipt.received, receipt.accepted, receipt.received - receipt.accepted)
        sums.add_row(receipt.file, *(f"{figure:,}" for figure in figures))
    out().print(sums)
    for receipt in receipts:
        if receipt.rejected:
            refused(receipt.rejected, out())


@commands.command()
def drop(
    files: _Files,
    *,
    name: As = DEFAULT,
    kind: Annotated[str, typer.Option(help="usage, works or clearances.")] = "usage",
    bucket: Annotated[str, typer.Option(envvar="OVERTONE_DROP_BUCKET", help="The stack's output DropBucketName.")] = "",
    wait_seconds: Annotated[int, typer.Option(min=0, help="Wait so long for the receipts.")] = 0,
    as_json: Json = False,
) -> None:
    """Drop files of any size into the drop bucket; their receipts appear beside them.

    Exit code 1: a receipt that came in time says that nothing of its file was kept.
    """
    with session(name, as_json=as_json) as signed:
        if kind not in drops.KINDS:
            err().print(f"{kind} cannot be dropped; drop {', '.join(drops.KINDS)}")
            raise typer.Exit(USAGE)
        if twice := sorted(name for name, count in Counter(path.name for path in files).items() if count > 1):
            err().print(f"{', '.join(twice)}: files of one name have one place in the bucket; drop them one by one, or under other names")
            raise typer.Exit(USAGE)
        place, party = _bucket(signed, bucket), signed.client.whoami()["party_id"]
        if not party:
            raise OvertoneError("the token acts for no party, and a file is dropped for one; sign in as its client")
        before = {path.name: drops.receipt_of(place, kind, party, path) for path in files} if wait_seconds else {}
        for path in files:
            place.put(drops.dropped_key(kind, party, path), path)
        told = _receipts(place, (kind, party), files, wait_seconds, before)
        if as_json:
            print_json({"dropped": [drops.dropped_key(kind, party, path) for path in files], "receipts": told})
        else:
            _tell_receipts(files, party, told)
    if any(receipt["status"] in drops.NOTHING_KEPT for receipt in told.values()):
        raise typer.Exit(REFUSED)


def _tell_receipts(files: list[Path], party: str, told: Mapping[str, dict[str, Any]]) -> None:
    for path in files:
        receipt = told.get(path.name)
        said = (
            f"{receipt['status']}, {receipt.get('accepted', 0):,} accepted"
            if receipt
            else f"its receipt will be receipts/{party}/{path.name}.json"
        )
        out().print(f"{path.name}: {said}")


def _bucket(signed: Session, bucket: str) -> drops.Bucket:
    if signed.profile.kind == LOCAL:
        return drops.LocalBucket(signed.profile.api)
    if not bucket:
        err().print("--bucket is missing: the stack's output DropBucketName")
        raise typer.Exit(USAGE)
    return drops.S3Bucket(bucket)


def _receipts(
    place: drops.Bucket, whose: tuple[str, str], files: list[Path], wait_seconds: int, before: Mapping[str, dict[str, Any] | None]
) -> dict[str, dict[str, Any]]:
    """Receipts by file name, as many as came in time: neither those that lay there before, nor those of files that are still read."""
    found: dict[str, dict[str, Any]] = {}
    kind, party = whose
    until = time.monotonic() + wait_seconds
    while wait_seconds and len(found) < len(files):
        for path in files:
            receipt = drops.receipt_of(place, kind, party, path) if path.name not in found else None
            if receipt and receipt != before.get(path.name) and drops.is_last(receipt):
                found[path.name] = receipt
        if len(found) == len(files) or time.monotonic() > until:
            break
        time.sleep(_RECEIPT_PAUSE_SECONDS)
    return found


@commands.command()
def clear(  # noqa: PLR0913 - options of a command
    clearance_id: str,
    works: Annotated[list[str], typer.Argument(help="Works such as isrc:SEABC2600001, or - for one per line from stdin.")],
    *,
    name: As = DEFAULT,
    use: Annotated[str, typer.Option(help="training or generation.")] = "training",
    day: Annotated[str, typer.Option(help="The day of the use, YYYY-MM-DD; by default today.")] = "",
    model: Annotated[str, typer.Option(help="The model that is to be trained or used.")] = "",
    as_json: Json = False,
) -> None:
    """Ask what may be used, before it is. Exit code 1: not all of it is allowed."""
    with session(name, as_json=as_json) as signed:
        listed = [line.strip() for line in sys.stdin if line.strip()] if works == ["-"] else works
        answer = signed.client.clear(clearance_id, listed, use, day or datetime.now(UTC).date().isoformat(), model)
        if as_json:
            print_json(answer)
        else:
            out().print(", ".join(f"{count:,} {standing}" for standing, count in sorted(answer["counts"].items())))
            others = [work for work in answer.get("works", []) if work["standing"] != "allowed"]
            shown = table(f"{len(others)} not simply allowed", "work", "standing", "why")
            for work in others[:WORKS_SHOWN_MAX]:
                shown.add_row(work["work"], work["standing"], work.get("reason", ""))
            if others:
                out().print(shown)
    if sum(answer["counts"].values()) > answer["counts"].get("allowed", 0):
        raise typer.Exit(REFUSED)


@commands.command()
def declare(
    month: str,
    *,
    name: As = DEFAULT,
    batches_sent: Annotated[int, typer.Option("--batches", min=0)],
    records: Annotated[int, typer.Option(min=0, help="Accepted records, corrections among them.")],
    revenue: Annotated[list[str] | None, typer.Option(help="What counts now, such as USD=12.30; may be repeated.")] = None,
    as_json: Json = False,
) -> None:
    """Declare what was sent for a month, so that it is not settled before all of it is there."""
    with session(name, as_json=as_json) as signed:
        amounts = dict(one.split("=", 1) for one in revenue or () if "=" in one)
        if len(amounts) < len(revenue or ()):
            err().print("--revenue is CUR=AMOUNT, each currency once")
            raise typer.Exit(USAGE)
        declaration = signed.client.declare(month, batches_sent, records, amounts)
        if as_json:
            print_json(declaration)
            return
        out().print(f"{declaration['reporter']} sent {declaration['records']:,} records for {declaration['month']}")
        (stands,) = [one for one in signed.client.completeness(month)["reporters"] if one["reporter"] == declaration["reporter"]]
        _tell_differences(stands)


def _tell_differences(stands: ReporterMonth) -> None:
    """What of a declaration is not so, and the likeliest reason."""
    if stands["pending"]["batches"]:
        out().print(f"{stands['pending']['records']:,} of its records are still being counted; what is missing shows when they are")
        return
    if stands["missing"]:
        out().print(f"declared and not here: {_counted(stands['missing'])}")
    if stands["surplus"]:
        out().print(f"here and not declared: {_counted(stands['surplus'])}")
        out().print("a record that is sent again in another batch is accepted in each, and counts in each: add up the receipts")


def _counted(differs: dict[str, Any]) -> str:
    parts = [f"{name} {count:,}" for name, count in differs.items() if name != "revenue"]
    return ", ".join(parts + [f"{currency} {amount}" for currency, amount in differs.get("revenue", {}).items()])
