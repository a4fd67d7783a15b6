"""Maps: which organisations stand behind a flagged process, and who tendered where."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import duckdb

from lianheng.engine.redflags.ocds.settings import Settings

# Map → members of its JSON object.
Maps = dict[str, list[str]]
_OF_FLAGS = ("R024", "R028", "R030", "R035", "R058")
_TENDERERS = """
SELECT ocid || ':[' || tenderers || ']'
FROM (
  SELECT p, string_agg(tenderer, ',' ORDER BY tenderer) AS tenderers FROM (SELECT DISTINCT p, tenderer FROM bidder)
  GROUP BY p
)
JOIN line ON line.rowid = p
"""
# Where an ocid stands on several lines.
_TENDERERS_OF_ALL_LINES = """
SELECT ocid || ':[' || string_agg(tenderer, ',' ORDER BY tenderer) || ']'
FROM (SELECT DISTINCT ocid, tenderer FROM bidder JOIN line ON line.rowid = p)
GROUP BY ocid
"""
_ORGANISATIONS = """
SELECT ocid || ':' || arg_max({column}, line.rowid)
FROM line SEMI JOIN bid ON bid.p = line.rowid AND bid.status = 'disqualified'
WHERE {column} IS NOT NULL
GROUP BY ocid
"""


def read_maps(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    implicated: Mapping[str, Mapping[str, Iterable[str]]],
    *,
    repeated: bool,
) -> Maps:
    """All eight maps, as members of JSON objects; empty where an indicator is off.

    Parameters
    ----------
    connection : with the shared tables.
    settings : which indicators are on.
    implicated : indicator → ocid → tenderers flagged through it, in their JSON writing.
    repeated : whether an ocid stands on several lines.
    """
    on = settings.indicators.keys()
    tenderers = _TENDERERS_OF_ALL_LINES if repeated else _TENDERERS
    return {
        "ocid_buyer_r038": _members(connection, _ORGANISATIONS.format(column="buyer")) if "R038" in on else [],
        "ocid_procuringentity_r038": _members(connection, _ORGANISATIONS.format(column="entity"))
        if "R038" in on
        else [],
        "ocid_tenderer": _members(connection, tenderers) if on & {"R025", "R038", "R048"} else [],
        **{
            f"ocid_tenderer_{code.lower()}": [
                f"{ocid}:[{','.join(sorted(ids))}]" for ocid, ids in implicated.get(code, {}).items()
            ]
            for code in _OF_FLAGS
        },
    }


def _members(connection: duckdb.DuckDBPyConnection, query: str) -> list[str]:
    # In order: two threads would hand them over in another order each time, and equal input gives equal bytes.
    return sorted(row[0] for row in connection.execute(query).fetchall())
