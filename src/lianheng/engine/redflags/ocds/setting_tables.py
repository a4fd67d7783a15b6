"""Settings as tables, so that the rules stay plain SQL; the fences are put into theirs as they are drawn."""

from __future__ import annotations

import duckdb

from lianheng.engine.redflags.ocds.settings import Settings

# Longer than any code; substring takes no more.
_MOST_DIGITS = 2**31 - 1


def make_setting_tables(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Make `fence` (empty), `setting_list` (entries of lists) and `run_setting` (one row)."""
    on = settings.indicators
    connection.execute("CREATE TABLE fence (name VARCHAR, value DOUBLE)")
    connection.execute("CREATE TABLE setting_list (setting VARCHAR, entry VARCHAR, days BIGINT)")
    rows: list[tuple[str, str, int | None]] = []
    for code, given in on.items():
        rows += [(f"{code}.procurement_methods", entry, None) for entry in given.get("procurement_methods") or ()]
        days = given.get("procurement_method_details") or {}
        rows += [(f"{code}.procurement_method_details", entry, number) for entry, number in days.items()]
    if rows:
        connection.executemany("INSERT INTO setting_list VALUES (?, ?, ?)", rows)
    connection.execute(
        "CREATE TABLE run_setting AS SELECT ?::VARCHAR AS currency, ?::BOOLEAN AS differences,"
        " ?::BOOLEAN AS lowest_bids, ?::BIGINT AS digits",
        [
            settings.currency,
            "R024" in on or "R058" in on,
            "R036" in on,
            min(on["R048"]["digits"], _MOST_DIGITS) if "R048" in on else None,
        ],
    )
