r"""`python -m overtone.verify DIR`: check a downloaded settlement, and say in words what was checked.

The settlement before it is found beside it by its id, or named with `--previous`. Without this program, the hashes
alone can be checked with: `jq -r '.files[] | "\(.sha256)  \(.name)"' manifest.json | sha256sum --check`.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from overtone.payout.audit import audit
from overtone.payout.audit_folder import MANIFEST, Folder


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a line a check; returns 0 where all hold, 1 where one does not, 2 where there is no settlement."""
    parser = argparse.ArgumentParser(prog="python -m overtone.verify", description="Check a settlement from its files alone.")
    parser.add_argument("folder", type=Path, help="where the settlement's files are")
    parser.add_argument("--previous", type=Path, help="where the settlement before it is (default: beside it, by its id)")
    parser.add_argument("--without-people", action="store_true", help="the files that name people are gone: their time is over")
    options = parser.parse_args(arguments)
    if not (options.folder / MANIFEST).is_file():
        sys.stderr.write(f"{options.folder} holds no {MANIFEST}\n")
        return 2
    try:
        folder = Folder(options.folder, without_people=options.without_people)
        settlement_id, previous = folder.manifest["settlement_id"], _previous(folder, options.previous)
    except (ValueError, LookupError, TypeError) as error:
        sys.stdout.write(f"FAULT {MANIFEST} can be read: {type(error).__name__}: {error}\n")
        return 1
    findings = list(audit(folder, previous))
    for holds, text in findings:
        sys.stdout.write(f"{'ok   ' if holds else 'FAULT'} {text}\n")
    faults = sum(not finding.holds for finding in findings)
    verdict = f"{faults} of {len(findings)} checks failed" if faults else f"all {len(findings)} checks hold"
    sys.stdout.write(f"settlement {settlement_id}: {verdict}\n")
    return 1 if faults else 0


def _previous(folder: Folder, named: Path | None) -> Folder | None:
    link = folder.manifest["previous"]
    path = named or (folder.path.resolve().parent / link["settlement_id"] if link else None)
    return Folder(path) if path is not None and (path / MANIFEST).is_file() else None


if __name__ == "__main__":
    sys.exit(main())
