"""Handlers, template and OpenAPI document tell the same story of the API."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match
from openapi_spec_validator import OpenAPIV31SpecValidator

from local.generate import OPENAPI, TEMPLATE, WORDS, openapi_document, routed_path, routes, template, words
from tests.exercise import Bodies, recorded
from tests.witness import closed

SCOPES = {"usage.write", "disclosures.write", "registry.write", "statements.read", "finance", "admin"}

JSON = "application/json"

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.stack import Stack


def test_what_handlers_declare_is_what_the_template_routes(stack: Stack) -> None:
    api = [route for route in stack.gateway.routes if not route.path.startswith(("/console", "/docs", "/registry"))]
    routed = {(route.function.logical_id, route.method, route.path) for route in api}
    declared = {(logical_id, route.operation.method, routed_path(route.operation.path)) for logical_id, route in routes()}
    assert declared == routed
    assert all(route.authorizer for route in api)


def test_every_route_asks_for_a_scope_that_there_is(stack: Stack) -> None:
    """The functions check scopes themselves, so that who lacks one reads in the answer which."""
    for logical_id, route in routes():
        assert route.operation.scopes, (logical_id, route.name)
        assert set(route.operation.scopes) <= SCOPES, (logical_id, route.name)
    reply = stack.http("POST", "/v1/usage", json={}, party="songfox", scope="finance")
    assert (reply.status, "usage.write" in reply.json()["detail"]) == (403, True)


def test_an_action_behind_a_variable_is_routed_by_its_segment() -> None:
    assert routed_path("/v1/deals/{deal_id}/versions/{number}:accept") == "/v1/deals/{deal_id}/versions/{number}"
    assert routed_path("/v1/works:import") == "/v1/works:import"


def test_what_is_generated_is_current() -> None:
    assert OPENAPI.read_text(encoding="utf-8") == openapi_document(), "run `make generate`"
    assert TEMPLATE.read_text(encoding="utf-8") == template(), "run `make generate`"


def test_the_document_is_openapi() -> None:
    described = json.loads(OPENAPI.read_text(encoding="utf-8"))
    assert [error.message for error in OpenAPIV31SpecValidator(described).iter_errors()] == []
    operations = [operation for path in described["paths"].values() for operation in path.values()]
    assert len({operation["operationId"] for operation in operations}) == len(operations)
    assert all(operation["summary"] and operation["tags"] for operation in operations)
    assert [tag["name"] for tag in described["tags"] if not tag["description"]] == [], "say what the tag is about: overtone/api/openapi.py"


RECIPE = "CONTRIBUTING.md, *Add a route*, has the recipe"


def _operations(described: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in described["paths"].values():
        yield from path.values()


def test_every_operation_describes_its_answers() -> None:
    described = json.loads(OPENAPI.read_text(encoding="utf-8"))
    bare = [
        f"{operation['operationId']} {status}"
        for operation in _operations(described)
        for status, reply in operation["responses"].items()
        if status.startswith("2") and status != "204" and not reply.get("content")
    ]
    assert bare == [], f"give each an `ReplyForm` with a schema or a media type; {RECIPE}"
    assert [o["operationId"] for o in _operations(described) if not any(s[0] in "23" for s in o["responses"])] == []


def test_every_operation_has_an_example_that_is_right() -> None:
    described = json.loads(OPENAPI.read_text(encoding="utf-8"))
    components = closed(described["components"])
    missing, wrong = [], []
    for operation in _operations(described):
        contents = {
            s: reply["content"][JSON] for s, reply in operation["responses"].items() if s[0] == "2" and JSON in reply.get("content", {})
        }
        if contents and not any("example" in content for content in contents.values()):
            missing.append(operation["operationId"])
        for status, content in contents.items():
            check = Draft202012Validator({**content["schema"], "components": components})
            if "example" in content and not check.is_valid(content["example"]):
                wrong.append(f"{operation['operationId']} {status}: {best_match(check.iter_errors(content['example'])).message[:200]}")
    assert missing == [], f"run a test that calls it: EXAMPLES=record python -m pytest -n 0 <test>, then `make generate`; {RECIPE}"
    assert wrong == [], f"record them anew: delete their entries in events/answers.json, then as in CONTRIBUTING.md; {RECIPE}"


def _properties(part: Any, owner: str) -> Iterator[tuple[str, str, Any]]:
    """Every property within: whose it is, its name, and what is said of it."""
    if isinstance(part, list):
        for one in part:
            yield from _properties(one, owner)
    elif isinstance(part, dict):
        properties = part.get("properties")
        for name, said in properties.items() if isinstance(properties, dict) else ():
            yield owner, name, said
        for name, one in part.items():
            if name not in {"example", "examples"}:
                yield from _properties(one, owner)


def _owned() -> list[tuple[str, str, Any]]:
    described = json.loads(OPENAPI.read_text(encoding="utf-8"))
    parts = [*described["components"]["schemas"].items(), *((one["operationId"], one) for one in _operations(described))]
    return [found for owner, part in parts for found in _properties(part, owner)]


def test_every_property_says_what_it_means() -> None:
    found = _owned()
    silent = {f"{owner}.{name}" for owner, name, said in found if isinstance(said, dict) and not said.get("description")}
    assert sorted(silent) == [], f"say in docs/words.md what they mean, with their unit; {RECIPE}"
    used = {text for owner, name, _ in found for text in (name, f"{owner}.{name}")}
    listed = re.findall(r"^\| `([^`]+)` \|", WORDS.read_text(encoding="utf-8"), re.MULTILINE)
    assert [name for name in listed if name not in used] == [], "no property has these names any more: take them out of docs/words.md"
    assert len(listed) == len(set(listed))


def test_every_list_of_a_body_says_what_it_holds() -> None:
    """Whoever read the document alone could send no attribution: its records were a list of anything."""
    open_lists = {f"{owner}.{name}" for owner, name, said in _owned() if isinstance(said, dict) and said.get("items") == {}}
    assert open_lists <= {"ImportedWork.errors", "Rates.rates", "WorksReceipt.errors"}, "answers, each as its file or its sheet has it"


def test_no_property_has_the_words_of_another() -> None:
    """A schema that stood under two names was described once, by the first of them: a `reason` was what proves something."""
    texts = {name: f"{text[0].upper()}{text[1:]}." for name, text in words().items()}
    own = {f"{owner}.{name}": texts.get(f"{owner}.{name}") or texts.get(name) for owner, name, _ in _owned()}
    said_of = {f"{owner}.{name}": said["description"] for owner, name, said in _owned() if isinstance(said, dict)}
    assert {name: said for name, said in said_of.items() if said in texts.values() and said != own[name]} == {}


NEVER_SENT: dict[str, str] = {
    "AgreementAnswer.mfn_group": "a yes to a group is of deals, whose agreement a body holds as it was answered; mandates have none",
}
"""Properties of request bodies that no test of the API sends, each with the reason."""


def test_every_property_of_a_request_body_was_sent_by_a_test_and_taken() -> None:
    """What nobody sends is described by hope alone."""
    documented, sent = Bodies(json.loads(OPENAPI.read_text(encoding="utf-8"))).documented(), recorded()
    assert sorted(documented - sent - NEVER_SENT.keys()) == [], f"send it in a test, and run that with EXAMPLES=record; {RECIPE}"
    assert sorted(sent & NEVER_SENT.keys()) == [], "it is sent by now"
    assert sorted(sent - documented) == [], "no body has it any more: take it out of tests/exercised.json"


def test_what_a_body_holds_is_called_by_the_component_that_describes_it() -> None:
    address = {"type": "object", "properties": {"town": {"type": "string"}}}
    by_kind = {"anyOf": [{"type": "string"}, {"$ref": "#/components/schemas/Address"}]}
    body = {"type": "object", "properties": {"id": {"type": "string"}, "homes": {"type": "array", "items": by_kind}, "note": {}}}
    operation = {"operationId": "put_one", "requestBody": {"content": {JSON: {"schema": body}}}}
    bodies = Bodies({"paths": {"/one": {"put": operation}}, "components": {"schemas": {"Address": address}}})
    assert bodies.documented() == {"put_one.id", "put_one.homes", "put_one.note", "Address.town"}
    assert bodies.sent("put_one", {"homes": ["by the sea", {"town": "Visby"}]}) == {"put_one.homes", "Address.town"}
    assert bodies.sent("put_one", {"homes": ["by the sea"], "other": 1}) == {"put_one.homes"}
    assert bodies.sent("put_other", {"id": "x"}) == set()


VAGUE: tuple[str, ...] = ("unless told", "unless named", "and so on", "etc.", "very many")
"""What says neither how many, nor which, nor what holds where nothing is said."""


def test_what_the_document_says_is_exact() -> None:
    told = OPENAPI.read_text(encoding="utf-8")
    assert [words for words in VAGUE if words in told] == [], "name the values, the limit, or what is taken where a parameter is left out"
