"""Services that only have to be told: identities, functions, topics, logs, alarms. Nothing that runs here asks them anything.

What they answer is names: `["Role"]["Arn"]` of what was just made is text that says what it is the name of.
"""

from __future__ import annotations

import io
import secrets
from typing import TYPE_CHECKING, Any

from botocore.response import StreamingBody

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


def _function_arn(name: str) -> str:
    return name if name.startswith("arn:") else f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"


class Functions(Naming):
    """Lambda: functions are named like the rest, and one may invoke another and wait for its answer."""

    def __init__(self, cloud: MemoryCloud) -> None:
        super().__init__(cloud, "lambda")

    def invoke(self, **params: Any) -> dict[str, Any]:
        """What a function answers; its error, where it failed."""
        return dict(self._call("Invoke", params, lambda: self._invoked(**params)))

    def publish_version(self, FunctionName: str) -> dict[str, Any]:
        """The first of a function, for it is made once."""
        return {"FunctionArn": f"{_function_arn(FunctionName)}:1", "Version": "1"}

    def create_alias(self, FunctionName: str, Name: str, **_settings: Any) -> dict[str, Any]:
        """Another name of a version."""
        return {"AliasArn": f"{_function_arn(FunctionName)}:{Name}"}

    def _invoked(self, FunctionName: str, Payload: bytes) -> dict[str, Any]:
        arn = _function_arn(FunctionName)
        answer, failed = self.cloud.hooks.invoke(arn, Payload, wait_for_answer=True)
        told = {"StatusCode": 200, "Payload": StreamingBody(io.BytesIO(answer), len(answer))}
        return told | ({"FunctionError": "Unhandled"} if failed else {})


class Secrets(Service):
    """Secrets Manager: texts by ARN."""

    name = "secretsmanager"

    def do_get_random_password(self, PasswordLength: int = 32, **_rules: Any) -> dict[str, str]:
        return {"RandomPassword": secrets.token_hex(int(PasswordLength))[: int(PasswordLength)]}

    def do_create_secret(self, Name: str, SecretString: str, **_settings: Any) -> dict[str, str]:
        arn = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{Name}-local"
        self.cloud.secrets[arn] = SecretString
        return {"ARN": arn, "Name": Name}

    def do_get_secret_value(self, SecretId: str) -> dict[str, str]:
        if SecretId not in self.cloud.secrets:
            raise self.refuse("ResourceNotFoundException", "Secrets Manager can't find the specified secret.", "GetSecretValue")
        return {"ARN": SecretId, "SecretString": self.cloud.secrets[SecretId]}
