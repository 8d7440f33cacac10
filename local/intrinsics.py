"""CloudFormation's intrinsic functions and conditions, resolved against resources that may not exist yet."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from local.aws import PSEUDO_PARAMETERS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SUBSTITUTION = re.compile(r"\$\{(!?)([\w.:]+)\}")
NOTHING = object()


class UnknownIntrinsic(Exception):
    """The template uses something that the local stand-in would otherwise have to guess."""


class Resolver:
    """Turns a template's values into plain ones.

    `attributes(logical_id)` returns what a resource answers to `Ref` (under the key "Ref") and `Fn::GetAtt`,
    creating the resource first if need be.
    """

    def __init__(
        self, parameters: Mapping[str, Any], conditions: Mapping[str, Any], attributes: Callable[[str], Mapping[str, Any]]
    ) -> None:
        self.parameters = parameters
        self.conditions = conditions
        self.attributes = attributes

    def value(self, node: Any) -> Any:
        """The node with every intrinsic replaced and `AWS::NoValue` left out."""
        resolved = self._resolve(node)
        return None if resolved is NOTHING else resolved

    def holds(self, name: str | None) -> bool:
        """Whether a named condition is true; no name is always true."""
        return name is None or self._truth(self.conditions[name])

    def _resolve(self, node: Any) -> Any:
        if isinstance(node, list):
            return [item for item in map(self._resolve, node) if item is not NOTHING]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            ((name, argument),) = node.items()
            if name == "Ref" or name.startswith("Fn::"):
                return self._intrinsic(name, argument)
        return {key: item for key, item in ((key, self._resolve(item)) for key, item in node.items()) if item is not NOTHING}

    def _intrinsic(self, name: str, argument: Any) -> Any:
        makers: dict[str, Callable[[Any], Any]] = {
            "Ref": self._ref,
            "Fn::GetAtt": self._attribute,
            "Fn::Sub": self._sub,
            "Fn::Join": lambda a: str(a[0]).join(map(str, self._resolve(a[1]))),
            "Fn::Split": lambda a: self._resolve(a[1]).split(a[0]),
            "Fn::Select": lambda a: self._resolve(a[1])[int(a[0])],
            "Fn::If": lambda a: self._resolve(a[1] if self.holds(a[0]) else a[2]),
        }
        if name not in makers:
            raise UnknownIntrinsic(name)
        return makers[name](argument)

    def _ref(self, name: str) -> Any:
        if name in PSEUDO_PARAMETERS:
            value = PSEUDO_PARAMETERS[name]
            return NOTHING if value is None else value
        if name in self.parameters:
            return self.parameters[name]
        return self.attributes(name)["Ref"]

    def _attribute(self, argument: str | list[str]) -> Any:
        logical_id, attribute = argument.split(".", 1) if isinstance(argument, str) else argument
        known = self.attributes(logical_id)
        if attribute not in known:
            raise UnknownIntrinsic(f"{logical_id}.{attribute}")
        return known[attribute]

    def _sub(self, argument: str | list[Any]) -> str:
        text, extra = (argument, {}) if isinstance(argument, str) else argument

        def replace(match: re.Match[str]) -> str:
            literal, name = match.groups()
            if literal:
                return f"${{{name}}}"
            if name in extra:
                return str(self._resolve(extra[name]))
            return str(self._attribute(name) if "." in name else self._ref(name))

        return SUBSTITUTION.sub(replace, text)

    def _truth(self, condition: Mapping[str, Any]) -> bool:
        ((name, argument),) = condition.items()
        if name == "Fn::Equals":
            left, right = (str(self._resolve(item)) for item in argument)
            return left == right
        if name == "Fn::Not":
            return not self._truth(argument[0])
        if name == "Fn::And":
            return all(map(self._truth, argument))
        if name == "Fn::Or":
            return any(map(self._truth, argument))
        if name == "Condition":
            return self.holds(argument)
        raise UnknownIntrinsic(name)
