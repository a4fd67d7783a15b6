"""Run the indicators that are on over a releases file."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import duckdb

from lianheng.engine.redflags.ocds.fences import fences, quantile
from lianheng.engine.redflags.ocds.maps import read_maps
from lianheng.engine.redflags.ocds.outcome import Outcome
from lianheng.engine.redflags.ocds.reader import load_releases
from lianheng.engine.redflags.ocds.rules import Indicator, Rules, parameters_in
from lianheng.engine.redflags.ocds.setting_tables import make_setting_tables
from lianheng.engine.redflags.ocds.settings import Settings
from lianheng.engine.redflags.problems import RunError

_GROUPS = ("Buyer", "ProcuringEntity", "Tenderer")
Progress = Callable[[str], None]


def run_indicators(
    releases: Path,
    settings: Settings,
    rules: Rules,
    *,
    maps: bool = True,
    threads: int | None = None,
    memory: str = "4GB",
    progress: Progress = lambda step: None,
) -> Outcome:
    """Compute the indicators that are on.

    Parameters
    ----------
    releases : OCDS compiled releases, one JSON object a line. An empty file gives an empty result.
    settings : which indicators, with which thresholds.
    rules : the SQL (`read_rules`).
    maps : also which organisations a flagged process implicates.
    threads, memory : limits of DuckDB.
    progress : called with the name of each step.

    Returns
    -------
    Flags, the quartiles and fences used, maps, and what was seen of the lines.

    Raises
    ------
    RunError where memory or disk do not do.
    """
    with tempfile.TemporaryDirectory(prefix="lianheng-ocds-") as folder:
        try:
            connection = duckdb.connect(config={"memory_limit": memory, "temp_directory": folder})
        except duckdb.Error as error:
            raise RunError(f"--memory {memory}: give a size such as 4GB") from error
        try:
            if threads is not None:
                connection.execute(f"SET threads = {threads}")
            progress("read")
            run = _Run(connection, settings, rules)
            lines = load_releases(connection, releases, Path(folder), run.read)
            progress("prepare")
            run.prepare(maps)
            for code in settings.indicators:
                progress(code)
                run.indicator(rules.indicators[code])
            progress("maps")
            found = read_maps(connection, settings, run.implicated, repeated=run.repeated) if maps else None
            return Outcome(run.flags, run.meta, found, lines, run.count("line"), settings.warnings)
        except duckdb.OutOfMemoryException as error:
            raise RunError(f"{releases}: {memory} of memory do not do: allow more (--memory 8GB)") from error
        except duckdb.Error as error:
            raise RunError(f"{releases}: {str(error).splitlines()[0]}") from error
        finally:
            connection.close()


class _Run:
    """Connection, settings as tables, and what was found so far."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, settings: Settings, rules: Rules) -> None:
        self.connection, self.settings, self.rules = connection, settings, rules
        self.flags: dict[str, dict[str, dict[str, float]]] = {}
        self.meta: dict[str, dict[str, float]] = {}
        self.implicated: dict[str, dict[str, set[str]]] = {}
        self.repeated = False
        for macro in rules.macros:
            connection.execute(macro)
        make_setting_tables(connection, settings)

    def read(self) -> None:
        """Make the table of all lines, of which the reader makes the registers."""
        settings = self.settings
        lists = {
            "price_comparison": list(settings.price_comparison),
            "no_price_comparison": list(settings.no_price_comparison),
            "excluded_details": list(settings.excluded_details),
        }
        self.connection.execute("DROP TABLE IF EXISTS line")
        self._execute(self.rules.prepare["line"], lists)

    def prepare(self, maps: bool) -> None:
        """Make the registers and shared tables that the indicators read."""
        used = [self.rules.indicators[code] for code in self.settings.indicators]
        statements = [text for each in used for text in (each.query, each.distribution or "")]
        if maps and self.settings.indicators.keys() & {"R025", "R038", "R048"}:
            statements.append("FROM bidder")
        for name in self.rules.tables_for(["FROM process", *statements]):
            if name != "line":
                self._execute(self.rules.prepare[name], {})
        found = self.connection.execute("SELECT count(*) > count(DISTINCT ocid) FROM line").fetchone()
        self.repeated = bool(found and found[0])

    def indicator(self, indicator: Indicator) -> None:
        """Run one indicator: its distribution, its fences, its flags."""
        parameters = self.settings.indicators[indicator.code]
        if indicator.distribution is not None:
            self._draw_fences(indicator, parameters)
        query = f"SELECT line, grp, id, value, via FROM ({indicator.query}) WHERE result = 'flag'"
        # Two threads hand rows over in another order each time, and equal input gives equal bytes.
        rows = sorted(self._execute(query, parameters).fetchall(), key=lambda row: (row[1], row[2], row[4] or ""))
        if self.repeated and any(row[0] is not None for row in rows):
            rows.sort(key=lambda row: row[0])  # a later line of the same ocid replaces an earlier one
        for _, group, id_, value, via in rows:
            self.flags.setdefault(group, {}).setdefault(id_, {})[indicator.code] = value
            if via is not None:
                self.implicated.setdefault(indicator.code, {}).setdefault(via, set()).add(id_)

    def count(self, table: str) -> int:
        """Rows of a table."""
        found = self.connection.execute(f"SELECT count(*) FROM {table}").fetchone()
        return int(found[0]) if found else 0

    def _draw_fences(self, indicator: Indicator, parameters: Mapping[str, Any]) -> None:
        """Put the fences into their table; one that is NaN or that a guard stops is not there."""
        values = _by_group(self._execute(indicator.distribution or "", parameters).fetchnumpy())
        fences = self._fences(indicator.code, values, parameters)
        rows = [(f"{indicator.code}.{name}", value) for name, value in fences.items() if not math.isnan(value)]
        if rows:
            self.connection.executemany("INSERT INTO fence VALUES (?, ?)", rows)

    def _fences(self, code: str, values: Mapping[str, Any], parameters: Mapping[str, Any]) -> dict[str, float]:
        """Fences by name, NaN where a guard stops them; Meta is noted on the way."""
        meta = self.meta.setdefault(code, {})
        threshold = parameters["threshold"]
        match code:
            case "R024":
                return {"lower_fence": _lower(values.get("", []), threshold, meta)}
            case "R025":
                lower = _lower(values.get("ratio", []), threshold, meta)
                cutoff = quantile(values.get("count", []), parameters["percentile"] / 100)
                meta["upper_fence"] = cutoff
                return {"lower_fence": lower, "upper_fence": cutoff}
            case "R038":
                found = {}
                for group in _GROUPS:
                    if group in values:
                        fence = _upper(values[group], threshold, meta, f"{group}_")
                        found[f"{group}_upper_fence"] = fence if fence > 0 else math.nan
                if not meta:
                    del self.meta[code]
                return found
            case _:
                fence = _upper(values.get("", []), threshold, meta)
                return {"upper_fence": fence if code == "R048" or fence > 0 else math.nan}

    def _execute(self, statement: str, parameters: Mapping[str, Any]) -> duckdb.DuckDBPyConnection:
        return self.connection.execute(statement, {name: parameters[name] for name in parameters_in(statement)})


def _lower(values: Any, threshold: float | None, meta: dict[str, float]) -> float:
    """The lower fence, with its guards: quartile and fence above zero."""
    if threshold is not None:
        meta["lower_fence"] = threshold
        return threshold if threshold > 0 else math.nan
    found = fences(values)
    meta |= {"q1": found.q1, "q3": found.q3, "lower_fence": found.lower}
    return found.lower if found.q1 > 0 and found.lower > 0 else math.nan


def _upper(values: Any, threshold: float | None, meta: dict[str, float], prefix: str = "") -> float:
    if threshold is not None:
        meta[f"{prefix}upper_fence"] = float(threshold)
        return float(threshold)
    found = fences(values)
    meta |= {f"{prefix}q1": found.q1, f"{prefix}q3": found.q3, f"{prefix}upper_fence": found.upper}
    return found.upper


def _by_group(columns: Mapping[str, Any]) -> dict[str, Any]:
    """Values of a distribution in ascending order, by group."""
    import numpy

    groups, values = columns["grp"], numpy.asarray(columns["value"], dtype=float)
    return {str(group): numpy.sort(values[groups == group]) for group in set(groups)}
