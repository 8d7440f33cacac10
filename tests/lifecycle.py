"""What a bucket's lifecycle rules do to objects, long after they were written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from local.stack import Stack


def age(stack: Stack, bucket: str) -> set[str]:
    """Let every object be older than every rule of the template that is about it: those go, and their keys are returned."""
    stated = stack._deployment.template.resources[bucket]["Properties"]["LifecycleConfiguration"]["Rules"]
    rules = [rule for rule in stated if rule["Status"] == "Enabled" and "ExpirationInDays" in rule]
    s3, name, gone = stack.aws("s3"), stack.name(bucket), set()
    for key in stack.objects(bucket):
        tags = s3.get_object_tagging(Bucket=name, Key=key)["TagSet"]
        if any(_is_about(rule, key, tags) for rule in rules):
            s3.delete_object(Bucket=name, Key=key)
            gone.add(key)
    return gone


def _is_about(rule: dict[str, Any], key: str, tags: list[dict[str, str]]) -> bool:
    return key.startswith(rule.get("Prefix", "")) and all(wanted in tags for wanted in rule.get("TagFilters", ()))
