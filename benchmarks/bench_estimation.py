"""200,000 respondents × 12 strata × 720 primary units: errors, raking, bootstrap; beside R survey and svy if there.

Inside the time: building the design from integer codes of stratum and unit, and the estimates; arrays in memory →
results in memory. `OPENBLAS_NUM_THREADS=1`. Peers are timed on the same arrays, files read apart.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

RESPONDENTS, STRATA, UNITS, DRAWS, RUNS = 200_000, 12, 720, 1_000, 7
# Name of the task → limit in CPU seconds.
LIMITS = {"means": 0.15, "raking": 0.15, "raking_rounds": 0.15, "bootstrap": 1.0, "bootstrap_raked": 20.0}
MEMORY_LIMIT = 500  # MB
TITLES = {
    "means": "2 means with deff, and by 12 strata with deff",
    "raking": "raking on 3 margins to 1e-10, mean and SE as by R's calibrate",
    "raking_rounds": "the same, SE as by R's rake",
    "bootstrap": f"mean with {DRAWS:,} bootstrap replicates",
    "bootstrap_raked": f"the same with every one of {DRAWS:,} replicates raked",
}


def run() -> list[dict[str, Any]]:
    """Each task in a process of its own: median of seven runs after a warm-up, and the peak of its memory."""
    rows = []
    for task in LIMITS:
        ours = _measure("ours", task)
        row: dict[str, Any] = {
            "name": TITLES[task],
            "cpu_seconds": ours["cpu"],
            "limit": LIMITS[task],
            "n": RESPONDENTS,
        }
        row["SE"] = f"{ours['se']:.9g}"
        row["peak"] = f"{ours['peak']:.0f} MB"
        rows.append(row)
        if task == "bootstrap":
            rows.append(
                {
                    "name": "its peak memory",
                    "value": ours["peak"],
                    "unit": "MB",
                    "limit": MEMORY_LIMIT,
                    "n": RESPONDENTS,
                }
            )
        for peer in _peers():
            theirs = _measure(peer, task)
            if theirs:
                rows.append(
                    {
                        "name": f"{TITLES[task]}: {peer}",
                        "cpu_seconds": theirs["cpu"],
                        "n": RESPONDENTS,
                        "SE": f"{theirs['se']:.9g}",
                        "peak": f"{theirs['peak']:.0f} MB",
                        **({"remark": theirs["remark"]} if "remark" in theirs else {}),
                    }
                )
    return rows


def make_survey() -> dict[str, Any]:
    """A made-up survey: whole-number codes, unequal weights, answers alike within a primary unit."""
    import numpy as np

    chance = np.random.Generator(np.random.PCG64(20261122))
    unit = np.sort(chance.integers(0, UNITS, RESPONDENTS))
    stratum = unit // (UNITS // STRATA)
    age, sex = chance.integers(0, 5, RESPONDENTS), chance.integers(0, 2, RESPONDENTS)
    home = chance.integers(0, 3, RESPONDENTS)
    weight = 20 * np.exp(chance.normal(0, 0.4, RESPONDENTS))
    level = chance.normal(0, 0.3, UNITS)[unit] + 0.1 * age
    score = 70 + 10 * level + chance.normal(0, 12, RESPONDENTS)
    satisfied = (chance.random(RESPONDENTS) < 1 / (1 + np.exp(-level - 0.8))).astype(float)
    totals = {}
    for name, codes, tilt in (("age", age, 0.1), ("sex", sex, 0.05), ("home", home, -0.08)):
        shares = np.bincount(codes, weight) * (1 + tilt * np.arange(codes.max() + 1))
        totals[name] = dict(enumerate((shares / shares.sum() * 4_000_000).tolist()))
    return {
        "unit": unit, "stratum": stratum, "age": age, "sex": sex, "home": home,
        "weight": weight, "score": score, "satisfied": satisfied, "totals": totals,
    }  # fmt: skip


def ours(task: str, s: dict[str, Any]) -> Callable[[], float]:
    """One task by this engine; it returns a standard error to compare."""
    import numpy as np

    from lianheng.engine import estimation as e

    margins = {name: s[name] for name in s["totals"]}
    both = np.stack([s["score"], s["satisfied"]], axis=1)

    def design() -> Any:
        return e.survey_design(s["weight"], strata=s["stratum"], psu=s["unit"])

    def means() -> float:
        d = design()
        e.estimate_mean(d, both, by=s["stratum"], deff="without_replacement")
        return float(e.estimate_mean(d, both, deff="without_replacement").se[0])

    def raking() -> float:
        return float(e.estimate_mean(e.rake(design(), margins, s["totals"]), s["score"]).se[0])

    def raking_rounds() -> float:
        raked = e.rake(design(), margins, s["totals"], convention="rake")
        return float(e.estimate_mean(raked, s["score"]).se[0])

    def bootstrap() -> float:
        d = design()
        return float(e.estimate_mean(d, s["score"], replicates=e.bootstrap(d, DRAWS, seed=1)).se[0])

    def bootstrap_raked() -> float:
        d = design()
        again = e.rerake(e.bootstrap(d, DRAWS, seed=1), d, margins, s["totals"])
        return float(e.estimate_mean(e.rake(d, margins, s["totals"]), s["score"], replicates=again).se[0])

    acts = (means, raking, raking_rounds, bootstrap, bootstrap_raked)
    return {act.__name__: act for act in acts}[task]


def svy(task: str, s: dict[str, Any]) -> Callable[[], float] | None:
    """The same by svy, where its interface offers it."""
    import polars as pl
    import svy as peer

    columns = ("unit", "stratum", "age", "sex", "home", "weight", "score", "satisfied")
    frame = pl.DataFrame({name: s[name] for name in columns})

    def sample() -> Any:
        return peer.Sample(data=frame, design=peer.Design(stratum="stratum", psu="unit", wgt="weight"))

    def means() -> float:
        found = sample()
        found.estimation.mean("satisfied", deff="wor")
        found.estimation.mean("score", by="stratum", deff="wor")
        found.estimation.mean("satisfied", by="stratum", deff="wor")
        return float(found.estimation.mean("score", deff="wor").estimates[0].se)

    def raking() -> float:
        found = sample().weighting.rake(controls=s["totals"], wgt_name="raked", tol=1e-10, max_iter=1000)
        return float(found.estimation.mean("score").estimates[0].se)

    def bootstrap() -> float:
        found = sample().weighting.create_bs_wgts(n_reps=DRAWS)
        return float(found.estimation.mean("score", method="replication").estimates[0].se)

    def bootstrap_raked() -> float:
        found = (
            sample()
            .weighting.create_bs_wgts(n_reps=DRAWS // 10)
            .weighting.rake(controls=s["totals"], wgt_name="raked", tol=1e-10, max_iter=1000)
        )
        return float(found.estimation.mean("score", method="replication").estimates[0].se)

    return {"means": means, "raking_rounds": raking, "bootstrap": bootstrap, "bootstrap_raked": bootstrap_raked}.get(
        task
    )


R_TASKS = """
suppressMessages(library(survey)); args <- commandArgs(TRUE); task <- args[1]; draws <- as.integer(args[4])
d <- read.csv(args[2]); totals <- read.csv(args[3]); runs <- as.integer(args[5])
margin <- function(name) setNames(totals[totals$margin == name, c("level", "total")], c(name, "Freq"))
design <- function() svydesign(id=~unit, strata=~stratum, weights=~weight, data=d)
raked <- function(x) rake(x, list(~age, ~sex, ~home), list(margin("age"), margin("sex"), margin("home")),
                          control=list(maxit=1000, epsilon=1e-10 * sum(margin("sex")$Freq), verbose=FALSE))
act <- list(
  means=function() { x <- design(); svyby(~score+satisfied, ~stratum, x, svymean, deff=TRUE)
                     as.vector(SE(svymean(~score+satisfied, x, deff=TRUE)))[1] },
  raking=function() { x <- design()
    known <- c(sum(margin("sex")$Freq), margin("age")$Freq[-1], margin("sex")$Freq[-1], margin("home")$Freq[-1])
    x <- calibrate(x, ~factor(age)+factor(sex)+factor(home), known, calfun="raking", epsilon=1e-10)
    as.vector(SE(svymean(~score, x))) },
  raking_rounds=function() as.vector(SE(svymean(~score, raked(design())))),
  bootstrap=function() { x <- as.svrepdesign(design(), type="subbootstrap", replicates=draws)
                         as.vector(SE(svymean(~score, x))) })[[task]]
times <- c(); for (i in seq_len(runs)) { gc(); t <- system.time(se <- act()); times <- c(times, t[[1]] + t[[2]]) }
cat(median(times), format(se, digits=15), 0, "\\n")
"""


def _peers() -> list[str]:
    found = ["svy"] if importlib.util.find_spec("svy") and importlib.util.find_spec("polars") else []
    if shutil.which("Rscript"):
        have = subprocess.run(["Rscript", "-e", "library(survey)"], capture_output=True)
        found += ["R survey"] if have.returncode == 0 else []
    return found


def _measure(who: str, task: str) -> dict[str, Any]:
    if who == "R survey":
        return _by_r(task)
    done = subprocess.run(
        [sys.executable, __file__, who, task],
        capture_output=True,
        text=True,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
    )
    if who == "ours" and done.returncode:
        raise RuntimeError(done.stderr)
    return dict(json.loads(done.stdout)) if done.returncode == 0 and done.stdout.strip() else {}


def _by_r(task: str) -> dict[str, Any]:
    """R in a process of its own. Its bootstrap takes minutes and gigabytes: 100 replicates, once, scaled up."""
    if task == "bootstrap_raked":
        return {}
    import numpy as np

    s = make_survey()
    draws, runs = (100, 1) if task == "bootstrap" else (DRAWS, 3)
    with tempfile.TemporaryDirectory() as folder:
        script, data, totals = (Path(folder) / name for name in ("tasks.R", "data.csv", "totals.csv"))
        script.write_text(R_TASKS)
        names = ("unit", "stratum", "age", "sex", "home", "weight", "score", "satisfied")
        table = np.stack([s[name].astype(float) for name in names], axis=1)
        np.savetxt(data, table, fmt=["%d"] * 5 + ["%.17g"] * 3, delimiter=",", header=",".join(names), comments="")
        lines = [f"{name},{level},{total!r}" for name, margin in s["totals"].items() for level, total in margin.items()]
        totals.write_text("\n".join(["margin,level,total", *lines]) + "\n")
        process = subprocess.Popen(
            ["Rscript", str(script), task, str(data), str(totals), str(draws), str(runs)],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        assert process.stdout
        text = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)  # the peak is the child's own
    if status or not text.strip():
        return {}
    cpu, se, _ = text.split()
    result = {"cpu": float(cpu), "se": float(se), "peak": usage.ru_maxrss / 1024}
    return result | ({"cpu": float(cpu) * 10, "remark": "100 replicates × 10"} if draws < DRAWS else {})


def _main(who: str, task: str) -> None:
    import resource

    act = {"ours": ours, "svy": svy}[who](task, make_survey())
    if act is None:
        return
    times, se = [], 0.0
    # A peer's bootstrap holds gigabytes, and more with every run: once is enough.
    for _ in range(1 if who != "ours" and task.startswith("bootstrap") else RUNS + 1):
        start = time.process_time()
        se = act()
        times.append(time.process_time() - start)
        if sum(times) > 60:
            break
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    found: dict[str, Any] = {"cpu": statistics.median(times[1:] or times), "se": se, "peak": peak}
    if who != "ours" and task == "bootstrap_raked":
        found |= {"cpu": found["cpu"] * 10, "remark": "100 replicates × 10"}
    print(json.dumps(found))


if __name__ == "__main__":
    if len(sys.argv) == 3:
        _main(sys.argv[1], sys.argv[2])
    else:
        for row in run():
            print(", ".join(f"{name} {value}" for name, value in row.items()))
