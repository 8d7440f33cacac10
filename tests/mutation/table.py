"""The tables of `docs/TRUST.md`: each planted bug, where, and which test noticed it; and what came of a tool's small changes, by area."""

from __future__ import annotations

import json
from typing import Final

from tests.mutation.bug import PACKAGE
from tests.mutation.planted import BUGS
from tests.mutation.planting import NOTICED, ROOT

EXPLAINED: Final = "harmless"
KEPT: Final = ROOT / "docs" / "mutants.json"
TRUST: Final = ROOT / "docs" / "TRUST.md"
SAMPLED: Final = ROOT / "docs" / "mutation.json"


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


def sampled_rows() -> str:
    """What came of the tool's changes when they were tried last, as Markdown."""
    known: dict[str, dict[str, int]] = json.loads(SAMPLED.read_text(encoding="utf-8")) if SAMPLED.exists() else {}
    lines = ["| area | changes tried | noticed | explained | neither | seed |", "|---|---|---|---|---|---|"]
    for area, found in known.items():
        counts = [found[outcome] for outcome in (NOTICED, EXPLAINED, "survived")]
        lines.append(f"| {area} | {sum(counts)} | {' | '.join(map(str, counts))} | {found['seed']} |")
    return "\n".join(lines) + "\n"


def told(text: str) -> str:
    """The document with the tables as they are now."""
    for name, made in (("mutants", rows()), ("mutation", sampled_rows())):
        before, _, rest = text.partition(f"<!-- {name} -->\n")
        _, _, after = rest.partition(f"<!-- end of {name} -->\n")
        text = f"{before}<!-- {name} -->\n{made}<!-- end of {name} -->\n{after}"
    return text


def write() -> None:
    """Rewrite the document."""
    TRUST.write_text(told(TRUST.read_text(encoding="utf-8")), encoding="utf-8")
