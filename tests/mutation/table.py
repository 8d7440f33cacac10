"""The table of `docs/TRUST.md`: each planted bug, where, and which test noticed it."""

from __future__ import annotations

import json
from typing import Final

from tests.mutation.bug import PACKAGE
from tests.mutation.planted import BUGS
from tests.mutation.planting import NOTICED, ROOT

KEPT: Final = ROOT / "docs" / "mutants.json"
TRUST: Final = ROOT / "docs" / "TRUST.md"
BEGIN, END = "<!-- mutants -->\n", "<!-- end of mutants -->\n"


def kept() -> dict[str, dict[str, str]]:
    """What came of each bug when it was planted last, by name."""
    found: dict[str, dict[str, str]] = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}
    return found


def rows() -> str:
    """As Markdown."""
    found, lines = kept(), ["| planted bug | in | noticed by |", "|---|---|---|"]
    for bug in BUGS:
        outcome = found.get(bug.name, {"outcome": "not planted yet", "by": ""})
        by = f"`{outcome['by'].split('::')[-1]}`" if outcome["outcome"] == NOTICED else bug.harmless or outcome["outcome"]
        lines.append(f"| {bug.name}{' (*)' if bug.named else ''} | `{bug.file.removeprefix(PACKAGE)}` | {by} |")
    return "\n".join(lines) + "\n"


def told(text: str) -> str:
    """The document with the table as it is now."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}{rows()}{END}{after}"


def write() -> None:
    """Rewrite the document."""
    TRUST.write_text(told(TRUST.read_text(encoding="utf-8")), encoding="utf-8")
