"""What is new, what was seen before, what people have judged, what is suppressed: the state of each candidate."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from lianheng.engine.redflags.run import Run
from lianheng.engine.redflags.settings import Suppression
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


def place_in_history(
    run: Run, seen: Path, verdicts: Mapping[str, Verdict], suppressions: Iterable[Suppression]
) -> None:
    """Make the table `final`: the run's candidates with state, first and last seen.

    Parameters
    ----------
    run : its connection holds `candidates`.
    seen : Parquet of what earlier runs saw (`candidate, model, first_seen, last_seen`); may be absent.
    verdicts : the one that counts, by candidate.
    suppressions : those of the office; only the ones in force on the run's day count.
    """
    connection = run.connection
    connection.execute(
        "CREATE OR REPLACE TABLE seen (candidate VARCHAR, model VARCHAR, first_seen DATE, last_seen DATE)"
    )
    if seen.exists():
        connection.execute(
            "INSERT INTO seen SELECT candidate, model, first_seen, last_seen FROM read_parquet(?)", [str(seen)]
        )
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
          coalesce(s.first_seen, $day) AS first_seen, CAST($day AS DATE) AS last_seen
        FROM candidates AS c LEFT JOIN seen AS s USING (candidate) LEFT JOIN judged AS j USING (candidate)
        LEFT JOIN quiet AS q USING (candidate)
        ORDER BY c.model, c.result DESC, c.score DESC NULLS LAST, c.candidate""",
        {"day": run.today},
    )


def _suppress(run: Run, suppressions: Iterable[Suppression]) -> None:
    run.connection.execute("CREATE OR REPLACE TABLE quiet (candidate VARCHAR)")
    for suppression in suppressions:
        if suppression.valid_from <= run.today < suppression.expires:
            keys = [f"json_extract_string(unit, '$.{key}') = ?" for key in suppression.unit]
            period = [" AND period = ?"] if suppression.period else []
            values = [suppression.model, *suppression.unit.values(), *([suppression.period] if period else [])]
            run.connection.execute(
                f"INSERT INTO quiet SELECT DISTINCT candidate FROM candidates WHERE model = ? AND {' AND '.join(keys)}"
                f"{''.join(period)} AND candidate NOT IN (SELECT candidate FROM quiet)",
                values,
            )


def remember(run: Run, seen: Path) -> None:
    """Write what is seen by now, for the next run; candidates that are gone keep the day they were last seen."""
    spare = seen.with_suffix(".part")
    run.connection.execute(
        """COPY (
          SELECT candidate, model, min(first_seen) AS first_seen, max(last_seen) AS last_seen FROM (
            SELECT candidate, model, first_seen, last_seen FROM seen
            UNION ALL SELECT candidate, model, first_seen, last_seen FROM final WHERE result = 'flag'
          ) GROUP BY candidate, model ORDER BY candidate
        ) TO '"""
        + str(spare).replace("'", "''")
        + "' (FORMAT parquet)"
    )
    spare.replace(seen)


def unit_of(text: str) -> dict[str, str]:
    """The keys of a candidate's unit."""
    unit: dict[str, str] = json.loads(text)
    return unit
