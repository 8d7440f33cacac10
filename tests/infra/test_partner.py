"""A partner's role reaches its own files and nothing else of the drop bucket."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

import pytest
from samtranslator.yaml_helper import yaml_parse

from local.aws import ACCOUNT
from local.intrinsics import Resolver
from tests.infra.conftest import ROOT

BUCKET = "overtone-drop-1"
PARAMETERS = {
    "PartyId": "fox",
    "PartnerPrincipal": f"arn:aws:iam::{ACCOUNT}:root",
    "ExternalId": "0123456789abcdef",
    "DropBucketName": BUCKET,
}


@pytest.fixture(scope="module")
def role() -> dict[str, Any]:
    source = yaml_parse((ROOT / "partner.yaml").read_text(encoding="utf-8"))
    properties: dict[str, Any] = Resolver(PARAMETERS, {}, lambda _name: {}).value(source["Resources"]["DropRole"]["Properties"])
    return properties


def allowed(role: dict[str, Any], action: str, resource: str, prefix: str = "") -> bool:
    """Whether a statement of the role covers the call, as IAM decides."""
    for policy in role["Policies"]:
        for statement in policy["PolicyDocument"]["Statement"]:
            actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
            resources = statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
            prefixes = statement.get("Condition", {}).get("StringLike", {}).get("s3:prefix", ["*"])
            if (
                action in actions
                and any(fnmatchcase(resource, pattern) for pattern in resources)
                and any(fnmatchcase(prefix, pattern) for pattern in prefixes)
            ):
                return True
    return False


@pytest.mark.parametrize(
    ("action", "key", "may"),
    [
        ("s3:PutObject", "usage/fox/october.csv", True),
        ("s3:PutObject", "training/fox/run.ndjson", True),
        ("s3:PutObject", "works/fox/catalogue.cwr", True),
        ("s3:GetObject", "receipts/fox/october.csv.json", True),
        ("s3:GetObject", "reconciliation/fox/2026-10-01.json", True),
        ("s3:PutObject", "usage/hare/october.csv", False),
        ("s3:PutObject", "usage/fox2/october.csv", False),
        ("s3:PutObject", "usage/../hare/october.csv", False),
        ("s3:PutObject", "receipts/fox/october.csv.json", False),
        ("s3:GetObject", "usage/fox/october.csv", False),
        ("s3:GetObject", "receipts/hare/october.csv.json", False),
        ("s3:GetObject", "reconciliation/hare/2026-10-01.json", False),
        ("s3:DeleteObject", "usage/fox/october.csv", False),
    ],
)
def test_a_partner_reaches_its_own_and_no_more(role: dict[str, Any], action: str, key: str, *, may: bool) -> None:
    assert allowed(role, action, f"arn:aws:s3:::{BUCKET}/{key}") is may


def test_it_lists_its_own_receipts_alone(role: dict[str, Any]) -> None:
    bucket = f"arn:aws:s3:::{BUCKET}"
    assert allowed(role, "s3:ListBucket", bucket, "receipts/fox/october")
    assert not allowed(role, "s3:ListBucket", bucket, "receipts/")
    assert not allowed(role, "s3:ListBucket", bucket, "receipts/hare/october")
    assert not allowed(role, "s3:ListBucket", bucket, "")


def test_only_who_says_the_external_id_takes_it_on(role: dict[str, Any]) -> None:
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Condition"] == {"StringEquals": {"sts:ExternalId": PARAMETERS["ExternalId"]}}
    assert statement["Principal"] == {"AWS": PARAMETERS["PartnerPrincipal"]}
