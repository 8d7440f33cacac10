"""Tables and buckets."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from local.aws import REGION, STACK, client
from local.properties import Properties
from local.resources import makes, switch

if TYPE_CHECKING:
    from local.deployment import Deployment


@makes("AWS::DynamoDB::Table")
def table(site: Deployment, name: str, properties: Properties) -> dict[str, Any]:
    dynamodb = client("dynamodb")
    physical = properties.take("TableName", f"{STACK}-{name}")
    expiry = properties.take("TimeToLiveSpecification", None)
    recovery = properties.take("PointInTimeRecoverySpecification", None)
    encryption = properties.take("SSESpecification", None)
    stream = properties.take("StreamSpecification", None)
    extra = {"SSESpecification": {"Enabled": switch(encryption.pop("SSEEnabled")), **encryption}} if encryption else {}
    extra |= {"StreamSpecification": {"StreamEnabled": True, **stream}} if stream else {}
    made = dynamodb.create_table(TableName=physical, **extra, **properties.rest())["TableDescription"]
    if expiry:
        dynamodb.update_time_to_live(TableName=physical, TimeToLiveSpecification=expiry)
    if recovery:
        dynamodb.update_continuous_backups(TableName=physical, PointInTimeRecoverySpecification=recovery)
    if not stream:
        return {"Ref": physical, "Arn": made["TableArn"]}
    site.cloud.stream(physical)
    return {"Ref": physical, "Arn": made["TableArn"], "StreamArn": made["LatestStreamArn"]}


@makes("AWS::S3::Bucket")
def bucket(site: Deployment, name: str, properties: Properties) -> dict[str, Any]:
    s3 = client("s3")
    physical = properties.take("BucketName", f"{STACK}-{name.lower()}")
    lock = properties.take("ObjectLockEnabled", None)
    s3.create_bucket(Bucket=physical, CreateBucketConfiguration={"LocationConstraint": REGION}, ObjectLockEnabledForBucket=switch(lock))
    if versioning := properties.take("VersioningConfiguration", None):
        s3.put_bucket_versioning(Bucket=physical, VersioningConfiguration=versioning)
    if locking := properties.take("ObjectLockConfiguration", None):
        days = locking["Rule"]["DefaultRetention"]
        days["Days"] = int(days["Days"])
        s3.put_object_lock_configuration(Bucket=physical, ObjectLockConfiguration=locking)
    if encryption := properties.nested("BucketEncryption"):
        rules = [
            {"ApplyServerSideEncryptionByDefault": rule["ServerSideEncryptionByDefault"]}
            | {name: rule[name] for name in ("BucketKeyEnabled",) if name in rule}
            for rule in encryption.take("ServerSideEncryptionConfiguration")
        ]
        encryption.done()
        s3.put_bucket_encryption(Bucket=physical, ServerSideEncryptionConfiguration={"Rules": rules})
    if block := properties.take("PublicAccessBlockConfiguration", None):
        s3.put_public_access_block(Bucket=physical, PublicAccessBlockConfiguration=block)
    if ownership := properties.take("OwnershipControls", None):
        s3.put_bucket_ownership_controls(Bucket=physical, OwnershipControls=ownership)
    if lifecycle := properties.nested("LifecycleConfiguration"):
        _lifecycle(physical, lifecycle)
    if notification := properties.nested("NotificationConfiguration"):
        _notify(site, physical, notification)
    return {"Ref": physical, "Arn": f"arn:aws:s3:::{physical}"}


def _lifecycle(physical: str, lifecycle: Properties) -> None:
    rules = []
    for values in lifecycle.take("Rules"):
        rule = Properties(f"{lifecycle.owner}.Rules", values)
        prefix, tags = rule.take("Prefix", ""), rule.take("TagFilters", [])
        within = {"And": {"Prefix": prefix, "Tags": tags}} if tags else {"Prefix": prefix}
        made = {"ID": rule.take("Id"), "Status": rule.take("Status"), "Filter": within}
        if days := rule.take("ExpirationInDays", None):
            made["Expiration"] = {"Days": int(days)}
        rules.append(made | rule.rest())
    lifecycle.done()
    client("s3").put_bucket_lifecycle_configuration(Bucket=physical, LifecycleConfiguration={"Rules": rules})


def _notify(site: Deployment, physical: str, notification: Properties) -> None:
    told: dict[str, list[dict[str, Any]]] = {}
    for kind, target, configurations, arn in (
        ("QueueConfigurations", "Queue", "QueueConfigurations", "QueueArn"),
        ("LambdaConfigurations", "Function", "LambdaFunctionConfigurations", "LambdaFunctionArn"),
    ):
        for values in notification.take(kind, []):
            one = Properties(f"{notification.owner}.{kind}", values)
            rules = one.take("Filter")["S3Key"]["Rules"]
            made = {arn: one.take(target), "Events": [one.take("Event")], "Filter": {"Key": {"FilterRules": rules}}}
            one.done()
            told.setdefault(configurations, []).append(made)
    notification.done()
    site.later(lambda: client("s3").put_bucket_notification_configuration(Bucket=physical, NotificationConfiguration=told))


@makes("AWS::S3::BucketPolicy")
def bucket_policy(_site: Deployment, name: str, properties: Properties) -> dict[str, Any]:
    client("s3").put_bucket_policy(Bucket=properties.take("Bucket"), Policy=json.dumps(properties.take("PolicyDocument")))
    return {"Ref": name}
