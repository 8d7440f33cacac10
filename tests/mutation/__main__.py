"""`make mutants`: plants each bug, or those whose name holds `--only`, and keeps what came of it in `docs/mutants.json`."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

from tests.mutation.planted import BUGS
from tests.mutation.planting import NOTICED, Scratch
from tests.mutation.table import KEPT, kept, write


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="a text that the bug's name holds")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--last", type=int, default=len(BUGS))
    parser.add_argument("--table", action="store_true", help="plant nothing, and write the table of docs/TRUST.md")
    asked = parser.parse_args()
    if asked.table:
        write()
        return 0
    found, missed = kept(), []
    with tempfile.TemporaryDirectory() as place:
        scratch = Scratch(Path(place))
        for number, bug in list(enumerate(BUGS))[asked.first : asked.last]:
            if asked.only not in bug.name:
                continue
            began = time.monotonic()
            outcome, by = scratch.outcome(bug)
            print(f"{number:3} {outcome:9} {time.monotonic() - began:5.1f} s  {bug.name}  {by}", flush=True)
            found[bug.name] = {"outcome": outcome, "by": by}
            if outcome != NOTICED and not bug.harmless:
                missed.append(bug.name)
            known = {one.name: found[one.name] for one in BUGS if one.name in found}
            KEPT.write_text(json.dumps(known, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    write()
    print(f"{len(missed)} unnoticed")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
