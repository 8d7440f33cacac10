"""Reads a SAM template and turns it into CloudFormation with the translator that AWS itself runs."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml
from samtranslator.open_api import open_api
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import intrinsics_multi_constructor

from local.aws import REGION

try:
    from yaml import CSafeLoader as Fastest  # a seventh of the time
except ImportError:
    from yaml import SafeLoader as Fastest  # type: ignore[assignment]

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

FUNCTION = "AWS::Serverless::Function"
LAYER = "AWS::Serverless::LayerVersion"
MACHINE = "AWS::Serverless::StateMachine"


class UnknownParameter(Exception):
    """A value was given for a parameter that the template does not have."""


@dataclass(frozen=True)
class Template:
    """A transformed template: its CloudFormation, the parameters' values and the folder of each function's code."""

    root: Path
    resources: dict[str, dict[str, Any]]
    conditions: dict[str, Any]
    outputs: dict[str, dict[str, Any]]
    parameters: dict[str, Any]
    code: dict[str, Path]


class _NoManagedPolicies:
    """The translator asks IAM for managed policies by name; no template here names one."""

    def load(self) -> dict[str, str]:
        return {}


class _Loader(Fastest):
    """Reads YAML as the translator does, with the short forms of intrinsic functions."""


_Loader.add_multi_constructor("!", intrinsics_multi_constructor)


def parsed(text: str) -> dict[str, Any]:
    """A template as it is written."""
    source: dict[str, Any] = yaml.load(text, _Loader)  # noqa: S506 - a SafeLoader
    return source


def code_of(path: Path) -> dict[str, Path]:
    """The folder of each function's code, for which nothing has to be transformed."""
    return _detach_code(parsed(path.read_text(encoding="utf-8")), path.parent)


def read(path: Path, given: Mapping[str, Any] | None = None) -> Template:
    """The template at `path`, transformed with its parameters' defaults or the values given."""
    source = parsed(path.read_text(encoding="utf-8"))
    declared = source.get("Parameters", {})
    unknown = set(given or {}) - set(declared)
    if unknown:
        raise UnknownParameter(", ".join(sorted(unknown)))
    parameters = {name: definition.get("Default") for name, definition in declared.items()} | dict(given or {})
    code = _detach_code(source, path.parent)
    texts = {name: str(value) for name, value in parameters.items()} | {"AWS::Region": REGION}  # as CloudFormation passes them
    with _one_document():
        cloudformation = transform(source, texts, _NoManagedPolicies())
    return Template(
        root=path.parent,
        resources=cloudformation["Resources"],
        conditions=cloudformation.get("Conditions", {}),
        outputs=cloudformation.get("Outputs", {}),
        parameters=parameters,
        code=code,
    )


@contextmanager
def _one_document() -> Iterator[None]:
    """Let the translator write all routes of an API into one document: it copies the document for each of them, which takes seconds."""
    copied = open_api._deepcopy
    open_api._deepcopy = lambda document: document
    try:
        yield
    finally:
        open_api._deepcopy = copied


def _detach_code(source: dict[str, Any], root: Path) -> dict[str, Path]:
    """Replaces local folders by the artifact places that the translator expects after packaging; returns the folders."""
    code = {}
    default = source.get("Globals", {}).get("Function", {}).get("CodeUri")
    for name, resource in source["Resources"].items():
        properties = resource.get("Properties", {})
        if resource["Type"] == FUNCTION:
            code[name] = root / properties.get("CodeUri", default)
            properties["CodeUri"] = {"Bucket": "artifacts", "Key": f"{name}.zip"}
        elif resource["Type"] == LAYER:
            properties["ContentUri"] = {"Bucket": "artifacts", "Key": f"{name}.zip"}
        elif resource["Type"] == MACHINE and isinstance(properties.get("DefinitionUri"), str):
            properties["Definition"] = json.loads((root / properties.pop("DefinitionUri")).read_text(encoding="utf-8"))
    return code
