"""Writes what follows from the routes that the handlers declare: `openapi.json`, and the events of the HTTP functions in `template.yaml`.

`make generate` writes both; a test holds the committed ones to it.
"""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from local import what_if
from local.functions import load_module
from local.template import code_of
from overtone.api.openapi import document

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from overtone.api.routing import Route

ROOT = Path(__file__).parent.parent
OPENAPI = ROOT / "openapi.json"
TEMPLATE = ROOT / "template.yaml"
ANSWERS = ROOT / "events" / "answers.json"
"""An answer of each operation that the tests have seen, by status: the document's examples."""
RUNBOOK = ROOT / "layers" / "overtone" / "overtone" / "console" / "runbook.json"
"""What `docs/OPERATIONS.md` says of each alarm, as the console shows it."""
LIBRARY = ROOT / "layers" / "overtone" / "overtone" / "console" / "library.json"
WORDS = ROOT / "docs" / "words.md"
_WORD = re.compile(r"^\| `([^`]+)` \| (.+) \|$", re.MULTILINE)
_EVENTS = re.compile(r"(      CodeUri: functions/(?P<folder>\w+_api)\n(?:      .*\n)*?      Events:)[^\n]*\n(?:        .*\n)*")
_MADE = " # made by `make generate` from the routes"


def routes() -> Iterator[tuple[str, Route]]:
    """Every route, with the logical id of the function that serves it."""
    for logical_id, folder in sorted(code_of(TEMPLATE).items()):
        if folder.name.endswith("_api"):
            for route in load_module(folder, "app").api.routes:
                yield logical_id, route


def openapi_document() -> str:
    """`openapi.json` as it should be committed."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    described = document([route for _, route in routes()], version, json.loads(ANSWERS.read_text(encoding="utf-8")), words())
    return json.dumps(described, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def library() -> str:
    """The console's `library.json` as it should be committed: the scenarios of `events/what-if/`, less what is the demo's own."""
    found = {name: what_if.load(what_if.SCENARIOS / f"{name}.yaml") for name in what_if.names()}
    asked = {name: {key: one[key] for key in ("title", "about", "source", "change")} for name, one in found.items()}
    return json.dumps(asked, indent=2, ensure_ascii=False) + "\n"


def runbook() -> str:
    """The console's `runbook.json` as it should be committed: of each paragraph its alarms, and its text and tables in order."""
    said = (ROOT / "docs" / "OPERATIONS.md").read_text(encoding="utf-8").partition("\n## When an alarm rings\n")[2].partition("\n## ")[0]
    found = []
    for part in said.split("\n### ")[1:]:
        heading, _, body = part.partition("\n")
        blocks = [_block(text.splitlines()) for text in body.strip().split("\n\n")]
        found.append({"alarms": heading.split(", "), "blocks": blocks})
    return json.dumps(found, indent=1, ensure_ascii=False) + "\n"


def _block(lines: list[str]) -> dict[str, object]:
    """A paragraph, or a table of Markdown."""
    if not lines[0].startswith("|"):
        return {"text": " ".join(line.strip() for line in lines)}
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {"head": rows[0], "rows": rows[2:]}


def words() -> dict[str, str]:
    """What each property means, from the table of `docs/words.md`."""
    return dict(_WORD.findall(WORDS.read_text(encoding="utf-8")))


def routed_path(path: str) -> str:
    """The path that API Gateway routes: a variable is a whole segment there, so `{number}:accept` is routed as `{number}`."""
    return re.sub(r"(\{\w+\}):[\w-]+", r"\1", path)


def template() -> str:
    """`template.yaml` with the events of its HTTP functions as they should be committed."""

    def events(match: re.Match[str]) -> str:
        served = load_module(ROOT / "functions" / match["folder"], "app").api.routes
        return f"{match[1]}{_MADE}\n{''.join(_events(served))}"

    return _EVENTS.sub(events, TEMPLATE.read_text(encoding="utf-8"))


def _events(served: Iterable[Route]) -> Iterator[str]:
    by_key: dict[tuple[str, str], list[Route]] = {}
    for route in served:
        by_key.setdefault((route.operation.method, routed_path(route.operation.path)), []).append(route)
    for (method, path), same in by_key.items():
        name = "".join(word.capitalize() for word in same[0].name.split("_"))
        properties = f"{{ApiId: !Ref Api, Method: {method}, Path: '{path}'}}"
        yield f"        {name}: {{Type: HttpApi, Properties: {properties}}}\n"


if __name__ == "__main__":
    TEMPLATE.write_text(template(), encoding="utf-8")
    OPENAPI.write_text(openapi_document(), encoding="utf-8")
    LIBRARY.write_text(library(), encoding="utf-8")
    RUNBOOK.write_text(runbook(), encoding="utf-8")
    print(TEMPLATE.name, OPENAPI.name)
