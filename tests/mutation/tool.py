"""The tool's side, run with its own Python: a sample of cosmic-ray's mutants of one file, each a line of JSON with the file's new text.

A place is drawn first and then a change of it: the tool knows eleven other operators for one `+`, and one other value of a `True`.
Left out is what no test can notice: annotations, which nothing evaluates here, and `is` in place of `==`.
"""

from __future__ import annotations

import ast
import json
import random
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any, Final

import cosmic_ray.plugins as tool  # type: ignore[import-not-found] # it lives in an environment of its own
from cosmic_ray.ast import ast_nodes, get_ast  # type: ignore[import-not-found]
from cosmic_ray.mutating import mutate_code  # type: ignore[import-not-found]

NO_CHANGE: Final = ("Eq_Is", "NotEq_IsNot", "Is_Eq", "IsNot_NotEq")
Place = tuple[int, int]


def annotated(text: str) -> list[tuple[Place, Place]]:
    """Where annotations begin and end, and what only a type checker reads."""
    spans: list[tuple[Place, Place]] = []
    for node in ast.walk(ast.parse(text)):
        parts: list[Any] = [getattr(node, "annotation", None), getattr(node, "returns", None)]
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            parts.append(node)
        spans += [((one.lineno, one.col_offset), (one.end_lineno, one.end_col_offset)) for one in parts if one is not None]
    return spans


def mutants(text: str) -> dict[Place, list[tuple[str, int]]]:
    """By place, the tool's changes of it: the operator, and the how manieth of its places this is."""
    skipped, found = annotated(text), defaultdict(list)
    nodes = list(ast_nodes(get_ast(text)))
    for name in sorted(tool.operator_names()):
        if name.endswith(NO_CHANGE) or "Variable" in name:
            continue
        operator, count = tool.get_operator(name)(), 0
        for node in nodes:
            for start, _end in operator.mutation_positions(node):
                if not any(first <= start < last for first, last in skipped):
                    found[start].append((name, count))
                count += 1
    return found


def main() -> None:
    path, seed, share = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    text = path.read_text(encoding="utf-8")
    dice, found = random.Random(seed), mutants(text)
    places = sorted(found)
    for place in sorted(dice.sample(places, min(share, len(places)))):
        name, occurrence = dice.choice(found[place])
        changed = mutate_code(text, tool.get_operator(name)(), occurrence)
        if changed is not None and changed != text:
            print(json.dumps({"line": place[0], "operator": name.partition("/")[2], "text": changed, "places": len(places)}))


if __name__ == "__main__":
    main()
