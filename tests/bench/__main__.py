"""`script/bench [NAME …]`: every row side by side with its rival, in one run, on a cluster of its own.

A row is a module with `NAME`, `UNIT` and `run(database)`, which yields interleaved pairs (ours, rival) of that unit.
Its ratio is the median of the pairs' ratios; its goal stands in goals.toml. Prints `NAME ours rival ratio goal ok|short`
and keeps each row's last run in var/bench.json.
"""

import importlib
import json
import sys
import tomllib
from pathlib import Path
from statistics import median
from typing import Any

from emmap.settings import ROOT
from emmap.store.database import Database
from tests.databases import cloned, make_template, private_cluster

FOLDER = Path(__file__).parent
REPORT = ROOT / "var" / "bench.json"


def main(names: list[str]) -> int:
    """Runs the named rows, or all; 1 where one falls short of its goal."""
    goals = tomllib.loads((FOLDER / "goals.toml").read_text(encoding="utf-8"))
    if unknown := set(names) - set(goals):
        print(f"没有这一行 / no such row: {', '.join(sorted(unknown))}; {', '.join(goals)}")
        return 2
    found = []
    with private_cluster() as cluster:
        make_template(cluster)
        for name in names or goals:
            print(f"{name} …", end="\r", flush=True)
            with cloned(cluster) as database:
                row = _row(importlib.import_module(f"tests.bench.{name}"), goals[name], database)
            found.append(row)
            print("{name} {ours:.4g} {rival:.4g} {ratio:.2f} {goal} {verdict}".format(**row), flush=True)
            _keep(row)
    return int(any(row["verdict"] != "ok" for row in found))


def _row(module: Any, goal: dict[str, float], database: Database) -> dict[str, Any]:
    pairs = list(module.run(database))
    ratio = median(ours / rival for ours, rival in pairs)
    ((kind, limit),) = goal.items()
    good = ratio <= limit if kind == "at_most" else ratio >= limit
    return {
        "name": module.NAME,
        "unit": module.UNIT,
        "ours": median(ours for ours, _ in pairs),
        "rival": median(rival for _, rival in pairs),
        "ratio": ratio,
        "goal": f"{'<=' if kind == 'at_most' else '>='}{limit:g}",
        "verdict": "ok" if good else "short",
    }


def _keep(row: dict[str, Any]) -> None:
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    kept = json.loads(REPORT.read_text(encoding="utf-8")) if REPORT.exists() else []
    rest = [one for one in kept if one["name"] != row["name"]]
    REPORT.write_text(json.dumps([*rest, row], ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
