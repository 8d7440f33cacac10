"""Runs a state machine's definition (Amazon States Language) step by step, as far as the project's own definition goes.

Items of a Map run one after the other, and neither a wait nor a retry sleeps. A state, a comparison or a function that is not known
here is refused, so that a definition cannot seem to work that was not followed.
"""

from __future__ import annotations

import json
import operator
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from local.cloud import Hooks

State = dict[str, Any]
STEPS_MAX = 100_000
ADDITION = re.compile(r"States\.MathAdd\(\s*([^,]+?)\s*,\s*([^)]+?)\s*\)\Z")
COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "BooleanEquals": operator.eq,
    "NumericEquals": operator.eq,
    "NumericGreaterThan": operator.gt,
    "NumericGreaterThanEquals": operator.ge,
    "NumericLessThan": operator.lt,
    "NumericLessThanEquals": operator.le,
    "StringEquals": operator.eq,
}


class UnknownDefinition(Exception):
    """The definition has something that this stand-in does not follow."""


class Failed(Exception):
    """A state failed, and nothing caught it: the error's name, and its cause."""

    def __init__(self, error: str, cause: str) -> None:
        super().__init__(f"{error}: {cause}")
        self.error, self.cause = error, cause


class Machine:
    """One definition, ready to run. `context` of a run is what `$$` stands for."""

    def __init__(self, arn: str, definition: str, hooks: Callable[[], Hooks]) -> None:
        self._arn, self._hooks = arn, hooks
        self._definition: State = json.loads(definition)

    def run(self, given: Any, context: Mapping[str, Any]) -> Any:
        """What the machine answers to an input; raises `Failed`."""
        return self._run(self._definition, given, context)

    def _run(self, states: State, given: Any, context: Mapping[str, Any]) -> Any:
        name, value = states["StartAt"], given
        for _ in range(STEPS_MAX):
            state = states["States"][name]
            value, name = self._step(state, value, context)
            if not name:
                return value
        raise Failed("States.Runtime", "it never ends")

    def _step(self, state: State, value: Any, context: Mapping[str, Any]) -> tuple[Any, str]:
        """What a state leaves, and which one is next (none at the end)."""
        kind = state["Type"]
        self._hooks().entered_state()
        if kind == "Choice":
            return value, self._chosen(state, value)
        if kind == "Succeed":
            return value, ""
        if kind == "Fail":
            raise Failed(state.get("Error", ""), state.get("Cause", ""))
        if kind not in WORK:
            raise UnknownDefinition(kind)
        try:
            result = self._with_retries(state, value, context)
        except Failed as failed:
            caught = next((one for one in state.get("Catch", []) if _names(one, failed)), None)
            if caught is None:
                raise
            return _placed(caught, value, {"Error": failed.error, "Cause": failed.cause}), caught["Next"]
        return _placed(state, value, result), "" if state.get("End") else state["Next"]

    def _with_retries(self, state: State, value: Any, context: Mapping[str, Any]) -> Any:
        tried: Counter[int] = Counter()
        while True:
            try:
                return WORK[state["Type"]](self, state, value, context)
            except Failed as failed:
                place, most = _retrier(state, failed)
                if tried[place] >= most:
                    raise
                tried[place] += 1

    # ------------------------------------------------------------ states

    def _pass(self, state: State, value: Any, context: Mapping[str, Any]) -> Any:
        return state["Result"] if "Result" in state else _shaped(state.get("Parameters"), value, context)

    def _wait(self, state: State, value: Any, _context: Mapping[str, Any]) -> Any:
        if "Seconds" not in state:
            raise UnknownDefinition("a Wait without Seconds")
        self._hooks().wait(state["Seconds"])
        return value

    def _task(self, state: State, value: Any, context: Mapping[str, Any]) -> Any:
        payload = json.dumps(_shaped(state.get("Parameters"), value, context)).encode()
        self._hooks().before_task(self._arn, state["Resource"])
        answer, failed = self._hooks().invoke(state["Resource"], payload, wait_for_answer=True)
        if failed:
            raise Failed(json.loads(answer)["errorType"], answer.decode())
        return json.loads(answer)

    def _map(self, state: State, value: Any, context: Mapping[str, Any]) -> list[Any]:
        answers = []
        for index, item in enumerate(_at(state.get("ItemsPath", "$"), value, context)):
            within = {**context, "Map": {"Item": {"Index": index, "Value": item}}}
            given = _shaped(state["ItemSelector"], value, within) if "ItemSelector" in state else item
            answers.append(self._run(state["ItemProcessor"], given, within))
        return answers

    def _chosen(self, state: State, value: Any) -> str:
        for choice in state["Choices"]:
            if _holds(choice, value):
                return str(choice["Next"])
        if "Default" not in state:
            raise Failed("States.NoChoiceMatched", "no choice matched")
        return str(state["Default"])


WORK: dict[str, Callable[[Machine, State, Any, Mapping[str, Any]], Any]] = {
    "Pass": Machine._pass,
    "Wait": Machine._wait,
    "Task": Machine._task,
    "Map": Machine._map,
}


def _names(one: State, failed: Failed) -> bool:
    return any(name in {"States.ALL", failed.error} or (name == "States.TaskFailed" and failed.error) for name in one["ErrorEquals"])


def _retrier(state: State, failed: Failed) -> tuple[int, int]:
    """The place of the first retrier that names an error, and how often it tries again."""
    for place, one in enumerate(state.get("Retry", [])):
        if _names(one, failed):
            return place, one.get("MaxAttempts", 3)
    return -1, 0


def _holds(choice: State, value: Any) -> bool:
    if "And" in choice:
        return all(_holds(part, value) for part in choice["And"])
    if "Or" in choice:
        return any(_holds(part, value) for part in choice["Or"])
    if "Not" in choice:
        return not _holds(choice["Not"], value)
    (name,) = choice.keys() - {"Variable", "Next", "Comment"}
    if name not in COMPARISONS:
        raise UnknownDefinition(name)
    found = _at(choice["Variable"], value, {})
    return type(found) is type(choice[name]) and COMPARISONS[name](found, choice[name])


def _at(path: str, value: Any, context: Mapping[str, Any]) -> Any:
    """What a path such as `$.count.round` or `$$.Execution.Id` leads to."""
    root, *names = path.split(".")
    found: Any = {"$": value, "$$": context}[root]
    for name in names:
        if not isinstance(found, dict) or name not in found:
            raise Failed("States.Runtime", f"the path {path} leads to nothing in {json.dumps(value)}")
        found = found[name]
    return found


def _evaluated(text: str, value: Any, context: Mapping[str, Any]) -> Any:
    if text.startswith("$"):
        return _at(text, value, context)
    addition = ADDITION.match(text)
    if addition is None:
        raise UnknownDefinition(text)
    left, right = (_at(part, value, context) if part.startswith("$") else int(part) for part in addition.groups())
    return left + right


def _shaped(template: Any, value: Any, context: Mapping[str, Any]) -> Any:
    """A payload template filled in; none is the input as it is."""
    if template is None:
        return value
    if isinstance(template, dict):
        return {
            name.removesuffix(".$"): _evaluated(part, value, context) if name.endswith(".$") else _filled(part, value, context)
            for name, part in template.items()
        }
    return template


def _filled(part: Any, value: Any, context: Mapping[str, Any]) -> Any:
    if isinstance(part, list):
        return [_filled(item, value, context) for item in part]
    return _shaped(part, value, context) if isinstance(part, dict) else part


def _placed(state: State, value: Any, result: Any) -> Any:
    """A state's output: its result in the place that `ResultPath` names, or its input where that is null."""
    path = state.get("ResultPath", "$")
    if path is None:
        return value
    if path == "$":
        return result
    (root, name) = path.split(".")
    if root != "$":
        raise UnknownDefinition(path)
    return {**value, name: result}
