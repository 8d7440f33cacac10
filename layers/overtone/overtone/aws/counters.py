"""Numbers that are only ever added to, where an answer soon is worth more than one that is right: no patience, and no error."""

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from overtone.aws.keys import Key
from overtone.aws.tables import wire_key

if TYPE_CHECKING:
    from overtone.aws.tables import Table


def calls(who: str, minute: int) -> Key:
    """In UsageTable: how many calls of a client were counted in a minute."""
    return Key(f"CALLS#{who}", f"{minute:010d}")


def replays(party: str, hour: int) -> Key:
    """In UsageTable, under a name that no client has: how many replays of a party's webhooks were asked for in an hour."""
    return Key(f"CALLS#replays:{party}", f"{hour:010d}")


def add(table: "Table", key: Key, amount: int, expires_at: int) -> int | None:
    """Add to an item's `n`; what it is then, or `None` where the table does not say. An answer that got lost may count twice."""
    try:
        answer = table.client.update_item(
            TableName=table.name,
            Key=wire_key(key),
            UpdateExpression="ADD n :n SET expires_at = :e",
            ExpressionAttributeValues={":n": {"N": str(amount)}, ":e": {"N": str(expires_at)}},
            ReturnValues="UPDATED_NEW",
        )
    except (ClientError, BotoCoreError):
        return None
    return int(answer["Attributes"]["n"]["N"])
