"""`make what-if SCENARIO=events/what-if/NAME.yaml`: play the demo's month, ask what would have been, print who gains and who loses.

The scenario's file is what `POST /v1/what-ifs` takes, as YAML; the answer's files go to `out/what-if/NAME/`.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

from local import sensitivity
from local.demo import LEDGER_BUCKETS, OUT, PARAMETERS, ROOT, Player, Unexpected, performed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.stack import Stack
    from overtone.scenarios.sensitivity import PayeeSpread

SCENARIOS: Final = ROOT / "events" / "what-if"
PATH: Final = "/v1/what-ifs"
ROWS: Final = 12


def names() -> list[str]:
    """Every scenario of the library that changes terms; those that are uncertain about facts are `doubts()`."""
    return sorted(path.stem for path in SCENARIOS.glob("*.yaml") if "sensitivity" not in load(path))


def doubts() -> list[str]:
    """Every scenario of the library that says attribution again with noise."""
    return sorted({path.stem for path in SCENARIOS.glob("*.yaml")} - set(names()))


def load(path: Path) -> dict[str, Any]:
    """A scenario, called after its file unless it says otherwise."""
    found: dict[str, Any] = {"what_if_id": path.stem} | yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def ask(stack: Stack, scenario: dict[str, Any], out: Path) -> dict[str, Any]:
    """Ask, wait, download every file; the result."""
    token = stack.token(None, "finance")
    asked = stack.http("POST", PATH, token=token, json=scenario)
    if asked.status not in {200, 202}:
        raise Unexpected(f"{asked.status} {asked.text}")
    stack.drain()
    shown = stack.http("GET", f"{PATH}/{scenario['what_if_id']}", token=token).json()
    if shown["status"] != "done" or stack.errors:
        raise Unexpected(f"{shown} {stack.errors}")
    out.mkdir(parents=True, exist_ok=True)
    for file in shown["files"]:
        link = stack.http("GET", f"{PATH}/{scenario['what_if_id']}/files/{file['name']}", token=token)
        (out / file["name"]).write_bytes(stack.http("GET", link.headers["location"]).body)
    result: dict[str, Any] = json.loads((out / "result.json").read_bytes())
    return result


def doubt(stack: Stack, scenario: dict[str, Any], out: Path) -> list[PayeeSpread]:
    """Draw, and leave `spread.csv`."""
    question: dict[str, Any] = {name: scenario[name] for name in ("months", "title") if name in scenario}

    def payees(what_if_id: str, change: dict[str, Any]) -> bytes:
        folder = out / "draws" / what_if_id
        ask(stack, question | {"what_if_id": what_if_id, "change": change}, folder)
        return (folder / "payees.csv").read_bytes()

    found = sensitivity.spread(scenario, payees)
    (out / "spread.csv").write_bytes(sensitivity.to_csv(found))
    return found


def table(result: dict[str, Any]) -> str:
    """Who gains and who loses, in a few lines per currency."""
    return "\n".join(line for money in result["currencies"] for line in _of(money))


def _of(money: dict[str, Any]) -> Iterator[str]:
    totals, counts = money["totals"], money["moved"]["payees"]
    yield f"{money['currency']}: licensees owe {_short(totals['owed']['after'])} instead of {_short(totals['owed']['before'])}"
    yield f"  {counts['gain']} payees gain {_short(money['moved']['gained'])}, {counts['lose']} lose {_short(money['moved']['lost'])}"
    for name, words in (("gini", "Gini"), ("top_10", "the top ten have"), ("bottom_half", "the bottom half has")):
        yield f"  {words} {money['inequality'][name]['before'][:6]} before, {money['inequality'][name]['after'][:6]} after"
    for row in [row for row in money["payees"] if row["difference"] != "0"][:ROWS]:
        name = row["name"] or row["payee"]
        figures = " ".join(f"{_short(row[name]):>12}" for name in ("before", "after", "difference"))
        yield f"  {name[:32]:<32} {figures}"
    for row in [row for row in money["suspense"] if row["difference"] != "0"]:
        figures = " ".join(f"{_short(row[name]):>12}" for name in ("before", "after", "difference"))
        yield f"  {'waits: ' + row['reason']:<32} {figures}"
    for one in money["buyouts"]:
        paid = _short(one["paid"]["after"])
        yield f"  {one['licensee']} pays {paid} for buyouts and is spared {_short(one['break_even'])}: the break-even"


def _short(amount: str) -> str:
    """An exact amount to two decimals, cut off."""
    whole, _, part = amount.partition(".")
    return f"{whole}.{part[:2]:0<2}"


def _answer(stack: Stack, scenarios: list[dict[str, Any]], out: Path) -> None:
    """Print every answer."""
    for scenario in scenarios:
        folder = out / scenario["what_if_id"]
        print(f"\n{scenario.get('title', scenario['what_if_id'])}")
        if "sensitivity" in scenario:
            print("\n".join(sensitivity.table(doubt(stack, scenario, folder), _short)))
            print(f"{folder}/spread.csv has all of it")
        else:
            print(table(ask(stack, scenario, folder)))
            print(f"{folder}/page.html has all of it")


def main() -> int:
    """Exit code 0 only if the what-if was computed."""
    parser = argparse.ArgumentParser(description="Ask what the demo's month would have come to under other terms.")
    parser.add_argument("scenario", type=Path, nargs="+", help=f"a YAML file, such as those of {SCENARIOS.relative_to(ROOT)}")
    parser.add_argument("--out", type=Path, default=OUT / "what-if")
    options = parser.parse_args()
    print("Playing the demo's month on the local stand-in for AWS …", flush=True)

    def play(stack: Stack) -> None:
        Player(stack, lambda _: None).play()
        _answer(stack, [load(path) for path in options.scenario], options.out)

    return performed(PARAMETERS | {"LedgerBuckets": LEDGER_BUCKETS}, play)


if __name__ == "__main__":
    sys.exit(main())
