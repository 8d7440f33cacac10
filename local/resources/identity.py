"""Cognito and IAM."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from local.aws import ACCOUNT, REGION, STACK, client
from local.permissions import Grants
from local.resources import makes

if TYPE_CHECKING:
    from local.deployment import Deployment
    from local.properties import Properties


@makes("AWS::IAM::Role")
def role(site: Deployment, name: str, properties: Properties) -> dict[str, Any]:
    iam, physical = client("iam"), f"{STACK}-{name}"
    trust = json.dumps(properties.take("AssumeRolePolicyDocument"))
    arn = iam.create_role(RoleName=physical, AssumeRolePolicyDocument=trust, Tags=properties.take("Tags", []))["Role"]["Arn"]
    policies = properties.take("Policies", [])
    for policy in policies:
        document = {"Version": "2012-10-17"} | policy["PolicyDocument"]
        iam.put_role_policy(RoleName=physical, PolicyName=policy["PolicyName"], PolicyDocument=json.dumps(document))
    # AWS's own policies for logs, traces and queue polling, which moto does not hold: the runner does these three itself.
    properties.take("ManagedPolicyArns", None)
    site.grants[arn] = Grants(name, policies)
    return {"Ref": physical, "Arn": arn}


@makes("AWS::Cognito::UserPool")
def user_pool(site: Deployment, name: str, properties: Properties) -> dict[str, Any]:
    triggers = properties.take("LambdaConfig", {})
    properties.take("UserPoolTier", None)  # a price list, which moto has none of
    made = client("cognito-idp").create_user_pool(PoolName=name, **properties.rest())["UserPool"]
    site.pool_ids[name] = made["Id"]
    site.later(lambda: client("cognito-idp").update_user_pool(UserPoolId=made["Id"], LambdaConfig=triggers))
    return {"Ref": made["Id"], "Arn": f"arn:aws:cognito-idp:{REGION}:{ACCOUNT}:userpool/{made['Id']}"}


@makes("AWS::Cognito::UserPoolDomain")
def user_pool_domain(_site: Deployment, _name: str, properties: Properties) -> dict[str, Any]:
    domain = properties.take("Domain")
    client("cognito-idp").create_user_pool_domain(Domain=domain, UserPoolId=properties.take("UserPoolId"))
    return {"Ref": domain}


@makes("AWS::Cognito::UserPoolResourceServer")
def resource_server(_site: Deployment, _name: str, properties: Properties) -> dict[str, Any]:
    values = properties.rest()
    client("cognito-idp").create_resource_server(**values)
    return {"Ref": values["Identifier"]}


@makes("AWS::Cognito::UserPoolClient")
def user_pool_client(site: Deployment, name: str, properties: Properties) -> dict[str, Any]:
    made = client("cognito-idp").create_user_pool_client(**properties.rest())["UserPoolClient"]
    site.client_ids[name] = made["ClientId"]
    return {"Ref": made["ClientId"], "ClientSecret": made.get("ClientSecret")}


@makes("AWS::SecretsManager::Secret")
def secret(_site: Deployment, name: str, properties: Properties) -> dict[str, Any]:
    generated = properties.take("GenerateSecretString")
    text = client("secretsmanager").get_random_password(**generated)["RandomPassword"]
    arn = client("secretsmanager").create_secret(Name=f"{STACK}-{name}", SecretString=text, **properties.rest())["ARN"]
    return {"Ref": arn}


@makes("AWS::Cognito::UserPoolGroup")
def user_pool_group(_site: Deployment, _name: str, properties: Properties) -> dict[str, Any]:
    values = properties.rest()
    client("cognito-idp").create_group(**values)
    return {"Ref": values["GroupName"]}
