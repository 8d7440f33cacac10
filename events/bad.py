"""What must be refused, each with what the answer must say: the status, the field at fault, and words of the remedy.

`kept` is how many records of the batch are kept all the same.
"""

from typing import Any

Json = dict[str, Any]

GOOD: Json = {
    "record_id": "good-1",
    "subject": "output:bl-2610000",
    "use": "stream",
    "used_on": "2026-10-03",
    "quantity": 3,
    "revenue": "0.0117",
    "currency": "USD",
    "territory": "US",
}


def _usage(told: str, wrong: Json, field: str, says: str, **more: object) -> Json:
    """A batch of one good record and one that is wrong in one field."""
    records = [GOOD, GOOD | {"record_id": "bad-1"} | wrong]
    body = {"batch_id": "bad-" + field.replace("_", "-"), "records": records}
    return _case(told, "/v1/usage", {"body": body, "status": 201, "field": field, "says": says, "kept": 1} | more)


def _case(told: str, path: str, more: Json) -> Json:
    return {"told": told, "party": "kestrel", "scope": "usage.write", "method": "POST", "path": path} | more


def _work(told: str, identifiers: list[str], says: str) -> Json:
    kind = "recording" if identifiers[0].startswith("isrc") else "composition"
    body = {"title": "Wrong Digit", "kind": kind, "identifiers": identifiers, "shares": []}
    sender = {"party": "ninth-paper", "scope": "registry.write", "method": "PUT"}
    return _case(told, "/v1/works/wrong-digit", {"body": body, "status": 422, "field": "identifiers.0", "says": says} | sender)


def _attribution(told: str, record: Json, field: str, says: str) -> Json:
    body = {"report_id": "bad-report", "model": "brightloom-v2", "method": "in-house", "method_version": "2.1", "records": [record]}
    sender = {"party": "brightloom", "scope": "disclosures.write"}
    return _case(told, "/v1/attributions", {"body": body, "status": 422, "field": field, "says": says} | sender)


def build() -> dict[str, Json]:
    """The cases by file name."""
    half = {"work": "isrc:USLL12610000", "share": "0.6"}
    other = {"work": "isrc:USLL12610007", "share": "0.5"}
    wrong_iswc = {"work": "iswc:T9174000000", "share": "0.5"}
    return {
        "unknown-field.json": _usage("a field that nobody knows", {"colour": "blue"}, "colour", "unknown field"),
        "float-amount.json": _usage("revenue as a JSON number", {"revenue": 0.0117}, "revenue", "decimal string"),
        "float-quantity.json": _usage("half a play", {"quantity": 0.5}, "quantity", "whole number"),
        "bad-date.json": _usage("a day that is not in the calendar", {"used_on": "2026-10-32"}, "used_on", "YYYY-MM-DD"),
        "future-date.json": _usage("a day that has not come", {"used_on": "2031-01-01"}, "used_on", "future"),
        "unknown-currency.json": _usage("money that is none", {"currency": "XXX"}, "currency", "ISO 4217"),
        "unknown-subject.json": _usage("a subject without a scheme", {"subject": "bl-2610000"}, "subject", "output:"),
        "other-partys-record.json": _usage("a record of somebody else", {"reporter": "fjordcast"}, "reporter", "that party's token"),
        "other-partys-batch.json": _case(
            "a batch of somebody else",
            "/v1/usage",
            {"body": {"batch_id": "bad-party", "reporter": "fjordcast", "records": [GOOD]}, "status": 403, "says": "fjordcast"},
        ),
        "atomic.json": _case(
            "all or nothing, and one is wrong",
            "/v1/usage",
            {
                "body": {"batch_id": "bad-atomic", "atomic": True, "records": [GOOD, GOOD | {"record_id": "bad-1", "quantity": -1}]},
                "status": 422,
                "field": "quantity",
                "says": "whole number",
            },
        ),
        "not-json.json": _case(
            "a body that is not JSON", "/v1/usage", {"text": '{"batch_id": "bad-json", ', "status": 400, "says": "not JSON"}
        ),
        "empty-batch.json": _case(
            "a batch of nothing", "/v1/usage", {"body": {"batch_id": "bad-empty", "records": []}, "status": 422, "says": "record"}
        ),
        "wrong-check-digit-iswc.json": _work("an ISWC with a wrong check digit", ["iswc:T9174000000"], "its digits give"),
        "wrong-form-isrc.json": _work("an ISRC that is too short", ["isrc:USLL12600"], "not an ISRC"),
        "wrong-check-digit-attribution.json": _attribution(
            "a disclosure of an ISWC with a wrong check digit",
            {"output_id": "bl-2619999", "confidence": "0.9", "shares": [wrong_iswc]},
            "shares.0.work",
            "its digits give",
        ),
        "shares-above-one.json": _attribution(
            "a disclosure of more than the whole",
            {"output_id": "bl-2619998", "confidence": "0.9", "shares": [half, other]},
            "shares",
            "more than 1",
        ),
    }
