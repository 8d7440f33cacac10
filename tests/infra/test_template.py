"""What a reviewer of template.yaml would have to check by eye, each time anew."""

from __future__ import annotations

import json
import re
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import pytest

from local import template as reading
from tests.infra.conftest import ROOT
from tests.infra.resources import of_type, routes

if TYPE_CHECKING:
    from local.template import Template


FUNCTION = "AWS::Lambda::Function"

TABLE = "AWS::DynamoDB::Table"

BUCKET = "AWS::S3::Bucket"

REMADE = {"AWS::Lambda::LayerVersion", "AWS::Lambda::Version"}

QUEUE = "AWS::SQS::Queue"


@pytest.mark.slow
def test_one_document_of_an_api_for_all_its_routes_changes_nothing(template: Template, monkeypatch: pytest.MonkeyPatch) -> None:
    """The translator copies the document for every route; what is read without the copies is what it makes with them."""
    monkeypatch.setattr(reading, "_one_document", nullcontext)
    assert reading.read(ROOT / "template.yaml") == template


def test_a_changed_layer_reaches_the_alias() -> None:
    """Both are needed: the transformed template shows neither, so the source is read."""
    from samtranslator.yaml_helper import yaml_parse  # noqa: PLC0415

    source = yaml_parse((ROOT / "template.yaml").read_text(encoding="utf-8"))
    shared = source["Globals"]["Function"]
    for name, resource in source["Resources"].items():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::Serverless::Function":
            assert (shared | properties)["AutoPublishAlias"] == "live", name
            assert (shared | properties)["AutoPublishAliasAllProperties"] is True, name
        if resource["Type"] == "AWS::Serverless::LayerVersion":
            assert properties["PublishLambdaVersion"] is True, name


def test_functions_run_on_arm_with_the_current_python(template: Template) -> None:
    for name, function in of_type(template, FUNCTION).items():
        assert function["Properties"]["Runtime"] == "python3.13", name
        assert function["Properties"]["Architectures"] == ["arm64"], name
        assert function["Properties"]["TracingConfig"] == {"Mode": "Active"}, name


def test_every_function_has_a_handler_file_and_nothing_else(template: Template) -> None:
    for name, folder in template.code.items():
        module, _, attribute = template.resources[name]["Properties"]["Handler"].partition(".")
        source = (folder / f"{module}.py").read_text(encoding="utf-8")
        assert re.search(rf"^(def {attribute}\(|{attribute}\b.*=)", source, re.MULTILINE), name
        kept = {path.name for path in folder.iterdir()} - {"__pycache__", "machine.asl.json", "openapi.json"}
        assert kept == {f"{module}.py"}, name


def test_every_function_logs_to_a_group_with_retention(template: Template) -> None:
    groups = of_type(template, "AWS::Logs::LogGroup")
    for name, function in of_type(template, FUNCTION).items():
        group = function["Properties"]["LoggingConfig"]["LogGroup"]["Ref"]
        assert "RetentionInDays" in groups[group]["Properties"], name
        assert [
            other for other, f in of_type(template, FUNCTION).items() if f["Properties"]["LoggingConfig"]["LogGroup"]["Ref"] == group
        ] == [name]
    for name, group in groups.items():
        assert "RetentionInDays" in group["Properties"], name


def test_tables_survive_mistakes(template: Template) -> None:
    tables = of_type(template, TABLE)
    assert set(tables) == {"UsageTable", "RegistryTable", "LedgerTable"}
    for name, table in tables.items():
        properties = table["Properties"]
        assert (table["DeletionPolicy"], table["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain"), name
        assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}, name
        assert properties["DeletionProtectionEnabled"] is True, name
        assert properties["BillingMode"] == "PAY_PER_REQUEST", name
    expiring = {"AttributeName": "expires_at", "Enabled": True}
    assert tables["LedgerTable"]["Properties"]["TimeToLiveSpecification"] == expiring  # only what is derived from usage bears the attribute
    assert "TimeToLiveSpecification" not in tables["RegistryTable"]["Properties"]


def test_buckets_are_private_versioned_and_over_tls(template: Template) -> None:
    policies = {policy["Properties"]["Bucket"]["Ref"]: policy for policy in of_type(template, "AWS::S3::BucketPolicy").values()}
    for name, bucket in of_type(template, BUCKET).items():
        properties = bucket["Properties"]
        assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}, name
        assert len(properties["PublicAccessBlockConfiguration"]) == 4, name
        assert properties["VersioningConfiguration"] == {"Status": "Enabled"}, name
        assert properties["BucketEncryption"], name
        assert bucket["DeletionPolicy"] == "RetainExceptOnCreate", name
        (statement,) = policies[name]["Properties"]["PolicyDocument"]["Statement"]
        assert statement["Effect"] == "Deny", name
        assert statement["Condition"] == {"Bool": {"aws:SecureTransport": False}}, name


def test_what_is_derived_or_only_looked_at_is_removed_and_what_is_sealed_is_not(template: Template) -> None:
    """Which objects go when; what no rule is about (sealed files, the books in force, clearances, receipts) is kept for ever."""
    days = {"Ref": "UsageRetentionDays"}
    expected: dict[str, tuple[Any, ...]] = {
        "previews": ("previews/", None, 90),
        "exports-of-permissions": ("permissions/", None, 400),
        "what-ifs": ("what-ifs/", None, days),
        "what-settlements-worked-with": ("work/", None, days),
        "books-that-later-ones-replaced": ("books/", "superseded", days),
        "what-names-people": (None, "personal", {"Ref": "KeepPersonalFilesDays"}),
    }
    rules = template.resources["SettlementBucket"]["Properties"]["LifecycleConfiguration"]["Rules"]
    removing = {rule["Id"]: rule for rule in rules if "ExpirationInDays" in rule}
    assert {
        name: (rule.get("Prefix"), next((tag["Key"] for tag in rule.get("TagFilters", ())), None), rule["ExpirationInDays"])
        for name, rule in removing.items()
    } == expected
    facts = template.resources["FactsBucket"]["Properties"]["LifecycleConfiguration"]["Rules"]
    assert {rule.get("Prefix"): rule["ExpirationInDays"] for rule in facts if "ExpirationInDays" in rule} == {"pages/": days}
    for bucket in of_type(template, BUCKET).values():
        stated = bucket["Properties"]["LifecycleConfiguration"]["Rules"]
        assert {rule["Status"] for rule in stated} == {"Enabled"}
        assert [rule for rule in stated if rule.get("NoncurrentVersionExpiration") == {"NoncurrentDays": 90}], "versions go too"
        assert [rule for rule in stated if "AbortIncompleteMultipartUpload" in rule]


def test_settlement_files_can_be_locked(template: Template) -> None:
    properties = template.resources["SettlementBucket"]["Properties"]
    assert properties["ObjectLockEnabled"]["Fn::If"][0] == "HasObjectLock"
    assert template.parameters["ObjectLockDays"] == 0


def test_dead_letters_ring(template: Template) -> None:
    watched = {
        alarm["Properties"]["Dimensions"][0]["Value"]["Fn::GetAtt"][0]
        for alarm in of_type(template, "AWS::CloudWatch::Alarm").values()
        if alarm["Properties"]["MetricName"] == "ApproximateNumberOfMessagesVisible"
    }
    assert watched == {name for name in of_type(template, QUEUE) if name.endswith("DeadLetterQueue")}
    for name, alarm in of_type(template, "AWS::CloudWatch::Alarm").items():
        assert alarm["Properties"]["AlarmActions"], name
        assert alarm["Properties"]["AlarmDescription"], name


def test_one_dashboard_shows_what_waits_what_died_and_what_every_table_refused(template: Template) -> None:
    (dashboard,) = of_type(template, "AWS::CloudWatch::Dashboard").values()
    text = dashboard["Properties"]["DashboardBody"]["Fn::Sub"]
    named = {name.partition(".")[0] for name in re.findall(r"\$\{([^}]+)\}", text)}
    assert {name for name in named if not name.startswith("AWS::")} <= set(template.resources)
    assert named >= set(of_type(template, TABLE)) | {name for name in of_type(template, QUEUE) if name.endswith("DeadLetterQueue")}
    widgets = json.loads(re.sub(r"\$\{[^}]+\}", "x", text))["widgets"]
    shown = {metric[1] for widget in widgets for metric in widget["properties"]["metrics"]}
    watched = {a["Properties"]["MetricName"] for a in of_type(template, "AWS::CloudWatch::Alarm").values()}
    assert shown >= watched & {"WriteThrottleEvents", "TransactionConflict", "OldestPendingFact", "InvariantBroken", "PartitionSetAside"}


def test_a_settlement_ends_with_the_code_that_it_began_with(template: Template) -> None:
    """Its machine names a version, which is what it is: an alias may mean other code by the next step."""
    (machine,) = of_type(template, "AWS::StepFunctions::StateMachine").values()
    version = machine["Properties"]["DefinitionSubstitutions"]["SettlementFunctionArn"]["Ref"]
    assert template.resources[version]["Type"] == "AWS::Lambda::Version"


def test_every_consumer_has_a_dead_letter_queue(template: Template) -> None:
    for name, mapping in of_type(template, "AWS::Lambda::EventSourceMapping").items():
        source, attribute = mapping["Properties"]["EventSourceArn"]["Fn::GetAtt"]
        if attribute == "StreamArn":
            assert mapping["Properties"]["DestinationConfig"]["OnFailure"]["Destination"]["Fn::GetAtt"][0].endswith("DeadLetterQueue"), name
            assert mapping["Properties"]["BisectBatchOnFunctionError"] is True, "one bad record stops nobody for long"
            assert 0 < mapping["Properties"]["MaximumRetryAttempts"] <= 20, name
            continue
        queue = template.resources[source]["Properties"]
        assert queue["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0].endswith("DeadLetterQueue"), name
        assert mapping["Properties"]["FunctionResponseTypes"] == ["ReportBatchItemFailures"], name
        function = mapping["Properties"]["FunctionName"]["Ref"].removesuffix("Aliaslive")
        timeout = template.resources[function]["Properties"]["Timeout"]
        assert queue["VisibilityTimeout"] >= 6 * timeout, name
    for name, schedule in of_type(template, "AWS::Scheduler::Schedule").items():
        assert schedule["Properties"]["Target"]["DeadLetterConfig"], name


def test_asynchronous_functions_have_a_failure_destination(template: Template) -> None:
    configured = {config["Properties"]["FunctionName"]["Ref"] for config in of_type(template, "AWS::Lambda::EventInvokeConfig").values()}
    scheduled = {
        schedule["Properties"]["Target"]["Arn"]["Ref"].removesuffix("Aliaslive")
        for schedule in of_type(template, "AWS::Scheduler::Schedule").values()
    }
    notified = {
        target["Function"]["Ref"].removesuffix("Aliaslive")
        for bucket in of_type(template, BUCKET).values()
        for target in bucket["Properties"].get("NotificationConfiguration", {}).get("LambdaConfigurations", [])
    }
    assert configured == (scheduled | notified) - {"SettlementMachine"}


def test_what_functions_emit_is_heard_under_the_stack_s_name(template: Template) -> None:
    """Embedded metrics carry one dimension; an alarm hears a metric under exactly its dimensions."""
    alarms = {name: a["Properties"] for name, a in of_type(template, "AWS::CloudWatch::Alarm").items()}
    own = {name: properties for name, properties in alarms.items() if properties["Namespace"] == "Overtone"}
    heard = {properties["MetricName"] for properties in own.values()}
    assert heard >= {"InvariantBroken", "PartitionSetAside", "OldestPendingFact", "SilentReporters"}
    for name, properties in own.items():
        assert properties["Dimensions"] == [{"Name": "service", "Value": {"Ref": "AWS::StackName"}}], name
    for name, function in of_type(template, FUNCTION).items():
        assert function["Properties"]["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"] == {"Ref": "AWS::StackName"}, name


def test_nothing_is_left_of_a_first_deployment_that_failed(template: Template) -> None:
    kept = {name: r["DeletionPolicy"] for name, r in template.resources.items() if "DeletionPolicy" in r and r["Type"] not in REMADE}
    assert {"UsageTable", "RegistryTable", "LedgerTable", "DropBucket", "SettlementBucket", "UserPool"} <= set(kept)
    assert set(kept.values()) == {"RetainExceptOnCreate"}


def test_it_deploys_in_every_partition() -> None:
    for name in ("template.yaml", "partner.yaml"):
        assert "arn:aws:" not in (ROOT / name).read_text(encoding="utf-8"), name


def test_concurrency_can_be_kept_for_callers(template: Template) -> None:
    """Nothing is reserved unless asked: an account starts with few executions at once, and a reservation takes from everybody else."""
    assert template.parameters["ReservedForCallers"] == 0
    reserved = {name for name, function in of_type(template, FUNCTION).items() if "ReservedConcurrentExecutions" in function["Properties"]}
    assert reserved == {"Authorizer", "UsageApi", "DisclosureApi", "RegistryApi", "FinanceApi"}
    for mapping in of_type(template, "AWS::Lambda::EventSourceMapping").values():
        if "StartingPosition" in mapping["Properties"]:  # a stream has as many readers as shards
            continue
        assert mapping["Properties"]["ScalingConfig"]["MaximumConcurrency"]
        assert mapping["Properties"]["BatchSize"] == 1


def test_tables_and_buckets_take_a_key_of_the_customer(template: Template) -> None:
    for name, table in of_type(template, TABLE).items():
        choice = table["Properties"]["SSESpecification"]["Fn::If"]
        assert choice == ["HasKey", {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": {"Ref": "KeyArn"}}, {"SSEEnabled": True}], name
    for name, bucket in of_type(template, BUCKET).items():
        (rule,) = bucket["Properties"]["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        assert rule["Fn::If"][1]["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": {"Ref": "KeyArn"}}, name


def test_the_api_answers_before_the_gateway_gives_up(template: Template) -> None:
    for _, path, operation in routes(template):
        uri = operation["x-amazon-apigateway-integration"]["uri"]["Fn::Sub"]
        match = re.search(r"\$\{(\w+)Aliaslive\}", uri)
        assert match
        assert template.resources[match[1]]["Properties"]["Timeout"] < 30, path


def test_no_secrets_and_no_accounts(template: Template) -> None:
    text = json.dumps(template.resources)
    for pattern in (r"AKIA[0-9A-Z]{16}", r"-----BEGIN", r"\b(?<!:)\d{12}\b(?!\d)", r"(?i)password\W+\w{8,}"):
        found = re.search(pattern, text)
        assert found is None or found[0] == "1209600", pattern


def test_every_alarm_has_a_paragraph_in_the_runbook(template: Template) -> None:
    runbook = (template.root / "docs" / "OPERATIONS.md").read_text(encoding="utf-8")
    told = {name for heading in re.findall(r"^### (.*)$", runbook, re.MULTILINE) for name in re.findall(r"\w+Alarm", heading)}
    assert set(of_type(template, "AWS::CloudWatch::Alarm")) <= told
