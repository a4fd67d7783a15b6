"""What is new, what was seen before, what people have judged, what is suppressed: the state of each candidate."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from lianheng.engine.redflags.run import Run
from lianheng.engine.redflags.settings import Suppression
from lianheng.engine.redflags.sources import Alert
from lianheng.engine.redflags.verdicts import Verdict

# In the order of a list. `rejected` and `suppressed` stay quiet; `reopened` was rejected on other numbers.
STATES = {
    "new": "新发现",
    "reopened": "数据已变化，重新提出",
    "open": "待核查",
    "confirmed": "已核实",
    "rejected": "已排除",
    "suppressed": "已抑制",
}
QUIET = ("rejected", "suppressed")
GONE, GONE_NAME = "no_longer_produced", "不再产生"
# A confirmed candidate that is gone is told for so long; an open one until somebody judges it.
TOLD_DAYS = 30
_SEEN = {
    "candidate": "VARCHAR", "model": "VARCHAR", "first_seen": "DATE", "last_seen": "DATE", "unit": "VARCHAR",
    "period": "VARCHAR", "explanation": "VARCHAR", "facts": "VARCHAR", "state": "VARCHAR", "about": "VARCHAR",
    "batches": "VARCHAR[]",
}  # fmt: skip


def place_in_history(
    run: Run, seen: Path, verdicts: Mapping[str, Verdict], suppressions: Iterable[Suppression]
) -> None:
    """Make the tables `final`, the candidates with state, first and last seen, and `gone`, with alerts in the run.

    `moved` marks a confirmed candidate with other numbers than were judged: it stays confirmed, and the lists say so.

    Parameters
    ----------
    run : its connection holds `candidates`.
    seen : Parquet of what earlier runs saw (`candidate, model, first_seen, last_seen`); may be absent.
    verdicts : the one that counts, by candidate.
    suppressions : those of the office; only the ones in force on the run's day count.
    """
    connection = run.connection
    _read_seen(run, seen)
    connection.execute("CREATE OR REPLACE TABLE judged (candidate VARCHAR, confirmed BOOLEAN, facts VARCHAR)")
    rows = [(verdict.candidate, verdict.confirmed, verdict.facts) for verdict in verdicts.values()]
    if rows:
        connection.executemany("INSERT INTO judged VALUES (?, ?, ?)", rows)
    _suppress(run, suppressions)
    connection.execute(
        """CREATE OR REPLACE TABLE final AS
        SELECT c.*, CASE
            WHEN c.result <> 'flag' THEN 'cannot_tell'
            WHEN q.candidate IS NOT NULL THEN 'suppressed'
            WHEN j.confirmed THEN 'confirmed'
            WHEN j.facts = c.facts THEN 'rejected'
            WHEN j.candidate IS NOT NULL THEN 'reopened'
            WHEN s.first_seen < $day THEN 'open'
            ELSE 'new'
          END AS state,
          coalesce(j.confirmed AND j.facts <> c.facts, FALSE) AS moved,
          coalesce(s.first_seen, $day) AS first_seen, CAST($day AS DATE) AS last_seen
        FROM candidates AS c LEFT JOIN seen AS s USING (candidate) LEFT JOIN judged AS j USING (candidate)
        LEFT JOIN quiet AS q USING (candidate)
        ORDER BY c.model, c.result DESC, c.score DESC NULLS LAST, c.candidate""",
        {"day": run.today},
    )
    _find_gone(run)


def _read_seen(run: Run, seen: Path) -> None:
    columns = ", ".join(f"{name} {kind}" for name, kind in _SEEN.items())
    run.connection.execute(f"CREATE OR REPLACE TABLE seen ({columns})")
    if seen.exists():
        # An office that ran an earlier release has fewer columns.
        run.connection.execute("INSERT INTO seen BY NAME SELECT * FROM read_parquet(?)", [str(seen)])


def _find_gone(run: Run) -> None:
    """Make the table `gone`: what was open or confirmed and is not flagged any more, with the reason where known."""
    connection = run.connection
    connection.execute("CREATE OR REPLACE TABLE ran (model VARCHAR, about VARCHAR, outcome VARCHAR, message VARCHAR)")
    rows = [(m.model, _about(m.version, m.parameters), m.outcome, m.message) for m in run.models]
    if rows:
        connection.executemany("INSERT INTO ran VALUES (?, ?, ?, ?)", rows)
    loaded = [batch for batches in run.batches.values() for batch in batches]
    connection.execute(
        f"""CREATE OR REPLACE TABLE gone AS
        WITH lost AS (
          SELECT candidate, string_agg(batch, '、' ORDER BY batch) AS batches
          FROM (SELECT candidate, unnest(batches) AS batch FROM seen)
          WHERE NOT list_contains(CAST($loaded AS VARCHAR[]), batch) GROUP BY candidate
        )
        SELECT s.candidate, s.model, s.unit, s.period, s.explanation, s.first_seen, s.last_seen,
          CASE WHEN j.confirmed THEN 'confirmed' ELSE 'open' END AS was,
          CASE
            WHEN l.batches IS NOT NULL THEN '所依据的批次已撤销、替换或清除：' || l.batches
              || CASE WHEN r.outcome IN ('ran', 'carried') THEN '' ELSE '；模型没有运行：' || r.message END
            WHEN r.outcome NOT IN ('ran', 'carried') THEN '模型没有运行：' || r.message
            WHEN c.candidate IS NOT NULL THEN '现在不能判断：' || c.explanation
            WHEN s.about <> r.about THEN '模型版本或参数已改变'
            ELSE '数据已变化，不再符合模型的条件'
          END AS reason
        FROM seen AS s JOIN ran AS r USING (model) LEFT JOIN final AS c USING (candidate)
        LEFT JOIN judged AS j USING (candidate) LEFT JOIN quiet AS q USING (candidate)
        LEFT JOIN lost AS l USING (candidate)
        WHERE c.result IS DISTINCT FROM 'flag' AND s.state NOT IN {QUIET} AND q.candidate IS NULL
          AND CASE WHEN j.candidate IS NULL THEN TRUE
            WHEN j.confirmed THEN s.last_seen >= CAST($day AS DATE) - {TOLD_DAYS}
            ELSE j.facts <> s.facts END
        ORDER BY s.model, was, s.period, s.candidate""",
        {"loaded": loaded, "day": run.today},
    )
    counts = connection.execute(
        "SELECT model, reason, count(*), count(*) FILTER (WHERE was = 'confirmed') FROM gone GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    for model, reason, number, confirmed in counts:
        text = f"{model}有{number}条疑点不再产生（其中已核实{confirmed}条）：{reason}"
        run.alerts.append(Alert("", GONE, text, (model,)))


def _about(version: int, parameters: str) -> str:
    return f"{version} {parameters}"


def _suppress(run: Run, suppressions: Iterable[Suppression]) -> None:
    run.connection.execute("CREATE OR REPLACE TABLE quiet (candidate VARCHAR)")
    for suppression in suppressions:
        if suppression.valid_from <= run.today < suppression.expires:
            keys = [f"json_extract_string(unit, '$.{key}') = ?" for key in suppression.unit]
            period = [" AND period = ?"] if suppression.period else []
            values = [suppression.model, *suppression.unit.values(), *([suppression.period] if period else [])]
            run.connection.execute(
                "INSERT INTO quiet SELECT DISTINCT candidate FROM ("
                "SELECT candidate, model, unit, period FROM candidates "
                f"UNION ALL SELECT candidate, model, unit, period FROM seen) WHERE model = ? AND {' AND '.join(keys)}"
                f"{''.join(period)} AND candidate NOT IN (SELECT candidate FROM quiet)",
                values,
            )


def remember(run: Run, seen: Path) -> None:
    """Write what is seen by now, for the next run; candidates that are gone keep the day they were last seen."""
    spare = seen.with_suffix(".part")
    connection = run.connection
    connection.execute("CREATE OR REPLACE TABLE batch_of (register VARCHAR, batch VARCHAR)")
    pairs = [(register, batch) for register, batches in run.batches.items() for batch in batches]
    if pairs:
        connection.executemany("INSERT INTO batch_of VALUES (?, ?)", pairs)
    # The text of a quiet one is not kept: nothing will ever be said about it when it is gone.
    connection.execute(
        f"""COPY (
          WITH read AS (
            SELECT candidate, list(DISTINCT batch ORDER BY batch) AS batches
            FROM (SELECT DISTINCT candidate, register FROM evidence) JOIN batch_of USING (register) GROUP BY candidate
          )
          SELECT {", ".join(f"s.{name}" for name in _SEEN)} FROM seen AS s
          WHERE s.candidate NOT IN (SELECT candidate FROM final WHERE result = 'flag')
          UNION ALL
          SELECT f.candidate, f.model, f.first_seen, f.last_seen, f.unit, f.period,
            CASE WHEN f.state NOT IN {QUIET} THEN f.explanation END, f.facts, f.state,
            concat(f.version, ' ', f.parameters), r.batches
          FROM final AS f LEFT JOIN read AS r USING (candidate) WHERE f.result = 'flag'
          ORDER BY candidate
        ) TO '"""
        + str(spare).replace("'", "''")
        + "' (FORMAT parquet)"
    )
    spare.replace(seen)


def state_in_words(row: Mapping[str, Any]) -> str:
    """The state of a listed candidate; of a confirmed one also that its numbers are others than were judged."""
    return STATES[row["state"]] + ("（数据已变化）" if row["moved"] else "")


def unit_of(text: str) -> dict[str, str]:
    """The keys of a candidate's unit."""
    unit: dict[str, str] = json.loads(text)
    return unit
