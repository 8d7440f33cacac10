"""What moto 5.2.5 gets wrong or slow, corrected in one place. Each correction has its reason; the version is pinned for them.

Applied once a process by `apply()`. What depends on a running stack (its clock, its faults, its functions) is passed in as hooks.
"""

from __future__ import annotations

import itertools
import types
import uuid
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from local import moto_dynamodb
from local.cloud import SDK_PAUSE_SECONDS
from local.replacing import locked, replace, wrap

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.cloud import Hooks


DEFINITIONS_KEPT = 8
HIDDEN_SECONDS_MAX = 43_200

_hooks: list[Hooks] = []


def attach(hooks: Hooks) -> None:
    """Makes `hooks` the stack that moto talks to, and corrects moto the first time."""
    if not _hooks:
        moto_dynamodb.correct(lambda: _hooks[0])
        for correct in (_wire, _s3, _sqs, _lambda, _step_functions):
            correct()
    _hooks[:] = [hooks]


def _wire() -> None:
    """Between the SDK and moto there is no network that could fail; and the SDK really sleeps before it tries again, by dice of its own."""
    import botocore.endpoint  # noqa: PLC0415
    from moto.core.botocore_stubber import BotocoreStubber  # noqa: PLC0415

    def send(original: Callable[..., Any], _stubber: Any, event_name: str, request: Any, **kwargs: Any) -> Any:
        service, operation = event_name.split(".")[1:]
        return _hooks[0].on_the_wire(service, operation, request, lambda: original(event_name, request, **kwargs))

    wrap(BotocoreStubber, "__call__", send)
    replace(botocore.endpoint, "time", types.SimpleNamespace(sleep=lambda _seconds: _hooks[0].sleep(SDK_PAUSE_SECONDS)))


def _s3() -> None:
    """Two threads both win `If-None-Match: *`; pieces heed no `If-Match`; a policy that refuses plain HTTP refuses everything.

    Objects are as old as the wall clock says, and a queue is not told which version of an object it is told of.
    """
    from moto.iam.access_control import IAMPolicyStatement, PermissionResult  # noqa: PLC0415
    from moto.s3 import models, notifications  # noqa: PLC0415
    from moto.s3.exceptions import PreconditionFailed  # noqa: PLC0415
    from moto.s3.responses import S3Response  # noqa: PLC0415

    written = itertools.count()  # versions of one moment are told apart, and ordered, by their times

    def now() -> datetime:
        return datetime.fromtimestamp(_hooks[0].epoch(), UTC).replace(tzinfo=None) + timedelta(microseconds=next(written))

    replace(models, "utcnow", now)

    def over_tls(original: Callable[..., Any], statement: Any, *args: Any, **kwargs: Any) -> Any:
        insecure = str(statement._statement.get("Condition", {}).get("Bool", {}).get("aws:SecureTransport")).lower() == "false"
        return PermissionResult.NEUTRAL if insecure else original(*args, **kwargs)

    def completed(original: Callable[..., Any], response: Any, *asked: Any) -> Any:
        query, key_name = asked[-2:]
        wanted = response.headers.get("If-Match")
        there = response.backend.get_object(response.bucket_name, key_name) if wanted and query.get("uploadId") else None
        if there is not None and there.etag.strip('"') != wanted.strip('"'):
            raise PreconditionFailed("If-Match")
        return original(*asked)

    def of_version(original: Callable[..., Any], _event_name: str, bucket: Any, key: Any, notification_id: str) -> Any:
        event = original(bucket, key, notification_id)
        event["Records"][0]["s3"]["object"]["versionId"] = key.version_id
        return event

    wrap(notifications, "_get_s3_event", of_version)
    wrap(S3Response, "_key_response_post", completed)
    locked(S3Response, "key_response")
    wrap(IAMPolicyStatement, "is_action_permitted", over_tls)


def _sqs() -> None:
    """Visibility and delays run on the wall clock, and read it slowly; and an id of deduplication is forgotten with its message."""
    from moto.sqs import models  # noqa: PLC0415
    from moto.sqs.exceptions import InvalidParameterValue, ReceiptHandleIsInvalid  # noqa: PLC0415

    replace(models, "unix_time_millis", lambda dt=None: (_hooks[0].epoch() if dt is None else dt.timestamp()) * 1000)

    def hide(backend: Any, queue_name: str, receipt_handle: str, visibility_timeout: int) -> None:
        """The limit of twelve hours counts from each delivery; moto counts from when the message was sent."""
        if int(visibility_timeout) > HIDDEN_SECONDS_MAX:
            raise InvalidParameterValue(f"Value {visibility_timeout} for parameter VisibilityTimeout is invalid.")
        queue = backend.get_queue(queue_name)
        for message in queue._messages:
            if message.had_receipt_handle(receipt_handle):
                message.change_visibility(visibility_timeout)
                if message.visible and message in queue.pending_messages:
                    queue.pending_messages.remove(message)
                return
        raise ReceiptHandleIsInvalid

    replace(models.SQSBackend, "change_message_visibility", hide)
    replace(models, "unix_time", lambda dt=None: _hooks[0].epoch() if dt is None else dt.timestamp())

    def once(original: Callable[..., Any], queue: Any, message: Any) -> None:
        if queue.fifo_queue and message.deduplication_id:
            scope = message.group_id if queue.attributes.get("DeduplicationScope") == "messageGroup" else ""
            kept: dict[tuple[str, str], float] = queue.__dict__.setdefault("deduplicated", {})
            if kept.get((scope, message.deduplication_id), 0.0) > _hooks[0].epoch():
                return
            kept[scope, message.deduplication_id] = _hooks[0].epoch() + models.DEDUPLICATION_TIME_IN_SECONDS
        told, message.deduplication_id = message.deduplication_id, None  # moto would look for it in other groups
        original(message)
        message.deduplication_id = told

    wrap(models.Queue, "add_message", once)


def _lambda() -> None:
    """moto would run handlers in Docker. Every invocation, S3 notification and state machine task passes here."""
    from moto.awslambda.models import LambdaFunction  # noqa: PLC0415

    def invoke(self: Any, body: str | bytes, request_headers: Any, response_headers: Any) -> bytes:
        payload = body.encode() if isinstance(body, str) else body or b"{}"
        # Notifications come without headers; Invoke says whether its caller waits.
        asynchronous = b'"eventSource": "aws:s3"' in payload or request_headers.get("x-amz-invocation-type") == "Event"
        answer, failed = _hooks[0].invoke(self.function_arn, payload, wait_for_answer=not asynchronous)
        if failed:
            response_headers["x-amz-function-error"] = "Unhandled"
        return answer

    replace(LambdaFunction, "invoke", invoke)


def _step_functions() -> None:
    """Executions run when the stack drains, items of a Map in order, and neither Wait nor Retry sleeps. A definition is read once."""
    from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl  # noqa: PLC0415
    from moto.stepfunctions.parser.asl.component.state.exec.state_map.max_concurrency import MaxConcurrencyDecl  # noqa: PLC0415
    from moto.stepfunctions.parser.asl.component.state.state import CommonStateField  # noqa: PLC0415
    from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import WaitFunction  # noqa: PLC0415
    from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser  # noqa: PLC0415
    from moto.stepfunctions.parser.backend.execution_worker import ExecutionWorker  # noqa: PLC0415
    from moto.stepfunctions.parser.models import StepFunctionsParserBackend  # noqa: PLC0415

    replace(AmazonStateLanguageParser, "parse", staticmethod(lru_cache(DEFINITIONS_KEPT)(AmazonStateLanguageParser.parse)))
    replace(ExecutionWorker, "start", lambda self: _hooks[0].start_execution(self._execution_logic))
    replace(MaxConcurrencyDecl, "_eval_body", lambda _self, env: env.stack.append(1))
    replace(WaitFunction, "_wait_interval", lambda _self, env, wait_seconds: _hooks[0].wait(wait_seconds))  # noqa: ARG005

    def entered(original: Callable[..., Any], *args: Any) -> Any:
        _hooks[0].entered_state()
        return original(*args[1:])

    wrap(CommonStateField, "_eval_body", entered)

    def named(original: Callable[..., Any], _backend: Any, arn: str, name: str | None = None, *args: Any, **kwargs: Any) -> Any:
        return original(arn, name or str(uuid.uuid4()), *args, **kwargs)

    wrap(StepFunctionsParserBackend, "start_execution", named)  # without a name it calls each of them "None"
    replace(retrier_decl, "time", types.SimpleNamespace(sleep=lambda _seconds: None))
