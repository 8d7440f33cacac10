"""What a client of DynamoDB is whoever keeps the items: pages, transactions that are done once, settings of a table that change nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local import limits
from local.aws import ACCOUNT, REGION
from local.memory.expressions import Invalid
from local.memory.service import Paginator, Service

if TYPE_CHECKING:
    from collections.abc import Callable

    from botocore.exceptions import ClientError

    from local.memory.tables import Table

TOKEN_SECONDS = 600

Wire = dict[str, Any]


class Tables(Service):
    """The client of one that keeps tables: it says which table has a name, and writes all of a transaction or nothing."""

    name = "dynamodb"

    def _table(self, name: str) -> Table:
        raise NotImplementedError

    def _transact(self, writes: list[tuple[str, Wire]]) -> None:
        """Raises `_cancelled`, or `Invalid`."""
        raise NotImplementedError

    def _answered(self, answer: Callable[..., Any], params: dict[str, Any]) -> Any:
        try:
            with self.cloud.turn:
                return answer(self, **params)
        except (Invalid, limits.Refused) as invalid:
            raise self.refuse("ValidationException", str(invalid), answer.__name__) from invalid

    def get_paginator(self, operation: str) -> Paginator:
        """The pages of a query or scan."""
        return Paginator(getattr(self, operation), "ExclusiveStartKey", "LastEvaluatedKey")

    def _unknown(self, name: str) -> ClientError:
        return self.refuse("ResourceNotFoundException", f"Requested resource not found: Table: {name} not found", "Table")

    def do_update_time_to_live(self, TableName: str, TimeToLiveSpecification: Wire) -> Wire:
        on = str(TimeToLiveSpecification["Enabled"]).lower() == "true"
        self._table(TableName).expires = TimeToLiveSpecification["AttributeName"] if on else ""
        return {"TimeToLiveSpecification": TimeToLiveSpecification}

    def do_update_continuous_backups(self, TableName: str, PointInTimeRecoverySpecification: Wire) -> Wire:
        self._table(TableName)
        return {"ContinuousBackupsDescription": {"PointInTimeRecoveryDescription": PointInTimeRecoverySpecification}}

    def do_transact_write_items(self, TransactItems: list[Wire], ClientRequestToken: str = "") -> Wire:
        limits.check_transaction(TransactItems)
        now, kept = self.cloud.hooks.epoch(), self.cloud.tokens
        until, first = kept.get(ClientRequestToken, (0.0, []))
        if until > now:
            if first != TransactItems:
                raise self.refuse(
                    "IdempotentParameterMismatchException", "Request token reused with different parameters", "TransactWriteItems"
                )
            return {}
        self._transact([next(iter(entry.items())) for entry in TransactItems])
        if ClientRequestToken:
            kept[ClientRequestToken] = (now + TOKEN_SECONDS, TransactItems)
        return {}

    def _cancelled(self, held: list[bool]) -> ClientError:
        """Some conditions of a transaction do not hold."""
        codes = ["None" if fine else "ConditionalCheckFailed" for fine in held]
        reasons = [{"Code": code} | ({} if code == "None" else {"Message": "The conditional request failed"}) for code in codes]
        message = f"Transaction cancelled, please refer cancellation reasons for specific reasons [{', '.join(codes)}]"
        return self.refuse("TransactionCanceledException", message, "TransactWriteItems", CancellationReasons=reasons)


def created(name: str) -> Wire:
    """The answer to the creation of a table."""
    arn = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{name}"
    return {"TableDescription": {"TableName": name, "TableArn": arn, "LatestStreamArn": f"{arn}/stream/1"}}
