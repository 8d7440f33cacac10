"""The blocks of the documents that follow from the code: `make generate` refreshes them through cog, the gate checks them.

Each function gives the text of one block; the documents name them in a comment before it.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT = Path(__file__).parent.parent
STATEMENT = ROOT / "docs" / "statement.txt"
"""The statement that the demo prints, whole; the demo's test holds it, and `UPDATE=1 make test` writes it."""
HEAD_LINES = 3
EXCERPT_FROM = "By work, in USD"
EXCERPT_LINES = 25


class _Template(yaml.SafeLoader):
    """Reads CloudFormation's short forms as what stands behind them."""


_Template.add_multi_constructor("!", lambda _loader, _suffix, _node: None)


def statement_excerpt() -> str:
    """Whose the demo's statement is, and how its works earned in dollars: `EXCERPT_LINES` in all."""
    lines = STATEMENT.read_text(encoding="utf-8").splitlines()
    shown = [*lines[:HEAD_LINES], "…", *lines[lines.index(EXCERPT_FROM) :]]
    return "\n".join(["```text", *shown[:EXCERPT_LINES], "```"])


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table."""
    lines = [list(head), *map(list, rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


@cache
def template() -> dict[str, Any]:
    """The template as it is written, without what its short forms refer to."""
    found: dict[str, Any] = yaml.load((ROOT / "template.yaml").read_text(encoding="utf-8"), _Template)  # noqa: S506 - a SafeLoader that skips tags
    return found


def parameters() -> str:
    """The template's parameters: name, default, description."""
    rows = ((f"`{name}`", str(about.get("Default", "")), about["Description"]) for name, about in template()["Parameters"].items())
    return table(("parameter", "default", "what it sets"), rows)
