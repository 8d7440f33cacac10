"""Writes openapi.json from the operations that the handlers declare: `make openapi`. A test holds the committed one to it."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from local.functions import load_module
from local.template import read
from overtone.api.openapi import document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from overtone.api.app import Operation

ROOT = Path(__file__).parent.parent
COMMITTED = ROOT / "openapi.json"


def operations() -> Iterator[tuple[str, Operation]]:
    """Every operation, with the logical id of the function that declares it."""
    for logical_id, folder in sorted(read(ROOT / "template.yaml").code.items()):
        if folder.name.endswith("_api"):
            for operation in load_module(folder, "app").api.operations:
                yield logical_id, operation


def generated() -> str:
    """The document as it should be committed."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    described = document([operation for _, operation in operations()], version)
    return json.dumps(described, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


if __name__ == "__main__":
    COMMITTED.write_text(generated(), encoding="utf-8")
    print(COMMITTED.name)
