"""Dropping a file as a reporter does, and what comes of it."""

import json
from typing import Any

from local.stack import Stack


def lines(count: int, first: int = 0) -> list[str]:
    return [f"r-{n},2026-10-0{n % 2 + 1},output:gen-{n % 7},stream,{n % 5 + 1},0.{n % 9 + 1},USD,SE" for n in range(first, first + count)]


def drop(stack: Stack, name: str, body: str | bytes, party: str = "fox", kind: str = "usage") -> dict[str, Any]:
    stack.put_object("DropBucket", f"{kind}/{party}/{name}", body.encode() if isinstance(body, str) else body)
    stack.drain()
    return receipt(stack, name, party)


def receipt(stack: Stack, name: str, party: str = "fox") -> dict[str, Any]:
    stem = name.removesuffix(".gz")
    stem = next((stem.removesuffix(f".{form}") for form in ("dsr.tsv", "csv", "tsv", "ndjson") if stem.endswith(f".{form}")), stem)
    found: dict[str, Any] = json.loads(stack.objects("DropBucket")[f"receipts/{party}/{stem}.json"])
    return found


def sums(stack: Stack) -> dict[str, int]:
    items = [i for i in stack.items("LedgerTable") if i["pk"].startswith("PARTS#")]
    return {name: sum(int(i[name]) for i in items) for name in ("records", "accrued", "waiting", "duplicates", "superseded")}
