"""The HTTP API. moto keeps it; the runner's gateway serves it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from local.aws import REGION, client
from local.gateway import Authorizer, Route, route_pattern
from local.properties import Properties
from local.resources import makes

if TYPE_CHECKING:
    from local.deployment import Deployment

AUDIENCES_MAX = 50  # of a JWT authorizer; AWS raises it for nobody
INTEGRATION = re.compile(r"/functions/(.+)/invocations\Z")


class TooManyAudiences(Exception):
    """AWS would refuse the API."""


@makes("AWS::ApiGatewayV2::Api")
def http_api(site: Deployment, name: str, properties: Properties) -> dict[str, Any]:
    document = properties.take("Body")
    made = client("apigatewayv2").create_api(Name=name, ProtocolType="HTTP", Description=document["info"].get("description", ""))
    authorizers = {
        label: _authorizer(site, label, scheme) for label, scheme in document.get("components", {}).get("securitySchemes", {}).items()
    }
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            site.gateway.routes.append(_route(site, authorizers, path, method.upper(), operation))
    return {"Ref": made["ApiId"], "ApiEndpoint": f"https://{made['ApiId']}.execute-api.{REGION}.amazonaws.com"}


def _authorizer(site: Deployment, label: str, scheme: dict[str, Any]) -> Authorizer:
    properties = Properties(f"authorizer {label}", scheme["x-amazon-apigateway-authorizer"])
    target = INTEGRATION.search(properties.take("authorizerUri"))
    known = {"type": "request", "identitySource": ["$request.header.Authorization"], "authorizerPayloadFormatVersion": "2.0"}
    if (
        target is None
        or any(properties.take(name) != value for name, value in known.items())
        or not properties.take("enableSimpleResponses")
    ):
        raise NotImplementedError(label)
    seconds = int(properties.take("authorizerResultTtlInSeconds"))
    properties.done()
    return Authorizer(site.runtime, site.runtime.of_arn(target[1]), seconds, site.engine.epoch)


def accepted_audiences(label: str, audiences: list[str]) -> list[str]:
    """The audiences of a JWT authorizer; raises beyond what AWS takes."""
    if len(audiences) > AUDIENCES_MAX:
        raise TooManyAudiences(label)
    return audiences


def _route(site: Deployment, authorizers: dict[str, Authorizer], path: str, method: str, operation: dict[str, Any]) -> Route:
    integration = operation["x-amazon-apigateway-integration"]
    target = INTEGRATION.search(integration["uri"])
    if target is None or integration["type"] != "aws_proxy" or integration["payloadFormatVersion"] != "2.0":
        raise NotImplementedError(f"{method} {path}")
    (label,) = operation["security"][0] if operation.get("security") else ("NONE",)
    return Route(method, path, route_pattern(path), site.runtime.of_arn(target[1]), None if label == "NONE" else authorizers[label])


@makes("AWS::ApiGatewayV2::Stage")
def stage(_site: Deployment, name: str, properties: Properties) -> dict[str, Any]:
    client("apigatewayv2").create_stage(**properties.rest())
    return {"Ref": name}
