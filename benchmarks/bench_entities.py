"""Matching of two registers of names, the relation graph, and screens of bids, on generated rows.

Firms and people: `n` rows a side, so a million names in all, twelve and five kinds of planted spellings; inside the
time: texts in memory → records → matches with explanations in memory; precision and recall of `same` stand beside it.
Graph: `n` firms, each with two people and a telephone, agents' telephones among them; inside: ties in memory → graph,
and ten chains between firms drawn. Screens: `n` tenders of six bids, screened and ranked. Outside: making the rows,
reading and writing files. Each figure is measured in a process of its own, with its peak memory.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
from typing import Any

NAMES, FIRMS, TENDERS = 500_000, 200_000, 100_000
LIMITS = {"firms": 120.0, "people": 60.0, "graph": 30.0, "screens": 30.0}


def run(names: int = NAMES, firms: int = FIRMS, tenders: int = TENDERS) -> list[dict[str, Any]]:
    """One row a task; single runs, for each takes long enough."""
    sizes = {"firms": names, "people": names, "graph": firms, "screens": tenders}
    return [{"name": f"entities: {task}", **_apart(task, size), "limit": LIMITS[task]} for task, size in sizes.items()]


def _apart(task: str, size: int) -> dict[str, Any]:
    command = [sys.executable, __file__, "--task", task, "--size", str(size)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def match(size: int, *, firms: bool) -> dict[str, Any]:
    """Match registers with known counterparts."""
    from lianheng.cli.entities import load_regions
    from lianheng.engine.redflags.entities import firm_record, match_registers, person_record
    from lianheng.engine.redflags.entities.tests.world import make_firms, make_people

    a, b, truth = make_firms(size, 1) if firms else make_people(size, 1)
    places = load_regions()
    start = _cpu()
    ours, theirs = (
        [firm_record(n, row, places) if firms else person_record(n, row) for n, row in enumerate(rows)]
        for rows in (a, b)
    )
    outcome = match_registers(ours, theirs, firms=firms)
    seconds = _cpu() - start
    said = {(m.a.row, m.b.row) for m in outcome.matches if m.decision == "same" and m.b}
    real = {(one, other) for one, other in truth.items() if other is not None}
    return {
        "cpu_seconds": round(seconds, 2), "n": size, "precision": round(len(real & said) / len(said), 4),
        "recall": round(len(real & said) / len(real), 4), "possible": outcome.count("possible"),
        "cannot_tell": outcome.count("cannot_tell"),
    }  # fmt: skip


def graph(size: int) -> dict[str, Any]:
    """Build a graph and look for chains."""
    from lianheng.engine.redflags.relations import Graph, Holding, Tie

    chance = random.Random(1)
    people = size
    ties = [Tie(f"person:{chance.randrange(people)}", f"firm:{n}", "role", "股东") for n in range(size) for _ in "ab"]
    ties += [Tie(f"person:{n}", f"person:{chance.randrange(people)}", "kin") for n in range(0, people, 5)]
    phones = [Holding(f"firm:{n}", "phone", str(n % 500 if n % 20 == 0 else n // 2)) for n in range(size)]
    start = _cpu()
    found = Graph(ties, phones)
    built = _cpu() - start
    pairs = [(f"firm:{chance.randrange(size)}", f"firm:{chance.randrange(size)}") for _ in range(10)]
    chains = [found.chain(a, b, 20) for a, b in pairs]
    return {
        "cpu_seconds": round(_cpu() - start, 2), "n": size, "ties": len(ties), "to_build": round(built, 2),
        "chains": sum(chain is not None for chain in chains), "hubs": len(found.hubs),
    }  # fmt: skip


def screens(size: int) -> dict[str, Any]:
    """Screen and rank tenders."""
    from decimal import Decimal

    from lianheng.engine.redflags.screens import judge_tenders, screen_tender

    chance = random.Random(1)
    tenders = [[Decimal(chance.randint(8_000_000, 12_000_000)) / 100 for _ in range(6)] for _ in range(size)]
    start = _cpu()
    judged = judge_tenders([screen_tender(str(n), prices) for n, prices in enumerate(tenders)])
    flags = sum(row.result == "flag" for row in judged)
    return {"cpu_seconds": round(_cpu() - start, 2), "n": size, "flags": flags}


def main() -> None:
    """One task in this process, or all."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--task", choices=sorted(LIMITS))
    parser.add_argument("--size", type=int, default=NAMES)
    arguments = parser.parse_args()
    if arguments.task is None:
        for row in run():
            print(row)
        return
    tasks = {
        "firms": lambda n: match(n, firms=True), "people": lambda n: match(n, firms=False), "graph": graph,
        "screens": screens,
    }  # fmt: skip
    found = tasks[arguments.task](arguments.size)
    found["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps(found))


if __name__ == "__main__":
    main()
