"""An explanation as plain text, for a terminal or a letter."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

LISTED_MAX: Final = 20
"""Steps and subjects in the text; the JSON has more."""


def render(explained: Mapping[str, Any]) -> str:
    """The text, ending with a line break."""
    return "\n".join(_lines(explained)) + "\n"


def _lines(explained: Mapping[str, Any]) -> Iterator[str]:
    line, posted = explained["line"], explained["posted"]
    yield f"Line {explained['line_id']} of settlement {explained['settlement_id']}"
    yield f"{line['amount']} {line['currency']} to {_payee(line)}: {line['mechanism']} for {line['usage_month']} from {line['licensee']}"
    if line["work_key"]:
        yield f"Work: {line['title'] or 'not registered'} ({line['work_key']}), {line['side']}"
    if posted["corrects"]:
        yield f"Corrects {posted['corrects']}: before {posted['before']}, after {posted['after']}, difference {posted['difference']}"
    yield f"Checked: {'yes, computed again it comes to the same' if explained['verified'] else 'NO'}"
    yield from explained["notes"]
    if "remainder" in explained:
        yield explained["remainder"]["in_words"]
        return
    yield from _arithmetic(explained["arithmetic"])
    yield from _evidence(explained["evidence"])
    yield from _versions(explained)


def _payee(line: Mapping[str, str]) -> str:
    if line["account"] != "party":
        return f"{line['account']} {line['reason']}".strip()
    member = line["member_id"]
    return line["party_id"] if member in {"", line["party_id"]} else f"{line['party_id']} for {member}"


def _arithmetic(arithmetic: Mapping[str, Any]) -> Iterator[str]:
    yield ""
    yield "How it adds up:"
    steps = [f"  {step['used_on']} {step['in_words']}" for step in arithmetic["steps"] if "in_words" in step]
    yield from _cut(steps, arithmetic["steps_left_out"], "steps")
    yield f"  {arithmetic['in_words']}"


def _evidence(evidence: Mapping[str, Any]) -> Iterator[str]:
    subjects = [_subject(subject) for subject in evidence["subjects"]]
    if subjects or evidence["subjects_left_out"]:
        yield ""
        yield "What was used:"
        yield from _cut(subjects, evidence["subjects_left_out"], "outputs")
    for run in evidence["training_runs"]:
        yield f"  training run {run['run_id']} of {run['model']} by {run['licensee']} on {run['trained_on']}"


def _subject(subject: Mapping[str, Any]) -> str:
    text = f"  {subject['used_on']} {subject['subject']}: {subject['quantity']} x {subject['share']} = {subject['attributed_quantity']}"
    if disclosure := subject.get("disclosure"):
        text += f", confidence {subject['confidence']}, report {disclosure['report_id']} revision {disclosure['revision']}"
    return f"{text}, sent in {', '.join(subject['batches'])}"


def _versions(explained: Mapping[str, Any]) -> Iterator[str]:
    yield ""
    yield "Under:"
    for kind in ("deals", "works", "parties"):
        for version in explained["registry"][kind]:
            yield f"  {kind} {version['id']} version {version['version']}, in force from {version['effective_from']}"


def _cut(texts: Sequence[str], left_out: int, what: str) -> Iterator[str]:
    yield from texts[:LISTED_MAX]
    if more := len(texts) - LISTED_MAX if len(texts) > LISTED_MAX else 0:
        left_out += more
    if left_out:
        yield f"  and {left_out} more {what}"
