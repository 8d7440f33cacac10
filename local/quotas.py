"""How near a stack comes to what AWS takes of one, at its longest: its name, and each parameter, as long as they may be.

No stand-in has these quotas, so that what is over one shows when it is deployed, if not before by these figures. Left out is what the
template has none of: mappings, rules of EventBridge, parameters of SSM, filters of logs, indexes of tables. `local.sizes` weighs functions.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from local.blocks import table
from local.intrinsics import Resolver
from local.template import parsed, read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

ROOT: Final = Path(__file__).parent.parent
SHOWN_PERCENT_MIN: Final = 25
"""What the README shows is at least so near."""
STACK_NAME_LENGTH_MAX: Final = 128
PARAMETER_BYTES_MAX: Final = 4_096
"""CloudFormation's own, where a template states no length."""
STATEMENT_ID_LENGTH_MAX: Final = 100
_ACCOUNT, _PARTITION, _REGION, _SUFFIX = "0" * 12, "aws-us-gov", "us-isof-south-1", "amazonaws.com.cn"
"""The longest that there are, whether or not they come together."""
_STACK: Final = "s" * STACK_NAME_LENGTH_MAX
_UUID: Final = "00000000-0000-4000-8000-000000000000"
PSEUDO: Final = {
    "AWS::AccountId": _ACCOUNT,
    "AWS::Partition": _PARTITION,
    "AWS::Region": _REGION,
    "AWS::StackId": f"arn:{_PARTITION}:cloudformation:{_REGION}:{_ACCOUNT}:stack/{_STACK}/{_UUID}",
    "AWS::StackName": _STACK,
    "AWS::URLSuffix": _SUFFIX,
}
NAMES: Final = {
    "AWS::ApiGatewayV2::Api": ("Name", 128),
    "AWS::CloudWatch::Alarm": ("AlarmName", 255),
    "AWS::CloudWatch::Dashboard": ("DashboardName", 255),
    "AWS::Cognito::UserPoolClient": ("ClientName", 128),
    "AWS::Cognito::UserPoolDomain": ("Domain", 63),
    "AWS::Cognito::UserPoolGroup": ("GroupName", 128),
    "AWS::DynamoDB::Table": ("TableName", 255),
    "AWS::IAM::Role": ("RoleName", 64),
    "AWS::Lambda::Function": ("FunctionName", 64),
    "AWS::Lambda::LayerVersion": ("LayerName", 140),
    "AWS::Logs::LogGroup": ("LogGroupName", 512),
    "AWS::S3::Bucket": ("BucketName", 63),
    "AWS::SNS::Topic": ("TopicName", 256),
    "AWS::SQS::Queue": ("QueueName", 80),
    "AWS::Scheduler::Schedule": ("Name", 64),
    "AWS::SecretsManager::Secret": ("Name", 512),
    "AWS::StepFunctions::StateMachine": ("StateMachineName", 80),
}
"""By type, the property that names one, and how long a name may be, as the API of each service has it. Where the template states none,
CloudFormation makes one of the stack's name and the logical id, and cuts it to this length."""
NAMES_SOURCE: Final = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-name.html"
_SERVICES: Final = {
    "AWS::DynamoDB::Table": "dynamodb:{at}:table/",
    "AWS::IAM::Role": "iam::{account}:role/",
    "AWS::Lambda::Alias": "lambda:{at}:function:",
    "AWS::Lambda::Function": "lambda:{at}:function:",
    "AWS::Lambda::Version": "lambda:{at}:function:",
    "AWS::S3::Bucket": "s3:::",
    "AWS::SQS::Queue": "sqs:{at}:",
    "AWS::SecretsManager::Secret": "secretsmanager:{at}:secret:",
    "AWS::StepFunctions::StateMachine": "states:{at}:stateMachine:",
}
_NAMED_BY_ARN: Final = frozenset(
    {"AWS::Lambda::Alias", "AWS::Lambda::Version", "AWS::SecretsManager::Secret", "AWS::StepFunctions::StateMachine"}
)
"""Those of which `Ref` is the ARN."""


class Site:
    """A template with every value resolved to its longest."""

    def __init__(self, path: Path) -> None:
        self.bytes = path.stat().st_size
        self.source = parsed(path.read_text(encoding="utf-8"))
        self.template = read(path)
        made = {"Resources": self.template.resources, "Outputs": self.template.outputs, "Conditions": self.template.conditions}
        self.processed_bytes = len(_compact(made | {"Parameters": self.source["Parameters"]}))
        values = _Longest({name: longest(about) for name, about in self.source["Parameters"].items()}, {}, self._made)
        self._kinds = {name: str(one["Type"]) for name, one in self.template.resources.items()}
        self._all = {name: values.value(one.get("Properties", {})) for name, one in self.template.resources.items()}

    def of(self, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """The resources of a type, by logical id, with their properties."""
        return ((name, properties) for name, properties in self._all.items() if self._kinds[name] == kind)

    def _made(self, name: str) -> dict[str, Any]:
        kind = self._kinds[name]
        physical = f"{_STACK}-{name}-{'x' * 13}"[: NAMES.get(kind, ("", 255))[1]]
        if kind in {"AWS::Lambda::Alias", "AWS::Lambda::Version"}:
            physical = f"{'f' * NAMES['AWS::Lambda::Function'][1]}:live"
        place = _SERVICES.get(kind, "{at}:").format(at=f"{_REGION}:{_ACCOUNT}", account=_ACCOUNT)
        arn, host = f"arn:{_PARTITION}:{place}{physical}", f"https://sqs.{_REGION}.{_SUFFIX}/{_ACCOUNT}/"
        ref = arn if kind in _NAMED_BY_ARN else f"{host}{physical}" if kind == "AWS::SQS::Queue" else physical
        ref = "i" * 55 if kind.startswith("AWS::Cognito::UserPool") else "a" * 10 if kind == "AWS::ApiGatewayV2::Api" else ref
        return {"Ref": ref, "Arn": arn, "StreamArn": f"{arn}/stream/{'0' * 23}", "ApiEndpoint": host, "Version": "9" * 5} | dict.fromkeys(
            ("Name", "QueueName"), physical
        )


class _Longest(Resolver):
    """Each choice is the one that is made where a condition holds."""

    def holds(self, name: str | None) -> bool:  # noqa: ARG002 - any
        return True

    def _ref(self, name: str) -> Any:
        return PSEUDO[name] if name in PSEUDO else super()._ref(name)


def longest(parameter: dict[str, Any]) -> str:
    """The longest value that a parameter takes."""
    if "AllowedValues" in parameter:
        return max(map(str, parameter["AllowedValues"]), key=len)
    if parameter["Type"] == "Number":
        return str(parameter.get("MaxValue", 10**9))
    return "v" * int(parameter.get("MaxLength", PARAMETER_BYTES_MAX))


def _compact(document: Any) -> str:
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False)


@dataclass(frozen=True)
class Quota:
    """What AWS takes at most, where it says so, and what a template has of it: figures, each of a resource or of all."""

    what: str
    most: int
    source: str
    of: Callable[[Site], Iterable[tuple[str, int]]]


class Use(NamedTuple):
    """The resource that comes nearest to a quota; `figure` is what it has."""

    quota: Quota
    where: str
    figure: int

    @property
    def percent(self) -> int:
        """Of the quota, rounded up."""
        return -(-100 * self.figure // self.quota.most)


def _whole(figure: Callable[[Site], int]) -> Callable[[Site], Iterable[tuple[str, int]]]:
    return lambda site: [("", figure(site))]


def _each(kind: str, figure: Callable[[dict[str, Any]], int]) -> Callable[[Site], Iterable[tuple[str, int]]]:
    return lambda site: ((name, figure(properties)) for name, properties in site.of(kind))


def _document(said: dict[str, Any]) -> int:
    return len(_compact(said["PolicyDocument"]))


def _environment(function: dict[str, Any]) -> int:
    return len(_compact(function["Environment"]["Variables"]))


def _inline(role: dict[str, Any]) -> int:
    return sum(map(_document, role.get("Policies", [])))


def _invoked(site: Site) -> Iterator[tuple[str, int]]:
    """Bytes of who may invoke an alias. SAM writes a permission for each event that is a route, all into the one policy of an alias."""
    sizes = Counter[str]()
    for name, said in site.of("AWS::Lambda::Permission"):
        sizes[site.template.resources[name]["Properties"]["FunctionName"]["Ref"]] += len(_compact(_permission(said)))
    yield from sizes.items()


def _permission(said: dict[str, Any]) -> dict[str, Any]:
    of = {"Principal": {"Service": said["Principal"]}, "Action": said["Action"], "Resource": said["FunctionName"]}
    return {"Sid": "s" * STATEMENT_ID_LENGTH_MAX, "Effect": "Allow", **of, "Condition": {"ArnLike": {"AWS:SourceArn": said["SourceArn"]}}}


def _operations(api: dict[str, Any]) -> int:
    return sum(len(operations) for operations in api["Body"]["paths"].values())


def _readers(site: Site) -> Iterator[tuple[str, int]]:
    mappings = (one["Properties"] for one in site.template.resources.values() if one["Type"] == "AWS::Lambda::EventSourceMapping")
    sources = (said["EventSourceArn"]["Fn::GetAtt"] for said in mappings)
    yield from Counter(table_ for table_, attribute in sources if attribute == "StreamArn").items()


def _widgets(dashboard: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(dashboard["DashboardBody"])["widgets"]
    return found


def _stated_names() -> Iterator[Quota]:
    for kind, (named, most) in NAMES.items():
        yield Quota(f"characters of a name ({kind.removeprefix('AWS::')})", most, NAMES_SOURCE, _each(kind, partial(_stated, named)))


def _stated(named: str, said: dict[str, Any]) -> int:
    """An HTTP API has its name from its definition."""
    return len(said.get(named) or said.get("Body", {}).get("info", {}).get("title", ""))


_CLOUDFORMATION: Final = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html"
_LAMBDA: Final = "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"
_IAM: Final = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"
_HTTP_API: Final = "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html"
_SQS: Final = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-policies.html"
_S3: Final = "https://docs.aws.amazon.com/general/latest/gr/s3.html"
_STREAMS: Final = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html"
_STATES: Final = "https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"
_CLOUDWATCH: Final = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html"
_COGNITO: Final = "https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html"
FUNCTION, ROLE, API, BUCKET = "AWS::Lambda::Function", "AWS::IAM::Role", "AWS::ApiGatewayV2::Api", "AWS::S3::Bucket"

QUOTAS: Final[tuple[Quota, ...]] = (
    Quota("resources of a stack", 500, _CLOUDFORMATION, _whole(lambda site: len(site.template.resources))),
    Quota("parameters of a template", 200, _CLOUDFORMATION, _whole(lambda site: len(site.source["Parameters"]))),
    Quota("outputs of a template", 200, _CLOUDFORMATION, _whole(lambda site: len(site.template.outputs))),
    Quota("bytes of a template in S3, as written", 1_000_000, _CLOUDFORMATION, _whole(lambda site: site.bytes)),
    Quota("bytes of a template in S3, as transformed", 1_000_000, _CLOUDFORMATION, _whole(lambda site: site.processed_bytes)),
    Quota("bytes of a template's description", 1_024, _CLOUDFORMATION, _whole(lambda site: len(site.source["Description"]))),
    *_stated_names(),
    Quota("bytes of a function's environment", 4_096, _LAMBDA, _each(FUNCTION, _environment)),
    Quota("layers of a function", 5, _LAMBDA, _each(FUNCTION, lambda said: len(said.get("Layers", [])))),
    Quota("seconds of a function", 900, _LAMBDA, _each(FUNCTION, lambda said: int(said["Timeout"]))),
    Quota("bytes of a policy of who may invoke a function", 20 * 1_024, _LAMBDA, _invoked),
    Quota("characters of a function's description", 256, _LAMBDA, _each(FUNCTION, lambda said: len(said["Description"]))),
    Quota("characters of a role's own policies", 10_240, _IAM, _each(ROLE, _inline)),
    Quota("characters of who takes on a role", 2_048, _IAM, _each(ROLE, lambda said: len(_compact(said["AssumeRolePolicyDocument"])))),
    Quota("managed policies of a role", 10, _IAM, _each(ROLE, lambda said: len(said.get("ManagedPolicyArns", [])))),
    Quota("routes of an API, and its integrations", 300, _HTTP_API, _each(API, _operations)),
    Quota("bytes of the form of a line of its log", 3 * 1_024, _HTTP_API,
          _each("AWS::ApiGatewayV2::Stage", lambda said: len(said["AccessLogSettings"]["Format"]))),
    Quota("bytes of a queue's policy", 8_192, _SQS, _each("AWS::SQS::QueuePolicy", _document)),
    Quota("bytes of a bucket's policy", 20 * 1_024, _S3, _each("AWS::S3::BucketPolicy", _document)),
    Quota("lifecycle rules of a bucket", 1_000, _S3, _each(BUCKET, lambda said: len(said["LifecycleConfiguration"]["Rules"]))),
    Quota("notifications of a bucket", 100, _S3,
          _each(BUCKET, lambda said: len(said.get("NotificationConfiguration", {}).get("QueueConfigurations", [])))),
    Quota("readers of a table's stream", 2, _STREAMS, _readers),
    Quota("bytes of a state machine's definition", 1_048_576, _STATES,
          _each("AWS::StepFunctions::StateMachine", lambda said: len(_compact(said.get("Definition", said.get("DefinitionString")))))),
    Quota("characters of the name that is made for an alarm", 255, _CLOUDWATCH,
          lambda site: ((name, len(f"{_STACK}-{name}-{'x' * 13}")) for name, _ in site.of("AWS::CloudWatch::Alarm"))),
    Quota("characters of an alarm's description", 1_024, _CLOUDWATCH,
          _each("AWS::CloudWatch::Alarm", lambda said: len(said["AlarmDescription"]))),
    Quota("widgets of a dashboard", 500, _CLOUDWATCH, _each("AWS::CloudWatch::Dashboard", lambda said: len(_widgets(said)))),
    Quota("metrics of a widget", 500, _CLOUDWATCH,
          _each("AWS::CloudWatch::Dashboard", lambda said: max(len(one["properties"]["metrics"]) for one in _widgets(said)))),
    Quota("scopes of a resource server", 100, _COGNITO, _each("AWS::Cognito::UserPoolResourceServer", lambda said: len(said["Scopes"]))),
)  # fmt: skip
"""Every quota that the template can come near to."""

PARTNER: Final[tuple[Quota, ...]] = (
    Quota("bytes of a template that is sent", 51_200, _CLOUDFORMATION, _whole(lambda site: site.bytes)),
    *(quota for quota in QUOTAS if quota.source == _IAM or quota.what.endswith("(IAM::Role)")),
    Quota("characters of a role's description", 1_000, _IAM, _each(ROLE, lambda said: len(said["Description"]))),
)
"""Those that a partner's stack can come near to: it is one role, and is deployed by its file."""


def nearest(site: Site, quotas: Iterable[Quota] = QUOTAS) -> list[Use]:
    """Of each quota the resource that comes nearest, the nearest of all first."""
    found = [max((Use(quota, where, figure) for where, figure in quota.of(site)), key=lambda use: use.figure) for quota in quotas]
    return sorted(found, key=lambda use: -use.percent)


def quotas_table() -> str:
    """As Markdown, what is near."""
    shown = [use for use in nearest(Site(ROOT / "template.yaml")) if use.percent >= SHOWN_PERCENT_MIN]
    rows = (
        (f"[{use.quota.what}]({use.quota.source})", f"{use.quota.most:,}", f"{use.figure:,}", f"{use.percent}%", use.where) for use in shown
    )
    return table(("quota", "AWS takes", "the most there is", "used", "by"), rows)
