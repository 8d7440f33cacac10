"""Who may do what by the template: roles, routes, scopes, the console."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import pytest

from tests.infra.resources import of_type, routes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.template import Template


SCOPES = {"usage.write", "disclosures.write", "registry.write", "statements.read", "finance", "admin"}

# Actions for which AWS knows no resource.
WITHOUT_RESOURCE = {
    "cloudwatch:GetMetricData",
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
}


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def statements(template: Template) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, role in of_type(template, "AWS::IAM::Role").items():
        for policy in role["Properties"].get("Policies", []):
            for statement in policy["PolicyDocument"]["Statement"]:
                yield name, statement


def test_permissions_have_no_wildcards(template: Template) -> None:
    for role, statement in statements(template):
        actions = set(listed(statement["Action"]))
        assert not [action for action in actions if "*" in action], role
        if "*" in listed(statement["Resource"]):
            assert actions <= WITHOUT_RESOURCE, role


def test_nobody_scans(template: Template) -> None:
    for role, statement in statements(template):
        assert "dynamodb:Scan" not in listed(statement["Action"]), role


def test_whoever_reads_what_others_left_may_list_it_and_so_tells_missing_from_denied(template: Template) -> None:
    """S3 says 403 of what is missing to all others, and a denial is not nothing. Links need no answer; clearances are written again."""
    harmless = {f"${{SettlementBucket.Arn}}/{room}/*" for room in ("clearances", "permissions")}
    reading: dict[str, set[str]] = {}
    listing: dict[str, set[str]] = {}
    for role, statement in statements(template):
        for action, found in (("s3:GetObject", reading), ("s3:ListBucket", listing)):
            if action in listed(statement["Action"]):
                resources = [one for one in listed(statement["Resource"]) if one.get("Fn::Sub") not in harmless]
                found.setdefault(role, set()).update(
                    next((name for name in ("Settlement", "Facts") if f"{name}Bucket" in json.dumps(one)), "Drop") for one in resources
                )
    assert {role: buckets for role, buckets in reading.items() if buckets} == listing
    assert listing == {
        "SettlementRole": {"Settlement", "Facts"},
        "FinanceApiRole": {"Settlement", "Facts"},
        "DisclosureApiRole": {"Facts"},
        "UsageApiRole": {"Facts"},
        "AccrueRole": {"Facts"},
        "ReconcileRole": {"Settlement", "Facts"},
        "UsageDropRole": {"Drop", "Facts"},
        "WorksDropRole": {"Drop"},
    }
    for role, statement in statements(template):
        if "s3:ListBucket" in listed(statement["Action"]):
            assert "Condition" not in statement, f"{role}: with a condition S3 says 403 again"


def test_only_settlement_writes_settlement_files(template: Template) -> None:
    writing = [
        (role, json.dumps(statement))
        for role, statement in statements(template)
        if "s3:PutObject" in listed(statement["Action"])
        and "SettlementBucket" in json.dumps(statement)
        and statement["Resource"] not in ({"Fn::Sub": f"${{SettlementBucket.Arn}}/{room}/*"} for room in ("clearances", "permissions"))
    ]
    assert {role for role, text in writing if "archives/*" not in text} == {"SettlementRole"}
    assert {role for role, text in writing if "archives/*" in text} == {"FinanceApiRole"}


LASTING = (
    "2026-10/manifest.json",
    "2026-10/lines.csv",
    "2026-10/state/books.json",
    "archives/2026-10.zip",
    "books/2026-10/0001/2026-10-001.ndjson.gz",
    "clearances/fox/c-1/0-00001.ndjson.gz",
    "permissions/2026-10-01/manifest.json",
    "work/2026-10/001/plan.json",
)


def test_what_every_try_of_a_settlement_writes_nobody_removes(template: Template) -> None:
    """Documents of parties, and files for banks: only those can one try write and another not."""
    removable = [
        (role, place["Fn::Sub"])
        for role, statement in statements(template)
        if "s3:DeleteObject" in listed(statement["Action"]) and "SettlementBucket" in json.dumps(statement)
        for place in statement["Resource"]
    ]
    assert {role for role, _ in removable} == {"SettlementRole"}
    patterns = [pattern.removeprefix("${SettlementBucket.Arn}/") for _, pattern in removable]
    assert not [key for key in LASTING if any(fnmatchcase(key, pattern) for pattern in patterns)]


def test_only_workers_write_and_replace_accruals(template: Template) -> None:
    written = {
        (role, action, statement["Resource"]["Fn::Sub"])
        for role, statement in statements(template)
        if "FactsBucket.Arn}/accruals/" in json.dumps(statement)
        for action in listed(statement["Action"])
        if action != "s3:GetObject"
    }
    assert written == {("AccrueRole", action, "${FactsBucket.Arn}/accruals/*") for action in ("s3:PutObject", "s3:DeleteObject")}


def test_only_accrual_and_settlement_write_the_ledger_in_bulk(template: Template) -> None:
    writers = {
        role
        for role, statement in statements(template)
        if "dynamodb:BatchWriteItem" in listed(statement["Action"])
        and "LedgerTable" in json.dumps(statement["Resource"])
        and "EVENTS#*" not in json.dumps(statement.get("Condition", {}))
    }
    assert writers == {"AccrueRole", "SettlementRole"}


def test_every_route_asks_the_authorizer_which_is_asked_again_within_five_minutes(template: Template) -> None:
    (api,) = of_type(template, "AWS::ApiGatewayV2::Api").values()
    (scheme,) = api["Properties"]["Body"]["components"]["securitySchemes"].values()
    authorizer = scheme["x-amazon-apigateway-authorizer"]
    assert authorizer["type"] == "request"
    assert 0 < authorizer["authorizerResultTtlInSeconds"] <= 300
    seen = {path: operation["security"] for _, path, operation in routes(template)}
    assert seen.keys() > {"/console", "/console/{page+}", "/docs", "/registry"}
    for path, requirement in seen.items():
        assert requirement == [{"NONE" if path.startswith(("/console", "/docs", "/registry")) else "Tokens": []}], path


def test_without_an_account_nothing_is_read_but_exports_of_permissions(template: Template) -> None:
    """And those only where the operator has said so."""
    assert template.parameters["OpenRegistry"] == "off"
    granted = [statement for role, statement in statements(template) if role == "OpenRegistryPagesRole"]
    assert {action for statement in granted for action in listed(statement["Action"])} == {
        "dynamodb:GetItem",
        "dynamodb:Query",
        "s3:GetObject",
    }
    for statement in granted:
        of_table = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["PERMISSIONS"]}}
        assert statement.get("Condition") == of_table or statement["Resource"] == {"Fn::Sub": "${SettlementBucket.Arn}/permissions/*"}


def test_the_console_reads_and_writes_nothing_but_by_the_apis(template: Template) -> None:
    """So what a page shows or does is what the API allows the person who looks, and no table or bucket is a second way to it."""
    granted = [statement for role, statement in statements(template) if role == "ConsoleRole"]
    assert {action for statement in granted for action in listed(statement["Action"])} == {
        "lambda:InvokeFunction",
        "secretsmanager:GetSecretValue",
    }
    invoked = [statement["Resource"] for statement in granted if statement["Action"] == "lambda:InvokeFunction"]
    assert invoked == [[{"Ref": f"{name}Aliaslive"} for name in ("UsageApi", "DisclosureApi", "RegistryApi", "FinanceApi")]]


def test_the_resource_server_knows_the_scopes(template: Template) -> None:
    (server,) = of_type(template, "AWS::Cognito::UserPoolResourceServer").values()
    assert server["Properties"]["Identifier"] == "overtone"
    assert {scope["ScopeName"] for scope in server["Properties"]["Scopes"]} == SCOPES
    client = of_type(template, "AWS::Cognito::UserPoolClient")["MachineClient"]
    assert set(client["Properties"]["AllowedOAuthScopes"]) == {f"overtone/{scope}" for scope in SCOPES}


def test_people_get_their_scopes_by_group_and_by_nothing_else(template: Template) -> None:
    (pool,) = of_type(template, "AWS::Cognito::UserPool").values()
    trigger = pool["Properties"]["LambdaConfig"]["PreTokenGenerationConfig"]
    assert trigger == {"LambdaArn": {"Ref": "TokenClaimsAliaslive"}, "LambdaVersion": "V2_0"}
    assert pool["Properties"]["UserPoolTier"] == "ESSENTIALS"
    groups = {group["Properties"]["GroupName"] for group in of_type(template, "AWS::Cognito::UserPoolGroup").values()}
    assert groups == SCOPES
    people = of_type(template, "AWS::Cognito::UserPoolClient")["PeopleClient"]["Properties"]
    assert (people["AllowedOAuthFlows"], people["AllowedOAuthScopes"], people["GenerateSecret"]) == (["code"], ["openid"], False)
    assert "custom:party_id" not in people["WriteAttributes"]


@pytest.mark.parametrize("path", ["/v1/usage", "/v1/attributions", "/v1/settlements", "/v1/statements/{settlement_id}"])
def test_the_contract_is_routed(template: Template, path: str) -> None:
    assert path in {known for _, known, _ in routes(template)}
