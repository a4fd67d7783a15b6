"""Agreement, reliability and severity, arrays in memory → result in memory.

Severity: 73,421 ratings, 2,972 raters, 1,128 units, REML with predictions, their errors and the components; inside the
time are numbering the raters and units, all set-up and the optimisation. On the real lecture ratings where
LIANHENG_TESTDATA names the folder, else on generated ones of the same shape. mixedlm, and R with lme4 and psych
(Debian: r-cran-lme4, r-cran-psych), run beside it where they are installed; irr was measured apart (remarks).
"""

from __future__ import annotations

import csv
import importlib.util
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cpu import median_cpu

RUNS = 7
LME4 = "m <- lmer(y ~ 1 + (1|s) + (1|d), InstEval); r <- ranef(m, condVar = TRUE)"
PSYCH = "if (!exists('x')) x <- round(rnorm(2e5) + matrix(rnorm(4e6), 2e5)); a <- psych::alpha(x)"


def run() -> list[dict[str, Any]]:
    """Median CPU seconds of seven runs after a warm-up."""
    from lianheng.engine import raters

    values, who, what, source = _ratings()
    row = _row("raters_severity", lambda: raters.severity(values, who, what), "73,421 ratings", limit=3.0)
    rows = [row | {"aim": 1.4, "data": source}, *_r_row("raters_severity_lme4", "lme4", LME4, "73,421 ratings")]
    if importlib.util.find_spec("mixedlm"):
        rows.append(_row("raters_severity_mixedlm", lambda: _mixedlm(values, who, what), "73,421 ratings", runs=3))
    table, wide = _tables()
    rows.append(
        _row("raters_krippendorff", lambda: _three_levels(raters, table), "1,000 × 10, three levels")
        | {"irr": "0.61 s"}
    )
    rows.append(_row("raters_bootstrap", lambda: _bootstrap(raters, table), "the same, 1,000 replicates, ordinal"))
    rows.append(_row("raters_agreement", lambda: _agreement(raters, wide), "5,000 × 10") | {"irr": "0.33 s"})
    answers = _answers()
    rows.append(_row("raters_alpha", lambda: raters.cronbach_alpha(answers), "200,000 × 20"))
    return rows + _r_row("raters_alpha_psych", "psych", PSYCH, "200,000 × 20")


def _ratings() -> tuple[Any, Any, Any, str]:
    import numpy as np

    path = Path(os.environ.get("LIANHENG_TESTDATA", "")) / "stats/insteval/insteval.csv"
    if "LIANHENG_TESTDATA" in os.environ and path.exists():
        with path.open(encoding="utf-8") as file:
            table = [(float(row["y"]), int(row["student"]), int(row["lecturer"])) for row in csv.DictReader(file)]
        return *(np.array(column) for column in zip(*table, strict=True)), "InstEval"
    chance = np.random.default_rng(1)
    who = np.r_[np.arange(2_972), chance.integers(0, 2_972, 73_421 - 2_972)]
    what = np.r_[np.arange(1_128), chance.zipf(1.3, 73_421 - 1_128) % 1_128]
    values = 3.25 + 0.33 * chance.standard_normal(2_972)[who] + 0.52 * chance.standard_normal(1_128)[what]
    return np.round(values + 1.18 * chance.standard_normal(73_421)), who, what, "generated"


def _tables() -> tuple[Any, Any]:
    import numpy as np

    chance = np.random.default_rng(2)

    def make(units: int) -> Any:
        truth = chance.integers(1, 6, (units, 1))
        return np.where(chance.random((units, 10)) < 0.6, truth, chance.integers(1, 6, (units, 10)))

    return make(1_000).astype(float), make(5_000)


def _answers() -> Any:
    import numpy as np

    chance = np.random.default_rng(3)
    return np.round(chance.standard_normal((200_000, 1)) + chance.standard_normal((200_000, 20)))


def _three_levels(raters: Any, table: Any) -> None:
    for level in ("nominal", "ordinal", "interval"):
        raters.krippendorff_alpha(table, level=level)


def _bootstrap(raters: Any, table: Any) -> None:
    raters.krippendorff_alpha(table, level="ordinal", n_bootstrap=1_000)


def _agreement(raters: Any, wide: Any) -> None:
    raters.fleiss_kappa(wide)
    raters.intraclass_correlations(wide)
    raters.kendall_w(wide)


def _mixedlm(values: Any, who: Any, what: Any) -> None:
    import mixedlm
    import pandas

    frame = pandas.DataFrame({"y": values, "s": who.astype(str), "d": what.astype(str)})
    mixedlm.lmer("y ~ 1 + (1|s) + (1|d)", frame)


def _r_row(name: str, package: str, call: str, n: str) -> list[dict[str, Any]]:
    """The same work in R, median of three after a warm-up, if R has the package."""
    program = shutil.which("Rscript")
    code = f"""if (!suppressMessages(require({package}))) quit(status = 3)
        times <- sapply(1:4, function(run) sum(system.time({{ {call} }}, gcFirst = FALSE)[1:2]))
        cat(median(times[2:4]), as.character(packageVersion("{package}")))"""
    done = program and subprocess.run([program, "-e", code], capture_output=True, text=True)
    if not done or done.returncode:
        return []
    seconds, version = done.stdout.split()[-2:]
    return [{"name": name, "cpu_seconds": float(seconds), "n": n, package: version}]


def _row(name: str, call: Callable[[], Any], n: str, *, limit: float | None = None, runs: int = RUNS) -> dict[str, Any]:
    row: dict[str, Any] = {"name": name, "cpu_seconds": median_cpu(call, runs), "n": n}
    return row if limit is None else row | {"limit": limit}


if __name__ == "__main__":
    for found in run():
        print(found)
