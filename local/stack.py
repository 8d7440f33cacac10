"""The local stack: deploy it, call it, move its clock, look inside, break it."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlencode, urlsplit

from local import aws, hosted_sign_in, tokens
from local.alarms import Measured
from local.aws import REGION, client
from local.cloud import named
from local.cloudwatch import CloudWatch
from local.deployment import Deployment
from local.engine import Engine
from local.faults import Faults
from local.functions import Runtime
from local.gateway import Request, Response, message
from local.hosted_sign_in import HostedSignIn
from local.meter import Meter
from local.presigned import is_signed, opens
from local.tables import PlainTable
from local.template import read
from local.weather import Weather
from overtone import clock, config
from overtone.api import metrics
from overtone.aws import clients, outside, patience, secret_key, signing_keys, token_endpoint

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

LOCAL_S3 = "/_local/s3/"
UNSIGNED = frozenset({"DropBucket"})
"""Buckets of which partners have a role of their own; of the others only links are read."""
DEFAULTS = {"LogLevel": "WARNING", "CallsPerClientPerMinute": "0"}
"""Nobody but ourselves calls the local stack, and a process that counts would remember what it counted before a reset."""
THIS_MACHINE = outside.CallReach(frozenset({"http", "https"}), lambda address: address.is_loopback or outside.is_public(address))
"""Webhooks of the local stack may also go to receivers on this machine, over plain HTTP."""


class Stack:
    """A deployed template."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._engine = deployment.engine
        self.runtime = deployment.runtime
        self.gateway = deployment.gateway
        self.faults = self.runtime.faults
        self._measured = Measured(deployment)
        self._watching = CloudWatch(deployment, self._measured)
        self.outputs = deployment.outputs
        (pool_id,) = deployment.pool_ids.values()
        people = deployment.client_ids.get("PeopleClient", "")
        self.sign_in = HostedSignIn(pool_id, people, lambda event: self.invoke("TokenClaims", event))

    # ------------------------------------------------------------ life

    @classmethod
    def deploy(cls, template: Path, parameters: Mapping[str, Any] | None = None, *, engine: str | None = None) -> Stack:
        """Creates all that the template describes, on an empty stand-in: the one named, or the environment's (see `local.cloud`)."""
        cloud = named(engine)
        runtime = Runtime(Faults())
        moving = Engine(runtime)
        cloud.start(moving)
        aws.use(cloud)
        config.settings.cache_clear()
        stack = cls(Deployment(read(template, DEFAULTS | dict(parameters or {})), runtime, moving, cloud))
        stack.activate()
        patience.dice.seed(0)
        return stack

    def activate(self) -> None:
        """Becomes the stack that this process works on. There may be several, and one at a time."""
        cloud, engine = self._deployment.cloud, self._engine
        cloud.start(engine)
        aws.use(cloud)
        for function in self.runtime.functions.values():
            os.environ.update(function.environment)
        config.settings.cache_clear()
        clients.set_maker(lambda service, config: self._watching if service == "cloudwatch" else cloud.client(service, config))
        clock.set_source(lambda: engine.now, engine.sleep)
        secret_key.session_key.cache_clear()
        signing_keys.set_source(tokens.documents)
        token_endpoint.set_source(self.sign_in.exchange)
        outside.set_reach(THIS_MACHINE)
        metrics.set_sink(self._measured.take)

    def reset(self) -> None:
        """As just deployed: nothing stored, nothing pending, no faults, the clock at its start."""
        self.activate()
        self._deployment.cloud.wipe()
        self._engine.reset()
        self.faults.clear()
        self.weather()
        self.runtime.meter = None
        self.errors.clear()
        self.gateway.forget()
        self._measured.reset()
        patience.dice.seed(0)

    def close(self) -> None:
        """Gives the process back: real clock, no stand-in."""
        clock.set_source(None)
        signing_keys.set_source(None)
        outside.set_reach(None)
        token_endpoint.set_source(None)
        metrics.set_sink(None)
        clients.set_maker(None)
        self._deployment.cloud.stop()
        aws.use(None)

    # ------------------------------------------------------------ time

    @property
    def now(self) -> datetime:
        """The stack's time; the wall clock's while it was set to none."""
        return self._engine.now

    def at(self, time: datetime | timedelta | str | None) -> None:
        """Sets the clock, or moves one that was set by so much, and runs nothing; `None` follows the wall clock."""
        self._engine.at(time)

    def tick(self, now: datetime | str | None = None) -> None:
        """Moves the clock, fires what is due on the way, and drains. Without a time: as if no time had passed."""
        self._engine.tick(now)

    def fire(self, schedule: str, given: dict[str, str]) -> None:
        """What a schedule of the template does, at another time than its own."""
        self._engine.fire(schedule, json.dumps(given))

    def drain(self) -> None:
        """Delivers notifications, messages and executions until nothing is pending; fires no schedule."""
        self._engine.drain()

    def weather(self, **bad: Any) -> Weather:
        """The weather from now on (see `local.weather.Weather`); fair without arguments."""
        self.runtime.weather = Weather(**bad)
        return self.runtime.weather

    def metered(self) -> Meter:
        """Counts what handlers ask of AWS from now on, until the next call or reset."""
        self.runtime.meter = Meter(self._deployment.cloud.stored)
        return self.runtime.meter

    def expire(self, *, share: float = 1.0, seed: int = 0) -> int:
        """Lets tables forget items whose time is over, all or a share of them: AWS takes days for it, in no order. How many went."""
        return self._deployment.cloud.expire(self.now.timestamp(), share, Random(seed))

    # ------------------------------------------------------------ calling

    @property
    def errors(self) -> list[tuple[str, BaseException]]:
        """Crashes of handlers since the last reset: the function's logical id and what it raised."""
        return self.runtime.errors

    def token(self, party_id: str | None = None, scope: str = "", **claims: Any) -> str:
        """An access token that acts for a party."""
        (pool_id,), client_id = self._deployment.pool_ids.values(), self._deployment.client_ids["MachineClient"]
        return tokens.sign(pool_id, client_id, scope, ({"party_id": party_id} if party_id else {}) | claims)

    def http(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        party: str | None = None,
        scope: str = "",
        json: Any = None,
        body: bytes | str | None = None,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, Any] | None = None,
    ) -> Response:
        """Calls the API as a client would, with a token or with one made for `party` and `scope`."""
        sent = {name.lower(): value for name, value in (headers or {}).items()}
        payload = body.encode() if isinstance(body, str) else body or b""
        if json is not None:
            payload = _dump(json)
            sent.setdefault("content-type", "application/json")
        if token is None and (scope or party):
            client_id = self._deployment.client_ids["MachineClient"]
            token = self.gateway.unknown(tokens.of_this_hour(self.sign_in.pool_id, client_id, scope, party))
        if token:
            sent.setdefault("authorization", f"Bearer {token}")
        url, extra = urlsplit(path), urlencode(query or {}, doseq=True)
        return self.handle(Request(method, url.path, "&".join(filter(None, [url.query, extra])), list(sent.items()), payload))

    def handle(self, request: Request) -> Response:
        """Routes a request: objects under /_local/s3/, everything else to the API. Presigned URLs become local paths."""
        if request.path.startswith(LOCAL_S3):
            return self.object(request)
        if request.path.startswith(hosted_sign_in.PATH):
            return self.sign_in.handle(request)
        response = self.gateway.handle(request)
        if "location" not in response.headers:
            return response
        local = self._local_location(response.headers["location"])
        host = next((value for name, value in request.headers if name.lower() == "host"), "")
        absolute = f"http://{host}{local}" if host and local.startswith("/") else local
        return Response(response.status, response.headers | {"location": absolute}, response.body, response.cookies)

    def invoke(self, logical_id: str, event: Any) -> Any:
        """What a handler answers to an event; what it raises is raised here."""
        return self.runtime.run(self.runtime.functions[logical_id], event)

    def object(self, request: Request, *, as_operator: bool = False) -> Response:
        """An object under `/_local/s3/`, read or dropped: by a link that opens it, by a partner, or by the operator, who may all."""
        logical_id, _, key = unquote(request.path.removeprefix(LOCAL_S3)).partition("/")
        if not key or self._deployment.template.resources.get(logical_id, {}).get("Type") != "AWS::S3::Bucket":
            return message(404, "Not Found")
        if is_signed(request.query) or not (as_operator or logical_id in UNSIGNED):
            host = f"{self.name(logical_id)}.s3.{REGION}.amazonaws.com"
            if not opens(request.method, host, f"/{key}", request.query, datetime.now(UTC)):
                return message(403, "SignatureDoesNotMatch")
        if request.method == "PUT":
            self.put_object(logical_id, key, request.body)
            return message(200, "stored")
        found = client("s3").list_objects_v2(Bucket=self.name(logical_id), Prefix=key, MaxKeys=1).get("Contents", [])
        if request.method != "GET" or not found or found[0]["Key"] != key:
            return message(404, "Not Found")
        content = client("s3").get_object(Bucket=self.name(logical_id), Key=key)
        return Response(200, {"content-type": content["ContentType"]}, content["Body"].read())

    def _local_location(self, location: str) -> str:
        """Where a link leads. One that does not name the bucket's regional host leads nowhere: outside us-east-1, AWS would refuse it."""
        url = urlsplit(location)
        if url.netloc.endswith(".amazoncognito.com"):
            return f"{hosted_sign_in.PATH}{url.path.rpartition('/')[2]}?{url.query}"
        for name, resource in self._deployment.template.resources.items():
            if resource["Type"] == "AWS::S3::Bucket" and url.netloc == f"{self.name(name)}.s3.{REGION}.amazonaws.com":
                return f"{LOCAL_S3}{name}{url.path}" + (f"?{url.query}" if url.query else "")
        return location

    # ------------------------------------------------------------ looking inside

    def ringing(self) -> set[str]:
        """The alarms that ring, by logical id."""
        return self._measured.ringing()

    def name(self, logical_id: str) -> str:
        """The physical name (`Ref`) of a resource."""
        return str(self._deployment.made[logical_id]["Ref"])

    def aws(self, service: str) -> Any:
        """A client on the stack, with boto3's methods."""
        return client(service)

    def table(self, logical_id: str) -> PlainTable:
        """A table, in plain values."""
        return PlainTable(client("dynamodb"), self.name(logical_id))

    def items(self, logical_id: str, *prefixes: str) -> list[dict[str, Any]]:
        """Every item of a table, or those whose `pk` begins with one of these, ordered by its keys."""
        return sorted(self.table(logical_id).all(*prefixes), key=lambda item: (item["pk"], item["sk"]))

    def objects(self, logical_id: str) -> dict[str, bytes]:
        """Every object of a bucket, by key."""
        return self._deployment.cloud.objects(self.name(logical_id))

    def empty(self, logical_id: str) -> None:
        """Removes every object of a bucket, with all its versions."""
        s3, name = client("s3"), self.name(logical_id)
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=name):
            for entry in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
                s3.delete_object(Bucket=name, Key=entry["Key"], VersionId=entry["VersionId"])

    def put_object(self, logical_id: str, key: str, body: bytes) -> None:
        """Drops an object; its notification waits for the next drain."""
        client("s3").put_object(Bucket=self.name(logical_id), Key=key, Body=body)

    def messages(self, logical_id: str) -> list[str]:
        """The bodies of the messages in a queue, in flight or not, left where they are."""
        (found,) = (waiting for name, waiting in self._deployment.cloud.queues() if name == self.name(logical_id).rsplit("/", 1)[1])
        return [one.body for one in found]

    def stop_executions(self, status: str = "ABORTED") -> None:
        """As an operator stops those that run, or their time limit does (`TIMED_OUT`): without a word."""
        for entry in self.executions():
            if entry["status"] == "RUNNING" or status == "TIMED_OUT":
                self._deployment.cloud.end(entry["executionArn"], status)
        self._engine.forget_executions()

    def executions(self) -> list[dict[str, Any]]:
        """Every execution of a state machine, oldest first."""
        states = client("stepfunctions")
        found, told = [], ("executionArn", "name", "status", "input", "output", "error", "cause", "startDate")
        for machine in states.list_state_machines()["stateMachines"]:
            for entry in states.list_executions(stateMachineArn=machine["stateMachineArn"])["executions"]:
                described = states.describe_execution(executionArn=entry["executionArn"])
                found.append({key: described.get(key) for key in told})
        return sorted(found, key=lambda entry: entry["startDate"])


def _dump(value: Any) -> bytes:
    return json.dumps(value).encode()
