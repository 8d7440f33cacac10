"""`make fuzz SEED=1 EXAMPLES=25`: a furnished stack on a local port, and schemathesis (in an environment of its own) as its caller."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Final

from local.generate import OPENAPI
from local.serve import server
from local.stack import Stack
from tests.integration import test_tenancy

ROOT: Final = Path(__file__).parent.parent.parent
CHECKS: Final = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
)
EVERY_SCOPE: Final = "admin finance usage.write registry.write statements.read disclosures.write"
TOOL: Final = Path(os.environ.get("SCHEMATHESIS", ROOT / ".venv" / "proof" / "bin" / "schemathesis"))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--examples", type=int, default=25, help="requests of each operation and phase")
    parser.add_argument("--only", default="", help="a regular expression of paths")
    options = parser.parse_args()
    stack = Stack.deploy(ROOT / "template.yaml", {"LedgerBuckets": 1, "LogLevel": "CRITICAL"}, engine="memory")
    try:
        test_tenancy.furnish(stack)
        return fuzzed(stack, options)
    finally:
        stack.close()


def fuzzed(stack: Stack, options: argparse.Namespace) -> int:
    """What schemathesis ends with; 1, too, where a handler crashed without its caller being told."""
    http = server(stack, 0)
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        told = os.environ | {"SCHEMATHESIS_HOOKS": "tests.fuzz.hooks", "PYTHONPATH": str(ROOT)}
        url = f"http://127.0.0.1:{http.server_address[1]}"
        with tempfile.NamedTemporaryFile("w", suffix=".toml") as config:
            config.write(known_ids())
            config.flush()
            calls = [called(url, stack, options), called(url, stack, options, config.name)]
            codes = [subprocess.run(call, check=False, env=told).returncode for call in calls]  # noqa: S603
    finally:
        http.shutdown()
        http.server_close()
        thread.join()
    crashed = [f"{function}: {error!r}"[:300] for function, error in stack.errors]
    print(*sorted(set(crashed)), f"{len(crashed)} handlers crashed", sep="\n")
    return max(*codes, min(1, len(crashed)))


def known_ids() -> str:
    """The ids of what there is, as schemathesis takes them for paths: those that it draws lead to refusals alone."""
    return "[parameters]\n" + "".join(f'"path.{name}" = {json.dumps(value)}\n' for name, value in test_tenancy.IDS.items())


def called(url: str, stack: Stack, options: argparse.Namespace, ids: str = "") -> list[str]:
    """The call of schemathesis: with whatever it draws, or valid requests of what there is, by a file of `ids`."""
    drawn = [
        "--seed",
        str(options.seed),
        "--max-examples",
        str(options.examples),
        "--generation-deterministic",
        "--phases",
        "examples,fuzzing",
    ]
    only = ["--include-path-regex", options.only] if options.only else []
    token = stack.token("fox", EVERY_SCOPE)
    told = [
        "--checks",
        ",".join(CHECKS),
        "--continue-on-failure",
        "--header",
        f"Authorization: Bearer {token}",
        "--output-sanitize",
        "true",
    ]
    valid = ["--mode", "positive"] if ids else []
    return [
        str(TOOL),
        *(["--config-file", ids] if ids else []),
        "run",
        str(OPENAPI),
        "--url",
        url,
        *drawn,
        *told,
        *only,
        *valid,
        "--no-color",
    ]


if __name__ == "__main__":
    sys.exit(main())
