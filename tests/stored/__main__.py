"""Makes the sample of this version: `python -m tests.stored VERSION`."""

from __future__ import annotations

import gzip
import json
import sys

from local.stack import Stack
from tests.conftest import PARAMETERS, ROOT
from tests.stored import FOLDER, settled_next, story, taken

if __name__ == "__main__":
    stack = Stack.deploy(ROOT / "template.yaml", PARAMETERS)
    story(stack)
    sample = taken(stack)
    text = json.dumps(sample | {"next": settled_next(stack)}, sort_keys=True)
    (FOLDER / f"stack-{sys.argv[1]}.json.gz").write_bytes(gzip.compress(text.encode(), 9, mtime=0))
