"""Services that only have to be told: identities, functions, topics, logs, alarms. Nothing that runs here asks them anything.

What they answer is names: `["Role"]["Arn"]` of what was just made is text that says what it is the name of.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.aws import ACCOUNT, REGION
from local.memory.service import Service

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.memory.cloud import MemoryCloud

ARNS = ("Arn", "ARN")
TEXTS = ("Id", "Url", "Version", "Secret")


class Names(dict[str, Any]):
    """Whatever is asked for: the ARN or the name of what was made where the key ends like one, else more of the same."""

    def __init__(self, arn: str) -> None:
        super().__init__()
        self._arn = arn

    def __missing__(self, key: str) -> Any:
        if key.endswith(ARNS):
            return self._arn
        return self._arn.rsplit(":", 1)[1] if key.endswith(TEXTS) else self

    def get(self, key: str, default: Any = None) -> Any:
        return self[key]


class Naming(Service):
    """The client of such a service."""

    def __init__(self, cloud: MemoryCloud, service: str) -> None:
        super().__init__(cloud)
        self.name = service

    def __getattr__(self, _method: str) -> Callable[..., Any]:
        return lambda **params: self._named(params)

    def _named(self, params: dict[str, Any]) -> Names:
        named = params.get("FunctionName") or next((str(value) for key, value in params.items() if key.endswith(("Name", "name"))), "one")
        if named.startswith("arn:"):
            return Names(named)
        kind = "" if self.name != "lambda" else "layer:" if "LayerName" in params else "function:"
        return Names(f"arn:aws:{self.name}:{REGION}:{ACCOUNT}:{kind}{named}")
