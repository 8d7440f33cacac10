"""No stack of the template asks for more than AWS takes, whatever it is called and however its parameters are set."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import botocore.session
import pytest

from local.quotas import NAMES, PARTNER, PSEUDO, QUOTAS, Quota, Site, nearest
from tests.infra.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def main() -> Site:
    return Site(ROOT / "template.yaml")


def over(site: Site, of: tuple[Quota, ...]) -> dict[str, str]:
    return {use.quota.what: f"{use.where} {use.figure:,} of {use.quota.most:,}" for use in nearest(site, of) if use.percent > 100}


def test_no_quota_is_exceeded_by_a_stack_of_the_longest_name_with_the_longest_parameters(main: Site) -> None:
    assert over(main, QUOTAS) == {}


def test_nor_by_a_partner_s() -> None:
    assert over(Site(ROOT / "partner.yaml"), PARTNER) == {}


def changed(tmp_path: Path, pattern: str, by: str) -> Site:
    """The template with a change of its text."""
    text, found = re.subn(pattern, by, (ROOT / "template.yaml").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert found
    (tmp_path / "functions/settlement").mkdir(parents=True)
    machine = "functions/settlement/machine.asl.json"
    (tmp_path / machine).write_bytes((ROOT / machine).read_bytes())
    (tmp_path / "template.yaml").write_text(text, encoding="utf-8")
    return Site(tmp_path / "template.yaml")


@pytest.mark.parametrize(
    ("pattern", "by", "what"),
    [
        ("OmitName: true", "Name: !Sub '${AWS::StackName}-x'", "characters of a name (Scheduler::Schedule)"),
        ("    MaxLength: 1024\n", "", "bytes of a function's environment"),
        ("    MaxLength: 1024\n", "    MaxLength: 1300\n", "bytes of a function's environment"),
        ("overtone-drop,", "the-bucket-of-files-that-are-dropped,", "characters of a name (S3::Bucket)"),
        ("Layers: \\[!Ref Pdf\\]", "Layers: [!Ref Pdf, 'a:1', 'b:1', 'c:1']", "layers of a function"),
    ],
)
def test_what_would_be_over_is_told(tmp_path: Path, pattern: str, by: str, what: str) -> None:
    assert what in over(changed(tmp_path, pattern, by), QUOTAS)


@pytest.mark.parametrize(
    ("kind", "service", "operation", "member"),
    [
        ("AWS::CloudWatch::Alarm", "cloudwatch", "PutMetricAlarm", "AlarmName"),
        ("AWS::Cognito::UserPoolClient", "cognito-idp", "CreateUserPoolClient", "ClientName"),
        ("AWS::Cognito::UserPoolDomain", "cognito-idp", "CreateUserPoolDomain", "Domain"),
        ("AWS::Cognito::UserPoolGroup", "cognito-idp", "CreateGroup", "GroupName"),
        ("AWS::IAM::Role", "iam", "CreateRole", "RoleName"),
        ("AWS::Lambda::LayerVersion", "lambda", "PublishLayerVersion", "LayerName"),
        ("AWS::Logs::LogGroup", "logs", "CreateLogGroup", "logGroupName"),
        ("AWS::Scheduler::Schedule", "scheduler", "CreateSchedule", "Name"),
        ("AWS::SecretsManager::Secret", "secretsmanager", "CreateSecret", "Name"),
        ("AWS::StepFunctions::StateMachine", "stepfunctions", "CreateStateMachine", "name"),
    ],
)
def test_names_are_as_long_as_each_service_says(kind: str, service: str, operation: str, member: str) -> None:
    """The SDK has it of these; of the others it stands in their documents alone."""
    model = botocore.session.get_session().get_service_model(service).operation_model(operation)
    assert model.input_shape is not None
    assert model.input_shape.members[member].metadata["max"] == NAMES[kind][1]


def test_what_is_made_once_per_account_bears_what_only_this_stack_has(main: Site) -> None:
    """Two stacks of one account: a name that is stated has the stack's name or id in it, or belongs to what the stack made."""
    within = {"AWS::Cognito::UserPoolClient", "AWS::Cognito::UserPoolGroup", "AWS::Lambda::LayerVersion"}  # of its own pool; by version
    for kind, (named, _) in NAMES.items():
        for name, said in main.of(kind):
            if kind not in within and named in said:
                assert PSEUDO["AWS::StackName"] in said[named] or PSEUDO["AWS::StackId"].split("/")[2] in said[named], name
