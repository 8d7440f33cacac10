"""Writes what follows from the routes that the handlers declare: `openapi.json`, and the paths of the HTTP API in `template.yaml`.

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
    from collections.abc import Iterator, Mapping

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
_MADE = "        paths: # made by `make generate` from the routes\n"
_PATHS = re.compile(rf"{_MADE}(?:          .*\n)*")
_INTEGRATION = (
    '{type: aws_proxy, httpMethod: POST, payloadFormatVersion: "2.0", uri: !Sub '
    '"arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${%sAliaslive}/invocations"}'
)


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
    """`template.yaml` with the paths of its HTTP API as they should be committed."""
    by_path: dict[str, dict[str, str]] = {}
    for logical_id, route in routes():
        path, method = routed_path(route.operation.path), route.operation.method.lower()
        by_path.setdefault(path, {})[method] = logical_id
    made = "".join(_paths(by_path))
    return _PATHS.sub(lambda _: f"{_MADE}{made}", TEMPLATE.read_text(encoding="utf-8"))


def _paths(by_path: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    for path, methods in by_path.items():
        yield f"          '{path}':\n"
        named = [f"{{name: {name}, in: path, required: true}}" for name in re.findall(r"\{(\w+)\}", path)]
        about = f"responses: {{}}, parameters: [{', '.join(named)}]" if named else "responses: {}"
        for method, logical_id in methods.items():
            yield f"            {method}: {{{about}, x-amazon-apigateway-integration: {_INTEGRATION % logical_id}}}\n"


if __name__ == "__main__":
    TEMPLATE.write_text(template(), encoding="utf-8")
    OPENAPI.write_text(openapi_document(), encoding="utf-8")
    LIBRARY.write_text(library(), encoding="utf-8")
    RUNBOOK.write_text(runbook(), encoding="utf-8")
    print(TEMPLATE.name, OPENAPI.name)
