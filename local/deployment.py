"""Creates every resource of a template, each once, in the order in which they refer to each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.gateway import Gateway
from local.intrinsics import Resolver
from local.properties import Properties, UnknownResource
from local.resources import MAKERS, compute, identity, messaging, stores, watching, web

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.cloud import Cloud
    from local.engine import Engine
    from local.functions import Runtime
    from local.permissions import Grants
    from local.template import Template

MODULES = (compute, identity, messaging, stores, watching, web)  # importing them registers their makers

NO_LOCAL_MEANING = {
    "AWS::Lambda::Permission": "says which service may invoke a function; locally the runner invokes them all, and tests/infra reads these",
}


class CircularReference(Exception):
    """Two resources need each other first; CloudFormation would refuse the template as well."""


class Deployment:
    """A template made real. Holds what the stack needs to route events."""

    def __init__(self, template: Template, runtime: Runtime, engine: Engine, cloud: Cloud) -> None:
        self.template = template
        self.cloud = cloud
        self.runtime = runtime
        self.engine = engine
        self.gateway = Gateway(runtime)
        self.grants: dict[str, Grants] = {}
        self.pool_ids: dict[str, str] = {}
        self.client_ids: dict[str, str] = {}
        self.alarms: dict[str, dict[str, Any]] = {}
        self.made: dict[str, dict[str, Any]] = {}
        self._making: list[str] = []
        self._later: list[Callable[[], Any]] = []
        self._resolver = Resolver(template.parameters, template.conditions, self.attributes)
        for name, resource in template.resources.items():
            if self._resolver.holds(resource.get("Condition")):
                self.attributes(name)
        for finish in self._later:
            finish()
        outputs = {name: output for name, output in template.outputs.items() if self._resolver.holds(output.get("Condition"))}
        self.outputs = {name: self._resolver.value(output["Value"]) for name, output in outputs.items()}

    def later(self, action: Callable[[], Any]) -> None:
        """Runs when everything exists: for what refers back, as a bucket's notifications do."""
        self._later.append(action)

    def attributes(self, name: str) -> dict[str, Any]:
        """What `Ref` and `Fn::GetAtt` answer for a resource, which is created now if it was not."""
        if name not in self.made:
            if name in self._making:
                raise CircularReference(" -> ".join([*self._making, name]))
            self._making.append(name)
            self.made[name] = self._make(name)
            self._making.remove(name)
        return self.made[name]

    def _make(self, name: str) -> dict[str, Any]:
        resource = self.template.resources[name]
        kind = resource["Type"]
        needed = resource.get("DependsOn", [])
        for other in [needed] if isinstance(needed, str) else needed:
            self.attributes(other)
        if kind in NO_LOCAL_MEANING:
            return {"Ref": name}
        if kind not in MAKERS:
            raise UnknownResource(f"{name}: {kind}")
        properties = Properties(f"{name} ({kind})", self._resolver.value(resource.get("Properties", {})))
        made = MAKERS[kind](self, name, properties)
        properties.done()
        return made
