"""Holds every answer of the local API against the OpenAPI document, and keeps examples of them.

An answer that the document does not describe fails the test that asked for it: a property that is not named, a value of another form, a
status or a content type that the route does not declare. `EXAMPLES=record` also writes the first answer of each kind into
`events/answers.json`.
"""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from local.generate import ANSWERS, OPENAPI
from tests import exercise

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.gateway import Request, Response

RECORDING = os.environ.get("EXAMPLES") == "record"
ITEMS_KEPT = 2
"""Of each list in an example."""
_PROBLEM = "application/problem+json"
_VARIABLE = re.compile(r"\\\{\w+\\\}")


class Undocumented(AssertionError):
    """The service answers what its document does not say."""


class Operation:
    """One operation of the document, with a check for each answer that it declares."""

    def __init__(self, method: str, path: str, said: dict[str, Any], components: dict[str, Any]) -> None:
        self.method, self.path, self.said, self._components = method, path, said, components
        self.pattern = re.compile(_VARIABLE.sub(r"[^/]+", re.escape(path)) + r"\Z")
        self._checks: dict[tuple[str, str], Draft202012Validator] = {}

    @property
    def rank(self) -> tuple[int, int]:
        """The most specific path wins."""
        return (self.path.count("{"), -len(self.path))

    def check(self, response: Response) -> None:
        """Raise `Undocumented` unless the document says that this may be answered."""
        status, media_type = str(response.status), response.headers.get("content-type", "").partition(";")[0]
        reply = self.said["responses"].get(status)
        if reply is None:
            raise Undocumented(f"{self.name} answers {status}, which its route does not declare: add it to `replies`")
        if "$ref" in reply:
            reply = self._components["responses"][reply["$ref"].rpartition("/")[2]]
        content = reply.get("content", {})
        if not content or not response.body:
            return
        if media_type not in content:
            raise Undocumented(f"{self.name} answers {status} as {media_type}; its route declares {', '.join(content)}")
        if media_type.endswith("json"):
            self._check_json(status, media_type, content[media_type]["schema"], json.loads(response.body))

    def check_taken(self, request: Request) -> None:
        """Raise `Undocumented` where a body was taken that the document does not allow."""
        content = self.said.get("requestBody", {}).get("content", {})
        headers = {name.lower(): value for name, value in request.headers}
        media_type = headers.get("content-type", "").partition(";")[0]
        plain = (
            media_type in content
            and media_type in {"application/json", "application/merge-patch+json"}
            and "content-encoding" not in headers
            and request.body
        )
        if not plain or "idempotency-key" in headers:  # which stands for the id of a body that has none
            return
        key = ("taken", media_type)
        if key not in self._checks:
            self._checks[key] = Draft202012Validator({**content[media_type]["schema"], "components": self._components})
        sent, check = json.loads(request.body), self._checks[key]
        if not check.is_valid(sent):
            fault = best_match(check.iter_errors(sent))
            assert fault is not None
            place = "/".join(str(step) for step in fault.absolute_path)
            raise Undocumented(f"{self.name} took a body that its document does not allow: at {place or 'the top'}: {fault.message[:500]}")

    def _check_json(self, status: str, media_type: str, schema: dict[str, Any], answer: Any) -> None:
        key = (status, media_type)
        if key not in self._checks:
            self._checks[key] = Draft202012Validator({**schema, "components": self._components})
        check = self._checks[key]
        if not check.is_valid(answer):
            fault = best_match(check.iter_errors(answer))
            assert fault is not None
            place = "/".join(str(step) for step in fault.absolute_path)
            raise Undocumented(
                f"{self.name} {status}: at {place or 'the top'}: {fault.message[:500]}\nDescribe it in the answer's type "
                "(overtone/api/answers), say what new properties mean in docs/words.md, and run `make generate`."
            )

    @property
    def name(self) -> str:
        """As the document and the route's function call it."""
        return str(self.said["operationId"])


class Witness:
    """Sees every answer of the API."""

    def __init__(self, document: dict[str, Any]) -> None:
        strict = closed(document)
        operations = [Operation(method.upper(), path, said, strict["components"]) for path, method, said in _operations(strict)]
        self._operations = sorted(operations, key=lambda operation: operation.rank)
        plain = document["components"]
        asked = [Operation(method.upper(), path, said, plain) for path, method, said in _operations(document)]
        self._asked = {operation.name: operation for operation in asked}
        self._bodies, self.sent = exercise.Bodies(document), set[str]()
        self.seen: dict[str, dict[str, Any]] = {}

    @classmethod
    def of_the_document(cls) -> Witness:
        """With the document as it is committed."""
        return cls(json.loads(OPENAPI.read_text(encoding="utf-8")))

    def __call__(self, request: Request, response: Response) -> None:
        operation = self.operation(request.method, request.path)
        from_gateway = response.status >= 400 and response.headers.get("content-type") != _PROBLEM
        if operation is None or from_gateway:
            return
        operation.check(response)
        if response.status < 300 and not _is_in_part(response):
            self._asked[operation.name].check_taken(request)
            if RECORDING and request.body and ("content-type", exercise.JSON) in request.headers:
                self.sent |= self._bodies.sent(operation.name, json.loads(request.body))
        if RECORDING and response.status < 300 and response.headers.get("content-type") == "application/json" and response.body:
            self.seen.setdefault(operation.name, {}).setdefault(str(response.status), shortened(json.loads(response.body)))

    def operation(self, method: str, path: str) -> Operation | None:
        """The operation of a request."""
        return next((one for one in self._operations if one.method == method and one.pattern.match(path)), None)

    def record(self) -> None:
        """Add what was seen of operations without an example."""
        if self.sent:
            exercise.record(self.sent)
        if RECORDING and self.seen:
            kept = json.loads(ANSWERS.read_text(encoding="utf-8"))
            for name, answers in self.seen.items():
                kept[name] = answers | kept.get(name, {})
            ANSWERS.write_text(json.dumps(kept, indent=1, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8")


def _is_in_part(response: Response) -> bool:
    """Whether an answer names records that it did not take: they are what the document does not allow."""
    if response.headers.get("content-type") != "application/json" or not response.body:
        return False
    answer = json.loads(response.body)
    return isinstance(answer, dict) and bool(answer.get("rejected"))


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, said in document["paths"].items():
        for method, operation in said.items():
            yield path, method, operation


def closed(schema: Any) -> Any:
    """The same with every object closed that does not say otherwise: what is not described is not answered."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: part if name in {"example", "examples"} else closed(part) for name, part in schema.items()}
    if isinstance(schema.get("properties"), dict) and schema.get("type") == "object":
        made.setdefault("additionalProperties", False)
    return made


def shortened(answer: Any) -> Any:
    """An answer with the first of each list."""
    if isinstance(answer, list):
        return [shortened(item) for item in answer[:ITEMS_KEPT]]
    if isinstance(answer, dict):
        return {name: shortened(value) for name, value in answer.items()}
    return answer
